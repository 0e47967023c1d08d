//! Values that replace the model's own, and nodes evaluated from given values.

use std::collections::HashMap;

use tch::Tensor;

use super::super::{EngineError, Result, kind_of};
use super::{Live, Value};
use crate::graph::NodeId;
use crate::graph::operation::Operation;
use crate::trace::hook as names;
use crate::trace::query::Place;
use crate::trace::source::{Control, SourceError};
use crate::trace::tensor::HostTensor;

impl Live {
    /// Replace the value of a hook point, or restore the model's own if `value` is `None`. Everything that
    /// depends on it, in later passes too, is computed again when it is asked for; tokens stay as they are.
    /// The result is the dependent hook points.
    pub(super) fn replace(
        &mut self,
        pass: usize,
        point: usize,
        value: Option<&HostTensor>,
    ) -> Result<Vec<Place>> {
        let (id, _) = (self.node(point)?, self.plan(pass)?);
        match value {
            Some(value) => {
                let value = Value::Whole(self.foreign(pass, point, value)?);
                self.runs[pass].replaced.insert(id, value)
            }
            None => self.runs[pass].replaced.remove(&id),
        };
        let mut reached = Vec::new();
        let mut changed = self.graph.dependents(&[id]);
        for pass in pass..self.runs.len() {
            self.forget(pass, &changed);
            let points = self.hooks.iter().enumerate();
            let points = points.filter(|(_, id)| changed.binary_search(id).is_ok());
            let plan = &self.passes[pass].plan;
            reached.extend(points.map(|(point, _)| Place {
                pass,
                point: plan.points()[point].name.clone(),
            }));
            changed = self.graph.dependents(&self.graph.changed_states(&changed));
        }
        Ok(reached)
    }

    /// Drop values of a pass, given in order, so that they are computed again.
    fn forget(&mut self, pass: usize, changed: &[NodeId]) {
        let Some(first) = changed.first() else {
            return;
        };
        self.kept.forget(pass, changed);
        let run = &mut self.runs[pass];
        run.layers = run.layers.min(self.graph.position_of(*first));
        run.crossing
            .retain(|id, _| changed.binary_search(id).is_err());
        run.logits = None;
    }

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
        if let Err(missing) = graph.schedule(position, |id| known.contains_key(&id), &[id]) {
            for id in missing.ids {
                let node = graph.node(id);
                // If nothing can compute it, the evaluation below reports it as missing.
                if !node.hook && !node.inputs.is_empty() {
                    self.resolve(pass, known, id)?;
                }
            }
        }
        let mut evaluated = self.evaluate(pass, position, known.clone(), &[id])?;
        known.extend(evaluated.values.pop().map(|value| (id, value)));
        Ok(())
    }

    /// A value that was given for a hook point, in its kind and on the device of the pass.
    ///
    /// # Errors
    /// A shape other than the plan's.
    fn foreign(&self, pass: usize, point: usize, value: &HostTensor) -> Result<Tensor> {
        let (plan, id) = (self.plan(pass)?, self.node(point)?);
        let hook = &plan.points()[point];
        if value.shape != hook.shape {
            let (name, due, found) = (names::short(&hook.name), &hook.shape, &value.shape);
            let problem = format!("{name} has shape {due:?}, what is given {found:?}");
            return Err(SourceError::Slice(problem).into());
        }
        if let Operation::Choose { experts, .. } = self.graph.node(id).operation {
            let mut numbers = vec![0.0; value.numel()];
            value.read(0, &mut numbers);
            let wrong = |x: &f64| !(0.0..experts as f64).contains(x) || x.fract() != 0.0;
            if let Some(x) = numbers.iter().copied().find(wrong) {
                let problem = format!(
                    "{}: {x} is no number of an expert of {experts}",
                    names::short(&hook.name)
                );
                return Err(SourceError::Slice(problem).into());
            }
        }
        let size: Vec<i64> = value.shape.iter().map(|&n| n as i64).collect();
        let given = Tensor::f_from_data_size(&value.bytes, &size, kind_of(value.dtype))?;
        let kind = self.runs[pass].context.kind_of(self.graph.node(id));
        Ok(given.f_to_device(self.place.1)?.f_to_kind(kind)?)
    }
}
