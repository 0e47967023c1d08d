//! The screen: a picture of the debugger's state, and keys that move it.
//!
//! | file | what |
//! |---|---|
//! | `app` | all state of the screen; nothing else holds any |
//! | `command` | the screen's own commands, joined with the debugger's; keys |
//! | `picture` | the screen or a pane as an SVG file |
//! | `update` | the only code that changes it: commands, keys, the mouse, what the worker reports |
//! | `panes` | the table of panes: a file and an entry each |
//! | `layout` | where each pane lies, with a map |
//! | `answers` | what the source has answered, and what must be asked |
//! | `view` | how panes see a hook point: axes, heads, labels, masks |
//! | `draw` | state to frame; pure |
//! | `header`, `footer`, `overlays` | around the panes and over them |
//! | `keymap`, `own_keys` | keys by their names, and what the user's file says of them on each screen |
//! | `glossary` | terms of a screen, explained |
//! | `palette` | the command line of every screen |
//! | `widgets` | one file each; none knows the debugger |
//! | `theme` | colours, and what stands in for them where there are none |
//! | `graphics` | whether the terminal shows pictures, and how |
//! | `pictures` | heat maps as pictures, in the place of their half-blocks |
//! | `run` | the loop: input, worker, signals, frames |
//! | `terminal`, `events` | the terminal, and what comes from it; for every screen |
//! | `learn` | the screen of the lessons, beside one of the others |
//! | `play` | screens of their own: one folder a thing to play with |
//!
//! Imports `trace`, `session`, `play` and `learn` only.

mod answers;
pub(crate) mod app;
pub mod command;
mod draw;
mod events;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod fake_source;
mod footer;
mod glossary;
pub(crate) mod graphics;
mod header;
pub(crate) mod keymap;
mod keys;
mod layout;
pub(crate) mod learn;
mod overlays;
pub(crate) mod own_keys;
mod palette;
mod panes;
mod picture;
mod pictures;
pub(crate) mod play;
pub(crate) mod run;
mod terminal;
#[cfg(test)]
mod tests;
pub(crate) mod theme;
mod update;
mod view;
mod widgets;

/// The words of hints, for whoever translates them.
#[cfg(test)]
pub(crate) fn hints() -> Vec<&'static str> {
    let mut out: Vec<&str> = footer::words().collect();
    for at in ["embed", "1.pattern", "1.mlp.pre", "logits"] {
        for largest in [false, true] {
            let mut app = fake::app(at, 120, 36);
            app.largest = largest;
            let panes = panes::PANES.iter();
            out.extend(panes.flat_map(|pane| (pane.hints)(&app)).map(|hint| hint.1));
        }
    }
    out
}

pub use play::playground::Watched;
pub(crate) use run::{Options, run};
