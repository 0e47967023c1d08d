//! A sweep's question: patterns resolved at the cursor's pass.

use super::ask::Ask;
use super::breakpoints;
use super::command::slice::{AxisSlice, SliceSpec};
use super::command::sweep::Typed;
use super::debugger::{Debugger, Outcome};
use super::export::Format;
use super::find::unmatched;
use crate::lang::{plain, say_with};
use crate::trace::glob::is_pattern;
use crate::trace::hook;
use crate::trace::paths;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::query::Query;
use crate::trace::sweep::{Columns, Receiver, Sweep};
use crate::trace::tensor::Slice;

impl Debugger {
    /// The question of a sweep, or an export of its answer.
    pub(super) fn sweep(&self, typed: &Typed) -> Result<Outcome, String> {
        let plan = self.plan();
        let residual = ["*.resid_pre".to_owned()];
        let patterns = match &typed.over[..] {
            [] => &residual[..],
            some => some,
        };
        let mut at: Vec<usize> = Vec::new();
        for pattern in patterns {
            let found = breakpoints::matching(pattern, plan)?;
            if found.is_empty() {
                return Err(unmatched(plan, pattern));
            }
            at.extend(found);
        }
        at.sort_unstable();
        at.dedup();
        let points: Vec<&HookPoint> = at.iter().map(|i| &plan.points()[*i]).collect();
        let columns = typed.by.unwrap_or_else(|| columns(&points));
        let mut into = Vec::new();
        for (name, slice) in &typed.into {
            into.extend(self.receivers(name, slice)?);
        }
        let query = Query::Sweep(Box::new(Sweep {
            pass: self.at().pass,
            prompts: typed.prompts.clone(),
            swap: typed.swap,
            points: points.iter().map(|point| point.name.clone()).collect(),
            columns,
            into,
            metric: typed.metric.clone(),
            row: typed.row,
            controls: typed.random(),
            seed: typed.seed,
            gradient: typed.gradient,
            at_once: None,
        }));
        Ok(Outcome::Ask(match &typed.to {
            None => Ask::One(query),
            Some(file) => {
                let path = paths::expanded(file);
                Format::of(&path).map_err(|e| e.to_string())?;
                Ask::Export { query, path }
            }
        }))
    }

    /// The receivers that a name or a pattern means.
    fn receivers(&self, name: &str, slice: &SliceSpec) -> Result<Vec<Receiver>, String> {
        let plan = self.plan();
        let found = if is_pattern(name) {
            breakpoints::matching(name, plan)?
        } else {
            vec![self.fuzzy(name)?]
        };
        if found.is_empty() {
            return Err(unmatched(plan, name));
        }
        let receiver = |at: usize| {
            let point = &plan.points()[at];
            Ok(Receiver {
                point: point.name.clone(),
                slice: received(point, slice)?,
            })
        };
        found.into_iter().map(receiver).collect()
    }
}

/// The slice of a receiver. Texts of a sweep differ in length from the pass at the cursor, so tokens are counted from
/// the start alone, and a range without an end ends where the text does.
fn received(point: &HookPoint, slice: &SliceSpec) -> Result<Slice, String> {
    let mut open = point.clone();
    let axes = open.axes.iter().zip(&mut open.shape);
    for (i, (axis, length)) in axes.enumerate() {
        if !matches!(axis, Axis::Token | Axis::Query | Axis::Key) {
            continue;
        }
        let back = |n: Option<i64>| n.is_some_and(|n| n < 0);
        if let Some(part) = slice.0.get(i)
            && match part {
                AxisSlice::At(n) => back(Some(*n)),
                AxisSlice::Span(start, end) => back(*start) || back(*end),
            }
        {
            let name = ("name", plain(hook::short(&point.name)));
            return Err(say_with("error-sweep-from-end", &[name]));
        }
        *length = Receiver::OPEN;
    }
    slice.resolve(&open).map_err(|e| e.to_string())
}

/// Heads where every hook point has them and is no pattern of keys, else positions, else all of it.
fn columns(points: &[&HookPoint]) -> Columns {
    let all = |fits: &dyn Fn(&HookPoint) -> bool| points.iter().all(|point| fits(point));
    let rows = |point: &HookPoint| {
        let row = |axis: &Axis| matches!(axis, Axis::Token | Axis::Query);
        point.axes.iter().any(row)
    };
    if all(&|point| point.head_axis().is_some()) {
        Columns::Head
    } else if all(&rows) {
        Columns::Position
    } else {
        Columns::Whole
    }
}

/// The name of a row: `5.attn.z`.
pub fn row_name(point: &str) -> String {
    hook::brief(point)
}
