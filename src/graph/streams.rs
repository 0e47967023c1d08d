//! The stream beyond its plainest form, as options of an architecture: a second embedding that every layer reads, several
//! streams that one block updates in turn, and residuals of low rank.

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
