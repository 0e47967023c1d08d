//! The feed-forward half of a block, plain or gated.

use tch::Tensor;

use super::Result;
use super::linear::Linear;
use super::tap::Tap;
use crate::checkpoint::arch::Activation;

pub struct MlpWeights {
    /// Its output goes through the activation.
    pub r#in: Linear,
    /// Gated MLPs: multiplied with the activation's output.
    pub linear: Option<Linear>,
    pub out: Linear,
}

/// `out(act(in(x)))`, or `out(act(in(x)) · linear(x))` where gated (Shazeer 2020).
/// `x`, result: `[token, d_model]`.
pub fn mlp(x: &Tensor, w: &MlpWeights, activation: Activation, tap: &mut Tap) -> Result<Tensor> {
    let pre = tap.see(w.r#in.apply(x)?); // [token, d_mlp]
    let post = match &w.linear {
        Some(linear) => {
            let pre_linear = tap.see(linear.apply(x)?); // [token, d_mlp]
            activate(&pre, activation)?.f_mul(&pre_linear)?
        }
        None => activate(&pre, activation)?,
    };
    let post = tap.see(post); // [token, d_mlp]
    Ok(tap.see(w.out.apply(&post)?)) // [token, d_model]
}

fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    Ok(match activation {
        Activation::Gelu => x.f_gelu("none")?,
        Activation::GeluTanh => x.f_gelu("tanh")?,
        Activation::Relu => x.f_relu()?,
        Activation::Silu => x.f_silu()?,
    })
}
