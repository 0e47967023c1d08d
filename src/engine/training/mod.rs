//! Training a small decoder on a text, as far as it needs no libtorch: settings, the text as token
//! sequences, learning rate, starting weights, and the files of a run.

use std::ops::ControlFlow;
use std::path::PathBuf;

pub use error::TrainError;
pub use settings::Settings;

pub mod data;
mod error;
pub mod folder;
pub mod init;
pub mod schedule;
mod settings;

/// What to train, and where to put it.
#[derive(Clone, Debug)]
pub struct TrainingJob {
    /// A UTF-8 text, one document a line.
    pub corpus: PathBuf,
    /// The model's folder.
    pub output: PathBuf,
    pub settings: Settings,
    pub start: Start,
    /// Steps between two checkpoints.
    pub save_every: usize,
    /// Threads that libtorch may use: sums are rounded as they are divided among them.
    pub threads: usize,
}

/// How a run treats what is in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// There must be nothing.
    Fresh,
    /// Replace the model in it.
    Replace,
    /// Go on from its last checkpoint.
    Resume,
}

/// What a run says about itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The model is there, and training begins.
    Begin {
        parameters: usize,
        d_vocab: usize,
        /// Token sequences to learn from, and held out.
        lines: (usize, usize),
        /// Steps done by earlier runs.
        step: usize,
    },
    /// Steps done so far, and the mean loss of the last one, in nats a token.
    Step { step: usize, loss: f64 },
    /// A checkpoint was written; with the loss on the lines held out, if there are any.
    Saved { validation: Option<f64> },
}

/// Called with every event; breaking stops the run after it has written a checkpoint.
pub type Watch<'a> = dyn FnMut(&Event) -> ControlFlow<()> + 'a;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingEnd {
    Finished,
    /// As the watcher asked; `step` steps are done, and the run can be resumed.
    Stopped {
        step: usize,
    },
}
