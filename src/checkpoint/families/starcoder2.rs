//! StarCoder 2 (Lozhkov et al. 2024): Llama with LayerNorm, a plain MLP, biases and a sliding window.

use super::fields::{Fields, Given::In};
use super::llama;
use super::names::Names;
use super::rope::Part;
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::NormKind;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let fields = Fields {
        eps: In("norm_epsilon"),
        ..llama::FIELDS
    };
    config.usual("norm_type", "layer_norm".into());
    config.usual("mlp_type", "default".into());
    config.harmless(&[
        // The precision of softmax in half precision; here it is always f32.
        "attention_softmax_in_fp32",
        "scale_attention_softmax_in_fp32",
        "scale_attn_weights",
    ]);
    let mut arch = llama::partly_turning(family, config, &fields, Part::Whole)?;
    arch.norm.kind = NormKind::Layer;
    arch.mlp.gated = false;
    arch.attention.windows = windows::everywhere(config, arch.n_layers)?;
    let bias = config.flag("use_bias")?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", true);
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    llama::attention(&mut names, bias, bias);
    names.module(Role::Ln2, "layers.{}.post_attention_layernorm", true);
    names.module(Role::MlpIn, "layers.{}.mlp.c_fc", bias);
    names.module(Role::MlpOut, "layers.{}.mlp.c_proj", bias);
    Ok(Model::new(arch, names))
}
