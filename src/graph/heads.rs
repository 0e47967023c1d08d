//! Heads as options of an architecture: their number and width by layer, keys and values that layers share, and latent
//! vectors that queries, keys and values expand from.

use serde::{Deserialize, Serialize};

/// The heads of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    pub n_heads: usize,
    /// Key and value heads; each one serves `n_heads / n_kv_heads` query heads.
    pub n_kv_heads: usize,
    /// The length of a query and of a key.
    pub d_head: usize,
    /// The length of a value.
    pub d_value: usize,
}

/// Latent attention: keys and values are linear maps of one short vector a token, and a part of each key that turns by
/// position is the same in all heads (DeepSeek-AI 2024, §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latent {
    /// The length of the vector that queries expand from; `None` if they are mapped at once.
    pub d_query: Option<usize>,
    /// The length of the vector that keys and values expand from.
    pub d_kv: usize,
    /// The length of the part of queries and keys that turns. It comes last.
    pub d_rotary: usize,
    /// The ε of the vectors' norms.
    pub eps: f64,
    /// Factors of the normed vectors: of queries, of keys and values.
    #[serde(default = "ones")]
    pub scales: [f64; 2],
}

const fn ones() -> [f64; 2] {
    [1.0; 2]
}
