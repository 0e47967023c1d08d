//! Pooling: one vector for a whole text.

use tch::Tensor;

use super::Result;
use crate::graph::arch::PoolRows;

/// The row that pools all rows. `[token, d_model]` → `[d_model]`
pub fn rows(x: &Tensor, rows: PoolRows) -> Result<Tensor> {
    Ok(match rows {
        PoolRows::First => x.f_select(-2, 0)?,
        PoolRows::Last => x.f_select(-2, -1)?,
        PoolRows::Mean => x.f_mean_dim(-2, false, None)?,
        PoolRows::Max => x.f_amax(-2, false)?,
    })
}

/// `|x|`, at least 1e-12 as in `torch.nn.functional.normalize`, so that nothing is divided by 0. `[d_model]`
/// → `[1]`
pub fn length(x: &Tensor) -> Result<Tensor> {
    let length = x.f_square()?.f_sum_dim_intlist(-1, true, None)?.f_sqrt()?;
    Ok(length.f_clamp_min(1e-12)?)
}
