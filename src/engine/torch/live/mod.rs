//! The live engine: runs layers as questions come, keeps each layer's input, and looks back by
//! computing a layer again.

mod lens;
mod source;

use std::sync::Arc;

use tch::{Device, Kind, Tensor};

use super::activations::Activations;
use super::decoder::{PassContext, block, embed, finish};
use super::kv_cache::LayerCache;
use super::resident::Resident;
use super::tap::Tap;
use super::value::Value;
use super::{EngineError, Result, device, from_panic, kind_of};
use crate::checkpoint::Checkpoint;
use crate::engine::Options;
use crate::panics;
use crate::trace::hook::Layer;
use crate::trace::plan::{Axis, HookPoint, Plan};
use crate::trace::source::{Control, ModelInfo, Pass, Progress, SourceError};
use crate::trace::token::Token;
use lens::Lens;

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
    /// Last: activations above may borrow its mapping, and fields are dropped in order.
    checkpoint: Arc<Checkpoint>,
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
        let info = checkpoint.info(options.dtype, device::name(device))?;
        let (checkpoint, kind) = (Arc::new(checkpoint), kind_of(options.dtype));
        let mut live = Live {
            passes: Vec::new(),
            runs: Vec::new(),
            caches: (0..info.n_layers).map(|_| LayerCache::new()).collect(),
            kept: Activations::new(ACTIVATIONS),
            lens: None,
            weights: Resident::new(checkpoint.clone(), kind, device, options.resident),
            info,
            prompt: prompt.to_owned(),
            special_tokens: options.special_tokens,
            whole_scores: options.whole_scores,
            kind,
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
        let context = self.with_room(|live| {
            let (arch, whole) = (&live.checkpoint.arch, live.whole_scores);
            PassContext::new(arch, count, past, whole, live.kind, live.device)
        })?;
        let arch = &self.checkpoint.arch;
        self.runs.push(Run {
            context,
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
        let (arch, run) = (&self.checkpoint.arch, &self.runs[pass]);
        match layer {
            Layer::Embed => {
                let w = self.weights.embed()?;
                let segments = run.segments.as_ref();
                let resid = embed(&run.ids, segments, w, arch, past, self.kind, tap)?;
                self.weights.prefetch(0);
                Ok(resid)
            }
            Layer::Block(i) => {
                let cache = &mut self.caches[i];
                cache.rewind(past);
                let w = self.weights.block(i)?;
                let resid = block(&run.inputs[i], w, arch, i, &run.context, Some(cache), tap)?;
                // After the last comes the next pass's first.
                self.weights.prefetch((i + 1) % arch.n_layers);
                Ok(resid)
            }
            Layer::Unembed => {
                let w = self.weights.unembed()?;
                finish(&run.inputs[arch.n_layers], w, arch, tap)?;
                Ok(run.inputs[arch.n_layers].shallow_clone())
            }
        }
    }

    /// What `ask` says, with ever fewer weights and activations beside it while a GPU has no memory left.
    fn with_room<T>(&mut self, ask: impl Fn(&mut Live) -> Result<T>) -> Result<T> {
        let mut last = false;
        loop {
            let answer = panics::catch(|| ask(self)).unwrap_or_else(|panic| Err(from_panic(panic)));
            match answer {
                Err(EngineError::OutOfMemory(_)) if self.weights.make_room(1) => {}
                // Once: what is asked keeps activations again, and brings its block again.
                Err(EngineError::OutOfMemory(_)) if !last => {
                    last = true;
                    self.kept.forget();
                    self.weights.make_room(0);
                }
                answer => return answer,
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
        let layer = hook(&plan, point)?.layer();
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

    fn truncate(&mut self, passes: usize) {
        self.passes.truncate(passes);
        self.runs.truncate(passes);
        self.kept.truncate(passes);
    }
}

fn hook(plan: &Plan, point: usize) -> Result<&HookPoint> {
    let found = plan.points().get(point);
    Ok(found
        .ok_or_else(|| SourceError::Slice(format!("the plan has {} hook points", plan.len())))?)
}

fn tokenize(checkpoint: &Checkpoint, prompt: &str, special: bool) -> Result<Vec<Token>> {
    let tokens = checkpoint.tokenizer()?.encode_with(prompt, special)?;
    if tokens.is_empty() {
        return Err(SourceError::EmptyPrompt.into());
    }
    Ok(tokens)
}
