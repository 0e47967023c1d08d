//! Phi-1, 1.5 and 2 (Gunasekar et al. 2023): attention and a plain MLP side by side behind one
//! LayerNorm, half of each head turning, biases throughout, on the logits too.

use super::Model;
use super::llama::{self, Defaults};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Mlp, Norm, NormKind, QkNorm, Residual};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut defaults = Defaults {
        activation: Activation::GeluTanh,
        ..Defaults::default()
    };
    defaults.rope.part = Some(0.5);
    let mut arch = llama::arch(family, config, &defaults)?;
    arch.norm = Norm::new(NormKind::Layer, config.positive_or("layer_norm_eps", 1e-5)?);
    arch.mlp = Mlp::plain(arch.mlp.d_mlp, arch.mlp.activation);
    arch.block.residual = Residual::ParallelShared;
    if config.flag("qk_layernorm", false)? {
        arch.attention.qk_norm = Some(QkNorm::Head);
    }
    let mut names = Names::default();
    names.weight(Role::Embed, "embed_tokens.weight");
    names.module(Role::Ln1, "layers.{}.input_layernorm", true);
    names.module(Role::Query, "layers.{}.self_attn.q_proj", true);
    names.module(Role::Key, "layers.{}.self_attn.k_proj", true);
    names.module(Role::Value, "layers.{}.self_attn.v_proj", true);
    names.module(Role::AttnOut, "layers.{}.self_attn.dense", true);
    if arch.attention.qk_norm.is_some() {
        names.module(Role::QueryNorm(0), "layers.{}.self_attn.q_layernorm", true);
        names.module(Role::KeyNorm(0), "layers.{}.self_attn.k_layernorm", true);
    }
    names.module(Role::MlpIn, "layers.{}.mlp.fc1", true);
    names.module(Role::MlpOut, "layers.{}.mlp.fc2", true);
    names.module(Role::LnFinal, "final_layernorm", true);
    names.unembed(
        arch.tied_embeddings,
        "embed_tokens.weight",
        "lm_head.weight",
    );
    names.bias(Role::Unembed, "lm_head.bias");
    Ok(Model::new(arch, names))
}
