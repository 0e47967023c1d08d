//! Schedules and dependents: the nodes between given and wanted ones, and the nodes that a changed value
//! reaches.

use super::operation::Operation;
use super::{Graph, NodeId};

/// An error: values that an evaluation needs and that were not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be computed: {} must be given", wanted, missing.join(", "))]
pub struct Missing {
    /// The name of the wanted node.
    pub wanted: String,
    /// Full names of the missing values, in the order of the graph.
    pub missing: Vec<String>,
    /// The nodes of [`Missing::missing`].
    pub ids: Vec<NodeId>,
}

impl Graph {
    /// The nodes of one layer to compute, in order, so that `wanted` are known from those that `given`
    /// accepts.
    ///
    /// # Errors
    /// [`Missing`], if a value that another layer computes, or that is always given, is not given. A state
    /// that is not given is empty.
    pub fn schedule(
        &self,
        layer: usize,
        given: impl Fn(NodeId) -> bool,
        wanted: &[NodeId],
    ) -> Result<Vec<NodeId>, Missing> {
        let range = self.layers[layer].1.clone();
        let mut needed = vec![false; range.end];
        for id in wanted.iter().filter(|id| id.0 < range.end) {
            needed[id.0] = true;
        }
        let (mut schedule, mut missing) = (Vec::new(), Vec::new());
        for i in (0..range.end).rev() {
            let node = &self.nodes[i];
            if !needed[i] || given(NodeId(i)) || node.operation == Operation::Past {
                continue;
            }
            if i < range.start || node.operation.is_input() {
                missing.push(NodeId(i));
                continue;
            }
            schedule.push(NodeId(i));
            node.inputs.iter().for_each(|input| needed[input.0] = true);
        }
        if !missing.is_empty() {
            missing.reverse();
            let names = |ids: &[NodeId]| -> Vec<String> {
                ids.iter().map(|id| self.node(*id).name.clone()).collect()
            };
            return Err(Missing {
                wanted: names(wanted).join(", "),
                missing: names(&missing),
                ids: missing,
            });
        }
        schedule.reverse();
        Ok(schedule)
    }

    /// The nodes whose values depend on any of `changed`, and `changed` themselves, in order.
    pub fn dependents(&self, changed: &[NodeId]) -> Vec<NodeId> {
        let mut reached = vec![false; self.nodes.len()];
        changed.iter().for_each(|id| reached[id.0] = true);
        for i in 0..self.nodes.len() {
            if reached[i] {
                self.readers[i]
                    .iter()
                    .for_each(|reader| reached[reader.0] = true);
            }
        }
        let ids = (0..reached.len()).filter(|i| reached[*i]);
        ids.map(NodeId).collect()
    }

    /// The states of the next pass that are among `changed`. [`Graph::dependents`] of the next pass starts
    /// from them.
    pub fn changed_states(&self, changed: &[NodeId]) -> Vec<NodeId> {
        let nodes = changed.iter().map(|id| self.node(*id));
        let states = nodes.filter(|node| node.operation.leaves_state());
        states
            .filter_map(|node| node.inputs.last().copied())
            .collect()
    }

    /// The number of nodes in `schedule` that read each node, by node index.
    pub fn readers_within(&self, schedule: &[NodeId]) -> Vec<usize> {
        let end = schedule.last().map_or(0, |last| last.0 + 1);
        let mut readers = vec![0; end];
        for id in schedule {
            self.node(*id)
                .inputs
                .iter()
                .for_each(|input| readers[input.0] += 1);
        }
        readers
    }
}
