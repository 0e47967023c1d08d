//! Causal convolutions of each channel alone, and the rows that they keep for the next pass.

use tch::Tensor;

use super::super::Result;
use super::super::feed_forward::activate;
use crate::graph::arch::Activation;

/// The rows `past` `[row, …]`, zeros if there are none, before those of `x` `[token, …]`. Axes after the first are
/// joined to one of `width` elements. `[row + token, channel]`
fn rows(x: &Tensor, past: Option<&Tensor>, before: i64, after: usize) -> Result<Tensor> {
    let joined = |x: &Tensor| match after {
        1 => Ok(x.shallow_clone()),
        _ => x.f_flatten(-(after as i64), -1),
    };
    let x = joined(x)?; // [token, channel]
    let past = match past {
        Some(past) => joined(past)?,
        None => {
            let mut size = x.size();
            let axis = size.len() - 2;
            size[axis] = before;
            x.f_new_zeros(&size[..], (x.kind(), x.device()))?
        }
    };
    Ok(Tensor::f_cat(&[past, x], -2)?)
}

/// `act(Σ w[j] ⊙ x[token − (width − 1 − j) · apart] + bias)`. `w` is `[channel, 1, width]`; x has `after` axes behind its
/// tokens. `[token, …]`
pub fn convolve(
    x: &Tensor,
    past: Option<&Tensor>,
    (w, bias): (&Tensor, Option<&Tensor>),
    activation: Option<Activation>,
    (after, apart): (usize, i64),
) -> Result<Tensor> {
    let (tokens, width) = (x.size()[x.dim() - after - 1], w.size()[w.dim() - 1]);
    let all = rows(x, past, (width - 1) * apart, after)?; // [row + token, channel]
    let tap = |j: i64| -> Result<(Tensor, Tensor)> {
        Ok((
            all.f_narrow(-2, j * apart, tokens)?,
            w.f_select(-1, j)?.f_flatten(0, -1)?,
        ))
    };
    let (first, by) = tap(0)?;
    let mut sum = first.f_mul(&by)?; // [token, channel]
    for j in 1..width {
        let (row, by) = tap(j)?;
        sum = sum.f_addcmul(&row, &by)?;
    }
    if let Some(bias) = bias {
        sum = sum.f_add(bias)?;
    }
    if let Some(activation) = activation {
        sum = activate(&sum, activation)?;
    }
    let size = x.size();
    Ok(sum.f_view(&size[..])?)
}

/// The last `count` rows, in memory of their own. `[row, …]`
pub fn last_rows(x: &Tensor, past: Option<&Tensor>, count: usize) -> Result<Tensor> {
    let after = 1.max(x.dim() - 1);
    let all = rows(x, past, count as i64, after)?; // [row + token, channel]
    let last = all.f_narrow(0, all.size()[0] - count as i64, count as i64)?;
    let mut size = x.size();
    size[0] = count as i64;
    let mut own = last.f_empty_like()?;
    own.f_copy_(&last)?;
    Ok(own.f_view(&size[..])?)
}
