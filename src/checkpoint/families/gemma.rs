//! Gemma 1, 2 and 3 (Gemma Team 2024, 2025): Llama with norm weights stored as their distance from 1,
//! embeddings scaled by √d_model, and heads wider than d_model / heads. Gemma 2 and 3 have norms around each
//! half, and windows in some blocks. Gemma 2 has soft caps. Gemma 3 has norms of queries and keys, and two
//! rotary bases.

use super::fields::{Fields, Given::In};
use super::llama::{self, Biases};
use super::names::Names;
use super::rope::{self, Part};
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch, Norms, QkNorm};
use crate::graph::role::Role;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    // The first configs say gelu and mean its tanh approximation.
    if config.json("hidden_act") == Some("gelu".into()) {
        arch.mlp.activation = Activation::GeluTanh;
    }
    config.harmless(&["hidden_activation"]);
    // Masks decide which way tokens look; they do not read this field.
    config.passed_over(&["use_bidirectional_attention"]);
    gemma(&mut arch);
    let biases = Biases::of_attention(config)?;
    Ok(llama::model(arch, biases))
}

pub(super) fn read2(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = second(family, config)?;
    sandwich(config, arch)
}

/// The options of Gemma 2 apart from the places of norms.
fn second(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let mut arch = llama::partly_turning(family, config, &FIELDS, Part::Whole)?;
    config.passed_over(&["use_bidirectional_attention"]);
    gemma(&mut arch);
    arch.attention.score_cap = config.optional_positive("attn_logit_softcapping")?;
    arch.unembedding.cap = config.optional_positive("final_logit_softcapping")?;
    let sliding = windows::sliding(config, arch.n_layers, |i| i % 2 == 0)?;
    attention(config, &mut arch, &sliding)?;
    Ok(arch)
}

pub(super) fn read3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::without_positions(family, config, &FIELDS)?;
    let every = config.size_or("sliding_window_pattern", 6)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| (i + 1) % every != 0)?;
    // Full attention turns slowly, sliding attention fast.
    let slow = config.positive_or("rope_theta", 1e6)?;
    let fast = config.positive_or("rope_local_base_freq", 1e4)?;
    arch.positions = rope::by_type(config, &arch, &sliding, [slow, fast])?;
    config.only("use_bidirectional_attention", false.into())?;
    gemma(&mut arch);
    arch.attention.qk_norm = Some(QkNorm::Head);
    // Attention reads this number and does nothing with it.
    config.passed_over(&["attn_logit_softcapping"]);
    arch.unembedding.cap = config.optional_positive("final_logit_softcapping")?;
    attention(config, &mut arch, &sliding)?;
    sandwich(config, arch)
}

/// VaultGemma (Sinha et al. 2025): Gemma 2 without norms after each half.
pub(super) fn read_vault(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = second(family, config)?;
    let Biases { qkv, out, .. } = Biases::of_attention(config)?;
    let mut names = Names::new(&arch, "embed_tokens", "lm_head");
    names.module(Role::LnFinal, "norm", false);
    names.module(Role::Ln1, "layers.{}.input_layernorm", false);
    names.module(Role::Ln2, "layers.{}.pre_feedforward_layernorm", false);
    llama::attention(&mut names, qkv, out);
    llama::gated(&mut names, false);
    Ok(Model::new(arch, names))
}

/// The field names of Gemma 2 and 3.
const FIELDS: Fields = Fields {
    activation: In("hidden_activation"),
    ..llama::FIELDS
};

/// The options that all three share.
fn gemma(arch: &mut Arch) {
    arch.norm.weight_offset = 1.0;
    arch.embedding.scale = (arch.d_model as f64).sqrt();
}

/// Scores and windows of Gemma 2 and 3.
fn attention(
    config: &mut Config,
    arch: &mut Arch,
    sliding: &[bool],
) -> Result<(), CheckpointError> {
    let scalar = config.positive("query_pre_attn_scalar")?;
    arch.attention.scales = vec![scalar.powf(-0.5); arch.n_layers];
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, sliding, window)?;
    // One says how a cache is stored; the other is an older name that nothing reads.
    config.harmless(&["cache_implementation", "hidden_act"]);
    Ok(())
}

/// A model with norms around each half.
fn sandwich(config: &mut Config, mut arch: Arch) -> Result<Model, CheckpointError> {
    arch.block.norms = Norms::Sandwich;
    let biases = Biases::of_attention(config)?;
    Ok(llama::model(arch, biases))
}
