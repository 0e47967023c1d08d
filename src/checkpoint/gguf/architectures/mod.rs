//! llama.cpp's architectures, each as the Hugging Face family that it is: which metadata is which field of
//! `config.json`, and which tensor is which. Facts from llama.cpp's converter and the package `gguf`.

pub use gated::MIXTRAL;
pub use parts::SLIDING_WINDOW;

mod gated;
mod parts;
mod plain;

/// One of llama.cpp's architectures.
pub struct Architecture {
    /// `general.architecture`.
    pub name: &'static str,
    /// `model_type` in `config.json`.
    pub family: &'static str,
    /// Keys without the architecture's name, and the fields they are. A key is optional here; the family
    /// says whether it may be left out. Their order is that of the config, whose text the model's hash reads.
    pub fields: &'static [&'static [Pair]],
    /// Flags that are on where the file says nothing of them.
    pub on: &'static [&'static str],
    /// Flags that say whether a tensor stands in the file.
    pub present: &'static [Pair],
    /// Flags that say that a tensor does not.
    pub absent: &'static [Pair],
    /// Modules outside of blocks.
    pub ends: &'static [&'static [Module]],
    /// The family's name for its list of blocks.
    pub layers: &'static str,
    /// Modules of each block.
    pub block: &'static [&'static [Module]],
    pub rope: RopeSpan,
    /// The family's fields for the base of rotary positions and the part of a head that turns.
    pub rope_fields: [&'static str; 2],
    /// Yarn's bounds are not rounded to whole pairs.
    pub exact_yarn: bool,
    /// Blocks have windows but for every so many-th, where the file gives no other pattern.
    pub sees_all: Option<u64>,
    /// Scores are scaled by a head's width, but in the model of so many blocks, the largest, by the residual
    /// stream's share of a head. No file says so.
    pub largest: Option<u64>,
    /// Tokens look both ways.
    pub encoder: bool,
}

/// What the file calls something, and what the family does; of flags the family's name comes first.
pub type Pair = (&'static str, &'static str);

/// What rotary positions turn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RopeSpan {
    None,
    /// The whole of each head, and no file says otherwise.
    WholeHeads,
    /// As much of each head as the file says; all of it where it does not.
    PartOfHeads,
}

/// A module (a tensor's name without `blk.N.` before it and `.weight` or `.bias` behind), its name in the
/// family without the block, and what the converter did to it. `{i}` is the expert's or head's number.
pub struct Module(pub &'static str, pub &'static str, pub Mapping);

/// How a tensor of the file stands to the one of `config.json`'s family.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mapping {
    Same,
    /// Stored `[out, in]` where Hugging Face has `[in, out]`.
    Transposed,
    /// The rows of each head are in the order in which adjacent dimensions turn together.
    QueryPairs,
    KeyPairs,
    /// Queries, keys and values one after the other, where Hugging Face has them head by head.
    InOrder,
    /// The converter added 1.
    PlusOne,
    /// As many tensors as the first axis is long.
    Stacked,
    /// Queries, keys and values, as many of each, in one tensor one after the other; `{i}` is q, k or v.
    Thirds,
    /// Without `.weight` in the family's name.
    Bare,
}

impl Architecture {
    /// Names, and nothing known of what they stand for; blocks are called as they mostly are.
    const fn named(name: &'static str, family: &'static str) -> Architecture {
        Architecture {
            name,
            family,
            fields: &[],
            on: &[],
            present: &[],
            absent: &[],
            ends: &[],
            layers: "layers",
            block: &[],
            rope: RopeSpan::None,
            rope_fields: ["rope_theta", "partial_rotary_factor"],
            exact_yarn: false,
            sees_all: None,
            largest: None,
            encoder: false,
        }
    }

    /// Every key with its field.
    pub fn fields(&self) -> impl Iterator<Item = Pair> {
        self.fields.iter().copied().flatten().copied()
    }

    /// The modules of a block, or those outside.
    pub fn modules(&self, of_block: bool) -> impl Iterator<Item = &'static Module> {
        let lists = if of_block { self.block } else { self.ends };
        lists.iter().copied().flatten()
    }
}

/// Every architecture that is read, but for Mixtral.
pub const ALL: &[&Architecture] = &[
    &gated::LLAMA,
    &gated::GRANITE,
    &gated::QWEN2,
    &gated::QWEN3,
    &gated::QWEN3MOE,
    &gated::OLMO2,
    &gated::GEMMA,
    &gated::GEMMA2,
    &gated::GEMMA3,
    &gated::PHI3,
    &gated::GPT_OSS,
    &plain::PHI2,
    &plain::STABLELM,
    &plain::STARCODER2,
    &plain::GPTNEOX,
    &plain::BLOOM,
    &plain::GPT2,
    &plain::BERT,
];
