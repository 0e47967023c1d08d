//! The one primitive of the engine: values of one layer, computed from given values.

use std::collections::HashMap;

use tch::Tensor;

use super::change::changed;

use super::feed_forward::{activate, choice, choose, cut, experts, gate, shares, xielu};
use super::head_experts;
use super::indexer::{self, hidden};
use super::lazy_scores::LazyScores;
use super::linear::{capped, clipped, linear, look_up, split_heads, times};
use super::long::{AttentionInputs, Stage};
use super::norm;
use super::pass::PassContext;
use super::pooling;
use super::positions::{counted, rotate, rotate_back, sinusoidal, sinusoidal_halves, tempered};
use super::recurrence::unrolled::Unrolled;
use super::recurrence::{self, LazyStates, Scan, convolution, peaks};
use super::scoring::{difference, gains, heads_of, join, lambda, mix, pattern, scores, unsunk};
use super::single;
use super::state::State;
use super::streams;
use super::value::Value;
use super::weights::Weights;
use super::{EngineError, Result};
use crate::graph::arch::Activation;
use crate::graph::operation::{Operation, Scores};
use crate::graph::role::{Param, Role};
use crate::graph::{Graph, Node, NodeId};
use crate::trace::hook;
use crate::trace::intervention::Intervention;
use crate::trace::plan::Axis;

/// The input of an evaluation.
pub struct Given<'a> {
    pub pass: &'a PassContext,
    /// Known values; they are used instead of being computed.
    pub values: HashMap<NodeId, Value>,
    /// The states that earlier passes left, by the node that stands for each; empty in the first pass.
    pub states: &'a HashMap<NodeId, State>,
    /// Changes to computed values, in their order. Known values have them already.
    pub changes: &'a Changes,
}

/// The interventions at each node of a pass.
pub type Changes = HashMap<NodeId, Vec<Intervention>>;

/// The result of an evaluation.
pub struct Evaluated {
    /// A value for each wanted node, in their order.
    pub values: Vec<Value>,
    /// The states that the next pass is given, by the node that stands for each. They are private to this
    /// evaluation until they are committed.
    pub states: Vec<(NodeId, State)>,
}

/// The values of `wanted` in the layer at index `layer`. Only the nodes between given and wanted ones are
/// computed; `weights` brings the weights of those nodes. A value is dropped after its last reader.
///
/// # Errors
/// [`Missing`](crate::graph::Missing) values, and any error of libtorch.
pub fn evaluate<'w>(
    graph: &Graph,
    layer: usize,
    given: &Given,
    wanted: &[NodeId],
    weights: impl FnOnce(&[NodeId]) -> Result<&'w Weights>,
) -> Result<Evaluated> {
    let fused = Fused::of(graph, layer, given, wanted);
    let all = [wanted, &fused.extra[..]].concat();
    let schedule = graph.schedule(layer, |id| given.values.contains_key(&id), &all)?;
    let mut run = Run {
        readers: graph.readers_within(&schedule),
        weights: weights(&schedule)?,
        graph,
        given,
        wanted: &all,
        values: HashMap::new(),
        states: Vec::new(),
        last_states: HashMap::new(),
    };
    for &id in &schedule {
        if fused.skipped.contains(&id) {
            continue;
        }
        let value = match fused.by_mix.get(&id) {
            Some(attention) => Value::Whole(run.attention(attention)?.mix()?),
            None => match (fused.by_read.get(&id), fused.beside(graph, id)) {
                (Some(states), _) => run.read_by_chunks(id, *states)?,
                (None, Some(attention)) => run.unsunk(id, attention)?,
                (None, None) => run.compute(id)?,
            },
        };
        let value = match given.changes.get(&id) {
            Some(changes) => Value::Whole(changed(graph.node(id), value.whole()?, changes)?),
            None => value,
        };
        run.values.insert(id, value);
        run.release(id);
        if let Some(attention) = fused.by_mix.get(&id) {
            run.release(attention.pattern);
            run.release(attention.scores);
        }
    }
    for attention in fused.by_mix.values() {
        run.lazily(attention)?;
    }
    run.lazy_recurrences(&fused.skipped)?;
    let values = wanted.iter().map(|id| run.value(*id).cloned());
    Ok(Evaluated {
        values: values.collect::<Result<_>>()?,
        states: run.states,
    })
}

