//! The next value of a pass for which a test holds.

use std::ops::Range;

use super::plan::{Axis, HookPoint};
use super::query::{Direction, Found, Test};
use super::source::{Control, Pass, Source, SourceError, locate};
use super::source_ext::SourceExt;
use super::tensor::{Pick, Slice, Summary};

/// Elements that are read at once.
const AT_ONCE: usize = 1 << 18;

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
        // The smallest and the largest value are told of finite values.
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

/// The next value for which the test holds behind an element of a hook point, round and round through the
/// pass; places that attention's mask hides are passed over.
///
/// # Errors
/// Errors of the source, a wish to stop among them; none where nothing is found.
pub fn next_value(
    source: &mut dyn Source,
    (pass, point, behind): (usize, &str, Option<&[usize]>),
    test: Test,
    direction: Direction,
    control: &Control,
) -> Result<Option<Found>, SourceError> {
    let at = locate(source.passes(), pass, point)?;
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
                far && !self.hidden(source, hook, &index, values.data[i])
            };
            let hits = (0..values.data.len()).filter(|&i| self.test.holds(values.data[i]));
            let hit = match self.direction {
                Direction::Forward => hits.into_iter().find(fits),
                Direction::Back => hits.rev().find(fits),
            };
            if let Some(i) = hit {
                return Ok(Some(Found {
                    point: hook.name.clone(),
                    index: place(i),
                    value: values.data[i],
                }));
            }
        }
        Ok(None)
    }

    fn hidden(&self, source: &dyn Source, hook: &HookPoint, index: &[usize], value: f64) -> bool {
        let model = source.model();
        match (&hook.axes[..], index) {
            (&[.., Axis::Query, Axis::Key], &[.., query, key]) => {
                let seen = model.visible_keys(self.of, hook, query).contains(&key);
                let seen = seen || model.visible_entries(self.of, hook, query).contains(&key);
                // An indexer hides keys that could be looked at.
                let left = value == f64::NEG_INFINITY && model.chooses_keys(hook);
                left || !seen
            }
            (&[Axis::Query, Axis::Entry], &[query, entry]) => {
                let seen = model.visible_entries(self.of, hook, query);
                entry >= seen.len()
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
