//! Direct logit attribution: what each part of the model adds to a logit by itself (Elhage et al. 2021).

use serde::{Deserialize, Serialize};

use super::number;
use super::token::Token;

/// A logit, or the difference of two, as a sum over the parts that write to the residual stream.
///
/// The norms between a part and the logit are frozen: each divides by what it divided by in this pass. With
/// them held fixed the way from the stream to the logit is linear, and the parts sum to the logit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    pub token: Token,
    /// The token whose logit is subtracted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Token>,
    /// The model's logit, or the difference; before the cap where the model has one.
    #[serde(with = "number")]
    pub logit: f64,
    /// The sum of all parts.
    #[serde(with = "number")]
    pub sum: f64,
    /// The bound on the model's logits, which is not linear and is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<f64>,
    /// In the order of computation.
    pub parts: Vec<Part>,
}

/// One addend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub kind: PartKind,
    /// The hook point, or the value without one, that the part writes.
    pub point: String,
    /// The block; `None` in the embedding and the unembedding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// The number of the head or expert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    #[serde(with = "number")]
    pub value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    Embedding,
    Positions,
    Head,
    Mlp,
    Expert,
    Bias,
    /// A value that was put in the place of the model's own.
    Replaced,
}

impl PartKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            PartKind::Embedding => "embedding",
            PartKind::Positions => "positions",
            PartKind::Head => "head",
            PartKind::Mlp => "mlp",
            PartKind::Expert => "expert",
            PartKind::Bias => "bias",
            PartKind::Replaced => "replaced",
        }
    }
}

/// A neuron of an MLP at one token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Neuron {
    /// Its place in `mlp.post`.
    pub index: usize,
    /// Its value there.
    #[serde(with = "number")]
    pub activation: f64,
    /// The length of what it writes: the activation's size times the length of its output weights.
    #[serde(with = "number")]
    pub size: f64,
    /// Tokens whose logits its output weights raise most, and by how much at this activation.
    pub raises: Vec<Moved>,
    /// Tokens whose logits they lower most.
    pub lowers: Vec<Moved>,
}

/// A token and how far its logit is moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    pub id: u32,
    pub text: String,
    #[serde(with = "number")]
    pub by: f64,
}
