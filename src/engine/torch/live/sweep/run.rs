//! The runs of a sweep, one layer after another in step: the clean run, the one that is changed, and many changed
//! copies of it as rows of batches. A copy begins at the layer of its change, so layers before it never run again,
//! and each layer is run once for all copies that memory has room for.

use std::collections::HashMap;

use tch::Tensor;

use super::super::super::evaluate::{Evaluated, Given, evaluate};
use super::super::super::pass::PassContext;
use super::super::super::{EngineError, Result};
use super::super::{Live, Value};
use super::batch::{Batch, expanded, keys};
use super::change::{Changes, Part};
use super::path::Paths;
use crate::graph::reach::Follow;
use crate::graph::{Graph, NodeId};
use crate::trace::hook::Layer;
use crate::trace::plan::Axis;
use crate::trace::source::{Control, Progress, Work};

/// Bytes of all values of a layer that copies have at once. More do not stay in the processor's cache.
const BYTES: usize = 96 << 20;

/// Values by node, those of a batch with a leading axis of copies.
pub(in super::super) type Values = HashMap<NodeId, Tensor>;

/// The changes, their place, and how they are told apart.
pub(super) struct Plan {
    /// The node of each row of the map.
    pub points: Vec<NodeId>,
    /// The parts of each point that are changed, a copy each.
    pub parts: Vec<Vec<Part>>,
    /// The ways to receivers; without them a change goes everywhere.
    pub paths: Option<Paths>,
    /// The row that the answer is read at.
    pub row: i64,
    pub at_once: Option<usize>,
}

impl Plan {
    /// Whether this is the unembedding and nothing is changed in it, so that one row of it is enough.
    fn ends_before(&self, graph: &Graph, position: usize) -> bool {
        let ends = self.paths.iter().flat_map(|paths| &paths.receivers);
        let ends = ends.map(|(id, _)| id);
        let here = |id: &NodeId| graph.position_of(*id) == position;
        position + 1 == graph.layers().count() && !self.points.iter().chain(ends).any(here)
    }
}

/// Logits of the clean run and of the one that is changed, `[1, vocab]`, and of each copy, `[copy, vocab]`.
pub(super) struct Ran {
    pub clean: Option<Tensor>,
    pub base: Tensor,
    pub copies: Vec<(Vec<usize>, Tensor)>,
}

/// The values that one layer is computed with.
pub(super) struct Here<'a> {
    context: &'a PassContext,
    pub position: usize,
    /// The values of the run that is changed, as far as this layer's copies read them.
    pub base: &'a Values,
    /// The number of a layer's index from which on nothing reads a value.
    last_read: &'a HashMap<NodeId, usize>,
    logits: Option<NodeId>,
}

impl Here<'_> {
    pub fn is_read_later(&self, id: &NodeId) -> bool {
        let read = self.last_read.get(id);
        read.is_some_and(|read| *read > self.position)
    }
}

