//! Multi-head attention with grouped keys and values (Vaswani et al. 2017, §3.2; Ainslie et al. 2023).
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis.

use tch::{Kind, Tensor};

use super::Result;
use super::cache::LayerCache;
use super::linear::Linear;
use super::long::Looks;
use super::mask::Sees;
use super::norm::{NormWeights, norm};
use super::positions::{Angles, rotate};
use super::tap::Tap;
use crate::checkpoint::arch::{Attention, Norm, QkNorm};

pub struct AttentionWeights {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    /// `[d_head]`, `[head, d_head]` or `[head · d_head]`, as [`QkNorm`] says.
    pub query_norm: NormWeights,
    /// The same, of the key/value heads.
    pub key_norm: NormWeights,
    /// `[head]`, where heads have sinks.
    pub sinks: Option<Tensor>,
    pub out: Linear,
}

/// What attention needs besides its input and weights.
pub struct Context<'a> {
    pub how: &'a Attention,
    /// How norms of queries and keys compute.
    pub norm: &'a Norm,
    /// What q·k is multiplied by.
    pub scale: f64,
    pub angles: Option<&'a Angles>,
    /// `[head, 1, key]`, added to scores.
    pub bias: Option<&'a Tensor>,
    pub sees: Sees,
    /// What `sees` says, `[query, key]`; `None` in a pass too long for its scores to be held.
    pub mask: Option<&'a Tensor>,
}

/// What stands between queries, keys and the pattern, for some heads and some queries.
pub struct Scoring {
    pub scale: f64,
    /// As in [`Attention::score_cap`].
    pub cap: Option<f64>,
    /// `[head, 1, key]`, added to scores.
    pub bias: Option<Tensor>,
    /// `[head]`
    pub sinks: Option<Tensor>,
    /// `[query, key]`, true where a query may not look.
    pub mask: Tensor,
}

/// What each head reads from the tokens it looks at, projected back to the residual stream.
/// `x`, result: `[token, d_model]`.
pub fn attention(
    x: &Tensor,
    w: &AttentionWeights,
    context: &Context,
    cache: Option<&mut LayerCache>,
    tap: &mut Tap,
) -> Result<Tensor> {
    let (n_heads, n_kv_heads) = (context.how.n_heads as i64, context.how.n_kv_heads as i64);
    let mut q = tap.see(split_heads(&w.query.apply(x)?, n_heads)?); // [token, head, d_head]
    let mut k = tap.see(split_heads(&w.key.apply(x)?, n_kv_heads)?); // [token, kv_head, d_head]
    let mut v = tap.see(split_heads(&w.value.apply(x)?, n_kv_heads)?); // [token, kv_head, d_head]
    if let Some(over) = context.how.qk_norm {
        q = tap.see(norm_heads(&q, &w.query_norm, over, context.norm)?); // [token, head, d_head]
        k = tap.see(norm_heads(&k, &w.key_norm, over, context.norm)?); // [token, kv_head, d_head]
    }
    if let Some(angles) = context.angles {
        q = tap.see(rotate(&q, angles)?); // [token, head, d_head]
        k = tap.see(rotate(&k, angles)?); // [token, kv_head, d_head]
    }
    if let Some(cache) = cache {
        (k, v) = cache.extend(&k, &v)?; // [key, kv_head, d_head]
    }
    let looks = Looks::new(&q, &k, &v, w, context);
    let z = match context.mask {
        Some(mask) => {
            let scoring = looks.scoring(mask.shallow_clone());
            let scores = tap.see(scores(&q, &k, &scoring)?); // [head, query, key]
            let pattern = tap.see(pattern(&scores, &scoring)?); // [head, query, key]
            mix(&pattern, &v)?
        }
        None => looks.mix(tap)?,
    };
    let z = tap.see(z); // [token, head, d_head]
    w.out.apply(&z.f_flatten(-2, -1)?) // [token, d_model]
}

/// Queries or keys, each head's vector normed, or all heads' as one. `[token, head, d_head]`
fn norm_heads(x: &Tensor, w: &NormWeights, over: QkNorm, how: &Norm) -> Result<Tensor> {
    match over {
        QkNorm::Head | QkNorm::EachHead => norm(x, w, how, &mut Tap::off()),
        QkNorm::AllHeads => {
            let n_heads = x.size()[x.dim() - 2];
            let normed = norm(&x.f_flatten(-2, -1)?, w, how, &mut Tap::off())?;
            split_heads(&normed, n_heads)
        }
    }
}

