//! Several streams: their sizes, predictions and corrections (Baykal et al. 2023), and those that all blocks mix (Zhu et
//! al. 2025).

use tch::Tensor;

use super::linear::times;
use super::norm::Weights;
use super::{Result, wider};
use crate::graph::Node;
use crate::graph::streams::{Balance, Opening};

/// `√mean(x²) / √mean(y²)` of each row, the divisor's square at least `least`. `[token, d]` → `[token, 1]`
pub fn sizes(x: &Tensor, y: &Tensor, least: f64) -> Result<Tensor> {
    let square = |x: &Tensor| x.f_square()?.f_mean_dim(-1, true, None);
    let divisor = square(y)?.f_clamp_min(least)?.f_sqrt()?; // [token, 1]
    Ok(square(x)?.f_sqrt()?.f_div(&divisor)?)
}

/// `y` with the size of `x`. `[token, d_model]`
pub fn resized(x: &Tensor, y: &Tensor, least: f64) -> Result<Tensor> {
    Ok(y.f_mul(&sizes(x, y, least)?)?)
}

/// `own + Σ shares[first + i] · streams[i]`. `[token, n]`, `[token, d_model]` … → `[token, d_model]`
pub fn blended(shares: &Tensor, own: &Tensor, streams: &[&Tensor], first: usize) -> Result<Tensor> {
    let mut sum: Option<Tensor> = None;
    for (i, stream) in streams.iter().enumerate() {
        let share = shares.f_narrow(-1, (first + i) as i64, 1)?; // [token, 1]
        let part = stream.f_mul(&share)?; // [token, d_model]
        sum = Some(match sum {
            Some(sum) => sum.f_add(&part)?,
            None => part,
        });
    }
    match sum {
        Some(sum) => Ok(sum.f_add(own)?),
        None => Ok(own.shallow_clone()),
    }
}

/// `stream + (1 + shares[at]) · (computed − predicted)`. `[token, d_model]`
pub fn corrected(
    shares: &Tensor,
    [computed, predicted, stream]: [&Tensor; 3],
    at: usize,
) -> Result<Tensor> {
    let share = shares.f_narrow(-1, at as i64, 1)?.f_add_scalar(1.0)?; // [token, 1]
    let off = computed.f_sub(predicted)?; // [token, d_model]
    Ok(off.f_mul(&share)?.f_add(stream)?)
}

/// `x` in each of `count` streams. `[token, d_model]` → `[token, stream, d_model]`
pub fn spread(x: &Tensor, count: i64) -> Result<Tensor> {
    let mut size = x.size();
    size.insert(size.len() - 1, count);
    Ok(x.f_unsqueeze(-2)?
        .f_expand(&size[..], false)?
        .f_contiguous()?)
}

/// Streams `[token, stream, d_model]` as a node has them: with an axis of their own or in one row.
pub fn laid_out(node: &Node, streams: Tensor) -> Result<Tensor> {
    Ok(match node.shape.len() {
        2 => streams.f_flatten(-2, -1)?,
        _ => streams,
    })
}

/// `σ(x · weight + bias) · scale + plus`. `[token, stream]`
pub fn opened(x: &Tensor, by: &Weights, open: &Opening) -> Result<Tensor> {
    let kind = x.kind();
    let shares = times(numbers(x, by)?.f_sigmoid()?, open.scale)?;
    Ok(shares.f_add_scalar(open.plus)?.f_to_kind(kind)?)
}

/// A matrix of shares whose columns, and nearly its rows, sum to 1. `[token, stream · stream]` → `[token, stream, stream]`
pub fn balanced(x: &Tensor, by: &Weights, count: i64, balance: Balance) -> Result<Tensor> {
    let kind = x.kind();
    let square = numbers(x, by)?.f_unflatten(-1, [count, count])?; // [token, stream, stream]
    let mut shares = square
        .f_softmax(-1, square.kind())?
        .f_add_scalar(balance.eps)?;
    let divided = |shares: &Tensor, axis: i64| -> Result<Tensor> {
        let sums = shares.f_sum_dim_intlist(axis, true, None)?;
        Ok(shares.f_div(&sums.f_add_scalar(balance.eps)?)?)
    };
    for turn in 0..balance.turns {
        if turn > 0 {
            shares = divided(&shares, -1)?;
        }
        shares = divided(&shares, -2)?;
    }
    Ok(shares.f_to_kind(kind)?)
}

