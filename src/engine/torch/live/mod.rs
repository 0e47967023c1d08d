//! The live engine. It runs layers when questions need them, keeps the values that cross from layer to layer,
//! and computes a layer again to look back at it.

mod alone;
mod aside;
mod direct;
mod direction;
mod effect;
mod factors;
mod fidelity;
mod frozen;
mod grid;
mod inputs;
mod interventions;
mod lens;
mod numbers;
mod repeated;
mod source;
mod split;
mod sweep;
mod through;
mod weights;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tch::{Device, Kind, Tensor};

use super::activations::Activations;
use super::evaluate::{Changes, Evaluated, Given, evaluate};
use super::pass::PassContext;
use super::resident::Resident;
use super::state::State;
use super::value::Value;
use super::{EngineError, Result, device, from_panic, kind_of, threads};
use crate::checkpoint::Checkpoint;
use crate::engine::Options;
use crate::graph::named::Named;
use crate::graph::operation::Operation;
use crate::graph::{Graph, NodeId};
use crate::panics;
use crate::trace::hook::Layer;
use crate::trace::intervention::Interventions;
use crate::trace::lens_file::LensFile;
use crate::trace::plan::Plan;
use crate::trace::source::{Control, ModelInfo, Pass, Progress, SourceError, Work};
use crate::trace::token::Token;
use lens::Lens;

/// Bytes of activations that are kept for looking back. Memory that is reused soon is still in the
/// processor's cache: with four times as much, taps on 512 tokens cost 15 % instead of 4.
const ACTIVATIONS: usize = 64 << 20;
/// The bytes of a pass's addends that are kept at most: twice the residual streams of a pass, which are kept anyway.
const ADDENDS: usize = 256 << 20;

/// A model running a prompt.
pub struct Live {
    passes: Vec<Pass>,
    runs: Vec<Run>,
    interventions: Interventions,
    /// The runs without interventions, as far as they came, while one is on.
    own: Option<Vec<Run>>,
    graph: Arc<Graph>,
    /// The node of each hook point of a plan.
    hooks: Vec<NodeId>,
    kept: Activations,
    lens: Option<Lens>,
    /// The last sweep: a screen, an export and a reply ask for the same one.
    swept: Option<sweep::Swept>,
    /// The lens from a file that is in use.
    through: Option<Arc<LensFile>>,
    /// The names of the weights, after one was first asked for.
    named: Option<Arc<[Named]>>,
    /// Branches share them.
    weights: Arc<Mutex<Resident>>,
    info: ModelInfo,
    prompt: String,
    options: Options,
    /// The kind and device of the computation.
    place: (Kind, Device),
    /// The checkpoint stands last: activations above may borrow its mapping, and fields are dropped in order.
    checkpoint: Arc<Checkpoint>,
}

/// The results of one pass so far.
struct Run {
    context: PassContext,
    /// Token ids and segments.
    inputs: HashMap<NodeId, Value>,
    /// The interventions that hold in this pass.
    changes: Changes,
    /// The number of layers that have run.
    layers: usize,
    /// Values that later layers read from those that have run, mostly the residual stream, and the stream's addends
    /// as far as they fit.
    crossing: HashMap<NodeId, Value>,
    /// States that the layers that have run leave for the next pass.
    states: HashMap<NodeId, State>,
    /// The last token's logits `[vocab]`, after they were first asked for.
    logits: Option<Tensor>,
}

