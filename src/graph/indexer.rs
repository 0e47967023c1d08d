//! An indexer as an option of an architecture: a few small heads that choose the keys which attention looks at.

use serde::{Deserialize, Serialize};

/// Small heads that score all keys for each query. Only the keys with the largest scores are looked at (DeepSeek-AI
/// 2025, §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Indexer {
    pub n_heads: usize,
    /// The length of its queries and of its keys.
    pub d_head: usize,
    /// The number of keys that a query looks at.
    pub keys: usize,
    /// The number of the rotary embedding that turns its queries and keys.
    pub rope: usize,
    /// The ε of its keys' norm, a LayerNorm.
    pub eps: f64,
    /// The number of consecutive keys that are chosen together, by the mean of theirs (Qwen Team 2026); `None` if each is
    /// chosen alone. Queries and means are then normed as the model is, all heads count alike, [`Indexer::keys`] are
    /// runs, and tokens behind the last whole run are always looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<usize>,
}
