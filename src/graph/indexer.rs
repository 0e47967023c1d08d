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
}
