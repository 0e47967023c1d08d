//! The linear way back from a number to all that writes to the residual stream, with each norm dividing by what it
//! divided by in the pass (frozen): Elhage et al. 2021, "A mathematical framework for transformer circuits".

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use super::super::linear::split_heads;
use super::super::positions::turn_back;
use super::super::{Result, norm, single, streams, view};
use super::factors::{Row, plain};
use super::{Live, Value};
use crate::graph::operation::Operation;
use crate::graph::role::Param;
use crate::graph::{Graph, Node, NodeId};
use crate::trace::attribution::{Part, PartKind};
use crate::trace::hook::{self, Layer};
use crate::trace::plan::Axis;
use crate::trace::source::{Control, SourceError};

/// The part of `n` numbers that one part of the model adds by itself.
pub(super) struct Wrote {
    pub node: NodeId,
    pub kind: PartKind,
    /// The number of the head or expert.
    pub index: Option<usize>,
    /// `[n]`
    pub numbers: Tensor,
}

impl Wrote {
    fn new(node: NodeId, kind: PartKind, index: Option<usize>, numbers: Tensor) -> Wrote {
        Wrote {
            node,
            kind,
            index,
            numbers,
        }
    }

    /// The part, which adds `value`.
    pub fn part(&self, graph: &Graph, value: f64) -> Part {
        part(graph.node(self.node), self.kind, self.index, value)
    }
}

impl Live {
    /// All that writes to the stream in a row, with what it adds to `n` numbers, in the order of computation.
    /// `gradients` are those of the numbers at some nodes: `[n, …]`, behind n the shape of the node's row.
    pub(super) fn writers(
        &mut self,
        at: Row,
        mut gradients: BTreeMap<NodeId, Tensor>,
        control: &Control,
    ) -> Result<Vec<Wrote>> {
        let mut wrote = Vec::new();
        while let Some((id, gradient)) = gradients.pop_last() {
            control.go_on()?;
            for (input, gradient) in self.back(at, id, &gradient, &mut wrote, control)? {
                let sum = match gradients.remove(&input) {
                    Some(other) => other.f_add(&gradient)?,
                    None => gradient,
                };
                gradients.insert(input, sum);
            }
        }
        wrote.reverse();
        Ok(wrote)
    }

