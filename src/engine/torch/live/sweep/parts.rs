//! The parts of values that a sweep changes, and those that receive what comes along paths.

use std::ops::Range;

use tch::Tensor;

use super::super::super::Result;
use super::super::Live;
use super::change::Part;
use super::path::Paths;
use super::slice;
use super::texts::Text;
use crate::graph::NodeId;
use crate::graph::operation::Operation;
use crate::trace::hook;
use crate::trace::intervention::token_axis;
use crate::trace::plan::Axis;
use crate::trace::source::{Control, locate};
use crate::trace::sweep::{Columns, Swap, Sweep};
use crate::trace::tensor::{Pick, Slice};

impl Live {
    /// Whether the parts and the change of a sweep can be made at a node.
    pub(super) fn fits_sweep(&self, asked: &Sweep, id: NodeId) -> Result<()> {
        let node = self.graph.node(id);
        let name = hook::short(&node.name);
        let axes: Vec<Axis> = node.shape.iter().map(|dim| dim.axis).collect();
        if let Operation::Choose { .. } = node.operation
            && (asked.swap != Swap::Patch || asked.controls > 0)
        {
            let why =
                "holds numbers of experts, which can be patched, without random changes (random 0)";
            return Err(slice(format!("{name} {why}")));
        }
        if asked.gradient && matches!(node.operation, Operation::Choose { .. }) {
            let why = format!("{name} holds numbers of experts, which have no gradient");
            return Err(slice(why));
        }
        let rows = token_axis(&axes);
        match asked.columns {
            Columns::Position if rows.is_none() => Err(slice(format!(
                "{name} has no positions: by whole changes all of it"
            ))),
            Columns::Head if head_axis(&axes).is_none() => {
                let why = "is not split into heads: by position or by whole changes other parts";
                Err(slice(format!("{name} {why}")))
            }
            _ if rows.is_none() && matches!(asked.swap, Swap::Mean | Swap::Resample) => {
                Err(slice(format!("{name} has no positions, only one row")))
            }
            _ => Ok(()),
        }
    }

    /// The ends of paths. From every point a path leads into one of them at least.
    pub(super) fn receivers(
        &self,
        asked: &Sweep,
        points: &[NodeId],
    ) -> Result<Vec<(NodeId, Slice)>> {
        let found = asked.into.iter().map(|to| {
            let id = self.node(locate(&self.passes, asked.pass, &to.point)?)?;
            Ok((id, to.slice.clone()))
        });
        let found: Vec<(NodeId, Slice)> = found.collect::<Result<_>>()?;
        let Some(last) = found.iter().map(|(id, _)| *id).max() else {
            return Ok(found);
        };
        if let Some(late) = points.iter().find(|point| **point >= last) {
            let names = [*late, last].map(|id| hook::short(&self.graph.node(id).name));
            let [from, into] = names;
            return Err(slice(format!(
                "no path leads from {from} into {into}: a path goes forward, to a later hook point"
            )));
        }
        Ok(found)
    }

    /// The ways to receivers in a text of so many tokens.
    pub(super) fn paths(
        &self,
        receivers: &[(NodeId, Slice)],
        tokens: usize,
    ) -> Result<Option<Paths>> {
        let part = |(id, slice): &(NodeId, Slice)| {
            let whole = self.whole(*id, tokens);
            let lengths: Vec<usize> = whole.iter().map(|range| range.end).collect();
            let mut slice = slice.clone();
            for (pick, length) in slice.0.iter_mut().zip(&lengths) {
                if let Pick::Span(span) = pick {
                    span.end = span.end.min(*length);
                }
            }
            let ranges = slice.ranges(&self.axes(*id), &lengths)?;
            let random = None;
            Ok((*id, Part { ranges, random }))
        };
        let parts = receivers.iter().map(part).collect::<Result<_>>()?;
        Ok(Paths::new(&self.graph, parts))
    }

    /// The mean of all rows of all clean texts at each point, with a row axis of length 1; none where keys are an
    /// axis, whose number differs from text to text.
    pub(super) fn means(
        &mut self,
        points: &[NodeId],
        texts: &[Text],
        total: usize,
        control: &Control,
    ) -> Result<Vec<Option<Tensor>>> {
        let mut sums: Vec<Option<(Tensor, i64)>> = points.iter().map(|_| None).collect();
        for (i, text) in texts.iter().enumerate() {
            let (context, inputs) = self.begun(&text.clean)?;
            let mut found: Vec<(usize, Tensor)> = Vec::new();
            let progress = [self.graph.layers().count() * i, total];
            self.each_layer(&context, inputs, points, progress, control, |row, value| {
                found.push((row, value.shallow_clone()));
            })?;
            for (row, value) in found {
                let axes: Vec<Axis> = self.axes(points[row]);
                let Some(axis) = token_axis(&axes).filter(|_| !axes.contains(&Axis::Key)) else {
                    continue;
                };
                let sum = value.f_sum_dim_intlist(axis as i64, true, tch::Kind::Double)?;
                let rows = value.size()[axis];
                sums[row] = Some(match sums[row].take() {
                    Some((all, n)) => (all.f_add(&sum)?, n + rows),
                    None => (sum, rows),
                });
            }
        }
        let mean = |sum: Option<(Tensor, i64)>| sum.map(|(all, n)| all.f_div_scalar(n)).transpose();
        Ok(sums.into_iter().map(mean).collect::<Result<_, _>>()?)
    }

    pub(super) fn axes(&self, id: NodeId) -> Vec<Axis> {
        let dims = self.graph.node(id).shape.iter();
        dims.map(|dim| dim.axis).collect()
    }

    /// The range of each axis of a value.
    fn whole(&self, id: NodeId, tokens: usize) -> Vec<Range<usize>> {
        let dims = self.graph.node(id).shape.iter();
        dims.map(|dim| 0..dim.length(tokens, 0)).collect()
    }

    /// The parts of a value, a column each.
    pub(super) fn parts(&self, asked: &Sweep, id: NodeId, tokens: usize) -> Vec<Part> {
        let axes = self.axes(id);
        let whole = self.whole(id, tokens);
        let axis = match asked.columns {
            Columns::Position => token_axis(&axes),
            Columns::Head => head_axis(&axes),
            Columns::Whole => None,
        };
        let part = |ranges| Part {
            ranges,
            random: None,
        };
        let Some(axis) = axis else {
            return vec![part(whole)];
        };
        let at = |i: usize| {
            let mut ranges = whole.clone();
            ranges[axis] = i..i + 1;
            part(ranges)
        };
        whole[axis].clone().map(at).collect()
    }
}

fn head_axis(axes: &[Axis]) -> Option<usize> {
    let head = |axis: &Axis| matches!(axis, Axis::Head | Axis::KvHead);
    axes.iter().position(head)
}