impl Live {
    pub fn open(checkpoint: Checkpoint, prompt: &str, options: &Options) -> Result<Live> {
        device::keep_freed_memory();
        threads::limit();
        // Reading a large tokenizer takes as long as starting libtorch, so both run at once.
        let (tokens, device) = std::thread::scope(|scope| {
            let tokens = scope.spawn(|| tokenize(&checkpoint, prompt, options.special_tokens));
            let device = device::resolve(options.device);
            (tokens.join(), device)
        });
        let tokens = tokens
            .map_err(|_| SourceError::Other("the tokenizer failed on this prompt".into()))??;
        let device = device?;
        let info = checkpoint.info(options.dtype, device::name(device))?;
        let (checkpoint, place) = (Arc::new(checkpoint), (kind_of(options.dtype), device));
        let graph = Arc::new(checkpoint.graph());
        let hooks = graph.nodes().filter(|(_, node)| node.hook);
        let mut live = Live {
            passes: Vec::new(),
            runs: Vec::new(),
            interventions: Interventions::default(),
            own: None,
            hooks: hooks.map(|(id, _)| id).collect(),
            kept: Activations::new(ACTIVATIONS),
            lens: None,
            swept: None,
            through: None,
            named: None,
            weights: Arc::new(Mutex::new(Resident::new(
                checkpoint.clone(),
                graph.clone(),
                place,
                options.resident,
            ))),
            graph,
            info,
            prompt: prompt.to_owned(),
            options: options.clone(),
            place,
            checkpoint,
        };
        live.begin(tokens, 0, 0)?;
        Ok(live)
    }

    /// Begin a pass that runs `tokens[start..]` after the first `earlier` passes, and drop later passes.
    fn begin(&mut self, tokens: Vec<Token>, start: usize, earlier: usize) -> Result<()> {
        self.check_tokens(&tokens)?;
        self.passes.truncate(earlier);
        self.runs.truncate(earlier);
        self.own.iter_mut().for_each(|own| own.truncate(earlier));
        self.kept.truncate(earlier);
        let run = self.with_room(|live| live.run_of(&tokens, start))?;
        self.runs.push(run);
        let plan = Arc::new(self.graph.plan(tokens.len() - start, start));
        self.passes.push(Pass {
            tokens,
            start,
            plan,
        });
        Ok(())
    }

    /// Whether the model can run these tokens.
    fn check_tokens(&self, tokens: &[Token]) -> Result<()> {
        let arch = &self.checkpoint.arch;
        let counted = tokens.iter().filter(|t| arch.is_counted(t.id)).count();
        if let Some(n_ctx) = arch.most_tokens().filter(|most| counted > *most) {
            let tokens = counted;
            return Err(SourceError::TooLong { tokens, n_ctx }.into());
        }
        tokens.iter().try_for_each(|t| self.check_token(t.id))
    }

    fn check_token(&self, id: u32) -> Result<()> {
        let d_vocab = self.info.d_vocab;
        if id as usize >= d_vocab {
            return Err(SourceError::NoSuchToken { id, d_vocab }.into());
        }
        Ok(())
    }

    /// A new pass, with no layer run.
    fn run_of(&self, tokens: &[Token], start: usize) -> Result<Run> {
        self.run_with(tokens, start, self.options.whole_scores)
    }

    /// A new pass that holds no more than so many scores of a layer whole.
    fn run_with(&self, tokens: &[Token], start: usize, whole: usize) -> Result<Run> {
        let arch = &self.checkpoint.arch;
        let ids: Vec<i64> = tokens[start..].iter().map(|t| i64::from(t.id)).collect();
        let lengths = [ids.len() as i64, start as i64];
        let place = self.place;
        let mut inputs = HashMap::new();
        for (id, node) in self.graph.nodes() {
            let numbers = match (&node.operation, arch.embedding.segments) {
                (Operation::Tokens, _) => ids.clone(),
                (Operation::Segments, Some(count)) => {
                    self.checkpoint.tokenizer()?.segments(tokens, count)[start..].to_vec()
                }
                _ => continue,
            };
            let numbers = Tensor::f_from_slice(&numbers)?.f_to_device(self.place.1)?; // [token]
            inputs.insert(id, Value::Whole(numbers));
        }
        Ok(Run {
            context: PassContext::new(arch, &self.graph, lengths, whole, place)?,
            inputs,
            changes: HashMap::new(),
            layers: 0,
            crossing: HashMap::new(),
            states: HashMap::new(),
            logits: None,
        })
    }

    /// The weights in memory.
    fn weights(&self) -> MutexGuard<'_, Resident> {
        self.weights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The layer at index `position` of the order of execution.
    fn layer(&self, position: usize) -> Layer {
        self.graph.layers().nth(position).unwrap_or(Layer::Unembed)
    }

