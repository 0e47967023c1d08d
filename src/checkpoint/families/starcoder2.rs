//! StarCoder 2 (Lozhkov et al. 2024): Llama with LayerNorm, a plain MLP, biases and a sliding window.

use super::fields::Given::Or;
use super::llama::{self, Defaults};
use super::names::Names;
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Norm, NormKind};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut defaults = Defaults::default();
    defaults.fields.activation = Or("hidden_act", Activation::GeluTanh);
    defaults.fields.tied = true;
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
    arch.mlp.gated = false;
    arch.attention.windows = windows::everywhere(config, arch.n_layers, None)?;
    let bias = config.flag("use_bias", true)?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", true);
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    llama::attention(&mut names, bias, bias);
    names.module(Role::Ln2, "layers.{}.post_attention_layernorm", true);
    names.module(Role::MlpIn, "layers.{}.mlp.c_fc", bias);
    names.module(Role::MlpOut, "layers.{}.mlp.c_proj", bias);
    Ok(Model::new(arch, names))
}
