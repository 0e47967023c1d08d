//! gpt-oss (OpenAI 2025): experts with a clamped gate, attention sinks, windows in every other block,
//! biases throughout.

use super::fields::{Fields, Given::Always};
use super::llama::{self, Biases};
use super::names::{Layout, Names};
use super::rope::Part;
use super::{Model, mixtral, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch};
use crate::graph::role::Role;

/// The stretching of positions if the config does not give one.
const ROPE: &str = r#"{"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": false,
    "original_max_position_embeddings": 4096}"#;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&[
        // An older name of `original_max_position_embeddings`.
        "initial_context_length",
        // An older name of num_experts_per_tok.
        "experts_per_token",
    ]);
    config.default_object("rope_parameters", ROPE);
    let fields = Fields {
        // The gate below replaces it, whatever the config says.
        activation: Always(Activation::Silu),
        ..llama::FIELDS
    };
    let mut arch = llama::partly_turning(family, config, &fields, Part::Whole)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| i % 2 == 0)?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    arch.attention.sinks = true;
    arch.mlp.activation = Activation::Swish(config.positive("swiglu_alpha")?);
    arch.mlp.clamp = Some(config.positive("swiglu_limit")?);
    arch.mlp.linear_offset = 1.0;
    let (count, width) = ("num_local_experts", "intermediate_size");
    arch.experts = Some(mixtral::sizes(config, count, width, arch.n_layers)?);
    let bias = config.flag("attention_bias")?;
    let mut names = llama::names(&arch, Biases::attention(bias));
    names.weight(Role::Sinks, "layers.{}.self_attn.sinks");
    names.module(Role::Router, "layers.{}.mlp.router", true);
    experts(&mut names, &arch);
    Ok(Model::new(arch, names))
}

/// The experts of a block: all in one tensor, stored `[expert, in, out]`, with gate and linear half taking
/// turns; or each in its own tensors.
fn experts(names: &mut Names, arch: &Arch) {
    let Some(experts) = &arch.experts else {
        return;
    };
    let stack = Some(experts.n_experts);
    let halves = |member: usize| Layout::Turns {
        widths: vec![1, 1],
        member,
    };
    for i in 0..experts.n_experts {
        for (role, module, layout, unfused) in [
            (Role::ExpertIn(i), "gate_up_proj", halves(0), "gate_proj"),
            (Role::ExpertLinear(i), "gate_up_proj", halves(1), "up_proj"),
            (Role::ExpertOut(i), "down_proj", Layout::Alone, "down_proj"),
        ] {
            let module = format!("layers.{{}}.mlp.experts.{module}");
            let unfused = format!("layers.{{}}.mlp.experts.{{i}}.{unfused}");
            let weight = names.weight(role, module.clone());
            weight.layout = layout.clone();
            weight.transposed = true;
            weight.stack = stack;
            weight.unfused = Some(format!("{unfused}.weight"));
            let bias = names.bias(role, format!("{module}_bias"));
            bias.layout = layout;
            bias.stack = stack;
            bias.unfused = Some(format!("{unfused}.bias"));
        }
    }
}
