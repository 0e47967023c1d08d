//! LayerNorm and RMSNorm, in the three steps that have hook points.

use tch::{Kind, Tensor};

use super::Result;
use super::tap::Tap;
use crate::checkpoint::arch::{Norm, NormKind};

/// A norm's affine part, each `[d_model]`, and `None` where it has none.
pub struct NormWeights {
    pub weight: Option<Tensor>,
    pub bias: Option<Tensor>,
}

/// `normalized = (x - mean) / scale`, `out = normalized · weight + bias`; RMSNorm subtracts nothing.
///
/// Half precision is widened to f32 for the statistics, as the models were trained.
pub fn norm(x: &Tensor, w: &NormWeights, how: &Norm, tap: &mut Tap) -> Result<Tensor> {
    let kind = x.kind();
    let wide = match kind {
        Kind::Half | Kind::BFloat16 => x.f_to_kind(Kind::Float)?,
        _ => x.shallow_clone(),
    };
    let centred = match how.kind {
        NormKind::Layer => wide.f_sub(&wide.f_mean_dim(-1, true, None)?)?,
        NormKind::Rms => wide,
    }; // [token, d_model]
    let variance = centred.f_square()?.f_mean_dim(-1, true, None)?; // [token, 1]
    let scale = tap.see(variance.f_add_scalar(how.eps)?.f_sqrt()?); // [token, 1]
    let normalized = tap.see(centred.f_div(&scale)?.f_to_kind(kind)?); // [token, d_model]
    let scaled = match &w.weight {
        Some(weight) => stretch(&normalized, weight, how.weight_offset)?,
        None => normalized,
    };
    let out = match &w.bias {
        Some(bias) => scaled.f_add(bias)?,
        None => scaled,
    };
    Ok(tap.see(out)) // [token, d_model]
}

/// `x · (weight + offset)`. Half precision has few digits near 1, so a sum is taken in f32.
fn stretch(x: &Tensor, weight: &Tensor, offset: f64) -> Result<Tensor> {
    if offset == 0.0 {
        return Ok(x.f_mul(weight)?);
    }
    let weight = match weight.kind() {
        Kind::Half | Kind::BFloat16 => weight.f_to_kind(Kind::Float)?,
        _ => weight.shallow_clone(),
    };
    Ok(x.f_mul(&weight.f_add_scalar(offset)?)?
        .f_to_kind(x.kind())?)
}