/// The nodes of one attention.
struct Attention {
    spec: Scores,
    q: NodeId,
    k: NodeId,
    v: NodeId,
    /// What keys' values add to scores.
    gains: Option<NodeId>,
    /// The keys that an indexer chooses.
    chosen: Option<NodeId>,
    scores: NodeId,
    pattern: NodeId,
    mix: NodeId,
}

/// The attentions of a layer that are computed without scores.
#[derive(Default)]
struct Fused {
    by_mix: HashMap<NodeId, Attention>,
    /// The states of each read that is computed without holding them.
    by_read: HashMap<NodeId, NodeId>,
    /// Scores, patterns and states that are not held.
    skipped: Vec<NodeId>,
    /// Nodes that must be known besides the wanted ones: the inputs of lazy scores, and z, which their error
    /// is measured against.
    extra: Vec<NodeId>,
}

impl Fused {
    /// The attentions of `layer` whose scores are too long to hold. If scores or pattern are given or changed,
    /// attention is computed from them instead.
    fn of(graph: &Graph, layer: usize, given: &Given, wanted: &[NodeId]) -> Fused {
        let mut fused = Fused::default();
        for (mix, node) in graph.layer_nodes(layer) {
            fused.recurrence(graph, given, (mix, node));
            let Some(attention) = attention_of(graph, mix, node) else {
                continue;
            };
            let rows = [attention.scores, attention.pattern];
            let known = |id| given.values.contains_key(id) || given.changes.contains_key(id);
            if rows.iter().any(known) || !given.pass.is_long(graph.node(attention.scores)) {
                continue;
            }
            let beside = |id: &NodeId| graph.node(*id).operation == Operation::Unsunk;
            let reads = |id: &NodeId| graph.node(*id).inputs.contains(&attention.scores);
            let mut nodes = graph.layer_nodes(layer).map(|(id, _)| id);
            let read_again = nodes.any(|id| beside(&id) && reads(&id));
            if rows.iter().any(|id| wanted.contains(id)) || read_again {
                let Attention { q, k, v, .. } = attention;
                fused.extra.extend([mix, q, k, v]);
                fused.extra.extend(attention.gains);
                fused.extra.extend(attention.chosen);
            }
            fused.skipped.extend(rows);
            fused.by_mix.insert(mix, attention);
        }
        fused
    }
}

impl Fused {
    /// The attention whose scores, which are not held, a node reads beside its pattern.
    fn beside(&self, graph: &Graph, id: NodeId) -> Option<&Attention> {
        let node = graph.node(id);
        let mut all = self.by_mix.values();
        let own = all.find(|attention| node.inputs == [attention.scores]);
        own.filter(|_| node.operation == Operation::Unsunk)
    }

    /// States that are not held, and whoever reads them; and the pattern that they equal.
    fn recurrence(&mut self, graph: &Graph, given: &Given, (id, node): (NodeId, &Node)) {
        let known = |id| given.values.contains_key(&id) || given.changes.contains_key(&id);
        let lazy = |id| !known(id) && given.pass.is_long(graph.node(id));
        match (&node.operation, &node.inputs[..]) {
            (Operation::Recur | Operation::Unrolled(_), _) if lazy(id) => self.skipped.push(id),
            (Operation::Read, &[_, state]) if lazy(state) => {
                self.by_read.insert(id, state);
            }
            _ => {}
        }
    }
}

