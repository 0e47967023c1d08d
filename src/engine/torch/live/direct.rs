//! The direct way from parts of the model to logits. With each norm dividing by what it divided by in the pass
//! (frozen), the way is linear: Elhage et al. 2021, "A mathematical framework for transformer circuits".

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use super::super::linear::linear;
use super::super::norm;
use super::super::{Result, view};
use super::{Live, Value};
use crate::graph::operation::Operation;
use crate::graph::role::Param;
use crate::graph::{Node, NodeId};
use crate::trace::attribution::{Attribution, Moved, Neuron, Part, PartKind};
use crate::trace::grid::{Chosen, due};
use crate::trace::hook::{self, Layer};
use crate::trace::plan::Axis;
use crate::trace::source::{Control, SourceError};
use crate::trace::token::Token;

/// A row of a pass.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub pass: usize,
    pub row: usize,
}

impl Live {
    /// The logit of `token` in a row, less that of `against`, as a sum over all that writes to the stream.
    pub(super) fn attribute(
        &mut self,
        at: Row,
        token: Option<&Chosen>,
        against: Option<&Chosen>,
        control: &Control,
    ) -> Result<Attribution> {
        let logits = self.logits_node(at)?;
        self.check_row(at)?;
        let token = match token {
            Some(token) => self.chosen(at, token)?,
            None => {
                let end = (at.pass, self.plan(at.pass)?.len() - 1);
                let logits = self.lens_logits(end, at.row, control)?;
                logits.f_argmax(-1, false)?.f_int64_value(&[])? as u32
            }
        };
        let against = against.map(|token| self.chosen(at, token)).transpose()?;
        let graph = self.graph.clone();
        let node = graph.node(logits);
        let Operation::Linear { scale, cap, .. } = node.operation else {
            return Err(not_linear(node));
        };
        let (weight, bias) = self.matrix(logits)?;
        let of = |tensor: &Tensor| -> Result<Tensor> {
            let row = |id: u32| plain(&tensor.f_select(0, i64::from(id))?);
            let own = row(token)?.f_mul_scalar(scale)?;
            match against {
                Some(id) => Ok(own.f_sub(&row(id)?.f_mul_scalar(scale)?)?),
                None => Ok(own),
            }
        };
        let (weight, bias) = (of(&weight)?, bias.as_ref().map(of).transpose()?); // [d], []
        let read = self.row_of(at, node.inputs[0], control)?; // [d]
        let mut logit = dot(&read, &weight)?;
        let mut parts = Vec::new();
        if let Some(bias) = bias {
            let value = bias.f_double_value(&[])?;
            logit += value;
            parts.push(part(node, PartKind::Bias, None, value));
        }
        // The gradient of the logit at each node, the last node first.
        let mut gradients = BTreeMap::from([(node.inputs[0], weight)]);
        while let Some((id, gradient)) = gradients.pop_last() {
            control.go_on()?;
            for (input, gradient) in self.back(at, id, &gradient, &mut parts, control)? {
                let sum = match gradients.remove(&input) {
                    Some(other) => other.f_add(&gradient)?,
                    None => gradient,
                };
                gradients.insert(input, sum);
            }
        }
        parts.reverse();
        let tokenizer = self.checkpoint.tokenizer()?;
        let named = |id: u32| -> Token { tokenizer.token(id) };
        Ok(Attribution {
            token: named(token),
            against: against.map(named),
            logit,
            sum: parts.iter().map(|part: &Part| part.value).sum(),
            cap,
            parts,
        })
    }

