//! Tensors in host memory: element types, slices, summaries and distributions.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::number;

/// The element type of a stored or computed tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    F64,
    F32,
    F16,
    BF16,
}

impl Dtype {
    /// The distance from 1 to the next larger number.
    pub fn epsilon(self) -> f64 {
        match self {
            Dtype::F64 => f64::EPSILON,
            Dtype::F32 => f64::from(f32::EPSILON),
            Dtype::F16 => 2f64.powi(-10),
            Dtype::BF16 => 2f64.powi(-7),
        }
    }

    /// The number of bytes of an element.
    pub fn size(self) -> usize {
        match self {
            Dtype::F64 => 8,
            Dtype::F32 => 4,
            Dtype::F16 | Dtype::BF16 => 2,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Dtype::F64 => "f64",
            Dtype::F32 => "f32",
            Dtype::F16 => "f16",
            Dtype::BF16 => "bf16",
        })
    }
}

/// A row-major tensor in host memory, borrowed from a mapped file or owned; in JSON its elements are a list of
/// numbers, and `f32` where no dtype is given.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor<'a> {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// Little-endian elements, `shape.product() * dtype.size()` bytes.
    pub bytes: Cow<'a, [u8]>,
}

/// The part that a slice takes of one axis. In JSON it is a number, or the two ends of a range.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "PickJson", into = "PickJson")]
pub enum Pick {
    /// One index; the axis disappears.
    At(usize),
    /// A half-open range; the axis stays.
    Span(Range<usize>),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum PickJson {
    At(usize),
    Span([usize; 2]),
}

impl From<PickJson> for Pick {
    fn from(json: PickJson) -> Pick {
        match json {
            PickJson::At(i) => Pick::At(i),
            PickJson::Span([start, end]) => Pick::Span(start..end),
        }
    }
}

impl From<Pick> for PickJson {
    fn from(pick: Pick) -> PickJson {
        match pick {
            Pick::At(i) => PickJson::At(i),
            Pick::Span(span) => PickJson::Span([span.start, span.end]),
        }
    }
}

/// A [`Pick`] for each axis, in order. Axes past the end of the list are taken whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slice(pub Vec<Pick>);

impl Slice {
    /// One element, or all that lies behind the first indices.
    pub fn at(indices: &[usize]) -> Slice {
        Slice(indices.iter().map(|&i| Pick::At(i)).collect())
    }
}

/// The elements of a slice, row-major, widened to f64 (exact for every [`Dtype`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Values {
    pub shape: Vec<usize>,
    #[serde(rename = "values", with = "number::list")]
    pub data: Vec<f64>,
    /// The error of recomputed scores or pattern; `None` if the values are those that the model used. A long
    /// pass holds no scores, so rows are recomputed when they are looked at. The error is the largest
    /// difference of z computed from these rows and the model's z, divided by the largest element.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "number::optional"
    )]
    pub recomputed: Option<f64>,
}

impl Values {
    /// Values that the model used.
    pub fn new(shape: Vec<usize>, data: Vec<f64>) -> Values {
        Values {
            shape,
            data,
            recomputed: None,
        }
    }
}

/// A summary of a whole tensor. Statistics cover finite elements only.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub count: usize,
    #[serde(with = "number")]
    pub min: f64,
    #[serde(with = "number")]
    pub max: f64,
    #[serde(with = "number")]
    pub mean: f64,
    /// The population standard deviation.
    #[serde(with = "number")]
    pub std: f64,
    /// The Euclidean norm.
    #[serde(with = "number")]
    pub l2: f64,
    pub nan: usize,
    pub inf: usize,
}

/// A token that may come next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub id: u32,
    pub text: String,
    #[serde(with = "number")]
    pub logit: f64,
    /// The probability at the distribution's temperature.
    #[serde(with = "number")]
    pub prob: f64,
}

/// The most probable next tokens at one position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// The candidates, the most probable first.
    pub top: Vec<Candidate>,
    /// The entropy of the whole distribution, in nats.
    #[serde(with = "number")]
    pub entropy: f64,
    #[serde(with = "number")]
    pub temperature: f64,
    /// The lens from a file that it was read through, if not the logit lens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens: Option<String>,
}
/// The index of an element of a tensor by its place among all.
pub fn index(mut place: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (at, length) in index.iter_mut().zip(shape).rev() {
        *at = place % length.max(&1);
        place /= length.max(&1);
    }
    index
}
