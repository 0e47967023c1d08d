//! The debugger itself: what a person can ask for, where they stand, what is done about it.
//!
//! | file | what |
//! |---|---|
//! | [`command`] | one table of every command: names, arguments, help, keys; the parser |
//! | [`debugger`] | cursor, passes, breakpoints: pure state, moved by commands |
//! | [`query`] | questions to a source and their answers |
//! | [`worker`] | the thread that owns the source, so that a screen never waits |
//! | [`explain`] | each hook point in plain words, with its formula and real shapes |
//! | [`walk`] | a whole pass as text, where there is no terminal |
//! | [`mod@format`] | numbers, tokens and columns as text, shared by batch and screen |
//! | [`walk`] | a whole pass as text |
//!
//! There is no terminal and no libtorch here.

pub mod command;
pub mod debugger;
pub mod explain;
pub mod format;
pub mod query;
pub mod walk;
pub mod worker;
