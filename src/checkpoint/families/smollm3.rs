//! SmolLM3 (Bakouch et al. 2025): Llama in which positions do not enter every fourth block.

use super::llama::{self, Biases};
use super::{Model, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    let every = config.size("no_rope_layer_interval")?;
    let turns = turning(config, "no_rope_layers", arch.n_layers, every)?;
    rope::leave(&mut arch, |i| turns[i]);
    let used = config.flag("use_sliding_window")?;
    let window = config.optional_size("sliding_window")?;
    let slides = |i: usize| used && window.is_some() && !turns[i];
    let sliding = windows::sliding(config, arch.n_layers, slides)?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    let biases = Biases::read(config)?;
    Ok(llama::model(arch, biases))
}

/// Whether positions enter each block: from a list of 0 and 1, or in all but each `every`-th block.
pub(super) fn turning(
    config: &mut Config,
    field: &str,
    n_layers: usize,
    every: usize,
) -> Result<Vec<bool>, CheckpointError> {
    let listed = config.indices(field)?;
    match listed.len() {
        0 => Ok((0..n_layers).map(|i| (i + 1) % every != 0).collect()),
        n if n == n_layers => Ok(listed.iter().map(|turns| *turns != 0).collect()),
        n => Err(config.error(field, format!("has {n} entries for {n_layers} blocks"))),
    }
}
