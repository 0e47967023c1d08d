//! The engine of a build without libtorch.

use super::training::{TrainingEnd, TrainingJob, Watch};
use super::{EngineError, Options};
use crate::checkpoint::Checkpoint;
use crate::trace::source::Source;

/// Whether this build can run a model.
pub const AVAILABLE: bool = false;

/// Always fails with [`EngineError::NotBuilt`].
pub fn open(_: Checkpoint, _: &str, _: &Options) -> Result<Box<dyn Source>, EngineError> {
    Err(EngineError::NotBuilt)
}

/// Always fails with [`EngineError::NotBuilt`].
pub fn train(_: &TrainingJob, _: &mut Watch) -> Result<TrainingEnd, EngineError> {
    Err(EngineError::NotBuilt)
}
