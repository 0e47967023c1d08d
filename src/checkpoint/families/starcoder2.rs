//! StarCoder 2 (Lozhkov et al. 2024): Llama with LayerNorm, a plain MLP, biases and a sliding window.

use super::llama::{self, Defaults};
use super::names::Names;
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Mlp, Norm, NormKind};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let defaults = Defaults {
        activation: Activation::GeluTanh,
        tied: true,
        ..Defaults::default()
    };
    config.only("norm_type", "layer_norm".into())?;
    config.only("mlp_type", "default".into())?;
    config.harmless(&[
        // How half-precision softmax is computed; here always in f32.
        "attention_softmax_in_fp32",
        "scale_attention_softmax_in_fp32",
        "scale_attn_weights",
    ]);
    let mut arch = llama::arch(family, config, &defaults)?;
    arch.norm = Norm::new(NormKind::Layer, config.positive_or("norm_epsilon", 1e-5)?);
    arch.mlp = Mlp::plain(arch.mlp.d_mlp, arch.mlp.activation);
    arch.attention.windows = windows::everywhere(config, arch.n_layers, None)?;
    let bias = config.flag("use_bias", true)?;
    let mut names = Names::default();
    names.weight(Role::Embed, "embed_tokens.weight");
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    llama::attention(&mut names, bias, bias);
    names.module(Role::Ln2, "layers.{}.post_attention_layernorm", true);
    names.module(Role::MlpIn, "layers.{}.mlp.c_fc", bias);
    names.module(Role::MlpOut, "layers.{}.mlp.c_proj", bias);
    names.module(Role::LnFinal, "norm", true);
    names.unembed(
        arch.tied_embeddings,
        "embed_tokens.weight",
        "lm_head.weight",
    );
    Ok(Model::new(arch, names))
}
