//! Hunyuan 4 (Tencent 2026): latent attention with an indexer, sinks and a gate, and streams that all blocks write to.

use super::indexed;
use super::moe::{self, DEEPSEEK};
use super::names::Names;
use super::{Model, deepseek};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Experts, MixGate};
use crate::graph::role::{Half, Role};
use crate::graph::streams::{Hyper, Opening};

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    // Experts have this activation, whatever the config says.
    config.only("hidden_act", "silu".into())?;
    config.passed_over(&["layer_types"]);
    // Weights that a file holds are not initialised.
    config.harmless(&["learnable_sink_init"]);
    config.size("q_lora_rank")?;
    // Each head expands to keys and values of its own.
    let n_heads = config.size("num_attention_heads")?;
    config.set("num_key_value_heads", n_heads.into());
    let (mut arch, mut names) = deepseek::attending(family, config)?;
    let eps = arch.norm.eps;
    indexed::indexer(config, (&mut arch, &mut names), 0, eps)?;
    let kinds = [("full", true), ("shared", false)];
    let own = config.of_blocks("indexer_types", &kinds, arch.n_layers)?;
    let default = || (0..arch.n_layers).map(|i| i == 0 || (i - 1) % 4 == 0);
    let own = own.unwrap_or_else(|| default().collect());
    arch.attention.chosen = indexed::taken_over(config, &own)?;
    arch.attention.sinks = true;
    arch.attention.gate = Some(MixGate::Elements);
    arch.block.hyper = Some(hyper(config)?);
    let layers = moe::sparse(config, arch.n_layers)?;
    config.set("first_k_dense_replace", 1.into());
    let (count, shared) = ("n_routed_experts", "n_shared_experts");
    let experts = moe::deepseek(config, &arch, count, shared)?;
    arch.experts = Some(Experts {
        layers: layers.unwrap_or(experts.layers.clone()),
        clamp: Some(config.positive("swiglu_limit")?),
        ..experts
    });
    attention_names(&mut names);
    stream_names(&mut names);
    let experts = "layers.{}.mlp.experts";
    let mut model = moe::stacked_mixture(arch, names, &DEEPSEEK, experts);
    // Some files have this name for all gates.
    for (role, module) in [
        (Role::MlpIn, "layers.{}.mlp"),
        (Role::SharedIn, DEEPSEEK.shared),
    ] {
        model.also_apart(role, format!("{module}.linear_gate.weight"));
    }
    Ok(model)
}

/// Streams that are read and written to in shares, and stay as they are otherwise.
fn hyper(config: &mut Config) -> Result<Hyper, CheckpointError> {
    let plus = config.positive("hc_eps")?;
    let open = |scale| Opening { scale, plus };
    Ok(Hyper {
        count: config.size("hc_mult")?,
        read: open(1.0),
        write: open(config.positive("hc_magnitude")?),
        mix: None,
        rank: None,
    })
}

/// Sinks and gate, under the names of published files and under transformers' own.
fn attention_names(names: &mut Names) {
    let module = "layers.{}.self_attn";
    names.weight(Role::Sinks, format!("{module}.learnable_sink_param"));
    names.also_apart(Role::Sinks, format!("{module}.sinks"));
    names.module(Role::MixGate, &format!("{module}.linear_gate"), false);
    names.also_apart(Role::MixGate, format!("{module}.gate_proj.weight"));
}

fn stream_names(names: &mut Names) {
    use Half::{End, Mixer, Mlp};
    for (half, module) in [(Mixer, "hc_attn_layer"), (Mlp, "hc_mlp_layer")] {
        let module = format!("layers.{{}}.hc_pre.{module}.hc");
        names.shares(half, false, &module, None);
    }
    names.shares(End, false, "hc_pre.hc_head.hc_head", None);
}