    /// The numbers that a node adds to the logit by itself, and the logit's gradient at each of its inputs. Gradients are
    /// `[d]`.
    fn back(
        &mut self,
        at: Row,
        id: NodeId,
        gradient: &Tensor,
        parts: &mut Vec<Part>,
        control: &Control,
    ) -> Result<Vec<(NodeId, Tensor)>> {
        let graph = self.graph.clone();
        let node = graph.node(id);
        let input = |i: usize| node.inputs[i];
        if self.runs[at.pass].changes.contains_key(&id) {
            // A changed value is not made by the nodes before it.
            let value = dot(gradient, &self.row_of(at, id, control)?)?;
            parts.push(part(node, PartKind::Replaced, None, value));
            return Ok(Vec::new());
        }
        Ok(match &node.operation {
            Operation::Copy | Operation::Sum => {
                let all = node.inputs.iter();
                all.map(|id| (*id, gradient.shallow_clone())).collect()
            }
            Operation::Centre => vec![(input(0), norm::centre(gradient)?)],
            Operation::Divide => {
                let scale = self.row_of(at, input(1), control)?; // [1]
                vec![(input(0), gradient.f_div(&scale)?)]
            }
            Operation::Affine { offset, scale } => {
                let (stretch, bias) = self.affine_of(id, *offset, *scale)?;
                if let Some(bias) = bias {
                    let value = dot(gradient, &bias)?;
                    parts.push(part(node, PartKind::Bias, None, value));
                }
                vec![(input(0), gradient.f_mul(&stretch)?)]
            }
            Operation::Linear {
                scale,
                cap: None,
                clip: None,
            } => {
                let (weight, bias) = self.matrix(id)?;
                let mut added = 0.0;
                if let Some(bias) = bias {
                    added = dot(gradient, &plain(&bias)?)? * scale;
                    parts.push(part(node, PartKind::Bias, None, added));
                }
                let read = graph.node(input(0));
                if has(read, Axis::DMlp) {
                    let value = dot(gradient, &self.row_of(at, id, control)?)? - added;
                    parts.push(part(node, PartKind::Mlp, None, value));
                    return Ok(Vec::new());
                }
                let before = gradient.f_unsqueeze(0)?.f_matmul(&plain(&weight)?)?; // [1, in]
                let before = before.f_squeeze_dim(0)?.f_mul_scalar(*scale)?; // [in]
                if !has(read, Axis::Head) {
                    return Ok(vec![(input(0), before)]);
                }
                let z = self.row_of(at, input(0), control)?; // [head, d_head]
                let before = before.f_view_as(&z)?;
                let heads = before
                    .f_mul(&z)?
                    .f_sum_dim_intlist(-1, false, Kind::Double)?; // [head]
                let heads = view::to_f64(&heads)?;
                let heads = heads.into_iter().enumerate().rev();
                parts.extend(heads.map(|(i, x)| part(node, PartKind::Head, Some(i), x)));
                Vec::new()
            }
            Operation::Experts(_) => {
                for (i, value) in self.experts(at, id, gradient, control)?.into_iter().rev() {
                    parts.push(part(node, PartKind::Expert, Some(i), value));
                }
                Vec::new()
            }
            // The MLP beside experts, weighed by a gate of its own.
            Operation::Weigh => {
                let value = dot(gradient, &self.row_of(at, id, control)?)?;
                parts.push(part(node, PartKind::Mlp, None, value));
                Vec::new()
            }
            Operation::Lookup { .. }
            | Operation::Positions { .. }
            | Operation::Sinusoids
            | Operation::SinusoidHalves { .. } => {
                let kind = match node.operation {
                    Operation::Lookup { .. } => PartKind::Embedding,
                    _ => PartKind::Positions,
                };
                let value = dot(gradient, &self.row_of(at, id, control)?)?;
                parts.push(part(node, kind, None, value));
                Vec::new()
            }
            _ => return Err(not_linear(node)),
        })
    }

