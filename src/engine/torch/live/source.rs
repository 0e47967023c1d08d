//! The live engine as a [`Source`].

use std::path::Path;

use super::super::positions::frequencies;
use super::super::{EngineError, save, view};
use super::{Live, Value, factors, grid, split, tokenize};
use crate::graph::NodeId;
use crate::graph::arch::Positions;
use crate::graph::operation::Operation;
use crate::trace::derived;
use crate::trace::detail::Detail;
use crate::trace::head_map::HeadText;
use crate::trace::hook;
use crate::trace::intervention::Intervention;
use crate::trace::kept;
use crate::trace::model_hash::{ModelHash, SameModel};
use crate::trace::plan::Axis;
use crate::trace::query::{Answer, Choice, Job, Place, Query};
use crate::trace::source::{Control, ModelInfo, Pass, Source, SourceError, locate};
use crate::trace::tensor::{HostTensor, Slice, Values};
use crate::trace::token::without_text;

impl From<EngineError> for SourceError {
    fn from(error: EngineError) -> SourceError {
        match error {
            EngineError::Source(error) => error,
            other => SourceError::Other(other.to_string()),
        }
    }
}

impl Live {
    /// The value of a hook point.
    fn at(&mut self, pass: usize, point: usize, control: &Control) -> Result<Value, EngineError> {
        let (id, _) = (self.node(point)?, self.plan(pass)?);
        self.activation(pass, id, control)
    }

    fn values(
        &mut self,
        pass: usize,
        point: usize,
        slice: &Slice,
        control: &Control,
    ) -> Result<Values, SourceError> {
        let hook = &self.passes[pass].plan.points()[point];
        slice.ranges(&hook.axes, &hook.shape)?;
        Ok(self.with_room(|live| live.at(pass, point, control)?.values(slice))?)
    }

    /// Elements of a value that is no hook point, and is not kept.
    fn values_of_node(
        &mut self,
        pass: usize,
        id: NodeId,
        slice: &Slice,
        control: &Control,
    ) -> Result<Values, SourceError> {
        let context = &self.runs[pass].context;
        let (tokens, past) = (context.tokens as usize, context.past as usize);
        let dims = &self.graph.node(id).shape;
        let axes: Vec<Axis> = dims.iter().map(|dim| dim.axis).collect();
        let shape: Vec<usize> = dims.iter().map(|dim| dim.length(tokens, past)).collect();
        slice.ranges(&axes, &shape)?;
        Ok(self.with_room(|live| {
            let position = live.graph.position_of(id);
            live.run_before(pass, position, control)?;
            let values = live.run_layer(pass, position, &[id])?;
            let none = || EngineError::Torch("the layer gave no value".into());
            values.first().ok_or_else(none)?.values(slice)
        })?)
    }

    /// A slice of the keys or values that are kept after a pass.
    fn kept_rows(
        &mut self,
        pass: usize,
        name: &str,
        slice: &Slice,
        control: &Control,
    ) -> Result<Values, SourceError> {
        let none = || SourceError::NotKept(name.to_owned());
        let full = kept::name(name).ok_or_else(none)?;
        let id = self.graph.find(&full).ok_or_else(none)?;
        self.plan(pass)?;
        let point = kept::point(&self.passes[pass], &full).ok_or_else(none)?;
        slice.ranges(&point.axes, &point.shape)?;
        let position = self.graph.position_of(id);
        let values = self.with_room(|live| {
            live.run_before(pass, position, control)?;
            live.run_layers(pass, position + 1, control)?;
            // A state goes by the node that stands for it in the next pass.
            let past = live.graph.node(id).inputs.get(1);
            let state = past.and_then(|past| live.runs[pass].states.get(past));
            let state = state.ok_or_else(|| EngineError::from(none()))?;
            view::values(&state.all()?, slice)
        });
        Ok(values?)
    }

    fn heads(
        &mut self,
        (pass, point): (usize, usize),
        rows: usize,
        cols: usize,
        control: &Control,
    ) -> Result<Values, SourceError> {
        let axis = self.passes[pass].plan.points()[point].head_axis();
        let axis = axis.ok_or_else(|| SourceError::Slice("no head axis here".into()))?;
        Ok(self.with_room(|live| {
            live.at(pass, point, control)?
                .heads(axis, rows, cols, control)
        })?)
    }

