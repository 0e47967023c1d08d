//! An attention score as a sum over who wrote the query and who wrote the key (Elhage et al. 2021, §"QK circuit").

use serde::{Deserialize, Serialize};

use super::attribution::Part;
use super::number;

/// The score that a head gives a key, as the sum of a term for each pair of parts of the model: one that wrote to the
/// residual stream that the query reads, and one that wrote to the stream that the key reads.
///
/// Norms on both ways are frozen: each divides by what it divided by in this pass. With them held fixed, query and key
/// are linear in what was written, their product is linear in each, and the terms sum to the score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// The hook point of the scores.
    pub point: String,
    pub head: usize,
    /// The places of query and key in the text.
    pub query: usize,
    pub key: usize,
    /// The product of query and key as the pass has them, times the scale; in front of the cap where there is one.
    #[serde(with = "number")]
    pub score: f64,
    /// The sum of all terms.
    #[serde(with = "number")]
    pub sum: f64,
    /// The part of the score that depends on the distance alone (Press et al. 2022).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// The bound on scores, which is not linear and is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<f64>,
    /// Who wrote the query, in the order of computation; the value is the sum of the terms with this part.
    pub queries: Vec<Part>,
    /// Who wrote the key.
    pub keys: Vec<Part>,
    /// The largest terms, the largest first.
    pub terms: Vec<Pair>,
    /// The number of all other terms, and their sum.
    pub others: usize,
    #[serde(with = "number")]
    pub rest: f64,
}

/// One term.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Indices into [`Split::queries`] and [`Split::keys`].
    pub query: usize,
    pub key: usize,
    #[serde(with = "number")]
    pub value: f64,
}
