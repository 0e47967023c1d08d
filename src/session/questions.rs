//! Questions of commands that print: names and patterns resolved at the cursor's pass.

use super::ask::{Ask, beginning};
use super::beside::Beside;
use super::breakpoints;
use super::command::slice::SliceSpec;
use super::debugger::{Debugger, Outcome};
use super::export::Format;
use super::find::unmatched;
use super::inside::parted;
use super::stages::{Calculations, Place};
use super::terms::Cut;
use crate::lang::{plain, say_with};
use crate::trace::glob::is_pattern;
use crate::trace::hook;
use crate::trace::kept;
use crate::trace::paths;
use crate::trace::plan::HookPoint;
use crate::trace::query::{Query, Sampling};
use crate::trace::tensor::{Pick, Slice};

/// Elements of each axis that `print` shows a person where the slice does not say: of the last axis, the one
/// before it, and all others.
const SHOWN: [usize; 3] = [12, 16, 4];

/// Columns of a row of values in the stages of z.
const STAGED: usize = 8;

/// The arguments of `stages`.
#[derive(Clone, Debug, Default)]
pub struct Staged {
    pub name: Option<String>,
    pub head: usize,
    /// The cursor's for `None`.
    pub row: Option<usize>,
    /// Several only where curves of dimensions are shown.
    pub dims: Vec<usize>,
}

impl Debugger {
    /// The hook point that `name` means, without going there; the cursor's for none.
    pub(super) fn meant(&self, name: Option<&str>) -> Result<String, String> {
        let point = name.map_or(Ok(self.at().point), |name| self.fuzzy(name))?;
        Ok(self.plan().points()[point].name.clone())
    }

    /// The shape, the explanation and the summary of a hook point or a weight.
    pub(super) fn info(&self, name: Option<&str>) -> Result<Outcome, String> {
        match name.map_or(Ok(None), |name| self.beside(name))? {
            Some(Beside::Weight(HookPoint { name, .. })) => {
                return Ok(Outcome::Ask(Ask::One(Query::WeightSummary { name })));
            }
            // Kept values are explained where they are made.
            Some(Beside::Kept { pass, point }) => {
                let plan = &self.passes()[pass].plan;
                let source = kept::source(plan, &point.name).map(|i| &plan.points()[i].name);
                let point = source.cloned().unwrap_or_default();
                return Ok(Outcome::Ask(Ask::One(Query::Summary { pass, point })));
            }
            None => {}
        }
        let (pass, point) = (self.at().pass, self.meant(name)?);
        Ok(Outcome::Ask(Ask::One(Query::Summary { pass, point })))
    }

    /// The `k` most probable tokens at a hook point, at the cursor's row and temperature.
    pub(super) fn lens(&self, point: String, k: usize) -> Query {
        let at = self.at();
        Query::Lens {
            pass: at.pass,
            point,
            row: at.row,
            k,
            temperature: self.temperature(),
        }
    }

    /// The calculation at a hook point, stage by stage; the cursor's for no name.
    pub(super) fn stages(&self, given: &Staged) -> Result<Outcome, String> {
        let at = self.at();
        let name = given.name.as_deref();
        let point = name.map_or(Ok(at.point), |name| self.fuzzy(name))?;
        let pass = &self.passes()[at.pass];
        let hook = &pass.plan.points()[point];
        let calculations = Calculations::new(self.model(), &pass.plan);
        if !calculations.has(hook) {
            let short = hook::short(&hook.name);
            return Err(say_with("error-no-stages", &[("name", plain(short))]));
        }
        let rows = pass.rows();
        if given.row.is_some_and(|row| row >= rows) {
            let last = ("last", plain(rows.saturating_sub(1)));
            return Err(say_with("error-rows", &[last]));
        }
        if given.head >= self.model().n_heads.max(1) {
            let last = ("last", plain(self.model().n_heads.saturating_sub(1)));
            return Err(say_with("error-heads", &[last]));
        }
        let width = hook.shape.last().copied().unwrap_or(0);
        if given.dims.iter().any(|&dim| dim >= width.max(1)) {
            let last = ("last", plain(width.saturating_sub(1)));
            return Err(say_with("error-dims", &[last]));
        }
        Ok(Outcome::Ask(Ask::Stages(Place {
            pass: at.pass,
            point,
            head: given.head,
            row: given.row.unwrap_or(at.row),
            col: given.dims.first().copied().unwrap_or(0),
            dims: match given.dims.len() {
                0 | 1 => Vec::new(),
                _ => given.dims.clone(),
            },
            columns: STAGED,
            sampling: self.sampling(),
        })))
    }

