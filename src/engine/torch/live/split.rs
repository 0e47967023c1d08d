//! The parts of an attention score: who wrote the query, and who wrote the key.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use super::super::{Result, view};
use super::Live;
use super::factors::Row;
use super::frozen::{Wrote, dot, not_linear};
use crate::graph::NodeId;
use crate::graph::arch::alibi_slopes;
use crate::graph::operation::{Operation, ScoresInputs};
use crate::trace::attribution::Part;
use crate::trace::hook;
use crate::trace::source::{Control, SourceError};
use crate::trace::split::{Pair, Split};

/// The score that is asked about.
pub(super) struct Asked<'a> {
    pub at: Row,
    /// The hook point of the scores, or of the pattern made of them.
    pub point: usize,
    pub name: &'a str,
    pub head: usize,
    pub key: usize,
    /// The number of terms that are listed.
    pub most: usize,
}

/// Vectors that several parts wrote to a query or a key: `[part, d_head]`.
struct Written {
    parts: Vec<Wrote>,
    vectors: Tensor,
    /// The query or the key itself, `[d_head]`.
    whole: Tensor,
}

impl Live {
    pub(super) fn split(&mut self, asked: &Asked, control: &Control) -> Result<Split> {
        let (at, head) = (asked.at, asked.head);
        self.check_row(at)?;
        let graph = self.graph.clone();
        let mut id = self.node(asked.point)?;
        if let Operation::Pattern { .. } = graph.node(id).operation {
            id = graph.node(id).inputs[0];
        }
        let node = graph.node(id);
        let Operation::Scores(spec) = &node.operation else {
            return Err(SourceError::NoScores(hook::short(asked.name)).into());
        };
        let inputs = spec.inputs(&node.inputs);
        let ScoresInputs {
            q,
            k,
            gains,
            chosen,
        } = inputs.ok_or_else(|| not_linear(node))?;
        let changed = |id| self.runs[at.pass].changes.contains_key(&id);
        // A number that is added to a key's scores is no product of a query and a key.
        if changed(id) || gains.is_some() {
            return Err(not_linear(node));
        }
        // A choice beside entries is of entries alone.
        let hidden = match chosen.filter(|_| spec.behind.is_none()) {
            Some(chosen) => {
                let shown = self.row_of(at, chosen, control)?; // [key]
                let key = asked.key as i64;
                key < shown.numel() as i64 && shown.f_double_value(&[key])? == 0.0
            }
            None => false,
        };
        let pass = &self.passes[at.pass];
        let query = pass.start + at.row;
        let scores = pass.plan.find(&node.name);
        let scores = scores.ok_or_else(|| not_linear(node))?;
        let seen = self
            .info
            .visible_keys(pass, &pass.plan.points()[scores], at.row);
        if hidden || !seen.contains(&asked.key) {
            let key = asked.key;
            let words =
                format!("token {query} does not look at token {key} here: the mask hides it");
            return Err(SourceError::Slice(words).into());
        }
        // The key may be of an earlier pass.
        let mut before = self.passes[..=at.pass].iter();
        let of_key = before
            .rposition(|pass| pass.start <= asked.key)
            .unwrap_or(0);
        let key_at = Row {
            pass: of_key,
            row: asked.key - self.passes[of_key].start,
        };
        let k = match graph.node(k).operation {
            Operation::Append => graph.node(k).inputs[0],
            _ => k,
        };
        let [heads, kv_heads] = [q, k].map(|id| graph.node(id).shape[1].length(0, 0));
        if head >= heads {
            let words = format!(
                "there is no head {head}: there are heads 0 to {}",
                heads - 1
            );
            return Err(SourceError::Slice(words).into());
        }
        let queries = self.written(at, q, head, control)?;
        let keys = self.written(key_at, k, head / (heads / kv_heads).max(1), control)?;
        let temper = spec.temper.map_or(1.0, |temper| temper.factor(query));
        let scale = spec.scale * temper;
        let terms = queries.vectors.f_matmul(&keys.vectors.f_transpose(0, 1)?)?; // [query part, key part]
        let terms = terms.f_mul_scalar(scale)?;
        let sum_over = |axis: i64| -> Result<Vec<f64>> {
            view::to_f64(&terms.f_sum_dim_intlist(axis, false, Kind::Double)?)
        };
        let (by_query, by_key) = (sum_over(1)?, sum_over(0)?);
        let named = |wrote: &[Wrote], values: Vec<f64>| -> Vec<Part> {
            let each = wrote.iter().zip(values);
            each.map(|(wrote, value)| wrote.part(&graph, value))
                .collect()
        };
        let slope = alibi_slopes(heads)[head];
        let distance = (spec.alibi).map(|alibi| alibi.gain(slope, asked.key, spec.scale));
        let added = distance.unwrap_or(0.0);
        let product = queries.whole.f_dot(&keys.whole)?.f_double_value(&[])?;
        let sum: f64 = by_query.iter().sum();
        let pairs = largest(&terms, asked.most)?;
        let listed: f64 = pairs.iter().map(|pair| pair.value).sum();
        Ok(Split {
            point: hook::short(&node.name),
            head,
            query,
            key: asked.key,
            score: product * scale + added,
            sum: sum + added,
            distance,
            cap: spec.cap,
            others: terms.numel() - pairs.len(),
            rest: sum - listed,
            queries: named(&queries.parts, by_query),
            keys: named(&keys.parts, by_key),
            terms: pairs,
        })
    }

    /// All that writes to the query or key of one head in a row.
    fn written(&mut self, at: Row, id: NodeId, head: usize, control: &Control) -> Result<Written> {
        let value = self.row_of(at, id, control)?; // [head, d_head]
        let whole = value.f_get(head as i64)?; // [d_head]
        let (heads, d_head) = value.size2()?;
        // Number i of the head's vector is the i-th of d_head numbers that are taken apart.
        let one = Tensor::f_eye(d_head, (Kind::Double, Device::Cpu))?.f_unsqueeze(1)?; // [d_head, 1, d_head]
        let pad = [0, 0, head as i64, heads - 1 - head as i64];
        let gradient = one.f_constant_pad_nd(pad)?; // [d_head, head, d_head]
        debug_assert!(dot(&gradient, &value)?.f_equal(&whole)?);
        let parts = self.writers(at, BTreeMap::from([(id, gradient)]), control)?;
        let vectors: Vec<&Tensor> = parts.iter().map(|wrote| &wrote.numbers).collect();
        let vectors = Tensor::f_stack(&vectors, 0)?; // [part, d_head]
        Ok(Written {
            parts,
            vectors,
            whole,
        })
    }
}

/// The terms of largest size, the largest first.
fn largest(terms: &Tensor, most: usize) -> Result<Vec<Pair>> {
    let columns = terms.size()[1];
    let flat = terms.f_flatten(0, -1)?;
    let most = most.min(flat.numel()) as i64;
    let (_, places) = flat.f_abs()?.f_topk(most, 0, true, true)?;
    let values = view::to_f64(&flat.f_index_select(0, &places)?)?;
    let places = view::to_f64(&places)?.into_iter().map(|place| place as i64);
    let pairs = places.zip(values).map(|(place, value)| Pair {
        query: (place / columns) as usize,
        key: (place % columns) as usize,
        value,
    });
    Ok(pairs.collect())
}
