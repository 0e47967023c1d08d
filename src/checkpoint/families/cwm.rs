//! Code World Model (Meta FAIR 2025): Llama with windows in three of four blocks.

use super::llama::{self, Biases};
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

/// The stretching of positions if the config does not give one.
const ROPE: &str = r#"{"rope_type": "llama3", "rope_theta": 1000000.0, "factor": 16.0, "high_freq_factor": 4.0,
    "low_freq_factor": 1.0, "original_max_position_embeddings": 8192}"#;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.harmless(&["pretraining_tp"]);
    config.default_object("rope_parameters", ROPE);
    let mut arch = llama::arch(family, config)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| i % 4 != 0)?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    let biases = Biases {
        mlp: config.flag("mlp_bias")?,
        ..Biases::default()
    };
    Ok(llama::model(arch, biases))
}
