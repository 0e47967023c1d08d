//! Errors of a training run.

use std::path::{Path, PathBuf};

use crate::checkpoint::CheckpointError;

#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A problem with a file: the corpus, the output folder, or a run's state in it.
    #[error("{}: {problem}", path.display())]
    File { path: PathBuf, problem: String },
    #[error("--{flag} {problem}")]
    Setting { flag: &'static str, problem: String },
    #[error(
        "the loss is no number any more after step {step}: the last checkpoint is still good, but \
         begin again with a smaller --lr"
    )]
    Diverged { step: usize },
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl TrainError {
    pub fn file(path: &Path, problem: impl ToString) -> TrainError {
        TrainError::File {
            path: path.to_owned(),
            problem: problem.to_string(),
        }
    }
}
