//! The debugger itself, without a terminal.

pub mod walk;
