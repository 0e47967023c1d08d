//! Both ends of the model: the embedding, the unembedding, and the pooling of encoders.

use serde::{Deserialize, Serialize};

use super::super::ngrams::NGrams;
use super::super::streams::LayerEmbedding;
use super::Activation;

/// The way from token ids to the residual stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// Length of a token's row if it is not `d_model`. One matrix then projects the row to `d_model`, and
    /// another one projects back before the unembedding.
    pub d_embed: Option<usize>,
    /// Rows of the table beyond the vocabulary, which no text reads.
    #[serde(default)]
    pub more_rows: usize,
    /// A factor that multiplies each token's row when it is looked up.
    pub scale: f64,
    /// Rows of the table that tells segments of a text apart; `None` without such a table.
    pub segments: Option<usize>,
    pub norm: EmbedNorm,
    /// Whether segments, positions and the norm have the length of a token's row, and what comes of them is projected.
    #[serde(default)]
    pub narrow: bool,
    /// The embeddings that each layer has of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_layer: Option<LayerEmbedding>,
    /// The tables for runs of tokens that blocks read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ngrams: Option<NGrams>,
}

impl Default for Embedding {
    /// A table whose rows are used unchanged.
    fn default() -> Embedding {
        Embedding {
            d_embed: None,
            more_rows: 0,
            scale: 1.0,
            segments: None,
            norm: EmbedNorm::None,
            narrow: false,
            by_layer: None,
            ngrams: None,
        }
    }
}

/// The place of a norm in the embedding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmbedNorm {
    None,
    /// The tokens' rows are normed before anything is added to them.
    OfTokens,
    /// The sum of tokens, segments and positions is normed.
    OfSum,
}

/// The way from the residual stream to the model's output: logits, one vector for the whole text, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unembedding {
    /// Whether there are logits. Without them only [`Unembedding::pooling`] is meaningful.
    pub logits: bool,
    /// The activation of a linear map between stream and norm, if there is one: the head that fills in masked
    /// tokens has it (Devlin et al. 2019).
    pub transform: Option<Activation>,
    /// Length of what that map writes, if it is not `d_model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub d_head: Option<usize>,
    /// Whether a norm comes before the logits.
    pub norm: bool,
    /// Whether a norm of the stream comes before the transform, which then has one of its own.
    #[serde(default)]
    pub stream_norm: bool,
    /// The ε of this norm, if it is not that of all norms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eps: Option<f64>,
    /// A factor that multiplies the logits.
    pub scale: f64,
    /// A bound on logits: `cap · tanh(logit / cap)` stays within ± this.
    pub cap: Option<f64>,
    /// The way in which all rows become one vector; `None` if the model does not pool.
    pub pooling: Option<Pooling>,
}

impl Default for Unembedding {
    /// A norm, then logits without scale or cap.
    fn default() -> Unembedding {
        Unembedding {
            logits: true,
            transform: None,
            d_head: None,
            norm: true,
            stream_norm: false,
            eps: None,
            scale: 1.0,
            cap: None,
            pooling: None,
        }
    }
}

impl Unembedding {
    /// Whether rows other than the last are pooled. Later passes do not hold the rows of earlier passes.
    pub fn pools_all(&self) -> bool {
        match self.pooling {
            Some(Pooling::Rows { rows, .. }) => rows != PoolRows::Last,
            Some(Pooling::Dense) => true,
            None => false,
        }
    }

    /// An unembedding without logits.
    pub fn none() -> Unembedding {
        Unembedding {
            logits: false,
            norm: false,
            ..Unembedding::default()
        }
    }
}

/// The way in which the rows of all tokens become one vector for the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The first token's row, through a linear map and tanh (Devlin et al. 2019).
    Dense,
    /// The rows themselves (Reimers & Gurevych 2019).
    Rows {
        #[serde(rename = "how")]
        rows: PoolRows,
        /// Whether the resulting vector is scaled to length 1.
        normalise: bool,
    },
}

/// The rows that a pooled vector is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolRows {
    First,
    Last,
    /// The mean over all tokens.
    Mean,
    /// The maximum over all tokens, dimension by dimension.
    Max,
}
