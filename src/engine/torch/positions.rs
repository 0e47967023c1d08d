//! How a token's place enters: a fixed table of sines, or queries and keys turned by it.

use tch::{Device, Kind, Tensor};

use super::Result;
use crate::checkpoint::arch::{Rope, RopeScaling};

/// Rows `past .. past + tokens` of the fixed sinusoidal table, `[token, d_model]`: sin on even, cos on
/// odd dimensions (Vaswani et al. 2017, §3.5).
pub fn sinusoidal(
    tokens: i64,
    past: i64,
    d_model: i64,
    kind: Kind,
    device: Device,
) -> Result<Tensor> {
    let position = Tensor::f_arange_start(past, past + tokens, (Kind::Double, device))?; // [token]
    let pair = Tensor::f_arange_start_step(0, d_model, 2, (Kind::Double, device))?; // [d_model / 2]
    let inverse_wavelength = pair
        .f_mul_scalar(-(10000f64.ln()) / d_model as f64)?
        .f_exp()?;
    let angle = position.f_outer(&inverse_wavelength)?; // [token, d_model / 2]
    let pairs = Tensor::f_stack(&[angle.f_sin()?, angle.f_cos()?], -1)?; // [token, d_model / 2, 2]
    Ok(pairs
        .f_flatten(-2, -1)?
        .f_narrow(-1, 0, d_model)?
        .f_to_kind(kind)?)
}

/// The cosine and sine that turn queries and keys, each `[token, 1, d_rotary]`.
pub struct Angles {
    cos: Tensor,
    sin: Tensor,
}

/// Angles of positions `past .. past + tokens`. They are computed in f32 whatever the compute dtype
/// is: so do the implementations the models were trained with, and at position 1000 the rounding
/// matters more than the rest of the attention's.
pub fn angles(rope: &Rope, tokens: i64, past: i64, kind: Kind, device: Device) -> Result<Angles> {
    let position = Tensor::f_arange_start(past, past + tokens, (Kind::Float, device))?; // [token]
    let frequency = Tensor::f_from_slice(&frequencies(rope))?.f_to_device(device)?; // [d_rotary / 2]
    let half = position.f_outer(&frequency)?; // [token, d_rotary / 2]
    let angle = Tensor::f_cat(&[&half, &half], -1)?.f_unsqueeze(-2)?; // [token, 1, d_rotary]
    Ok(Angles {
        cos: angle.f_cos()?.f_to_kind(kind)?,
        sin: angle.f_sin()?.f_to_kind(kind)?,
    })
}

/// Radians per position of each rotary pair, `[d_rotary / 2]`.
fn frequencies(rope: &Rope) -> Vec<f32> {
    (0..rope.d_rotary / 2)
        .map(|i| {
            let exponent = (2 * i) as f32 / rope.d_rotary as f32;
            scaled(1.0 / (rope.theta as f32).powf(exponent), &rope.scaling)
        })
        .collect()
}

/// One frequency, stretched for a context longer than the one first trained on.
fn scaled(frequency: f32, scaling: &RopeScaling) -> f32 {
    match *scaling {
        RopeScaling::None => frequency,
        RopeScaling::Llama3 {
            factor,
            low_freq_factor,
            high_freq_factor,
            original_n_ctx,
        } => {
            let context = original_n_ctx as f32;
            let (factor, low, high) = (
                factor as f32,
                low_freq_factor as f32,
                high_freq_factor as f32,
            );
            let wavelength = 2.0 * std::f32::consts::PI / frequency;
            if wavelength > context / low {
                frequency / factor
            } else if wavelength < context / high {
                frequency
            } else {
                let smooth = (context / wavelength - low) / (high - low);
                (1.0 - smooth) * frequency / factor + smooth * frequency
            }
        }
    }
}

/// Turn each pair (i, i + d_rotary / 2) of every head by its position's angle (Su et al. 2021, §3.4).
/// `x`: `[token, head, d_head]`; dimensions past d_rotary stay as they are.
pub fn rotate(x: &Tensor, angles: &Angles) -> Result<Tensor> {
    let d_head = x.size()[x.dim() - 1];
    let d_rotary = angles.cos.size()[angles.cos.dim() - 1];
    let turning = x.f_narrow(-1, 0, d_rotary)?; // [token, head, d_rotary]
    let first = turning.f_narrow(-1, 0, d_rotary / 2)?;
    let second = turning.f_narrow(-1, d_rotary / 2, d_rotary / 2)?;
    let quarter_turn = Tensor::f_cat(&[&second.f_neg()?, &first], -1)?; // [token, head, d_rotary]
    let turned = turning
        .f_mul(&angles.cos)?
        .f_add(&quarter_turn.f_mul(&angles.sin)?)?;
    if d_rotary == d_head {
        return Ok(turned);
    }
    Ok(Tensor::f_cat(
        &[&turned, &x.f_narrow(-1, d_rotary, d_head - d_rotary)?],
        -1,
    )?)
}