    /// The output of each expert in use: the mixture with the shares of all others at 0.
    fn experts(
        &mut self,
        at: Row,
        id: NodeId,
        gradient: &Tensor,
        control: &Control,
    ) -> Result<Vec<(usize, f64)>> {
        let graph = self.graph.clone();
        let &[x, shares] = &graph.node(id).inputs[..] else {
            return Err(not_linear(graph.node(id)));
        };
        let row = |value: Value| -> Result<Tensor> {
            Ok(value.whole()?.f_narrow(0, at.row as i64, 1)?) // [1, d]
        };
        let all = row(self.value_of(at.pass, shares, control)?)?; // [1, expert]
        let x = (x, row(self.value_of(at.pass, x, control)?)?); // [1, d_model]
        let own = all.f_squeeze_dim(0)?.f_nonzero()?.f_squeeze_dim(-1)?; // [active]
        let count = own.numel() as i64;
        // Row i has the share of the i-th expert in use alone.
        let alone = all.f_zeros_like()?.f_repeat([count, 1])?; // [active, expert]
        let places = own.f_unsqueeze(-1)?; // [active, 1]
        let taken = all.f_repeat([count, 1])?.f_gather(-1, &places, false)?;
        let alone = alone.f_scatter(-1, &places, &taken)?;
        let known = [(x.0, x.1.f_repeat([count, 1])?), (shares, alone)];
        let known = known.map(|(id, rows)| (id, Value::Whole(rows)));
        let position = graph.position_of(id);
        let mut done =
            self.evaluate(at.pass, position, known.into_iter().collect(), &[id], false)?;
        let wrote = done
            .values
            .pop()
            .ok_or_else(|| not_linear(graph.node(id)))?;
        let wrote = plain(wrote.whole()?)?; // [active, d_model]
        let values = view::to_f64(&wrote.f_matmul(&gradient.f_unsqueeze(-1)?)?)?;
        let own = view::to_f64(&own)?.into_iter().map(|i| i as usize);
        Ok(own.zip(values).collect())
    }

    /// The `k` neurons of block `layer` that write most in a row, and the tokens that each moves most.
    pub(super) fn neurons(
        &mut self,
        at: Row,
        layer: usize,
        (k, tokens): (usize, usize),
        control: &Control,
    ) -> Result<Vec<Neuron>> {
        let logits = self.logits_node(at)?;
        self.check_row(at)?;
        let graph = self.graph.clone();
        // A norm over the neurons, where there is one, is what the output weights read.
        let leaves = ["mlp.hook_post_normed", "mlp.hook_post"].into_iter();
        let post = leaves.map(|leaf| graph.find(&format!("blocks.{layer}.{leaf}")));
        let post = post.flatten().next();
        let post = post.ok_or_else(|| no_neurons(layer, self.info.n_layers))?;
        let reads = |node: &Node| node.inputs == [post];
        let out = graph
            .nodes()
            .find(|(_, node)| reads(node))
            .map(|(id, _)| id);
        let out = out.ok_or_else(|| no_neurons(layer, self.info.n_layers))?;
        let Operation::Linear { scale, .. } = graph.node(out).operation else {
            return Err(not_linear(graph.node(out)));
        };
        let values = self.row_of(at, post, control)?; // [d_mlp]
        let (weight, _) = self.matrix(out)?; // [d_model, d_mlp]
        let lengths = weight
            .f_square()?
            .f_sum_dim_intlist(0, false, Kind::Float)?; // [d_mlp]
        let sizes = plain(&lengths)?
            .f_sqrt()?
            .f_mul(&values.f_abs()?)?
            .f_mul_scalar(scale.abs())?;
        let k = k.min(values.numel()) as i64;
        let (sizes, places) = sizes.f_topk(k, -1, true, true)?; // [k]
        let activations = values.f_index_select(0, &places)?; // [k]
        let columns = weight.f_index_select(1, &places.f_to_device(weight.device())?)?;
        let wrote = plain(&columns)?.f_transpose(0, 1)?.f_mul_scalar(scale)?; // [k, d_model]
        let wrote = wrote.f_mul(&activations.f_unsqueeze(-1)?)?;
        let moved = self.pushed(at, out, wrote, logits, control)?; // [k, vocab]
        let tokens = tokens.min(self.info.d_vocab) as i64;
        let tokenizer = self.checkpoint.tokenizer()?;
        let most = |moved: &Tensor, largest: bool| -> Result<Vec<Moved>> {
            let (by, ids) = moved.f_topk(tokens, -1, largest, true)?;
            let (by, ids) = (view::to_f64(&by)?, view::to_f64(&ids)?);
            let moved = ids.into_iter().zip(by).map(|(id, by)| {
                let Token { id, text } = tokenizer.token(id as u32);
                Moved { id, text, by }
            });
            Ok(moved.collect())
        };
        let (places, sizes) = (view::to_f64(&places)?, view::to_f64(&sizes)?);
        let activations = view::to_f64(&activations)?;
        let neuron = |i: usize| -> Result<Neuron> {
            let moved = moved.f_get(i as i64)?; // [vocab]
            Ok(Neuron {
                index: places[i] as usize,
                activation: activations[i],
                size: sizes[i],
                raises: most(&moved, true)?,
                lowers: most(&moved, false)?,
            })
        };
        (0..places.len()).map(neuron).collect()
    }

