//! The live engine: runs layers as questions come, keeps each layer's input, and looks back by
//! computing a layer again.

use std::path::Path;
use std::sync::Arc;

use globset::GlobSet;
use tch::{Device, Kind, Tensor};

use super::cache::{Activations, LayerCache};
use super::decoder::{PassContext, block, embed, finish, unembed};
use super::resident::Resident;
use super::tap::Tap;
use super::value::Value;
use super::weights::Loader;
use super::{EngineError, Result, device, kind_of, save, view};
use crate::checkpoint::Checkpoint;
use crate::engine::{Options, sampling};
use crate::trace::detail::Detail;
use crate::trace::hook::Layer;
use crate::trace::plan::{Axis, HookPoint, Plan};
use crate::trace::source::{
    Choice, Control, ModelInfo, Pass, Progress, Source, SourceError, Token,
};
use crate::trace::tensor::{Candidate, Distribution, HostTensor, Pick, Slice, Summary, Values};

/// Bytes of activations kept for looking back. Memory that comes round again soon is still in the
/// processor's cache: with four times as much, taps on 512 tokens cost 15 % instead of 4.
const ACTIVATIONS: usize = 64 << 20;

/// A model at work on a prompt.
pub struct Live {
    passes: Vec<Pass>,
    runs: Vec<Run>,
    /// One a block.
    caches: Vec<LayerCache>,
    kept: Activations,
    lens: Option<Lens>,
    weights: Resident,
    info: ModelInfo,
    prompt: String,
    /// As in [`Options::special_tokens`].
    special_tokens: bool,
    /// As in [`Options::whole_scores`].
    whole_scores: usize,
    kind: Kind,
    device: Device,
    /// Last: the weights above borrow its mapping, and fields are dropped in order.
    checkpoint: Checkpoint,
}

/// What the lens read last: most steps leave the residual stream as it was, and a large vocabulary
/// costs more than the rest of a frame.
struct Lens {
    /// `[1, d_model]`
    resid: Tensor,
    /// `[vocab]`
    logits: Tensor,
}

/// What one pass has computed so far.
struct Run {
    /// `[token]`
    ids: Tensor,
    /// `[token]`, where the model tells segments apart.
    segments: Option<Tensor>,
    context: PassContext,
    /// The residual stream `[token, d_model]` that enters each block, then the unembedding. Its
    /// length says how far the pass has come.
    inputs: Vec<Tensor>,
    /// The last token's logits `[vocab]`, once asked for.
    logits: Option<Tensor>,
}

impl Live {
    pub fn open(checkpoint: Checkpoint, prompt: &str, options: &Options) -> Result<Live> {
        device::keep_freed_memory();
        // A large tokenizer takes as long to read as libtorch takes to start.
        let (tokens, device) = std::thread::scope(|scope| {
            let tokens = scope.spawn(|| tokenize(&checkpoint, prompt, options.special_tokens));
            let device = device::resolve(options.device);
            (tokens.join(), device)
        });
        let tokens = tokens
            .map_err(|_| SourceError::Other("the tokenizer failed on this prompt".into()))??;
        let device = device?;
        let arch = &checkpoint.arch;
        let info = checkpoint.info(options.dtype, device::name(device))?;
        let mut live = Live {
            passes: Vec::new(),
            runs: Vec::new(),
            caches: (0..arch.n_layers).map(|_| LayerCache::new()).collect(),
            kept: Activations::new(ACTIVATIONS),
            lens: None,
            weights: Resident::new(arch.n_layers, options.resident),
            info,
            prompt: prompt.to_owned(),
            special_tokens: options.special_tokens,
            whole_scores: options.whole_scores,
            kind: kind_of(options.dtype),
            device,
            checkpoint,
        };
        live.begin(tokens, 0)?;
        Ok(live)
    }

