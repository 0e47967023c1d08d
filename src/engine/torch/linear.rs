//! A linear map with or without a bias.

use tch::Tensor;

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
}
