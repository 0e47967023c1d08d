//! The model at work on libtorch: the only folder that names `tch`.
//!
//! The cargo feature `torch` is decided here and nowhere else: [`open`] and [`train`] are the real
//! engine or say that this build has none.

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::CheckpointError;
use crate::trace::source::SourceError;
use crate::trace::tensor::Dtype;

mod random;
pub mod sampling;
pub mod training;

#[cfg(not(feature = "torch"))]
#[path = "stub.rs"]
mod half;
#[cfg(feature = "torch")]
#[path = "torch/mod.rs"]
mod half;

pub use half::{AVAILABLE, open, train};

/// Where and in what precision to compute.
#[derive(Clone, Debug)]
pub struct Options {
    pub dtype: Dtype,
    pub device: DeviceChoice,
    /// Blocks whose weights may be in memory at once; all that fit where `None`.
    pub resident: Option<usize>,
    /// Add the special tokens that the tokenizer puts around a text; a chat template's output has its
    /// own.
    pub special_tokens: bool,
    /// Scores that a block may hold whole. Where it would have more, attention is computed by a kernel that
    /// holds none, and what is looked at of them is computed again.
    pub whole_scores: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            dtype: Dtype::F32,
            device: DeviceChoice::Cpu,
            resident: None,
            special_tokens: true,
            // 64 MB in f32; nine heads come to it at 1,365 tokens.
            whole_scores: 1 << 24,
        }
    }
}

/// `cpu`, `cuda`, `cuda:1`, or `auto`: the first GPU if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    Auto,
    Cpu,
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<DeviceChoice, String> {
        match text {
            "auto" => Ok(DeviceChoice::Auto),
            "cpu" => Ok(DeviceChoice::Cpu),
            "cuda" => Ok(DeviceChoice::Cuda(0)),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|n| n.parse().ok())
                .map(DeviceChoice::Cuda)
                .ok_or_else(|| format!("`{text}` is no device: use cpu, cuda, cuda:N or auto")),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            DeviceChoice::Auto => f.write_str("auto"),
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Cuda(n) => write!(f, "cuda:{n}"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(
        "this layerwise was built without libtorch (--no-default-features): it replays, checks \
         and compares traces, but cannot run or train a model"
    )]
    NotBuilt,
    #[error("no CUDA device: {0}; use --device cpu")]
    NoCuda(String),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Training(#[from] training::TrainError),
    #[error(transparent)]
    Missing(#[from] crate::graph::Missing),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(
        "the GPU has no memory left for what is at work ({0}): shorten the prompt, compute in \
         --dtype bf16, or use --device cpu"
    )]
    OutOfMemory(String),
    /// What libtorch says, without its stack trace.
    #[error("libtorch: {0}")]
    Torch(String),
}