    /// Add a pass that runs `tokens[start..]`.
    fn begin(&mut self, tokens: Vec<Token>, start: usize) -> Result<()> {
        let (n_ctx, d_vocab) = (self.info.n_ctx, self.info.d_vocab);
        if tokens.len() > n_ctx {
            return Err(SourceError::TooLong {
                tokens: tokens.len(),
                n_ctx,
            }
            .into());
        }
        if let Some(token) = tokens.iter().find(|t| t.id as usize >= d_vocab) {
            return Err(SourceError::NoSuchToken {
                id: token.id,
                d_vocab,
            }
            .into());
        }
        let ids: Vec<i64> = tokens[start..].iter().map(|t| i64::from(t.id)).collect();
        let (count, past) = (ids.len() as i64, start as i64);
        let arch = &self.checkpoint.arch;
        self.runs.push(Run {
            context: PassContext::new(
                arch,
                count,
                past,
                self.whole_scores,
                self.kind,
                self.device,
            )?,
            ids: Tensor::f_from_slice(&ids)?.f_to_device(self.device)?,
            segments: match arch.embedding.segments {
                Some(count) => {
                    let ids = self.checkpoint.tokenizer()?.segments(&tokens, count);
                    Some(Tensor::f_from_slice(&ids[start..])?.f_to_device(self.device)?)
                }
                None => None,
            },
            inputs: Vec::new(),
            logits: None,
        });
        let plan = Arc::new(arch.plan(tokens.len() - start, start));
        self.passes.push(Pass {
            tokens,
            start,
            plan,
        });
        Ok(())
    }

    fn layer(&self, index: usize) -> Layer {
        match index {
            0 => Layer::Embed,
            i if i <= self.info.n_layers => Layer::Block(i - 1),
            _ => Layer::Unembed,
        }
    }

    fn index(&self, layer: Layer) -> usize {
        match layer {
            Layer::Embed => 0,
            Layer::Block(i) => i + 1,
            Layer::Unembed => self.info.n_layers + 1,
        }
    }

    /// Compute one layer whose input is known; the residual stream it leaves, which the last one does
    /// not change.
    fn run_layer(&mut self, pass: usize, index: usize, tap: &mut Tap) -> Result<Tensor> {
        let _no_grad = tch::no_grad_guard();
        let layer = self.layer(index);
        if index <= self.info.n_layers {
            self.checkpoint.will_need(self.layer(index + 1));
        }
        let past = self.passes[pass].start as i64;
        let loader = Loader {
            checkpoint: &self.checkpoint,
            kind: self.kind,
            device: self.device,
            instead: None,
        };
        let (arch, run) = (&self.checkpoint.arch, &self.runs[pass]);
        match layer {
            Layer::Embed => {
                let w = self.weights.embed(&loader)?;
                let segments = run.segments.as_ref();
                embed(&run.ids, segments, w, arch, past, self.kind, tap)
            }
            Layer::Block(i) => {
                let cache = &mut self.caches[i];
                cache.rewind(past);
                let w = self.weights.block(&loader, i)?;
                let resid = block(&run.inputs[i], w, arch, i, &run.context, Some(cache), tap)?;
                self.weights.prefetch(&loader, i + 1);
                Ok(resid)
            }
            Layer::Unembed => {
                let w = self.weights.unembed(&loader)?;
                finish(&run.inputs[arch.n_layers], w, arch, tap)?;
                Ok(run.inputs[arch.n_layers].shallow_clone())
            }
        }
    }

    /// Run what is missing before layer `index`.
    fn run_before(&mut self, pass: usize, index: usize, control: &Control) -> Result<()> {
        for next in self.runs[pass].inputs.len()..index {
            control.check(Progress {
                layer: self.layer(next),
                done: next,
                total: index,
            })?;
            let resid = self.run_layer(pass, next, &mut Tap::off())?;
            self.runs[pass].inputs.push(resid);
        }
        Ok(())
    }

