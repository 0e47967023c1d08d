//! The feed-forward half of a block: one MLP, plain or gated, or a mixture of experts.

use tch::{Kind, Tensor};

use super::Result;
use super::linear::{Linear, StoredLinear};
use super::tap::Tap;
use crate::checkpoint::arch::{Activation, Experts, Mlp};

pub struct MlpWeights {
    /// Its output goes through the activation.
    pub r#in: Linear,
    /// Gated MLPs: multiplied with the activation's output.
    pub linear: Option<Linear>,
    pub out: Linear,
}

/// `out(act(in(x)))`, or `out(act(in(x)) · linear(x))` where gated (Shazeer 2020).
/// `x`, result: `[token, d_model]`.
pub fn mlp(x: &Tensor, w: &MlpWeights, how: &Mlp, tap: &mut Tap) -> Result<Tensor> {
    let pre = tap.see(w.r#in.apply(x)?); // [token, d_mlp]
    let post = match &w.linear {
        Some(linear) => {
            let pre_linear = tap.see(linear.apply(x)?); // [token, d_mlp]
            gate(&pre, &pre_linear, how)?
        }
        None => activate(&pre, how.activation)?,
    };
    let post = tap.see(post); // [token, d_mlp]
    w.out.apply(&post) // [token, d_model]
}

/// `act(pre) · (linear + offset)`, both within the clamp where there is one.
fn gate(pre: &Tensor, linear: &Tensor, how: &Mlp) -> Result<Tensor> {
    let (mut pre, mut linear) = (pre.shallow_clone(), linear.shallow_clone());
    if let Some(most) = how.clamp {
        pre = pre.f_clamp_max(most)?;
        linear = linear.f_clamp(-most, most)?;
    }
    if how.linear_offset != 0.0 {
        linear = linear.f_add_scalar(how.linear_offset)?;
    }
    Ok(activate(&pre, how.activation)?.f_mul(&linear)?)
}

/// The activation of each element.
pub fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    Ok(match activation {
        Activation::Gelu => x.f_gelu("none")?,
        Activation::GeluTanh => x.f_gelu("tanh")?,
        Activation::Relu => x.f_relu()?,
        Activation::Relu2 => x.f_relu()?.f_square()?,
        Activation::Silu => x.f_silu()?,
        Activation::Swish(beta) => x.f_mul(&x.f_mul_scalar(beta)?.f_sigmoid()?)?,
        Activation::Tanh => x.f_tanh()?,
    })
}

pub struct ExpertsWeights {
    /// `[n_experts, d_model]`
    pub router: Linear,
    /// As they are stored: only those at work are converted.
    pub experts: Vec<ExpertWeights>,
}

/// As [`MlpWeights`], of one expert.
pub struct ExpertWeights {
    pub r#in: StoredLinear,
    pub linear: Option<StoredLinear>,
    pub out: StoredLinear,
}

/// Each token's row through the few experts that the router chooses for it, their outputs summed in
/// the router's proportions (Shazeer et al. 2017). `x`, result: `[token, d_model]`.
pub fn experts(
    x: &Tensor,
    w: &ExpertsWeights,
    how: &Experts,
    mlp_how: &Mlp,
    tap: &mut Tap,
) -> Result<Tensor> {
    let shape = x.size();
    let (weights, _) = route(x, w, how, tap)?; // [token, expert]
    let rows = x.f_flatten(0, -2)?; // [token, d_model]
    let weights = weights.f_flatten(0, -2)?;
    let mut sum = rows.f_zeros_like()?;
    for (i, expert) in w.experts.iter().enumerate() {
        let share = weights.f_select(-1, i as i64)?; // [token]
        let tokens = share.f_nonzero()?.f_squeeze_dim(-1)?; // those sent here
        if tokens.numel() == 0 {
            continue;
        }
        let read = rows.f_index_select(0, &tokens)?;
        let expert = expert.in_kind(x.kind())?;
        let wrote = mlp(&read, &expert, mlp_how, &mut Tap::off())?;
        let share = share.f_index_select(0, &tokens)?.f_unsqueeze(-1)?;
        sum = sum.f_index_add(0, &tokens, &wrote.f_mul(&share)?)?;
    }
    Ok(sum.f_view(&shape[..])?) // [token, d_model]
}

/// Each token's experts: their shares `[token, expert]`, 0 for those not chosen, and the numbers of
/// those that are `[token, active]`, the largest share first.
fn route(x: &Tensor, w: &ExpertsWeights, how: &Experts, tap: &mut Tap) -> Result<(Tensor, Tensor)> {
    let kind = x.kind();
    let wide = match kind {
        Kind::Half | Kind::BFloat16 => Kind::Float,
        wide => wide,
    };
    let all = w.router.apply(x)?.f_softmax(-1, wide)?; // [token, expert]
    let (mut shares, chosen) = all.f_topk(how.n_active as i64, -1, true, true)?; // [token, active]
    if how.renormalise {
        shares = shares.f_div(&shares.f_sum_dim_intlist(-1, true, None)?)?;
    }
    let weights = all.f_zeros_like()?.f_scatter(-1, &chosen, &shares)?;
    let weights = tap.see(weights.f_to_kind(kind)?); // [token, expert]
    Ok((weights, tap.see(chosen.f_to_kind(kind)?))) // [token, active]
}

impl ExpertWeights {
    fn in_kind(&self, kind: Kind) -> Result<MlpWeights> {
        Ok(MlpWeights {
            r#in: self.r#in.in_kind(kind)?,
            linear: self.linear.as_ref().map(|l| l.in_kind(kind)).transpose()?,
            out: self.out.in_kind(kind)?,
        })
    }
}
