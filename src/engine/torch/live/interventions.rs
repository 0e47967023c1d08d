//! The list of interventions, and what is computed anew after a change to it.

use std::sync::Arc;

use super::super::Result;
use super::super::evaluate::Changes;
use super::alone::check_value;
use super::{Live, Value};
use crate::graph::NodeId;
use crate::trace::intervention::{Change, Intervention, Interventions, Origin, Revision};
use crate::trace::query::Place;
use crate::trace::source::{Control, SourceError, locate};
use crate::trace::tensor::{HostTensor, Slice};

impl Live {
    /// Change the list of interventions. The result is the hook points that follow from those that change;
    /// none if the values at their own hook points stay.
    pub(super) fn intervene(
        &mut self,
        revision: &Revision,
        control: &Control,
    ) -> Result<Vec<Place>, SourceError> {
        let revision = match revision {
            Revision::Put(given) => Revision::Put(self.with_numbers(given, control)?),
            Revision::PutEach(each) => {
                let each = each.iter().map(|given| self.with_numbers(given, control));
                Revision::PutEach(each.collect::<Result<_, _>>()?)
            }
            Revision::All(these) => Revision::All(self.as_far_as_they_fit(these, control)?),
            other => other.clone(),
        };
        let new = self.interventions.revised(&revision)?;
        let entry = match &revision {
            Revision::Put(_) => new.all().len() - 1..new.all().len(),
            Revision::PutEach(each) => new.all().len() - each.len()..new.all().len(),
            Revision::Toggle(n) => new.entry(*n)?,
            Revision::All(_) | Revision::Undo | Revision::Redo | Revision::Clear => 0..0,
        };
        let changed = new.all()[entry].to_vec();
        if changed.is_empty() {
            return Ok(self.take(new)?);
        }
        let mut on = changed.iter().filter(|one| one.on);
        on.try_for_each(|one| self.fits(one))?;
        let before = self.values_at(&changed, control)?;
        let reached = self.take(new)?;
        // The list has changed: whoever stops here only does not learn that a value stays.
        let same = |after: Vec<Value>| {
            let pairs = before.iter().zip(&after);
            pairs.into_iter().all(|(a, b)| match (a, b) {
                (Value::Whole(a), Value::Whole(b)) => a.f_equal(b).unwrap_or(false),
                _ => false,
            })
        };
        let stays = self.values_at(&changed, control).is_ok_and(same);
        Ok(if stays { Vec::new() } else { reached })
    }

    /// Interventions of another run of the model: those that do not fit are off.
    fn as_far_as_they_fit(
        &mut self,
        these: &[Intervention],
        control: &Control,
    ) -> Result<Vec<Intervention>, SourceError> {
        let fit = |given: &Intervention| match self.with_numbers(given, control) {
            Ok(one) => Ok(Intervention {
                on: given.on,
                ..one
            }),
            Err(SourceError::Cancelled) => Err(SourceError::Cancelled),
            Err(_) => Ok(Intervention {
                on: false,
                ..given.clone()
            }),
        };
        these.iter().map(fit).collect()
    }

    /// Put a value in the place of a hook point's own, or take it back.
    pub(super) fn replace(
        &mut self,
        pass: usize,
        point: usize,
        value: Option<&HostTensor<'static>>,
    ) -> Result<Vec<Place>> {
        let (id, plan) = (self.node(point)?, self.plan(pass)?);
        let hook = &plan.points()[point];
        let one = match value {
            Some(value) => {
                check_value(&self.graph, id, hook, value)?;
                let from = Origin::Values;
                let change = Change::Patch { from, row: None };
                let mut one = Intervention::new(pass, &hook.name, Slice::default(), change);
                one.shape.clone_from(&hook.shape);
                one.value = Some(Arc::new(value.clone()));
                Some(one)
            }
            None => None,
        };
        let new = self.interventions.replaced((pass, &hook.name), one);
        self.take(new)
    }

    /// Turn off interventions whose pass or place is gone, after passes have changed.
    pub(super) fn refit(&mut self) -> Result<()> {
        let mut new = std::mem::take(&mut self.interventions);
        new.turn_off(|one| self.fits(one).is_ok());
        self.take(new).map(|_| ())
    }

    /// Whether an intervention can hold in the passes that there are.
    pub(super) fn fits(&self, one: &Intervention) -> Result<(), SourceError> {
        let point = locate(&self.passes, one.pass, &one.point)?;
        let hook = &self.passes[one.pass].plan.points()[point];
        let ranges = one.ranges(&hook.axes, &hook.shape)?;
        let Some(value) = &one.value else {
            return Ok(());
        };
        let due: Vec<usize> = ranges.iter().map(ExactSizeIterator::len).collect();
        let missing = due.len().checked_sub(value.shape.len());
        let aligns = missing.is_some_and(|missing| {
            let pairs = due.iter().skip(missing).zip(&value.shape);
            pairs.into_iter().all(|(due, n)| *n == 1 || n == due)
        });
        if aligns {
            return Ok(());
        }
        let why = format!(
            "{one}: its numbers have shape {:?}, what changes in pass {} has {due:?}",
            value.shape, one.pass
        );
        Err(SourceError::Slice(why))
    }

    /// The values at interventions' hook points, in every pass that they may hold in.
    fn values_at(
        &mut self,
        all: &[Intervention],
        control: &Control,
    ) -> Result<Vec<Value>, SourceError> {
        let mut values = Vec::new();
        for one in all {
            let point = locate(&self.passes, one.pass, &one.point)?;
            let id = self.node(point)?;
            let last = if one.later {
                self.passes.len() - 1
            } else {
                one.pass
            };
            for pass in one.pass..=last {
                values.push(self.with_room(|live| live.activation(pass, id, control))?);
            }
        }
        Ok(values)
    }

    /// The interventions of a list that hold in a pass, by node.
    fn changes(&self, list: &Interventions, pass: usize) -> Result<Changes> {
        let mut changes = Changes::new();
        for one in list.all().iter().filter(|one| one.holds_in(pass)) {
            let id = self.node(locate(&self.passes, pass, &one.point)?)?;
            changes.entry(id).or_default().push(one.clone());
        }
        Ok(changes)
    }

    /// Let a list of interventions hold from now on, of which those that do not fit are off. Everything that
    /// depends on those that changed, in later passes too, is computed again when it is asked for; tokens stay
    /// as they are. The result is the dependent hook points.
    fn take(&mut self, mut new: Interventions) -> Result<Vec<Place>> {
        new.turn_off(|one| self.fits(one).is_ok());
        let passes = 0..self.runs.len();
        let changes = passes.map(|pass| self.changes(&new, pass));
        let changes = changes.collect::<Result<Vec<Changes>>>()?;
        self.keep_own()?;
        self.interventions = new;
        let (mut reached, mut states) = (Vec::new(), Vec::new());
        for (pass, new) in changes.into_iter().enumerate() {
            let old = std::mem::replace(&mut self.runs[pass].changes, new);
            let new = &self.runs[pass].changes;
            let all = old.keys().chain(new.keys());
            let others = all.filter(|id| old.get(id) != new.get(id)).copied();
            let roots: Vec<NodeId> = others.chain(states).collect();
            let changed = self.graph.dependents(&roots);
            self.forget(pass, &changed);
            let points = self.hooks.iter().enumerate();
            let points = points.filter(|(_, id)| changed.binary_search(id).is_ok());
            let plan = &self.passes[pass].plan;
            reached.extend(points.map(|(point, _)| Place {
                pass,
                point: plan.points()[point].name.clone(),
            }));
            states = self.graph.changed_states(&changed);
        }
        self.return_to_own();
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
}