    /// Every activation of the layer that computes `point`, and the place of `point` among them.
    fn activations(
        &mut self,
        pass: usize,
        point: usize,
        control: &Control,
    ) -> Result<(&[Value], usize)> {
        let plan = self.plan(pass)?;
        let layer = plan
            .points()
            .get(point)
            .ok_or_else(|| SourceError::Slice(format!("the plan has {} hook points", plan.len())))?
            .layer();
        let (index, range) = (self.index(layer), plan.layer_range(layer));
        if self.kept.get(pass, index).is_none() {
            self.run_before(pass, index, control)?;
            control.check(Progress {
                layer,
                done: index,
                total: index + 1,
            })?;
            let points = &plan.points()[range.clone()];
            let long = self.runs[pass].context.is_long();
            let held = |p: &&HookPoint| !(long && p.axes.contains(&Axis::Query));
            let numel: usize = points.iter().filter(held).map(HookPoint::numel).sum();
            self.kept.make_room(numel * self.kind.elt_size_in_bytes());
            let mut tap = Tap::keeping();
            let resid = self.run_layer(pass, index, &mut tap)?;
            if index <= self.info.n_layers && self.runs[pass].inputs.len() == index {
                self.runs[pass].inputs.push(resid);
            }
            let values = tap.into_kept();
            debug_assert_eq!(
                values.len(),
                range.len(),
                "every hook point of {layer} fires once"
            );
            self.kept.put(pass, index, values);
        }
        let values = self.kept.get(pass, index).unwrap_or_default();
        Ok((values, point - range.start))
    }

    fn activation(&mut self, pass: usize, point: usize) -> Result<Value> {
        let (values, at) = self.activations(pass, point, &Control::default())?;
        values
            .get(at)
            .map(Value::shallow_clone)
            .ok_or_else(|| EngineError::Torch("the layer gave fewer values than its plan".into()))
    }

    fn plan(&self, pass: usize) -> Result<Arc<Plan>> {
        let found = self.passes.get(pass).map(|p| p.plan.clone());
        Ok(found.ok_or_else(|| SourceError::Slice(format!("there is no pass {pass}")))?)
    }

    /// Logits `[vocab]` of token `row`, read from the residual stream at `point`.
    fn lens_logits(&mut self, pass: usize, point: usize, row: usize) -> Result<Tensor> {
        let plan = self.plan(pass)?;
        if let Some(end) = plan.speechless() {
            return Err(SourceError::NoLogits { end }.into());
        }
        let tokens = self.passes[pass].tokens.len() - self.passes[pass].start;
        if row >= tokens {
            return Err(SourceError::Slice(format!("row {row} of {tokens} tokens")).into());
        }
        let final_layer = plan
            .points()
            .get(point)
            .is_some_and(|p| p.layer() == Layer::Unembed);
        let resid = if final_layer {
            self.run_before(pass, self.info.n_layers + 1, &Control::default())?;
            self.runs[pass].inputs[self.info.n_layers].shallow_clone()
        } else {
            let at = plan
                .residual_at(point)
                .ok_or_else(|| SourceError::Other("no residual stream stands here yet".into()))?;
            self.activation(pass, at)?.whole()?.shallow_clone()
        };
        let row = resid.f_narrow(0, row as i64, 1)?; // [1, d_model]
        if let Some(last) = &self.lens
            && last.resid.f_equal(&row)?
        {
            return Ok(last.logits.shallow_clone());
        }
        let _no_grad = tch::no_grad_guard();
        let loader = Loader {
            checkpoint: &self.checkpoint,
            kind: self.kind,
            device: self.device,
            instead: None,
        };
        let w = self.weights.unembed(&loader)?;
        let logits = unembed(&row, w, &self.checkpoint.arch, &mut Tap::off())?.f_squeeze_dim(0)?;
        self.lens = Some(Lens {
            resid: row,
            logits: logits.shallow_clone(),
        });
        Ok(logits)
    }

    /// The last token's logits at the end of the pass.
    fn final_logits(&mut self, pass: usize) -> Result<Tensor> {
        if self.runs[pass].logits.is_none() {
            let plan = self.plan(pass)?;
            let last = self.passes[pass].tokens.len() - self.passes[pass].start - 1;
            let logits = self.lens_logits(pass, plan.len() - 1, last)?;
            self.runs[pass].logits = Some(logits);
        }
        match &self.runs[pass].logits {
            Some(logits) => Ok(logits.shallow_clone()),
            None => Err(EngineError::Torch("no logits".into())),
        }
    }

