//! The runs of a sweep, one layer after another in step: the clean run, the one that is changed, and many changed
//! copies of it as rows of batches. A copy begins at the layer of its change, so layers before it never run again,
//! and each layer is run once for all copies that memory has room for.

use std::collections::HashMap;

use tch::Tensor;

use super::super::super::evaluate::{Evaluated, Given, evaluate};
use super::super::super::pass::PassContext;
use super::super::super::{EngineError, Result};
use super::super::{Live, Value};
use super::change::{Changes, Part, put};
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
    /// Where a path ends, and the part of it that takes the path's value.
    pub receiver: Option<(NodeId, Part)>,
    /// The row that the answer is read at.
    pub row: i64,
    pub at_once: Option<usize>,
}

impl Plan {
    /// Whether this is the unembedding and nothing is changed in it, so that one row of it is enough.
    fn ends_before(&self, graph: &Graph, position: usize) -> bool {
        let ends = self.receiver.iter().map(|(id, _)| id);
        let here = |id: &NodeId| graph.position_of(*id) == position;
        position + 1 == graph.layers().count() && !self.points.iter().chain(ends).any(here)
    }
}

/// Some of the changed copies.
struct Batch {
    /// The number of each copy, in the order of the plan's parts.
    copies: Vec<usize>,
    /// The values that differ from those of the run that is changed, as far as later layers read them.
    values: Values,
}

/// Logits of the clean run and of the one that is changed, `[1, vocab]`, and of each copy, `[copy, vocab]`.
pub(super) struct Ran {
    pub clean: Option<Tensor>,
    pub base: Tensor,
    pub copies: Vec<(Vec<usize>, Tensor)>,
}

