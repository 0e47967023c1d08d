//! OLMo 2 (OLMo et al. 2024): Llama with its norms after each half instead of before, and one norm
//! over all heads' queries, one over all keys.

use super::Model;
use super::llama::{self, Defaults};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Norms, QkNorm};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let defaults = Defaults {
        eps: 1e-5,
        ..Defaults::default()
    };
    let mut arch = llama::arch(family, config, &defaults)?;
    arch.block.norms = Norms::Output;
    arch.attention.qk_norm = Some(QkNorm::AllHeads);
    let bias = config.flag("attention_bias", false)?;
    let mut names = llama::ends(&arch);
    names.weight(Role::Ln1Post, "layers.{}.post_attention_layernorm.weight");
    names.weight(Role::Ln2Post, "layers.{}.post_feedforward_layernorm.weight");
    llama::attention(&mut names, bias, bias);
    llama::qk_norm(&mut names);
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}
