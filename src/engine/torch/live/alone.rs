//! Nodes evaluated from given values.

use std::collections::HashMap;

use tch::Tensor;

use super::super::change::tensor;
use super::super::{EngineError, Result};
use super::{Live, Value};
use crate::graph::operation::Operation;
use crate::graph::{Graph, NodeId};
use crate::trace::hook as names;
use crate::trace::plan::HookPoint;
use crate::trace::source::{Control, SourceError};
use crate::trace::tensor::HostTensor;

impl Live {
    /// The value of a hook point, computed from the given values alone.
    ///
    /// # Errors
    /// The names of hook points, in any layer, that are needed and not given.
    pub(super) fn evaluate_alone(
        &mut self,
        pass: usize,
        given: &[(usize, &HostTensor<'_>)],
        wanted: usize,
    ) -> Result<Value> {
        self.plan(pass)?;
        let id = self.node(wanted)?;
        let mut known = self.runs[pass].inputs.clone();
        for (point, value) in given {
            let value = Value::Whole(self.foreign(pass, *point, value)?);
            known.insert(self.node(*point)?, value);
        }
        // The states of earlier passes are used unchanged, so those passes must have run.
        if let Some(before) = pass.checked_sub(1) {
            self.run_before(before, self.info.n_layers + 1, &Control::default())?;
        }
        self.resolve(pass, &mut known, id)?;
        let none = || {
            EngineError::Torch(format!(
                "{} has no value",
                names::short(&self.graph.node(id).name)
            ))
        };
        known.remove(&id).ok_or_else(none)
    }

    /// Compute a node from known values. Values that enter its layer and are not hook points cannot be given,
    /// and are computed first.
    fn resolve(
        &mut self,
        pass: usize,
        known: &mut HashMap<NodeId, Value>,
        id: NodeId,
    ) -> Result<()> {
        let graph = self.graph.clone();
        let position = graph.position_of(id);
        let mut evaluated = self.evaluate(pass, position, known.clone(), &[id], true);
        if let Err(EngineError::Missing(missing)) = &evaluated {
            for id in &missing.ids {
                let node = graph.node(*id);
                // If nothing can compute it, the evaluation below reports it as missing.
                if !node.hook && !node.inputs.is_empty() {
                    self.resolve(pass, known, *id)?;
                }
            }
            evaluated = self.evaluate(pass, position, known.clone(), &[id], true);
        }
        let mut evaluated = evaluated?;
        known.extend(evaluated.values.pop().map(|value| (id, value)));
        Ok(())
    }

    /// A value that was given for a hook point, in its kind and on the device of the pass.
    ///
    /// # Errors
    /// A shape other than the plan's.
    fn foreign(&self, pass: usize, point: usize, value: &HostTensor) -> Result<Tensor> {
        let (plan, id) = (self.plan(pass)?, self.node(point)?);
        check_value(&self.graph, id, &plan.points()[point], value)?;
        let kind = self.runs[pass].context.kind_of(self.graph.node(id));
        Ok(tensor(value)?.f_to_device(self.place.1)?.f_to_kind(kind)?)
    }
}

/// Check that a value can stand for a hook point.
///
/// # Errors
/// A shape other than the plan's, or a number of an expert that there is not.
pub(super) fn check_value(
    graph: &Graph,
    id: NodeId,
    hook: &HookPoint,
    value: &HostTensor,
) -> Result<(), SourceError> {
    if value.shape != hook.shape {
        let (name, due, found) = (names::short(&hook.name), &hook.shape, &value.shape);
        let problem = format!("{name} has shape {due:?}, what is given {found:?}");
        return Err(SourceError::Slice(problem));
    }
    let mut numbers = vec![0.0; value.numel()];
    value.read(0, &mut numbers);
    check_experts(graph, id, &numbers)
}

/// Check that numbers which are put at a router's choice are numbers of experts.
pub(super) fn check_experts(graph: &Graph, id: NodeId, numbers: &[f64]) -> Result<(), SourceError> {
    let node = graph.node(id);
    let Operation::Choose { experts, .. } = node.operation else {
        return Ok(());
    };
    let wrong = |x: &f64| !(0.0..experts as f64).contains(x) || x.fract() != 0.0;
    match numbers.iter().copied().find(wrong) {
        Some(x) => Err(SourceError::Slice(format!(
            "{}: {x} is no number of an expert of {experts}",
            names::short(&node.name)
        ))),
        None => Ok(()),
    }
}
