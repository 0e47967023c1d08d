//! Gemma 1, 2 and 3 (Gemma Team 2024, 2025): Llama with norm weights stored as their distance from 1,
//! embeddings scaled by √d_model, and heads wider than d_model / heads. Gemma 2 and 3 have norms around each
//! half, and windows in some blocks. Gemma 2 has soft caps. Gemma 3 has norms of queries and keys, and two
//! rotary bases.

use super::fields::{Fields, Given::In};
use super::llama::{self, Biases};
use super::rope::{self, Around, Part};
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Activation, Arch, Norms, Positions, QkNorm, Rotary};

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
    let mut arch = llama::partly_turning(family, config, &FIELDS, Part::Whole)?;
    config.passed_over(&["use_bidirectional_attention"]);
    gemma(&mut arch);
    arch.attention.score_cap = config.optional_positive("attn_logit_softcapping")?;
    arch.unembedding.cap = config.optional_positive("final_logit_softcapping")?;
    let sliding = windows::sliding(config, arch.n_layers, |i| i % 2 == 0)?;
    sandwich(config, arch, &sliding)
}

pub(super) fn read3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    third(family, config, Head::Own)
}

/// The text model inside a model that also takes images.
pub(super) fn read3_nested(_: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    const TEXT: &str = "gemma3_text";
    let tied = config.flag_or("tie_word_embeddings", false)?;
    config.harmless(&["image_token_index", "mm_tokens_per_image", "vision_config"]);
    config.default_object("text_config", "{}");
    let text = config.object("text_config")?;
    let text = config.required("text_config", text)?;
    let mut text = text.of_family(TEXT);
    text.only("model_type", TEXT.into())?;
    let model = third(TEXT, &mut text, Head::Outer { tied })?;
    text.only_or_left_out("is_causal", true.into())?;
    text.finish()?;
    Ok(model)
}

/// The owner of the unembedding.
#[derive(Clone, Copy)]
enum Head {
    /// The text model's own unembedding.
    Own,
    /// The unembedding of the outer model, which has no cap and has its own field for tying.
    Outer { tied: bool },
}

fn third(family: &str, config: &mut Config, head: Head) -> Result<Model, CheckpointError> {
    let mut arch = llama::without_positions(family, config, &FIELDS)?;
    let every = config.size_or("sliding_window_pattern", 6)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| (i + 1) % every != 0)?;
    arch.positions = rotary(config, &arch, &sliding)?;
    config.only("use_bidirectional_attention", false.into())?;
    gemma(&mut arch);
    arch.attention.qk_norm = Some(QkNorm::Head);
    // Attention reads this number and does nothing with it.
    config.passed_over(&["attn_logit_softcapping"]);
    match head {
        Head::Own => {
            arch.unembedding.cap = config.optional_positive("final_logit_softcapping")?;
        }
        Head::Outer { tied } => {
            config.passed_over(&["final_logit_softcapping"]);
            arch.tied_embeddings = tied;
        }
    }
    sandwich(config, arch, &sliding)
}

/// The field names of Gemma 2 and 3.
const FIELDS: Fields = Fields {
    activation: In("hidden_activation"),
    ..llama::FIELDS
};

/// Full attention turns slowly, stretched if the config says so. Sliding attention turns fast.
fn rotary(
    config: &mut Config,
    arch: &Arch,
    sliding: &[bool],
) -> Result<Positions, CheckpointError> {
    let mut around = |field: &str, theta: f64| {
        Ok(Around {
            theta: Some(config.positive_or(field, theta)?),
            part: Part::Whole,
            original_n_ctx: None,
        })
    };
    let slow = around("rope_theta", 1e6)?;
    let fast = around("rope_local_base_freq", 1e4)?;
    let (mut full, mut local) = (None, None);
    if let Some(mut by_type) = config.plain_object("rope_parameters")? {
        full = by_type.plain_object("full_attention")?;
        local = by_type.plain_object("sliding_attention")?;
        by_type.finish()?;
    }
    // The fields under the older name are added.
    if let Some(old) = config.plain_object("rope_scaling")? {
        full = Some(
            full.unwrap_or_else(|| config.nothing("rope_scaling"))
                .with(old),
        );
    }
    let d_head = arch.attention.d_head;
    let read = |object: Option<Config>, around: &Around| {
        let object = object.unwrap_or_else(|| config.nothing("rope_parameters"));
        rope::parameters(object, d_head, arch.n_ctx, around)
    };
    let ropes = vec![read(full, &slow)?, read(local, &fast)?];
    ropes
        .iter()
        .try_for_each(|rope| rope::whole(config, rope))?;
    config.passed_over(&["original_max_position_embeddings"]);
    Ok(Positions::Rotary(Rotary {
        ropes,
        by_layer: sliding.iter().map(|slides| usize::from(*slides)).collect(),
    }))
}

/// The options that all three share.
fn gemma(arch: &mut Arch) {
    arch.norm.weight_offset = 1.0;
    arch.embedding.scale = (arch.d_model as f64).sqrt();
}

/// The options that Gemma 2 and 3 share.
fn sandwich(
    config: &mut Config,
    mut arch: Arch,
    sliding: &[bool],
) -> Result<Model, CheckpointError> {
    let scalar = config.positive("query_pre_attn_scalar")?;
    arch.attention.scales = vec![scalar.powf(-0.5); arch.n_layers];
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, sliding, window)?;
    arch.block.norms = Norms::Sandwich;
    // One says how a cache is stored; the other is an older name that nothing reads.
    config.harmless(&["cache_implementation", "hidden_act"]);
    let biases = Biases::of_attention(config)?;
    Ok(llama::model(arch, biases))
}
