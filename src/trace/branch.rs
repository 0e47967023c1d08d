//! Branches: states of a source side by side, as data. Each has a prompt, tokens chosen after it, and interventions
//! of its own, and may run another model.

use serde::{Deserialize, Serialize};

use super::intervention::Intervention;
use super::number;

/// A branch of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    pub name: String,
    /// The branch that it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The model or the trace that was opened for it; none where it runs that of its parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    pub prompt: String,
    /// The tokens that were chosen after the prompt.
    #[serde(default)]
    pub chosen: Vec<u32>,
    /// Their texts.
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub interventions: Vec<Intervention>,
    /// Whether it is the one that is looked at.
    #[serde(default)]
    pub current: bool,
    /// Whether its values were dropped to make room, and are computed again where they are looked at.
    #[serde(default)]
    pub dropped: bool,
    /// The parts of an earlier run's branch that did not come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

/// A change to the branches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BranchChange {
    /// One more, made of the current one, which it shares all values with. It becomes the current one.
    Make {
        name: String,
        #[serde(default)]
        prompt: Option<String>,
        /// The folder or the file of another model, or a trace.
        #[serde(default)]
        model: Option<String>,
    },
    Switch {
        name: String,
    },
    Drop {
        name: String,
    },
    /// Those of an earlier run, in the place of the first one. What does not come back is told in the list.
    Restore {
        branches: Vec<Branch>,
    },
}

impl BranchChange {
    /// Whether the interventions after it are those of before, as far as they fit.
    pub fn shares_interventions(&self) -> bool {
        matches!(self, BranchChange::Make { model: None, .. })
    }
}

/// The row of a value in another branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    pub pass: usize,
    pub row: usize,
}

/// A part of a value in two branches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The other branch.
    pub branch: String,
    pub point: String,
    /// For each row of the part the counterpart's in the other branch; empty for a value without rows.
    pub rows: Vec<Option<Spot>>,
    /// For each row the texts of both tokens.
    pub tokens: Vec<(String, Option<String>)>,
    pub shape: Vec<usize>,
    /// The axis of the shape that rows lie along; none where the slice takes one row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_axis: Option<usize>,
    #[serde(with = "number::list")]
    pub here: Vec<f64>,
    /// The elements of the other branch; none where a token has no counterpart.
    #[serde(with = "number::optional_list")]
    pub there: Vec<Option<f64>>,
}

impl Difference {
    /// The other's value less this one, where there are both.
    pub fn change(&self, i: usize) -> Option<f64> {
        Some(self.there.get(i).copied()?? - self.here.get(i)?)
    }

    /// The element that changes most, by its place among all, and how much. Two infinities of one sign do not differ.
    pub fn largest(&self) -> Option<(usize, f64)> {
        let changes = (0..self.here.len()).filter_map(|i| Some((i, self.change(i)?)));
        let numbers = changes.filter(|(_, change)| !change.is_nan());
        numbers.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
    }
}
