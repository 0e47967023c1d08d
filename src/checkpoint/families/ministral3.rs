//! Ministral 3 (Mistral AI 2025): Mistral whose scores grow with position.

use super::llama::{self, Biases};
use super::{Model, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

/// The stretching of positions if the config does not give one.
const ROPE: &str = r#"{"rope_type": "yarn", "rope_theta": 1000000.0, "factor": 16.0, "beta_fast": 32.0,
    "beta_slow": 1.0, "original_max_position_embeddings": 16384, "mscale_all_dim": 1.0, "mscale": 1.0,
    "llama_4_scaling_beta": 0.1}"#;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    config.default_object("rope_parameters", ROPE);
    let temper = rope::temper(config)?;
    let mut arch = llama::arch(family, config)?;
    arch.attention.tempers = vec![Some(temper); arch.n_layers];
    arch.attention.windows = windows::everywhere(config, arch.n_layers)?;
    Ok(llama::model(arch, Biases::default()))
}
