//! The object of `find`, a name or a value, and where the next one is.

use std::fmt;

use super::breakpoints;
use super::find::unmatched;
use crate::trace::glob::is_pattern;
use crate::trace::hook;
use crate::trace::plan::Plan;
use crate::trace::query::{Direction, Test};

#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// Part of a hook point's name, or a pattern with `*`.
    Name(String),
    Value(Test),
}

impl Wanted {
    /// Read what is typed behind `find`; `None` for a comparison with no number.
    pub fn parse(text: &str) -> Option<Wanted> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| !x.is_nan());
        let test = match text.to_ascii_lowercase().as_str() {
            "nan" => Test::Nan,
            "inf" | "-inf" => Test::Infinite,
            lower => match (lower.chars().next(), lower.get(1..)) {
                (Some('>'), Some(rest)) => Test::Above(number(rest)?),
                (Some('<'), Some(rest)) => Test::Below(number(rest)?),
                (Some('='), Some(rest)) => Test::Near(number(rest)?, half_digit(rest)),
                _ => return Some(Wanted::Name(text.to_owned())),
            },
        };
        Some(Wanted::Value(test))
    }
}

/// Half of the last digit that is typed.
fn half_digit(text: &str) -> f64 {
    let (digits, exponent) = text.trim().split_once('e').unwrap_or((text.trim(), "0"));
    let places = digits.split_once('.').map_or(0, |(_, after)| after.len());
    let exponent: i32 = exponent.parse().unwrap_or(0);
    0.5 * 10f64.powi(exponent.saturating_sub(i32::try_from(places).unwrap_or(i32::MAX)))
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Wanted::Name(text) => f.write_str(text),
            Wanted::Value(test) => test.fmt(f),
        }
    }
}

/// The next hook point behind `at`, round and round, whose name is like `text`.
///
/// # Errors
/// One line, where there is none.
pub fn next_name(
    plan: &Plan,
    text: &str,
    at: usize,
    direction: Direction,
) -> Result<usize, String> {
    let hits: Vec<usize> = if is_pattern(text) {
        breakpoints::matching(text, plan)?
    } else {
        let wanted = text.to_lowercase();
        let names = plan.points().iter().enumerate();
        let like = |name: &str| name.to_lowercase().contains(&wanted);
        names
            .filter(|(_, p)| like(&p.name) || like(&hook::short(&p.name)))
            .map(|(i, _)| i)
            .collect()
    };
    let found = match direction {
        Direction::Forward => hits.iter().find(|&&i| i > at).or(hits.first()),
        Direction::Back => hits.iter().rev().find(|&&i| i < at).or(hits.last()),
    };
    found.copied().ok_or_else(|| unmatched(plan, text))
}
