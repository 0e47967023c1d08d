//! The gates of what is written and forgotten, where values make them (De et al. 2024).

use tch::Tensor;

use super::super::Result;
use super::wide;

/// Each of `count` parts of a row times a matrix of its own, plus a bias `[part, out]`. `w` is `[part, in, out]`, or with
/// `turned` `[part · out, in]`. `[token, …]` → `[token, part, out]`
pub fn blocks(
    x: &Tensor,
    w: &Tensor,
    bias: Option<&Tensor>,
    (count, turned): (usize, bool),
) -> Result<Tensor> {
    let rows = x.f_flatten(1, -1)?; // [token, part · in]
    let parts = rows.f_unflatten(-1, [count as i64, -1])?; // [token, part, in]
    let w = if turned {
        w.f_unflatten(0, [count as i64, -1])?.f_transpose(-2, -1)? // [part, in, out]
    } else {
        w.shallow_clone()
    };
    let mut out = parts.f_transpose(0, 1)?.f_matmul(&w)?.f_transpose(0, 1)?; // [token, part, out]
    if let Some(bias) = bias {
        out = out.f_add(bias)?;
    }
    Ok(out)
}

/// `−rate · softplus(w) · σ(x)`. `[token, head]`
pub fn decay(x: &Tensor, w: &Tensor, rate: f64) -> Result<Tensor> {
    let rate = wide(w)?.f_softplus()?.f_mul_scalar(-rate)?;
    Ok(wide(x)?.f_sigmoid()?.f_mul(&rate)?)
}

/// `σ(x) · √(1 − exp(2 decay))`; `σ(x)` for the first token of all. `[token, head]`
pub fn balance(x: &Tensor, decay: &Tensor, is_first: bool) -> Result<Tensor> {
    let gate = x.f_sigmoid()?;
    let room = decay.f_mul_scalar(2.0)?.f_exp()?; // [token, head]
    let mut factor = room.f_neg()?.f_add_scalar(1.0)?.f_sqrt()?;
    if is_first {
        let tokens = factor.size()[factor.dim() - 2];
        let first = factor.f_narrow(-2, 0, 1)?.f_ones_like()?;
        factor = Tensor::f_cat(&[first, factor.f_narrow(-2, 1, tokens - 1)?], -2)?;
    }
    Ok(gate.f_mul(&factor.f_to_kind(gate.kind())?)?)
}