/// The values that one layer is computed with.
struct Here<'a> {
    context: &'a PassContext,
    position: usize,
    /// The values of the run that is changed, as far as this layer's copies read them.
    base: &'a Values,
    /// The number of a layer's index from which on nothing reads a value.
    last_read: &'a HashMap<NodeId, usize>,
    logits: Option<NodeId>,
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
        let follow = match plan.receiver {
            Some((receiver, _)) => Follow::path_to(&graph, receiver),
            None => Follow::All,
        };
        let (mut clean, mut base) = (clean, base.ok_or_else(none)?);
        // Copies on the way to a receiver, and those that have their change.
        let (mut on_path, mut batches): (Vec<Batch>, Vec<Batch>) = (Vec::new(), Vec::new());
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
            let ends = plan.receiver.as_ref();
            let ends = ends.filter(|(id, _)| graph.position_of(*id) == position);
            let narrow = plan.ends_before(&graph, position);
            if narrow {
                clean = clean.map(|v| self.narrowed(v, plan.row, 0)).transpose()?;
                base = self.narrowed(base, plan.row, 0)?;
            }
            // The values that the changed copies read of the run that is changed.
            let here: Vec<NodeId> = begins.iter().map(|row| plan.points[*row]).collect();
            let mut wanted = graph.crossing(position).to_vec();
            wanted.extend(here.iter().chain(ends.map(|(id, _)| id)));
            wanted.extend((position == last).then_some(logits));
            for (roots, follow) in here
                .iter()
                .map(|id| (vec![*id], &follow))
                .chain(ends.map(|(id, _)| (vec![*id], &Follow::All)))
                .chain(on_path.iter().map(|b| (keys(b), &follow)))
                .chain(batches.iter().map(|b| (keys(b), &Follow::All)))
            {
                let after = graph.following(position, &roots, follow);
                wanted.extend(graph.beside(&after, &roots));
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
            let mut new: Vec<Batch> = Vec::new();
            for &row in &begins {
                let first: usize = plan.parts[..row].iter().map(Vec::len).sum();
                let id = plan.points[row];
                let clean = clean.as_ref().map(|clean| &clean[&id]);
                let parts = &plan.parts[row];
                for (i, some) in parts.chunks(most).enumerate() {
                    let value = changes.made(row, [Some(&base[&id]), clean], some)?;
                    let start = first + i * most;
                    new.push(Batch {
                        copies: (start..start + some.len()).collect(),
                        values: HashMap::from([(id, value)]),
                    });
                }
            }
            if plan.receiver.is_some() {
                on_path.append(&mut new);
                match ends {
                    Some((id, part)) => {
                        for batch in std::mem::take(&mut on_path) {
                            new.push(self.arrived(&at, batch, &follow, (*id, part))?);
                        }
                    }
                    None => {
                        let run = std::mem::take(&mut on_path).into_iter();
                        let run = run.map(|batch| self.advanced(&at, batch, &follow));
                        on_path = run.collect::<Result<_>>()?;
                    }
                }
            }
            let mut run = Vec::new();
            for batch in std::mem::take(&mut batches) {
                let batch = if narrow {
                    Batch {
                        values: self.narrowed(batch.values, plan.row, 1)?,
                        copies: batch.copies,
                    }
                } else {
                    batch
                };
                for part in split(batch, most)? {
                    control.go_on()?;
                    run.push(self.advanced(&at, part, &Follow::All)?);
                }
            }
            for batch in new {
                control.go_on()?;
                run.push(self.advanced(&at, batch, &Follow::All)?);
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
                    let own = batch.values.get(&logits);
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
            batches = merged(run, &base, next)?;
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
        let whole = values
            .iter()
            .map(|value| Ok(value.whole()?.shallow_clone()));
        whole.collect()
    }

    /// A batch behind a layer: the changed values that later layers read.
    fn advanced(&mut self, here: &Here, batch: Batch, follow: &Follow) -> Result<Batch> {
        let roots = keys(&batch);
        let after = self.graph.following(here.position, &roots, follow);
        let live = |id: &NodeId| {
            let read = here.last_read.get(id);
            read.is_some_and(|read| *read > here.position) || here.logits == Some(*id)
        };
        let wanted: Vec<NodeId> = after.iter().copied().filter(live).collect();
        let values = self.behind(here, &batch, &roots, &after, &wanted)?;
        let Batch {
            copies,
            values: mut kept,
        } = batch;
        kept.retain(|id, _| live(id));
        kept.extend(wanted.into_iter().zip(values));
        Ok(Batch {
            copies,
            values: kept,
        })
    }

    /// A batch whose path ends here: the part of the receiver has what came along the path.
    fn arrived(
        &mut self,
        here: &Here,
        batch: Batch,
        follow: &Follow,
        (id, part): (NodeId, &Part),
    ) -> Result<Batch> {
        let roots = keys(&batch);
        let after = self.graph.following(here.position, &roots, follow);
        let copies = batch.copies.len() as i64;
        let base = expanded(&here.base[&id], copies)?;
        let came = match batch.values.get(&id) {
            Some(own) => own.shallow_clone(),
            None if after.binary_search(&id).is_ok() => {
                let values = self.behind(here, &batch, &roots, &after, &[id])?;
                values
                    .into_iter()
                    .next()
                    .unwrap_or_else(|| base.shallow_clone())
            }
            None => base.shallow_clone(),
        };
        Ok(Batch {
            copies: batch.copies,
            values: HashMap::from([(id, put(&base, &came, part)?)]),
        })
    }

    /// Nodes that follow from a batch's values, beside the values of the run that is changed.
    fn behind(
        &mut self,
        here: &Here,
        batch: &Batch,
        roots: &[NodeId],
        after: &[NodeId],
        wanted: &[NodeId],
    ) -> Result<Vec<Tensor>> {
        let copies = batch.copies.len() as i64;
        let mut given: HashMap<NodeId, Value> = HashMap::new();
        for id in self.graph.beside(after, roots) {
            if let Some(value) = here.base.get(&id) {
                given.insert(id, Value::Whole(expanded(value, copies)?));
            }
        }
        let own = batch.values.iter();
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

fn keys(batch: &Batch) -> Vec<NodeId> {
    let mut keys: Vec<NodeId> = batch.values.keys().copied().collect();
    keys.sort_unstable();
    keys
}

/// The index of the last layer that reads each value from an earlier one.
fn last_read(graph: &Graph) -> HashMap<NodeId, usize> {
    let mut last = HashMap::new();
    for position in 0..graph.layers().count() {
        last.extend(graph.entering(position).iter().map(|id| (*id, position)));
    }
    last
}

/// A value for each of some copies, which share its memory. `[…]` → `[copy, …]`
fn expanded(value: &Tensor, copies: i64) -> Result<Tensor> {
    let size = [&[copies][..], &value.size()].concat();
    Ok(value.f_unsqueeze(0)?.f_expand(&size[..], false)?)
}

/// Batches of no more copies than `most`.
fn split(batch: Batch, most: usize) -> Result<Vec<Batch>> {
    if batch.copies.len() <= most {
        return Ok(vec![batch]);
    }
    let mut parts: Vec<Batch> = batch
        .copies
        .chunks(most)
        .map(|copies| Batch {
            copies: copies.to_vec(),
            values: HashMap::new(),
        })
        .collect();
    for (id, value) in &batch.values {
        for (part, own) in parts.iter_mut().zip(value.f_split(most as i64, 0)?) {
            part.values.insert(*id, own);
        }
    }
    Ok(parts)
}

/// Batches put together, as far as they have no more copies than `most`. A value that some lack is the base's there.
fn merged(batches: Vec<Batch>, base: &Values, most: usize) -> Result<Vec<Batch>> {
    let mut groups: Vec<Vec<Batch>> = Vec::new();
    let mut count = most;
    for batch in batches {
        if count + batch.copies.len() > most {
            groups.push(Vec::new());
            count = 0;
        }
        count += batch.copies.len();
        if let Some(group) = groups.last_mut() {
            group.push(batch);
        }
    }
    let one = |mut group: Vec<Batch>| {
        if group.len() < 2 {
            return Ok(group.pop());
        }
        let mut ids: Vec<NodeId> = group.iter().flat_map(keys).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut values = HashMap::new();
        for id in ids {
            let own = |batch: &Batch| match batch.values.get(&id) {
                Some(own) => Ok(own.shallow_clone()),
                None => expanded(&base[&id], batch.copies.len() as i64),
            };
            let all = group.iter().map(own).collect::<Result<Vec<Tensor>>>()?;
            values.insert(id, Tensor::f_cat(&all, 0)?);
        }
        let copies = group.into_iter().flat_map(|batch| batch.copies);
        Ok(Some(Batch {
            copies: copies.collect(),
            values,
        }))
    };
    let merged: Result<Vec<Option<Batch>>> = groups.into_iter().map(one).collect();
    Ok(merged?.into_iter().flatten().collect())
}