    /// The radians per position of each pair of dimensions that turns at a hook point.
    fn frequencies(&self, pass: usize, point: usize) -> Result<Values, SourceError> {
        let node = self.graph.node(self.node(point)?);
        let (
            Operation::Rotate { rope }
            | Operation::TurnBack { rope }
            | Operation::RotateEntries { rope, .. },
            Positions::Rotary(rotary),
        ) = (&node.operation, &self.checkpoint.arch.positions)
        else {
            let short = hook::short(&node.name);
            return Err(SourceError::Slice(format!(
                "{short} is not turned by position"
            )));
        };
        let tokens = self.passes[pass].tokens.len() as i64;
        let each = frequencies(&rotary.ropes[*rope], tokens)
            .and_then(|each| view::to_f64(&each))
            .map_err(SourceError::from)?;
        Ok(Values::new(vec![each.len()], each))
    }

    fn details(&self, pass: usize) -> Result<Vec<Detail>, SourceError> {
        let pass = self.passes.get(pass);
        let ids: Vec<u32> = pass.iter().flat_map(|p| &p.tokens).map(|t| t.id).collect();
        let tokenizer = self.checkpoint.tokenizer().map_err(EngineError::from)?;
        Ok(tokenizer.details(&ids))
    }

    pub(super) fn same_model(
        &mut self,
        hash: &ModelHash,
        control: &Control,
    ) -> Result<SameModel, SourceError> {
        if let ModelHash::Whole(_) = hash {
            self.info.hash = self.checkpoint.wait_for_hash(control)?;
        }
        Ok(match hash {
            ModelHash::Sampled(_) => self.checkpoint.sampled_hash().same(hash),
            _ => self.info.hash.same(hash),
        })
    }

    fn next(&mut self, pass: usize, choice: &Choice, control: &Control) -> Result<(), SourceError> {
        if let Some(end) = self.plan(pass)?.output_without_logits() {
            return Err(SourceError::NoLogits { end });
        }
        if !self.info.causal {
            return Err(SourceError::Encoder);
        }
        if self.checkpoint.arch.unembedding.pools_all() {
            return Err(SourceError::PoolsAll);
        }
        let tokens = self.with_room(|live| {
            live.run_before(pass, live.info.n_layers + 1, control)?;
            let id = live.choose(pass, choice)?;
            let next = live.checkpoint.tokenizer()?.token(id);
            Ok([&live.passes[pass].tokens[..], &[next]].concat())
        })?;
        let start = tokens.len() - 1;
        self.begin(tokens, start, pass + 1)?;
        Ok(self.refit()?)
    }

    fn restart(&mut self, prompt: &str) -> Result<(), SourceError> {
        let tokens = tokenize(&self.checkpoint, prompt, self.options.special_tokens)?;
        self.begin(tokens, 0, 0)?;
        self.prompt = prompt.to_owned();
        Ok(self.refit()?)
    }

    fn save(
        &mut self,
        path: &Path,
        hooks: &[String],
        control: &Control,
    ) -> Result<(), SourceError> {
        if self.checkpoint.reads(path) {
            let path = path.to_owned();
            return Err(SourceError::OwnFile { path });
        }
        let (prompt, graph) = (self.prompt.clone(), self.graph.clone());
        self.info.hash = self.checkpoint.wait_for_hash(control)?;
        let checkpoint = self.checkpoint.clone();
        // The tokenizer is there: the prompt was read with it.
        let text = |id| {
            let tokenizer = checkpoint.tokenizer();
            tokenizer.map_or_else(|_| without_text(id), |own| own.token(id).text)
        };
        // A recorded lens is the logit lens.
        let through = self.through.take();
        let saved = save::save(self, &graph, &prompt, text, path, hooks, control);
        self.through = through;
        saved
    }
}

impl Source for Live {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    fn passes(&self) -> &[Pass] {
        &self.passes
    }

    fn prompt(&self) -> &str {
        &self.prompt
    }

    fn interventions(&self) -> &[Intervention] {
        self.interventions.all()
    }

