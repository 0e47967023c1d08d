//! What the weights of a model do, and the shapes that follow from its architecture.

use super::arch::{Arch, Positions, QkNorm};
use crate::trace::hook::Layer;

/// What a weight does, in every family's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// `[d_vocab, d_embed]`
    Embed,
    /// `[offset + n_ctx, d_model]`
    PosEmbed,
    /// `[segments, d_model]`
    SegmentEmbed,
    /// The norm in the embedding, `[d_model]`.
    EmbedNorm,
    /// `[d_model, d_embed]`: from a token's row to the residual stream where their lengths differ.
    EmbedOut,
    /// The norm before attention, or of the sum after it, `[d_model]`.
    Ln1,
    /// `[n_heads * d_head, d_model]`
    Query,
    /// `[n_kv_heads * d_head, d_model]`
    Key,
    /// `[n_kv_heads * d_head, d_model]`
    Value,
    /// The norm of one head's queries, `[d_head]`; number 0 is that of all heads, `[d_head]` or
    /// `[n_heads * d_head]`, where each does not have its own.
    QueryNorm(usize),
    /// The same for keys, with `n_kv_heads`.
    KeyNorm(usize),
    /// `[n_heads]`: the scores that read nothing.
    Sinks,
    /// `[d_model, n_heads * d_head]`
    AttnOut,
    /// The norm of attention's output, `[d_model]`.
    Ln1Post,
    /// The norm before the MLP, or of the sum after it, `[d_model]`.
    Ln2,
    /// `[d_mlp, d_model]`: the projection whose output the activation sees.
    MlpIn,
    /// `[d_mlp, d_model]`: the linear half of a gated MLP (`hook_pre_linear`).
    MlpLinear,
    /// `[d_model, d_mlp]`
    MlpOut,
    /// `[n_experts, d_model]`: how well each expert suits a token.
    Router,
    /// As [`Role::MlpIn`], of one expert: `[d_expert, d_model]`.
    ExpertIn(usize),
    /// As [`Role::MlpLinear`], of one expert: `[d_expert, d_model]`.
    ExpertLinear(usize),
    /// As [`Role::MlpOut`], of one expert: `[d_model, d_expert]`.
    ExpertOut(usize),
    /// The norm of the MLP's output, `[d_model]`.
    Ln2Post,
    /// `[d_model, d_model]`: from the first token's row to the pooled vector.
    Pooler,
    /// `[d_model, d_model]`: what the final norm reads is made with it, where it is not the stream itself.
    Transform,
    /// The norm before the unembedding, `[d_model]`.
    LnFinal,
    /// `[d_embed, d_model]`: from the residual stream to the length of a token's row.
    UnembedIn,
    /// `[d_vocab, d_embed]`
    Unembed,
}

/// Which of a role's two tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Param {
    Weight,
    Bias,
}

impl Role {
    /// Whether blocks have one.
    pub(super) fn in_block(self) -> bool {
        !matches!(
            self,
            Role::Embed
                | Role::PosEmbed
                | Role::SegmentEmbed
                | Role::EmbedNorm
                | Role::EmbedOut
                | Role::Pooler
                | Role::Transform
                | Role::LnFinal
                | Role::UnembedIn
                | Role::Unembed
        )
    }

    /// Whether this block has one: it has either experts or one MLP.
    pub(super) fn is_in(self, arch: &Arch, block: usize) -> bool {
        match self {
            Role::MlpIn | Role::MlpLinear | Role::MlpOut => !arch.has_experts(block),
            Role::Router | Role::ExpertIn(_) | Role::ExpertLinear(_) | Role::ExpertOut(_) => {
                arch.has_experts(block)
            }
            _ => true,
        }
    }

    /// Which of several alike in one block this is: the expert's or the head's number.
    pub(super) fn member(self) -> Option<usize> {
        match self {
            Role::ExpertIn(i) | Role::ExpertLinear(i) | Role::ExpertOut(i) => Some(i),
            Role::QueryNorm(i) | Role::KeyNorm(i) => Some(i),
            _ => None,
        }
    }

