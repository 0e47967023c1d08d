//! The stream beyond its plainest form, as options of an architecture: a second embedding that every layer reads.

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
