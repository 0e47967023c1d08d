//! A linear map with or without a bias.

use tch::{Kind, Tensor};

use super::Result;

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

    /// The same weights in another dtype; themselves where they are of it.
    pub fn in_kind(&self, kind: Kind) -> Result<Linear> {
        let bias = self.bias.as_ref().map(|b| b.f_to_kind(kind));
        Ok(Linear {
            weight: self.weight.f_to_kind(kind)?,
            bias: bias.transpose()?,
        })
    }
}
