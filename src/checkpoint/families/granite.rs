//! Granite (IBM 2024): Llama with factors on the embedding, on the output of each half, on scores and on
//! logits.

use super::Model;
use super::llama::{self, Biases};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::Arch;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = arch(family, config)?;
    let biases = Biases::read(config)?;
    Ok(llama::model(arch, biases))
}

/// The architecture of all of them.
pub(super) fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.embedding.scale = config.positive("embedding_multiplier")?;
    arch.block.residual_scale = config.positive("residual_multiplier")?;
    arch.attention.scales = vec![config.positive("attention_multiplier")?; arch.n_layers];
    arch.unembedding.scale = 1.0 / config.positive("logits_scaling")?;
    Ok(arch)
}
