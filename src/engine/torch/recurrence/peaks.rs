//! Exponential gates: what is written is an exponential, and the largest exponent so far, the peak, is kept apart so
//! that no state overflows (Milakov & Gimelshein 2018; Beck et al. 2024; Peng et al. 2023).

use tch::{Kind, Tensor};

use super::super::Result;
use super::wide;

/// `log σ(x)`, in f32 if x is narrower.
pub fn log_sigmoid(x: &Tensor) -> Result<Tensor> {
    Ok(wide(x)?.f_log_sigmoid()?)
}

/// `m[t] = max(m[t − 1] + forget[t], x[t])`, with `past` or `first` before the first token; nothing before it without
/// either. `[token, head]`
pub fn peaks(
    forget: &Tensor,
    x: &Tensor,
    past: Option<&Tensor>,
    first: Option<f64>,
) -> Result<Tensor> {
    let double = |x: &Tensor| x.f_to_kind(Kind::Double);
    let fallen = double(forget)?.f_cumsum(-2, Kind::Double)?; // [token, head]
    let (mut highest, _) = double(x)?.f_sub(&fallen)?.f_cummax(-2)?; // [token, head]
    if let Some(past) = past {
        highest = highest.f_maximum(&double(past)?.f_unsqueeze(-2)?)?;
    } else if let Some(first) = first {
        highest = highest.f_clamp_min(first)?;
    }
    let peaks = highest.f_add(&fallen)?;
    Ok(peaks.f_to_kind(wide(x)?.kind())?)
}

/// The peak before each token: `[token, head]`. Without a first one, the first token's own, less what is forgotten.
pub fn before(
    peaks: &Tensor,
    forget: &Tensor,
    past: Option<&Tensor>,
    first: Option<f64>,
) -> Result<Tensor> {
    let tokens = peaks.size()[peaks.dim() - 2];
    let own = peaks.f_narrow(-2, 0, 1)?;
    let start = match (past, first) {
        (Some(past), _) => past.f_unsqueeze(-2)?.f_to_kind(peaks.kind())?,
        (None, Some(first)) => own.f_full_like(first)?,
        (None, None) => own.f_sub(&forget.f_narrow(-2, 0, 1)?)?,
    };
    Ok(Tensor::f_cat(
        &[start, peaks.f_narrow(-2, 0, tokens - 1)?],
        -2,
    )?)
}

/// `m[t − 1] + forget[t] − m[t]`. `[token, head]`
pub fn decay(forget: &Tensor, peaks: &Tensor, before: &Tensor) -> Result<Tensor> {
    Ok(before.f_add(forget)?.f_sub(peaks)?)
}

/// `x / (max(|y|, exp(−m)) + ε)`: what is read from values, by what is read from weights. `[token, head, d_head]`,
/// `[token, head, 1]`, `[token, head]`
pub fn bounded(x: &Tensor, y: &Tensor, peaks: &Tensor, eps: f64) -> Result<Tensor> {
    let least = peaks.f_neg()?.f_exp()?.f_unsqueeze(-1)?; // [token, head, 1]
    let by = wide(y)?.f_abs()?.f_maximum(&least)?.f_add_scalar(eps)?;
    Ok(wide(x)?.f_div(&by)?.f_to_kind(x.kind())?)
}

/// States of before each token, `past` or zeros before the first. `[token, head, 1, 1]` → `[token, head]`
fn earlier(states: &Tensor, past: Option<&Tensor>) -> Result<Tensor> {
    let rows = states.f_flatten(-3, -1)?; // [token, head]
    let tokens = rows.size()[rows.dim() - 2];
    let first = match past {
        Some(past) => past.f_flatten(-3, -1)?.f_unsqueeze(-2)?, // [1, head]
        None => rows.f_narrow(-2, 0, 1)?.f_zeros_like()?,
    };
    Ok(Tensor::f_cat(
        &[first, rows.f_narrow(-2, 0, tokens - 1)?],
        -2,
    )?)
}

/// The share of a token's own value in what it reads: `e / (e + W)`, where e is `exp(x + bonus − m)`, and W is the
/// weight of all earlier tokens by the peak m before it. `[token, head]`
pub fn own(
    x: &Tensor,
    bonus: &Tensor,
    (weights, past): (&Tensor, Option<&Tensor>),
    before: &Tensor,
) -> Result<Tensor> {
    let others = earlier(weights, past)?.f_log()?.f_add(before)?; // [token, head]
    let own = wide(x)?.f_add(&wide(bonus)?)?;
    Ok(own.f_sub(&others)?.f_sigmoid()?)
}

/// `own · v + (1 − own) · S[t − 1] / W[t − 1]`: a token's own value, and the mean of earlier ones. `[token, head, 1]`
pub fn mean(
    own: &Tensor,
    v: &Tensor,
    (states, past): (&Tensor, Option<&Tensor>),
    (weights, past_weights): (&Tensor, Option<&Tensor>),
) -> Result<Tensor> {
    let weights = earlier(weights, past_weights)?;
    let none = weights.f_eq(0.0)?;
    let mean = earlier(states, past)?.f_div(&weights)?;
    let mean = mean.f_masked_fill(&none, 0.0)?.f_unsqueeze(-1)?; // [token, head, 1]
    let own = own.f_unsqueeze(-1)?;
    let value = wide(v)?;
    let rest = own.f_neg()?.f_add_scalar(1.0)?.f_mul(&mean)?;
    Ok(own.f_mul(&value)?.f_add(&rest)?.f_to_kind(v.kind())?)
}

/// `x ⊙ w + x[token − 1] ⊙ (1 − w)`, with `past` `[1, d_model]` or zeros before the first. `[token, d_model]`
pub fn shifted(x: &Tensor, past: Option<&Tensor>, w: &Tensor) -> Result<Tensor> {
    let tokens = x.size()[x.dim() - 2];
    let first = match past {
        Some(past) => past.shallow_clone(),
        None => x.f_narrow(-2, 0, 1)?.f_zeros_like()?,
    };
    let before = Tensor::f_cat(&[first, x.f_narrow(-2, 0, tokens - 1)?], -2)?;
    let rest = w.f_neg()?.f_add_scalar(1.0)?;
    Ok(x.f_mul(w)?.f_add(&before.f_mul(&rest)?)?)
}
