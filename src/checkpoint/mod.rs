//! A model on disk.

pub mod arch;

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