    /// The numbers that `rows` `[k, d]`, written by node `from`, add to the logits by themselves. `[k, vocab]`
    fn pushed(
        &mut self,
        at: Row,
        from: NodeId,
        rows: Tensor,
        logits: NodeId,
        control: &Control,
    ) -> Result<Tensor> {
        let graph = self.graph.clone();
        // Nodes from which a linear way leads to the logits.
        let mut leads = vec![false; logits.0 + 1];
        leads[logits.0] = true;
        for i in (from.0..=logits.0).rev() {
            if leads[i] {
                let inputs = linear_inputs(graph.node(NodeId(i)));
                inputs.iter().for_each(|input| leads[input.0] = true);
            }
        }
        let mut carried = BTreeMap::from([(from, rows)]);
        for (id, node) in graph.nodes() {
            if id <= from || id > logits || !leads[id.0] {
                continue;
            }
            control.go_on()?;
            let mut sum: Option<Tensor> = None;
            for rows in linear_inputs(node)
                .iter()
                .filter_map(|input| carried.get(input))
            {
                sum = Some(match sum {
                    Some(sum) => sum.f_add(rows)?,
                    None => rows.shallow_clone(),
                });
            }
            let Some(rows) = sum else { continue };
            let rows = match &node.operation {
                Operation::Centre => norm::centre(&rows)?,
                Operation::Divide => rows.f_div(&self.row_of(at, node.inputs[1], control)?)?,
                Operation::Affine { offset, scale } => {
                    rows.f_mul(&self.affine_of(id, *offset, *scale)?.0)?
                }
                Operation::Linear { scale, .. } => {
                    let (weight, _) = self.matrix(id)?;
                    let rows = rows
                        .f_to_device(weight.device())?
                        .f_to_kind(weight.kind())?;
                    plain(&linear(&rows, &weight, None)?)?.f_mul_scalar(*scale)?
                }
                _ => rows,
            };
            carried.insert(id, rows);
        }
        let wrote = carried.remove(&logits);
        wrote.ok_or_else(|| not_linear(graph.node(from)))
    }

    fn logits_node(&self, at: Row) -> Result<NodeId> {
        let plan = self.plan(at.pass)?;
        if let Some(end) = plan.output_without_logits() {
            return Err(SourceError::NoLogits { end }.into());
        }
        let none = || SourceError::Other("this model has no logits".into());
        Ok(self.graph.find("logits").ok_or_else(none)?)
    }

    fn check_row(&self, at: Row) -> Result<()> {
        let tokens = self.runs[at.pass].context.tokens;
        if at.row >= tokens as usize {
            let row = at.row;
            return Err(SourceError::Slice(format!("row {row} of {tokens} tokens")).into());
        }
        Ok(())
    }

    fn chosen(&self, at: Row, chosen: &Chosen) -> Result<u32> {
        if let Chosen::Next = chosen {
            let next = due(&self.passes, at.pass, at.row, self.info.causal);
            let none = || SourceError::Slice("the text does not go on here: name a token".into());
            return Ok(next.map(|token| token.id).ok_or_else(none)?);
        }
        self.id_of(chosen)
    }

