//! The live engine as what answers questions.

use std::path::Path;

use globset::GlobSet;

use super::super::{EngineError, save};
use super::{Live, Value, tokenize};
use crate::trace::detail::Detail;
use crate::trace::plan::Plan;
use crate::trace::source::{Choice, Control, ModelInfo, Pass, Source, SourceError};
use crate::trace::tensor::{Distribution, HostTensor, Pick, Slice, Summary, Values};

/// A slice that reaches past an axis is the asker's mistake: named, not sent to libtorch.
fn check(plan: &Plan, point: usize, slice: &Slice) -> Result<(), SourceError> {
    let Some(point) = plan.points().get(point) else {
        return Ok(());
    };
    if slice.0.len() > point.shape.len() {
        return Err(SourceError::Slice(format!(
            "{} has {} axes",
            point.name,
            point.shape.len()
        )));
    }
    for ((pick, &length), axis) in slice.0.iter().zip(&point.shape).zip(&point.axes) {
        let end = match pick {
            Pick::At(index) => index.checked_add(1),
            Pick::Span(span) if span.start > span.end => None,
            Pick::Span(span) => Some(span.end),
        };
        if end.is_none_or(|end| end > length) {
            let word = axis.word();
            return Err(SourceError::Slice(format!(
                "{}: axis {word} has length {length}",
                point.name
            )));
        }
    }
    Ok(())
}

impl Live {
    /// The value of a hook point.
    fn at(&mut self, pass: usize, point: usize) -> Result<Value, EngineError> {
        let id = self.node(point)?;
        self.plan(pass)?;
        self.activation(pass, id, &Control::default())
    }
}

impl From<EngineError> for SourceError {
    fn from(error: EngineError) -> SourceError {
        match error {
            EngineError::Source(error) => error,
            other => SourceError::Other(other.to_string()),
        }
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

    fn run_to(&mut self, pass: usize, point: usize, control: &Control) -> Result<(), SourceError> {
        Ok(self.with_room(|live| live.keep_layer(pass, live.node(point)?, control))?)
    }

    fn values(&mut self, pass: usize, point: usize, slice: &Slice) -> Result<Values, SourceError> {
        let plan = self.plan(pass)?;
        check(&plan, point, slice)?;
        Ok(self.with_room(|live| live.at(pass, point)?.values(slice))?)
    }

    fn summary(
        &mut self,
        pass: usize,
        point: usize,
        control: &Control,
    ) -> Result<Summary, SourceError> {
        Ok(self.with_room(|live| live.at(pass, point)?.summary(control))?)
    }

    fn heads(
        &mut self,
        pass: usize,
        point: usize,
        rows: usize,
        cols: usize,
        control: &Control,
    ) -> Result<Values, SourceError> {
        let plan = self.plan(pass)?;
        let axis = plan.points().get(point).and_then(|p| p.head_axis());
        let axis = axis.ok_or_else(|| SourceError::Slice("no head axis here".into()))?;
        Ok(self.with_room(|live| live.at(pass, point)?.heads(axis, rows, cols, control))?)
    }

    fn lens(
        &mut self,
        pass: usize,
        point: usize,
        row: usize,
        k: usize,
        temperature: f64,
    ) -> Result<Distribution, SourceError> {
        Ok(self.with_room(|live| {
            let logits = live.lens_logits(pass, point, row)?;
            live.distribution(&logits, k, temperature)
        })?)
    }

    fn lenses(
        &mut self,
        pass: usize,
        points: &[usize],
        row: usize,
        k: usize,
        temperature: f64,
        control: &Control,
    ) -> Result<Vec<Distribution>, SourceError> {
        Ok(self.with_room(|live| {
            let resids = live.resids(pass, points, row, control)?;
            live.distributions(&resids, k, temperature)
        })?)
    }

    fn details(&self, pass: usize) -> Result<Vec<Detail>, SourceError> {
        let pass = self.passes.get(pass);
        let ids: Vec<u32> = pass.iter().flat_map(|p| &p.tokens).map(|t| t.id).collect();
        let tokenizer = self.checkpoint.tokenizer().map_err(EngineError::from)?;
        Ok(tokenizer.details(&ids))
    }

    fn tensor(&mut self, pass: usize, point: usize) -> Result<HostTensor<'_>, SourceError> {
        Ok(self.with_room(|live| live.at(pass, point)?.host(live.info.dtype))?)
    }

    fn replace(
        &mut self,
        pass: usize,
        point: usize,
        value: Option<&HostTensor>,
    ) -> Result<Vec<(usize, usize)>, SourceError> {
        let value = value.map(|value| self.foreign(pass, point, value));
        Ok(Live::replace(self, pass, point, value.transpose()?)?)
    }

    fn evaluate(
        &mut self,
        pass: usize,
        given: &[(usize, HostTensor)],
        wanted: usize,
    ) -> Result<HostTensor<'static>, SourceError> {
        let foreign =
            |(point, value): &(usize, HostTensor)| Ok((*point, self.foreign(pass, *point, value)?));
        let given: Vec<_> = given
            .iter()
            .map(foreign)
            .collect::<Result<_, EngineError>>()?;
        Ok(self.with_room(|live| {
            let value = live.evaluate_alone(pass, &given, wanted)?;
            value.host(live.info.dtype)
        })?)
    }

    fn next(&mut self, pass: usize, choice: &Choice, control: &Control) -> Result<(), SourceError> {
        if let Some(end) = self.plan(pass)?.output_without_logits() {
            return Err(SourceError::NoLogits { end });
        }
        if !self.info.causal {
            return Err(SourceError::Encoder);
        }
        let id = self.with_room(|live| {
            live.run_before(pass, live.info.n_layers + 1, control)?;
            live.choose(pass, choice)
        })?;
        let mut tokens = self.passes[pass].tokens.clone();
        tokens.push(
            self.checkpoint
                .tokenizer()
                .map_err(EngineError::from)?
                .token(id),
        );
        let start = tokens.len() - 1;
        if tokens.len() > self.info.n_ctx {
            return Err(SourceError::TooLong {
                tokens: tokens.len(),
                n_ctx: self.info.n_ctx,
            });
        }
        self.truncate(pass + 1);
        Ok(self.begin(tokens, start)?)
    }

    fn restart(&mut self, prompt: &str) -> Result<(), SourceError> {
        let tokens = tokenize(&self.checkpoint, prompt, self.special_tokens)?;
        if tokens.len() > self.info.n_ctx {
            return Err(SourceError::TooLong {
                tokens: tokens.len(),
                n_ctx: self.info.n_ctx,
            });
        }
        self.truncate(0);
        self.prompt = prompt.to_owned();
        Ok(self.begin(tokens, 0)?)
    }

    fn save(&mut self, path: &Path, hooks: &GlobSet, control: &Control) -> Result<(), SourceError> {
        if self.checkpoint.reads(path) {
            let path = path.to_owned();
            return Err(SourceError::OwnFile { path });
        }
        let prompt = self.prompt.clone();
        let graph = self.graph.clone();
        save::save(self, &graph, &prompt, path, hooks, control)
    }
}
