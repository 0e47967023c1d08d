//! Llama (Touvron et al. 2023), and what the many families of its shape share with it: RMSNorm before
//! each half, rotary positions, grouped queries, a gated MLP, no biases.

use super::names::Names;
use super::{Model, activation, rope, sizes};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{
    Activation, Arch, Attention, Block, Embedding, Mlp, Norm, NormKind, Positions, Unembedding,
};
use crate::graph::role::Role;

/// What a config of Llama's shape means where it says nothing.
pub(super) struct Defaults {
    pub sizes: sizes::Defaults,
    pub rope: rope::Defaults,
    pub d_vocab: Option<usize>,
    pub n_ctx: Option<usize>,
    pub eps: f64,
    /// The field that names the activation.
    pub activation_field: &'static str,
    pub activation: Activation,
    pub tied: bool,
}

impl Default for Defaults {
    fn default() -> Defaults {
        Defaults {
            sizes: sizes::Defaults::default(),
            rope: rope::Defaults::default(),
            d_vocab: None,
            n_ctx: None,
            eps: 1e-6,
            activation_field: "hidden_act",
            activation: Activation::Silu,
            tied: false,
        }
    }
}

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.only("rope_interleaved", false.into())?;
    config.harmless(&[
        // Splits matrix products for training on several machines; the sums are the same.
        "pretraining_tp",
        "is_llama_config",
    ]);
    let arch = arch(family, config, &Defaults::default())?;
    let attention_bias = config.flag("attention_bias", false)?;
    let mlp_bias = config.flag("mlp_bias", false)?;
    let mut names = ends(&arch);
    norms_before(&mut names);
    attention(&mut names, attention_bias, attention_bias);
    gated(&mut names, mlp_bias);
    Ok(Model::new(arch, names))
}

/// The architecture of a config of Llama's shape.
pub(super) fn arch(
    family: &str,
    config: &mut Config,
    defaults: &Defaults,
) -> Result<Arch, CheckpointError> {
    arch_with(family, config, defaults, |config, attention, n_ctx| {
        let rope = rope::read(config, attention.d_head, n_ctx, &defaults.rope)?;
        let n_ctx = rope::context(&rope, n_ctx);
        Ok((Positions::rotary(rope, attention.windows.len()), n_ctx))
    })
}

/// The same with its positions, and the context they reach, read by a function of the config, plain
/// attention and the context that the config gives.
pub(super) fn arch_with(
    family: &str,
    config: &mut Config,
    defaults: &Defaults,
    positions: impl FnOnce(
        &mut Config,
        &Attention,
        usize,
    ) -> Result<(Positions, usize), CheckpointError>,
) -> Result<Arch, CheckpointError> {
    let n_layers = config.layers("num_hidden_layers")?;
    let d_model = config.size("hidden_size")?;
    let attention = sizes::attention(config, n_layers, d_model, &defaults.sizes)?;
    let n_ctx = or(config, "max_position_embeddings", defaults.n_ctx)?;
    let (positions, n_ctx) = positions(config, &attention, n_ctx)?;
    let activation = activation::read(config, defaults.activation_field, defaults.activation)?;
    Ok(Arch {
        family: family.to_owned(),
        n_layers,
        d_model,
        d_vocab: or(config, "vocab_size", defaults.d_vocab)?,
        n_ctx,
        embedding: Embedding::default(),
        positions,
        norm: Norm::new(
            NormKind::Rms,
            config.positive_or("rms_norm_eps", defaults.eps)?,
        ),
        block: Block::default(),
        attention,
        mlp: Mlp::gated(config.size("intermediate_size")?, activation),
        experts: None,
        unembedding: Unembedding::default(),
        tied_embeddings: config.flag("tie_word_embeddings", defaults.tied)?,
        stored: Vec::new(),
    })
}

fn or(config: &mut Config, field: &str, default: Option<usize>) -> Result<usize, CheckpointError> {
    match default {
        Some(default) => config.size_or(field, default),
        None => config.size(field),
    }
}

/// Embedding, final norm and unembedding.
pub(super) fn ends(arch: &Arch) -> Names {
    let mut names = Names::default();
    names.weight(Role::Embed, "embed_tokens.weight");
    names.weight(Role::LnFinal, "norm.weight");
    names.unembed(
        arch.tied_embeddings,
        "embed_tokens.weight",
        "lm_head.weight",
    );
    names
}

/// The norms before attention and before the MLP.
pub(super) fn norms_before(names: &mut Names) {
    names.weight(Role::Ln1, "layers.{}.input_layernorm.weight");
    names.weight(Role::Ln2, "layers.{}.post_attention_layernorm.weight");
}

/// Queries, keys, values and the output, each a tensor of its own.
pub(super) fn attention(names: &mut Names, qkv_bias: bool, out_bias: bool) {
    names.module(Role::Query, "layers.{}.self_attn.q_proj", qkv_bias);
    names.module(Role::Key, "layers.{}.self_attn.k_proj", qkv_bias);
    names.module(Role::Value, "layers.{}.self_attn.v_proj", qkv_bias);
    names.module(Role::AttnOut, "layers.{}.self_attn.o_proj", out_bias);
}

/// The norms of queries and keys that all heads share.
pub(super) fn qk_norm(names: &mut Names) {
    names.weight(Role::QueryNorm(0), "layers.{}.self_attn.q_norm.weight");
    names.weight(Role::KeyNorm(0), "layers.{}.self_attn.k_norm.weight");
}

/// The gated MLP.
pub(super) fn gated(names: &mut Names, bias: bool) {
    names.module(Role::MlpIn, "layers.{}.mlp.gate_proj", bias);
    names.module(Role::MlpLinear, "layers.{}.mlp.up_proj", bias);
    names.module(Role::MlpOut, "layers.{}.mlp.down_proj", bias);
}
