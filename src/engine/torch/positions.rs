//! Positions: fixed sines, rows of learned tables, penalties of distance, and rotary angles.

use std::f64::consts::PI;
use std::ops::Range;

use tch::{Device, Kind, Tensor};

use super::Result;
use crate::graph::arch::{Alibi, Rope, RopePairs, RopeScaling, Temper, alibi_slopes};

/// Rows `at` of the fixed sinusoidal table, `[token, d_model]`: sin on even, cos on
/// odd dimensions (Vaswani et al. 2017, §3.5).
pub fn sinusoidal(at: Range<i64>, d_model: i64, kind: Kind, device: Device) -> Result<Tensor> {
    let position = Tensor::f_arange_start(at.start, at.end, (Kind::Double, device))?; // [token]
    let pair = Tensor::f_arange_start_step(0, d_model, 2, (Kind::Double, device))?; // [d_model / 2]
    let exponent = -(10000f64.ln()) / d_model as f64;
    let inverse_wavelength = pair.f_mul_scalar(exponent)?.f_exp()?;
    let angle = position.f_outer(&inverse_wavelength)?; // [token, d_model / 2]
    let pairs = Tensor::f_stack(&[angle.f_sin()?, angle.f_cos()?], -1)?; // [token, d_model / 2, 2]
    let rows = pairs.f_flatten(-2, -1)?.f_narrow(-1, 0, d_model)?;
    Ok(rows.f_to_kind(kind)?)
}

/// Rows `at` of the fixed table with all sines before all cosines, `[token, d_model]`, computed in f32 as the models
/// were trained.
pub fn sinusoidal_halves(
    at: Range<i64>,
    d_model: i64,
    open: bool,
    kind: Kind,
    device: Device,
) -> Result<Tensor> {
    let half = d_model / 2;
    let pair = Tensor::f_arange(half, (Kind::Float, device))?; // [d_model / 2]
    let frequency = if open {
        let exponent = pair.f_mul_scalar(2.0)?.f_div_scalar(d_model as f64)?;
        Tensor::f_pow_scalar(10_000.0, &exponent)?.f_reciprocal()?
    } else {
        let step = 10000f64.ln() / (half - 1).max(1) as f64;
        pair.f_mul_scalar(-step)?.f_exp()?
    };
    let position = Tensor::f_arange_start(at.start, at.end, (Kind::Float, device))?; // [token]
    let angle = position.f_outer(&frequency)?; // [token, d_model / 2]
    let rows = Tensor::f_cat(&[angle.f_sin()?, angle.f_cos()?], -1)?; // [token, d_model]
    Ok(rows
        .f_constant_pad_nd([0, d_model - 2 * half])?
        .f_to_kind(kind)?)
}

/// Queries after the growth of their scores with position, computed in f32. `[token, head, d_head]`
pub fn tempered(q: &Tensor, temper: Option<Temper>, past: i64) -> Result<Tensor> {
    let Some(Temper { beta, every, first }) = temper else {
        return Ok(q.shallow_clone());
    };
    let tokens = q.size()[q.dim() - 3];
    let from = past + first;
    let position = Tensor::f_arange_start(from, from + tokens, (Kind::Float, q.device()))?; // [token]
    let grown = position
        .f_div_scalar(every)?
        .f_floor()?
        .f_add_scalar(1.0)?
        .f_log()?;
    let factor = grown
        .f_mul_scalar(beta)?
        .f_add_scalar(1.0)?
        .f_to_kind(q.kind())?; // [token]
    Ok(q.f_mul(&factor.f_unsqueeze(-1)?.f_unsqueeze(-1)?)?)
}

/// Row numbers of tokens in a table that counts from `first` and does not count padding; a padding token's
/// row is its id. `[token]`
pub fn counted(ids: &Tensor, padding: i64, first: i64) -> Result<Tensor> {
    let real = ids.f_ne(padding)?.f_to_kind(Kind::Int64)?; // [token]
    let place = real.f_cumsum(0, Kind::Int64)?.f_add_scalar(first - 1)?;
    Ok(place.f_where_self(&real.f_to_kind(Kind::Bool)?, &ids.f_full_like(padding)?)?)
}

/// The bias that each head adds to its scores, `[head, 1, key]`: the slope times the key's position. It
/// differs from minus slope times distance by one number in each row, which softmax does not see (Press et
/// al. 2022). A rounded one is multiplied by `scale`.
pub fn alibi(
    (n_heads, how, scale): (usize, Alibi, f64),
    keys: i64,
    kind: Kind,
    device: Device,
) -> Result<Tensor> {
    let slopes = Tensor::f_from_slice(&alibi_slopes(n_heads))?.f_to_device(device)?; // [head]
    let position = Tensor::f_arange(keys, (Kind::Float, device))?; // [key]
    let gained = match how {
        Alibi::Exact => slopes.f_outer(&position)?,
        Alibi::Rounded => {
            let [slopes, position] = [slopes, position].map(|x| x.f_to_kind(Kind::BFloat16));
            let gained = slopes?.f_unsqueeze(-1)?.f_mul(&position?)?; // [head, key]
            gained.f_to_kind(kind)?.f_mul_scalar(scale)?
        }
    };
    Ok(gained.f_unsqueeze(-2)?.f_to_kind(kind)?)
}

