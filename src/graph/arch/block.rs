//! Norms and the residual stream of a block.

use serde::{Deserialize, Serialize};

use super::super::streams::{Alternating, Hyper};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Norm {
    pub kind: NormKind,
    pub eps: f64,
    /// A number added to the stored weights: 1 if the file stores their distance from 1.
    pub weight_offset: f64,
}

impl Norm {
    /// A norm whose weights are used as they are stored.
    pub fn new(kind: NormKind, eps: f64) -> Norm {
        Norm {
            kind,
            eps,
            weight_offset: 0.0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormKind {
    /// LayerNorm: subtract the mean, divide by the standard deviation (Ba et al. 2016).
    Layer,
    /// RMSNorm: divide by the root mean square (Zhang & Sennrich 2019).
    Rms,
}

/// The places where a block's attention and MLP read from the residual stream and add to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    pub residual: Residual,
    pub norms: Norms,
    /// A factor that multiplies the outputs of attention and the MLP, or their norms' outputs, before they are
    /// added.
    pub residual_scale: f64,
    /// Whether a learned number multiplies the stream that leaves the block.
    #[serde(default)]
    pub scaled: bool,
    /// Whether learned numbers multiply the stream before attention's output is added, and before the MLP's is.
    #[serde(default)]
    pub weighed: bool,
    /// Whether the first block's mixer reads the stream without a norm.
    #[serde(default)]
    pub first_bare: bool,
    /// The stream is halved behind every so many blocks, and what later blocks add to it as often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halve_every: Option<usize>,
    /// The streams that blocks update by turns, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternating: Option<Alternating>,
    /// The streams that all blocks mix, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hyper: Option<Hyper>,
    /// The rank of the maps to a gate of each norm's output, before attention and before experts; a norm before an MLP has
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm_gate: Option<usize>,
    /// The rank of a linear residual beside attention (Menghani et al. 2024). The sum of stream, attention, residual and
    /// what attention reads is then divided by √2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_rank: Option<usize>,
    /// The small MLP that reads what the feed-forward has added to, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bottleneck: Option<Bottleneck>,
    /// The places of each block's norms; empty if all are those of [`Block::norms`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub norms_by_layer: Vec<Norms>,
    /// α and β of the mixer, and α and β of the feed-forward, of each block with [`Norms::Stream`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<[f64; 4]>,
}

impl Default for Block {
    /// Attention, then the MLP, each with a norm before it, as in most models.
    fn default() -> Block {
        Block {
            residual: Residual::Sequential,
            norms: Norms::Pre,
            residual_scale: 1.0,
            scaled: false,
            weighed: false,
            first_bare: false,
            halve_every: None,
            alternating: None,
            hyper: None,
            norm_gate: None,
            low_rank: None,
            bottleneck: None,
            norms_by_layer: Vec::new(),
            factors: Vec::new(),
        }
    }
}

/// A small MLP at the end of a block, which may be trained alone (Houlsby et al. 2019).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bottleneck {
    pub width: usize,
    /// The norm that it reads the stream through, if any.
    pub norm: Option<BottleneckNorm>,
    /// Whether its output is added to what it reads instead of to the stream before the norm.
    pub onto_normed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BottleneckNorm {
    /// A norm with weights of its own.
    Own,
    /// The norm of the feed-forward, once more.
    MlpAgain,
}

impl Block {
    /// The factor of what a layer adds to a stream that was halved before.
    pub fn halved(&self, layer: usize) -> f64 {
        let times = self.halve_every.map_or(0, |every| layer / every.max(1));
        0.5f64.powi(i32::try_from(times).unwrap_or(i32::MAX))
    }

    /// Whether the stream is halved behind a layer.
    pub fn halves_after(&self, layer: usize) -> bool {
        (self.halve_every).is_some_and(|every| (layer + 1).is_multiple_of(every))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Residual {
    /// The MLP reads the sum that attention has added to.
    Sequential,
    /// Attention and MLP both read the block's input, and their outputs are added together (Wang &
    /// Komatsuzaki 2021).
    Parallel,
    /// Attention and MLP both read the block's input through one shared norm.
    ParallelShared,
}

/// The places of a block's norms; f is attention or the MLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norms {
    /// `x + f(norm(x))`
    #[serde(rename = "before")]
    Pre,
    /// `x + norm(f(x))`
    #[serde(rename = "after")]
    Output,
    /// `x + norm(f(norm(x)))`
    #[serde(rename = "around")]
    Sandwich,
    /// `norm(x + f(x))`, as in the original transformer.
    #[serde(rename = "of_sum")]
    Post,
    /// `α · norm(x) + β · f(norm(x))`: the stream goes on from the norm's output.
    #[serde(rename = "of_stream")]
    Stream,
}

impl Norms {
    /// Whether attention and the MLP read through a norm.
    pub fn pre(self) -> bool {
        matches!(self, Norms::Pre | Norms::Sandwich | Norms::Stream)
    }

    /// Whether the outputs of attention and the MLP go through a norm.
    pub fn output(self) -> bool {
        matches!(self, Norms::Output | Norms::Sandwich)
    }
}
