//! The lessons: a path from the next token to what was left out, each a page of text beside something live, with a
//! task that is checked.
//!
//! | file | what |
//! |---|---|
//! | [`lessons`] | the lessons as data: what is shown, which facts the text needs, the task, its solution |
//! | [`facts`] | numbers of a text, asked of the model when the lesson opens |
//! | [`task`] | what is to be done, and whether it is |
//! | [`recordings`] | the demo model's passes, where no engine can run it |
//! | [`room`] | a lesson at work without a screen: commands, answers, checks |
//! | [`sheet`] | five numbers, and what softmax, norms and products make of them |
//! | [`what_if`] | a part of the model switched off |
//! | [`progress`] | which lessons are done, kept in a file of the user's |
//! | [`glossary`] | terms, each with its lesson |
//!
//! Sentences are messages of [`lang`](crate::lang): `lesson-NAME-title`, `-text`, `-task` and `-hint`.

pub mod facts;
pub mod glossary;
pub mod lessons;
pub mod progress;
pub mod recordings;
pub mod room;
pub mod sheet;
pub mod task;
#[cfg(test)]
mod tests;
pub mod what_if;

use std::sync::Arc;

use crate::trace::source::Source;

/// Opens the demo model on a prompt; without an engine, a recording of it.
pub type Open = Arc<dyn Fn(&str) -> Result<Box<dyn Source>, String> + Send + Sync>;

/// Where lessons get the model from.
#[derive(Clone)]
pub struct Model {
    pub open: Open,
    /// Whether prompts are recordings, since this program runs no model.
    pub recorded: bool,
    /// Bytes of the two files, and numbers in the first.
    pub files: Files,
}

/// The demo model on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Files {
    pub parameters: u64,
    pub weights_bytes: u64,
    pub tokenizer_bytes: u64,
}