    /// Values of one layer of a pass, computed from the known ones, with the pass's interventions if it is
    /// to `change`.
    fn evaluate(
        &mut self,
        pass: usize,
        position: usize,
        values: HashMap<NodeId, Value>,
        wanted: &[NodeId],
        change: bool,
    ) -> Result<Evaluated> {
        let _no_grad = tch::no_grad_guard();
        let layer = self.layer(position);
        if position <= self.info.n_layers {
            self.checkpoint.will_need(self.layer(position + 1));
        }
        let (none, unchanged) = (HashMap::new(), HashMap::new());
        let given = Given {
            pass: &self.runs[pass].context,
            values,
            states: pass
                .checked_sub(1)
                .map_or(&none, |before| &self.runs[before].states),
            changes: if change {
                &self.runs[pass].changes
            } else {
                &unchanged
            },
        };
        let mut weights = self.weights();
        let evaluated = evaluate(&self.graph, position, &given, wanted, |nodes| {
            weights.weights(layer, nodes)
        })?;
        // The block that runs after the last one is the next pass's first.
        match layer {
            Layer::Embed => weights.prefetch(0),
            Layer::Block(i) => weights.prefetch((i + 1) % self.info.n_layers),
            Layer::Unembed => {}
        }
        Ok(evaluated)
    }

    /// Run a layer whose inputs are known, keep the values that others need, and return those of `wanted`.
    fn run_layer(&mut self, pass: usize, position: usize, wanted: &[NodeId]) -> Result<Vec<Value>> {
        let graph = self.graph.clone();
        let crossing = graph.crossing(position);
        // The next pass may be the only reader of a state.
        let nodes = graph.layer_nodes(position);
        let states = nodes.filter(|(_, node)| node.operation.leaves_state());
        let states: Vec<NodeId> = states.map(|(id, _)| id).collect();
        let all = [wanted, crossing, &states].concat();
        let known = self.known(pass, position);
        let Evaluated { mut values, states } = self.evaluate(pass, position, known, &all, true)?;
        let leaving = values.split_off(wanted.len());
        let run = &mut self.runs[pass];
        if run.layers == position {
            run.crossing.extend(crossing.iter().copied().zip(leaving));
            for (id, state) in states {
                state.commit();
                run.states.insert(id, state);
            }
            run.layers += 1;
        }
        Ok(values)
    }

    /// The values of a layer that are known before it runs: its inputs, and cached activations.
    fn known(&mut self, pass: usize, position: usize) -> HashMap<NodeId, Value> {
        let run = &self.runs[pass];
        let entering = self.graph.entering(position).iter();
        let crossing = entering.filter_map(|id| Some((*id, run.crossing.get(id)?.clone())));
        let mut known: HashMap<NodeId, Value> = crossing.collect();
        // Nothing is computed from lazy scores, and they cost nothing to make again.
        let kept = self.kept.get(pass, position).into_iter().flatten();
        let kept = kept.filter(|(_, value)| value.whole().is_ok());
        known.extend(kept.map(|(id, value)| (*id, value.clone())));
        known.extend(run.inputs.clone());
        known
    }

    /// Run `ask`. While a GPU has no memory left, run it again with fewer weights and activations in memory.
    fn with_room<T>(&mut self, ask: impl Fn(&mut Live) -> Result<T>) -> Result<T> {
        let mut last = false;
        loop {
            let answer = panics::catch(|| ask(self)).unwrap_or_else(|panic| Err(from_panic(panic)));
            match answer {
                Err(EngineError::OutOfMemory(_)) if self.weights().make_room(1) => {}
                // Once is not enough: `ask` fills the cache of activations and loads its block again.
                Err(EngineError::OutOfMemory(_)) if !last => {
                    last = true;
                    self.kept.clear();
                    self.forget_addends();
                    self.weights().make_room(0);
                }
                answer => return answer,
            }
        }
    }

    /// Run everything that the layer at `position` depends on: the layers before it, and in earlier passes
    /// that layer too, for its state.
    fn run_before(&mut self, pass: usize, position: usize, control: &Control) -> Result<()> {
        let states = (position + 1).min(self.info.n_layers + 1);
        // A pass that has run has the states of all passes before it.
        let lacks = |before: &usize| self.runs[*before].layers < states;
        let first = (0..pass).rev().take_while(lacks).last().unwrap_or(pass);
        for before in first..pass {
            self.run_layers(before, states, control)?;
        }
        self.run_layers(pass, position, control)
    }

