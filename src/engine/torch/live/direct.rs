//! The direct way from parts of the model to logits, with all norms frozen.

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use super::super::change::left_of;
use super::super::linear::linear;
use super::super::{Result, norm, view};
use super::Live;
use super::factors::{Row, plain};
use super::frozen::{dot, not_linear, part};
use crate::graph::operation::Operation;
use crate::graph::{Node, NodeId};
use crate::trace::attribution::{Attribution, Moved, Neuron, PartKind};
use crate::trace::grid::{Chosen, due};
use crate::trace::source::{Control, SourceError};
use crate::trace::token::Token;

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
        let mut logit = dot(&weight.f_unsqueeze(0)?, &read)?.f_double_value(&[0])?;
        let mut parts = Vec::new();
        let from = BTreeMap::from([(node.inputs[0], weight.f_unsqueeze(0)?)]);
        for wrote in self.writers(at, from, control)? {
            let value = wrote.numbers.f_double_value(&[0])?;
            parts.push(wrote.part(&graph, value));
        }
        if let Some(bias) = bias {
            let value = bias.f_double_value(&[])?;
            logit += value;
            parts.push(part(node, PartKind::Bias, None, value));
        }
        let mut cap = cap;
        if self.changes_logit(at, [Some(token), against])? {
            // The number that stands there now is the sum of what the model makes and of what was changed.
            let now = self.row_of_logits(at.pass, at.row, control)?;
            let now = |id: u32| now.f_double_value(&[i64::from(id)]);
            let changed = now(token)? - against.map(now).transpose()?.unwrap_or_default();
            parts.push(part(node, PartKind::Replaced, None, changed - logit));
            (logit, cap) = (changed, None);
        }
        let tokenizer = self.checkpoint.tokenizer()?;
        let named = |id: u32| -> Token { tokenizer.token(id) };
        Ok(Attribution {
            token: named(token),
            against: against.map(named),
            logit,
            sum: parts.iter().map(|part| part.value).sum(),
            cap,
            parts,
        })
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
        let mut carried = BTreeMap::from([(from, self.left_by_changes(at, from, rows)?)]);
        for (id, node) in graph.nodes() {
            if id <= from || id > logits || !leads[id.0] {
                continue;
            }
            control.go_on()?;
            let mut sum: Option<Tensor> = None;
            for (place, input) in linear_inputs(node).iter().enumerate() {
                let Some(rows) = carried.get(input) else {
                    continue;
                };
                let rows = self.through_streams(at, node, (place, rows), control)?;
                sum = Some(match sum {
                    Some(sum) => sum.f_add(&rows)?,
                    None => rows,
                });
            }
            let Some(rows) = sum else { continue };
            let rows = match &node.operation {
                Operation::Centre => norm::centre(&rows)?,
                Operation::Divide => rows.f_div(&self.row_of(at, node.inputs[1], control)?)?,
                Operation::Affine { offset, scale } => {
                    rows.f_mul(&self.affine_of(id, *offset, *scale)?.0)?
                }
                Operation::Multiply { by } => rows.f_mul(&self.factor_of(id, *by)?)?,
                Operation::Linear { scale, .. } => {
                    let (weight, _) = self.matrix(id)?;
                    let rows = rows
                        .f_to_device(weight.device())?
                        .f_to_kind(weight.kind())?;
                    plain(&linear(&rows, &weight, None)?)?.f_mul_scalar(*scale)?
                }
                _ => rows,
            };
            carried.insert(id, self.left_by_changes(at, id, rows)?);
        }
        let wrote = carried.remove(&logits);
        wrote.ok_or_else(|| not_linear(graph.node(from)))
    }

    /// The addends of a row as interventions leave them. `[k, …]`
    fn left_by_changes(&self, at: Row, id: NodeId, rows: Tensor) -> Result<Tensor> {
        let run = &self.runs[at.pass];
        match run.changes.get(&id) {
            Some(changes) => {
                let row = (at.row, run.context.tokens as usize);
                left_of(self.graph.node(id), &rows, row, changes)
            }
            None => Ok(rows),
        }
    }

    /// Whether interventions change the logit of one of these tokens in a row.
    fn changes_logit(&self, at: Row, tokens: [Option<u32>; 2]) -> Result<bool> {
        let all = self.interventions.all().iter();
        let here = all.filter(|one| one.holds_in(at.pass) && one.point == "logits");
        let plan = self.plan(at.pass)?;
        let hook = plan.points().iter().find(|hook| hook.name == "logits");
        for (one, hook) in here.zip(hook.iter().cycle()) {
            let ranges = one.ranges(&hook.axes, &hook.shape)?;
            let [rows, ids] = &ranges[..] else { continue };
            let mut tokens = tokens.into_iter().flatten();
            if rows.contains(&at.row) && tokens.any(|id| ids.contains(&(id as usize))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn logits_node(&self, at: Row) -> Result<NodeId> {
        let plan = self.plan(at.pass)?;
        if let Some(end) = plan.output_without_logits() {
            return Err(SourceError::NoLogits { end }.into());
        }
        let none = || SourceError::Other("this model has no logits".into());
        Ok(self.graph.find("logits").ok_or_else(none)?)
    }

    pub(super) fn check_row(&self, at: Row) -> Result<()> {
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
}

/// The inputs of which a node is a linear function while norms are frozen.
fn linear_inputs(node: &Node) -> &[NodeId] {
    match &node.operation {
        Operation::Copy
        | Operation::Sum
        | Operation::Plus
        | Operation::Centre
        | Operation::Affine { .. }
        | Operation::Multiply { .. }
        | Operation::Linear { .. } => &node.inputs,
        Operation::Divide | Operation::Spread => &node.inputs[..1],
        Operation::Gather { .. } => &node.inputs[1..],
        Operation::Scatter => &node.inputs[1..node.inputs.len().min(3)],
        Operation::Resize { .. } | Operation::Blend { .. } | Operation::Correct { .. } => {
            &node.inputs[1..]
        }
        _ => &[],
    }
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
