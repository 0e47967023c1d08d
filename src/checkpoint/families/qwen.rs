//! Qwen2 (Yang et al. 2024): Llama with biases on queries, keys and values. Qwen3 (Yang et al. 2025): norms
//! of queries and keys instead of these biases; a variant has experts.

use super::llama::{self, Biases};
use super::{Model, mixtral, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, QkNorm};
use crate::graph::role::Role;

pub(super) fn read2(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.usual("use_mrope", false.into());
    let mut arch = llama::arch(family, config)?;
    late_windows(config, &mut arch)?;
    let biases = Biases {
        qkv: true,
        ..Biases::default()
    };
    Ok(llama::model(arch, biases))
}

pub(super) fn read3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    late_windows(config, &mut arch)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    let biases = Biases::of_attention(config)?;
    Ok(llama::model(arch, biases))
}

pub(super) fn read3_moe(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    if config.flag("use_sliding_window")? {
        arch.attention.windows = windows::everywhere(config, arch.n_layers)?;
    }
    config.harmless(&["sliding_window", "max_window_layers"]);
    arch.experts = Some(experts(config, arch.n_layers)?);
    let mut names = llama::names(&arch, Biases::of_attention(config)?);
    llama::gated(&mut names, false);
    names.module(Role::Router, "layers.{}.mlp.gate", false);
    let modules = ["gate_proj", "up_proj", "down_proj"];
    mixtral::experts(&mut names, &arch, "layers.{}.mlp.experts.{i}", modules);
    Ok(Model::new(arch, names))
}

/// The mixture of experts. Every n-th block has one, unless it is listed as dense.
fn experts(config: &mut Config, n_layers: usize) -> Result<Experts, CheckpointError> {
    let every = config.size("decoder_sparse_step")?;
    let dense = config.indices("mlp_only_layers")?;
    let renormalise = config.flag("norm_topk_prob")?;
    let experts = mixtral::sizes(config, "num_experts", "moe_intermediate_size", n_layers)?;
    Ok(Experts {
        renormalise,
        layers: (0..n_layers)
            .map(|i| !dense.contains(&i) && (i + 1) % every == 0)
            .collect(),
        ..experts
    })
}

/// Windows, if the config turns them on: in blocks of the sliding type, or from one block on.
fn late_windows(config: &mut Config, arch: &mut Arch) -> Result<(), CheckpointError> {
    let used = config.flag("use_sliding_window")?;
    let window = config.optional_size("sliding_window")?.filter(|_| used);
    let first = config.index("max_window_layers")?;
    let late = |i| window.is_some() && i >= first;
    let sliding = windows::sliding(config, arch.n_layers, late)?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    Ok(())
}
