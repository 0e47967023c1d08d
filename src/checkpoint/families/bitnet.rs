//! BitNet b1.58 (Ma et al. 2025): Llama with squared ReLU as its gate, and a norm before each output projection.

use super::Model;
use super::llama::{self, Biases};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.attention.out_norm = true;
    arch.mlp.norm = true;
    let mut names = llama::names(&arch, Biases::of_attention(config)?);
    names.module(Role::MixNorm, "layers.{}.self_attn.attn_sub_norm", false);
    names.module(Role::NeuronNorm, "layers.{}.mlp.ffn_sub_norm", false);
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}
