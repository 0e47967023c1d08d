//! A long job's progress on stderr, and Ctrl-C asking it to stop.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use color_eyre::Result;
use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::trace::source::Control;

/// Tells which signal asked a job to stop.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// The exit code of a program that the signal ended; `None` where nobody asked.
    pub fn code(&self) -> Option<ExitCode> {
        let signal = u8::try_from(self.0.load(Ordering::Relaxed)).ok()?;
        (signal > 0).then(|| ExitCode::from(128 + signal))
    }
}

/// A control whose progress shows as a bar on stderr, where that is a terminal.
///
/// # Errors
/// Where the signals cannot be caught.
pub fn control() -> Result<(Control, ProgressBar, Stop)> {
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{prefix} {bar:30} {pos}/{len} {msg}",
    )?);
    let shown = bar.clone();
    let control = Control {
        progress: Some(Arc::new(move |progress| {
            shown.set_length(progress.total as u64);
            shown.set_position(progress.done as u64);
            shown.set_message(progress.at.to_string());
        })),
        ..Control::default()
    };
    let stop = stop_in_order(&control.cancel)?;
    Ok((control, bar, stop))
}

/// The first Ctrl-C or SIGTERM sets `stop`, so that a job can end with no half-written file; the
/// second ends the process at once.
///
/// # Errors
/// Where the signals cannot be caught.
pub fn stop_in_order(stop: &Arc<AtomicBool>) -> Result<Stop> {
    let which = Stop::default();
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, stop.clone())?;
        signal_hook::flag::register(signal, stop.clone())?;
        signal_hook::flag::register_usize(signal, which.0.clone(), signal as usize)?;
    }
    Ok(which)
}
