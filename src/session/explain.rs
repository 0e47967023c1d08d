//! Each hook point in plain words, with its formula and real shapes.

use crate::trace::hook;
use crate::trace::source::{ModelInfo, Pass};

/// What a hook point is, for someone who meets it for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// A few words: `attention pattern`.
    pub title: String,
    /// How it is computed, with real shapes, at most 118 columns.
    pub formula: String,
    /// Plain words, one or two lines separated by `\n`, each at most 118 columns.
    pub text: String,
    /// Formula or words for a narrow screen, at most 78 columns.
    pub short: String,
}

/// Explain one hook point of a pass.
pub fn explain(_model: &ModelInfo, pass: &Pass, point: usize) -> Explanation {
    let name = pass.plan.points().get(point).map_or("", |p| &p.name);
    Explanation {
        title: hook::leaf(name).to_owned(),
        formula: String::new(),
        text: String::new(),
        short: String::new(),
    }
}
