//! Training a small decoder on a text, without libtorch: settings, the text as token sequences, learning
//! rate, starting weights, and the files of a run.

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

/// The task of a training run, and the folder for its result.
#[derive(Clone, Debug)]
pub struct TrainingJob {
    /// A UTF-8 text, one document a line.
    pub corpus: PathBuf,
    /// The model's folder.
    pub output: PathBuf,
    pub settings: Settings,
    pub start: Start,
    /// The number of steps between two checkpoints.
    pub save_every: usize,
    /// The number of threads that libtorch may use. Sums are rounded differently with another number.
    pub threads: usize,
}

/// The way in which a run treats an existing folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The folder must be empty or missing.
    Fresh,
    /// The model in the folder is replaced.
    Replace,
    /// The run in the folder continues from its last checkpoint.
    Resume,
}

/// A report of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The model is ready, and training begins.
    Begin {
        parameters: usize,
        d_vocab: usize,
        /// The numbers of token sequences to learn from, and held out.
        lines: (usize, usize),
        /// The number of steps done by earlier runs.
        step: usize,
    },
    /// The number of steps done so far, and the mean loss of the last one, in nats a token.
    Step { step: usize, loss: f64 },
    /// A checkpoint was written. `validation` is the loss on the lines held out, if there are any.
    Saved { validation: Option<f64> },
}

/// A function that is called with every event. If it breaks, the run writes a checkpoint and stops.
pub type Watch<'a> = dyn FnMut(&Event) -> ControlFlow<()> + 'a;

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingEnd {
    Finished,
    /// The watcher stopped the run after `step` steps; it can be resumed.
    Stopped {
        step: usize,
    },
}