/// The cosine and sine that turn queries and keys, each `[token, 1, d_rotary / 2]`.
pub struct Angles {
    cos: Tensor,
    sin: Tensor,
    pairs: RopePairs,
    trailing: bool,
}

/// Angles of positions `at`, computed in f32 whatever the compute dtype. The models were trained with
/// implementations that do so, and at position 1000 this rounding outweighs all others in attention.
pub fn angles(rope: &Rope, at: Range<i64>, kind: Kind, device: Device) -> Result<Angles> {
    let position = Tensor::f_arange_start(at.start, at.end, (Kind::Float, device))?; // [token]
    angles_at(rope, &position, at.end, (kind, device))
}

/// Angles of entries that stand for whole runs of `every` of so many tokens, each at its first token.
pub fn of_entries(
    rope: &Rope,
    every: i64,
    tokens: i64,
    kind: Kind,
    device: Device,
) -> Result<Angles> {
    let position = Tensor::f_arange(tokens / every, (Kind::Float, device))?; // [entry]
    angles_at(rope, &position.f_mul_scalar(every)?, tokens, (kind, device))
}

/// Angles of these positions in a text of so many tokens.
fn angles_at(
    rope: &Rope,
    position: &Tensor,
    tokens: i64,
    (kind, device): (Kind, Device),
) -> Result<Angles> {
    let frequency = frequencies(rope, tokens)?.f_to_device(device)?; // [d_rotary / 2]
    let angle = position.f_outer(&frequency)?.f_unsqueeze(-2)?; // [token, 1, d_rotary / 2]
    let scaled = |x: Tensor| -> Result<Tensor> {
        match rope.magnitude {
            1.0 => Ok(x.f_to_kind(kind)?),
            by => Ok(x.f_mul_scalar(by)?.f_to_kind(kind)?),
        }
    };
    Ok(Angles {
        cos: scaled(angle.f_cos()?)?,
        sin: scaled(angle.f_sin()?)?,
        pairs: rope.pairs,
        trailing: rope.trailing,
    })
}

/// Radians per position of each rotary pair for a context of `tokens`, `[d_rotary / 2]`, in f32.
pub fn frequencies(rope: &Rope, tokens: i64) -> Result<Tensor> {
    let d_rotary = (rope.d_rotary - usize::from(rope.odd)) as f64;
    let pair = Tensor::f_arange_start_step(0, rope.d_rotary as i64, 2, (Kind::Float, Device::Cpu))?;
    let exponent = pair.f_div_scalar(d_rotary)?;
    let at = |theta: f64| -> Result<Tensor> {
        Ok(Tensor::f_pow_scalar(theta, &exponent)?.f_reciprocal()?)
    };
    let plain = at(rope.theta)?;
    Ok(match &rope.scaling {
        RopeScaling::None => plain,
        RopeScaling::Linear { factor } => plain.f_div_scalar(*factor)?,
        &RopeScaling::Dynamic {
            factor,
            original_n_ctx,
        } => {
            let stretch = (tokens as f64 / original_n_ctx as f64).max(1.0);
            let growth = (factor * stretch - (factor - 1.0)).powf(d_rotary / (d_rotary - 2.0));
            at(rope.theta * growth)?
        }
        &RopeScaling::Llama3 {
            factor,
            low_freq_factor: low,
            high_freq_factor: high,
            original_n_ctx,
        } => {
            // The number of turns of each pair within the original context. Pairs that turn rarely are slowed
            // down.
            let turns = plain.f_mul_scalar(original_n_ctx as f64 / (2.0 * PI))?;
            let kept = turns.f_sub_scalar(low)?.f_div_scalar(high - low)?;
            blend(&plain.f_div_scalar(factor)?, &plain, &kept)?
        }
        &RopeScaling::Yarn {
            factor,
            beta_fast,
            beta_slow,
            original_n_ctx,
            truncate,
        } => {
            // The index of the pair that turns this often within the original context, as a fraction.
            let pair_turning = |turns: f64| {
                let wavelength = original_n_ctx as f64 / (turns * 2.0 * PI);
                d_rotary * wavelength.ln() / (2.0 * rope.theta.ln())
            };
            let (mut first, mut last) = (pair_turning(beta_fast), pair_turning(beta_slow));
            if truncate {
                (first, last) = (first.floor(), last.ceil());
            }
            let (first, mut last) = (first.max(0.0), last.min(d_rotary - 1.0));
            if first == last {
                last += 0.001; // avoids dividing by 0
            }
            let index = Tensor::f_arange(rope.d_rotary as i64 / 2, (Kind::Float, Device::Cpu))?;
            let slowed = index.f_sub_scalar(first)?.f_div_scalar(last - first)?;
            let kept = slowed.f_neg()?.f_add_scalar(1.0)?;
            blend(&plain.f_div_scalar(factor)?, &plain, &kept)?
        }
        &RopeScaling::Proportional { turning, factor } => {
            let turning = turning as i64;
            let still = plain.size()[0] - turning;
            let turning = plain.f_narrow(0, 0, turning)?.f_div_scalar(factor)?;
            turning.f_constant_pad_nd([0, still])?
        }
        RopeScaling::Longrope {
            short,
            long,
            original_n_ctx,
        } => {
            let factors = if tokens > *original_n_ctx as i64 {
                long
            } else {
                short
            };
            let factors = Tensor::f_from_slice(factors)?.f_to_kind(Kind::Float)?;
            plain.f_div(&factors)?
        }
    })
}

