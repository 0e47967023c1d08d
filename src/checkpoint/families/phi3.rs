//! Phi-3 (Abdin et al. 2024): Llama with queries, keys and values in one tensor, gate and linear half
//! in another, and rotary frequencies that change with the length of the context.

use super::llama::{self, Defaults};
use super::names::QKV;
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut defaults = Defaults::eps(1e-5);
    defaults.rope.part = Some(1.0);
    defaults.rope.original_n_ctx = Some(4096);
    config.only("attention_bias", false.into())?;
    config.only("mlp_bias", false.into())?;
    config.only("lm_head_bias", false.into())?;
    let mut arch = llama::arch(family, config, &defaults)?;
    arch.attention.windows = windows::everywhere(config, arch.n_layers, None)?;
    let mut names = llama::ends(&arch);
    names.fused(QKV, "layers.{}.self_attn.qkv_proj", false);
    names.module(Role::AttnOut, "layers.{}.self_attn.o_proj", false);
    let gate_up = &[Role::MlpIn, Role::MlpLinear];
    names.fused(gate_up, "layers.{}.mlp.gate_up_proj", false);
    names.module(Role::MlpOut, "layers.{}.mlp.down_proj", false);
    Ok(Model::new(arch, names))
}
