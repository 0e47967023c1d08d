//! Scores, pattern and the mixture of values.
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis.

use std::ops::Range;

use tch::{Device, Kind, Tensor};

use super::linear::capped;
use super::single::early;
use super::{Result, wider};
use crate::graph::operation::Scores;
use crate::graph::single::Behind;

/// The mask `[query, key]` of some queries, which stand after `past` others, and all `keys`, with the entries behind them. It is true where
/// a query may not look: at later keys in causal attention, and outside of its window and its run.
pub fn mask(
    spec: &Scores,
    past: i64,
    queries: Range<i64>,
    keys: i64,
    device: Device,
) -> Result<Tensor> {
    let first = past + queries.start;
    let entries = |behind: Behind| -> Result<Tensor> {
        let at = Tensor::f_arange_start(first, past + queries.end, (Kind::Int64, device))?;
        early(&at, keys, behind.every as i64)
    };
    if let Some(behind) = spec.behind.filter(|behind| behind.alone) {
        return entries(behind);
    }
    let all = Tensor::f_ones([queries.end - queries.start, keys], (Kind::Bool, device))?;
    if !spec.causal {
        return Ok(all.f_logical_not()?);
    }
    let mut dark = all.f_triu(first + 1)?;
    if let Some(window) = spec.window {
        dark = dark.f_logical_or(&all.f_tril(first - window as i64)?)?;
    }
    if let Some(chunk) = spec.chunk {
        let runs = |at: Range<i64>| {
            let at = Tensor::f_arange_start(at.start, at.end, (Kind::Int64, device))?;
            at.f_div_scalar_mode(chunk as i64, "floor")
        };
        let own = runs(first..past + queries.end)?.f_unsqueeze(-1)?; // [query, 1]
        dark = dark.f_logical_or(&own.f_ne_tensor(&runs(0..keys)?)?)?;
    }
    match spec.behind {
        Some(behind) => Ok(Tensor::f_cat(&[dark, entries(behind)?], -1)?),
        None => Ok(dark),
    }
}

/// `scores = q · kᵀ · scale + bias`, −∞ where the mask `[query, key]` is true. `bias` is `[head, 1, key]`.
/// `[head, query, key]`
pub fn scores(
    q: &Tensor,
    k: &Tensor,
    spec: &Scores,
    bias: Option<&Tensor>,
    mask: &Tensor,
) -> Result<Tensor> {
    let n_heads = q.size()[q.dim() - 2];
    let kt = k.f_transpose(-3, -2)?.f_transpose(-2, -1)?; // [kv_head, d_head, key]
    let scores = group(&q.f_transpose(-3, -2)?, kt.size()[kt.dim() - 3])?.f_matmul(&kt)?;
    let mut scores = ungroup(&scores, n_heads)?; // [head, query, key]
    let _ = scores.f_mul_scalar_(spec.scale)?;
    if let Some(bias) = bias {
        let _ = scores.f_add_(bias)?;
    }
    scores = capped(scores, spec.cap)?;
    let _ = scores.f_masked_fill_(mask, f64::NEG_INFINITY)?;
    if let (Some(most), Some(bias)) = (spec.most, bias) {
        let _ = scores.f_masked_fill_(&beyond(bias, mask, most as i64)?, f64::NEG_INFINITY)?;
    }
    Ok(scores)
}

/// Whether each key is none of the `most` that a query sees with the largest bias `[head, 1, key]`. `[head, query, key]`
fn beyond(bias: &Tensor, mask: &Tensor, most: i64) -> Result<Tensor> {
    let seen = bias.f_masked_fill(mask, f64::NEG_INFINITY)?; // [head, query, key]
    let all = seen.f_ones_like()?.f_to_kind(Kind::Bool)?;
    let keys = seen.size()[seen.dim() - 1];
    if keys <= most {
        return Ok(all.f_logical_not()?);
    }
    let (_, best) = seen.f_topk(most, -1, true, false)?;
    Ok(all.f_scatter_value(-1, &best, 0)?)
}

/// The number that each key adds to the scores of all heads that read it: `[key, kv_head]` → `[head, 1, key]`
pub fn gains(gains: &Tensor, n_heads: i64) -> Result<Tensor> {
    let by_head = gains.f_transpose(-2, -1)?; // [kv_head, key]
    let group = n_heads / by_head.size()[by_head.dim() - 2];
    let all = by_head.f_repeat_interleave_self_int(group, -2, None)?;
    Ok(all.f_unsqueeze(-2)?)
}

/// The share of each row of scores that a further score of the head, `sinks` `[head]`, would leave. `[head, query, key]` →
/// `[token, head]`
pub fn unsunk(scores: &Tensor, sinks: &Tensor) -> Result<Tensor> {
    let kind = scores.kind();
    let wide = scores.f_to_kind(wider(kind))?;
    let own = sinks.f_to_kind(wider(kind))?.f_unsqueeze(-1)?; // [head, 1]
    let left = wide.f_logsumexp(-1, false)?.f_sub(&own)?.f_sigmoid()?; // [head, query]
    Ok(left.f_transpose(-2, -1)?.f_contiguous()?.f_to_kind(kind)?)
}

