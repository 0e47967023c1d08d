//! Runs beside the one that is looked at: the model without interventions, and other texts.

use std::mem::{replace, swap, take};

use super::super::activations::Activations;
use super::super::state::State;
use super::super::value::Value;
use super::super::{EngineError, Result};
use super::{ACTIVATIONS, Live, Run};
use crate::trace::source::Pass;
use crate::trace::token::Token;

impl Live {
    /// Keep the runs as they are before the first intervention, which shares their tensors.
    pub(super) fn keep_own(&mut self) -> Result<()> {
        if self.own.is_none() && self.is_own() {
            self.own = Some(self.twins(&self.runs)?);
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

    /// Copies of runs of the first passes, which share their tensors.
    fn twins(&self, runs: &[Run]) -> Result<Vec<Run>> {
        let twin = |(of, run): (&Pass, &Run)| {
            let states = run.states.iter();
            Ok(Run {
                changes: run.changes.clone(),
                layers: run.layers,
                crossing: run.crossing.clone(),
                states: states.map(|(id, state)| (*id, state.shared())).collect(),
                logits: run.logits.as_ref().map(tch::Tensor::shallow_clone),
                ..self.run_of(&of.tokens, of.start)?
            })
        };
        self.passes.iter().zip(runs).map(twin).collect()
    }

    /// A copy of the state, which goes on by itself. Weights and values so far are shared.
    pub(super) fn twin(&self) -> Result<Live> {
        let own = self.own.as_ref().map(|own| self.twins(own));
        Ok(Live {
            passes: self.passes.clone(),
            runs: self.twins(&self.runs)?,
            interventions: self.interventions.clone(),
            own: own.transpose()?,
            graph: self.graph.clone(),
            hooks: self.hooks.clone(),
            kept: Activations::new(ACTIVATIONS),
            lens: None,
            through: self.through.clone(),
            swept: None,
            named: self.named.clone(),
            weights: self.weights.clone(),
            info: self.info.clone(),
            prompt: self.prompt.clone(),
            options: self.options.clone(),
            place: self.place,
            checkpoint: self.checkpoint.clone(),
        })
    }

    /// Bytes of values that could be computed again. What another branch shares counts here too.
    pub(super) fn bytes(&self) -> usize {
        let runs = self.runs.iter().chain(self.own.iter().flatten());
        let of = |run: &Run| {
            let crossing: usize = run.crossing.values().map(Value::bytes).sum();
            let states: usize = run.states.values().map(State::bytes).sum();
            crossing + states
        };
        self.kept.bytes() + runs.map(of).sum::<usize>()
    }

    /// Forget all values: they are computed again where they are asked for.
    pub(super) fn forget_all(&mut self) {
        self.kept.clear();
        self.lens = None;
        self.swept = None;
        for run in self.runs.iter_mut().chain(self.own.iter_mut().flatten()) {
            run.layers = 0;
            run.crossing.clear();
            run.states.clear();
            run.logits = None;
        }
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
