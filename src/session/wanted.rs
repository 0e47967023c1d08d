//! What `find` looks for: a name, or a value; and where the next one is.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use super::breakpoints;
use super::command::Direction;
use super::find::unmatched;
use crate::trace::hook;
use crate::trace::number;
use crate::trace::plan::{Axis, HookPoint, Plan};
use crate::trace::source::{Control, Pass, Source, SourceError};
use crate::trace::tensor::{Pick, Slice, Summary};

/// Elements that are read at once.
const AT_ONCE: usize = 1 << 18;

#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// Part of a hook point's name, or a pattern with `*`.
    Name(String),
    Value(Test),
}

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    Nan,
    Infinite,
    Above(f64),
    Below(f64),
    /// This one, give or take half of its last digit.
    Near(f64, f64),
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

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Test::Nan => f.write_str("nan"),
            Test::Infinite => f.write_str("inf"),
            Test::Above(x) => write!(f, ">{x}"),
            Test::Below(x) => write!(f, "<{x}"),
            Test::Near(x, _) => write!(f, "={x}"),
        }
    }
}

impl Test {
    fn holds(self, x: f64) -> bool {
        match self {
            Test::Nan => x.is_nan(),
            Test::Infinite => x.is_infinite(),
            Test::Above(y) => x > y,
            Test::Below(y) => x < y,
            Test::Near(y, half) => x == y || (x - y).abs() <= half,
        }
    }

    /// Whether it may hold for one of the values that this tells of.
    fn may_hold(self, s: &Summary) -> bool {
        // What is smallest and largest is told of finite values.
        let infinite = s.inf > 0;
        match self {
            Test::Nan => s.nan > 0,
            Test::Infinite => infinite,
            Test::Above(y) => infinite || s.max > y,
            Test::Below(y) => infinite || s.min < y,
            Test::Near(y, half) => infinite || (s.min <= y + half && s.max >= y - half),
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
    let hits: Vec<usize> = if text.contains('*') {
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

/// A value that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    #[serde(skip)]
    pub point: usize,
    pub index: Vec<usize>,
    #[serde(serialize_with = "number::serialize")]
    pub value: f64,
}

/// The next value for which the test holds behind an element of a hook point, round and round through the
/// pass; places that attention's mask hides are passed over.
///
/// # Errors
/// What the source has to say, a wish to stop among it; none where nothing is found.
pub fn next_value(
    source: &mut dyn Source,
    pass: usize,
    (at, behind): (usize, Option<&[usize]>),
    test: Test,
    direction: Direction,
    control: &Control,
) -> Result<Option<Found>, SourceError> {
    let found = source.passes()[pass].clone();
    let count = found.plan.len();
    for step in 0..=count {
        let point = match direction {
            Direction::Forward => (at + step) % count,
            Direction::Back => (at + count - step % count) % count,
        };
        control.go_on()?;
        match source.summary(pass, point, control) {
            Ok(summary) if !test.may_hold(&summary) => continue,
            Ok(_) => {}
            Err(SourceError::NotRecorded(_)) => continue,
            Err(error) => return Err(error),
        }
        let behind = behind.filter(|_| step == 0);
        let search = Search {
            pass,
            of: &found,
            point,
            test,
            direction,
        };
        if let Some(found) = search.run(source, behind, control)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A search through the values of one hook point, in their order.
struct Search<'a> {
    pass: usize,
    of: &'a Pass,
    point: usize,
    test: Test,
    direction: Direction,
}

impl Search<'_> {
    fn run(
        &self,
        source: &mut dyn Source,
        behind: Option<&[usize]>,
        control: &Control,
    ) -> Result<Option<Found>, SourceError> {
        let hook = &self.of.plan.points()[self.point];
        let mut parts = parts(&hook.shape);
        if self.direction == Direction::Back {
            parts.reverse();
        }
        for (outer, rows) in parts {
            control.go_on()?;
            let mut picks: Vec<Pick> = outer.iter().map(|&i| Pick::At(i)).collect();
            if hook.shape.len() > 1 {
                picks.push(Pick::Span(rows.clone()));
            }
            let values = source.values(self.pass, self.point, &Slice(picks))?;
            let cols = hook.shape.last().copied().unwrap_or(1).max(1);
            let place = |i: usize| -> Vec<usize> {
                let mut index = outer.clone();
                if hook.shape.len() > 1 {
                    index.push(rows.start + i / cols);
                }
                if !hook.shape.is_empty() {
                    index.push(i % cols);
                }
                index
            };
            let fits = |&i: &usize| {
                let index = place(i);
                let far = match (behind, self.direction) {
                    (None, _) => true,
                    (Some(behind), Direction::Forward) => index.as_slice() > behind,
                    (Some(behind), Direction::Back) => index.as_slice() < behind,
                };
                far && !self.hidden(source, hook, &index)
            };
            let hits = (0..values.data.len()).filter(|&i| self.test.holds(values.data[i]));
            let hit = match self.direction {
                Direction::Forward => hits.into_iter().find(fits),
                Direction::Back => hits.rev().find(fits),
            };
            if let Some(i) = hit {
                return Ok(Some(Found {
                    point: self.point,
                    index: place(i),
                    value: values.data[i],
                }));
            }
        }
        Ok(None)
    }

    fn hidden(&self, source: &dyn Source, hook: &HookPoint, index: &[usize]) -> bool {
        match (&hook.axes[..], index) {
            (&[_, Axis::Query, Axis::Key], &[_, query, key]) => {
                let seen = source.model().visible_keys(self.of, hook, query);
                !seen.contains(&key)
            }
            _ => false,
        }
    }
}

/// A shape cut into parts that are read at once: all axes but the last two fixed, and a range of the rows.
fn parts(shape: &[usize]) -> Vec<(Vec<usize>, Range<usize>)> {
    let Some((&cols, before)) = shape.split_last() else {
        return vec![(Vec::new(), 0..1)];
    };
    let Some((&rows, outer)) = before.split_last() else {
        return vec![(Vec::new(), 0..1)];
    };
    let at_once = (AT_ONCE / cols.max(1)).max(1);
    let mut parts = Vec::new();
    for flat in 0..outer.iter().product() {
        let mut rest = flat;
        let mut index: Vec<usize> = outer
            .iter()
            .rev()
            .map(|&len| {
                let i = rest % len;
                rest /= len;
                i
            })
            .collect();
        index.reverse();
        for start in (0..rows).step_by(at_once) {
            parts.push((index.clone(), start..(start + at_once).min(rows)));
        }
    }
    parts
}
