//! A linear map with or without a bias.

use tch::{Device, Kind, Tensor};

use super::Result;
use super::blocks::InBlocks;
use super::packed::Packed;

/// `y = x · weightᵀ + bias`
pub struct Linear {
    /// `[out, in]`
    pub weight: Tensor,
    /// `[out]`
    pub bias: Option<Tensor>,
}

impl Linear {
    /// `[token, in]` → `[token, out]`
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.f_linear(&self.weight, self.bias.as_ref())?)
    }
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

/// A linear map that is stored in another form than it is computed in.
pub struct StoredLinear {
    /// `[out, in]`
    pub weight: Stored,
    /// `[out]`
    pub bias: Option<Tensor>,
}

impl StoredLinear {
    /// In the dtype of a computation.
    pub fn in_kind(&self, kind: Kind) -> Result<Linear> {
        let bias = self.bias.as_ref().map(|b| b.f_to_kind(kind));
        Ok(Linear {
            weight: self.weight.numbers()?.f_to_kind(kind)?,
            bias: bias.transpose()?,
        })
    }
}