    fn distribution(&self, logits: &Tensor, k: usize, temperature: f64) -> Result<Distribution> {
        let logits = logits.f_to_kind(Kind::Double)?; // [vocab]
        let log_p = logits.f_div_scalar(temperature)?.f_log_softmax(-1, None)?;
        let p = log_p.f_exp()?;
        // 0 · log 0 is 0; any other NaN is one.
        let terms = p.f_mul(&log_p)?.f_masked_fill(&p.f_eq(0.0)?, 0.0)?;
        // Not negated: that would make -0 of 0.
        let entropy = 0.0 - terms.f_sum(None)?.f_double_value(&[])?;
        let k = k.min(self.info.d_vocab) as i64;
        let (top, ids) = logits.f_topk(k, -1, true, true)?;
        let probs = view::to_f64(&p.f_index_select(0, &ids)?)?;
        let tokenizer = self.checkpoint.tokenizer()?;
        let top = view::to_f64(&ids)?
            .into_iter()
            .zip(view::to_f64(&top)?)
            .zip(probs)
            .map(|((id, logit), prob)| {
                let token = tokenizer.token(id as u32);
                Candidate {
                    id: token.id,
                    text: token.text,
                    logit,
                    prob,
                }
            })
            .collect();
        Ok(Distribution {
            top,
            entropy,
            temperature,
        })
    }

    fn choose(&mut self, pass: usize, choice: &Choice) -> Result<u32> {
        let d_vocab = self.info.d_vocab;
        if let Choice::Token(id) = *choice {
            return match (id as usize) < d_vocab {
                true => Ok(id),
                false => Err(SourceError::NoSuchToken { id, d_vocab }.into()),
            };
        }
        let logits = view::to_f64(&self.final_logits(pass)?)?;
        let chosen = match choice {
            Choice::Sample(how) => {
                sampling::sample(&logits, how, self.passes[pass].tokens.len() as u64)
            }
            _ => sampling::greedy(&logits),
        };
        let none = || SourceError::Other("every logit is NaN: no token can be chosen".into());
        Ok(chosen.ok_or_else(none)? as u32)
    }

    fn truncate(&mut self, passes: usize) {
        self.passes.truncate(passes);
        self.runs.truncate(passes);
        self.kept.truncate(passes);
    }
}

fn tokenize(checkpoint: &Checkpoint, prompt: &str, special: bool) -> Result<Vec<Token>> {
    let tokens = checkpoint.tokenizer()?.encode_with(prompt, special)?;
    if tokens.is_empty() {
        return Err(SourceError::EmptyPrompt.into());
    }
    Ok(tokens)
}

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

    fn run_to(&mut self, pass: usize, point: usize, control: &Control) -> Result<(), SourceError> {
        self.activations(pass, point, control)?;
        Ok(())
    }

    fn values(&mut self, pass: usize, point: usize, slice: &Slice) -> Result<Values, SourceError> {
        let plan = self.plan(pass)?;
        check(&plan, point, slice)?;
        Ok(self.activation(pass, point)?.values(slice)?)
    }

    fn summary(
        &mut self,
        pass: usize,
        point: usize,
        control: &Control,
    ) -> Result<Summary, SourceError> {
        Ok(self.activation(pass, point)?.summary(control)?)
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
        Ok(self
            .activation(pass, point)?
            .heads(axis, rows, cols, control)?)
    }

    fn lens(
        &mut self,
        pass: usize,
        point: usize,
        row: usize,
        k: usize,
        temperature: f64,
    ) -> Result<Distribution, SourceError> {
        let logits = self.lens_logits(pass, point, row)?;
        Ok(self.distribution(&logits, k, temperature)?)
    }

    fn details(&self, pass: usize) -> Result<Vec<Detail>, SourceError> {
        let pass = self.passes.get(pass);
        let ids: Vec<u32> = pass.iter().flat_map(|p| &p.tokens).map(|t| t.id).collect();
        let tokenizer = self.checkpoint.tokenizer().map_err(EngineError::from)?;
        Ok(tokenizer.details(&ids))
    }

    fn tensor(&mut self, pass: usize, point: usize) -> Result<HostTensor<'_>, SourceError> {
        Ok(self.activation(pass, point)?.host(self.info.dtype)?)
    }

    fn next(&mut self, pass: usize, choice: &Choice, control: &Control) -> Result<(), SourceError> {
        if let Some(end) = self.plan(pass)?.speechless() {
            return Err(SourceError::NoLogits { end });
        }
        if !self.info.causal {
            return Err(SourceError::Encoder);
        }
        self.run_before(pass, self.info.n_layers + 1, control)?;
        let id = self.choose(pass, choice)?;
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
        save::save(self, &prompt, path, hooks, control)
    }
}
