//! The engine: it runs a model on libtorch. Only this folder names `tch`.
//!
//! This file alone asks for the cargo feature `torch`: without it, [`open`] and [`train`] say that this build
//! has no engine.

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::CheckpointError;
use crate::trace::source::SourceError;
use crate::trace::tensor::Dtype;

mod random;
#[cfg(feature = "torch")]
mod sampling;
pub mod training;

#[cfg(not(feature = "torch"))]
#[path = "stub.rs"]
mod half;
#[cfg(feature = "torch")]
#[path = "torch/mod.rs"]
mod half;

pub use half::{AVAILABLE, open, train};

/// The device, precision and memory that a model is run with.
#[derive(Clone, Debug)]
pub struct Options {
    pub dtype: Dtype,
    pub device: DeviceChoice,
    /// The number of blocks whose weights may be in memory at once; `None` for all that fit.
    pub resident: Option<usize>,
    /// Whether to add the special tokens that the tokenizer puts around a text. A chat template's output has
    /// its own.
    pub special_tokens: bool,
    /// The number of scores that a block may hold whole. A block with more computes attention with a kernel
    /// that holds none, and computes the rows that are looked at again. Rows of more than half as many logits are
    /// computed where they are looked at, too.
    pub whole_scores: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            dtype: Dtype::F32,
            device: DeviceChoice::Cpu,
            resident: None,
            special_tokens: true,
            // 64 MB in f32; nine heads reach it at 1,365 tokens.
            whole_scores: 1 << 24,
        }
    }
}

/// A device: `cpu`, `cuda`, `cuda:1`, or `auto` for the first GPU if there is one.
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
    /// libtorch's message, without its stack trace.
    #[error("libtorch: {0}")]
    Torch(String),
}
