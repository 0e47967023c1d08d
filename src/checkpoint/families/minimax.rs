//! MiniMax-Text-01 (MiniMax 2025): lightning attention (Qin et al. 2024) in most blocks, experts in all, and a stream
//! that goes on from each norm's output.

use super::llama::{self, Biases};
use super::{Model, mixtral, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, NormKind, Norms, Positions, QkNorm};
use crate::graph::recurrence::{
    Decay, GateBy, Mixing, Multipliers, Recurrence, StateGate, StateNorm, Write,
};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    // The length of blocks in which it is computed, and noise in training.
    config.harmless(&["block_size", "router_jitter_noise"]);
    if config.json("rope_theta").is_none() {
        config.set("rope_theta", 1e6.into());
    }
    let mut arch = llama::arch(family, config)?;
    turn_part(config, &mut arch)?;
    let n_layers = arch.n_layers;
    arch.attention.windows = windows::everywhere(config, n_layers)?;
    let types = config.of_blocks("layer_types", super::mamba2::TYPES, n_layers)?;
    let by_place = |i: usize| match i % 2 {
        0 => Mixing::Attention,
        _ => Mixing::Recurrence,
    };
    arch.mixers = types.unwrap_or_else(|| (0..n_layers).map(by_place).collect());
    arch.block.norms = Norms::Stream;
    let [full, linear, mlp] = ["full_attn", "linear_attn", "mlp"].map(|part| {
        ["alpha", "beta"].map(|name| config.positive(&format!("{part}_{name}_factor")))
    });
    let (full, linear, mlp) = (both(full)?, both(linear)?, both(mlp)?);
    let factors = arch.mixers.iter().map(|mixing| {
        let [alpha, beta] = if *mixing == Mixing::Attention {
            full
        } else {
            linear
        };
        [alpha, beta, mlp[0], mlp[1]]
    });
    arch.block.factors = factors.collect();
    let (n_heads, d_head) = (arch.attention.n_heads, arch.attention.d_head);
    arch.recurrence = Some(Recurrence {
        n_groups: n_heads,
        n_heads,
        d_state: d_head,
        d_head,
        convolution: None,
        activation: Some(arch.mlp.activation),
        unit: None,
        decay: Decay::Fixed(
            (0..n_layers)
                .map(|i| slopes(n_heads, i, n_layers))
                .collect(),
        ),
        write: Write::Value,
        skip: false,
        gate: Some(StateGate {
            by: GateBy::Sigmoid,
            rank: None,
            first: false,
        }),
        norm: Some(StateNorm {
            kind: NormKind::Rms,
            over: QkNorm::AllHeads,
            eps: 1e-6,
        }),
        from_values: None,
        shifted: false,
        multipliers: Multipliers::default(),
    });
    let (count, width) = ("num_local_experts", "intermediate_size");
    arch.experts = Some(mixtral::sizes(config, count, width, n_layers)?);
    let mut names = llama::names(&arch, Biases::default());
    let module = "layers.{}.self_attn";
    let roles = [Role::StateQuery, Role::StateKey, Role::StateValue];
    names.turns(&roles, &format!("{module}.qkv_proj"), false, &[d_head; 3]);
    let rest = [
        (Role::StateGate, "output_gate"),
        (Role::StateNorm, "norm"),
        (Role::StateOut, "out_proj"),
    ];
    names.modules(module, false, &rest);
    // Some files have one name for both kinds of blocks.
    names.also_apart(Role::StateOut, format!("{module}.o_proj.weight"));
    let module = "layers.{}.block_sparse_moe";
    names.module(Role::Router, &format!("{module}.gate"), false);
    let each = format!("{module}.experts.{{i}}");
    mixtral::experts(&mut names, &arch, &each, ["w1", "w3", "w2"]);
    Ok(Model::new(arch, names))
}

/// Turn as many dimensions of each head as a GGUF file says; transformers turns all of them.
fn turn_part(config: &mut Config, arch: &mut Arch) -> Result<(), CheckpointError> {
    const FIELD: &str = "qk_rope_head_dim";
    let Some(turning) = config.optional_size(FIELD)? else {
        return Ok(());
    };
    let d_head = arch.attention.d_head;
    if turning > d_head || !turning.is_multiple_of(2) {
        let problem = format!("is {turning}, no pairs of a head's {d_head} dimensions");
        return Err(config.error(FIELD, problem));
    }
    if let Positions::Rotary(rotary) = &mut arch.positions {
        let ropes = rotary.ropes.iter_mut();
        ropes.for_each(|rope| rope.d_rotary = turning);
    }
    Ok(())
}

fn both([a, b]: [Result<f64, CheckpointError>; 2]) -> Result<[f64; 2], CheckpointError> {
    Ok([a?, b?])
}

/// The slope of each head's decay in a block, as ALiBi has them, less in later blocks; models compute it in f32.
fn slopes(heads: usize, layer: usize, layers: usize) -> Vec<f64> {
    let base = (-8.0 / heads as f64).exp2() as f32;
    let factor = 1.0 - layer as f64 / ((layers - 1) as f64 + 1e-5) + 1e-5;
    let slope = |head: usize| base.powf(head as f32) * factor as f32;
    (1..=heads).map(|head| f64::from(slope(head))).collect()
}
