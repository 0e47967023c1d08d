//! Gemma 1, 2 and 3 (Gemma Team 2024, 2025): Llama with norm weights stored as their distance from 1,
//! embeddings scaled by √d_model and heads wider than d_model / heads; from 2 on norms around each half
//! and windows in some blocks; soft caps in 2; norms of queries and keys and two rotary bases in 3.

use super::fields::Given::Or;
use super::llama::{self, Biases, Defaults};
use super::{Model, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch, Norms, Positions, QkNorm, Rotary};

const D_HEAD: usize = 256;
const QUERY_SCALAR: f64 = 256.0;
const WINDOW: usize = 4096;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config, &defaults("hidden_act"))?;
    // What the first configs call gelu is its tanh approximation.
    if arch.mlp.activation == Activation::Gelu {
        arch.mlp.activation = Activation::GeluTanh;
    }
    config.harmless(&["hidden_activation"]);
    gemma(config, &mut arch)?;
    let biases = Biases::of_attention(config)?;
    Ok(llama::model(arch, biases))
}

pub(super) fn read2(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config, &defaults("hidden_activation"))?;
    gemma(config, &mut arch)?;
    let caps = (Some(50.0), Some(30.0));
    let sliding = windows::sliding(config, arch.n_layers, |i| i % 2 == 0)?;
    sandwich(config, arch, &sliding, caps)
}

pub(super) fn read3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    third(family, config, None)
}

/// The text model inside one that also takes images.
pub(super) fn read3_nested(_: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    const TEXT: &str = "gemma3_text";
    let tied = config.flag("tie_word_embeddings", true)?;
    config.harmless(&[
        "boi_token_index",
        "eoi_token_index",
        "image_token_index",
        "mm_tokens_per_image",
        "vision_config",
    ]);
    let text = config.model("text_config")?;
    let mut text = config.required("text_config", text)?;
    text.only("model_type", TEXT.into())?;
    let model = third(TEXT, &mut text, Some(tied))?;
    text.finish()?;
    Ok(model)
}

/// `tied`: what the config around this one says.
fn third(family: &str, config: &mut Config, tied: Option<bool>) -> Result<Model, CheckpointError> {
    // Published configs leave out what the smallest model has.
    let mut defaults = defaults("hidden_activation");
    defaults.fields.default_n_heads = Some(8);
    defaults.n_kv_heads = Some(4);
    defaults.fields.d_vocab = Or("vocab_size", 262_208);
    defaults.fields.n_ctx = Or("max_position_embeddings", 131_072);
    let mut arch = llama::without_positions(family, config, &defaults)?;
    let every = config.size_or("sliding_window_pattern", 6)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| (i + 1) % every != 0)?;
    arch.positions = rotary(config, &arch, &sliding)?;
    arch.tied_embeddings = tied.unwrap_or(arch.tied_embeddings);
    gemma(config, &mut arch)?;
    arch.attention.qk_norm = Some(QkNorm::Head);
    sandwich(config, arch, &sliding, (None, None))
}

fn defaults(activation_field: &'static str) -> Defaults {
    let mut defaults = Defaults::default();
    defaults.fields.activation = Or(activation_field, Activation::GeluTanh);
    defaults.fields.tied = true;
    defaults.d_head = Some(D_HEAD);
    defaults
}

/// Full attention turns slowly, and stretched where the config says so; sliding attention fast.
fn rotary(
    config: &mut Config,
    arch: &Arch,
    sliding: &[bool],
) -> Result<Positions, CheckpointError> {
    let mut by_theta = |field: &str, theta: f64| {
        let theta = config.positive_or(field, theta)?;
        Ok(rope::Defaults {
            theta,
            ..rope::Defaults::default()
        })
    };
    let slow = by_theta("rope_theta", 1e6)?;
    let fast = by_theta("rope_local_base_freq", 1e4)?;
    let (full, local) = match config.object("rope_parameters")? {
        Some(mut by_type) => {
            let full = by_type.object("full_attention")?;
            let local = by_type.object("sliding_attention")?;
            by_type.finish()?;
            (full, local)
        }
        None => (config.object("rope_scaling")?, None),
    };
    let d_head = arch.attention.d_head;
    let read = |object: Option<Config>, defaults: &rope::Defaults| match object {
        Some(object) => rope::parameters(object, d_head, arch.n_ctx, defaults),
        None => rope::plain(config, d_head, defaults),
    };
    Ok(Positions::Rotary(Rotary {
        ropes: vec![read(full, &slow)?, read(local, &fast)?],
        by_layer: sliding.iter().map(|slides| usize::from(*slides)).collect(),
    }))
}

/// What all three share.
fn gemma(config: &mut Config, arch: &mut Arch) -> Result<(), CheckpointError> {
    config.only("use_bidirectional_attention", false.into())?;
    arch.norm.weight_offset = 1.0;
    arch.embedding.scale = (arch.d_model as f64).sqrt();
    Ok(())
}

/// What 2 and 3 share.
fn sandwich(
    config: &mut Config,
    mut arch: Arch,
    sliding: &[bool],
    (score_cap, logit_cap): (Option<f64>, Option<f64>),
) -> Result<Model, CheckpointError> {
    let cap = |config: &mut Config, field: &str, default| {
        if config.has(field) {
            config.optional_positive(field)
        } else {
            Ok(default)
        }
    };
    arch.attention.score_cap = cap(config, "attn_logit_softcapping", score_cap)?;
    arch.unembedding.cap = cap(config, "final_logit_softcapping", logit_cap)?;
    let scalar = config.positive_or("query_pre_attn_scalar", QUERY_SCALAR)?;
    arch.attention.scales = vec![scalar.powf(-0.5); arch.n_layers];
    arch.attention.windows = windows::by_layer(config, sliding, Some(WINDOW))?;
    arch.block.norms = Norms::Sandwich;
    // How a cache is stored, and an older name that nothing reads.
    config.harmless(&["cache_implementation", "hidden_act"]);
    let biases = Biases::of_attention(config)?;
    Ok(llama::model(arch, biases))
}
