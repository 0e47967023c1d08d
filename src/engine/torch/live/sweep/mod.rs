//! Sweeps: activation patching, path patching and ablations, over many places.

mod batch;
mod change;
mod gradient;
mod map;
mod measure;
mod parts;
mod path;
mod run;
mod texts;

use tch::Tensor;

use super::super::{EngineError, Result};
use super::Live;
use crate::engine::random::Random;
use crate::graph::NodeId;
use crate::trace::source::{Control, SourceError, locate};
use crate::trace::sweep::{Pair, Refused, Swap, Sweep, SweepMap};
use crate::trace::tensor::Slice;
use crate::trace::token::Token;
use batch::shared;
use change::{Changes, Part};
use gradient::Estimated;
use run::{Plan, Ran, Values};
use texts::Text;

/// The last sweep, with the texts that it had.
pub(super) struct Swept {
    asked: Sweep,
    texts: Vec<Text>,
    map: SweepMap,
}

/// The numbers of one pair.
struct Measured {
    pair: Pair,
    /// The metric and the effect of each part in the order of the points, then of each random change.
    numbers: Vec<[f64; 2]>,
    /// The place of each random change.
    controls: Vec<[usize; 2]>,
    /// The estimated effect of each part, where gradients were asked for.
    estimates: Vec<f64>,
}

fn slice(why: String) -> EngineError {
    SourceError::Slice(why).into()
}

