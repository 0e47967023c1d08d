//! A long job's progress on stderr, and Ctrl-C asking it to stop.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use color_eyre::Result;
use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::trace::source::Control;

/// A control whose progress shows as a bar on stderr, where that is a terminal.
///
/// # Errors
/// Where the signals cannot be caught.
pub fn control() -> Result<(Control, ProgressBar)> {
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{prefix} {bar:30} {pos}/{len} {msg}",
    )?);
    let shown = bar.clone();
    let control = Control {
        progress: Some(Arc::new(move |progress| {
            shown.set_length(progress.total as u64);
            shown.set_position(progress.done as u64);
            shown.set_message(progress.layer.to_string());
        })),
        ..Control::default()
    };
    stop_in_order(&control.cancel)?;
    Ok((control, bar))
}

/// The first Ctrl-C or SIGTERM sets `stop`, so that a job can end with no half-written file; the
/// second ends the process at once.
///
/// # Errors
/// Where the signals cannot be caught.
pub fn stop_in_order(stop: &Arc<AtomicBool>) -> Result<()> {
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, stop.clone())?;
        signal_hook::flag::register(signal, stop.clone())?;
    }
    Ok(())
}
