//! HyperCLOVA X (NAVER Cloud 2025): Granite with norms around each half.

use super::Model;
use super::llama::{self, Biases};
use super::names::Names;
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::Norms;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.embedding.scale = config.positive("embedding_multiplier")?;
    arch.block.residual_scale = config.positive("residual_multiplier")?;
    if let Some(scale) = config.optional_positive("attention_multiplier")? {
        arch.attention.scales = vec![scale; arch.n_layers];
    }
    arch.unembedding.scale = config.positive("logits_scaling")?;
    let Biases { qkv, out, mlp } = Biases::read(config)?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", false);
    names.module(Role::Ln1, "layers.{}.input_layernorm", false);
    names.module(Role::Ln2, "layers.{}.post_attention_layernorm", false);
    if config.flag("use_post_norm")? {
        arch.block.norms = Norms::Sandwich;
        names.module(Role::Ln1Post, "layers.{}.post_norm1", false);
        names.module(Role::Ln2Post, "layers.{}.post_norm2", false);
    }
    llama::attention(&mut names, qkv, out);
    llama::gated(&mut names, mlp);
    Ok(Model::new(arch, names))
}
