//! The derivation of one element: the operation that made it, with the numbers in it.

use serde::{Deserialize, Serialize};

use super::number;
use super::operands::{Cell, Rest};

/// An element as a sum of contributions, computed in float64 from the values that the source holds.
///
/// The contributions of `terms` and of `rest` sum to `computed`. A number that needs a value that the source does not
/// have is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    pub pass: usize,
    /// The branch whose element less the one here is derived. Numbers are differences then: `value` of a term is how
    /// much the operand changes, and `weight` is there where it is the same in both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// The full name of the hook point, or of the value.
    pub point: String,
    pub cell: Vec<usize>,
    /// The operation, with the names of what it reads.
    pub formula: String,
    /// The operation with this element's numbers in the place of names.
    pub numbers: String,
    /// The element as it stands in the source; `None` where it is not held, as with the part of one head.
    #[serde(with = "number::optional")]
    pub value: Option<f64>,
    #[serde(with = "number::optional")]
    pub computed: Option<f64>,
    /// A distance of `computed` from `value` up to this is what rounding explains.
    #[serde(with = "number::optional")]
    pub rounding: Option<f64>,
    /// Those of the largest contribution come first.
    pub terms: Vec<Term>,
    pub rest: Rest,
    /// The share of all magnitudes that `terms` have.
    #[serde(with = "number::optional")]
    pub covered: Option<f64>,
    /// Notes on how the contributions are counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Whether a matrix product makes the element, so that it can be played.
    #[serde(default)]
    pub product: bool,
    /// Names of values and weights that the source does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
}

/// One operand and what it contributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// A value of a pass, a weight of the model, or, without a cell, a constant.
    #[serde(flatten)]
    pub from: Cell,
    #[serde(with = "number::optional")]
    pub value: Option<f64>,
    /// Where the weight stands, if it is an element too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Cell>,
    /// The number that `value` is multiplied with.
    #[serde(with = "number::optional")]
    pub weight: Option<f64>,
    #[serde(with = "number::optional")]
    pub contribution: Option<f64>,
    /// The magnitude of what was added up for it: rounding follows it.
    #[serde(skip)]
    pub size: Option<f64>,
}

/// How contributions are counted where the operation is no plain sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The norm divides by a number that all elements make; it is held as it is.
    FrozenScale,
    /// The norm's scale itself: each square, over the count and the scale.
    Squares,
    /// A cap bends the sum: contributions are shortened by the ratio that it makes.
    Capped,
    /// Attention's mask puts −∞ in the place of this score.
    Masked,
    /// A share is 1 less the shares of all others in the softmax.
    Others,
    /// An activation is a number times a factor that the number itself decides.
    Gated,
    /// The gate keeps its inputs within bounds.
    Clamped,
    /// Two dimensions turn together by the position's angle.
    Turned,
    /// Contributions are multiplied by a scale after the product.
    Scaled,
    /// The part of each head is the sum over its dimensions.
    Heads,
    /// The value is the number of an expert, chosen by its score.
    Chosen,
    /// The expert is not among the chosen ones, so its share is 0.
    NotChosen,
    /// The value is the largest one of its column.
    Largest,
    /// An intervention changes the value; the sum is what the operation makes.
    Changed,
    /// The difference of two branches.
    Difference,
    /// More differs than the operands do: the operation itself, or a change that is made here.
    MadeHere,
    /// The key is among those that an indexer chooses.
    Picked,
    /// The key is not among them.
    NotPicked,
}
