//! Labels of tokens along rows and columns.

use std::collections::HashMap;

use super::super::widgets::text;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::source::Pass;

/// Tokens from which on all labels have their places too.
const NUMBERED: usize = 40;

/// Labels along one axis of a point.
pub fn labels(pass: &Pass, point: &HookPoint, axis: Option<usize>) -> Vec<String> {
    match axis.map(|i| point.axes[i]) {
        Some(Axis::Token | Axis::Query) => texts(pass, pass.start),
        Some(Axis::Key) => texts(pass, 0),
        _ => Vec::new(),
    }
}

/// The tokens along one axis of a point, without their places.
pub fn tokens(pass: &Pass, point: &HookPoint, axis: Option<usize>) -> Vec<String> {
    let first = match axis.map(|i| point.axes[i]) {
        Some(Axis::Token | Axis::Query) => pass.start,
        Some(Axis::Key) => 0,
        _ => return Vec::new(),
    };
    let tokens = pass.tokens.iter().skip(first);
    tokens.map(|token| text::token(&token.text)).collect()
}

/// The tokens from `first` on. Those that read alike have their places before them, and so have all where a text
/// does not fit the screen.
fn texts(pass: &Pass, first: usize) -> Vec<String> {
    let texts: Vec<String> = pass.tokens.iter().map(|t| text::token(&t.text)).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for text in &texts {
        *times.entry(text.trim()).or_default() += 1;
    }
    let all = texts.len() > NUMBERED;
    let label = |(i, text): (usize, &String)| match times.get(text.trim()) {
        Some(1) if !all => text.clone(),
        _ => format!("{i} {}", text.trim_start()),
    };
    texts.iter().enumerate().skip(first).map(label).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::trace::plan::Plan;
    use crate::trace::token::Token;

    #[test]
    fn tokens_that_read_alike_are_told_apart_by_their_places() {
        let token = |text: &str| Token {
            id: 0,
            text: text.into(),
        };
        let pass = Pass {
            tokens: ["The", " fox", " and", " the", " fox", "fox", "\n", "\n"]
                .map(token)
                .to_vec(),
            start: 0,
            plan: Arc::new(Plan::new(Vec::new())),
        };
        let due = [
            "The", "1 fox", " and", " the", "4 fox", "5 fox", "6 ↵", "7 ↵",
        ];
        assert_eq!(texts(&pass, 0), due);
        assert_eq!(texts(&pass, 4), due[4..]);
    }
}
