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
    /// Whether queries expand from the normed vector and the vector as it is, one behind the other, and the gate of what
    /// heads mix too.
    #[serde(default)]
    pub joined: bool,
    /// Factors of the normed vectors: of queries, of keys and values.
    #[serde(default = "ones")]
    pub scales: [f64; 2],
}

const fn ones() -> [f64; 2] {
    [1.0; 2]
}

/// Attention as a difference (Ye et al. 2024): the second half of heads, times λ, is taken from the first half. Both
/// mix two values a key. λ is `exp(a · b) − exp(c · d) + first`, of four learned vectors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub first: f64,
}

/// Scores that grow with what a key's value says: `exp(W · softplus(map(v)))` is added to them, for each head of keys
/// (Shi et al. 2025).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueBias {
    /// The number of keys that a query looks at if it sees more: those with the largest numbers.
    pub most: usize,
}

/// Experts that are heads of attention (Zhang et al. 2022): an expert has a map to queries, and one from what they mix.
/// The experts of a token share keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadExperts {
    pub n_experts: usize,
    pub n_active: usize,
}
