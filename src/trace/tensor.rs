//! Tensors in host memory: element types, slices, and the few numbers that summarise one.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::number;

/// Element type of a stored or computed tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    F64,
    F32,
    F16,
    BF16,
}

impl Dtype {
    /// Bytes per element.
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

/// A row-major tensor in host memory, borrowed from a mapped file or owned.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor<'a> {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// Little-endian elements, `shape.product() * dtype.size()` bytes.
    pub bytes: Cow<'a, [u8]>,
}

/// What a slice takes of one axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pick {
    /// One index; the axis disappears.
    At(usize),
    /// A half-open range; the axis stays.
    Span(Range<usize>),
}

/// One [`Pick`] for each axis, in order; axes past the end of the list are taken whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Slice(pub Vec<Pick>);

/// The elements of a slice, row-major, widened to f64 (exact for every [`Dtype`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
    /// For attention's scores and pattern where the model computed without them, and these were computed
    /// for whoever looks: how far what they mix lies from what the model mixed, the largest difference
    /// over the largest element. `None` where the values are those that the model used.
    pub recomputed: Option<f64>,
}

impl Values {
    /// Those that the model used.
    pub fn new(shape: Vec<usize>, data: Vec<f64>) -> Values {
        Values {
            shape,
            data,
            recomputed: None,
        }
    }
}

/// Numbers that summarise a whole tensor. Statistics are over finite elements only.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub count: usize,
    #[serde(serialize_with = "number::serialize")]
    pub min: f64,
    #[serde(serialize_with = "number::serialize")]
    pub max: f64,
    #[serde(serialize_with = "number::serialize")]
    pub mean: f64,
    /// Population standard deviation.
    #[serde(serialize_with = "number::serialize")]
    pub std: f64,
    /// Euclidean norm.
    #[serde(serialize_with = "number::serialize")]
    pub l2: f64,
    pub nan: usize,
    pub inf: usize,
}

/// One token that may come next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub id: u32,
    pub text: String,
    #[serde(with = "number")]
    pub logit: f64,
    /// Probability at the distribution's temperature.
    #[serde(with = "number")]
    pub prob: f64,
}

/// The most probable next tokens at one position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Most probable first.
    pub top: Vec<Candidate>,
    /// Of the whole distribution, in nats.
    #[serde(with = "number")]
    pub entropy: f64,
    #[serde(with = "number")]
    pub temperature: f64,
}
