//! Ling 3 (Ant Group 2026): Kimi delta attention with a decay within a bound in most blocks, latent attention with a gate
//! for each head in the rest, and DeepSeek 3's mixture.

use super::deepseek;
use super::delta;
use super::llama;
use super::moe::{self, DEEPSEEK};
use super::qwen_next::TYPES;
use super::{Model, rope};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Experts, MixGate, RopePairs};
use crate::graph::recurrence::{Mixing, Recurrence};
use crate::graph::role::Role;

const MODULE: &str = "layers.{}.attention";

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    deepseek::predicting(config);
    config.harmless(&["mtp_loss_scaling_factor"]);
    // It is that of delta nets; attention's heads have the lengths of their parts.
    let d_head = config.size("head_dim")?;
    let (mut arch, sharper) = deepseek::turning(family, config, &llama::FIELDS)?;
    rope::pair(&mut arch, RopePairs::Interleaved);
    let mut names = llama::ends(&arch);
    names.also_apart(Role::Embed, "word_embeddings.weight".into());
    deepseek::latent(config, (&mut arch, &mut names), sharper, MODULE)?;
    arch.attention.gate = Some(MixGate::Heads);
    names.remove(Role::AttnOut);
    arch.mixers = mixers(config, arch.n_layers)?;
    arch.recurrence = Some(recurrence(config, &arch, d_head)?);
    let modules = [
        (Role::AttnOut, "dense"),
        (Role::MixGate, "g_proj"),
        (Role::StateQuery, "q_proj"),
        (Role::StateKey, "k_proj"),
        (Role::StateValue, "v_proj"),
        (Role::ConvolvedQuery, "q_conv1d"),
        (Role::ConvolvedKey, "k_conv1d"),
        (Role::ConvolvedValue, "v_conv1d"),
        (Role::Step, "f_proj"),
        (Role::Beta, "b_proj"),
        (Role::StateGate, "g_proj"),
        (Role::StateNorm, "o_norm"),
        (Role::StateOut, "dense"),
    ];
    names.modules(MODULE, false, &modules);
    names.weight(Role::StepBias, format!("{MODULE}.dt_bias"));
    names.weight(Role::DecayLog, format!("{MODULE}.A_log"));
    let layers = moe::sparse(config, arch.n_layers)?;
    let (count, shared) = ("num_local_experts", "n_shared_experts");
    let experts = moe::deepseek(config, &arch, count, shared)?;
    arch.experts = Some(Experts {
        layers: layers.unwrap_or(experts.layers.clone()),
        ..experts
    });
    let modules = moe::Modules {
        choice: Some("layers.{}.mlp.gate.expert_bias"),
        ..DEEPSEEK
    };
    Ok(moe::mixture(arch, names, &modules))
}

/// Latent attention in the last block of each group.
fn mixers(config: &mut Config, n_layers: usize) -> Result<Vec<Mixing>, CheckpointError> {
    let every = config.size("layer_group_size")?;
    let types = config.of_blocks("layer_types", TYPES, n_layers)?;
    let by_place = |i: usize| Mixing::attention_if((i + 1).is_multiple_of(every));
    Ok(types.unwrap_or_else(|| (0..n_layers).map(by_place).collect()))
}

fn recurrence(
    config: &mut Config,
    arch: &Arch,
    d_head: usize,
) -> Result<Recurrence, CheckpointError> {
    const BOUND: &str = "kda_lower_bound";
    // transformers writes these fields too.
    let n_heads = config.size_or("linear_num_heads", arch.attention.n_heads)?;
    let d_head = config.size_or("linear_head_dim", d_head)?;
    let taps = config.size("short_conv_kernel_size")?;
    let taps = config.size_or("linear_conv_kernel_dim", taps)?;
    let bound = config
        .json(BOUND)
        .as_ref()
        .and_then(serde_json::Value::as_f64);
    let bound = bound.filter(|bound| *bound < 0.0 && bound.is_finite());
    let bound = bound.ok_or_else(|| config.error(BOUND, "is no number below 0"))?;
    let bounded = config.flag("kda_safe_gate")?;
    let bound = bounded.then_some(bound);
    Ok(delta::by_rows(arch, (n_heads, d_head, taps), None, bound))
}
