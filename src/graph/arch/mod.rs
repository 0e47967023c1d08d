//! A transformer's architecture as data: everything the forward pass needs to know. It never branches on a
//! family's name. One stack of blocks describes decoders and encoders alike.

mod attention;
mod block;
mod feed_forward;
mod unembedding;

use serde::{Deserialize, Serialize};

use super::recurrence::{Mixing, Recurrence, ShortConvolution};
use super::role::{Param, Role};

pub use attention::{Attention, MixGate, Multipliers, QkNorm, Temper};
pub use block::{Block, Bottleneck, BottleneckNorm, Norm, NormKind, Norms, Residual};
pub use feed_forward::{Activation, Experts, Groups, Mlp, Score, Shared};
pub use unembedding::{EmbedNorm, Embedding, PoolRows, Pooling, Unembedding};

pub use super::positions::{
    Alibi, Positions, Rope, RopePairs, RopeScaling, Rotary, Wave, alibi_slopes,
};

/// The architecture of one decoder or encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arch {
    /// `model_type` of `config.json`; shown to people, never read by forward code.
    pub family: String,
    pub n_layers: usize,
    pub d_model: usize,
    pub d_vocab: usize,
    /// The longest context that the model was made for, in tokens.
    pub n_ctx: usize,
    pub embedding: Embedding,
    pub positions: Positions,
    /// The computation of every norm of the model.
    pub norm: Norm,
    pub block: Block,
    pub attention: Attention,
    pub mlp: Mlp,
    /// The mixture of experts in the blocks that have one instead of an MLP.
    pub experts: Option<Experts>,
    /// The mixer of each block; empty if all have attention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mixers: Vec<Mixing>,
    /// Whether each block lacks a feed-forward; empty if all have one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_mlp: Vec<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convolution: Option<ShortConvolution>,
    pub unembedding: Unembedding,
    /// The unembedding is the embedding's transpose.
    pub tied_embeddings: bool,
    /// The weights and biases that the model has, as its family's table of names says. Experts and heads are
    /// named by their first.
    pub stored: Vec<(Role, Param)>,
}

impl Arch {
    /// The number of tokens that a learned table has rows for; `None` if positions are computed.
    pub fn most_tokens(&self) -> Option<usize> {
        matches!(self.positions, Positions::Learned { .. }).then_some(self.n_ctx)
    }

    /// Whether a token with this id takes a row of a learned table. Padding takes none.
    pub fn is_counted(&self, id: u32) -> bool {
        match self.positions {
            Positions::Learned { padding, .. } => padding != Some(id as usize),
            _ => true,
        }
    }

    /// Whether layers read more of each other than the residual stream.
    pub fn crosses(&self) -> bool {
        self.block.alternating.is_some()
            || self.embedding.by_layer.is_some()
            || self.embedding.ngrams.is_some()
            || (self.experts.as_ref()).is_some_and(|experts| experts.by_token.contains(&true))
            || self.attention.shared.iter().any(Option::is_some)
            || self.mixers.contains(&Mixing::Shared)
            || self.attention.chosen.iter().any(Option::is_some)
            || self.experts.as_ref().is_some_and(|e| e.shortcut)
    }

    /// The name of the stream that a layer's attention and MLP have added to.
    pub fn end_of_sum(&self, layer: usize) -> &'static str {
        let halves = self.block.halves_after(layer);
        let ends = self.block.scaled || self.block.alternating.is_some() || halves;
        let ends = ends || self.block.bottleneck.is_some();
        if ends || self.embedding.by_layer.is_some() {
            "hook_resid_mlp"
        } else {
            "hook_resid_post"
        }
    }

    /// Length of a token's row in the embedding.
    pub fn d_embed(&self) -> usize {
        self.embedding.d_embed.unwrap_or(self.d_model)
    }
}
