//! Labels of tokens along rows and columns.

use super::super::widgets::text;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::source::Pass;

/// Tokens from which on labels have their places too.
const NUMBERED: usize = 40;

/// Labels along one axis of a point.
pub fn labels(pass: &Pass, point: &HookPoint, axis: Option<usize>) -> Vec<String> {
    // Where a text does not fit the screen, its tokens' places tell them apart.
    let numbered = pass.tokens.len() > NUMBERED;
    let texts = |first: usize| {
        let tokens = pass.tokens.iter().enumerate().skip(first);
        tokens
            .map(|(i, t)| {
                if numbered {
                    format!("{i} {}", text::token(&t.text).trim_start())
                } else {
                    text::token(&t.text)
                }
            })
            .collect::<Vec<_>>()
    };
    match axis.map(|i| point.axes[i]) {
        Some(Axis::Token | Axis::Query) => texts(pass.start),
        Some(Axis::Key) => texts(0),
        _ => Vec::new(),
    }
}
