//! Mistral (Jiang et al. 2023): Llama with a sliding window in every block.

use super::llama::{self, Biases};
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    arch.attention.windows = windows::everywhere(config, arch.n_layers)?;
    Ok(llama::model(arch, Biases::default()))
}