    /// How tokens are drawn, where nothing else is said.
    pub fn sampling(&self) -> Sampling {
        let Cut { top_k, top_p } = self.cut();
        Sampling {
            temperature: self.temperature().get(),
            top_k,
            top_p,
            seed: 0,
        }
    }

    /// The lens at one hook point, or at each that a pattern matches.
    pub(super) fn topk(&self, k: Option<usize>, name: Option<&str>) -> Result<Outcome, String> {
        let Some(pattern) = name.filter(|name| is_pattern(name)) else {
            let query = self.lens(self.meant(name)?, k.unwrap_or(10));
            return Ok(Outcome::Ask(Ask::One(query)));
        };
        let points = self.plan().points();
        let stream =
            |point: usize| self.plan().is_residual(point) || points[point].name == "logits";
        let matching = breakpoints::matching(pattern, self.plan())?;
        if matching.is_empty() {
            return Err(unmatched(self.plan(), pattern));
        }
        let read = matching.into_iter().filter(|&point| stream(point));
        let read: Vec<String> = read.map(|point| points[point].name.clone()).collect();
        if read.is_empty() {
            return Err(say_with("error-no-stream", &[("pattern", plain(pattern))]));
        }
        let at = self.at();
        Ok(Outcome::Ask(Ask::One(Query::Lenses {
            pass: at.pass,
            points: read,
            row: at.row,
            k: k.unwrap_or(3),
            temperature: self.temperature(),
        })))
    }

    /// The values of one hook point or weight, or of each that a pattern matches; no more than `first` of each.
    pub(super) fn print(
        &self,
        name: Option<&str>,
        slice: &SliceSpec,
        first: Option<usize>,
    ) -> Result<Outcome, String> {
        if let Some((branch, name)) = name.and_then(parted) {
            let first = first.map_or(String::new(), |n| format!("/{n}"));
            return self.inside(branch, &format!("print{first} {name} {slice}"));
        }
        let beside = |name| self.print_beside(name, slice, first);
        let Some(pattern) = name.filter(|name| is_pattern(name)) else {
            if let Some(ask) = name.map_or(Ok(None), beside)? {
                return Ok(Outcome::Ask(ask));
            }
            let point = name.map_or(Ok(self.at().point), |name| self.fuzzy(name))?;
            return Ok(Outcome::Ask(self.values(point, slice, first)?));
        };
        let points = breakpoints::matching(pattern, self.plan())?;
        if points.is_empty() {
            let ask = beside(pattern)?;
            return match ask {
                Some(ask) => Ok(Outcome::Ask(ask)),
                None => Err(unmatched(self.plan(), pattern)),
            };
        }
        let asks = points.iter().map(|&point| self.values(point, slice, first));
        Ok(Outcome::Ask(Ask::Each(asks.collect::<Result<_, _>>()?)))
    }

    /// Values into a file, all of them that the slice chooses.
    pub(super) fn export(
        &self,
        path: &str,
        name: Option<&str>,
        slice: &SliceSpec,
    ) -> Result<Outcome, String> {
        let path = paths::expanded(path);
        Format::of(&path).map_err(|e| e.to_string())?;
        let point = &self.plan().points()[name.map_or(Ok(self.at().point), |n| self.fuzzy(n))?];
        let slice = slice.resolve(point).map_err(|e| e.to_string())?;
        let (pass, point) = (self.at().pass, point.name.clone());
        let query = Query::Values { pass, point, slice };
        Ok(Outcome::Ask(Ask::Export { query, path }))
    }

    fn values(&self, at: usize, slice: &SliceSpec, first: Option<usize>) -> Result<Ask, String> {
        let point = &self.plan().points()[at];
        values(point, slice, first, |slice| Query::Values {
            pass: self.at().pass,
            point: point.name.clone(),
            slice,
        })
    }
}

/// The question for a slice of a value with these axes; no more than its `first` elements, or what a person
/// reads at once.
pub(super) fn values(
    point: &HookPoint,
    slice: &SliceSpec,
    first: Option<usize>,
    query: impl Fn(Slice) -> Query,
) -> Result<Ask, String> {
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
    Ok(match first {
        Some(count) => Ask::First {
            query: query(beginning(&slice, count)),
            count,
        },
        None => Ask::Part {
            query: query(read),
            slice,
        },
    })
}
