//! The screen: a picture of the debugger's state, and keys that move it.
//!
//! | file | what |
//! |---|---|
//! | [`app`] | all state of the screen; nothing else holds any |
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
pub mod draw;
#[cfg(test)]
mod fake;
pub mod layout;
pub mod overlays;
pub mod panes;
pub mod theme;
pub mod view;
pub mod widgets;
