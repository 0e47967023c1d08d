//! The debugger itself: what a person can ask for, where they stand, what is done about it.
//!
//! | file | what |
//! |---|---|
//! | `command` | one table of every command: names, arguments, help, keys; the parser |
//! | `complete`, `history` | what may follow on a command line; the lines of before, kept in a file |
//! | `debugger` | cursor, passes, breakpoints: pure state, moved by commands |
//! | `terms` | what commands are given: how far, which one, which token |
//! | `breakpoints` | where `continue` stops |
//! | `moves` | where a step of each depth leads |
//! | `find`, `wanted` | hook points by what is typed of their names; what `find` looks for, and the next of it |
//! | `questions`, `ask` | commands that print: what is asked for, and how much of the answer is printed |
//! | `interventions` | interventions at the cursor's pass, and their effect |
//! | `branches`, `difference` | states side by side; a value in two of them, token beside token |
//! | `views` | questions about the whole model: the lens grid, attribution, heads, the text's score |
//! | `beside` | matrices that are no steps of a pass: weights, kept keys and values |
//! | `reply`, `reply_made`, `reply_text`, `reply_views`, `reply_branches` | what a command has to say, as data and as text |
//! | `dispatch` | the one way in which a source is given work |
//! | `worker` | the thread that owns the source, so that a screen never waits |
//! | `batch` | command lines run one after the other with no screen |
//! | `serve` | a session that another program drives, in lines of JSON |
//! | `saved` | sessions that are kept between runs |
//! | `script` | lines that wait to be run, files of them among these |
//! | [`operands`] | the terms that an element of a matrix product is the sum of |
//! | `details` | what tokens are made of, as text |
//! | `export` | values as files for other programs: tables, arrays, heat maps |
//! | `explain` | each hook point in plain words, with its formula and real shapes |
//! | [`why`] | the derivation of any element, level by level down to tokens |
//! | `stages` | how a value comes from those before it, stage by stage, with the numbers |
//! | `warnings` | reasons to doubt the numbers |
//! | `walk` | a whole pass as text, where there is no terminal |
//! | `format` | numbers, tokens and columns as text, shared by batch and screen |
//!
//! There is no terminal and no libtorch here.

pub(crate) mod ask;
pub mod batch;
pub mod beside;
pub mod branches;
pub(crate) mod breakpoints;
pub mod command;
pub(crate) mod complete;
pub(crate) mod debugger;
pub(crate) mod details;
mod difference;
pub(crate) mod dispatch;
pub mod explain;
pub(crate) mod export;
#[cfg(test)]
mod fake;
pub(crate) mod find;
pub mod format;
pub(crate) mod history;
pub(crate) mod inside;
pub(crate) mod interventions;
pub(crate) mod moves;
pub mod operands;
mod questions;
pub mod reply;
pub(crate) mod reply_branches;
mod reply_made;
pub(crate) mod reply_sweep;
mod reply_text;
pub(crate) mod reply_views;
pub(crate) mod saved;
pub(crate) mod script;
pub(crate) mod serve;
pub mod stages;
pub(crate) mod sweep;
pub(crate) mod terms;
pub(crate) mod views;
pub mod walk;
pub(crate) mod wanted;
pub mod warnings;
pub mod why;
pub(crate) mod worker;
