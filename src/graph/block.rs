//! One block, described by itself: a mixer, which moves values between tokens, and a feed-forward, which
//! reads each token alone.

use super::arch::{Arch, Attention, Block, Experts, Mlp, Norm, Positions, QkNorm};

/// A block of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockArch<'a> {
    pub mixer: Mixer,
    pub feed_forward: FeedForward<'a>,
    /// Where norms stand and how the halves hang on the stream.
    pub block: &'a Block,
    pub norm: &'a Norm,
}

/// What moves values between tokens.
#[derive(Clone, Debug, PartialEq)]
pub enum Mixer {
    Attention(BlockAttention),
}

/// Attention in one block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockAttention {
    pub n_heads: usize,
    pub n_kv_heads: usize,
    pub d_head: usize,
    pub causal: bool,
    pub scale: f64,
    pub window: Option<usize>,
    pub cap: Option<f64>,
    pub qk_norm: Option<QkNorm>,
    pub sinks: bool,
    pub alibi: bool,
    /// Which rotary embedding turns queries and keys, where one does.
    pub rope: Option<usize>,
}

/// What reads each token alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FeedForward<'a> {
    Mlp(&'a Mlp),
    /// A mixture of experts, which compute as the MLP does but for their width.
    Experts(&'a Experts, &'a Mlp),
}

impl Arch {
    /// Block `i`, by itself.
    pub fn block(&self, i: usize) -> BlockArch<'_> {
        BlockArch {
            mixer: Mixer::Attention(self.attention.block(i, &self.positions)),
            feed_forward: match &self.experts {
                Some(experts) if experts.layers.get(i) == Some(&true) => {
                    FeedForward::Experts(experts, &self.mlp)
                }
                _ => FeedForward::Mlp(&self.mlp),
            },
            block: &self.block,
            norm: &self.norm,
        }
    }
}

impl Attention {
    fn block(&self, i: usize, positions: &Positions) -> BlockAttention {
        BlockAttention {
            n_heads: self.n_heads,
            n_kv_heads: self.n_kv_heads,
            d_head: self.d_head,
            causal: self.causal,
            scale: self.scales.get(i).copied().unwrap_or(1.0),
            window: self.windows.get(i).copied().flatten(),
            cap: self.score_cap,
            qk_norm: self.qk_norm,
            sinks: self.sinks,
            alibi: *positions == Positions::Alibi,
            rope: match positions {
                Positions::Rotary(rotary) => rotary.by_layer.get(i).copied(),
                _ => None,
            },
        }
    }
}