    /// Run the layers of a pass up to `end`. The addends of the residual stream are kept where those of the whole pass
    /// fit: a question about a late sum would run all blocks again for them. They take no part of the memory of the
    /// layers that are looked at, which would be dropped for them.
    fn run_layers(&mut self, pass: usize, end: usize, control: &Control) -> Result<()> {
        if self.runs[pass].layers >= end {
            return Ok(());
        }
        let (graph, context) = (self.graph.clone(), &self.runs[pass].context);
        let layers = self.info.n_layers + 2;
        let addends: Vec<Vec<NodeId>> = (0..layers).map(|i| graph.addends(i)).collect();
        let bytes = addends
            .iter()
            .flatten()
            .map(|id| context.bytes(graph.node(*id)));
        let fit = bytes.sum::<usize>() <= ADDENDS;
        let first = self.runs[pass].layers;
        for (next, addends) in addends.iter().enumerate().take(end).skip(first) {
            control.check(Progress {
                at: Work::Layer(self.layer(next)),
                done: next,
                total: end,
            })?;
            if fit {
                let values = self.run_layer(pass, next, addends)?;
                let values = addends.iter().copied().zip(values);
                self.runs[pass].crossing.extend(values);
            } else {
                self.run_layer(pass, next, &[])?;
            }
        }
        Ok(())
    }

    /// Drop the addends of the stream, which are computed again where they are asked for.
    fn forget_addends(&mut self) {
        let graph = self.graph.clone();
        let crosses = |id: &NodeId| graph.crossing(graph.position_of(*id)).contains(id);
        for run in self.runs.iter_mut().chain(self.own.iter_mut().flatten()) {
            run.crossing.retain(|id, _| crosses(id));
        }
    }

    /// The value of a node of a pass. All activations of its layer are kept with it.
    fn activation(&mut self, pass: usize, id: NodeId, control: &Control) -> Result<Value> {
        let position = self.graph.position_of(id);
        let kept = self.kept.get(pass, position);
        let kept = kept.and_then(|kept| kept.get(&id));
        if let Some(value) = kept.or_else(|| self.runs[pass].crossing.get(&id)) {
            return Ok(value.clone());
        }
        self.run_before(pass, position, control)?;
        control.check(Progress {
            at: Work::Layer(self.layer(position)),
            done: position,
            total: position + 1,
        })?;
        let (graph, context) = (self.graph.clone(), &self.runs[pass].context);
        let nodes = graph.layer_nodes(position).filter(|(_, node)| node.hook);
        let hooks: Vec<NodeId> = nodes.map(|(id, _)| id).collect();
        let bytes = hooks.iter().map(|id| context.bytes(graph.node(*id)));
        self.kept.make_room(bytes.sum());
        let values = self.run_layer(pass, position, &hooks)?;
        let values: HashMap<NodeId, Value> = hooks.into_iter().zip(values).collect();
        let value = values.get(&id).cloned();
        self.kept.put(pass, position, values);
        value.ok_or_else(|| EngineError::Torch("the layer gave fewer values than its plan".into()))
    }

    fn plan(&self, pass: usize) -> Result<Arc<Plan>> {
        let found = self.passes.get(pass).map(|p| p.plan.clone());
        Ok(found.ok_or_else(|| SourceError::Slice(format!("there is no pass {pass}")))?)
    }

    /// The node of a hook point of the plan.
    fn node(&self, point: usize) -> Result<NodeId> {
        let found = self.hooks.get(point).copied();
        let count = self.hooks.len();
        Ok(found.ok_or_else(|| SourceError::Slice(format!("the plan has {count} hook points")))?)
    }
}

fn tokenize(checkpoint: &Checkpoint, prompt: &str, special: bool) -> Result<Vec<Token>> {
    let tokens = checkpoint.tokenizer()?.encode_with(prompt, special)?;
    if tokens.is_empty() {
        return Err(SourceError::EmptyPrompt.into());
    }
    Ok(tokens)
}
