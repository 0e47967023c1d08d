//! LayerNorm and RMSNorm in steps: centred rows, their root mean square, the quotient, and its product with
//! the weights. Half precision is widened to f32 for the statistics, as when the models were trained.

use tch::{Kind, Tensor};

use super::linear::split_heads;
use super::{Result, wider};
use crate::graph::arch::{Norm, NormKind, QkNorm};

/// A norm's weight and bias, each `[d]`; `None` if the norm has none.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    pub weight: Option<&'a Tensor>,
    pub bias: Option<&'a Tensor>,
}

/// `x − mean(x)` of each row. `[token, d]`
pub fn centre(x: &Tensor) -> Result<Tensor> {
    let x = wide(x)?;
    Ok(x.f_sub(&x.f_mean_dim(-1, true, None)?)?)
}

/// `√(mean(x²) + ε)` of each row. `[token, d]` → `[token, 1]`
pub fn root_mean_square(x: &Tensor, eps: f64) -> Result<Tensor> {
    let mean = wide(x)?.f_square()?.f_mean_dim(-1, true, None)?; // [token, 1]
    Ok(mean.f_add_scalar(eps)?.f_sqrt()?)
}

/// `x / scale`, in the kind of the pass. `[token, d]`
pub fn divide(x: &Tensor, scale: &Tensor, kind: Kind) -> Result<Tensor> {
    Ok(wide(x)?.f_div(scale)?.f_to_kind(kind)?)
}

/// `x ⊙ (weight + offset) + bias`. `[token, d]`
pub fn affine(x: &Tensor, w: Weights, offset: f64) -> Result<Tensor> {
    let scaled = match w.weight {
        Some(weight) => stretch(x, weight, offset)?,
        None => x.shallow_clone(),
    };
    match w.bias {
        Some(bias) => Ok(scaled.f_add(bias)?),
        None => Ok(scaled),
    }
}

/// A whole norm of queries or keys, over each head's vector or over all heads' as one. `[token, head,
/// d_head]`
pub fn head_norm(x: &Tensor, w: Weights, over: QkNorm, norm: &Norm) -> Result<Tensor> {
    let n_heads = match over {
        QkNorm::AllHeads | QkNorm::Groups(_) => x.size()[x.dim() - 2],
        QkNorm::Head | QkNorm::EachHead => return steps(x, w, norm),
    };
    if let QkNorm::Groups(groups) = over {
        let rows = x.f_flatten(-2, -1)?; // [token, head · d_head]
        return split_heads(&groups_of_row(&rows, w, groups as i64, norm)?, n_heads);
    }
    split_heads(&steps(&x.f_flatten(-2, -1)?, w, norm)?, n_heads)
}

/// A norm of each of so many parts of a row. `[token, d]`
pub fn groups_of_row(x: &Tensor, w: Weights, groups: i64, norm: &Norm) -> Result<Tensor> {
    let none = Weights {
        weight: None,
        bias: None,
    };
    let parts = x.f_unflatten(-1, [groups, -1])?; // [token, group, d]
    let rows = steps(&parts, none, norm)?.f_flatten(-2, -1)?; // [token, d]
    affine(&rows, w, norm.weight_offset)
}

/// All steps of a norm over the last axis. `[token, …, d]`
fn steps(x: &Tensor, w: Weights, norm: &Norm) -> Result<Tensor> {
    let centred = match norm.kind {
        NormKind::Layer => centre(x)?,
        NormKind::Rms => x.shallow_clone(),
    };
    let scale = root_mean_square(&centred, norm.eps)?;
    affine(&divide(&centred, &scale, x.kind())?, w, norm.weight_offset)
}

/// The gradient in front of [`head_norm`] of the row `x`, `[head, d_head]`, with the norm's divisors held as they are.
/// `[n, head, d_head]`
pub fn head_norm_back(
    gradient: &Tensor,
    x: &Tensor,
    w: Weights,
    over: QkNorm,
    norm: &Norm,
) -> Result<Tensor> {
    let n_heads = x.size()[0];
    if let QkNorm::Groups(groups) = over {
        let parts = |x: &Tensor, first: i64| -> Result<Tensor> {
            Ok(x.f_flatten(first, -1)?
                .f_unflatten(-1, [groups as i64, -1])?) // [group, d]
        };
        let weight = w.weight.map(|w| parts(w, 0)).transpose()?;
        let own = Weights {
            weight: weight.as_ref(),
            bias: None,
        };
        let back = steps_back(&parts(gradient, 1)?, &parts(x, 0)?, own, norm)?;
        return Ok(back.f_view_as(gradient)?);
    }
    if over != QkNorm::AllHeads {
        return steps_back(gradient, x, w, norm);
    }
    let (gradient, x) = (gradient.f_flatten(-2, -1)?, x.f_flatten(-2, -1)?);
    split_heads(&steps_back(&gradient, &x, w, norm)?, n_heads)
}

/// [`steps`] backwards, with the divisors of `x`.
fn steps_back(gradient: &Tensor, x: &Tensor, w: Weights, norm: &Norm) -> Result<Tensor> {
    let w = Weights { bias: None, ..w };
    let gradient = affine(gradient, w, norm.weight_offset)?;
    match norm.kind {
        NormKind::Layer => {
            let scale = root_mean_square(&centre(x)?, norm.eps)?;
            centre(&gradient.f_div(&scale)?)
        }
        NormKind::Rms => Ok(gradient.f_div(&root_mean_square(x, norm.eps)?)?),
    }
}

fn wide(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_to_kind(wider(x.kind()))?)
}

/// `x · (weight + offset)`. The sum is taken in f32, since half precision has few digits near 1.
fn stretch(x: &Tensor, weight: &Tensor, offset: f64) -> Result<Tensor> {
    if offset == 0.0 {
        return Ok(x.f_mul(weight)?);
    }
    let weight = wide(weight)?.f_add_scalar(offset)?;
    Ok(x.f_mul(&weight)?.f_to_kind(x.kind())?)
}
