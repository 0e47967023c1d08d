//! One vector a token that is key and value at once, in all heads, and entries that stand for whole runs of tokens, as
//! options of an architecture.

use serde::{Deserialize, Serialize};

use super::indexer::Indexer;

/// Attention whose only key is its value too (DeepSeek-AI 2026). Queries expand from a short vector and are normed; the
/// key is normed and turned, and what heads mix of it is turned back; the output is projected group by group first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Single {
    /// The length of the vector that queries expand from.
    pub d_query: usize,
    /// The groups of heads that the output is projected from.
    pub groups: usize,
    /// The length of each group's projection.
    pub d_group: usize,
    /// The entries that each layer attends to beside tokens.
    pub entries: Vec<Option<Entries>>,
}

impl Single {
    /// The entries that a layer attends to.
    pub fn entries_of(&self, layer: usize) -> Option<Entries> {
        self.entries.get(layer).copied().flatten()
    }
}

/// Entries that stand for whole runs of tokens: mixtures of their vectors, in shares that the tokens decide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entries {
    /// The number of tokens in a run.
    pub every: usize,
    /// Whether an entry also mixes the vectors of the run before, made by maps of their own.
    pub overlap: bool,
    /// The choice of the entries that a query looks at; `None` if it looks at all.
    pub indexer: Option<Indexer>,
}

/// The entries behind the keys of some scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Behind {
    /// The number of tokens in a run.
    pub every: usize,
    /// Whether there are no keys of tokens before them.
    pub alone: bool,
}
