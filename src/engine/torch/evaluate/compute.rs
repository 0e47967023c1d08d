//! The value of one node, operation by operation.

use tch::Tensor;

use super::super::Result;
use super::super::feed_forward::{activate, choice, choose, cut, experts, gate, shares, xielu};
use super::super::head_experts;
use super::super::indexer::{self, hidden};
use super::super::lazy_rows::{LazyRows, Map};
use super::super::linear::{look_up, split_heads, times};
use super::super::ngrams;
use super::super::norm;
use super::super::pooling;
use super::super::positions::{
    counted, rotate, rotate_back, sinusoidal, sinusoidal_halves, tempered,
};
use super::super::recurrence::{self, Scan, convolution, peaks};
use super::super::scoring::{
    difference, gains, heads_of, join, lambda, mix, pattern, scores, unsunk,
};
use super::super::single;
use super::super::streams;
use super::super::value::Value;
use super::{Run, lacks};
use crate::graph::arch::{Activation, QkNorm};
use crate::graph::operation::{Operation, Scores, ScoresInputs};
use crate::graph::role::{Param, Role};
use crate::graph::{Node, NodeId};
use crate::trace::plan::Axis;

impl Run<'_> {
    /// The penalties of distance of scores, or what keys' values add to them. `[head, 1, key]`
    pub(super) fn bias(&self, spec: &Scores, inputs: &ScoresInputs) -> Result<Option<Tensor>> {
        let Some(own) = inputs.gains else {
            return Ok(self.given.pass.bias(spec).map(Tensor::shallow_clone));
        };
        let n_heads = self.graph.node(inputs.q).shape[1].length(0, 0);
        Ok(Some(gains(self.tensor(own)?, n_heads as i64)?))
    }

    pub(super) fn sinks(&self, pattern: &Node) -> Result<Option<&Tensor>> {
        let has = pattern.operation == Operation::Pattern { sinks: true };
        let sinks = has.then(|| self.weights.tensor(Role::Sinks, Param::Weight));
        sinks.transpose()
    }

    /// The value of one node.
    pub(super) fn compute(&mut self, id: NodeId) -> Result<Value> {
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
            Operation::SinusoidHalves { offset, open } => {
                let first = *offset as i64 + pass.past;
                let width = node.width() as i64;
                sinusoidal_halves(first..first + tokens, width, *open, kind, pass.device)?
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
                let map = Map {
                    x: read,
                    weight: w.of(role)?.shallow_clone(),
                    bias: role
                        .and_then(|role| w.optional(role, Param::Bias))
                        .map(Tensor::shallow_clone),
                    scale: *scale,
                    cap: *cap,
                    clip: *clip,
                };
                // Nothing is computed from logits, and few of a long prompt's are looked at.
                if pass.is_by_rows(node) {
                    return Ok(Value::Rows(LazyRows::new(map)));
                }
                let rows = map.all()?; // [token, out]
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
                let count = node.width() / graph.node(node.inputs[0]).width();
                let streams = streams::spread(x(0)?, count as i64)?; // [token, stream, d_model]
                streams::laid_out(node, streams)?
            }
            Operation::Open(open) => streams::opened(x(0)?, &w.affine(node), open)?,
            Operation::Balance { count, by } => {
                streams::balanced(x(0)?, &w.affine(node), *count as i64, *by)?
            }
            Operation::Gather { each: false } => streams::gathered(x(0)?, x(1)?)?,
            Operation::Gather { each: true } => {
                streams::gathered_each(x(0)?, x(1)?, node.width() as i64)?
            }
            Operation::Scatter if node.shape.len() == 2 => {
                let added = streams::shared_out(x(0)?, x(1)?)?.f_flatten(-2, -1)?; // [token, d_streams]
                match node.inputs.len() {
                    2 => added,
                    _ => x(2)?.f_add(&added)?,
                }
            }
            Operation::Scatter => {
                let mix = (node.inputs.len() > 3).then(|| x(3)).transpose()?; // [token, stream, stream]
                streams::scattered(x(0)?, x(1)?, x(2)?, mix)?
            }
            Operation::Dot { scale } => streams::dot(x(0)?, x(1)?, node.width() as i64, *scale)?,
            Operation::SignedRoot { least } => streams::signed_root(x(0)?, *least)?,
            Operation::NGrams(hash) => {
                let rows = ngrams::rows(x(0)?, hash, tokens)?; // [token, hash]
                ngrams::look_up(&w.parts(node)?, &rows, kind)? // [token, d_embed]
            }
            Operation::Cut { deviations } => cut(x(0)?, *deviations)?,
            Operation::Join => join(x(0)?, x(1)?)?,
            Operation::HeadNorm {
                over: QkNorm::Groups(groups),
                norm,
            } if node.shape.len() == 2 => {
                norm::groups_of_row(x(0)?, w.affine(node), *groups as i64, norm)?
            }
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
            Operation::Average { every } => single::averaged(x(0)?, *every as i64)?,
            Operation::OfRuns { every } => {
                indexer::of_runs(x(0)?, (pass.past, tokens), *every as i64)?
            }
            Operation::Extend => Tensor::f_cat(&[x(0)?, x(1)?], -3)?,
            Operation::Grouped { groups } => single::grouped(x(0)?, w.of(role)?, *groups as i64)?,
            Operation::ChooseByToken { .. } => look_up(w.of(role)?, x(0)?, pass.kind_of(node))?,
            Operation::Scores(spec) => {
                let q = tempered(x(0)?, spec.temper, pass.past)?; // [token, head, d_head]
                let inputs = spec.inputs(&node.inputs);
                let inputs = inputs.ok_or_else(|| lacks(graph, id))?;
                let bias = self.bias(spec, &inputs)?;
                let chosen = inputs.chosen.map(|id| self.tensor(id)).transpose()?; // [query, key]
                let mask = hidden(pass.mask(spec)?, chosen)?;
                scores(&q, x(1)?, spec, bias.as_ref(), &mask)?
            }
            Operation::IndexScores(spec) => {
                let weights = (node.inputs.len() > 2).then(|| x(2)).transpose()?; // [token, head]
                indexer::scores([x(0)?, x(1)?], weights, spec.scale, &pass.mask(spec)?)?
            }
            Operation::Largest { keys, seen: false } => indexer::largest(x(0)?, *keys, kind)?,
            Operation::Largest { keys, seen: true } => indexer::largest_seen(x(0)?, *keys, kind)?,
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
            Operation::Convolve {
                apart, activation, ..
            } => {
                let role = role.ok_or_else(|| lacks(graph, id))?;
                let taps = (w.of(Some(role))?, w.optional(role, Param::Bias));
                let past = self.past(node)?;
                let after = node.shape.len() - 1;
                convolution::convolve(
                    x(0)?,
                    past.as_ref(),
                    taps,
                    *activation,
                    (after, *apart as i64),
                )?
            }
            Operation::Unit { eps, scale } => recurrence::unit(x(0)?, *eps, *scale)?,
            Operation::Step { least, most } => {
                let bias = role.and_then(|role| w.optional(role, Param::Weight));
                recurrence::step(x(0)?, bias, (*least, *most))?
            }
            Operation::BoundedDecay { bound } => {
                let bias = w.tensor(Role::StepBias, Param::Weight)?;
                recurrence::bounded_decay(x(0)?, [w.of(role)?, bias], *bound)?
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
