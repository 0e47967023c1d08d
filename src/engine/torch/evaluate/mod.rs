//! The one primitive of the engine: values of one layer, computed from given values.

use std::collections::HashMap;

use tch::Tensor;

use super::change::changed;
use super::pass::PassContext;
use super::state::State;
use super::value::Value;
use super::weights::Weights;
use super::{EngineError, Result};
use crate::graph::{Graph, NodeId};
use crate::trace::hook;
use crate::trace::intervention::Intervention;
use unheld::Unheld;

mod carried;
mod compute;
mod unheld;

/// The input of an evaluation.
pub struct Given<'a> {
    pub pass: &'a PassContext,
    /// Known values; they are used instead of being computed.
    pub values: HashMap<NodeId, Value>,
    /// The states that earlier passes left, by the node that stands for each; empty in the first pass.
    pub states: &'a HashMap<NodeId, State>,
    /// Changes to computed values, in their order. Known values have them already.
    pub changes: &'a Changes,
}

/// The interventions at each node of a pass.
pub type Changes = HashMap<NodeId, Vec<Intervention>>;

/// The result of an evaluation.
pub struct Evaluated {
    /// A value for each wanted node, in their order.
    pub values: Vec<Value>,
    /// The states that the next pass is given, by the node that stands for each. They are private to this
    /// evaluation until they are committed.
    pub states: Vec<(NodeId, State)>,
}

/// The values of `wanted` in the layer at index `layer`. Only the nodes between given and wanted ones are
/// computed; `weights` brings the weights of those nodes. A value is dropped after its last reader.
///
/// # Errors
/// [`Missing`](crate::graph::Missing) values, and any error of libtorch.
pub fn evaluate<'w>(
    graph: &Graph,
    layer: usize,
    given: &Given,
    wanted: &[NodeId],
    weights: impl FnOnce(&[NodeId]) -> Result<&'w Weights>,
) -> Result<Evaluated> {
    let unheld = Unheld::of(graph, layer, given, wanted);
    let all = [wanted, &unheld.extra[..]].concat();
    let schedule = graph.schedule(layer, |id| given.values.contains_key(&id), &all)?;
    let mut run = Run {
        readers: graph.readers_within(&schedule),
        weights: weights(&schedule)?,
        graph,
        given,
        wanted: &all,
        values: HashMap::new(),
        states: Vec::new(),
        last_states: HashMap::new(),
    };
    for &id in &schedule {
        if unheld.skipped.contains(&id) {
            continue;
        }
        let value = match unheld.by_mix.get(&id) {
            Some(attention) => Value::Whole(run.attention(attention)?.mix()?),
            None => match (unheld.by_read.get(&id), unheld.beside(graph, id)) {
                (Some(states), _) => run.read_by_chunks(id, *states)?,
                (None, Some(attention)) => run.unsunk(id, attention)?,
                (None, None) => run.compute(id)?,
            },
        };
        let value = match given.changes.get(&id) {
            Some(changes) => Value::Whole(changed(graph.node(id), &value.tensor()?, changes)?),
            None => value,
        };
        run.values.insert(id, value);
        run.release(id);
        if let Some(attention) = unheld.by_mix.get(&id) {
            run.release(attention.pattern);
            run.release(attention.scores);
        }
    }
    for attention in unheld.by_mix.values() {
        run.lazily(attention)?;
    }
    run.lazy_recurrences(&unheld.skipped)?;
    let values = wanted.iter().map(|id| run.value(*id).cloned());
    Ok(Evaluated {
        values: values.collect::<Result<_>>()?,
        states: run.states,
    })
}

/// An evaluation in progress.
struct Run<'a> {
    graph: &'a Graph,
    given: &'a Given<'a>,
    wanted: &'a [NodeId],
    weights: &'a Weights,
    values: HashMap<NodeId, Value>,
    states: Vec<(NodeId, State)>,
    /// The state after the last token of each recurrence that is computed a chunk at a time.
    last_states: HashMap<NodeId, Tensor>,
    /// The number of readers that have still to run, for each node.
    readers: Vec<usize>,
}

impl Run<'_> {
    /// A given or computed value.
    fn value(&self, id: NodeId) -> Result<&Value> {
        let value = self.values.get(&id).or_else(|| self.given.values.get(&id));
        value.ok_or_else(|| lacks(self.graph, id))
    }

    /// A given or computed value, whole; an error if it is lazy.
    fn tensor(&self, id: NodeId) -> Result<&Tensor> {
        self.value(id)?.whole()
    }

    /// Drop the inputs that no node after `reader` reads.
    fn release(&mut self, reader: NodeId) {
        for input in &self.graph.node(reader).inputs {
            self.readers[input.0] = self.readers[input.0].saturating_sub(1);
            if self.readers[input.0] == 0 && !self.wanted.contains(input) {
                self.values.remove(input);
            }
        }
    }
}

fn lacks(graph: &Graph, id: NodeId) -> EngineError {
    EngineError::Torch(format!(
        "{} is not there",
        hook::short(&graph.node(id).name)
    ))
}
