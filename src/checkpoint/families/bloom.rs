//! BLOOM (BigScience 2022): positions enter as a penalty on distance alone. A norm follows the embedding.
//! Queries, keys and values take turns in one tensor.

use super::Model;
use super::fields::{Fields, Given::*};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, EmbedNorm, Positions};
use crate::graph::role::Role;

/// The length that it was trained on; nothing in the computation depends on it.
const N_CTX: usize = 2048;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        n_layers: "n_layer",
        // The older name takes precedence.
        d_model: config.spelled(&["n_embed", "hidden_size"]),
        n_heads: "n_head",
        n_ctx: Or("seq_length", N_CTX),
        d_mlp: Always(4),
        ..Fields::new(Always(Activation::GeluTanh), In("layer_norm_epsilon"))
    };
    config.only("apply_residual_connection_post_layernorm", false.into())?;
    config.harmless(&[
        // Flags that choose faster or slower orders of the same operations.
        "attention_softmax_in_fp32",
        "bias_dropout_fusion",
        "masked_softmax_fusion",
        "pretraining_tp",
        "skip_bias_add",
        "skip_bias_add_qkv",
        "slow_but_exact",
        "offset_alibi",
        "hidden_size",
        "n_inner",
    ]);
    let mut arch = fields.plain(family, config)?;
    arch.embedding.norm = EmbedNorm::OfTokens;
    arch.positions = Positions::Alibi;
    let mut names = Names::new(&arch, "word_embeddings", "lm_head");
    names.module(Role::EmbedNorm, "word_embeddings_layernorm", true);
    names.module(Role::LnFinal, "ln_f", true);
    let qkv = "h.{}.self_attention.query_key_value";
    names.interleaved(qkv, arch.attention.d_head, true);
    names.module(Role::AttnOut, "h.{}.self_attention.dense", true);
    names.module(Role::Ln1, "h.{}.input_layernorm", true);
    names.module(Role::Ln2, "h.{}.post_attention_layernorm", true);
    names.module(Role::MlpIn, "h.{}.mlp.dense_h_to_4h", true);
    names.module(Role::MlpOut, "h.{}.mlp.dense_4h_to_h", true);
    Ok(Model::new(arch, names))
}
