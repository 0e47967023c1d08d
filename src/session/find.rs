//! Hook points by what people type of their names, and what is near a name that there is not.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use strsim::levenshtein as distance;

use crate::lang::{plain, say_with};
use crate::trace::glob::{self, is_pattern};
use crate::trace::hook::{self, Layer};
use crate::trace::plan::Plan;

/// Names offered for a wrong one.
const OFFERED: usize = 3;

/// Hook points whose name is like `text`, the nearest first; of one block alone where it names one.
pub fn nearest(plan: &Plan, text: &str) -> Vec<usize> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(
        &hook::short(text),
        CaseMatching::Ignore,
        Normalization::Smart,
    );
    let block = hook::in_block(text).map(|(block, _)| block);
    let mut chars = Vec::new();
    let mut scored: Vec<(u32, usize)> = Vec::new();
    for (i, point) in plan.points().iter().enumerate() {
        if block.is_some_and(|n| point.layer() != Layer::Block(n)) {
            continue;
        }
        let name = hook::short(&point.name);
        if let Some(score) = pattern.score(Utf32Str::new(&name, &mut chars), &mut matcher) {
            scored.push((score, i));
        }
    }
    scored.sort_by_key(|&(score, i)| (Reverse(score), i));
    scored.into_iter().map(|(_, i)| i).collect()
}

/// The hook point that `text` means.
///
/// # Errors
/// One line that names those that are near, or the blocks that there are.
pub fn resolve(plan: &Plan, text: &str) -> Result<usize, String> {
    if let Some(found) = plan.find(text) {
        return Ok(found);
    }
    check_block(plan, text)?;
    if is_pattern(text) {
        let leaf = text.rsplit('.').next().unwrap_or(text).replace('*', "");
        let example = nearest(plan, leaf.trim_matches('.')).first().copied();
        let example = example.and_then(|found| plan.points().get(found));
        let pattern = ("pattern", plain(text));
        return Err(match example {
            Some(point) => {
                let name = ("name", hook::short(&point.name).into());
                say_with("error-pattern-such", &[pattern, name])
            }
            None => say_with("error-pattern", &[pattern]),
        });
    }
    let found = nearest(plan, text).first().copied();
    found.ok_or_else(|| {
        let args = [("name", plain(text)), ("near", near(plan, text).into())];
        say_with("error-no-point", &args)
    })
}

/// The message for a pattern that matches no hook point, with what is near it.
pub fn unmatched(plan: &Plan, pattern: &str) -> String {
    if let Err(why) = check_block(plan, pattern) {
        return why;
    }
    let args = [
        ("pattern", plain(pattern)),
        ("near", near(plan, pattern).into()),
    ];
    say_with("error-no-match", &args)
}

/// An error that names the blocks that there are, for a name that begins with another one.
pub(super) fn check_block(plan: &Plan, text: &str) -> Result<(), String> {
    let Some((n, _)) = hook::in_block(text) else {
        return Ok(());
    };
    let layers = plan.points().iter().map(|point| point.layer());
    let blocks: BTreeSet<usize> = layers
        .filter_map(|layer| match layer {
            Layer::Block(i) => Some(i),
            _ => None,
        })
        .collect();
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
        return Err(say_with("error-no-blocks", &[("n", plain(n))]));
    };
    if blocks.contains(&n) {
        return Ok(());
    }
    Err(say_with(
        "error-no-block",
        &[
            ("n", plain(n)),
            ("first", plain(first)),
            ("last", plain(last)),
        ],
    ))
}

/// `; did you mean …?` with the spellings that take the fewest edits, if they are few.
fn near(plan: &Plan, text: &str) -> String {
    let typed = hook::short(text);
    let block = hook::in_block(text).map(|(block, _)| block);
    let mut scored: Vec<(usize, String)> = Vec::new();
    for point in plan.points() {
        if block.is_some_and(|n| point.layer() != Layer::Block(n)) {
            continue;
        }
        let short = hook::short(&point.name);
        if is_pattern(&typed) {
            let (before, leaf) = text.rsplit_once('.').unwrap_or(("*", text));
            let own = hook::leaf(&point.name);
            let pattern = format!("{before}.{own}");
            if glob::Pattern::new(&pattern).is_ok_and(|pattern| pattern.matches(&point.name)) {
                scored.push((distance(leaf, own), pattern));
            }
            continue;
        }
        // Names are offered in one form, whichever of theirs is near.
        let edits = hook::spellings(&point.name);
        let edits = edits
            .iter()
            .map(|form| distance(&typed, &hook::short(form)));
        let own = distance(&typed, hook::leaf(&point.name));
        scored.extend(edits.chain([own]).min().map(|edits| (edits, short)));
    }
    // A pattern is compared by its last name alone.
    let compared = if is_pattern(&typed) {
        hook::leaf(&typed)
    } else {
        &typed
    };
    scored.retain(|(edits, _)| *edits <= 1 + compared.chars().count() / 4);
    scored.sort_by_key(|(edits, _)| *edits);
    let mut names: Vec<String> = Vec::new();
    for (_, name) in scored {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(OFFERED);
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => say_with("error-near-one", &[("name", plain(last))]),
        Some((last, others)) => {
            let args = [("names", others.join(", ").into()), ("last", plain(last))];
            say_with("error-near-many", &args)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake;
    use super::*;

    #[test]
    fn a_wrong_name_gets_the_nearest_right_ones() {
        let plan = fake::passes()[0].plan.clone();
        let why = |name: &str| resolve(&plan, name).unwrap_err();
        for (name, words) in [
            ("1.pattren", "; did you mean blocks.1.attn.pattern?"),
            (
                "blocks.0.hook_resid_past",
                "; did you mean blocks.0.resid_post or blocks.0.resid_pre?",
            ),
            ("logtis", "; did you mean logits?"),
            ("9.pattern", "there is no block 9: blocks are 0 to 1"),
            ("blocks.2.hook_q", "there is no block 2: blocks are 0 to 1"),
        ] {
            assert!(why(name).ends_with(words), "{name}: {}", why(name));
        }
        assert_eq!(why("xyzzy"), "no hook point is like xyzzy");
        assert_eq!(
            why("*.pattern"),
            "*.pattern is a pattern, and one hook point is asked for, such as blocks.0.attn.pattern"
        );
        assert_eq!(
            unmatched(&plan, "*.patern"),
            "no hook point matches *.patern; did you mean *.pattern?"
        );
        assert_eq!(
            unmatched(&plan, "blocks.{0,1}.attn.patern"),
            "no hook point matches blocks.{0,1}.attn.patern; did you mean blocks.{0,1}.attn.pattern?"
        );
        assert!(unmatched(&plan, "7.*").starts_with("there is no block 7"));
    }

    #[test]
    fn a_block_that_is_named_is_kept() {
        let plan = fake::passes()[0].plan.clone();
        let found = resolve(&plan, "1.resid").unwrap();
        assert_eq!(plan.points()[found].name, "blocks.1.hook_resid_pre");
    }
}