impl Live {
    /// Run both texts, and a copy for each part. `progress` has the layers that are done before this pair, and all.
    pub(super) fn in_step(
        &mut self,
        context: &PassContext,
        [clean, base]: [Option<Values>; 2],
        plan: &Plan,
        changes: &mut Changes,
        progress: [usize; 2],
        control: &Control,
    ) -> Result<Ran> {
        let graph = self.graph.clone();
        let none = || EngineError::Torch("no logits".into());
        let logits = graph.find("logits").ok_or_else(none)?;
        let last = graph.layers().count() - 1;
        let last_read = last_read(&graph);
        let (mut clean, mut base) = (clean, base.ok_or_else(none)?);
        let mut batches: Vec<Batch> = Vec::new();
        let (mut answers, mut found) = (Vec::new(), [None, None]);
        for position in 0..=last {
            control.check(Progress {
                at: Work::Layer(self.layer(position)),
                done: progress[0] + position,
                total: progress[1],
            })?;
            let begins: Vec<usize> = (0..plan.points.len())
                .filter(|row| graph.position_of(plan.points[*row]) == position)
                .collect();
            let narrow = plan.ends_before(&graph, position);
            if narrow {
                clean = clean.map(|v| self.narrowed(v, plan.row, 0)).transpose()?;
                base = self.narrowed(base, plan.row, 0)?;
            }
            // The values that the changed copies read of the run that is changed.
            let here: Vec<NodeId> = begins.iter().map(|row| plan.points[*row]).collect();
            let mut wanted = [&here[..], graph.crossing(position)].concat();
            wanted.extend((position == last).then_some(logits));
            let paths = plan.paths.as_ref();
            for id in &here {
                let roots = match paths {
                    Some(_) => [Vec::new(), vec![*id], Vec::new()],
                    None => [vec![*id], Vec::new(), Vec::new()],
                };
                wanted.extend(self.reads(position, roots, paths, Some(*id)));
            }
            for batch in &batches {
                let roots = [&batch.changed, &batch.along, &batch.inside].map(keys);
                wanted.extend(self.reads(position, roots, paths, None));
            }
            let sources = [&here[..], graph.crossing(position)].concat();
            if let Some(clean) = &mut clean {
                let mut wanted = sources;
                wanted.extend((position == last).then_some(logits));
                self.step(context, position, clean, &wanted)?;
            }
            self.step(context, position, &mut base, &wanted)?;
            let at = Here {
                context,
                position,
                base: &base,
                last_read: &last_read,
                logits: (position == last).then_some(logits),
            };
            let most = self.most(context, position, plan, narrow);
            let mut run: Vec<Batch> = Vec::new();
            for batch in std::mem::take(&mut batches) {
                let changed = if narrow {
                    self.narrowed(batch.changed, plan.row, 1)?
                } else {
                    batch.changed
                };
                for part in (Batch { changed, ..batch }).split(most)? {
                    control.go_on()?;
                    run.push(self.advanced(&at, part, plan, None)?);
                }
            }
            for &row in &begins {
                let first: usize = plan.parts[..row].iter().map(Vec::len).sum();
                let id = plan.points[row];
                let clean = clean.as_ref().map(|clean| &clean[&id]);
                let parts = &plan.parts[row];
                for (i, some) in parts.chunks(most).enumerate() {
                    control.go_on()?;
                    let value = changes.made(row, [Some(&base[&id]), clean], some)?;
                    let start = first + i * most;
                    let mut batch = Batch::of((start..start + some.len()).collect());
                    let values = match plan.paths {
                        Some(_) => &mut batch.along,
                        None => &mut batch.changed,
                    };
                    values.insert(id, value);
                    run.push(self.advanced(&at, batch, plan, Some(id))?);
                }
            }
            if position == last {
                let row_of = |logits: &Tensor| {
                    if narrow {
                        Ok(logits.shallow_clone())
                    } else {
                        logits.f_narrow(-2, plan.row, 1)
                    }
                };
                found =
                    [clean.as_ref(), Some(&base)].map(|run| run.map(|run| row_of(&run[&logits])));
                for batch in run {
                    let own = batch.changed.get(&logits);
                    // A change that reaches no logit leaves them as they are.
                    let own = match own {
                        Some(own) => row_of(own)?.f_flatten(0, -2)?,
                        None => row_of(&base[&logits])?,
                    }; // [copy, vocab], or [1, vocab]
                    answers.push((batch.copies, own));
                }
                break;
            }
            let next = self.most(
                context,
                position + 1,
                plan,
                plan.ends_before(&graph, position + 1),
            );
            batches = Batch::merged(run, &base, next)?;
            let live = |id: &NodeId| last_read.get(id).is_some_and(|read| *read > position);
            base.retain(|id, _| live(id));
            clean
                .iter_mut()
                .for_each(|run| run.retain(|id, _| live(id)));
        }
        let [clean, base] = found;
        Ok(Ran {
            clean: clean.transpose()?,
            base: base.ok_or_else(none)??,
            copies: answers,
        })
    }

    /// Run a text and hand out the value of each of `points`.
    pub(in super::super) fn each_layer(
        &mut self,
        context: &PassContext,
        mut run: Values,
        points: &[NodeId],
        progress: [usize; 2],
        control: &Control,
        mut take: impl FnMut(usize, &Tensor),
    ) -> Result<()> {
        let graph = self.graph.clone();
        let last = points.iter().map(|id| graph.position_of(*id)).max();
        let last_read = last_read(&graph);
        for position in 0..=last.unwrap_or(0) {
            control.check(Progress {
                at: Work::Layer(self.layer(position)),
                done: progress[0] + position,
                total: progress[1],
            })?;
            let here = |row: &usize| graph.position_of(points[*row]) == position;
            let rows: Vec<usize> = (0..points.len()).filter(here).collect();
            let own: Vec<NodeId> = rows.iter().map(|row| points[*row]).collect();
            let wanted = [&own[..], graph.crossing(position)].concat();
            self.step(context, position, &mut run, &wanted)?;
            rows.iter().for_each(|row| take(*row, &run[&points[*row]]));
            run.retain(|id, _| last_read.get(id).is_some_and(|read| *read > position));
        }
        Ok(())
    }

    /// Compute nodes of a layer of one run, beside what is known of it.
    pub(super) fn step(
        &mut self,
        context: &PassContext,
        position: usize,
        known: &mut Values,
        wanted: &[NodeId],
    ) -> Result<()> {
        let mut wanted: Vec<NodeId> = wanted.to_vec();
        wanted.retain(|id| !known.contains_key(id));
        wanted.sort_unstable();
        wanted.dedup();
        let given = known.iter();
        let given = given.map(|(id, value)| (*id, Value::Whole(value.shallow_clone())));
        let values = self.computed(context, position, given.collect(), &wanted)?;
        known.extend(wanted.into_iter().zip(values));
        Ok(())
    }

