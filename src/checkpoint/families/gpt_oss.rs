//! gpt-oss (OpenAI 2025): experts with a clamped gate, attention sinks, windows in every other block,
//! biases throughout.

use super::llama::{self, Defaults};
use super::names::{Layout, Names};
use super::{Model, mixtral, windows};
use crate::checkpoint::Role;
use crate::checkpoint::arch::{Activation, Arch};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

const D_HEAD: usize = 64;
const WINDOW: usize = 128;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut defaults = Defaults {
        eps: 1e-5,
        ..Defaults::default()
    };
    defaults.sizes.d_head = Some(D_HEAD);
    defaults.rope.theta = 150_000.0;
    config.harmless(&[
        // An older name of what stands in rope_scaling.
        "initial_context_length",
        // An older name of num_experts_per_tok.
        "experts_per_token",
    ]);
    let mut arch = llama::arch(family, config, &defaults)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| i % 2 == 0)?;
    arch.attention.windows = windows::by_layer(config, &sliding, Some(WINDOW))?;
    arch.attention.sinks = true;
    arch.mlp.activation = Activation::Swish(config.positive_or("swiglu_alpha", 1.702)?);
    arch.mlp.clamp = Some(config.positive_or("swiglu_limit", 7.0)?);
    arch.mlp.linear_offset = 1.0;
    let count = config.spelled(&["num_local_experts", "num_experts"]);
    arch.experts = Some(mixtral::sizes(
        config,
        count,
        "intermediate_size",
        arch.n_layers,
    )?);
    let bias = config.flag("attention_bias", true)?;
    let mut names = llama::ends(&arch);
    llama::norms_before(&mut names);
    llama::attention(&mut names, bias, bias);
    names.weight(Role::Sinks, "layers.{}.self_attn.sinks");
    names.module(Role::Router, "layers.{}.mlp.router", true);
    experts(&mut names, &arch);
    Ok(Model::new(arch, names))
}

/// All experts of a block in one tensor, stored `[expert, in, out]`, gate and linear half in turns.
fn experts(names: &mut Names, arch: &Arch) {
    let Some(experts) = &arch.experts else {
        return;
    };
    for i in 0..experts.n_experts {
        for (member, role) in [Role::ExpertIn(i), Role::ExpertLinear(i)]
            .into_iter()
            .enumerate()
        {
            let layout = Layout::Interleaved {
                width: 1,
                member,
                members: 2,
            };
            let weight = names.weight(role, "layers.{}.mlp.experts.gate_up_proj");
            weight.layout = layout.clone();
            weight.transposed = true;
            weight.stack = Some(experts.n_experts);
            let bias = names.bias(role, "layers.{}.mlp.experts.gate_up_proj_bias");
            bias.layout = layout;
            bias.stack = Some(experts.n_experts);
        }
        let out = Role::ExpertOut(i);
        let weight = names.weight(out, "layers.{}.mlp.experts.down_proj");
        weight.transposed = true;
        weight.stack = Some(experts.n_experts);
        names
            .bias(out, "layers.{}.mlp.experts.down_proj_bias")
            .stack = Some(experts.n_experts);
    }
}
