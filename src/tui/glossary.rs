//! The terms that a screen shows, explained: lines for a box over it.

use super::widgets::text;
use crate::learn::glossary::{Term, on_screen};

/// Every term, those that a screen shows first, each with its lesson, in lines of at most `width` columns.
pub fn lines(screen: &str, width: u16) -> Vec<String> {
    let (here, others) = on_screen(screen);
    let terms = here.into_iter().chain(others);
    terms.flat_map(|term| entry(term, width)).collect()
}

/// One term.
pub fn entry(term: &Term, width: u16) -> Vec<String> {
    let mut out = text::wrap(&term.heading(), width);
    for words in [term.meaning(), &term.link()] {
        let lines = text::wrap(words, width.saturating_sub(2));
        out.extend(lines.into_iter().map(|line| format!("  {line}")));
    }
    out
}
