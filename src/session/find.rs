//! Hook points by what people type of their names.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::trace::hook;
use crate::trace::plan::Plan;

/// Hook points whose name is like `text`, the nearest first.
pub fn nearest(plan: &Plan, text: &str) -> Vec<usize> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(
        &hook::short(text),
        CaseMatching::Ignore,
        Normalization::Smart,
    );
    let mut chars = Vec::new();
    let mut scored: Vec<(u32, usize)> = Vec::new();
    for (i, point) in plan.points().iter().enumerate() {
        let name = hook::short(&point.name);
        if let Some(score) = pattern.score(Utf32Str::new(&name, &mut chars), &mut matcher) {
            scored.push((score, i));
        }
    }
    scored.sort_by_key(|&(score, i)| (Reverse(score), i));
    scored.into_iter().map(|(_, i)| i).collect()
}
