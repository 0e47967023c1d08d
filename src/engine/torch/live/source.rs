//! The live engine as a [`Source`].

use std::path::Path;

use globset::GlobSet;

use super::super::{EngineError, save};
use super::{Live, Value, tokenize};
use crate::trace::detail::Detail;
use crate::trace::model_hash::{ModelHash, SameModel};
use crate::trace::source::{Choice, Control, ModelInfo, Pass, Source, SourceError};
use crate::trace::tensor::{Distribution, HostTensor, Slice, Summary, Values};
use crate::trace::token::without_text;

impl Live {
    /// The value of a hook point.
    fn at(&mut self, pass: usize, point: usize) -> Result<Value, EngineError> {
        let (id, _) = (self.node(point)?, self.plan(pass)?);
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
        self.with_room(|live| live.activation(pass, live.node(point)?, control))?;
        Ok(())
    }

    fn values(&mut self, pass: usize, point: usize, slice: &Slice) -> Result<Values, SourceError> {
        if let Some(hook) = self.plan(pass)?.points().get(point) {
            slice.ranges(&hook.axes, &hook.shape)?;
        }
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
        let all = |live: &mut Live| live.lenses(pass, points, row, k, temperature, control);
        Ok(self.with_room(all)?)
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
        Ok(Live::replace(self, pass, point, value)?)
    }

    fn evaluate(
        &mut self,
        pass: usize,
        given: &[(usize, HostTensor)],
        wanted: usize,
    ) -> Result<HostTensor<'static>, SourceError> {
        let value = self.with_room(|live| {
            let value = live.evaluate_alone(pass, given, wanted)?;
            value.host(live.info.dtype)
        });
        Ok(value?)
    }

    fn start_hash(&mut self) {
        self.checkpoint.start_hash();
    }

    fn hash_status(&self) -> String {
        self.checkpoint.hash_status().to_string()
    }

    fn same_model(
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
        Ok(self.begin(tokens, start, pass + 1)?)
    }

    fn restart(&mut self, prompt: &str) -> Result<(), SourceError> {
        let tokens = tokenize(&self.checkpoint, prompt, self.options.special_tokens)?;
        self.begin(tokens, 0, 0)?;
        self.prompt = prompt.to_owned();
        Ok(())
    }

    fn save(&mut self, path: &Path, hooks: &GlobSet, control: &Control) -> Result<(), SourceError> {
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
        save::save(self, &graph, &prompt, text, path, hooks, control)
    }
}
