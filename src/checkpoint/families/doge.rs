//! Doge (Shi et al. 2025): scores grow with what a key's value says, a query looks at those keys alone whose values say
//! most, and learned numbers multiply the stream before each half is added.

use super::llama::{self, Biases};
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::QkNorm;
use crate::graph::heads::ValueBias;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    // Its experts are chosen by outputs of a router that are mixed up across tokens.
    config.only("is_moe", false.into())?;
    config.passed_over(&["num_experts", "num_experts_per_tok", "norm_topk_prob"]);
    arch.attention.windows = windows::everywhere(config, arch.n_layers)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.attention.value_bias = Some(ValueBias {
        most: config.size("keep_window_size")?,
    });
    arch.block.weighed = true;
    let biases = Biases::read(config)?;
    let mut names = llama::names(&arch, biases);
    let module = "layers.{}.self_attn";
    names.module(Role::KeyGain, &format!("{module}.dt_proj"), biases.qkv);
    names.weight(Role::KeyGainScale, format!("{module}.A"));
    names.weight(Role::KeptByAttention, "layers.{}.input_residual");
    names.weight(Role::KeptByMlp, "layers.{}.post_attention_residual");
    llama::gated(&mut names, biases.mlp);
    Ok(Model::new(arch, names))
}
