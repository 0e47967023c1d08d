//! How well a text is predicted: surprisal and rank of each token.

use serde::{Deserialize, Serialize};

use super::number;

/// Each token of a text, scored by what the model said before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub tokens: Vec<Scored>,
    /// The mean surprisal of the tokens that have one, in nats.
    #[serde(with = "number")]
    pub mean: f64,
    /// e to the mean surprisal.
    #[serde(with = "number")]
    pub perplexity: f64,
    /// The first reason why a token that could be scored is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// One token of the text. The first has nothing before it, and no score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    pub id: u32,
    pub text: String,
    /// −ln p, in nats.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "number::optional"
    )]
    pub surprisal: Option<f64>,
    /// 1 for the token that was most probable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// The entropy of what was predicted there, in nats.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "number::optional"
    )]
    pub entropy: Option<f64>,
}

impl Score {
    pub fn new(tokens: Vec<Scored>, missing: Option<String>) -> Score {
        let known: Vec<f64> = tokens.iter().filter_map(|t| t.surprisal).collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        Score {
            tokens,
            mean,
            perplexity: mean.exp(),
            missing,
        }
    }
}
