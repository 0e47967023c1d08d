//! A sweep's question: patterns resolved at the cursor's pass.

use super::ask::Ask;
use super::breakpoints;
use super::command::sweep::Typed;
use super::debugger::{Debugger, Outcome};
use super::export::Format;
use super::find::unmatched;
use crate::trace::hook;
use crate::trace::paths;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::query::Query;
use crate::trace::sweep::{Columns, Receiver, Sweep};

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
        let into = typed.into.as_ref().map(|(name, slice)| {
            let point = &plan.points()[self.fuzzy(name)?];
            let slice = slice.resolve(point).map_err(|e| e.to_string())?;
            Ok::<_, String>(Receiver {
                point: point.name.clone(),
                slice,
            })
        });
        let query = Query::Sweep(Box::new(Sweep {
            pass: self.at().pass,
            prompts: typed.prompts.clone(),
            swap: typed.swap,
            points: points.iter().map(|point| point.name.clone()).collect(),
            columns,
            into: into.transpose()?,
            metric: typed.metric.clone(),
            row: typed.row,
            controls: typed.random(),
            seed: typed.seed,
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
