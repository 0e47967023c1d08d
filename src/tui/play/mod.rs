//! Screens of things to play with, one folder each. They share terminal, events, theme and widgets with the
//! debugger's screen, and among them the loop (`screen`), state and keys that each has (`base`), the line that is typed
//! (`line`) and text that lies on top (`text`).

use std::path::PathBuf;

mod base;
mod line;
pub mod matrix;
pub mod perceptron;
pub mod playground;
mod screen;
#[cfg(test)]
pub(super) mod tests;
mod text;

pub(super) use screen::PlayScreen;

use crate::session::history;

/// The file that keeps a screen's command lines, beside that of the debugger.
fn history(name: &str) -> Option<PathBuf> {
    let place = history::place(|name| std::env::var(name).ok())?;
    Some(place.with_file_name(format!("history-{name}")))
}
