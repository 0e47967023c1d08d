//! One vector for a whole text.

use tch::Tensor;

use super::linear::Linear;
use super::tap::Tap;
use super::{EngineError, Result};
use crate::checkpoint::arch::{PoolRows, Pooling};

/// The rows of all tokens, `[token, d_model]`, as one vector: nothing but the tap reads it.
pub fn pool(resid: &Tensor, dense: Option<&Linear>, how: Pooling, tap: &mut Tap) -> Result<()> {
    match (how, dense) {
        (Pooling::Rows { rows, normalise }, _) => {
            let pooled = tap.see(pool_rows(resid, rows)?); // [d_model]
            if normalise {
                unit(&pooled, tap)?;
            }
        }
        (Pooling::Dense, Some(dense)) => {
            let first = pool_rows(resid, PoolRows::First)?; // [d_model]
            let mapped = tap.see(dense.apply(&first)?); // [d_model]
            let _pooled = tap.see(mapped.f_tanh()?); // [d_model]
        }
        (Pooling::Dense, None) => {
            return Err(EngineError::Torch("a pooler without its weights".into()));
        }
    }
    Ok(())
}

/// `[token, d_model]` → `[d_model]`
fn pool_rows(resid: &Tensor, how: PoolRows) -> Result<Tensor> {
    Ok(match how {
        PoolRows::First => resid.f_select(-2, 0)?,
        PoolRows::Last => resid.f_select(-2, -1)?,
        PoolRows::Mean => resid.f_mean_dim(-2, false, None)?,
        PoolRows::Max => resid.f_amax(-2, false)?,
    })
}

/// `x / |x|`, so that the product of two is their cosine. `[d_model]`
fn unit(x: &Tensor, tap: &mut Tap) -> Result<()> {
    // As `torch.nn.functional.normalize` has it: nothing is divided by 0.
    let length = x.f_square()?.f_sum_dim_intlist(-1, true, None)?.f_sqrt()?;
    let scale = tap.see(length.f_clamp_min(1e-12)?); // [1]
    let _unit = tap.see(x.f_div(&scale)?); // [d_model]
    Ok(())
}
