//! Gemma 3n (Gemma Team 2025): several streams that blocks update by turns, a low-rank residual beside attention,
//! embeddings by layer, neurons that are cut off, and keys and values that the last blocks take from earlier ones.

use super::fields::{
    Fields,
    Given::{Always, In},
};
use super::gemma4;
use super::llama::{self, Biases};
use super::names::Names;
use super::{Model, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Norms, QkNorm};
use crate::graph::role::Role;
use crate::graph::streams::Alternating;

const FIELDS: Fields = Fields {
    activation: In("hidden_activation"),
    d_mlp: Always(1),
    ..llama::FIELDS
};

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::without_positions(family, config, &FIELDS)?;
    let n_layers = arch.n_layers;
    let sliding = windows::sliding(config, n_layers, |i| (i + 1) % 5 != 0)?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    let slow = config.positive_or("rope_theta", 1e6)?;
    let fast = config.positive_or("rope_local_base_freq", 1e4)?;
    arch.positions = rope::by_type(config, &arch, &sliding, [slow, fast])?;
    arch.attention.scales = vec![1.0; n_layers];
    arch.attention.qk_norm = Some(QkNorm::Head);
    arch.attention.value_norm = true;
    arch.attention.shared = gemma4::shared(config, &sliding)?;
    widths(config, &mut arch)?;
    cuts(config, &mut arch)?;
    arch.embedding.scale = (arch.d_model as f64).sqrt();
    arch.embedding.by_layer = gemma4::layer_embedding(config)?;
    arch.block.norms = Norms::Sandwich;
    arch.block.low_rank = Some(config.size("laurel_rank")?);
    let count = config.size("altup_num_inputs")?;
    let active = config.index("altup_active_idx")?;
    if active >= count {
        let problem = format!("is {active} of {count} streams");
        return Err(config.error("altup_active_idx", problem));
    }
    arch.block.alternating = Some(Alternating {
        count,
        active,
        scaled: config.flag("altup_correct_scale")?,
    });
    // Coefficients are bounded in training alone.
    config.harmless(&["altup_coef_clip"]);
    arch.unembedding.cap = config.optional_positive("final_logit_softcapping")?;
    let biases = Biases::of_attention(config)?;
    let mut names = llama::names(&arch, biases);
    llama::gated(&mut names, false);
    gemma4::layer_names(&arch, &mut names);
    stream_names(&mut names, count);
    Ok(Model::new(arch, names))
}

/// The MLP's width: one for all blocks, or one for each.
fn widths(config: &mut Config, arch: &mut Arch) -> Result<(), CheckpointError> {
    const FIELD: &str = "intermediate_size";
    if config.json(FIELD).is_some_and(|value| value.is_array()) {
        let widths = config.indices(FIELD)?;
        if widths.len() != arch.n_layers || widths.contains(&0) {
            let problem = format!("has {} entries for {} blocks", widths.len(), arch.n_layers);
            return Err(config.error(FIELD, problem));
        }
        arch.mlp.d_mlp = widths.iter().copied().max().unwrap_or(1);
        if widths.iter().any(|width| *width != arch.mlp.d_mlp) {
            arch.mlp.widths = widths;
        }
    } else {
        arch.mlp.d_mlp = config.size(FIELD)?;
    }
    Ok(())
}

/// The share of each block's neurons that is cut off, as deviations of a normal distribution.
fn cuts(config: &mut Config, arch: &mut Arch) -> Result<(), CheckpointError> {
    const FIELD: &str = "activation_sparsity_pattern";
    let n_layers = arch.n_layers;
    let shares = match config.json(FIELD) {
        Some(value) => {
            let shares: Option<Vec<f64>> = value
                .as_array()
                .map(|all| all.iter().filter_map(serde_json::Value::as_f64).collect());
            shares.unwrap_or_default()
        }
        None => {
            let sparse = if n_layers > 10 { 10 } else { 0 };
            (0..n_layers)
                .map(|i| if i < sparse { 0.95 } else { 0.0 })
                .collect()
        }
    };
    if shares.len() != n_layers || shares.iter().any(|share| !(0.0..1.0).contains(share)) {
        let problem = format!("must be {n_layers} numbers from 0 to below 1");
        return Err(config.error(FIELD, problem));
    }
    if shares.iter().any(|share| *share > 0.0) {
        let deviations = |share: f64| (share > 0.0).then(|| quantile(share));
        arch.mlp.cuts = shares.into_iter().map(deviations).collect();
    }
    Ok(())
}

/// The number that a normal variable lies below with this probability, as near as f32 has it.
fn quantile(probability: f64) -> f64 {
    let below = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if below(middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::from(((low + high) / 2.0) as f32)
}

fn stream_names(names: &mut Names, count: usize) {
    for i in 0..count - 1 {
        names.weight(Role::StreamIn(i), "altup_projections.{i}.weight");
        names.weight(Role::StreamOut(i), "altup_unembed_projections.{i}.weight");
    }
    let own = [
        (Role::ModesNorm, "altup.router_norm"),
        (Role::Modes, "altup.modality_router"),
        (Role::Predict, "altup.prediction_coefs"),
        (Role::Correct, "altup.correction_coefs"),
        (Role::LowRankIn, "laurel.linear_left"),
        (Role::LowRankOut, "laurel.linear_right"),
        (Role::LowRankNorm, "laurel.post_laurel_norm"),
    ];
    names.modules("layers.{}", false, &own);
    names.weight(Role::CorrectedScale, "layers.{}.altup.correct_output_scale");
}