    /// The weight `[out, in]` and bias `[out]` of a linear map, in the kind of the pass.
    fn matrix(&mut self, id: NodeId) -> Result<(Tensor, Option<Tensor>)> {
        let graph = self.graph.clone();
        let node = graph.node(id);
        let role = node.weights.first().map(|weight| weight.role);
        let mut resident = self.weights();
        let weights = resident.weights(node.layer, &[id])?;
        let bias = role.and_then(|role| weights.optional(role, Param::Bias));
        let bias = bias.map(Tensor::shallow_clone);
        Ok((weights.of(role)?.shallow_clone(), bias))
    }

    /// The factor of each element, and the bias, of a norm's last step; each `[d]`.
    fn affine_of(
        &mut self,
        id: NodeId,
        offset: f64,
        scale: f64,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let graph = self.graph.clone();
        let node = graph.node(id);
        let mut resident = self.weights();
        let weights = resident.weights(node.layer, &[id])?.affine(node);
        let weight = weights.weight.map(plain).transpose()?;
        let own = norm::Weights {
            weight: weight.as_ref(),
            bias: None,
        };
        let ones = Tensor::f_ones([node.width() as i64], (Kind::Double, Device::Cpu))?;
        let stretch = norm::affine(&ones, own, offset)?.f_mul_scalar(scale)?;
        let bias = match weights.bias {
            Some(bias) => Some(plain(bias)?.f_mul_scalar(scale)?),
            None => None,
        };
        Ok((stretch, bias))
    }

    /// A node's row in float64 on the host, without its token axis.
    fn row_of(&mut self, at: Row, id: NodeId, control: &Control) -> Result<Tensor> {
        let value = self.value_of(at.pass, id, control)?;
        plain(&value.whole()?.f_select(0, at.row as i64)?)
    }

    /// The value of any node, hook point or not.
    fn value_of(&mut self, pass: usize, id: NodeId, control: &Control) -> Result<Value> {
        if self.graph.node(id).hook {
            return self.activation(pass, id, control);
        }
        let position = self.graph.position_of(id);
        self.run_before(pass, position, control)?;
        let value = self.run_layer(pass, position, &[id])?.pop();
        Ok(value.ok_or_else(|| SourceError::Other("a layer without its value".into()))?)
    }
}

/// The inputs of which a node is a linear function while norms are frozen.
fn linear_inputs(node: &Node) -> &[NodeId] {
    match &node.operation {
        Operation::Copy
        | Operation::Sum
        | Operation::Centre
        | Operation::Affine { .. }
        | Operation::Linear { .. } => &node.inputs,
        Operation::Divide => &node.inputs[..1],
        _ => &[],
    }
}

/// Whether a value has an axis.
fn has(node: &Node, axis: Axis) -> bool {
    node.shape.iter().any(|dim| dim.axis == axis)
}

fn part(node: &Node, kind: PartKind, index: Option<usize>, value: f64) -> Part {
    Part {
        kind,
        point: hook::short(&node.name),
        layer: match node.layer {
            Layer::Block(i) => Some(i),
            Layer::Embed | Layer::Unembed => None,
        },
        index,
        value,
    }
}

fn not_linear(node: &Node) -> super::super::EngineError {
    let point = hook::short(&node.name);
    SourceError::NotLinear { point }.into()
}

fn no_neurons(layer: usize, layers: usize) -> SourceError {
    SourceError::Slice(if layer < layers {
        format!("block {layer} has experts, whose neurons are no hook points")
    } else {
        format!(
            "there is no block {layer}: there are blocks 0 to {}",
            layers - 1
        )
    })
}

/// The tensor in float64 on the host.
fn plain(tensor: &Tensor) -> Result<Tensor> {
    Ok(tensor.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?)
}

fn dot(a: &Tensor, b: &Tensor) -> Result<f64> {
    Ok(a.f_flatten(0, -1)?
        .f_dot(&b.f_flatten(0, -1)?)?
        .f_double_value(&[])?)
}
