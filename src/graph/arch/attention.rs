//! Attention of all blocks.

use serde::{Deserialize, Serialize};

use super::super::heads::{Difference, HeadExperts, Heads, Latent, ValueBias};
use super::super::indexer::Indexer;
use super::super::recurrence::GateBy;
use super::super::single::Single;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attention {
    pub n_heads: usize,
    /// Key and value heads; each one serves `n_heads / n_kv_heads` query heads.
    pub n_kv_heads: usize,
    pub d_head: usize,
    /// Whether a token looks only at itself and earlier tokens, as in decoders. In encoders it looks both
    /// ways.
    pub causal: bool,
    /// The heads of each layer; empty if all layers have those above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<Heads>,
    /// The latent vectors that queries, keys and values expand from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latent: Option<Latent>,
    /// One vector a token that is key and value at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single: Option<Single>,
    /// The choice of the keys that are looked at; `None` if all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indexer: Option<Indexer>,
    /// The layer whose choice of keys each layer takes over; empty if each chooses its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<Option<usize>>,
    /// The layer whose keys and values each layer reads; empty if each has its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<Option<usize>>,
    /// Whether each layer's keys, before they are normed, are its values too; empty if none are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys_as_values: Vec<bool>,
    /// Whether each head's value is normed, without weights.
    #[serde(default)]
    pub value_norm: bool,
    /// The factor of q·k in each layer.
    pub scales: Vec<f64>,
    /// The number of tokens that a query may look at in each layer, counted back from its own; `None` for
    /// all.
    pub windows: Vec<Option<usize>>,
    /// The length of the runs of tokens within which each layer's attention stays; empty if it stays in none.
    #[serde(default)]
    pub chunks: Vec<Option<usize>>,
    /// A bound on scores: `cap · tanh(score / cap)` stays within ± this.
    pub score_cap: Option<f64>,
    /// A bound on queries, keys and values: each element stays within ± this.
    #[serde(default)]
    pub clip: Option<f64>,
    /// The norms of queries and keys.
    pub qk_norm: Option<QkNorm>,
    /// Whether each layer norms queries and keys; empty if all do that have [`Attention::qk_norm`].
    #[serde(default)]
    pub normed: Vec<bool>,
    /// Whether queries and keys are normed after they are turned by position, and not before.
    #[serde(default)]
    pub norm_turned: bool,
    /// The growth of each layer's scores with the query's position; empty if none grow.
    #[serde(default)]
    pub tempers: Vec<Option<Temper>>,
    /// The gate that the mixtures of values go through.
    #[serde(default)]
    pub gate: Option<MixGate>,
    /// The function that opens this gate.
    #[serde(default)]
    pub gate_by: GateBy,
    /// Whether the mixtures of all heads are normed as one vector before the output projection.
    #[serde(default)]
    pub out_norm: bool,
    /// The rank of the maps that each layer adds to those of queries, keys and values, which several layers share.
    #[serde(default)]
    pub adapter: Option<usize>,
    /// Whether each head has a learned score that takes part in the softmax but belongs to no token.
    pub sinks: bool,
    /// Whether each layer has such scores; empty if all do where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sunk: Vec<bool>,
    /// Whether the pattern sums to 1 beside sinks, and the share that they leave multiplies what is mixed.
    #[serde(default)]
    pub sinks_beside: bool,
    /// The difference of two patterns that values are mixed by, in each layer; empty without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// The numbers that each key's value adds to its scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_bias: Option<ValueBias>,
    /// The experts that heads are, of which each token is sent to a few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experts: Option<HeadExperts>,
    /// Whether each layer's output projection has a bias; empty if all do where there is any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub out_biased: Vec<bool>,
    #[serde(default)]
    pub multipliers: Multipliers,
}

/// Factors of attention's linear maps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Multipliers {
    pub query: f64,
    pub key: f64,
    pub value: f64,
    pub out: f64,
}

impl Default for Multipliers {
    fn default() -> Multipliers {
        Multipliers {
            query: 1.0,
            key: 1.0,
            value: 1.0,
            out: 1.0,
        }
    }
}

impl Attention {
    /// Plain attention in all `n_layers` layers: scores are divided by the root of `d_head`, and all earlier
    /// tokens are in view.
    pub fn new(n_layers: usize, n_heads: usize, n_kv_heads: usize, d_head: usize) -> Attention {
        Attention {
            n_heads,
            n_kv_heads,
            d_head,
            causal: true,
            heads: Vec::new(),
            latent: None,
            single: None,
            indexer: None,
            chosen: Vec::new(),
            shared: Vec::new(),
            keys_as_values: Vec::new(),
            value_norm: false,
            scales: vec![1.0 / (d_head as f64).sqrt(); n_layers],
            windows: vec![None; n_layers],
            chunks: Vec::new(),
            score_cap: None,
            clip: None,
            qk_norm: None,
            normed: Vec::new(),
            norm_turned: false,
            tempers: Vec::new(),
            gate: None,
            gate_by: GateBy::Sigmoid,
            out_norm: false,
            adapter: None,
            sinks: false,
            sunk: Vec::new(),
            sinks_beside: false,
            differences: Vec::new(),
            value_bias: None,
            experts: None,
            out_biased: Vec::new(),
            multipliers: Multipliers::default(),
        }
    }
}

impl Attention {
    /// The heads of a layer.
    pub fn heads_of(&self, layer: usize) -> Heads {
        let own = self.heads.get(layer).copied();
        own.unwrap_or(Heads {
            n_heads: self.n_heads,
            n_kv_heads: self.n_kv_heads,
            d_head: self.d_head,
            d_value: self.d_head,
        })
    }
}

impl Attention {
    /// Whether sinks take a share of a layer's pattern.
    pub fn sinks_in(&self, layer: usize) -> bool {
        self.sinks && !self.sinks_beside && self.sunk.get(layer) != Some(&false)
    }
}

/// A gate on the mixtures of values, opened by a linear map of what attention reads (Qiu et al. 2025).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MixGate {
    /// One number for each element.
    Elements,
    /// One number for each head.
    Heads,
}

/// A factor of scores that grows with the query's position: `1 + β · ln(1 + ⌊(position + first) / every⌋)`, which
/// keeps attention sharp over long contexts (Nakanishi 2025).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Temper {
    pub beta: f64,
    pub every: f64,
    /// The number that the first token's position counts as.
    pub first: i64,
}

impl Temper {
    /// The factor at a position, counted from 0; models compute it in f32.
    pub fn factor(self, position: usize) -> f64 {
        let runs = (position as f32 + self.first as f32) / self.every as f32;
        let grown = (runs.floor() + 1.0).ln();
        f64::from(grown * self.beta as f32 + 1.0)
    }
}

/// The elements that a norm of queries and keys runs over. Its kind and ε are [`Arch::norm`](super::Arch::norm)'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QkNorm {
    /// Each head's vector; all heads share weights `[d_head]`.
    Head,
    /// Each head's vector; each head has weights of its own, `[head, d_head]`.
    EachHead,
    /// All heads' vectors joined to one, `[head · d_head]`.
    AllHeads,
    /// The vectors of so many groups of heads joined, each group alone; weights are `[head · d_head]`.
    Groups(usize),
}