    /// The layer whose computation reads this weight.
    pub(super) fn layer(self, block: Option<usize>) -> Layer {
        match (block, self) {
            (Some(i), _) => Layer::Block(i),
            (
                None,
                Role::Embed
                | Role::PosEmbed
                | Role::SegmentEmbed
                | Role::EmbedNorm
                | Role::EmbedOut,
            ) => Layer::Embed,
            (None, _) => Layer::Unembed,
        }
    }

    /// Length of the output axis, the first of the weight's shape and the only one of its bias.
    pub(super) fn outputs(self, arch: &Arch) -> usize {
        let attention = &arch.attention;
        let (queries, keys) = (
            attention.n_heads * attention.d_head,
            attention.n_kv_heads * attention.d_head,
        );
        let experts = arch.experts.as_ref();
        match self {
            Role::Embed | Role::Unembed => arch.d_vocab,
            Role::PosEmbed => match arch.positions {
                Positions::Learned { offset } => offset + arch.n_ctx,
                _ => arch.n_ctx,
            },
            Role::SegmentEmbed => arch.embedding.segments.unwrap_or(0),
            Role::UnembedIn => arch.d_embed(),
            Role::Query => queries,
            Role::Key | Role::Value => keys,
            Role::QueryNorm(_) if attention.qk_norm == Some(QkNorm::AllHeads) => queries,
            Role::KeyNorm(_) if attention.qk_norm == Some(QkNorm::AllHeads) => keys,
            Role::QueryNorm(_) | Role::KeyNorm(_) => attention.d_head,
            Role::Sinks => attention.n_heads,
            Role::MlpIn | Role::MlpLinear => arch.mlp.d_mlp,
            Role::Router => experts.map_or(0, |e| e.n_experts),
            Role::ExpertIn(_) | Role::ExpertLinear(_) => experts.map_or(0, |e| e.d_expert),
            Role::EmbedNorm
            | Role::EmbedOut
            | Role::Ln1
            | Role::Ln1Post
            | Role::Ln2
            | Role::Ln2Post
            | Role::Pooler
            | Role::Transform
            | Role::LnFinal
            | Role::AttnOut
            | Role::MlpOut
            | Role::ExpertOut(_) => arch.d_model,
        }
    }

    /// Length of the input axis of this role's matrix; `None` where it has a vector.
    fn inputs(self, arch: &Arch) -> Option<usize> {
        match self {
            Role::Embed | Role::EmbedOut | Role::Unembed => Some(arch.d_embed()),
            Role::AttnOut => Some(arch.attention.n_heads * arch.attention.d_head),
            Role::MlpOut => Some(arch.mlp.d_mlp),
            Role::ExpertOut(_) => Some(arch.experts.as_ref().map_or(0, |e| e.d_expert)),
            Role::QueryNorm(_)
            | Role::KeyNorm(_)
            | Role::Sinks
            | Role::EmbedNorm
            | Role::Ln1
            | Role::Ln1Post
            | Role::Ln2
            | Role::Ln2Post
            | Role::LnFinal => None,
            Role::PosEmbed
            | Role::SegmentEmbed
            | Role::Pooler
            | Role::Transform
            | Role::Query
            | Role::Key
            | Role::Value
            | Role::MlpIn
            | Role::MlpLinear
            | Role::Router
            | Role::ExpertIn(_)
            | Role::ExpertLinear(_)
            | Role::UnembedIn => Some(arch.d_model),
        }
    }

    /// The shape of this role's tensor, `[out, in]` for a matrix.
    pub(super) fn shape(self, arch: &Arch, param: Param) -> Vec<usize> {
        let out = self.outputs(arch);
        match (param, self.inputs(arch)) {
            (Param::Weight, Some(inputs)) => vec![out, inputs],
            _ => vec![out],
        }
    }
}
