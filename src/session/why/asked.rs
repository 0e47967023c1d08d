//! The question of the command `why`, where its line leaves indices out.

use crate::session::ask::Ask;
use crate::session::command::slice::SliceSpec;
use crate::session::debugger::{Debugger, Outcome};
use crate::session::inside::parted;
use crate::trace::hook;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::query::Query;
use crate::trace::tensor::{Distribution, Pick};

/// Operands that are listed where no number is given.
const LISTED: usize = 16;

/// The arguments of `why`.
#[derive(Clone, Debug)]
pub struct Asked {
    pub name: Option<String>,
    pub slice: SliceSpec,
    pub count: Option<usize>,
    /// The branch whose difference from here is asked about.
    pub against: Option<String>,
}

impl Debugger {
    /// Why an element is what it is. Indices that are not given are those of the cursor's row, at the logits of the
    /// most probable token, else the first.
    pub(in crate::session) fn why(
        &self,
        asked: &Asked,
        lens: Option<&Distribution>,
    ) -> Result<Outcome, String> {
        if let Some((branch, name)) = asked.name.as_deref().and_then(parted) {
            let count = asked.count.map_or(String::new(), |n| format!("/{n}"));
            return self.inside(branch, &format!("why{count} {name} {}", asked.slice));
        }
        let at = self.at();
        let point = self.asked_point(asked.name.as_deref())?;
        let given = asked.slice.resolve(&point).map_err(|e| e.to_string())?;
        let start = self.passes()[at.pass].start;
        let cell = point.axes.iter().zip(&point.shape).enumerate();
        let cell = cell.map(|(i, (axis, len))| match (given.0.get(i), axis) {
            (Some(Pick::At(index)), _) => Ok(*index),
            (Some(Pick::Span(_)), _) => Err(format!(
                "why asks about one element: a number for each axis, such as {:?}",
                vec![0; point.shape.len()]
            )),
            (None, Axis::Token | Axis::Query) => Ok(at.row.min(len.max(&1) - 1)),
            (None, Axis::Key) => Ok((start + at.row).min(len.max(&1) - 1)),
            (None, Axis::Vocab) => {
                let top = lens.and_then(|lens| lens.top.first());
                Ok(top.map_or(0, |top| top.id as usize))
            }
            (None, _) => Ok(0),
        });
        Ok(Outcome::Ask(Ask::One(Query::Why {
            pass: at.pass,
            cell: cell.collect::<Result<_, _>>()?,
            most: asked.count.unwrap_or(LISTED),
            against: asked.against.clone(),
            point: point.name,
        })))
    }

    /// The hook point that is meant, or the part of one head.
    fn asked_point(&self, name: Option<&str>) -> Result<HookPoint, String> {
        let points = self.plan().points();
        let Some(name) = name else {
            return Ok(points[self.at().point].clone());
        };
        if hook::leaf(name) == "result" {
            let model = self.model();
            let pass = &self.passes()[self.at().pass];
            let mixed = name
                .strip_suffix("result")
                .map(|module| format!("{module}z"));
            let mixed = mixed.and_then(|z| self.plan().find(&z));
            let heads = mixed.map_or(model.n_heads, |z| points[z].shape[1]);
            return Ok(HookPoint {
                name: name.to_owned(),
                axes: vec![Axis::Token, Axis::Head, Axis::DModel],
                shape: vec![pass.rows(), heads, model.d_model],
            });
        }
        Ok(points[self.fuzzy(name)?].clone())
    }
}