fn attention_of(graph: &Graph, mix: NodeId, node: &Node) -> Option<Attention> {
    let (Operation::Mix, &[pattern, v]) = (&node.operation, &node.inputs[..]) else {
        return None;
    };
    let &[scores] = &graph.node(pattern).inputs[..] else {
        return None;
    };
    let node = graph.node(scores);
    let (&Operation::Scores(spec), &[q, k, ref rest @ ..]) = (&node.operation, &node.inputs[..])
    else {
        return None;
    };
    Some(Attention {
        spec,
        q,
        k,
        v,
        gains: rest.first().copied().filter(|_| spec.most.is_some()),
        chosen: rest.first().copied().filter(|_| spec.most.is_none()),
        scores,
        pattern,
        mix,
    })
}

/// An evaluation in progress.
struct Run<'a> {
    graph: &'a Graph,
    given: &'a Given<'a>,
    wanted: &'a [NodeId],
    weights: &'a Weights,
    values: HashMap<NodeId, Value>,
    states: Vec<(NodeId, State)>,
    /// The state after the last token of each recurrence that is computed a chunk at a time.
    last_states: HashMap<NodeId, Tensor>,
    /// The number of readers that have still to run, for each node.
    readers: Vec<usize>,
}

impl Run<'_> {
    /// A given or computed value.
    fn value(&self, id: NodeId) -> Result<&Value> {
        let value = self.values.get(&id).or_else(|| self.given.values.get(&id));
        value.ok_or_else(|| lacks(self.graph, id))
    }

    /// A given or computed value, whole; an error if it is lazy.
    fn tensor(&self, id: NodeId) -> Result<&Tensor> {
        self.value(id)?.whole()
    }

    /// Drop the inputs that no node after `reader` reads.
    fn release(&mut self, reader: NodeId) {
        for input in &self.graph.node(reader).inputs {
            self.readers[input.0] = self.readers[input.0].saturating_sub(1);
            if self.readers[input.0] == 0 && !self.wanted.contains(input) {
                self.values.remove(input);
            }
        }
    }

    fn attention(&self, a: &Attention) -> Result<AttentionInputs> {
        let (pass, same) = (self.given.pass, Tensor::shallow_clone);
        Ok(AttentionInputs {
            q: tempered(self.tensor(a.q)?, a.spec.temper, pass.past)?,
            k: same(self.tensor(a.k)?),
            v: same(self.tensor(a.v)?),
            chosen: match a.chosen {
                Some(chosen) => Some(same(self.tensor(chosen)?)),
                None => None,
            },
            spec: a.spec,
            past: pass.past,
            bias: self.bias(&a.spec, a.q, a.gains)?,
            sinks: self.sinks(self.graph.node(a.pattern))?.map(same),
        })
    }

    /// The penalties of distance of scores, or what keys' values add to them. `[head, 1, key]`
    fn bias(&self, spec: &Scores, q: NodeId, own: Option<NodeId>) -> Result<Option<Tensor>> {
        let Some(own) = own else {
            return Ok(self.given.pass.bias(spec).map(Tensor::shallow_clone));
        };
        let n_heads = self.graph.node(q).shape[1].length(0, 0);
        Ok(Some(gains(self.tensor(own)?, n_heads as i64)?))
    }

    /// The share that sinks would leave of scores that are not held.
    fn unsunk(&self, id: NodeId, attention: &Attention) -> Result<Value> {
        let role = self.graph.node(id).weights.first().map(|w| w.role);
        let left = self.attention(attention)?.unsunk(self.weights.of(role)?)?;
        Ok(Value::Whole(left))
    }

    /// Insert lazy scores and pattern, if they are wanted.
    fn lazily(&mut self, a: &Attention) -> Result<()> {
        for (id, stage) in [(a.scores, Stage::Scores), (a.pattern, Stage::Pattern)] {
            if self.wanted.contains(&id) {
                let (inputs, z) = (self.attention(a)?, self.tensor(a.mix)?.shallow_clone());
                let rows = LazyScores::Attention { inputs, z, stage };
                self.values.insert(id, Value::Lazy(rows));
            }
        }
        Ok(())
    }

    fn sinks(&self, pattern: &Node) -> Result<Option<&Tensor>> {
        let has = pattern.operation == Operation::Pattern { sinks: true };
        let sinks = has.then(|| self.weights.tensor(Role::Sinks, Param::Weight));
        sinks.transpose()
    }

    /// The value of one node.
    fn compute(&mut self, id: NodeId) -> Result<Value> {
        let (graph, pass) = (self.graph, self.given.pass);
        let node = graph.node(id);
        if node.operation.leaves_state() {
            return self.leave(node);
        }
        let x = |i: usize| match node.inputs.get(i) {
            Some(input) => self.tensor(*input),
            None => Err(lacks(graph, id)),
        };
        let (w, role) = (self.weights, node.weights.first().map(|w| w.role));
        let (kind, tokens) = (pass.kind, pass.tokens);
        let value = match &node.operation {
            Operation::Tokens
            | Operation::Segments
            | Operation::Past
            | Operation::Append
            | Operation::LastRows { .. }
            | Operation::Carry => {
                return Err(lacks(graph, id));
            }
            Operation::Lookup { scale } => times(look_up(w.of(role)?, x(0)?, kind)?, *scale)?,
            Operation::Positions { offset, padding } => {
                let (table, first) = (w.of(role)?, *offset as i64 + pass.past);
                match padding {
                    None => {
                        let rows = table.f_narrow(0, first, tokens)?;
                        rows.f_to_device(pass.device)?.f_to_kind(kind)? // [token, d_model]
                    }
                    Some(id) => {
                        let rows = counted(x(0)?, *id as i64, first)?; // [token]
                        look_up(table, &rows, kind)? // [token, d_model]
                    }
                }
            }
            Operation::Sinusoids => {
                let width = node.width() as i64;
                let at = pass.past..pass.past + tokens;
                sinusoidal(at, width, kind, pass.device)?
            }
            Operation::SinusoidHalves { offset } => {
                let first = *offset as i64 + pass.past;
                let width = node.width() as i64;
                sinusoidal_halves(first..first + tokens, width, kind, pass.device)?
            }
            Operation::Copy => x(0)?.shallow_clone(),
            Operation::Sum => {
                let mut sum = x(0)?.shallow_clone(); // [token, d_model]
                for i in 1..node.inputs.len() {
                    sum = sum.f_add(x(i)?)?;
                }
                sum
            }
            Operation::Linear { scale, cap, clip } => {
                let mut read = x(0)?.shallow_clone(); // [token, in]
                if heads(graph.node(node.inputs[0])).is_some() {
                    read = read.f_flatten(-2, -1)?;
                }
                let bias = role.and_then(|role| w.optional(role, Param::Bias));
                let rows = times(linear(&read, w.of(role)?, bias)?, *scale)?; // [token, out]
                let rows = clipped(capped(rows, *cap)?, *clip)?;
                match heads(node) {
                    Some(n_heads) => split_heads(&rows, n_heads)?, // [token, head, d_head]
                    None => rows,
                }
            }
            Operation::Centre => norm::centre(x(0)?)?,
            Operation::RootMeanSquare { eps } => norm::root_mean_square(x(0)?, *eps)?,
            Operation::Divide => norm::divide(x(0)?, x(1)?, kind)?,
            Operation::Affine { offset, scale } => {
                times(norm::affine(x(0)?, w.affine(node), *offset)?, *scale)?
            }
            Operation::Multiply { by } => {
                let weight = role.and_then(|role| w.optional(role, Param::Weight));
                let product = match weight {
                    Some(weight) => x(0)?.f_mul(weight)?,
                    None => x(0)?.shallow_clone(),
                };
                times(product, *by)?
            }
            Operation::Resize { least } => streams::resized(x(0)?, x(1)?, *least)?,
            Operation::Blend { first } => {
                let others = (2..node.inputs.len()).map(x).collect::<Result<Vec<_>>>()?;
                streams::blended(x(0)?, x(1)?, &others, *first)?
            }
            Operation::Correct { at } => streams::corrected(x(0)?, [x(1)?, x(2)?, x(3)?], *at)?,
            Operation::Spread => {
                let count = node.shape[1].length(0, 0);
                streams::spread(x(0)?, count as i64)?
            }
            Operation::Open(open) => streams::opened(x(0)?, &w.affine(node), open)?,
            Operation::Balance { count, by } => {
                streams::balanced(x(0)?, &w.affine(node), *count as i64, *by)?
            }
            Operation::Gather => streams::gathered(x(0)?, x(1)?)?,
            Operation::Scatter => {
                let mix = (node.inputs.len() > 3).then(|| x(3)).transpose()?; // [token, stream, stream]
                streams::scattered(x(0)?, x(1)?, x(2)?, mix)?
            }
            Operation::Cut { deviations } => cut(x(0)?, *deviations)?,
            Operation::Join => join(x(0)?, x(1)?)?,
            Operation::HeadNorm { over, norm } => {
                norm::head_norm(x(0)?, w.affine(node), *over, norm)?
            }
            Operation::Rotate { rope } => rotate(x(0)?, pass.angles(*rope)?)?,
            Operation::TurnBack { rope } => rotate_back(x(0)?, pass.angles(*rope)?)?,
            Operation::RotateEntries { rope, every } => {
                rotate(x(0)?, pass.angles_of_entries(*rope, *every)?)?
            }
            Operation::Compress { every, overlap } => {
                let runs = (*every as i64, *overlap);
                single::compressed(x(0)?, x(1)?, w.of(role)?, runs)?
            }
            Operation::Extend => Tensor::f_cat(&[x(0)?, x(1)?], -3)?,
            Operation::Grouped { groups } => single::grouped(x(0)?, w.of(role)?, *groups as i64)?,
            Operation::ChooseByToken { .. } => look_up(w.of(role)?, x(0)?, pass.kind_of(node))?,
            Operation::Scores(spec) => {
                let q = tempered(x(0)?, spec.temper, pass.past)?; // [token, head, d_head]
                let third = node.inputs.get(2).copied();
                let bias =
                    self.bias(spec, node.inputs[0], third.filter(|_| spec.most.is_some()))?;
                let chosen = third.filter(|_| spec.most.is_none());
                let chosen = chosen.map(|id| self.tensor(id)).transpose()?; // [query, key]
                let mask = hidden(pass.mask(spec)?, chosen)?;
                scores(&q, x(1)?, spec, bias.as_ref(), &mask)?
            }
            Operation::IndexScores(spec) => {
                indexer::scores([x(0)?, x(1)?, x(2)?], spec.scale, &pass.mask(spec)?)?
            }
            Operation::Largest { keys } => indexer::largest(x(0)?, *keys, kind)?,
            Operation::Pattern { .. } => pattern(x(0)?, self.sinks(node)?)?,
            Operation::HeadsIn { .. } => {
                let experts = node.weights.first().map_or(0, |w| w.members);
                let n_heads = node.shape[1].length(0, 0) as i64;
                let chosen = head_experts::whole(x(1)?)?;
                head_experts::queries(x(0)?, &chosen, w, (experts, n_heads))?
            }
            Operation::HeadsOut { .. } => {
                let chosen = head_experts::whole(x(1)?)?;
                let d_model = node.width() as i64;
                head_experts::outputs(x(0)?, [&chosen, x(2)?], w, d_model)?
            }
            Operation::Plus => x(0)?.f_add(w.of(role)?)?,
            Operation::Unsunk => unsunk(x(0)?, w.of(role)?)?,
            Operation::KeyGain => {
                let grown = x(0)?.f_softplus()?.f_mul(w.of(role)?)?;
                grown.f_exp()?
            }
            Operation::Heads { of } => heads_of(x(0)?, of)?,
            Operation::Difference { first } => difference(x(0)?, &lambda(w.of(role)?, *first)?)?,
            Operation::Mix => mix(x(0)?, x(1)?)?,
            Operation::Activate(Activation::Xielu) => xielu(x(0)?, w)?,
            Operation::Activate(activation) => activate(x(0)?, *activation)?,
            Operation::Gate(join) => gate(x(0)?, x(1)?, join)?,
            Operation::Choose {
                active,
                score,
                groups,
                ..
            } => {
                let bias = role.and_then(|role| w.optional(role, Param::Weight));
                let scores = choice(x(0)?, *score, bias, *groups)?; // [token, expert]
                choose(&scores, *active as i64, pass.kind_of(node))?
            }
            Operation::Shares {
                score,
                renormalise,
                scale,
            } => {
                let weight = role.and_then(|role| w.optional(role, Param::Weight));
                shares(x(0)?, x(1)?, weight, (*score, *renormalise, *scale))?
            }
            Operation::Weigh => x(1)?.f_mul(&x(0)?.f_sigmoid()?)?,
            Operation::Experts(mixture) => experts(x(0)?, x(1)?, w, mixture)?,
            Operation::Convolve { activation, .. } => {
                let role = role.ok_or_else(|| lacks(graph, id))?;
                let taps = (w.of(Some(role))?, w.optional(role, Param::Bias));
                let past = self.past(node)?;
                let after = node.shape.len() - 1;
                convolution::convolve(x(0)?, past.as_ref(), taps, *activation, after)?
            }
            Operation::Unit { eps, scale } => recurrence::unit(x(0)?, *eps, *scale)?,
            Operation::Step { least, most } => {
                let bias = role.and_then(|role| w.optional(role, Param::Weight));
                recurrence::step(x(0)?, bias, (*least, *most))?
            }
            Operation::Decay => recurrence::decay(x(0)?, w.of(role)?, node.shape.len() == 3)?,
            Operation::GatedDecay { rate } => recurrence::gates::decay(x(0)?, w.of(role)?, *rate)?,
            Operation::LogSigmoid => peaks::log_sigmoid(x(0)?)?,
            Operation::Learned => {
                let one = Tensor::f_ones([1, 1], (kind, pass.device))?;
                let decay = recurrence::decay(&one, w.of(role)?, false)?;
                decay.f_repeat([tokens, 1])? // [token, head]
            }
            Operation::Peak { first } => {
                peaks::peaks(x(0)?, x(1)?, self.past(node)?.as_ref(), *first)?
            }
            Operation::Falling { first } => {
                let past = self.past(node)?;
                let before = peaks::before(x(1)?, x(0)?, past.as_ref(), *first)?;
                peaks::decay(x(0)?, x(1)?, &before)?
            }
            Operation::Exp => x(0)?.f_sub(x(1)?)?.f_exp()?,
            Operation::Bounded { eps } => peaks::bounded(x(0)?, x(1)?, x(2)?, *eps)?,
            Operation::Own => {
                let past = [4, 5].map(|i| self.past_at(node, i));
                let [weights, peak] = past;
                let before = peaks::before(x(2)?, x(3)?, peak?.as_ref(), None)?;
                peaks::own(x(0)?, w.of(role)?, (x(1)?, weights?.as_ref()), &before)?
            }
            Operation::Mean => {
                let [states, weights] = [4, 5].map(|i| self.past_at(node, i));
                let (states, weights) = (states?, weights?);
                peaks::mean(
                    x(0)?,
                    x(1)?,
                    (x(2)?, states.as_ref()),
                    (x(3)?, weights.as_ref()),
                )?
            }
            Operation::Shift => peaks::shifted(x(0)?, self.past(node)?.as_ref(), w.of(role)?)?,
            Operation::WriteShare => recurrence::gates::balance(x(0)?, x(1)?, pass.past == 0)?,
            Operation::Blocks { count, turned } => {
                let bias = role.and_then(|role| w.optional(role, Param::Bias));
                let parts = (*count, *turned);
                let parts = recurrence::gates::blocks(x(0)?, w.of(role)?, bias, parts)?; // [token, part, out]
                let rest = node.shape[1..].iter().map(|dim| dim.length(0, 0) as i64);
                let size: Vec<i64> = std::iter::once(tokens).chain(rest).collect();
                parts.f_reshape(&size[..])?
            }
            Operation::Beside => Tensor::f_cat(&[x(0)?, x(1)?], -1)?, // [token, d + e]
            Operation::Ones => {
                let rest = node.shape[1..].iter().map(|dim| dim.length(0, 0) as i64);
                let size: Vec<i64> = std::iter::once(tokens).chain(rest).collect();
                Tensor::f_ones(&size[..], (kind, pass.device))? // [token, group, d_state]
            }
            Operation::FixedDecay { slopes } => {
                let slopes = Tensor::f_from_slice(slopes)?.f_neg()?; // [head]
                let slopes = slopes
                    .f_to_kind(pass.kind_of(node))?
                    .f_to_device(pass.device)?;
                slopes.f_unsqueeze(0)?.f_repeat([tokens, 1])? // [token, head]
            }
            Operation::Sigmoid { scale } => times(x(0)?.f_sigmoid()?, *scale)?,
            Operation::Times => recurrence::product(x(0)?, x(1)?)?,
            Operation::Delta => {
                let beta = Some(x(2)?.shallow_clone());
                let scan = Scan {
                    beta,
                    ..self.scan([x(0)?, x(1)?, x(3)?], node)?
                };
                let readers = graph
                    .nodes()
                    .filter(|(_, n)| n.operation == Operation::Recur);
                let mut readers = readers.filter(|(_, n)| n.inputs.contains(&id));
                let long = readers.next().is_some_and(|(_, state)| pass.is_long(state));
                scan.writes(long)?
            }
            Operation::Recur => self.scan([x(0)?, x(1)?, x(2)?], node)?.states()?,
            Operation::Read => recurrence::read(x(0)?, x(1)?)?,
            Operation::Unrolled(_) => {
                let unrolled = self.unrolled(node)?;
                let queries = unrolled.size()[1];
                unrolled.rows(None, 0..queries)?
            }
            Operation::Skip => recurrence::skip(x(0)?, x(1)?, w.of(role)?)?,
            Operation::Pool(rows) => pooling::rows(x(0)?, *rows)?,
            Operation::Length => pooling::length(x(0)?)?,
        };
        Ok(Value::Whole(value))
    }

    /// The state that the next pass is given.
    fn leave(&mut self, node: &Node) -> Result<Value> {
        let (Some(&x), Some(&past)) = (node.inputs.first(), node.inputs.last()) else {
            return self.append(node);
        };
        let whole = match node.operation {
            Operation::LastRows { rows } => {
                convolution::last_rows(self.tensor(x)?, self.past(node)?.as_ref(), rows)?
            }
            Operation::Carry => self.last_state(x)?,
            _ => return self.append(node),
        };
        let state = State::fixed(whole.shallow_clone());
        self.states.push((past, state));
        Ok(Value::Whole(whole))
    }

    /// The state after the last token. `[head, d_state, d_head]`
    fn last_state(&self, states: NodeId) -> Result<Tensor> {
        if let Some(last) = self.last_states.get(&states) {
            return Ok(last.shallow_clone());
        }
        let held = self
            .values
            .get(&states)
            .or_else(|| self.given.values.get(&states));
        if let Some(held) = held {
            let held = held.whole()?; // [token, …]
            let axis = held.dim() - self.graph.node(states).shape.len();
            let last = held.f_select(axis as i64, held.size()[axis] - 1)?;
            // A state of one token alone takes less memory than a view of all.
            let mut own = last.f_empty_like()?;
            own.f_copy_(&last)?;
            return Ok(own);
        }
        self.scan_of(states)?.last()
    }

    /// The state before the pass that a node reads last; `None` in the first pass.
    fn past(&self, node: &Node) -> Result<Option<Tensor>> {
        self.past_at(node, node.inputs.len().saturating_sub(1))
    }

    /// The state before the pass that is a node's input at `index`; `None` in the first pass.
    fn past_at(&self, node: &Node, index: usize) -> Result<Option<Tensor>> {
        let past = node
            .inputs
            .get(index)
            .and_then(|id| self.given.states.get(id));
        past.map(State::all).transpose()
    }

    /// A recurrence, without queries.
    fn scan(&self, [k, u, decay]: [&Tensor; 3], node: &Node) -> Result<Scan> {
        Ok(Scan {
            k: k.shallow_clone(),
            u: u.shallow_clone(),
            decay: decay.shallow_clone(),
            beta: None,
            past: self.past(node)?,
        })
    }

    /// The recurrence of these states.
    fn scan_of(&self, states: NodeId) -> Result<Scan> {
        let node = self.graph.node(states);
        let &[k, u, decay, _] = &node.inputs[..] else {
            return Err(lacks(self.graph, states));
        };
        self.scan(
            [self.tensor(k)?, self.tensor(u)?, self.tensor(decay)?],
            node,
        )
    }

    /// Rows that are read from states that are not held.
    fn read_by_chunks(&mut self, read: NodeId, states: NodeId) -> Result<Value> {
        let q = self.tensor(self.graph.node(read).inputs[0])?;
        let (z, last) = self.scan_of(states)?.read(q)?;
        self.last_states.insert(states, last);
        Ok(Value::Whole(z))
    }

    /// The pattern that a recurrence equals.
    fn unrolled(&self, node: &Node) -> Result<Unrolled> {
        let Operation::Unrolled(write) = node.operation else {
            return Err(EngineError::Torch("a pattern of no recurrence".into()));
        };
        let x = |i: usize| -> Result<Tensor> { Ok(self.tensor(node.inputs[i])?.shallow_clone()) };
        Ok(Unrolled {
            q: x(0)?,
            k: x(1)?,
            decay: x(2)?,
            share: (node.inputs.len() > 3).then(|| x(3)).transpose()?,
            own: (node.inputs.len() > 4).then(|| x(4)).transpose()?,
            write,
        })
    }

    /// Insert lazy states and the patterns that they equal, if they are wanted.
    fn lazy_recurrences(&mut self, skipped: &[NodeId]) -> Result<()> {
        for id in skipped.iter().filter(|id| self.wanted.contains(id)) {
            let node = self.graph.node(*id);
            let value = match node.operation {
                Operation::Recur => Value::States(LazyStates(self.scan_of(*id)?)),
                Operation::Unrolled(_) => Value::Lazy(LazyScores::Unrolled(self.unrolled(node)?)),
                _ => continue,
            };
            self.values.insert(*id, value);
        }
        Ok(())
    }

    /// Keys or values appended to those of earlier passes.
    fn append(&mut self, node: &Node) -> Result<Value> {
        let &[x, past] = &node.inputs[..] else {
            return Err(EngineError::Torch(format!(
                "{} has no state",
                hook::short(&node.name)
            )));
        };
        let (all, state) = State::append(self.given.states.get(&past), self.tensor(x)?)?;
        self.states.push((past, state));
        Ok(Value::Whole(all))
    }
}

/// The number of heads or streams in a value; `None` if its rows are not split into them.
fn heads(node: &Node) -> Option<i64> {
    match node.shape[..] {
        [_, heads, _]
            if matches!(
                heads.axis,
                Axis::Head | Axis::KvHead | Axis::Group | Axis::Stream
            ) =>
        {
            Some(heads.length(0, 0) as i64)
        }
        _ => None,
    }
}

fn lacks(graph: &Graph, id: NodeId) -> EngineError {
    EngineError::Torch(format!(
        "{} is not there",
        hook::short(&graph.node(id).name)
    ))
}
