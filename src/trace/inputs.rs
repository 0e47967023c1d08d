//! Input attribution: how much of a logit each token of the text accounts for, by gradients at the embeddings.

use serde::{Deserialize, Serialize};

use super::number;
use super::token::Token;

/// A logit, or the difference of two, and the shares of the text's tokens in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputAttribution {
    pub token: Token,
    /// The token whose logit is subtracted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Token>,
    #[serde(with = "number")]
    pub value: f64,
    /// The value where all embeddings are their mean.
    #[serde(with = "number")]
    pub baseline: f64,
    /// The sum of all integrated gradients, which is `value − baseline` but for the number of steps.
    #[serde(with = "number")]
    pub sum: f64,
    pub steps: usize,
    pub tokens: Vec<InputShare>,
}

/// One token of the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputShare {
    pub id: u32,
    pub text: String,
    /// The length of the gradient with respect to the token's embedding.
    #[serde(with = "number")]
    pub gradient: f64,
    /// Gradient · embedding (gradient × input).
    #[serde(with = "number")]
    pub product: f64,
    /// The mean gradient on the way from the mean of the text's embeddings, · that way (integrated gradients,
    /// Sundararajan et al. 2017). On the way from 0 norms of tiny embeddings would turn more sharply than steps follow.
    #[serde(with = "number")]
    pub integrated: f64,
}

impl InputAttribution {
    pub const DEFINITION: &str = "gradient: its length at the token's embedding; × input: gradient · embedding; \
                                  integrated: mean gradient on the way from the mean of the embeddings, · that way";

    /// Whether the integrated gradients sum to what they are to sum to, within a tenth of it.
    pub fn is_exact(&self) -> bool {
        let due = self.value - self.baseline;
        (self.sum - due).abs() <= 0.1 * due.abs()
    }
}