    fn answer(&mut self, query: &Query, control: &Control) -> Result<Answer, SourceError> {
        let pass = query.pass();
        let passes = &self.passes;
        let at = |point: &str| locate(passes, pass, point);
        Ok(match query {
            Query::Values { point, slice, .. } => {
                // A value that is no hook point goes by the full name of its node.
                let node = self
                    .graph
                    .find(point)
                    .filter(|id| !self.graph.node(*id).hook);
                if let Some(id) = node.filter(|_| pass < passes.len()) {
                    return Ok(Answer::Values(
                        self.values_of_node(pass, id, slice, control)?,
                    ));
                }
                let at = at(point)?;
                Answer::Values(self.values(pass, at, slice, control)?)
            }
            Query::Summary { point, .. } => {
                let at = at(point)?;
                let summary = |live: &mut Live| live.at(pass, at, control)?.summary(control);
                Answer::Summary(self.with_room(summary)?)
            }
            Query::Heads {
                point, rows, cols, ..
            } => {
                let at = at(point)?;
                Answer::Heads(self.heads((pass, at), *rows, *cols, control)?)
            }
            Query::Lens {
                point,
                row,
                k,
                temperature,
                ..
            } => {
                let at = at(point)?;
                let lens = |live: &mut Live| {
                    let logits = live.lens_logits((pass, at), *row, control)?;
                    let mut lens = live.distribution(&logits, *k, temperature.get())?;
                    lens.lens = live.lens_name(pass, at)?;
                    Ok(lens)
                };
                Answer::Lens(self.with_room(lens)?)
            }
            Query::Lenses {
                points,
                row,
                k,
                temperature,
                ..
            } => {
                let points = points.iter().map(|point| at(point));
                let points = points.collect::<Result<Vec<usize>, _>>()?;
                let t = temperature.get();
                let all = |live: &mut Live| live.lenses(pass, &points, *row, *k, t, control);
                let lenses = self.with_room(all)?;
                Answer::Lenses { lenses }
            }
            Query::Effect {
                row,
                k,
                temperature,
                ..
            } => {
                let t = temperature.get();
                Answer::Effect(self.effect((pass, *row), *k, t, control)?)
            }
            Query::Grid {
                points,
                rows,
                of,
                temperature,
                ..
            } => {
                let points = points.iter().map(|point| at(point));
                let asked = grid::Asked {
                    pass,
                    points: &points.collect::<Result<Vec<usize>, _>>()?,
                    rows: rows.clone(),
                    of: of.as_ref(),
                    temperature: temperature.get(),
                };
                Answer::Grid(self.with_room(|live| live.grid(&asked, control))?)
            }
            Query::Fidelity { points, rows, .. } => {
                let found = points.iter().map(|point| at(point));
                let found = found.collect::<Result<Vec<usize>, _>>()?;
                let of =
                    |live: &mut Live| live.fidelity(pass, (points, &found), rows.clone(), control);
                Answer::Fidelity(self.with_room(of)?)
            }
            Query::Attribute {
                pass,
                row,
                token,
                against,
            } => {
                let at = factors::Row {
                    pass: *pass,
                    row: *row,
                };
                let (token, against) = (token.as_ref(), against.as_ref());
                let attribute = |live: &mut Live| live.attribute(at, token, against, control);
                Answer::Attribute(self.with_room(attribute)?)
            }
            Query::Split {
                pass,
                point,
                head,
                row,
                key,
                most,
            } => {
                let asked = split::Asked {
                    at: factors::Row {
                        pass: *pass,
                        row: *row,
                    },
                    point: at(point)?,
                    name: point,
                    head: *head,
                    key: *key,
                    most: *most,
                };
                Answer::Split(self.with_room(|live| live.split(&asked, control))?)
            }
            Query::Inputs {
                row,
                token,
                against,
                steps,
                ..
            } => {
                let at = factors::Row { pass, row: *row };
                let (token, against) = (token.as_ref(), against.as_ref());
                let inputs = |live: &mut Live| live.inputs(at, token, against, *steps, control);
                Answer::Inputs(self.with_room(inputs)?)
            }
            Query::Neurons {
                pass,
                row,
                layer,
                k,
                tokens,
            } => {
                let at = factors::Row {
                    pass: *pass,
                    row: *row,
                };
                let neurons = |live: &mut Live| live.neurons(at, *layer, (*k, *tokens), control);
                let neurons = self.with_room(neurons)?;
                Answer::Neurons { neurons }
            }
            Query::HeadMap {
                statistic,
                text: HeadText::Repeated { tokens, seed },
                ..
            } => {
                let tokens = self.repeated(*tokens, *seed)?;
                let query = Query::HeadMap {
                    pass: 0,
                    statistic: *statistic,
                    text: HeadText::Prompt,
                };
                self.aside(tokens, |live| derived::answer(live, &query, control))?
            }
            Query::Sweep(sweep) => {
                Answer::Sweep(self.with_room(|live| live.sweep(sweep, control))?)
            }
            Query::Tokens { .. } => Answer::Tokens {
                tokens: self.details(pass)?,
            },
            Query::Model => Answer::Model {
                hash: self.checkpoint.hash_status().to_string(),
            },
            Query::SameModel { hash } => Answer::SameModel {
                same: self.same_model(hash, control)?,
            },
            Query::Evaluate { point, given, .. } => {
                let wanted = at(point)?;
                let given = given.iter().map(|g| Ok((at(&g.point)?, &g.value)));
                let given = given.collect::<Result<Vec<_>, SourceError>>()?;
                let value = self.with_room(|live| {
                    let value = live.evaluate_alone(pass, &given, wanted)?;
                    value.host(live.info.dtype)
                });
                Answer::Evaluate(value?)
            }
            Query::Kept { name, slice, .. } => {
                Answer::Kept(self.kept_rows(pass, name, slice, control)?)
            }
            Query::Sampling {
                row, k, sampling, ..
            } => {
                let end = self.plan(pass)?.len() - 1;
                let staged = |live: &mut Live| {
                    let logits = live.lens_logits((pass, end), *row, control)?;
                    let top = live.distribution(&logits, *k, sampling.temperature)?;
                    Ok(derived::staged(&view::to_f64(&logits)?, sampling, &top)?)
                };
                Answer::Sampling(self.with_room(staged)?)
            }
            Query::Frequencies { point, .. } => {
                let at = at(point)?;
                Answer::Frequencies(self.frequencies(pass, at)?)
            }
            Query::Weight { name, slice } => Answer::Weight(self.weight(name, slice)?),
            Query::WeightSummary { name } => {
                Answer::WeightSummary(self.weight_summary(name, control)?)
            }
            Query::Texts { first, count } => {
                let tokenizer = self.checkpoint.tokenizer().map_err(EngineError::from)?;
                let last = first.saturating_add(*count).min(self.model().d_vocab);
                let text = |id: usize| u32::try_from(id).map(|id| tokenizer.token(id).text);
                Answer::Texts {
                    texts: (*first..last).filter_map(|id| text(id).ok()).collect(),
                }
            }
            _ => return derived::answer(self, query, control),
        })
    }

