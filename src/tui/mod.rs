//! The screen: a picture of the debugger's state, and keys that move it.
//!
//! | file | what |
//! |---|---|
//! | [`app`] | all state of the screen; nothing else holds any |
//! | [`command`] | the screen's own commands, joined with the debugger's; keys |
//! | `update` | the only code that changes it: commands, keys, the mouse, what the worker reports |
//! | `layout` | where each pane lies, with a map |
//! | `view` | which tensors the main pane shows at a hook point, and what must be asked for |
//! | `draw` | state to frame; pure |
//! | `panes`, `widgets`, `overlays` | one file each, pure functions of state |
//! | [`theme`] | colours, and what stands in for them where there are none |
//! | `run` | the loop: input, worker, signals, frames |
//!
//! Imports `trace` and `session` only.

pub mod app;
pub mod command;
mod draw;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod fake_source;
mod keys;
mod layout;
mod overlays;
mod panes;
pub mod run;
mod terminal;
#[cfg(test)]
mod tests;
pub mod theme;
mod update;
mod view;
mod widgets;

pub use run::{Options, TuiError, run};
