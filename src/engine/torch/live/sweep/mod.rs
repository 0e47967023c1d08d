//! Sweeps: activation patching, path patching and ablations, over many places.

mod change;
mod measure;
mod run;
mod texts;

use std::ops::Range;

use tch::Tensor;

use super::super::{EngineError, Result};
use super::Live;
use crate::engine::random::Random;
use crate::graph::operation::Operation;
use crate::graph::{Node, NodeId};
use crate::trace::hook;
use crate::trace::intervention::token_axis;
use crate::trace::plan::Axis;
use crate::trace::source::{Control, SourceError, locate};
use crate::trace::sweep::{
    Columns, Metric, Pair, RandomChange, Receiver, Refused, Swap, Sweep, SweepCell, SweepMap,
    quantile, spread,
};
use crate::trace::token::Token;
use change::{Changes, Part};
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
        let receiver = asked.into.as_ref();
        let receiver = receiver.map(|to| self.receiver(asked, to, &points));
        let receiver = receiver.transpose()?;
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
        let node = |id: &NodeId| self.graph.node(*id);
        let axes = |node: &Node| node.shape.iter().map(|dim| dim.axis).collect();
        let mut changes = Changes {
            swap: asked.swap,
            seed: asked.seed,
            axes: points.iter().map(|id| axes(node(id))).collect(),
            means: points.iter().map(|_| None).collect(),
        };
        if means {
            changes.means = self.means(&points, &texts, total, control)?;
        }
        let mut measured: Vec<Measured> = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            let done = layers * (i + usize::from(means) * texts.len());
            let receiver = receiver.as_ref();
            let run = self.pair(
                asked,
                text,
                (&points, receiver),
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

    /// Whether the parts and the change of a sweep can be made at a node.
    fn fits_sweep(&self, asked: &Sweep, id: NodeId) -> Result<()> {
        let node = self.graph.node(id);
        let name = hook::short(&node.name);
        let axes: Vec<Axis> = node.shape.iter().map(|dim| dim.axis).collect();
        if let Operation::Choose { .. } = node.operation
            && (asked.swap != Swap::Patch || asked.controls > 0)
        {
            let why =
                "holds numbers of experts, which can be patched, without random changes (random 0)";
            return Err(slice(format!("{name} {why}")));
        }
        let rows = token_axis(&axes);
        match asked.columns {
            Columns::Position if rows.is_none() => Err(slice(format!(
                "{name} has no positions: by whole changes all of it"
            ))),
            Columns::Head if head_axis(&axes).is_none() => {
                let why = "is not split into heads: by position or by whole changes other parts";
                Err(slice(format!("{name} {why}")))
            }
            _ if rows.is_none() && matches!(asked.swap, Swap::Mean | Swap::Resample) => {
                Err(slice(format!("{name} has no positions, only one row")))
            }
            _ => Ok(()),
        }
    }

    /// The end of a path, behind all points.
    fn receiver(
        &self,
        asked: &Sweep,
        to: &Receiver,
        points: &[NodeId],
    ) -> Result<(NodeId, Receiver)> {
        let id = self.node(locate(&self.passes, asked.pass, &to.point)?)?;
        if let Some(late) = points.iter().find(|point| **point >= id) {
            let names = [*late, id].map(|id| hook::short(&self.graph.node(id).name));
            let [from, into] = names;
            return Err(slice(format!(
                "no path leads from {from} into {into}: a path goes forward, to a later hook point"
            )));
        }
        Ok((id, to.clone()))
    }

    /// The mean of all rows of all clean texts at each point, with a row axis of length 1; none where keys are an
    /// axis, whose number differs from text to text.
    fn means(
        &mut self,
        points: &[NodeId],
        texts: &[Text],
        total: usize,
        control: &Control,
    ) -> Result<Vec<Option<Tensor>>> {
        let mut sums: Vec<Option<(Tensor, i64)>> = points.iter().map(|_| None).collect();
        for (i, text) in texts.iter().enumerate() {
            let (context, inputs) = self.begun(&text.clean)?;
            let mut found: Vec<(usize, Tensor)> = Vec::new();
            let progress = [self.graph.layers().count() * i, total];
            self.each_layer(&context, inputs, points, progress, control, |row, value| {
                found.push((row, value.shallow_clone()));
            })?;
            for (row, value) in found {
                let axes: Vec<Axis> = self.axes(points[row]);
                let Some(axis) = token_axis(&axes).filter(|_| !axes.contains(&Axis::Key)) else {
                    continue;
                };
                let sum = value.f_sum_dim_intlist(axis as i64, true, tch::Kind::Double)?;
                let rows = value.size()[axis];
                sums[row] = Some(match sums[row].take() {
                    Some((all, n)) => (all.f_add(&sum)?, n + rows),
                    None => (sum, rows),
                });
            }
        }
        let mean = |sum: Option<(Tensor, i64)>| sum.map(|(all, n)| all.f_div_scalar(n)).transpose();
        Ok(sums.into_iter().map(mean).collect::<Result<_, _>>()?)
    }

    fn axes(&self, id: NodeId) -> Vec<Axis> {
        let dims = self.graph.node(id).shape.iter();
        dims.map(|dim| dim.axis).collect()
    }

    /// A pass of a text on its own, whose scores are held whole, and its inputs.
    fn begun(&self, tokens: &[Token]) -> Result<(super::PassContext, Values)> {
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
        (points, receiver): (&[NodeId], Option<&(NodeId, Receiver)>),
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
        let whole = |id: NodeId| self.whole(id, tokens);
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
        let receiver = receiver.map(|(id, to)| {
            let mut ranges = whole(*id);
            let given = to.slice.ranges(
                &self.axes(*id),
                &ranges.iter().map(|r| r.end).collect::<Vec<_>>(),
            )?;
            ranges.clone_from_slice(&given);
            Ok::<_, EngineError>((
                *id,
                Part {
                    ranges,
                    random: None,
                },
            ))
        });
        let plan = Plan {
            points: points.to_vec(),
            parts,
            receiver: receiver.transpose()?,
            row: row as i64,
            at_once: asked.at_once,
        };
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
        let effect = |value: f64| match restored {
            true => (value - at_base) / (at_clean - at_base),
            false => value - at_base,
        };
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
        })
    }

    /// The row that is read where nobody names one: the last one, of an encoder the first masked one.
    fn first_row_of(&self, tokens: &[Token]) -> usize {
        let masked = |token: &Token| self.info.mask_token == Some(token.id);
        let masked = tokens.iter().position(masked).filter(|_| !self.info.causal);
        masked.unwrap_or(tokens.len() - 1)
    }

    /// The range of each axis of a value.
    fn whole(&self, id: NodeId, tokens: usize) -> Vec<Range<usize>> {
        let dims = self.graph.node(id).shape.iter();
        dims.map(|dim| 0..dim.length(tokens, 0)).collect()
    }

    /// The parts of a value, a column each.
    fn parts(&self, asked: &Sweep, id: NodeId, tokens: usize) -> Vec<Part> {
        let axes = self.axes(id);
        let whole = self.whole(id, tokens);
        let axis = match asked.columns {
            Columns::Position => token_axis(&axes),
            Columns::Head => head_axis(&axes),
            Columns::Whole => None,
        };
        let part = |ranges| Part {
            ranges,
            random: None,
        };
        let Some(axis) = axis else {
            return vec![part(whole)];
        };
        let at = |i: usize| {
            let mut ranges = whole.clone();
            ranges[axis] = i..i + 1;
            part(ranges)
        };
        whole[axis].clone().map(at).collect()
    }

    /// Medians and quartiles over all pairs.
    fn map(
        &self,
        asked: &Sweep,
        points: &[NodeId],
        first: &Text,
        measured: Vec<Measured>,
        refused: Vec<Refused>,
    ) -> SweepMap {
        let tokens = first.clean.len();
        let widths: Vec<usize> = points
            .iter()
            .map(|id| self.parts(asked, *id, tokens).len())
            .collect();
        let most = widths.iter().copied().max().unwrap_or(0);
        let numbers = |at: usize, i: usize| measured.iter().map(move |one| one.numbers[at][i]);
        let mut at = 0;
        let mut cells = Vec::new();
        for width in &widths {
            let mut line = Vec::new();
            for column in 0..most {
                if column >= *width {
                    line.push(None);
                    continue;
                }
                let [effect, low, high] = spread(numbers(at, 1).collect());
                line.push(Some(SweepCell {
                    value: spread(numbers(at, 0).collect())[0],
                    effect,
                    low,
                    high,
                }));
                at += 1;
            }
            cells.push(line);
        }
        let places = measured.first().map_or(&[][..], |one| &one.controls);
        let random = places
            .iter()
            .enumerate()
            .map(|(i, [row, column])| RandomChange {
                row: *row,
                column: *column,
                effect: spread(numbers(at + i, 1).collect())[0],
            });
        let controls: Vec<RandomChange> = random.collect();
        let mut sizes: Vec<f64> = controls.iter().map(|one| one.effect.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let columns = match asked.columns {
            Columns::Position => first.clean.iter().map(|token| token.text.clone()).collect(),
            Columns::Head => (0..most).map(|head| head.to_string()).collect(),
            Columns::Whole => vec!["all".into()],
        };
        SweepMap {
            points: points
                .iter()
                .map(|id| self.graph.node(*id).name.clone())
                .collect(),
            columns,
            cells,
            definition: definition(asked),
            pairs: measured.into_iter().map(|one| one.pair).collect(),
            refused,
            floor: (!sizes.is_empty()).then(|| quantile(&sizes, 0.95)),
            controls,
        }
    }
}

fn head_axis(axes: &[Axis]) -> Option<usize> {
    let head = |axis: &Axis| matches!(axis, Axis::Head | Axis::KvHead);
    axes.iter().position(head)
}

/// The meaning of an effect.
fn definition(asked: &Sweep) -> String {
    let metric = match asked.metric {
        Metric::Diff { .. } => "logit of the answer less that of the wrong one",
        Metric::Prob { .. } => "probability of the answer",
        Metric::Kl => "KL divergence from the clean run, in nats",
    };
    let path = match &asked.into {
        Some(to) => format!(
            " along the residual stream into {}, every other part held at its value there",
            hook::short(&to.point)
        ),
        None => String::new(),
    };
    let change = match asked.swap {
        Swap::Patch => {
            return format!(
                "{metric}: share of the way from the corrupted run to the clean one that this part's clean value goes \
                 when it is put into the corrupted run{path}"
            );
        }
        Swap::Zero => "set to 0",
        Swap::Mean => "set to its mean over all rows of all prompts",
        Swap::Resample => "set to its own rows in a random order",
    };
    format!("{metric}: by how much it changes when this part is {change}{path}")
}