    fn run(&mut self, job: &Job, control: &Control) -> Result<Vec<Place>, SourceError> {
        match job {
            Job::Run { pass, point } => {
                let at = locate(&self.passes, *pass, point)?;
                self.with_room(|live| live.at(*pass, at, control))?;
            }
            Job::StartHash => self.checkpoint.start_hash(),
            Job::Next { pass, choice } => self.next(*pass, choice, control)?,
            Job::Restart { prompt } => self.restart(prompt)?,
            Job::Save { path, hooks } => self.save(path, hooks, control)?,
            Job::Replace { pass, point, value } => {
                let at = locate(&self.passes, *pass, point)?;
                return Ok(self.replace(*pass, at, value.as_ref())?);
            }
            Job::Intervene { revision } => return self.intervene(revision, control),
            Job::Branch { .. } => return Err(SourceError::NoBranches),
            Job::Lens { path } => self.use_lens(path.as_deref(), control)?,
        }
        Ok(Vec::new())
    }

    fn tensor(&mut self, pass: usize, point: usize) -> Result<HostTensor<'_>, SourceError> {
        let go = Control::default();
        Ok(self.with_room(|live| live.at(pass, point, &go)?.host(live.info.dtype))?)
    }

    fn fork(&self) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(self.twin()?))
    }

    fn held(&self) -> usize {
        self.bytes()
    }

    fn release(&mut self) {
        self.forget_all();
    }
}
