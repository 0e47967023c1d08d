//! One block, described by itself: a mixer, which moves values between tokens, and a feed-forward, which
//! reads each token alone.

use super::arch::{Arch, Block, Experts, Mlp, Norm, Positions, QkNorm};
use super::operation::{Gate, Scores};

/// A block of a model.
pub struct BlockArch<'a> {
    pub mixer: Mixer,
    pub feed_forward: FeedForward<'a>,
    /// Where norms stand and how the halves hang on the stream.
    pub block: &'a Block,
    pub norm: &'a Norm,
}

/// The part that moves values between tokens.
pub enum Mixer {
    Attention(BlockAttention),
}

/// Attention in one block.
pub struct BlockAttention {
    pub n_heads: usize,
    pub n_kv_heads: usize,
    pub d_head: usize,
    pub qk_norm: Option<QkNorm>,
    /// Which rotary embedding turns queries and keys, where one does.
    pub rope: Option<usize>,
    pub scores: Scores,
    pub sinks: bool,
}

/// The part that reads each token alone.
#[derive(Clone, Copy)]
pub enum FeedForward<'a> {
    Mlp(&'a Mlp),
    /// A mixture of experts, which compute as the MLP does but for their width.
    Experts(&'a Experts, &'a Mlp),
}

impl Arch {
    /// Block `i`, by itself.
    pub fn block(&self, i: usize) -> BlockArch<'_> {
        BlockArch {
            mixer: Mixer::Attention(self.attention(i)),
            feed_forward: match &self.experts {
                Some(e) if e.layers.get(i) == Some(&true) => FeedForward::Experts(e, &self.mlp),
                _ => FeedForward::Mlp(&self.mlp),
            },
            block: &self.block,
            norm: &self.norm,
        }
    }

    fn attention(&self, i: usize) -> BlockAttention {
        let a = &self.attention;
        BlockAttention {
            n_heads: a.n_heads,
            n_kv_heads: a.n_kv_heads,
            d_head: a.d_head,
            qk_norm: a.qk_norm,
            rope: match &self.positions {
                Positions::Rotary(rotary) => rotary.by_layer.get(i).copied(),
                _ => None,
            },
            scores: Scores {
                scale: a.scales.get(i).copied().unwrap_or(1.0),
                cap: a.score_cap,
                alibi: self.positions == Positions::Alibi,
                causal: a.causal,
                window: a.windows.get(i).copied().flatten(),
            },
            sinks: a.sinks,
        }
    }
}

impl Mlp {
    /// How its two halves are joined where it is gated.
    pub fn gate(&self) -> Gate {
        Gate {
            activation: self.activation,
            clamp: self.clamp,
            offset: self.linear_offset,
        }
    }
}
