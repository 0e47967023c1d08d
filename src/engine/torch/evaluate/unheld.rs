//! Values of long prompts that are not held: scores, patterns and states.

use std::collections::HashMap;

use tch::Tensor;

use super::super::Result;
use super::super::lazy_scores::LazyScores;
use super::super::long::{AttentionInputs, Stage};
use super::super::positions::tempered;
use super::super::recurrence::LazyStates;
use super::super::value::Value;
use super::{Given, Run};
use crate::graph::operation::{Operation, Scores, ScoresInputs};
use crate::graph::{Graph, Node, NodeId};

/// The nodes of one attention.
pub(super) struct Attention {
    spec: Scores,
    inputs: ScoresInputs,
    v: NodeId,
    pub scores: NodeId,
    pub pattern: NodeId,
    mix: NodeId,
}

/// The attentions and recurrences of a layer that are computed without scores and states.
#[derive(Default)]
pub(super) struct Unheld {
    pub by_mix: HashMap<NodeId, Attention>,
    /// The states of each read that is computed without holding them.
    pub by_read: HashMap<NodeId, NodeId>,
    /// Scores, patterns and states that are not held.
    pub skipped: Vec<NodeId>,
    /// Nodes that must be known besides the wanted ones: the inputs of lazy scores, and z, which their error
    /// is measured against.
    pub extra: Vec<NodeId>,
}

impl Unheld {
    /// The attentions of `layer` whose scores are too long to hold. If scores or pattern are given or changed,
    /// attention is computed from them instead.
    pub fn of(graph: &Graph, layer: usize, given: &Given, wanted: &[NodeId]) -> Unheld {
        let mut unheld = Unheld::default();
        for (mix, node) in graph.layer_nodes(layer) {
            unheld.recurrence(graph, given, (mix, node));
            let Some(attention) = attention_of(graph, mix, node) else {
                continue;
            };
            let rows = [attention.scores, attention.pattern];
            let known = |id| given.values.contains_key(id) || given.changes.contains_key(id);
            if rows.iter().any(known) || !given.pass.is_long(graph.node(attention.scores)) {
                continue;
            }
            let beside = |id: &NodeId| graph.node(*id).operation == Operation::Unsunk;
            let reads = |id: &NodeId| graph.node(*id).inputs.contains(&attention.scores);
            let mut nodes = graph.layer_nodes(layer).map(|(id, _)| id);
            let read_again = nodes.any(|id| beside(&id) && reads(&id));
            if rows.iter().any(|id| wanted.contains(id)) || read_again {
                let Attention { inputs, v, .. } = attention;
                unheld.extra.extend([mix, inputs.q, inputs.k, v]);
                unheld.extra.extend(inputs.gains);
                unheld.extra.extend(inputs.chosen);
            }
            unheld.skipped.extend(rows);
            unheld.by_mix.insert(mix, attention);
        }
        unheld
    }

    /// The attention whose scores, which are not held, a node reads beside its pattern.
    pub fn beside(&self, graph: &Graph, id: NodeId) -> Option<&Attention> {
        let node = graph.node(id);
        let mut all = self.by_mix.values();
        let own = all.find(|attention| node.inputs == [attention.scores]);
        own.filter(|_| node.operation == Operation::Unsunk)
    }

    /// States that are not held, and whoever reads them; and the pattern that they equal.
    fn recurrence(&mut self, graph: &Graph, given: &Given, (id, node): (NodeId, &Node)) {
        let known = |id| given.values.contains_key(&id) || given.changes.contains_key(&id);
        let lazy = |id| !known(id) && given.pass.is_long(graph.node(id));
        match (&node.operation, &node.inputs[..]) {
            (Operation::Recur | Operation::Unrolled(_), _) if lazy(id) => self.skipped.push(id),
            (Operation::Read, &[_, state]) if lazy(state) => {
                self.by_read.insert(id, state);
            }
            _ => {}
        }
    }
}

fn attention_of(graph: &Graph, mix: NodeId, node: &Node) -> Option<Attention> {
    let (Operation::Mix, &[pattern, v]) = (&node.operation, &node.inputs[..]) else {
        return None;
    };
    let &[scores] = &graph.node(pattern).inputs[..] else {
        return None;
    };
    let node = graph.node(scores);
    let Operation::Scores(spec) = node.operation else {
        return None;
    };
    Some(Attention {
        spec,
        inputs: spec.inputs(&node.inputs)?,
        v,
        scores,
        pattern,
        mix,
    })
}

impl Run<'_> {
    pub(super) fn attention(&self, a: &Attention) -> Result<AttentionInputs> {
        let (pass, same) = (self.given.pass, Tensor::shallow_clone);
        let chosen = a.inputs.chosen.map(|chosen| self.tensor(chosen));
        Ok(AttentionInputs {
            q: tempered(self.tensor(a.inputs.q)?, a.spec.temper, pass.past)?,
            k: same(self.tensor(a.inputs.k)?),
            v: same(self.tensor(a.v)?),
            chosen: chosen.transpose()?.map(same),
            spec: a.spec,
            past: pass.past,
            bias: self.bias(&a.spec, &a.inputs)?,
            sinks: self.sinks(self.graph.node(a.pattern))?.map(same),
        })
    }

    /// The share that sinks would leave of scores that are not held.
    pub(super) fn unsunk(&self, id: NodeId, attention: &Attention) -> Result<Value> {
        let role = self.graph.node(id).weights.first().map(|w| w.role);
        let left = self.attention(attention)?.unsunk(self.weights.of(role)?)?;
        Ok(Value::Whole(left))
    }

    /// Insert lazy scores and pattern, if they are wanted.
    pub(super) fn lazily(&mut self, a: &Attention) -> Result<()> {
        for (id, stage) in [(a.scores, Stage::Scores), (a.pattern, Stage::Pattern)] {
            if self.wanted.contains(&id) {
                let (inputs, z) = (self.attention(a)?, self.tensor(a.mix)?.shallow_clone());
                let rows = LazyScores::Attention { inputs, z, stage };
                self.values.insert(id, Value::Lazy(rows));
            }
        }
        Ok(())
    }

    /// Rows that are read from states that are not held.
    pub(super) fn read_by_chunks(&mut self, read: NodeId, states: NodeId) -> Result<Value> {
        let q = self.tensor(self.graph.node(read).inputs[0])?;
        let (z, last) = self.scan_of(states)?.read(q)?;
        self.last_states.insert(states, last);
        Ok(Value::Whole(z))
    }

    /// Insert lazy states and the patterns that they equal, if they are wanted.
    pub(super) fn lazy_recurrences(&mut self, skipped: &[NodeId]) -> Result<()> {
        for id in skipped.iter().filter(|id| self.wanted.contains(id)) {
            let node = self.graph.node(*id);
            let value = match node.operation {
                Operation::Recur => Value::States(LazyStates(self.scan_of(*id)?)),
                Operation::Unrolled(_) => Value::Lazy(LazyScores::Unrolled(self.unrolled(node)?)),
                _ => continue,
            };
            self.values.insert(*id, value);
        }
        Ok(())
    }
}
