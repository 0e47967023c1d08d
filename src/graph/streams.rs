//! The stream beyond its plainest form, as options of an architecture: a second embedding that every layer reads, several
//! streams that one block updates in turn or that all blocks mix, and residuals of low rank.

use serde::{Deserialize, Serialize};

/// Embeddings by layer: a table of short rows for each layer. A row is added to a linear map of the token's embedding,
/// and their sum gates what the layer adds last (Gemma Team 2025).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerEmbedding {
    /// The length of a layer's row.
    pub d_embed: usize,
    /// The rows of each table.
    pub rows: usize,
}

/// Alternating updates (Baykal et al. 2023): several streams, of which each block computes one. It predicts all from
/// all, and corrects each by what the one that it computed differs from its prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternating {
    /// The number of streams.
    pub count: usize,
    /// The stream that blocks compute.
    pub active: usize,
    /// Whether learned numbers multiply the corrected stream before it gates a layer's own embedding.
    pub scaled: bool,
}

/// Hyper-connections (Zhu et al. 2025): several streams pass through all blocks as one value. Attention and MLP each read
/// a mixture of them, and add what they write to each, in shares that the token decides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hyper {
    /// The number of streams.
    pub count: usize,
    /// The shares in which each stream is read.
    pub read: Opening,
    /// The shares in which each stream gets what is written.
    pub write: Opening,
    /// The mixture that each stream is replaced by before it is written to; `None` if streams stay as they are.
    pub mix: Option<Balance>,
    /// The rank of the map to a share of each element of each stream, where streams are normed each by itself and read
    /// an element at a time; `None` where streams are read whole. Streams then lie in one row, one behind the other; what
    /// is read is not normed again, and there are no learned numbers between maps and shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
}

/// Shares `σ(number) · scale + plus`, with a learned factor and learned numbers between a linear map and the sigmoid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    pub scale: f64,
    pub plus: f64,
}

/// A matrix of shares whose rows and columns sum to 1, by turns of dividing columns and rows by their sums (Sinkhorn &
/// Knopp 1967; Xie et al. 2026).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// The number of turns.
    pub turns: usize,
    /// A number that is added to the softmax and to each sum.
    pub eps: f64,
}
