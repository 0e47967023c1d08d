//! Several streams: their sizes, predictions and corrections (Baykal et al. 2023).

use tch::Tensor;

use super::Result;

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
