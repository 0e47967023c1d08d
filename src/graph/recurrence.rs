//! Mixers with a state of fixed size in place of keys and values, as data.
//!
//! One recurrence describes them: a head's state `S` `[d_state, d_head]` fades and is written to,
//! `S ← decay · S + k ⊗ u`, and is read by `z = q · S`. In state-space models `q`, `k` and `v` go by the names of C, B
//! and x (Dao & Gu 2024).

use serde::{Deserialize, Serialize};

use super::arch::{Activation, NormKind, QkNorm};

/// The part of a block that moves values between tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mixing {
    #[default]
    Attention,
    /// [`Recurrence`].
    Recurrence,
    /// [`ShortConvolution`].
    Convolution,
    /// Attention and a recurrence read the same row, and both add to the stream.
    Both,
    /// A recurrence reads the stream and what a whole block makes of it and of the token's embedding: attention and an
    /// MLP, whose weights several layers share (Glorioso et al. 2024).
    Shared,
    /// The block has a feed-forward alone.
    Nothing,
}

impl Mixing {
    /// Attention in some blocks, a recurrence in the rest.
    pub fn attention_if(attention: bool) -> Mixing {
        if attention {
            Mixing::Attention
        } else {
            Mixing::Recurrence
        }
    }
}

/// A recurrent mixer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recurrence {
    /// The number of queries and of keys; each serves `n_heads / n_groups` heads. With 0 all are the number 1: a state is
    /// one row, which is written and read whole.
    pub n_groups: usize,
    pub n_heads: usize,
    /// The length of a query and of a key.
    pub d_state: usize,
    /// The length of a head's value.
    pub d_head: usize,
    /// The number of tokens that the convolution of queries, keys and values spans; `None` without one.
    pub convolution: Option<usize>,
    /// The activation of queries, keys and values.
    pub activation: Option<Activation>,
    /// Queries and keys are scaled to length 1 with this ε, and queries by 1/√d_state.
    pub unit: Option<f64>,
    pub decay: Decay,
    pub write: Write,
    /// Whether a multiple of the value is added to what is read.
    pub skip: bool,
    pub gate: Option<StateGate>,
    pub norm: Option<StateNorm>,
    /// Queries, keys and steps are read from the values after their convolution, as in the first state-space models
    /// that select (Gu & Dao 2023).
    #[serde(default)]
    pub from_values: Option<FromValues>,
    /// Keys, values and gates are read from rows that are mixed with those of the token before (Peng et al. 2023).
    #[serde(default)]
    pub shifted: bool,
    #[serde(default)]
    pub multipliers: Multipliers,
}

/// The way from values to queries, keys and steps. Each row of a state fades by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FromValues {
    /// The numbers from which all heads' steps are made.
    pub rank: usize,
    /// The ε of norms of queries, keys and these numbers.
    pub normed: Option<f64>,
}

/// Factors of linear maps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Multipliers {
    pub query: f64,
    pub key: f64,
    pub value: f64,
    pub step: f64,
    pub gate: f64,
    pub out: f64,
}

impl Default for Multipliers {
    fn default() -> Multipliers {
        Multipliers {
            query: 1.0,
            key: 1.0,
            value: 1.0,
            step: 1.0,
            gate: 1.0,
            out: 1.0,
        }
    }
}

/// The factor by which a state fades from token to token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// `exp(−exp(W) · step)`, with a step for each token and head: `softplus(x + b)`, within these bounds.
    Steps { least: f64, most: Option<f64> },
    /// [`Decay::Steps`] with a step for each row of a state, which fades by itself, and `W` for each head (Kimi Team
    /// 2025).
    Rows {
        /// The numbers that steps are made of; `None` if they are mapped at once.
        rank: Option<usize>,
        /// The logarithm of the smallest factor, if factors stay above one: they are `exp(bound · σ(exp(W) · (x + b)))`
        /// then (Ant Group 2026).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<f64>,
    },
    /// A fixed factor `exp(−slope)` of each head, by block.
    Fixed(Vec<Vec<f64>>),
    /// `exp(−rate · softplus(W) · σ(x))`, where x is a map of the convolved values, in so many blocks (De et al. 2024).
    Gated { rate: f64, blocks: usize },
    /// `σ(x)`, where x is a map of the input within a soft cap (Beck et al. 2024).
    Sigmoid { cap: Option<f64> },
    /// `exp(−exp(W))` of each head.
    Learned,
}

/// The vector that a token writes to a state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// The value.
    Value,
    /// The value times the token's step (Gu & Dao 2023).
    Step,
    /// The value times `√(1 − decay²) · σ(x)`, where x is a map of the convolved values in blocks (De et al. 2024): a
    /// state keeps its size. The first token's factor is `σ(x)` alone.
    Balanced,
    /// The value times `exp(x)`, where x is a map of the input within a soft cap. States are held by the largest exponent
    /// so far.
    Exponential { cap: Option<f64>, by: Normal },
    /// `β · (v − k · decayed state)`: the value in the place of what the state holds for the key (Yang et al. 2024).
    /// The field is the largest β.
    Delta(f64),
}

/// The division of what is read by the weights that values were written with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normal {
    /// By the size of what the query reads of the weights, at least 1; ε is added (Beck et al. 2024).
    Bounded { eps: f64 },
    /// A token reads the mean of earlier values, and its own with a weight of its own (Peng et al. 2023).
    Mean,
}

/// The function that opens a gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateBy {
    Silu,
    #[default]
    Sigmoid,
    Activation(Activation),
}

/// A gate on what is read, computed from the block's input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateGate {
    pub by: GateBy,
    /// The numbers that the gate is made of; `None` if it is mapped at once.
    #[serde(default)]
    pub rank: Option<usize>,
    /// Whether the gate multiplies before the norm.
    pub first: bool,
}

/// The norm of what is read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateNorm {
    pub kind: NormKind,
    pub over: QkNorm,
    pub eps: f64,
}

/// `out(C ⊙ convolution(B ⊙ x))`, with three linear maps B, C and x of the block's input (Liquid AI 2025).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortConvolution {
    /// The number of tokens that it spans.
    pub width: usize,
}
