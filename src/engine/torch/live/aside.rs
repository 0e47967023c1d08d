//! Runs beside the one that is looked at: the model without interventions, and other texts.

use std::mem::{replace, swap, take};

use super::super::activations::Activations;
use super::super::{EngineError, Result};
use super::{ACTIVATIONS, Live, Run};
use crate::trace::token::Token;

impl Live {
    /// Keep the runs as they are before the first intervention, which shares their tensors.
    pub(super) fn keep_own(&mut self) -> Result<()> {
        if self.own.is_none() && self.is_own() {
            let twins = (0..self.runs.len()).map(|pass| self.twin(pass));
            self.own = Some(twins.collect::<Result<_>>()?);
        }
        Ok(())
    }

    /// Go back to the kept runs if no intervention is on.
    pub(super) fn return_to_own(&mut self) {
        if self.is_own() {
            for (run, own) in self
                .runs
                .iter_mut()
                .zip(self.own.take().unwrap_or_default())
            {
                *run = own;
            }
        }
    }

    /// Whether no intervention is on.
    fn is_own(&self) -> bool {
        self.runs.iter().all(|run| run.changes.is_empty())
    }

    /// A copy of a run without interventions, which shares its tensors.
    fn twin(&self, pass: usize) -> Result<Run> {
        let (of, run) = (&self.passes[pass], &self.runs[pass]);
        let states = run.states.iter();
        Ok(Run {
            layers: run.layers,
            crossing: run.crossing.clone(),
            states: states.map(|(id, state)| (*id, state.shared())).collect(),
            logits: run.logits.as_ref().map(tch::Tensor::shallow_clone),
            ..self.run_of(&of.tokens, of.start)?
        })
    }

    /// Ask the model without interventions about the same passes. `ask` catches its own panics, as
    /// [`Live::with_room`] does.
    pub(super) fn without_interventions<T>(
        &mut self,
        ask: impl FnOnce(&mut Live) -> Result<T>,
    ) -> Result<T> {
        let Some(mut own) = self.own.take() else {
            return ask(self);
        };
        for pass in &self.passes[own.len()..] {
            own.push(self.run_of(&pass.tokens, pass.start)?);
        }
        swap(&mut self.runs, &mut own);
        let kept = replace(&mut self.kept, Activations::new(ACTIVATIONS));
        let answer = ask(self);
        swap(&mut self.runs, &mut own);
        self.kept = kept;
        self.own = Some(own);
        answer
    }

    /// Ask about the first pass of another text, without interventions. `ask` catches its own panics.
    pub(super) fn aside<T, E: From<EngineError>>(
        &mut self,
        tokens: Vec<Token>,
        ask: impl FnOnce(&mut Live) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let (passes, runs) = (take(&mut self.passes), take(&mut self.runs));
        let kept = replace(&mut self.kept, Activations::new(ACTIVATIONS));
        let own = self.own.take();
        let begun = self.begin(tokens, 0, 0).map_err(E::from);
        let answer = begun.and_then(|()| ask(self));
        (self.passes, self.runs, self.kept, self.own) = (passes, runs, kept, own);
        answer
    }
}
