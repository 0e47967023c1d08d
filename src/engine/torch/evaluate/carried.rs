//! States: those that earlier passes left, those that the next pass is given, and the recurrences between.

use tch::Tensor;

use super::super::recurrence::unrolled::Unrolled;
use super::super::recurrence::{Scan, convolution};
use super::super::state::State;
use super::super::value::Value;
use super::super::{EngineError, Result};
use super::{Run, lacks};
use crate::graph::operation::Operation;
use crate::graph::{Node, NodeId};
use crate::trace::hook;

impl Run<'_> {
    /// The state that the next pass is given.
    pub(super) fn leave(&mut self, node: &Node) -> Result<Value> {
        let (Some(&x), Some(&past)) = (node.inputs.first(), node.inputs.last()) else {
            return self.append(node);
        };
        let whole = match node.operation {
            Operation::LastRows { rows } => {
                convolution::last_rows(self.tensor(x)?, self.past(node)?.as_ref(), rows)?
            }
            Operation::Carry => self.last_state(x)?,
            _ => return self.append(node),
        };
        let state = State::fixed(whole.shallow_clone());
        self.states.push((past, state));
        Ok(Value::Whole(whole))
    }

    /// Keys or values appended to those of earlier passes.
    fn append(&mut self, node: &Node) -> Result<Value> {
        let &[x, past] = &node.inputs[..] else {
            return Err(EngineError::Torch(format!(
                "{} has no state",
                hook::short(&node.name)
            )));
        };
        let (all, state) = State::append(self.given.states.get(&past), self.tensor(x)?)?;
        self.states.push((past, state));
        Ok(Value::Whole(all))
    }

    /// The state before the pass that a node reads last; `None` in the first pass.
    pub(super) fn past(&self, node: &Node) -> Result<Option<Tensor>> {
        self.past_at(node, node.inputs.len().saturating_sub(1))
    }

    /// The state before the pass that is a node's input at `index`; `None` in the first pass.
    pub(super) fn past_at(&self, node: &Node, index: usize) -> Result<Option<Tensor>> {
        let past = node
            .inputs
            .get(index)
            .and_then(|id| self.given.states.get(id));
        past.map(State::all).transpose()
    }

    /// The state after the last token. `[head, d_state, d_head]`
    fn last_state(&self, states: NodeId) -> Result<Tensor> {
        if let Some(last) = self.last_states.get(&states) {
            return Ok(last.shallow_clone());
        }
        let held = self
            .values
            .get(&states)
            .or_else(|| self.given.values.get(&states));
        if let Some(held) = held {
            let held = held.whole()?; // [token, …]
            let axis = held.dim() - self.graph.node(states).shape.len();
            let last = held.f_select(axis as i64, held.size()[axis] - 1)?;
            // A state of one token alone takes less memory than a view of all.
            let mut own = last.f_empty_like()?;
            own.f_copy_(&last)?;
            return Ok(own);
        }
        self.scan_of(states)?.last()
    }

    /// A recurrence, without queries.
    pub(super) fn scan(&self, [k, u, decay]: [&Tensor; 3], node: &Node) -> Result<Scan> {
        Ok(Scan {
            k: k.shallow_clone(),
            u: u.shallow_clone(),
            decay: decay.shallow_clone(),
            beta: None,
            past: self.past(node)?,
        })
    }

    /// The recurrence of these states.
    pub(super) fn scan_of(&self, states: NodeId) -> Result<Scan> {
        let node = self.graph.node(states);
        let &[k, u, decay, _] = &node.inputs[..] else {
            return Err(lacks(self.graph, states));
        };
        self.scan(
            [self.tensor(k)?, self.tensor(u)?, self.tensor(decay)?],
            node,
        )
    }

    /// The pattern that a recurrence equals.
    pub(super) fn unrolled(&self, node: &Node) -> Result<Unrolled> {
        let Operation::Unrolled(write) = node.operation else {
            return Err(EngineError::Torch("a pattern of no recurrence".into()));
        };
        let x = |i: usize| -> Result<Tensor> { Ok(self.tensor(node.inputs[i])?.shallow_clone()) };
        Ok(Unrolled {
            q: x(0)?,
            k: x(1)?,
            decay: x(2)?,
            share: (node.inputs.len() > 3).then(|| x(3)).transpose()?,
            own: (node.inputs.len() > 4).then(|| x(4)).transpose()?,
            write,
        })
    }
}