impl Live {
    pub(super) fn sweep(&mut self, asked: &Sweep, control: &Control) -> Result<SweepMap> {
        let plan = self.plan(asked.pass)?;
        if let Some(end) = plan.output_without_logits() {
            return Err(SourceError::NoLogits { end }.into());
        }
        let points = asked.points.iter();
        let points = points.map(|name| self.node(locate(&self.passes, asked.pass, name)?));
        let points: Vec<NodeId> = points.collect::<Result<_>>()?;
        if points.is_empty() {
            return Err(slice("a sweep needs at least one hook point".into()));
        }
        for id in &points {
            self.fits_sweep(asked, *id)?;
        }
        let receivers = self.receivers(asked, &points)?;
        if asked.gradient && !receivers.is_empty() {
            let why =
                "gradients estimate changes that go everywhere: leave `into` or `gradient` out";
            return Err(slice(why.into()));
        }
        let (texts, mut refused) = self.texts(asked)?;
        if let Some(last) = &self.swept
            && (&last.asked, &last.texts) == (asked, &texts)
        {
            return Ok(last.map.clone());
        }
        let _no_grad = tch::no_grad_guard();
        let layers = self.graph.layers().count();
        let means = asked.swap == Swap::Mean;
        let total = layers * texts.len() * (1 + usize::from(means));
        let mut changes = Changes {
            swap: asked.swap,
            seed: asked.seed,
            axes: points.iter().map(|id| self.axes(*id)).collect(),
            means: points.iter().map(|_| None).collect(),
        };
        if means {
            changes.means = self.means(&points, &texts, total, control)?;
        }
        let mut measured: Vec<Measured> = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            let done = layers * (i + usize::from(means) * texts.len());
            let run = self.pair(
                asked,
                text,
                (&points, &receivers),
                &mut changes,
                [done, total],
                control,
            );
            match run {
                Ok(one) => measured.push(one),
                Err(EngineError::Source(SourceError::Slice(why))) if texts.len() > 1 => {
                    let line = text.line;
                    refused.push(Refused { line, why });
                }
                Err(why) => return Err(why),
            }
        }
        if measured.is_empty() {
            let why = refused.first().map(|one| one.why.clone());
            return Err(slice(why.unwrap_or_default()));
        }
        refused.sort_by_key(|one| one.line);
        let map = self.map(asked, &points, &texts[0], measured, refused);
        self.swept = Some(Swept {
            asked: asked.clone(),
            texts,
            map: map.clone(),
        });
        Ok(map)
    }

    /// A pass of a text on its own, whose scores are held whole, and its inputs.
    pub(super) fn begun(&self, tokens: &[Token]) -> Result<(super::PassContext, Values)> {
        let run = self.run_with(tokens, 0, usize::MAX)?;
        let inputs = run.inputs.iter();
        let inputs = inputs.map(|(id, value)| Ok((*id, value.whole()?.shallow_clone())));
        let inputs = inputs.collect::<Result<Values>>()?;
        Ok((run.context, inputs))
    }

    /// Run the changes of one pair and measure them.
    fn pair(
        &mut self,
        asked: &Sweep,
        text: &Text,
        (points, receivers): (&[NodeId], &[(NodeId, Slice)]),
        changes: &mut Changes,
        progress: [usize; 2],
        control: &Control,
    ) -> Result<Measured> {
        let tokens = text.clean.len();
        let row = match asked.row {
            Some(row) => row,
            None => self.first_row_of(&text.clean),
        };
        if row >= tokens {
            let last = tokens - 1;
            return Err(slice(format!(
                "there is no row {row}: there are rows 0 to {last}"
            )));
        }
        let (context, clean) = self.begun(&text.clean)?;
        let (clean, base) = match &text.corrupted {
            Some(other) => (Some(clean), self.begun(other)?.1),
            None => (None, clean),
        };
        let (mut parts, mut controls, mut order) = (Vec::new(), Vec::new(), Vec::new());
        for (i, id) in points.iter().enumerate() {
            let mut own: Vec<Part> = self.parts(asked, *id, tokens);
            let columns = own.len();
            order.extend((0..columns).map(|_| None));
            let mut random = Random::new(asked.seed, i as u64 + 1);
            for n in 0..asked.controls {
                let column = random.below(columns);
                let stream = ((i * asked.controls + n) as u64 + 1) << 20;
                own.push(Part {
                    random: Some(stream),
                    ..own[column].clone()
                });
                order.push(Some(controls.len()));
                controls.push([i, column]);
            }
            parts.push(own);
        }
        let plan = Plan {
            points: points.to_vec(),
            parts,
            paths: self.paths(receivers, tokens)?,
            row: row as i64,
            at_once: asked.at_once,
        };
        let begun = [clean.as_ref().map(shared), Some(shared(&base))];
        let Ran {
            clean: own,
            base,
            copies,
        } = self.in_step(
            &context,
            [clean, Some(base)],
            &plan,
            changes,
            progress,
            control,
        )?;
        let (clean, corrupted) = match &own {
            Some(own) => (own, Some(&base)),
            None => (&base, None),
        };
        let named = [text.answer.as_ref(), text.wrong.as_ref()];
        let measure = self.measure(asked, named, [Some(clean), corrupted])?;
        let first = |logits: &Tensor| measure.of(logits).map(|all| all[0]);
        let (at_clean, at_base) = (first(clean)?, first(&base)?);
        let restored = corrupted.is_some();
        if restored && at_clean == at_base {
            return Err(slice(format!(
                "the metric is {at_clean} in both runs: there is nothing to restore"
            )));
        }
        let effect = |value: f64| {
            if restored {
                (value - at_base) / (at_clean - at_base)
            } else {
                value - at_base
            }
        };
        let mut estimates = Vec::new();
        if let (true, [clean, Some(base)]) = (asked.gradient, begun) {
            let given = Estimated {
                context: &context,
                base,
                clean,
                points,
                row: row as i64,
            };
            let metric = |logits: &Tensor| measure.tensor(logits);
            let moved = self.estimates(given, &plan.parts, changes, &metric, control)?;
            // A change of the metric is measured as effects are.
            estimates = moved.iter().map(|by| effect(at_base + by)).collect();
        }
        let mut numbers = vec![[f64::NAN; 2]; order.len()];
        for (ids, logits) in copies {
            control.go_on()?;
            let values = measure.of(&logits)?;
            for (i, id) in ids.iter().enumerate() {
                // Copies that no change reaches share one row of logits.
                let value = values[if values.len() == 1 { 0 } else { i }];
                numbers[*id] = [value, effect(value)];
            }
        }
        let (cells, random): (Vec<_>, Vec<_>) = numbers
            .iter()
            .zip(&order)
            .partition(|(_, random)| random.is_none());
        let numbers = cells.iter().chain(&random).map(|(numbers, _)| **numbers);
        let tokenizer = self.checkpoint.tokenizer()?;
        let [answer, wrong] = measure
            .tokens()
            .map(|id| id.map(|id| tokenizer.token(id).text));
        Ok(Measured {
            pair: Pair {
                clean: at_clean,
                corrupted: restored.then_some(at_base),
                answer,
                wrong,
            },
            numbers: numbers.collect(),
            controls,
            estimates,
        })
    }

    /// The row that is read where nobody names one: the last one, of an encoder the first masked one.
    fn first_row_of(&self, tokens: &[Token]) -> usize {
        let masked = |token: &Token| self.info.mask_token == Some(token.id);
        let masked = tokens.iter().position(masked).filter(|_| !self.info.causal);
        masked.unwrap_or(tokens.len() - 1)
    }
}
