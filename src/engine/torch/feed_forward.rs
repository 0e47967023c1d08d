//! The parts of a feed-forward between its linear maps: activations, gates, and mixtures of experts.

use tch::{Kind, Tensor};

use super::linear::{linear, times};
use super::weights::{Weights, missing};
use super::{Result, wider};
use crate::graph::arch::Activation;
use crate::graph::operation::{Experts, Gate};
use crate::graph::role::{Param, Role};

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

/// `act(pre) ⊙ (linear + offset)`, both halves within the clamp if there is one. `[token, d_mlp]`
pub fn gate(pre: &Tensor, linear: &Tensor, gate: &Gate) -> Result<Tensor> {
    let (mut pre, mut linear) = (pre.shallow_clone(), linear.shallow_clone());
    if let Some(most) = gate.clamp {
        pre = pre.f_clamp_max(most)?;
        linear = linear.f_clamp(-most, most)?;
    }
    if gate.offset != 0.0 {
        linear = linear.f_add_scalar(gate.offset)?;
    }
    Ok(activate(&pre, gate.activation)?.f_mul(&linear)?)
}

/// The indices of the experts with the highest scores for each token, the best first, in a kind that can
/// count them. `[token, expert]` → `[token, active]`
pub fn choose(logits: &Tensor, active: i64, kind: Kind) -> Result<Tensor> {
    let (_, chosen) = probabilities(logits)?.f_topk(active, -1, true, true)?;
    Ok(chosen.f_to_kind(kind)?)
}

/// The share of each chosen expert in a token's output, 0 for the others. `[token, expert]`, `[token,
/// active]` → `[token, expert]`
pub fn shares(logits: &Tensor, chosen: &Tensor, renormalise: bool) -> Result<Tensor> {
    let all = probabilities(logits)?; // [token, expert]
    let chosen = chosen.f_to_kind(Kind::Int64)?;
    let mut shares = all.f_gather(-1, &chosen, false)?; // [token, active]
    if renormalise {
        shares = shares.f_div(&shares.f_sum_dim_intlist(-1, true, None)?)?;
    }
    let shares = all.f_zeros_like()?.f_scatter(-1, &chosen, &shares)?;
    Ok(shares.f_to_kind(logits.kind())?)
}

/// Each token's row through the experts that have a share in it, their outputs summed by share (Shazeer et
/// al. 2017). `[token, d_model]`, `[token, expert]` → `[token, d_model]`
pub fn experts(x: &Tensor, shares: &Tensor, w: &Weights, e: &Experts) -> Result<Tensor> {
    let rows = x.f_flatten(0, -2)?; // [token, d_model]
    let shares = shares.f_flatten(0, -2)?; // [token, expert]
    let mut sum = rows.f_zeros_like()?; // [token, d_model]
    for i in 0..e.count {
        let share = shares.f_select(-1, i as i64)?; // [token]
        let tokens = share.f_nonzero()?.f_squeeze_dim(-1)?; // the tokens sent to this expert
        if tokens.numel() == 0 {
            continue;
        }
        let wrote = expert(&rows.f_index_select(0, &tokens)?, i, w, e)?;
        let share = share.f_index_select(0, &tokens)?.f_unsqueeze(-1)?;
        sum = sum.f_index_add(0, &tokens, &wrote.f_mul(&share)?)?;
    }
    times(sum.f_view(&x.size()[..])?, e.scale)
}

/// `out(act(in(x)))`, or `out(act(in(x)) ⊙ linear(x))` for a gated expert. `[token, d_model]`
fn expert(x: &Tensor, i: usize, w: &Weights, e: &Experts) -> Result<Tensor> {
    let map = |x: &Tensor, role: Role| {
        let numbers = |param| w.numbers(role, param, x.kind());
        let weight = numbers(Param::Weight)?.ok_or_else(|| missing(role))?;
        linear(x, &weight, numbers(Param::Bias)?.as_ref())
    };
    let pre = map(x, Role::ExpertIn(i))?; // [token, d_expert]
    let post = if e.gated {
        gate(&pre, &map(x, Role::ExpertLinear(i))?, &e.gate)?
    } else {
        activate(&pre, e.gate.activation)?
    }; // [token, d_expert]
    map(&post, Role::ExpertOut(i))
}

/// `softmax` over experts, computed in f32 if the scores are narrower. `[token, expert]`
fn probabilities(logits: &Tensor) -> Result<Tensor> {
    Ok(logits.f_softmax(-1, wider(logits.kind()))?)
}