    /// The gradient at each input of a node; what the node adds by itself goes to `wrote`.
    fn back(
        &mut self,
        at: Row,
        id: NodeId,
        gradient: &Tensor,
        wrote: &mut Vec<Wrote>,
        control: &Control,
    ) -> Result<Vec<(NodeId, Tensor)>> {
        let graph = self.graph.clone();
        let node = graph.node(id);
        let input = |i: usize| node.inputs[i];
        let none = Vec::new();
        if self.runs[at.pass].changes.contains_key(&id) {
            // A changed value is not made by the nodes before it.
            let numbers = dot(gradient, &self.row_of(at, id, control)?)?;
            wrote.push(Wrote::new(id, PartKind::Replaced, None, numbers));
            return Ok(none);
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
                    wrote.push(Wrote::new(id, PartKind::Bias, None, dot(gradient, &bias)?));
                }
                vec![(input(0), gradient.f_mul(&stretch)?)]
            }
            Operation::HeadNorm { over, norm } => {
                let x = self.row_of(at, input(0), control)?; // [head, d_head]
                let mut resident = self.weights();
                let weights = resident.weights(node.layer, &[id])?.affine(node);
                let [weight, bias] =
                    [weights.weight, weights.bias].map(|w| w.map(plain).transpose());
                let (weight, bias) = (weight?, bias?);
                if let Some(bias) = &bias {
                    let bias = bias
                        .f_broadcast_to(x.size())
                        .or_else(|_| bias.f_view_as(&x))?;
                    wrote.push(Wrote::new(id, PartKind::Bias, None, dot(gradient, &bias)?));
                }
                let own = norm::Weights {
                    weight: weight.as_ref(),
                    bias: None,
                };
                vec![(
                    input(0),
                    norm::head_norm_back(gradient, &x, own, *over, norm)?,
                )]
            }
            Operation::Multiply { by } => {
                vec![(input(0), gradient.f_mul(&self.factor_of(id, *by)?)?)]
            }
            Operation::Resize { .. } | Operation::Blend { .. } | Operation::Correct { .. } => {
                let mut all = Vec::new();
                for (place, read) in node.inputs.iter().skip(1).enumerate() {
                    let share = self.share_of(at, node, place, control)?;
                    all.push((*read, gradient.f_mul(&share)?));
                }
                all
            }
            Operation::Spread => {
                let width = graph.node(input(0)).width() as i64;
                let streams = gradient.f_flatten(1, -1)?.f_unflatten(-1, [-1, width])?; // [n, stream, d_model]
                vec![(input(0), streams.f_sum_dim_intlist(-2, false, None)?)]
            }
            Operation::Gather { each } => {
                let shares = self.row_of(at, input(0), control)?; // [stream], or [d_streams]
                let back = if *each {
                    streams::gathered_each_back(gradient, &shares)?
                } else {
                    streams::gathered_back(gradient, &shares)?
                };
                vec![(input(1), back)]
            }
            Operation::Scatter => {
                let shares = self.row_of(at, input(0), control)?.f_unsqueeze(-1)?; // [stream, 1]
                let width = graph.node(input(1)).width() as i64;
                let streams = gradient.f_flatten(1, -1)?.f_unflatten(-1, [-1, width])?; // [n, stream, d_model]
                let row = streams.f_mul(&shares)?.f_sum_dim_intlist(-2, false, None)?;
                let kept = match node.inputs.get(3) {
                    Some(mix) => self.row_of(at, *mix, control)?.f_matmul(gradient)?,
                    None => gradient.shallow_clone(),
                };
                let own = node.inputs.get(2).map(|own| (*own, kept));
                [(input(1), row)].into_iter().chain(own).collect()
            }
            Operation::Join => {
                let shared = graph.node(input(1)).width() as i64;
                let own = gradient.size()[2] - shared;
                let all = gradient.f_narrow(-1, own, shared)?; // [n, head, e]
                vec![
                    (input(0), gradient.f_narrow(-1, 0, own)?),
                    (input(1), all.f_sum_dim_intlist(1, true, None)?),
                ]
            }
            Operation::Beside => {
                let own = graph.node(input(0)).width() as i64;
                let rest = gradient.size()[1] - own;
                vec![
                    (input(0), gradient.f_narrow(1, 0, own)?),
                    (input(1), gradient.f_narrow(1, own, rest)?),
                ]
            }
            // A gate of a norm's output, which is held.
            Operation::Times if is_gated_norm(&graph, node) => {
                let gate = self.row_of(at, input(1), control)?; // [d_model]
                vec![(input(0), gradient.f_mul(&gate)?)]
            }
            Operation::Plus => {
                let bias = plain(&self.matrix(id)?.0)?;
                wrote.push(Wrote::new(id, PartKind::Bias, None, dot(gradient, &bias)?));
                vec![(input(0), gradient.shallow_clone())]
            }
            Operation::Heads { of } => {
                let size = self.row_of(at, input(0), control)?.size(); // [head, d]
                let parts = gradient.f_unflatten(-1, [-1, size[1]])?; // [n, head, part, d]
                let flat: Vec<i64> = of.iter().flatten().map(|head| *head as i64).collect();
                let zeros = [gradient.size()[0], size[0], size[1]];
                let back = Tensor::f_zeros(zeros, (Kind::Double, Device::Cpu))?;
                let index = Tensor::f_from_slice(&flat)?;
                let back = back.f_index_add(1, &index, &parts.f_flatten(1, 2)?)?;
                vec![(input(0), back)]
            }
            Operation::HeadsIn { active } => {
                let own = self.of_experts(at, id, control)?; // [expert of the token][out, in]
                let mut back: Option<Tensor> = None;
                let each = gradient.f_unflatten(1, [*active as i64, -1])?; // [n, active, head, d]
                for (place, weight) in own.iter().enumerate() {
                    let part = each.f_select(1, place as i64)?.f_flatten(1, -1)?;
                    let part = part.f_matmul(weight)?; // [n, d_model]
                    back = Some(match back {
                        Some(sum) => sum.f_add(&part)?,
                        None => part,
                    });
                }
                back.map(|back| (input(0), back)).into_iter().collect()
            }
            Operation::HeadsOut { active } => {
                let own = self.of_experts(at, id, control)?;
                let z = self.row_of(at, input(0), control)?; // [head, d_head]
                let shares = self.row_of(at, input(2), control)?; // [expert]
                let chosen = view::to_f64(&self.row_of(at, input(1), control)?)?;
                let each = z.size()[0] / *active as i64;
                for (place, weight) in own.iter().enumerate().rev() {
                    let share = shares.f_get(chosen[place] as i64)?;
                    let before = gradient.f_matmul(weight)?.f_mul(&share)?; // [n, width]
                    let before = split_heads(&before, each)?; // [n, head, d_head]
                    for i in (0..each).rev() {
                        let head = place as i64 * each + i;
                        let numbers = dot(&before.f_select(1, i)?, &z.f_get(head)?)?;
                        wrote.push(Wrote::new(id, PartKind::Head, Some(head as usize), numbers));
                    }
                }
                none
            }
            Operation::Rotate { rope } => {
                let angles = self.runs[at.pass].context.angles(*rope)?;
                vec![(input(0), turn_back(gradient, angles, at.row as i64)?)]
            }
            Operation::Linear {
                scale,
                cap: None,
                clip: None,
            } => {
                let gradient = gradient.f_flatten(1, -1)?; // [n, out]
                let (weight, bias) = self.matrix(id)?;
                let mut added = None;
                if let Some(bias) = bias {
                    let numbers = dot(&gradient, &plain(&bias)?)?.f_mul_scalar(*scale)?;
                    wrote.push(Wrote::new(
                        id,
                        PartKind::Bias,
                        None,
                        numbers.shallow_clone(),
                    ));
                    added = Some(numbers);
                }
                let read = graph.node(input(0));
                // A layer's own embedding is gated as neurons are.
                let gated = matches!(read.operation, Operation::Gate(_)) && !has(read, Axis::Head);
                if has(read, Axis::DMlp) || gated {
                    let mut numbers = dot(&gradient, &self.row_of(at, id, control)?)?;
                    if let Some(added) = added {
                        numbers = numbers.f_sub(&added)?;
                    }
                    let kind = if has(read, Axis::DMlp) {
                        PartKind::Mlp
                    } else {
                        PartKind::Embedding
                    };
                    wrote.push(Wrote::new(id, kind, None, numbers));
                    return Ok(none);
                }
                let before = gradient.f_matmul(&plain(&weight)?)?.f_mul_scalar(*scale)?; // [n, in]
                if !has(read, Axis::Head) {
                    return Ok(vec![(input(0), before)]);
                }
                self.by_head(at, (id, input(0)), &before, wrote, control)?;
                none
            }
            Operation::Grouped { groups } => {
                let (weight, _) = self.matrix(id)?;
                let before = single::grouped_back(gradient, &plain(&weight)?, *groups as i64)?;
                self.by_head(at, (id, input(0)), &before, wrote, control)?;
                none
            }
            Operation::Experts(_) => {
                let all = self.experts(at, id, gradient, control)?;
                for (i, numbers) in all.into_iter().rev() {
                    wrote.push(Wrote::new(id, PartKind::Expert, Some(i), numbers));
                }
                none
            }
            // The MLP beside experts, weighed by a gate of its own.
            Operation::Weigh => {
                let numbers = dot(gradient, &self.row_of(at, id, control)?)?;
                wrote.push(Wrote::new(id, PartKind::Mlp, None, numbers));
                none
            }
            // The convolution adds values of earlier runs of tokens.
            Operation::Convolve { .. } if has(node, Axis::DStreams) => {
                let numbers = dot(gradient, &self.row_of(at, id, control)?)?;
                wrote.push(Wrote::new(id, PartKind::Embedding, None, numbers));
                none
            }
            Operation::NGrams(_)
            | Operation::Lookup { .. }
            | Operation::Positions { .. }
            | Operation::Sinusoids
            | Operation::SinusoidHalves { .. } => {
                let kind = match node.operation {
                    Operation::Lookup { .. }
                    | Operation::NGrams(_)
                    | Operation::Convolve { .. } => PartKind::Embedding,
                    _ => PartKind::Positions,
                };
                let numbers = dot(gradient, &self.row_of(at, id, control)?)?;
                wrote.push(Wrote::new(id, kind, None, numbers));
                none
            }
            _ => return Err(not_linear(node)),
        })
    }

    /// The matrices of the experts of heads that a row is sent to, the best first, in float64 on the host.
    fn of_experts(&mut self, at: Row, id: NodeId, control: &Control) -> Result<Vec<Tensor>> {
        let graph = self.graph.clone();
        let node = graph.node(id);
        let Some(first) = node.weights.first().map(|weight| weight.role) else {
            return Err(not_linear(node));
        };
        let chosen = view::to_f64(&self.row_of(at, node.inputs[1], control)?)?;
        let mut resident = self.weights();
        let weights = resident.weights(node.layer, &[id])?;
        let own = chosen.into_iter().map(|expert| {
            let role = first.with_member(expert as usize);
            let numbers = weights.numbers(role, Param::Weight, Kind::Double)?;
            plain(&numbers.ok_or_else(|| not_linear(node))?)
        });
        own.collect()
    }

    /// The addend of each head: its row of `z` times the gradient `[n, head · d_head]` in front of the map that
    /// reads it.
    fn by_head(
        &mut self,
        at: Row,
        (id, z): (NodeId, NodeId),
        before: &Tensor,
        wrote: &mut Vec<Wrote>,
        control: &Control,
    ) -> Result<()> {
        let z = self.row_of(at, z, control)?; // [head, d_head]
        let heads = split_heads(before, z.size()[0])?
            .f_mul(&z)?
            .f_sum_dim_intlist(-1, false, Kind::Double)?; // [n, head]
        for i in (0..z.size()[0]).rev() {
            let numbers = heads.f_select(-1, i)?;
            wrote.push(Wrote::new(id, PartKind::Head, Some(i as usize), numbers));
        }
        Ok(())
    }

    /// The output of each expert in use: the mixture with the shares of all others at 0.
    fn experts(
        &mut self,
        at: Row,
        id: NodeId,
        gradient: &Tensor,
        control: &Control,
    ) -> Result<Vec<(usize, Tensor)>> {
        let graph = self.graph.clone();
        let &[x, shares] = &graph.node(id).inputs[..] else {
            return Err(not_linear(graph.node(id)));
        };
        let row = |value: Value| -> Result<Tensor> {
            value.rows(at.row..at.row + 1) // [1, d]
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
        let numbers = wrote.f_matmul(&gradient.f_transpose(0, 1)?)?; // [active, n]
        let own = view::to_f64(&own)?.into_iter().map(|i| i as usize);
        let each = own.enumerate();
        each.map(|(row, expert)| Ok((expert, numbers.f_get(row as i64)?)))
            .collect()
    }
}

/// Whether a value is a norm's output times a gate.
fn is_gated_norm(graph: &Graph, node: &Node) -> bool {
    let is_gate = |id: &NodeId| matches!(graph.node(*id).operation, Operation::Sigmoid { .. });
    node.inputs.get(1).is_some_and(is_gate) && has(node, Axis::DModel)
}

/// Whether a value has an axis.
fn has(node: &Node, axis: Axis) -> bool {
    node.shape.iter().any(|dim| dim.axis == axis)
}

pub(super) fn part(node: &Node, kind: PartKind, index: Option<usize>, value: f64) -> Part {
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

pub(super) fn not_linear(node: &Node) -> super::super::EngineError {
    let point = hook::short(&node.name);
    SourceError::NotLinear { point }.into()
}

/// The product of each of `n` gradients with a row. `[n, …]`, `[…]` → `[n]`
pub(super) fn dot(gradients: &Tensor, row: &Tensor) -> Result<Tensor> {
    Ok(gradients
        .f_flatten(1, -1)?
        .f_matmul(&row.f_flatten(0, -1)?)?)
}
