//! Laguna (Poolside 2026): a number of heads for each block, a gate of softplus on what they mix, and a router of sigmoids
//! whose outputs may be capped.

use super::llama::{self, Biases};
use super::moe::{self, DEEPSEEK, Modules, beside};
use super::{Model, mixtral, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch, Experts, MixGate, QkNorm, Score};
use crate::graph::heads::Heads;
use crate::graph::recurrence::GateBy;
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::without_positions(family, config, &llama::FIELDS)?;
    let n_layers = arch.n_layers;
    let sliding = windows::sliding(config, n_layers, |_| false)?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    let defaults = [(5e5, 0.5), (1e4, 1.0)];
    // Parameters that do not say how much of a head turns mean all of it.
    let given = config.json("rope_parameters");
    let whole = given.is_some_and(|value| !value.is_null());
    let defaults = defaults.map(|(theta, part)| (theta, if whole { 1.0 } else { part }));
    arch.positions = rope::by_type_partly(config, &arch, &sliding, defaults)?;
    arch.attention.heads = heads(config, &arch)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    let by_head = ["true", "\"per-head\""];
    let gating = config.json("gating").map(|value| value.to_string());
    let by_head = gating.is_none_or(|value| by_head.contains(&&value[..]));
    arch.attention.gate = Some(if by_head {
        MixGate::Heads
    } else {
        MixGate::Elements
    });
    arch.attention.gate_by = GateBy::Activation(Activation::Softplus);
    config.only("moe_apply_router_weight_on_input", false.into())?;
    let layers = moe::sparse(config, n_layers)?;
    let experts = mixtral::sizes(config, "num_experts", "moe_intermediate_size", n_layers)?;
    arch.experts = Some(Experts {
        layers: layers.unwrap_or_else(|| (0..n_layers).map(|i| i > 0).collect()),
        cap: config.optional_nonzero("moe_router_logit_softcapping")?,
        score: Score::Sigmoid,
        choice_bias: true,
        scale: config.positive("moe_routed_scaling_factor")?,
        shared: beside(config.size("shared_expert_intermediate_size")?),
        ..experts
    });
    let mut names = llama::names(&arch, Biases::of_attention(config)?);
    names.module(Role::MixGate, "layers.{}.self_attn.g_proj", false);
    let modules = Modules {
        choice: Some("layers.{}.mlp.experts.e_score_correction_bias"),
        shared: "layers.{}.mlp.shared_expert",
        ..DEEPSEEK
    };
    Ok(moe::mixture(arch, names, &modules))
}

/// The heads of each block.
fn heads(config: &mut Config, arch: &Arch) -> Result<Vec<Heads>, CheckpointError> {
    const FIELD: &str = "num_attention_heads_per_layer";
    let a = &arch.attention;
    let counts = config.indices(FIELD)?;
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    if counts.len() != arch.n_layers {
        let problem = format!("has {} entries for {} blocks", counts.len(), arch.n_layers);
        return Err(config.error(FIELD, problem));
    }
    let bad = |n: &&usize| **n == 0 || !n.is_multiple_of(a.n_kv_heads);
    if let Some(count) = counts.iter().find(bad) {
        let problem = format!(
            "has {count}, which is no multiple of num_key_value_heads = {}",
            a.n_kv_heads
        );
        return Err(config.error(FIELD, problem));
    }
    let own = |n_heads| Heads {
        n_heads,
        n_kv_heads: a.n_kv_heads,
        d_head: a.d_head,
        d_value: a.d_head,
    };
    Ok(counts.into_iter().map(own).collect())
}
