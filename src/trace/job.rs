//! Jobs, which change a source, and the choice of tokens.

use std::path::PathBuf;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::branch::BranchChange;
use super::intervention::Revision;
use super::temperature::Temperature;
use super::tensor::HostTensor;

/// How the next token is chosen from the logits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Greedy,
    Sample(Sampling),
    /// This token, whatever its probability.
    Token(u32),
    /// The token of the vocabulary whose text is this, or this after a space.
    Text(String),
}

/// Sampling: temperature first, then the `top_k` most probable, then the smallest set of them whose
/// probability reaches `top_p` (Holtzman et al. 2020).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// > 0.
    #[serde(default = "one", deserialize_with = "above_zero")]
    pub temperature: f64,
    /// 0 keeps all.
    #[serde(default)]
    pub top_k: usize,
    /// In (0, 1]; 1 keeps all.
    #[serde(default = "one", deserialize_with = "share")]
    pub top_p: f64,
    #[serde(default)]
    pub seed: u64,
}

fn one() -> f64 {
    1.0
}

fn above_zero<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    Temperature::deserialize(d).map(Temperature::get)
}

fn share<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let p = f64::deserialize(d)?;
    if p > 0.0 && p <= 1.0 {
        Ok(p)
    } else {
        Err(D::Error::custom("top_p is above 0 and at most 1"))
    }
}

/// Everything that changes a source, runs it or writes what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Job {
    /// Run the layers up to a hook point's own, so that it can be answered for at once.
    Run { pass: usize, point: String },
    /// Begin to take the hash of the model's files, on threads that make way for all others. Nothing waits.
    StartHash,
    /// Choose the token after `pass` and begin a pass with it; later passes are dropped.
    Next { pass: usize, choice: Choice },
    /// Start again from another prompt: one pass, nothing run yet.
    Restart { prompt: String },
    /// Write the passes so far as a trace, only hook points that one of the patterns matches in any spelling;
    /// all of them without patterns. The file appears whole or not at all.
    Save {
        path: PathBuf,
        #[serde(default)]
        hooks: Vec<String>,
    },
    /// Put `value` in the place of a hook point's own, or take it back where there is none. What follows from
    /// it is computed anew, in later passes too, whose tokens stay as they are.
    Replace {
        pass: usize,
        point: String,
        #[serde(default)]
        value: Option<HostTensor<'static>>,
    },
    /// Change the list of interventions. What follows from those that change is computed anew, in later passes
    /// too, whose tokens stay as they are.
    Intervene { revision: Revision },
    /// Make a branch, go to one, or drop one.
    Branch { change: BranchChange },
    /// Read the residual stream through the lens in a file, or by the logit lens where there is none. Recordings and
    /// the choice of tokens do not depend on it.
    Lens {
        #[serde(default)]
        path: Option<PathBuf>,
    },
}

impl Job {
    /// Whether it brings the branches of an earlier run back.
    pub fn restores(&self) -> bool {
        matches!(
            self,
            Job::Branch {
                change: BranchChange::Restore { .. }
            }
        )
    }

    /// The word for a job that reads or writes a file that its giver names.
    pub fn uses_file(&self) -> Option<&'static str> {
        match self {
            Job::Save { .. } => Some("save"),
            Job::Lens { path: Some(_) } => Some("reading a lens"),
            Job::Intervene {
                revision: Revision::Put(one),
            } if one.file().is_some() => Some("reading a file"),
            Job::Branch {
                change: BranchChange::Make { model: Some(_), .. },
            } => Some("opening a model"),
            Job::Branch {
                change: BranchChange::Restore { branches },
            } if branches.iter().any(|branch| branch.model.is_some()) => Some("opening a model"),
            _ => None,
        }
    }
}

/// A hook point of a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub pass: usize,
    pub point: String,
}
