//! llama.cpp's architectures as the Hugging Face families that they are: the config field of each metadata
//! key, and the family's tensor for each of the file's. The facts are from llama.cpp's converter and the
//! package `gguf`.

pub use parts::SLIDING_WINDOW;

mod gated;
mod mixtures;
mod parts;
mod plain;
mod relatives;

/// One of llama.cpp's architectures.
pub struct Architecture {
    /// The value of `general.architecture`.
    pub name: &'static str,
    /// The key that files of this architecture have, above 0, where another one has the same name.
    pub when: Option<&'static str>,
    /// The `model_type` in `config.json`.
    pub family: &'static str,
    /// Keys without the architecture's prefix, and their config fields. A key is optional here; the family
    /// says whether it may be missing. Their order becomes the config's, whose text the model's hash covers.
    pub fields: &'static [&'static [Pair]],
    /// Fields that the family does not ask for: their keys tell nothing that it does not know.
    pub unasked: &'static [&'static str],
    /// Flags that are on if the file does not give them.
    pub on: &'static [&'static str],
    /// Flags that are on if a tensor is in the file.
    pub present: &'static [Pair],
    /// Flags that are on if a tensor is not in the file.
    pub absent: &'static [Pair],
    /// Modules outside of the blocks.
    pub ends: &'static [&'static [Module]],
    /// The family's name of its list of blocks.
    pub layers: &'static str,
    /// Modules of each block.
    pub block: &'static [&'static [Module]],
    pub rope: RopeSpan,
    /// The family's fields for the base of rotary positions and the part of a head that turns.
    pub rope_fields: [&'static str; 2],
    /// Whether Yarn's bounds are left unrounded.
    pub exact_yarn: bool,
    /// The period of blocks without a window, if the file gives no other pattern: every n-th block sees all
    /// tokens.
    pub sees_all: Option<u64>,
    /// The number of blocks in the largest model, which scales scores by `d_model / n_heads` and not by a
    /// head's width. No file says so.
    pub largest: Option<u64>,
    /// Whether attention is bidirectional.
    pub encoder: bool,
    /// The computation of experts' shares, by llama.cpp's numbers.
    pub gating: u64,
}

/// Shares of experts that are a softmax of the router's scores.
const SOFTMAX: u64 = 1;

/// A name in the file and the family's name for it. For flags, the family's name comes first.
pub type Pair = (&'static str, &'static str);

/// The dimensions that rotary positions turn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RopeSpan {
    None,
    /// All of each head; files do not say otherwise.
    WholeHeads,
    /// The part of each head that the file gives; all of it without that key.
    PartOfHeads,
}

/// A module: a tensor's name without `blk.N.` and `.weight` or `.bias`, its name in the family without the
/// block, and the converter's change. `{i}` is the expert's or head's number.
pub struct Module(pub &'static str, pub &'static str, pub Mapping);

/// The relation of a file's tensor to the family's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mapping {
    Same,
    /// The file has `[out, in]` where Hugging Face has `[in, out]`.
    Transposed,
    /// The rows of each head are ordered so that adjacent dimensions turn together.
    QueryPairs,
    KeyPairs,
    /// The file has queries, keys and values one after the other, and Hugging Face has them head by head.
    InOrder,
    /// The converter added 1 to the values.
    PlusOne,
    /// The tensor stacks several of the family's along its first axis.
    Stacked,
    /// The tensor holds queries, keys and values, equally many of each, one after the other. `{i}` is q, k or
    /// v.
    Thirds,
    /// The family's name has no `.weight` or `.bias`.
    Bare,
    /// The file has `[in]` where Hugging Face has `[1, in]`.
    Row,
    /// [`Bare`](Mapping::Bare) and [`Row`](Mapping::Row).
    BareRow,
}

impl Architecture {
    /// An architecture with these names and nothing else yet. Its list of blocks has the most frequent name.
    const fn named(name: &'static str, family: &'static str) -> Architecture {
        Architecture {
            name,
            when: None,
            family,
            fields: &[],
            unasked: &[],
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
            gating: SOFTMAX,
        }
    }

    /// Every key with its config field.
    pub fn fields(&self) -> impl Iterator<Item = Pair> {
        self.fields.iter().copied().flatten().copied()
    }

    /// The modules of a block, or those outside of blocks.
    pub fn modules(&self, of_block: bool) -> impl Iterator<Item = &'static Module> {
        let lists = if of_block { self.block } else { self.ends };
        lists.iter().copied().flatten()
    }
}

/// Every architecture that is read.
pub const ALL: &[&Architecture] = &[
    &gated::LLAMA,
    &mixtures::MIXTRAL,
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
    &relatives::QWEN2VL,
    &relatives::QWEN3VL,
    &relatives::QWEN3VLMOE,
    &relatives::OLMO,
    &relatives::OLMO3,
    &relatives::COMMAND_R,
    &relatives::COHERE2,
    &relatives::GLM4,
    &relatives::EXAONE4,
    &relatives::SMOLLM3,
    &relatives::SEED_OSS,
    &relatives::ERNIE4_5,
    &relatives::HUNYUAN,
    &relatives::NEMOTRON,
    &relatives::ARCEE,
    &mixtures::QWEN2MOE,
    &mixtures::OLMOE,
    &mixtures::GRANITE_MOE,
    &mixtures::GRANITE_MOE_SHARED,
    &mixtures::PHIMOE,
    &mixtures::ERNIE4_5_MOE,
    &mixtures::DOTS1,
    &mixtures::GLM4MOE,
    &mixtures::MINIMAX_M2,
    &plain::PHI2,
    &plain::STABLELM,
    &plain::MPT,
    &plain::STARCODER,
    &plain::STARCODER2,
    &plain::GPTNEOX,
    &plain::BLOOM,
    &plain::GPT2,
    &plain::BERT,
];
