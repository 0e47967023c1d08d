//! The terms that an element of a hook point is the sum of.

use serde::{Deserialize, Serialize};

use super::number;

/// An element as the sum of its terms, computed in float64 from the values that the source holds.
///
/// `sum` is the sum of all contributions: those of `terms`, and `rest`. Each of `steps` makes something of it in
/// turn, and the last result is `computed`. A number that needs a value that the source does not have is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operands {
    pub pass: usize,
    /// The full name of the hook point.
    pub point: String,
    pub cell: Vec<usize>,
    /// The hook point's formula, without shapes.
    pub formula: String,
    /// The element as it stands in the source.
    #[serde(with = "number::optional")]
    pub value: Option<f64>,
    pub terms: Vec<Term>,
    pub rest: Rest,
    #[serde(with = "number::optional")]
    pub sum: Option<f64>,
    pub steps: Vec<Step>,
    #[serde(with = "number::optional")]
    pub computed: Option<f64>,
    /// A distance of `computed` from `value` up to this is what rounding explains: the unit of the model's dtype
    /// times the sum of the terms' magnitudes.
    #[serde(with = "number::optional")]
    pub rounding: Option<f64>,
    /// Names of operands that the source does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
}

/// One product: an element of a hook point times a weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The number of the term, counted along the axis that the product sums over.
    pub index: usize,
    #[serde(flatten)]
    pub from: Cell,
    #[serde(with = "number::optional")]
    pub value: Option<f64>,
    /// The element that `value` is multiplied with: one of a matrix of the model, or of another hook point.
    pub by: Cell,
    #[serde(with = "number::optional")]
    pub weight: Option<f64>,
    /// `value` times `weight`.
    #[serde(with = "number::optional")]
    pub contribution: Option<f64>,
}

/// An element of a hook point of a pass, or of a weight.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// `None` for a weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<usize>,
    pub point: String,
    pub cell: Vec<usize>,
}

/// The terms that are not listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rest {
    pub count: usize,
    #[serde(with = "number::optional")]
    pub contribution: Option<f64>,
}

impl Rest {
    /// The rest with these contributions. No terms sum to 0, where Rust's sum of none is -0.
    pub fn of(contributions: impl ExactSizeIterator<Item = Option<f64>>) -> Rest {
        Rest {
            count: contributions.len(),
            contribution: contributions.sum::<Option<f64>>().map(|sum| sum + 0.0),
        }
    }
}

/// A step from the sum to the element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    #[serde(flatten)]
    pub what: What,
    /// The sum after it.
    #[serde(with = "number::optional")]
    pub result: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum What {
    /// The addition of an element of a bias.
    Bias {
        by: Cell,
        #[serde(with = "number::optional")]
        number: Option<f64>,
    },
    Scale {
        #[serde(with = "number")]
        factor: f64,
    },
    /// The addition of `slope` times the key's position (ALiBi).
    Position {
        #[serde(with = "number")]
        slope: f64,
        key: usize,
    },
    /// `cap · tanh(x / cap)`
    Cap {
        #[serde(with = "number")]
        cap: f64,
    },
    /// The nearest number from `-most` to `most`.
    Clip {
        #[serde(with = "number")]
        most: f64,
    },
    /// −∞, since the query may not look at this key.
    Mask,
}

/// The distance of a sum made here from the value that the source holds, and whether rounding explains it: a sum of
/// another order may double what one rounding does.
pub fn distance(computed: f64, value: f64, rounding: Option<f64>) -> (f64, bool) {
    // Two infinities have no difference.
    let far = if computed == value {
        0.0
    } else {
        (computed - value).abs()
    };
    (far, far == 0.0 || far <= 2.0 * rounding.unwrap_or(0.0))
}
