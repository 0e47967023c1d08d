//! Granite (IBM 2024): Llama with multipliers on the embedding, on what each half adds, on scores and
//! on logits.

use super::Model;
use super::llama::{self, Biases, Defaults};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config, &Defaults::default())?;
    arch.embedding.scale = config.positive_or("embedding_multiplier", 1.0)?;
    arch.block.residual_scale = config.positive_or("residual_multiplier", 1.0)?;
    arch.attention.scales = vec![config.positive_or("attention_multiplier", 1.0)?; arch.n_layers];
    arch.unembedding.scale = 1.0 / config.positive_or("logits_scaling", 1.0)?;
    let biases = Biases::read(config)?;
    Ok(llama::model(arch, biases))
}