/// `[token, head · d_head]` → `[token, head, d_head]`
fn split_heads(x: &Tensor, n_heads: i64) -> Result<Tensor> {
    Ok(x.f_unflatten(-1, [n_heads, -1])?)
}

/// `scores = q · kᵀ · scale + bias`, −∞ where the mask forbids to look. `[head, query, key]`
pub fn scores(q: &Tensor, k: &Tensor, how: &Scoring) -> Result<Tensor> {
    let n_heads = q.size()[q.dim() - 2];
    let kt = k.f_transpose(-3, -2)?.f_transpose(-2, -1)?; // [kv_head, d_head, key]
    let scores = group(&q.f_transpose(-3, -2)?, kt.size()[kt.dim() - 3])?.f_matmul(&kt)?;
    let mut scores = ungroup(&scores, n_heads)?; // [head, query, key]
    let _ = scores.f_mul_scalar_(how.scale)?;
    if let Some(bias) = &how.bias {
        let _ = scores.f_add_(bias)?;
    }
    if let Some(cap) = how.cap {
        scores = scores.f_div_scalar(cap)?.f_tanh()?.f_mul_scalar(cap)?;
    }
    let _ = scores.f_masked_fill_(&how.mask, f64::NEG_INFINITY)?;
    Ok(scores)
}

/// What share of its attention each query gives each key. `[head, query, key]`
pub fn pattern(scores: &Tensor, how: &Scoring) -> Result<Tensor> {
    match &how.sinks {
        Some(sinks) => softmax_with_sinks(scores, sinks),
        None => softmax(scores),
    }
}

/// [`softmax`] with one more score a head, `sinks` `[head]`, whose share of each row is dropped: rows
/// sum to less than 1.
fn softmax_with_sinks(scores: &Tensor, sinks: &Tensor) -> Result<Tensor> {
    let mut column = scores.size();
    let keys = column.pop().unwrap_or_default();
    column.push(1);
    let sinks = sinks.f_unsqueeze(-1)?.f_unsqueeze(-1)?; // [head, 1, 1]
    let all = Tensor::f_cat(&[scores, &sinks.f_expand(&column[..], false)?], -1)?;
    Ok(softmax(&all)?.f_narrow(-1, 0, keys)?.f_contiguous()?)
}

/// Each row becomes a distribution over keys; half precision is summed in f32. `[head, query, key]`
fn softmax(scores: &Tensor) -> Result<Tensor> {
    match scores.kind() {
        kind @ (Kind::Half | Kind::BFloat16) => {
            Ok(scores.f_softmax(-1, Kind::Float)?.f_to_kind(kind)?)
        }
        _ => Ok(scores.f_softmax(-1, None)?),
    }
}

/// `z = pattern · v`: the values, mixed in the pattern's proportions. `[token, head, d_head]`
pub fn mix(pattern: &Tensor, v: &Tensor) -> Result<Tensor> {
    let n_heads = pattern.size()[pattern.dim() - 3];
    let v = v.f_transpose(-3, -2)?; // [kv_head, key, d_head]
    let z = group(pattern, v.size()[v.dim() - 3])?.f_matmul(&v)?;
    Ok(ungroup(&z, n_heads)?.f_transpose(-3, -2)?.f_contiguous()?)
}

/// `[head, query, n]` → `[kv_head, group · query, n]`: the heads that share one key/value head
/// become more rows of it, so that keys and values are never repeated in memory.
fn group(x: &Tensor, n_kv_heads: i64) -> Result<Tensor> {
    Ok(x.f_unflatten(-3, [n_kv_heads, -1])?.f_flatten(-3, -2)?)
}

/// `[kv_head, group · query, n]` → `[head, query, n]`
fn ungroup(x: &Tensor, n_heads: i64) -> Result<Tensor> {
    let group = n_heads / x.size()[x.dim() - 3];
    Ok(x.f_unflatten(-2, [group, -1])?.f_flatten(-4, -3)?)
}
