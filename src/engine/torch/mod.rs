//! The engine on libtorch. [`weights`] borrows the checkpoint, [`evaluate`] computes values of a layer,
//! [`live`] keeps them and answers with the windows that [`view`] cuts. [`train`](mod@train) replaces
//! borrowed weights by tensors of its own.

use tch::{Kind, TchError};

use super::{EngineError, Options};
use crate::checkpoint::Checkpoint;
use crate::trace::source::Source;
use crate::trace::tensor::Dtype;

mod activations;
mod blocks;
mod change;
mod decode;
mod device;
mod evaluate;
mod feed_forward;
mod floats;
mod head_experts;
mod indexer;
mod lazy_rows;
mod lazy_scores;
mod linear;
mod live;
mod long;
mod ngrams;
mod norm;
mod packed;
mod pass;
mod pooling;
mod positions;
mod recurrence;
mod resident;
mod save;
mod scoring;
mod single;
mod state;
mod streams;
mod threads;
mod train;
mod value;
mod view;
mod weights;

pub use train::train;

/// Whether this build can run a model.
pub const AVAILABLE: bool = true;

type Result<T, E = EngineError> = std::result::Result<T, E>;

/// A source that runs `prompt` through the model, one layer at a time, as questions need them.
///
/// # Errors
/// No tokenizer, an empty or too long prompt, no such device.
pub fn open(checkpoint: Checkpoint, prompt: &str, options: &Options) -> Result<Box<dyn Source>> {
    Ok(Box::new(live::Live::open(checkpoint, prompt, options)?))
}

impl From<TchError> for EngineError {
    /// Only the first line is kept: the rest is libtorch's stack trace.
    fn from(error: TchError) -> EngineError {
        let text = match error {
            TchError::Torch(text) => text,
            other => other.to_string(),
        };
        let text = text.lines().next().unwrap_or_default().trim().to_owned();
        if text.contains("out of memory") {
            EngineError::OutOfMemory(text)
        } else {
            EngineError::Torch(text)
        }
    }
}

/// The error in a panic of tch. If an operation with a number among its arguments fails, the number's
/// destructor finds the error first and panics with it.
///
/// # Panics
/// Any other panic is raised again.
fn from_panic(panic: String) -> EngineError {
    let Some((_, text)) = panic.split_once("Torch(\"") else {
        panic!("{panic}");
    };
    let line = text.split("\\n").next().unwrap_or_default();
    TchError::Torch(line.to_owned()).into()
}

fn dtype_of(kind: Kind) -> Result<Dtype> {
    match kind {
        Kind::Double => Ok(Dtype::F64),
        Kind::Float => Ok(Dtype::F32),
        Kind::Half => Ok(Dtype::F16),
        Kind::BFloat16 => Ok(Dtype::BF16),
        other => Err(EngineError::Torch(format!("no activation is {other:?}"))),
    }
}

fn kind_of(dtype: Dtype) -> Kind {
    match dtype {
        Dtype::F64 => Kind::Double,
        Dtype::F32 => Kind::Float,
        Dtype::F16 => Kind::Half,
        Dtype::BF16 => Kind::BFloat16,
    }
}

/// The kind to compute in if half precision is not enough.
fn wider(kind: Kind) -> Kind {
    match kind {
        Kind::Half | Kind::BFloat16 => Kind::Float,
        wide => wide,
    }
}
