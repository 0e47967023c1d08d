//! One block's own architecture: a mixer, which moves values between tokens, and a feed-forward, which reads
//! each token alone.

use super::arch::{
    Activation, Alibi, Arch, Block, Experts, MixGate, Mlp, Multipliers, Norm, Positions, QkNorm,
};
use super::heads::{Difference, HeadExperts, Latent};
use super::indexer::Indexer;
use super::operation::{Gate, Operation, Scores};
use super::recurrence::{GateBy, Mixing, Recurrence, ShortConvolution};
use super::single::{Behind, Entries, Single};

/// The architecture of one block.
pub struct BlockArch<'a> {
    pub mixer: Mixer<'a>,
    /// `None` in a block that only moves values between tokens.
    pub feed_forward: Option<FeedForward<'a>>,
    /// The places of norms, and of attention and MLP on the stream.
    pub block: &'a Block,
    pub norm: &'a Norm,
}

/// The part that moves values between tokens.
pub enum Mixer<'a> {
    Attention(BlockAttention<'a>),
    Recurrence(&'a Recurrence),
    Convolution(ShortConvolution),
    /// Both read the same row, and both add to the stream.
    Both(BlockAttention<'a>, &'a Recurrence),
    /// The recurrence reads what a block of attention and MLP makes.
    Shared(BlockAttention<'a>, FeedForward<'a>, &'a Recurrence),
    Nothing,
}

/// Attention in one block.
pub struct BlockAttention<'a> {
    pub n_heads: usize,
    pub n_kv_heads: usize,
    pub d_head: usize,
    pub d_value: usize,
    pub latent: Option<Latent>,
    /// One vector a token that is key and value at once, and the entries beside tokens.
    pub single: Option<(&'a Single, Option<Entries>)>,
    /// The choice of the keys that are looked at.
    pub indexer: Option<Indexer>,
    /// The layer whose choice of keys it takes over.
    pub chosen: Option<usize>,
    /// The layer whose keys and values it reads instead of its own.
    pub shared: Option<usize>,
    pub keys_as_values: bool,
    pub value_norm: bool,
    pub clip: Option<f64>,
    pub qk_norm: Option<QkNorm>,
    pub norm_turned: bool,
    /// The number of the rotary embedding that turns queries and keys; `None` without one.
    pub rope: Option<usize>,
    pub scores: Scores,
    /// Whether sinks take a share of the pattern.
    pub sinks: bool,
    /// Whether the share that they would leave multiplies what is mixed instead.
    pub sinks_beside: bool,
    pub gate: Option<MixGate>,
    pub gate_by: GateBy,
    pub difference: Option<Difference>,
    /// Whether scores grow with what a key's value says.
    pub value_bias: bool,
    /// The experts that heads are.
    pub experts: Option<HeadExperts>,
    pub out_norm: bool,
    /// The rank of what the layer adds to shared maps.
    pub adapter: Option<usize>,
    pub multipliers: Multipliers,
}

/// The part that reads each token alone.
#[derive(Clone, Copy)]
pub enum FeedForward<'a> {
    /// An MLP, and its width in this block.
    Mlp(&'a Mlp, usize),
    /// A mixture of experts; apart from their width they compute like the MLP.
    Experts(&'a Experts, &'a Mlp),
    /// Both, each behind norms of its own, and added.
    Both(&'a Experts, &'a Mlp, usize),
    /// Both, each with an output of its own: the experts' is added at the end of the next block.
    Shortcut(&'a Experts, &'a Mlp, usize),
}

impl FeedForward<'_> {
    /// Whether its output is normed wherever the block's norms lie.
    pub fn is_normed(&self) -> bool {
        matches!(self, FeedForward::Experts(e, _) if e.normed)
    }
}

impl Arch {
    /// The architecture of block `i`.
    pub fn block(&self, i: usize) -> BlockArch<'_> {
        BlockArch {
            mixer: match (
                self.mixers.get(i).copied().unwrap_or_default(),
                &self.recurrence,
                self.convolution,
            ) {
                (Mixing::Recurrence, Some(recurrence), _) => Mixer::Recurrence(recurrence),
                (Mixing::Both, Some(recurrence), _) => Mixer::Both(self.attention(i), recurrence),
                (Mixing::Shared, Some(recurrence), _) => {
                    Mixer::Shared(self.attention(i), self.feed_forward(i), recurrence)
                }
                (Mixing::Convolution, _, Some(convolution)) => Mixer::Convolution(convolution),
                (Mixing::Nothing, ..) => Mixer::Nothing,
                _ => Mixer::Attention(self.attention(i)),
            },
            feed_forward: (self.without_mlp.get(i) != Some(&true)).then(|| self.feed_forward(i)),
            block: &self.block,
            norm: &self.norm,
        }
    }

    fn feed_forward(&self, i: usize) -> FeedForward<'_> {
        let (mlp, width) = (&self.mlp, self.mlp.widths.get(i).copied());
        let width = width.unwrap_or(mlp.d_mlp);
        let experts = self.experts.as_ref();
        match experts.filter(|e| e.layers.get(i) == Some(&true)) {
            Some(e) if e.beside_mlp => FeedForward::Both(e, mlp, width),
            Some(e) if e.shortcut => FeedForward::Shortcut(e, mlp, width),
            Some(e) => FeedForward::Experts(e, mlp),
            None => FeedForward::Mlp(mlp, width),
        }
    }

    fn attention(&self, i: usize) -> BlockAttention<'_> {
        let a = &self.attention;
        let heads = a.heads_of(i);
        let scale = a.scales.get(i).copied().unwrap_or(1.0);
        BlockAttention {
            n_heads: heads.n_heads,
            n_kv_heads: heads.n_kv_heads,
            d_head: heads.d_head,
            d_value: heads.d_value,
            latent: a.latent,
            single: a
                .single
                .as_ref()
                .map(|single| (single, single.entries_of(i))),
            indexer: a.indexer,
            chosen: a.chosen.get(i).copied().flatten(),
            shared: a.shared.get(i).copied().flatten(),
            keys_as_values: a.keys_as_values.get(i) == Some(&true),
            value_norm: a.value_norm,
            clip: a.clip,
            qk_norm: a.qk_norm.filter(|_| a.normed.get(i) != Some(&false)),
            norm_turned: a.norm_turned,
            rope: match &self.positions {
                Positions::Rotary(rotary) => rotary.by_layer.get(i).copied().flatten(),
                _ => None,
            },
            scores: Scores {
                scale,
                cap: a.score_cap,
                alibi: match self.positions {
                    Positions::Alibi => Some(Alibi::Exact),
                    Positions::AlibiRounded => Some(Alibi::Rounded),
                    _ => None,
                },
                causal: a.causal,
                window: a.windows.get(i).copied().flatten(),
                chunk: a.chunks.get(i).copied().flatten(),
                most: a.value_bias.map(|bias| bias.most),
                temper: a.tempers.get(i).copied().flatten(),
                behind: a.single.as_ref().and_then(|single| {
                    let Entries { every, .. } = single.entries_of(i)?;
                    Some(Behind {
                        every,
                        alone: false,
                    })
                }),
            },
            sinks: a.sinks_in(i),
            sinks_beside: a.sinks && a.sinks_beside,
            gate: a.gate,
            gate_by: a.gate_by,
            difference: a.differences.get(i).copied(),
            value_bias: a.value_bias.is_some(),
            experts: a.experts,
            out_norm: a.out_norm,
            adapter: a.adapter,
            multipliers: a.multipliers,
        }
    }
}

impl Mlp {
    /// The way in which a gated MLP joins its two halves.
    pub fn gate(&self) -> Gate {
        Gate {
            activation: self.activation,
            clamp: self.clamp,
            offset: self.linear_offset,
        }
    }
}

impl GateBy {
    /// The operation that multiplies a value by a gate.
    pub fn operation(self) -> Operation {
        let activation = match self {
            GateBy::Sigmoid => return Operation::Weigh,
            GateBy::Silu => Activation::Silu,
            GateBy::Activation(activation) => activation,
        };
        Operation::Gate(Gate {
            activation,
            clamp: None,
            offset: 0.0,
        })
    }
}
