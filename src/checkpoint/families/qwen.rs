//! Qwen2 (Yang et al. 2024): Llama with biases on queries, keys and values. Qwen3 (Yang et al. 2025): norms
//! of queries and keys instead of these biases; a variant has experts.

use super::llama::{self, Biases};
use super::names::Names;
use super::{Model, mixtral, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, QkNorm, Shared};
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

/// The text models of Qwen2-VL, Qwen2.5-VL and Qwen2.5-Omni.
pub(super) fn read2_vl(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    read2(family, config)
}

/// The text model of Qwen3-VL.
pub(super) fn read3_vl(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    let mut arch = llama::arch(family, config)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    let biases = Biases::of_attention(config)?;
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
    mixture(&mut names, &arch);
    Ok(Model::new(arch, names))
}

/// Qwen2-MoE (Qwen Team 2024): an MLP that every token goes through beside its experts, weighed by a gate.
pub(super) fn read2_moe(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    let used = config.flag("use_sliding_window")?;
    // It is 0 if it is not used.
    config.harmless(&["sliding_window"]);
    let window = if used {
        config.optional_size("sliding_window")?
    } else {
        None
    };
    let first = config.index("max_window_layers")?;
    let early = |i: usize| !(i + 1).is_multiple_of(2) && i < first && used;
    let sliding = windows::sliding(config, arch.n_layers, early)?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    let experts = experts(config, arch.n_layers)?;
    arch.experts = Some(Experts {
        shared: Some(Shared {
            d_mlp: config.size("shared_expert_intermediate_size")?,
            gated: true,
            averaged: false,
        }),
        ..experts
    });
    let biases = Biases {
        qkv: config.flag("qkv_bias")?,
        ..Biases::default()
    };
    let mut names = llama::names(&arch, biases);
    shared_names(&mut names);
    mixture(&mut names, &arch);
    Ok(Model::new(arch, names))
}

/// The names of the MLP beside the experts, and of its gate.
pub(super) fn shared_names(names: &mut Names) {
    let shared = [
        (Role::SharedIn, "shared_expert.gate_proj"),
        (Role::SharedLinear, "shared_expert.up_proj"),
        (Role::SharedOut, "shared_expert.down_proj"),
        (Role::SharedGate, "shared_expert_gate"),
    ];
    names.modules("layers.{}.mlp", false, &shared);
}

/// The text model of Qwen3-VL with experts.
pub(super) fn read3_vl_moe(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    let mut arch = llama::arch(family, config)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    config.set("norm_topk_prob", true.into());
    arch.experts = Some(experts(config, arch.n_layers)?);
    let mut names = llama::names(&arch, Biases::of_attention(config)?);
    llama::gated(&mut names, false);
    let size = arch.experts.as_ref().map(|e| (e.n_experts, e.d_expert));
    stacked(&mut names, size.unwrap_or_default());
    Ok(Model::new(arch, names))
}

/// The names of a router and of `n` experts of width `d` in one tensor.
pub(super) fn stacked(names: &mut Names, (n, d): (usize, usize)) {
    names.module(Role::Router, "layers.{}.mlp.gate", false);
    for i in 0..n {
        let halves = [Role::ExpertIn(i), Role::ExpertLinear(i)];
        let module = "layers.{}.mlp.experts";
        names.stacked_turns(n, &halves, &format!("{module}.gate_up_proj"), &[d; 2]);
        let out = Role::ExpertOut(i);
        names.weight(out, format!("{module}.down_proj")).stack = Some(n);
        names.either_way(out, true);
        for (role, part) in [(halves[0], "gate"), (halves[1], "up"), (out, "down")] {
            names.also_apart(role, format!("{module}.{{i}}.{part}_proj.weight"));
        }
    }
}

/// The text model of Qwen3-Omni.
pub(super) fn read3_omni(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    config.only("sliding_window", serde_json::Value::Null)?;
    let mut arch = llama::arch(family, config)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.experts = Some(experts(config, arch.n_layers)?);
    let mut names = llama::names(&arch, Biases::of_attention(config)?);
    mixture(&mut names, &arch);
    Ok(Model::new(arch, names))
}

/// The names of router and experts, and of the MLPs of blocks without experts.
pub(super) fn mixture(names: &mut Names, arch: &Arch) {
    llama::gated(names, false);
    names.module(Role::Router, "layers.{}.mlp.gate", false);
    let modules = ["gate_proj", "up_proj", "down_proj"];
    mixtral::experts(names, arch, "layers.{}.mlp.experts.{i}", modules);
}

/// The mixture of experts. Every n-th block has one, unless it is listed as dense.
pub(super) fn experts(config: &mut Config, n_layers: usize) -> Result<Experts, CheckpointError> {
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
