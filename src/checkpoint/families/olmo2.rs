//! OLMo 2 (OLMo et al. 2024): Llama with norms after each half instead of before it, one norm over all heads'
//! queries, and one over all keys. OLMo 3 (OLMo et al. 2025) has windows in three of four blocks.

use super::llama::{self, Biases};
use super::{Model, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Norms, QkNorm};

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = llama::arch(family, config)?;
    model(config, arch)
}

pub(super) fn read3(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    // The base of blocks that slide, unless their own parameters give another.
    const THETA: f64 = 5e5;
    let mut arch = llama::without_positions(family, config, &llama::FIELDS)?;
    let sliding = windows::sliding(config, arch.n_layers, |i| (i + 1) % 4 != 0)?;
    let full = config.positive_or("rope_theta", THETA)?;
    arch.positions = rope::by_type(config, &arch, &sliding, [full, THETA])?;
    let window = config.optional_size("sliding_window")?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    model(config, arch)
}

fn model(config: &mut Config, mut arch: Arch) -> Result<Model, CheckpointError> {
    arch.block.norms = Norms::Output;
    arch.attention.qk_norm = Some(QkNorm::AllHeads);
    let biases = Biases::of_attention(config)?;
    Ok(llama::model(arch, biases))
}
