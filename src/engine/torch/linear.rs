//! Linear maps and tables, and how their weights are stored.

use tch::{Device, Kind, Tensor};

use super::Result;
use super::blocks::InBlocks;
use super::packed::Packed;

/// `x · weightᵀ + bias`. `[token, in]` → `[token, out]`
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    Ok(x.f_linear(weight, bias)?)
}

/// The rows of `table` that `ids` name, in the kind of the pass, on the device of `ids`. The table may be
/// elsewhere: it is the largest matrix of many models, and few of its rows are looked up.
/// `[token]` → `[token, d]`
pub fn look_up(table: &Tensor, ids: &Tensor, kind: Kind) -> Result<Tensor> {
    let rows = Tensor::f_embedding(table, &ids.f_to_device(table.device())?, -1, false, false)?;
    Ok(rows.f_to_device(ids.device())?.f_to_kind(kind)?)
}

/// `x · factor`, the factor rounded to x's dtype first, as the models were trained.
pub fn times(x: Tensor, factor: f64) -> Result<Tensor> {
    if factor == 1.0 {
        return Ok(x);
    }
    Ok(x.f_mul(&Tensor::from(factor).f_to_kind(x.kind())?)?)
}

/// `cap · tanh(x / cap)`
pub fn capped(x: Tensor, cap: Option<f64>) -> Result<Tensor> {
    match cap {
        Some(cap) => Ok(x.f_div_scalar(cap)?.f_tanh()?.f_mul_scalar(cap)?),
        None => Ok(x),
    }
}

/// `[token, head · d_head]` → `[token, head, d_head]`
pub fn split_heads(x: &Tensor, n_heads: i64) -> Result<Tensor> {
    Ok(x.f_unflatten(-1, [n_heads, -1])?)
}

/// A tensor as it is stored: numbers of some dtype, or what is still to be multiplied out.
pub enum Stored {
    Numbers(Tensor),
    Packed(Packed),
    InBlocks(InBlocks),
}

impl Stored {
    pub fn to_device(&self, device: Device) -> Result<Stored> {
        Ok(match self {
            Stored::Numbers(numbers) => Stored::Numbers(numbers.f_to_device(device)?),
            Stored::Packed(packed) => Stored::Packed(packed.to_device(device)?),
            Stored::InBlocks(blocks) => Stored::InBlocks(blocks.to_device(device)),
        })
    }

    /// Its numbers in the dtype they are stored in; multiplied out ones in float32.
    pub fn numbers(&self) -> Result<Tensor> {
        match self {
            Stored::Numbers(numbers) => Ok(numbers.shallow_clone()),
            Stored::Packed(packed) => packed.values(),
            Stored::InBlocks(blocks) => blocks.values(),
        }
    }
}
