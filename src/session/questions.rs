//! What commands that print ask for: names and patterns resolved at the cursor's pass.

use super::ask::{About, Ask};
use super::breakpoints;
use super::command::SliceSpec;
use super::debugger::{Debugger, Outcome};
use super::find::unmatched;
use crate::trace::tensor::{Pick, Slice};

/// Elements of each axis that `print` shows a person where the slice does not say: of the last axis, the one
/// before it, and all others.
const SHOWN: [usize; 3] = [12, 16, 4];

impl Debugger {
    /// A question about the hook point that `name` means, without going there; the cursor's for none.
    pub(super) fn ask(&self, name: Option<&str>, what: About) -> Result<Outcome, String> {
        let point = name.map_or(Ok(self.point), |name| self.fuzzy(name))?;
        let pass = self.pass;
        Ok(Outcome::Ask(Ask { pass, point, what }))
    }

    /// The lens at one hook point, or at each that a pattern matches.
    pub(super) fn topk(&self, k: Option<usize>, name: Option<&str>) -> Result<Outcome, String> {
        let (row, temperature) = (self.row, self.temperature);
        let Some(pattern) = name.filter(|name| name.contains('*')) else {
            let next = About::Next {
                row,
                k: k.unwrap_or(10),
                temperature,
            };
            return self.ask(name, next);
        };
        let stream = |point: usize| {
            self.plan().is_residual(point) || self.plan().points()[point].name == "logits"
        };
        let mut points = breakpoints::matching(pattern, self.plan())?;
        points.retain(|&point| stream(point));
        let Some(&point) = points.last() else {
            if breakpoints::matching(pattern, self.plan())?.is_empty() {
                return Err(unmatched(self.plan(), pattern));
            }
            return Err(format!("no value of the residual stream matches {pattern}"));
        };
        let what = About::Lenses {
            points,
            row,
            k: k.unwrap_or(3),
            temperature,
        };
        Ok(Outcome::Ask(Ask {
            pass: self.pass,
            point,
            what,
        }))
    }

    /// The values of one hook point, or of each that a pattern matches; no more than `first` of each.
    pub(super) fn print(
        &self,
        name: Option<&str>,
        slice: &SliceSpec,
        first: Option<usize>,
    ) -> Result<Outcome, String> {
        let Some(pattern) = name.filter(|name| name.contains('*')) else {
            let point = name.map_or(Ok(self.point), |name| self.fuzzy(name))?;
            return Ok(Outcome::Ask(self.values(point, slice, first)?));
        };
        let points = breakpoints::matching(pattern, self.plan())?;
        let asks = points.iter().map(|&point| self.values(point, slice, first));
        let each = asks.collect::<Result<Vec<Ask>, String>>()?;
        let Some(&point) = points.last() else {
            return Err(unmatched(self.plan(), pattern));
        };
        Ok(Outcome::Ask(Ask {
            pass: self.pass,
            point,
            what: About::Each(each),
        }))
    }

    fn values(&self, at: usize, slice: &SliceSpec, first: Option<usize>) -> Result<Ask, String> {
        let point = &self.plan().points()[at];
        let mut slice = slice.resolve(point).map_err(|e| e.to_string())?;
        let mut read = slice.clone();
        let axes = point.shape.len();
        for axis in slice.0.len()..axes {
            let (all, most) = (
                point.shape[axis],
                SHOWN[(axes - 1 - axis).min(SHOWN.len() - 1)],
            );
            slice.0.push(Pick::Span(0..all));
            read.0.push(Pick::Span(0..all.min(most)));
        }
        if let Some(count) = first {
            return Ok(Ask {
                pass: self.pass,
                point: at,
                what: About::First {
                    slice: beginning(&slice, count),
                    count,
                },
            });
        }
        Ok(Ask {
            pass: self.pass,
            point: at,
            what: About::Values { slice, read },
        })
    }
}

/// The part of a slice that holds its first values.
fn beginning(slice: &Slice, count: usize) -> Slice {
    let mut rows = count;
    let mut picks: Vec<Pick> = Vec::new();
    for pick in slice.0.iter().rev() {
        picks.push(match pick {
            Pick::At(i) => Pick::At(*i),
            Pick::Span(span) => {
                let some = span.len().min(rows.max(1));
                rows = rows.div_ceil(span.len().max(1));
                Pick::Span(span.start..span.start + some)
            }
        });
    }
    picks.reverse();
    Slice(picks)
}