/// Vectors of these heads, joined for each new head. `[token, head, d]` → `[token, head, d · n]`
pub fn heads_of(x: &Tensor, of: &[Vec<usize>]) -> Result<Tensor> {
    let flat: Vec<i64> = of.iter().flatten().map(|head| *head as i64).collect();
    let index = Tensor::f_from_slice(&flat)?.f_to_device(x.device())?;
    let all = x.f_index_select(-2, &index)?; // [token, head · n, d]
    let joined = all.f_unflatten(-2, [of.len() as i64, -1])?; // [token, head, n, d]
    Ok(joined.f_flatten(-2, -1)?)
}

/// λ of a [difference](difference), from four vectors `[4, d]`.
pub fn lambda(vectors: &Tensor, first: f64) -> Result<Tensor> {
    let of = |i: i64| -> Result<Tensor> {
        let wide = vectors.f_to_kind(wider(vectors.kind()))?;
        let product = wide.f_get(i)?.f_dot(&wide.f_get(i + 1)?)?;
        Ok(product.f_exp()?)
    };
    Ok(of(0)?.f_sub(&of(2)?)?.f_add_scalar(first)?)
}

/// The first half of heads less `lambda` times the second half. `[token, head, d]` → `[token, head / 2, d]`
pub fn difference(z: &Tensor, lambda: &Tensor) -> Result<Tensor> {
    let half = z.size()[z.dim() - 2] / 2;
    let [first, second] = [0, half].map(|start| z.f_narrow(-2, start, half));
    Ok(first?.f_sub(&second?.f_mul(&lambda.f_to_kind(z.kind())?)?)?)
}

/// The share of each query's attention that each key gets. `sinks` is `[head]`. `[head, query, key]`
pub fn pattern(scores: &Tensor, sinks: Option<&Tensor>) -> Result<Tensor> {
    match sinks {
        Some(sinks) => softmax_with_sinks(scores, sinks),
        None => softmax(scores),
    }
}

/// [`softmax`] with one more score a head, `sinks` `[head]`. Its share of each row is dropped, so that rows
/// sum to less than 1.
fn softmax_with_sinks(scores: &Tensor, sinks: &Tensor) -> Result<Tensor> {
    let mut column = scores.size();
    let keys = column.pop().unwrap_or_default();
    column.push(1);
    let sinks = sinks.f_unsqueeze(-1)?.f_unsqueeze(-1)?; // [head, 1, 1]
    let all = Tensor::f_cat(&[scores, &sinks.f_expand(&column[..], false)?], -1)?;
    Ok(softmax(&all)?.f_narrow(-1, 0, keys)?.f_contiguous()?)
}

/// Softmax over keys; half precision is summed in f32. `[head, query, key]`
fn softmax(scores: &Tensor) -> Result<Tensor> {
    let kind = scores.kind();
    Ok(scores.f_softmax(-1, wider(kind))?.f_to_kind(kind)?)
}

/// Each head's vector of `x` with the vector `y` of all heads behind it. `[token, head, d]`, `[token, 1, e]` → `[token,
/// head, d + e]`
pub fn join(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let mut size = x.size();
    let last = size.len() - 1;
    size[last] = y.size()[last];
    Ok(Tensor::f_cat(&[x, &y.f_expand(&size[..], false)?], -1)?)
}

/// `z = pattern · v`: values mixed in the pattern's proportions. `[token, head, d_head]`
pub fn mix(pattern: &Tensor, v: &Tensor) -> Result<Tensor> {
    let n_heads = pattern.size()[pattern.dim() - 3];
    let v = v.f_transpose(-3, -2)?; // [kv_head, key, d_head]
    let z = group(pattern, v.size()[v.dim() - 3])?.f_matmul(&v)?;
    Ok(ungroup(&z, n_heads)?.f_transpose(-3, -2)?.f_contiguous()?)
}

/// `[head, query, n]` → `[kv_head, group · query, n]`: the heads that share a key/value head become more rows
/// of it, so that keys and values are never repeated in memory.
fn group(x: &Tensor, n_kv_heads: i64) -> Result<Tensor> {
    Ok(x.f_unflatten(-3, [n_kv_heads, -1])?.f_flatten(-3, -2)?)
}

/// `[kv_head, group · query, n]` → `[head, query, n]`
fn ungroup(x: &Tensor, n_heads: i64) -> Result<Tensor> {
    let group = n_heads / x.size()[x.dim() - 3];
    Ok(x.f_unflatten(-2, [group, -1])?.f_flatten(-4, -3)?)
}