/// `slow` if `share` is 0 or less, `fast` if it is 1 or more, a mixture between.
fn blend(slow: &Tensor, fast: &Tensor, share: &Tensor) -> Result<Tensor> {
    let share = share.f_clamp(0.0, 1.0)?;
    let rest = share.f_neg()?.f_add_scalar(1.0)?;
    Ok(slow.f_mul(&rest)?.f_add(&fast.f_mul(&share)?)?)
}

/// Each pair of every head, turned by its position's angle (Su et al. 2021, §3.4). Dimensions past d_rotary, or
/// before the last d_rotary, stay as they are. `[token, head, d_head]`
pub fn rotate(x: &Tensor, angles: &Angles) -> Result<Tensor> {
    let d_head = x.size()[x.dim() - 1];
    let half = angles.cos.size()[angles.cos.dim() - 1];
    let still = d_head - 2 * half;
    if still > 0 && angles.trailing {
        let rest = x.f_narrow(-1, 0, still)?;
        let turned = rotate(&x.f_narrow(-1, still, 2 * half)?, angles)?;
        return Ok(Tensor::f_cat(&[rest, turned], -1)?);
    }
    let turning = x.f_narrow(-1, 0, 2 * half)?; // [token, head, d_rotary]
    let (shape, axis) = match angles.pairs {
        RopePairs::HalfSplit | RopePairs::HalfReversed => ([2, half], -2),
        RopePairs::Interleaved => ([half, 2], -1),
    };
    let pairs = turning.f_unflatten(-1, shape)?;
    let (first, second) = (pairs.f_select(axis, 0)?, pairs.f_select(axis, 1)?);
    let by_cos = |x: &Tensor| x.f_mul(&angles.cos); // [token, head, d_rotary / 2]
    let by_sin = |x: &Tensor| x.f_mul(&angles.sin);
    let reversed = angles.pairs == RopePairs::HalfReversed;
    let (first, second) = if reversed {
        (second, first)
    } else {
        (first, second)
    };
    let mut turned = [
        by_cos(&first)?.f_sub(&by_sin(&second)?)?,
        by_cos(&second)?.f_add(&by_sin(&first)?)?,
    ];
    if reversed {
        turned.reverse();
    }
    let turned = Tensor::f_stack(&turned, axis)?.f_flatten(-2, -1)?; // [token, head, d_rotary]
    if 2 * half == d_head {
        return Ok(turned);
    }
    let rest = x.f_narrow(-1, 2 * half, d_head - 2 * half)?;
    Ok(Tensor::f_cat(&[turned, rest], -1)?)
}

/// Each pair turned by its position's angle the other way round. `[token, head, d_head]`
pub fn rotate_back(x: &Tensor, angles: &Angles) -> Result<Tensor> {
    let back = Angles {
        cos: angles.cos.shallow_clone(),
        sin: angles.sin.f_neg()?,
        ..*angles
    };
    rotate(x, &back)
}

/// The gradient in front of [`rotate`] in token `row` of a pass: each pair turned back. `[n, head, d_head]`
pub fn turn_back(gradient: &Tensor, angles: &Angles, row: i64) -> Result<Tensor> {
    let of = |all: &Tensor| -> Result<Tensor> {
        let own = all.f_narrow(0, row, 1)?; // [1, 1, d_rotary / 2]
        Ok(own
            .f_to_device(gradient.device())?
            .f_to_kind(gradient.kind())?)
    };
    let back = Angles {
        cos: of(&angles.cos)?,
        sin: of(&angles.sin)?.f_neg()?,
        pairs: angles.pairs,
        trailing: angles.trailing,
    };
    rotate(gradient, &back)
}
