//! What the weights of a decoder do, and the shapes that follow from its architecture.

use super::arch::Arch;
use crate::trace::hook::Layer;

/// What a weight does, in every family's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// `[d_vocab, d_model]`
    Embed,
    /// `[n_ctx, d_model]`
    PosEmbed,
    /// The norm before attention, `[d_model]`.
    Ln1,
    /// `[n_heads * d_head, d_model]`
    Query,
    /// `[n_kv_heads * d_head, d_model]`
    Key,
    /// `[n_kv_heads * d_head, d_model]`
    Value,
    /// `[d_model, n_heads * d_head]`
    AttnOut,
    /// The norm before the MLP, `[d_model]`.
    Ln2,
    /// `[d_mlp, d_model]`: the projection whose output the activation sees.
    MlpIn,
    /// `[d_mlp, d_model]`: the linear half of a gated MLP (`hook_pre_linear`).
    MlpLinear,
    /// `[d_model, d_mlp]`
    MlpOut,
    /// The norm before the unembedding, `[d_model]`.
    LnFinal,
    /// `[d_vocab, d_model]`
    Unembed,
}

/// Which of a role's two tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Param {
    Weight,
    Bias,
}

impl Role {
    /// Whether every block has one.
    pub(super) fn in_block(self) -> bool {
        !matches!(
            self,
            Role::Embed | Role::PosEmbed | Role::LnFinal | Role::Unembed
        )
    }

    /// The layer whose computation reads this weight.
    pub(super) fn layer(self, block: Option<usize>) -> Layer {
        match (block, self) {
            (Some(i), _) => Layer::Block(i),
            (None, Role::Embed | Role::PosEmbed) => Layer::Embed,
            (None, _) => Layer::Unembed,
        }
    }

    /// Length of the output axis, the first of the weight's shape and the only one of its bias.
    pub(super) fn outputs(self, arch: &Arch) -> usize {
        let attention = &arch.attention;
        match self {
            Role::Embed | Role::Unembed => arch.d_vocab,
            Role::PosEmbed => arch.n_ctx,
            Role::Query => attention.n_heads * attention.d_head,
            Role::Key | Role::Value => attention.n_kv_heads * attention.d_head,
            Role::MlpIn | Role::MlpLinear => arch.mlp.d_mlp,
            Role::Ln1 | Role::Ln2 | Role::LnFinal | Role::AttnOut | Role::MlpOut => arch.d_model,
        }
    }

    /// The shape of this role's tensor, `[out, in]` for a matrix.
    pub(super) fn shape(self, arch: &Arch, param: Param) -> Vec<usize> {
        let out = self.outputs(arch);
        match (param, self) {
            (Param::Bias, _) | (_, Role::Ln1 | Role::Ln2 | Role::LnFinal) => vec![out],
            (_, Role::AttnOut) => vec![out, arch.attention.n_heads * arch.attention.d_head],
            (_, Role::MlpOut) => vec![out, arch.mlp.d_mlp],
            _ => vec![out, arch.d_model],
        }
    }
}
