//! Sliding windows in a config: one for all blocks, or for those whose type says so.

use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

/// Whether a block's attention slides or sees all tokens.
const TYPES: &[(&str, bool)] = &[("full_attention", false), ("sliding_attention", true)];

/// Which blocks slide, from `layer_types`, or from `default` (a block's number) where that is absent.
pub(super) fn sliding(
    config: &mut Config,
    n_layers: usize,
    default: impl Fn(usize) -> bool,
) -> Result<Vec<bool>, CheckpointError> {
    match config.choices("layer_types", TYPES)? {
        Some(types) if types.len() == n_layers => Ok(types),
        Some(types) => Err(config.error(
            "layer_types",
            format!("has {} entries for {n_layers} blocks", types.len()),
        )),
        None => Ok((0..n_layers).map(default).collect()),
    }
}

/// The window of each block, `window` in those that slide.
pub(super) fn by_layer(
    config: &Config,
    sliding: &[bool],
    window: Option<usize>,
) -> Result<Vec<Option<usize>>, CheckpointError> {
    if window.is_none() && sliding.contains(&true) {
        return Err(config.error("sliding_window", "says no window, but some blocks slide"));
    }
    let windows = sliding.iter().map(|slides| window.filter(|_| *slides));
    Ok(windows.collect())
}

/// The same window in every block; none where `sliding_window` is null.
pub(super) fn everywhere(
    config: &mut Config,
    n_layers: usize,
) -> Result<Vec<Option<usize>>, CheckpointError> {
    let window = config.optional_size("sliding_window")?;
    Ok(vec![window; n_layers])
}
