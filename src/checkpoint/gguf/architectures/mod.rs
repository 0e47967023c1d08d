//! llama.cpp's architectures, each as the Hugging Face family that it is: which metadata is which field of
//! `config.json`, and which tensor is which. Facts from llama.cpp's converter and the package `gguf`.

use serde_json::Value;

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
    /// says whether it may be left out.
    pub fields: &'static [&'static [(&'static str, &'static str)]],
    /// Fields that llama.cpp takes for granted where the file says nothing of them.
    pub constants: fn() -> Vec<(&'static str, Value)>,
    /// Flags that say whether a tensor stands in the file.
    pub present: &'static [(&'static str, &'static str)],
    /// Flags that say that a tensor does not.
    pub absent: &'static [(&'static str, &'static str)],
    /// Modules (a tensor's name without `.weight` or `.bias`) and what they are; `{}` is the block's number
    /// and `{i}` the expert's or head's.
    pub modules: &'static [&'static [Module]],
    pub rope: RopeSpan,
    /// Blocks have windows but for every so many-th, where the file gives no other pattern.
    pub sees_all: Option<u64>,
    /// Tokens look both ways.
    pub encoder: bool,
}

/// What rotary positions turn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RopeSpan {
    None,
    /// The whole of each head, and no file says otherwise.
    WholeHeads,
    /// As much of each head as the file says; all of it where it does not.
    PartOfHeads,
}

/// A module's name in the file, its name in Hugging Face's layout, and what the converter did to it.
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
