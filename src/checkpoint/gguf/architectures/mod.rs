//! llama.cpp's architectures as the Hugging Face families that they are: the config field of each metadata
//! key, and the family's tensor for each of the file's. The facts are from llama.cpp's converter and the
//! package `gguf`.

use serde_json::{Map, Value};

use super::keys::Read;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::weights::Order;

pub use parts::SLIDING_WINDOW;

mod delta;
mod gated;
mod gemmas;
mod granite;
mod hybrids;
mod indexed;
mod kinds;
mod latent;
mod mixtures;
mod parts;
mod plain;
mod recurrent;
mod relatives;
mod sigmoids;
mod streams;

/// One of llama.cpp's architectures.
pub struct Architecture {
    /// The value of `general.architecture`.
    pub name: &'static str,
    /// The sign that tells files of this architecture from those of others with the same name.
    pub when: When,
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
    /// Fields that follow from several keys or from tensors, and the keys that this reads beside `fields`.
    pub more: Option<More>,
    pub keys: &'static [&'static str],
    /// The order of a module's rows, by the file's name of the module and the config.
    pub order: Option<fn(&str, &Value) -> Order>,
    /// Lists in the metadata with a number for each block, by whole keys, and the tensors of one number each that
    /// the family has for them.
    pub lists: &'static [Pair],
    /// Whether attention is bidirectional.
    pub encoder: bool,
    /// The computation of experts' shares, by llama.cpp's numbers.
    pub gating: u64,
}

/// A size in a config; 0 if it is not there.
pub fn size(config: &Value, field: &str) -> usize {
    config.get(field).and_then(Value::as_u64).unwrap_or(0) as usize
}

/// Sets fields of a config.
pub type More = fn(&Read, &mut Map<String, Value>) -> Result<(), CheckpointError>;

/// A sign of an architecture's files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The name alone, if nothing else tells.
    Otherwise,
    /// A key that is true, above 0, or a list with a number above 0.
    Key(&'static str),
    /// A tensor, in any block if its name begins with `blk.0.`.
    Has(&'static str),
    /// No tensor of this name.
    Lacks(&'static str),
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
    /// Dimensions that the family has fields of its own for.
    Apart,
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
    /// The tensor stacks pairs of the family's, one behind the other. Their names differ in the last part: `a|b`.
    StackedPairs,
    /// The tensor holds queries, keys and values, equally many of each, one after the other. `{i}` is q, k or
    /// v.
    Thirds,
    /// The family's name has no `.weight` or `.bias`.
    Bare,
    /// The file has `[in]` where Hugging Face has `[1, in]`.
    Row,
    /// [`Bare`](Mapping::Bare) and [`Row`](Mapping::Row).
    BareRow,
    /// The family's name has no `.weight`, and the file has `exp(x)` of each value.
    Exp,
    /// [`Exp`](Mapping::Exp) with the other sign.
    MinusExp,
    /// The file has several axes where Hugging Face has one.
    Flat,
    /// A convolution's `[channels, 1, width]`, which the file has without the axis of length 1, or with a further one.
    Convolution,
    /// Queries, keys and values of attention, one after the other. `{i}` is q, k or v.
    QueriesKeysValues,
    /// Queries, keys and values of a delta net, one after the other. `{i}` is q, k or v.
    Delta,
    /// A matrix for each head, `[heads, rows, columns]`, where Hugging Face has all rows one after the other.
    Heads,
    /// [`Heads`](Mapping::Heads) as `[heads, columns, rows]`.
    HeadsTransposed,
}

impl Architecture {
    /// An architecture with these names and nothing else yet. Its list of blocks has the most frequent name.
    const fn named(name: &'static str, family: &'static str) -> Architecture {
        Architecture {
            name,
            when: When::Otherwise,
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
            more: None,
            keys: &[],
            order: None,
            lists: &[],
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
    &granite::GRANITE,
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
    &relatives::GLM4V,
    &relatives::EXAONE4,
    &relatives::SMOLLM3,
    &relatives::SEED_OSS,
    &relatives::ERNIE4_5,
    &relatives::PADDLEOCR,
    &relatives::HUNYUAN,
    &relatives::HUNYUAN_VL,
    &relatives::NEMOTRON,
    &relatives::ARCEE,
    &mixtures::QWEN2MOE,
    &mixtures::OLMOE,
    &granite::GRANITE_MOE,
    &granite::GRANITE_MOE_SHARED,
    &granite::GRANITE_SWA,
    &granite::GRANITE_MOE_SWA,
    &mixtures::PHIMOE,
    &mixtures::ERNIE4_5_MOE,
    &sigmoids::DOTS1,
    &sigmoids::GLM4MOE,
    &sigmoids::HY3,
    &sigmoids::MINIMAX_M2,
    &mixtures::HUNYUAN_MOE,
    &sigmoids::AFMOE,
    &sigmoids::EXAONE_MOE,
    &mixtures::DBRX,
    &sigmoids::LLAMA4,
    &relatives::JAIS2,
    &relatives::BITNET,
    &relatives::MISTRAL3,
    &relatives::MINISTRAL3,
    &relatives::CHATGLM,
    &relatives::FALCON,
    &relatives::FALCON_TWO_NORMS,
    &relatives::APERTUS,
    &delta::QWEN3NEXT,
    &delta::QWEN35,
    &delta::QWEN35MOE,
    &recurrent::LFM2,
    &recurrent::LFM2MOE,
    &recurrent::MAMBA,
    &recurrent::FALCON_MAMBA,
    &recurrent::MAMBA2,
    &hybrids::JAMBA,
    &hybrids::FALCON_H1,
    &hybrids::GRANITE_HYBRID,
    &hybrids::BAMBA,
    &hybrids::MINIMAX_01,
    &hybrids::NEMOTRON_H,
    &hybrids::NEMOTRON_H_MOE,
    &latent::DEEPSEEK2,
    &latent::DEEPSEEK3,
    &latent::YOUTU,
    &latent::MINICPM3,
    &latent::MISTRAL4,
    &latent::DEEPSEEK2_OCR,
    &indexed::DEEPSEEK32,
    &indexed::GLM_DSA,
    &streams::DEEPSEEK4,
    &streams::HY4,
    &streams::QWEN4EXP,
    &kinds::MIMO2,
    &kinds::LAGUNA,
    &kinds::MELLUM,
    &kinds::COHERE2MOE,
    &delta::KIMI_LINEAR,
    &delta::BAILINGMOE3,
    &gemmas::GEMMA3N,
    &gemmas::GEMMA4,
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