/// `x · weight + bias`, in f32 if x is narrower.
fn numbers(x: &Tensor, by: &Weights) -> Result<Tensor> {
    let mut x = x.f_to_kind(wider(x.kind()))?;
    if let Some(weight) = by.weight {
        x = x.f_mul(weight)?;
    }
    Ok(match by.bias {
        Some(bias) => x.f_add(bias)?,
        None => x,
    })
}

/// `Σ shares[i] · streams[i]`. `[token, d_model]`
pub fn gathered(shares: &Tensor, streams: &Tensor) -> Result<Tensor> {
    let parts = streams.f_mul(&shares.f_unsqueeze(-1)?)?; // [token, stream, d_model]
    Ok(parts.f_sum_dim_intlist(-2, false, None)?)
}

/// The sum over streams of each element in its share. `[token, d_streams]` twice → `[token, width]`
pub fn gathered_each(shares: &Tensor, streams: &Tensor, width: i64) -> Result<Tensor> {
    let parts = streams.f_mul(shares)?.f_unflatten(-1, [-1, width])?; // [token, stream, d_model]
    Ok(parts.f_sum_dim_intlist(-2, false, None)?)
}

/// The gradient in front of [`gathered_each`], of a gradient `[n, d_model]` behind it. `[n, d_streams]`
pub fn gathered_each_back(gradient: &Tensor, shares: &Tensor) -> Result<Tensor> {
    let width = gradient.size()[1];
    let shares = shares.f_unflatten(-1, [-1, width])?; // [stream, d_model]
    let each = gradient.f_unsqueeze(-2)?.f_mul(&shares)?; // [n, stream, d_model]
    Ok(each.f_flatten(-2, -1)?)
}

/// `x · y · scale` of each of `count` streams. `[token, d_streams]` twice → `[token, stream]`
pub fn dot(x: &Tensor, y: &Tensor, count: i64, scale: f64) -> Result<Tensor> {
    let products = x.f_mul(y)?.f_unflatten(-1, [count, -1])?; // [token, stream, d_model]
    times(products.f_sum_dim_intlist(-1, false, None)?, scale)
}

/// `sign(x) · √max(|x|, least)`
pub fn signed_root(x: &Tensor, least: f64) -> Result<Tensor> {
    Ok(x.f_abs()?
        .f_clamp_min(least)?
        .f_sqrt()?
        .f_mul(&x.f_sign()?)?)
}

/// A row added to each stream in its share, and streams mixed. `[token, stream, d_model]`
pub fn scattered(
    shares: &Tensor,
    row: &Tensor,
    streams: &Tensor,
    mix: Option<&Tensor>,
) -> Result<Tensor> {
    let added = shared_out(shares, row)?; // [token, stream, d_model]
    Ok(match mix {
        Some(mix) => mix.f_transpose(-2, -1)?.f_matmul(streams)?.f_add(&added)?,
        None => streams.f_add(&added)?,
    })
}

/// A row in the share of each stream. `[token, stream]`, `[token, d_model]` → `[token, stream, d_model]`
pub fn shared_out(shares: &Tensor, row: &Tensor) -> Result<Tensor> {
    Ok(shares.f_unsqueeze(-1)?.f_mul(&row.f_unsqueeze(-2)?)?)
}

/// The gradient in front of [`gathered`], of a gradient `[n, d_model]` behind it. `[n, stream, d_model]`
pub fn gathered_back(gradient: &Tensor, shares: &Tensor) -> Result<Tensor> {
    Ok(gradient.f_unsqueeze(-2)?.f_mul(&shares.f_unsqueeze(-1)?)?)
}