    /// Values of a layer, computed from given ones alone.
    pub(super) fn computed(
        &mut self,
        context: &PassContext,
        position: usize,
        values: HashMap<NodeId, Value>,
        wanted: &[NodeId],
    ) -> Result<Vec<Tensor>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let layer = self.layer(position);
        let given = Given {
            pass: context,
            values,
            states: &HashMap::new(),
            changes: &HashMap::new(),
        };
        let mut weights = self.weights();
        let Evaluated { values, .. } = evaluate(&self.graph, position, &given, wanted, |nodes| {
            weights.weights(layer, nodes)
        })?;
        if let Layer::Block(i) = layer {
            weights.prefetch((i + 1) % self.info.n_layers);
        }
        values.iter().map(Value::tensor).collect()
    }

    /// The values of the run that is changed that copies read in a layer.
    fn reads(
        &self,
        position: usize,
        [mut changed, along, inside]: [Vec<NodeId>; 3],
        paths: Option<&Paths>,
        begun: Option<NodeId>,
    ) -> Vec<NodeId> {
        let graph = &self.graph;
        let beside = |roots: &[NodeId]| {
            let after = graph.following(position, roots, &Follow::All);
            graph.beside(&after, roots)
        };
        let mut reads = Vec::new();
        if let Some(paths) = paths {
            reads = paths.reads(graph, position, [&along, &inside]);
            for end in paths.ends(graph, position, begun) {
                reads.extend(beside(&changed));
                reads.push(end);
                changed.push(end);
            }
        }
        reads.extend(beside(&changed));
        reads
    }

    /// A batch behind a layer: the changed values that later layers read. `begun` is where its change begins, in this
    /// layer.
    fn advanced(
        &mut self,
        here: &Here,
        mut batch: Batch,
        plan: &Plan,
        begun: Option<NodeId>,
    ) -> Result<Batch> {
        if let Some(paths) = &plan.paths {
            let ends = paths.ends(&self.graph, here.position, begun);
            self.arrived(here, &mut batch, paths, &ends)?;
        }
        let roots = keys(&batch.changed);
        let after = self.graph.following(here.position, &roots, &Follow::All);
        let live = |id: &NodeId| here.is_read_later(id) || here.logits == Some(*id);
        let wanted: Vec<NodeId> = after.iter().copied().filter(live).collect();
        let values = self.behind(here, batch.count(), &batch.changed, &after, &wanted)?;
        batch.changed.retain(|id, _| live(id));
        batch.changed.extend(wanted.into_iter().zip(values));
        Ok(batch)
    }

    /// Nodes that follow from values of copies, beside the values of the run that is changed.
    pub(super) fn behind(
        &mut self,
        here: &Here,
        copies: i64,
        own: &Values,
        after: &[NodeId],
        wanted: &[NodeId],
    ) -> Result<Vec<Tensor>> {
        let mut given: HashMap<NodeId, Value> = HashMap::new();
        for id in self.graph.beside(after, &keys(own)) {
            if let Some(value) = here.base.get(&id) {
                given.insert(id, Value::Whole(expanded(value, copies)?));
            }
        }
        let own = own.iter();
        given.extend(own.map(|(id, value)| (*id, Value::Whole(value.shallow_clone()))));
        self.computed(here.context, here.position, given, wanted)
    }

    /// One row of values that have rows; `batch` is the number of axes before those of the node.
    fn narrowed(&self, values: Values, row: i64, batch: i64) -> Result<Values> {
        let one = |(id, value): (NodeId, Tensor)| {
            let dims = &self.graph.node(id).shape;
            let axis = dims.iter().position(|dim| dim.axis == Axis::Token);
            Ok(match axis {
                Some(axis) => (id, value.f_narrow(batch + axis as i64, row, 1)?),
                None => (id, value),
            })
        };
        values.into_iter().map(one).collect()
    }

    /// The copies that a layer is computed for at once.
    fn most(&self, context: &PassContext, position: usize, plan: &Plan, narrow: bool) -> usize {
        if let Some(most) = plan.at_once {
            return most.max(1);
        }
        let nodes = self.graph.layer_nodes(position);
        let bytes: usize = nodes.map(|(_, node)| context.bytes(node)).sum();
        let rows = if narrow { context.tokens as usize } else { 1 };
        (BYTES / (bytes / rows.max(1)).max(1)).max(1)
    }
}

/// The index of the last layer that reads each value from an earlier one.
fn last_read(graph: &Graph) -> HashMap<NodeId, usize> {
    let mut last = HashMap::new();
    for position in 0..graph.layers().count() {
        last.extend(graph.entering(position).iter().map(|id| (*id, position)));
    }
    last
}
