//! What can be wrong with a training run.

use std::path::{Path, PathBuf};

use crate::checkpoint::CheckpointError;

#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The text to learn from.
    #[error("{}: {problem}", path.display())]
    Corpus { path: PathBuf, problem: String },
    /// The folder to write to, or a run's state in it.
    #[error("{}: {problem}", path.display())]
    Output { path: PathBuf, problem: String },
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
    pub fn corpus(path: &Path, problem: impl ToString) -> TrainError {
        TrainError::Corpus {
            path: path.to_owned(),
            problem: problem.to_string(),
        }
    }

    pub fn output(path: &Path, problem: impl ToString) -> TrainError {
        TrainError::Output {
            path: path.to_owned(),
            problem: problem.to_string(),
        }
    }
}
