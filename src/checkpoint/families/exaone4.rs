//! EXAONE 4 (LG AI Research 2025): norms after each half, norms of queries and keys, and in larger models windows in
//! three of four blocks, which alone turn.

use super::llama::{self, Biases};
use super::{Model, rope, windows};
use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;
use crate::graph::arch::{Arch, Norms, QkNorm};

pub(super) fn read(family: &str, config: &mut Config) -> Result<Model, CheckpointError> {
    let arch = arch(family, config)?;
    Ok(llama::model(arch, Biases::default()))
}

/// The architecture that later models share.
pub(super) fn arch(family: &str, config: &mut Config) -> Result<Arch, CheckpointError> {
    let mut arch = llama::arch(family, config)?;
    let window = config.optional_size("sliding_window")?;
    // Some files write the pattern as `LLLG`. Their blocks are listed too.
    let every = match config.json("sliding_window_pattern") {
        Some(serde_json::Value::String(pattern)) => pattern.len().max(1),
        _ => config.size_or("sliding_window_pattern", 4)?,
    };
    let slides = |i: usize| window.is_some() && !(i + 1).is_multiple_of(every);
    let sliding = windows::sliding(config, arch.n_layers, slides)?;
    arch.attention.windows = windows::by_layer(config, &sliding, window)?;
    rope::leave(&mut arch, |i| window.is_none() || sliding[i]);
    arch.block.norms = Norms::Output;
    arch.attention.qk_norm = Some(QkNorm::Head);
    Ok(arch)
}
