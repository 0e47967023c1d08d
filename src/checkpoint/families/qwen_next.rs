//! Qwen3-Next (Qwen Team 2025) and Qwen3.5 (Qwen Team 2026): three blocks in four have a gated delta net (Yang et al.
//! 2025) in the place of attention, and attention has a gate.

use super::delta;
use super::fields::{Fields, Given::Always};
use super::llama::{self, Biases};
use super::names::Names;
use super::rope::{self, Part};
use super::{Model, mixtral, qwen};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, MixGate, QkNorm, Shared};
use crate::graph::recurrence::{Decay, GateBy, Mixing, Recurrence};
use crate::graph::role::Role;

/// The types of blocks.
pub(super) const TYPES: &[(&str, Mixing)] = &[
    ("full_attention", Mixing::Attention),
    ("linear_attention", Mixing::Recurrence),
];

pub(super) fn read_next(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = arch(family, config, &llama::FIELDS)?;
    arch.experts = Some(Experts {
        shared: Some(shared(config)?),
        ..qwen::experts(config, arch.n_layers)?
    });
    let mut names = names(&arch, Biases::of_attention(config)?);
    // A group of heads shares a tensor's turn with its query and its key.
    if let Some(r) = &arch.recurrence {
        let each = r.n_heads / r.n_groups;
        let wide = each * r.d_head;
        let roles = [
            Role::StateQuery,
            Role::StateKey,
            Role::StateValue,
            Role::StateGate,
        ];
        let widths = [r.d_state, r.d_state, wide, wide];
        names.turns(&roles, "layers.{}.linear_attn.in_proj_qkvz", false, &widths);
        for (role, part) in roles.into_iter().zip(["q", "k", "v", "z"]) {
            names.also_apart(
                role,
                format!("layers.{{}}.linear_attn.in_proj_{part}.weight"),
            );
        }
        let roles = [Role::Beta, Role::Step];
        names.turns(
            &roles,
            "layers.{}.linear_attn.in_proj_ba",
            false,
            &[each; 2],
        );
    }
    qwen::shared_names(&mut names);
    qwen::mixture(&mut names, &arch);
    Ok(Model::new(arch, names))
}

/// The text model of Qwen3.5.
pub(super) fn read3_5(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    let arch = arch(family, config, &llama::FIELDS)?;
    let mut names = names(&arch, Biases::of_attention(config)?);
    apart(&mut names);
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}

/// The text model of Qwen3.5 with experts.
pub(super) fn read3_5_moe(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    rope::plain_sections(config);
    let fields = Fields {
        d_mlp: Always(1),
        ..llama::FIELDS
    };
    let mut arch = arch(family, config, &fields)?;
    let experts = mixtral::sizes(
        config,
        "num_experts",
        "moe_intermediate_size",
        arch.n_layers,
    )?;
    let (n, d) = (experts.n_experts, experts.d_expert);
    arch.experts = Some(Experts {
        shared: Some(shared(config)?),
        ..experts
    });
    let mut names = names(&arch, Biases::of_attention(config)?);
    apart(&mut names);
    qwen::shared_names(&mut names);
    qwen::stacked(&mut names, (n, d));
    Ok(Model::new(arch, names))
}

pub(super) fn shared(config: &mut Config) -> Result<Shared, CheckpointError> {
    Ok(Shared {
        d_mlp: config.size("shared_expert_intermediate_size")?,
        gated: true,
        averaged: false,
    })
}

fn arch(family: &str, config: &mut Config, fields: &Fields) -> Result<Arch, CheckpointError> {
    let mut arch = llama::partly_turning(family, config, fields, Part::Given(0.25))?;
    arch.norm.weight_offset = 1.0;
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.attention.gate = Some(MixGate::Elements);
    let every = config.size_or("full_attention_interval", 4)?;
    let types = config.of_blocks("layer_types", TYPES, arch.n_layers)?;
    let by_place = |i: usize| match (i + 1) % every {
        0 => Mixing::Attention,
        _ => Mixing::Recurrence,
    };
    arch.mixers = types.unwrap_or_else(|| (0..arch.n_layers).map(by_place).collect());
    arch.recurrence = Some(delta_net(config, &arch)?);
    Ok(arch)
}

/// A gated delta net by the names of its fields.
pub(super) fn delta_net(config: &mut Config, arch: &Arch) -> Result<Recurrence, CheckpointError> {
    let (n_groups, n_heads) = (
        config.size("linear_num_key_heads")?,
        config.size("linear_num_value_heads")?,
    );
    if !n_heads.is_multiple_of(n_groups) {
        let problem =
            format!("is {n_groups}, which does not divide linear_num_value_heads = {n_heads}");
        return Err(config.error("linear_num_key_heads", problem));
    }
    let sizes = delta::Sizes {
        n_groups,
        n_heads,
        d_state: config.size("linear_key_head_dim")?,
        d_head: config.size("linear_value_head_dim")?,
        taps: config.size("linear_conv_kernel_dim")?,
    };
    let decay = Decay::Steps {
        least: 0.0,
        most: None,
    };
    Ok(delta::net(arch, sizes, decay, (GateBy::Silu, None)))
}

/// The names of all weights but those of MLPs and of the projections to a delta net.
pub(super) fn names(arch: &Arch, biases: Biases) -> Names {
    let mut names = llama::ends(arch);
    let (module, d_head) = ("layers.{}.self_attn", arch.attention.d_head);
    let halves = [Role::Query, Role::MixGate];
    names.turns(
        &halves,
        &format!("{module}.q_proj"),
        biases.qkv,
        &[d_head; 2],
    );
    let rest = [(Role::Key, "k_proj"), (Role::Value, "v_proj")];
    names.modules(module, biases.qkv, &rest);
    names.module(Role::AttnOut, &format!("{module}.o_proj"), biases.out);
    names.module(Role::QueryNorm(0), &format!("{module}.q_norm"), false);
    names.module(Role::KeyNorm(0), &format!("{module}.k_norm"), false);
    let module = "layers.{}.linear_attn";
    names.fused(CONVOLVED, &format!("{module}.conv1d"), false);
    names.weight(Role::StepBias, format!("{module}.dt_bias"));
    names.weight(Role::DecayLog, format!("{module}.A_log"));
    names.module(Role::StateNorm, &format!("{module}.norm"), false);
    names.module(Role::StateOut, &format!("{module}.out_proj"), false);
    names
}

/// Queries, keys and values in one convolution.
pub(super) const CONVOLVED: &[Role] = &[
    Role::ConvolvedQuery,
    Role::ConvolvedKey,
    Role::ConvolvedValue,
];

/// The names of a delta net's projections, each in a tensor of its own.
pub(super) fn apart(names: &mut Names) {
    let module = "layers.{}.linear_attn";
    let roles = &[Role::StateQuery, Role::StateKey, Role::StateValue];
    names.fused(roles, &format!("{module}.in_proj_qkv"), false);
    let rest = [
        (Role::StateGate, "in_proj_z"),
        (Role::Beta, "in_proj_b"),
        (Role::Step, "in_proj_a"),
    ];
    names.modules(module, false, &rest);
}
