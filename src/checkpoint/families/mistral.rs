//! Mistral (Jiang et al. 2023): Llama with a sliding window in every block, or in those that the config
//! lists.

use super::llama::{self, Biases};
use super::{Model, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    let window = config.optional_size("sliding_window")?;
    let sliding = windows::sliding(config, arch.n_layers, |_| window.is_some())?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    Ok(llama::model(arch, Biases::default()))
}
