//! Sliding windows in a config: one window for all blocks, or for those of the sliding type.

use crate::checkpoint::config::Config;
use crate::checkpoint::error::CheckpointError;

/// The types of a block's attention, and whether each slides.
const TYPES: &[(&str, bool)] = &[("full_attention", false), ("sliding_attention", true)];

/// Whether each block slides, from `layer_types`, or from `default` (called with a block's number) if that is
/// absent.
pub(super) fn sliding(
    config: &mut Config,
    n_layers: usize,
    default: impl Fn(usize) -> bool,
) -> Result<Vec<bool>, CheckpointError> {
    let types = config.of_blocks("layer_types", TYPES, n_layers)?;
    Ok(types.unwrap_or_else(|| (0..n_layers).map(default).collect()))
}

/// The window of each block: `window` in blocks that slide.
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

/// One window for all blocks; `None` if `sliding_window` is null.
pub(super) fn everywhere(
    config: &mut Config,
    n_layers: usize,
) -> Result<Vec<Option<usize>>, CheckpointError> {
    let window = config.optional_size("sliding_window")?;
    Ok(vec![window; n_layers])
}
