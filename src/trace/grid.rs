//! The lens grid: hook points × tokens, in each cell what the model would say there.

use serde::{Deserialize, Serialize};

use super::number;
use super::source::Pass;
use super::token::Token;

/// A token that a question singles out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// The token that the text goes on with; of an encoder the one that stands there.
    Next,
    Id(u32),
    /// The token of the vocabulary whose text is this, or this after a space.
    Text(String),
}

/// The lens at several hook points and rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LensGrid {
    /// A list for each hook point with a cell for each row; `None` where a trace does not have it.
    pub cells: Vec<Vec<Option<LensCell>>>,
    /// The first reason why a cell is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The lens from a file that it was read through, if not the logit lens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens: Option<String>,
    /// Hook points for which that lens has no map, and which are read by the logit lens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmapped: Vec<String>,
}

/// The distribution in one cell: its most probable token, its entropy, and the chosen token's place in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LensCell {
    pub id: u32,
    pub text: String,
    #[serde(with = "number")]
    pub prob: f64,
    /// In nats.
    #[serde(with = "number")]
    pub entropy: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Ranked>,
}

/// A token's place in a distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    pub id: u32,
    pub text: String,
    #[serde(with = "number")]
    pub prob: f64,
    /// The logarithm of the probability, which does not round to that of 0.
    #[serde(with = "number")]
    pub log_prob: f64,
    /// 1 for the most probable: one more than the number of tokens with a larger logit.
    pub rank: usize,
}

/// The token that the text goes on with behind a row of a pass; of an encoder the one that stands there.
pub fn due(passes: &[Pass], pass: usize, row: usize, causal: bool) -> Option<&Token> {
    let at = passes.get(pass)?.start + row + usize::from(causal);
    passes[pass..].iter().find_map(|later| later.tokens.get(at))
}

/// The place of token `id` in a row of logits at a temperature; `None` if the row does not have it.
pub fn ranked(logits: &[f64], id: u32, text: String, temperature: f64) -> Option<Ranked> {
    let own = *logits.get(id as usize)?;
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let below = |x: f64| (x - max) / temperature;
    let all: f64 = logits.iter().map(|&x| below(x).exp()).sum();
    let log_prob = below(own) - all.ln();
    Some(Ranked {
        id,
        text,
        prob: log_prob.exp(),
        log_prob,
        rank: 1 + logits.iter().filter(|&&x| x > own).count(),
    })
}
