//! Multi-head attention with grouped keys and values (Vaswani et al. 2017, §3.2; Ainslie et al. 2023).
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis.

use tch::Tensor;

use super::Result;
use super::kv_cache::LayerCache;
use super::lazy_scores::LazyScores;
use super::linear::Linear;
use super::long::AttentionInputs;
use super::mask::MaskSpec;
use super::norm::{NormWeights, norm};
use super::positions::{Angles, rotate};
use super::scoring::{mix, pattern, scores};
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
    pub mask_spec: MaskSpec,
    /// What it says, `[query, key]`; `None` in a pass too long for its scores to be held.
    pub mask: Option<&'a Tensor>,
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
    let sinks = w.sinks.as_ref().filter(|_| context.how.sinks);
    let inputs = AttentionInputs {
        q,
        k,
        v,
        scale: context.scale,
        cap: context.how.score_cap,
        bias: context.bias.map(Tensor::shallow_clone),
        sinks: sinks.map(Tensor::shallow_clone),
        mask: context.mask_spec,
    };
    let z = match context.mask {
        Some(mask) => {
            let scoring = inputs.scoring(mask.shallow_clone());
            let scores = tap.see(scores(&inputs.q, &inputs.k, &scoring)?); // [head, query, key]
            let pattern = tap.see(pattern(&scores, &scoring)?); // [head, query, key]
            mix(&pattern, &inputs.v)?
        }
        None => {
            let z = inputs.mix()?;
            tap.see_lazy(|| LazyScores::scores(&inputs, &z));
            tap.see_lazy(|| LazyScores::pattern(&inputs, &z));
            z
        }
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
