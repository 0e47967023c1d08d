//! BLOOM (BigScience 2022): no position embedding but a penalty on distance, a norm after the embedding,
//! queries, keys and values in turns in one tensor.

use super::names::Names;
use super::{Model, sizes};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Attention, Block, EmbedNorm, Embedding, Mlp, Norm, NormKind, Positions,
    Unembedding,
};
use crate::graph::role::Role;

/// The length trained on; nothing in the computation depends on it.
const N_CTX: usize = 2048;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let n_layers = config.layers(config.spelled(&["n_layer", "num_hidden_layers"]))?;
    let model = config.spelled(&["n_embed", "hidden_size"]);
    let d_model = config.size(model)?;
    let heads = config.spelled(&["n_head", "num_attention_heads"]);
    let n_heads = config.size(heads)?;
    let d_head = sizes::split(config, heads, n_heads, model, d_model)?;
    config.only("apply_residual_connection_post_layernorm", false.into())?;
    config.harmless(&[
        // Faster or slower orders of the same operations.
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
    let arch = Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: config.size("vocab_size")?,
        n_ctx: config.size_or("seq_length", N_CTX)?,
        embedding: Embedding {
            norm: EmbedNorm::OfTokens,
            ..Embedding::default()
        },
        positions: Positions::Alibi,
        norm: Norm::new(
            NormKind::Layer,
            config.positive_or("layer_norm_epsilon", 1e-5)?,
        ),
        block: Block::default(),
        attention: Attention::new(n_layers, n_heads, n_heads, d_head),
        mlp: Mlp::plain(4 * d_model, Activation::GeluTanh),
        experts: None,
        unembedding: Unembedding::default(),
        tied_embeddings: config.flag("tie_word_embeddings", true)?,
        stored: Vec::new(),
    };
    let names = names(&arch);
    Ok(Model::new(arch, names))
}

fn names(arch: &Arch) -> Names {
    let mut names = Names::default();
    names.weight(Role::Embed, "word_embeddings.weight");
    names.module(Role::EmbedNorm, "word_embeddings_layernorm", true);
    names.module(Role::Ln1, "h.{}.input_layernorm", true);
    names.interleaved(
        &[Role::Query, Role::Key, Role::Value],
        "h.{}.self_attention.query_key_value",
        arch.attention.d_head,
        true,
    );
    names.module(Role::AttnOut, "h.{}.self_attention.dense", true);
    names.module(Role::Ln2, "h.{}.post_attention_layernorm", true);
    names.module(Role::MlpIn, "h.{}.mlp.dense_h_to_4h", true);
    names.module(Role::MlpOut, "h.{}.mlp.dense_4h_to_h", true);
    names.module(Role::LnFinal, "ln_f", true);
    names.unembed(
        arch.tied_embeddings,
        "word_embeddings.weight",
        "lm_head.weight",
    );
    names
}
