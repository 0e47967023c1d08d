//! The parts of a feed-forward between its linear maps: activations, gates, and mixtures of experts.

use tch::{Kind, Tensor};

use super::linear::{linear, times};
use super::weights::{Weights, missing};
use super::{EngineError, Result, wider};
use crate::graph::arch::{Activation, Groups, Score};
use crate::graph::operation::{Experts, Gate};
use crate::graph::role::{Param, Role, Sign};

/// The activation of each element.
pub fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    Ok(match activation {
        Activation::Gelu => x.f_gelu("none")?,
        Activation::GeluTanh => x.f_gelu("tanh")?,
        Activation::Relu => x.f_relu()?,
        Activation::Relu2 => x.f_relu()?.f_square()?,
        Activation::Silu => x.f_silu()?,
        Activation::Softplus => x.f_softplus()?,
        Activation::Swish(beta) => x.f_mul(&x.f_mul_scalar(beta)?.f_sigmoid()?)?,
        Activation::Tanh => x.f_tanh()?,
        Activation::Xielu => return Err(EngineError::Torch("xielu without its numbers".into())),
    })
}

/// xIELU with the numbers of its layer (Huang & Schlag 2024). `[token, d_mlp]`
pub fn xielu(x: &Tensor, w: &Weights) -> Result<Tensor> {
    let number = |role| w.tensor(role, Param::Weight);
    let beta = number(Role::ActivationBeta)?;
    let above = number(Role::ActivationAlpha(Sign::Above))?.f_softplus()?;
    let below = number(Role::ActivationAlpha(Sign::Below))?.f_softplus()?;
    let below = below.f_add(beta)?;
    let linear = x.f_mul(beta)?; // [token, d_mlp]
    let near = x.f_minimum(number(Role::ActivationEps)?)?.f_expm1()?;
    let left = near.f_sub(x)?.f_mul(&below)?.f_add(&linear)?;
    let right = x.f_mul(&above)?.f_mul(x)?.f_add(&linear)?;
    Ok(right.f_where_self(&x.f_gt(0.0)?, &left)?)
}

/// `relu(x − mean − deviations · σ)` of each row, with the deviation over the whole row. `[token, d_mlp]`
pub fn cut(x: &Tensor, deviations: f64) -> Result<Tensor> {
    let mean = x.f_mean_dim(-1, true, None)?; // [token, 1]
    let deviation = x.f_std_dim(-1, false, true)?; // [token, 1]
    let bound = mean.f_add(&times(deviation, deviations)?)?;
    Ok(x.f_sub(&bound)?.f_relu()?)
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

/// The scores that the choice of experts reads: −∞ for those outside of the best groups. `bias` is `[expert]`.
/// `[token, expert]`
pub fn choice(
    logits: &Tensor,
    score: Score,
    bias: Option<&Tensor>,
    groups: Option<Groups>,
) -> Result<Tensor> {
    let mut scores = match score {
        Score::Logit => logits.f_to_kind(wider(logits.kind()))?,
        _ => scored(logits, score)?,
    }; // [token, expert]
    if let Some(bias) = bias {
        scores = scores.f_add(bias)?;
    }
    let Some(Groups {
        count,
        active,
        best,
    }) = groups
    else {
        return Ok(scores);
    };
    let grouped = scores.f_unflatten(-1, [count as i64, -1])?; // [token, group, expert / group]
    let (best, _) = grouped.f_topk(best as i64, -1, true, true)?;
    let judged = best.f_sum_dim_intlist(-1, false, None)?; // [token, group]
    let (_, chosen) = judged.f_topk(active as i64, -1, true, true)?;
    let out = judged.f_ones_like()?.f_scatter_value(-1, &chosen, 0.0)?;
    let out = out.f_to_kind(Kind::Bool)?.f_unsqueeze(-1)?; // [token, group, 1]
    Ok(grouped
        .f_masked_fill(&out, f64::NEG_INFINITY)?
        .f_flatten(-2, -1)?)
}

/// The indices of the experts with the highest scores for each token, the best first, in a kind that can
/// count them. `[token, expert]` → `[token, active]`
pub fn choose(scores: &Tensor, active: i64, kind: Kind) -> Result<Tensor> {
    let (_, chosen) = scores.f_topk(active, -1, true, true)?;
    Ok(chosen.f_to_kind(kind)?)
}

/// The share of each chosen expert in a token's output, 0 for the others; `weight` `[expert]` multiplies it. `[token,
/// expert]`, `[token, active]` → `[token, expert]`
pub fn shares(
    logits: &Tensor,
    chosen: &Tensor,
    weight: Option<&Tensor>,
    (score, renormalise, scale): (Score, bool, f64),
) -> Result<Tensor> {
    let all = scored(logits, score)?; // [token, expert]
    let chosen = chosen.f_to_kind(Kind::Int64)?;
    let mut shares = match score {
        Score::SparseMixer(near) => one_by_one(&all, &chosen, near)?, // [token, active]
        _ => all.f_gather(-1, &chosen, false)?,                       // [token, active]
    };
    if renormalise {
        shares = shares.f_div(&shares.f_sum_dim_intlist(-1, true, None)?)?;
    }
    let mut shares = times(shares, scale)?;
    if let Some(weight) = weight {
        let own = weight.f_expand(&all.size()[..], false)?; // [token, expert]
        shares = shares.f_mul(&own.f_gather(-1, &chosen, false)?)?;
    }
    // A table may name an expert twice.
    let shares = all.f_zeros_like()?.f_scatter_add(-1, &chosen, &shares)?;
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
        let share = share.f_index_select(0, &tokens)?.f_unsqueeze(-1)?;
        let read = rows.f_index_select(0, &tokens)?;
        let wrote = if e.share_of_input {
            expert(&read.f_mul(&share)?, i, w, e)?
        } else {
            expert(&read, i, w, e)?.f_mul(&share)?
        };
        sum = sum.f_index_add(0, &tokens, &wrote)?;
    }
    times(sum.f_view(&x.size()[..])?, e.scale)
}

/// `out(act(in(x)))`, `out(act(in(x)) ⊙ linear(x))` for a gated expert, or x. `[token, d_model]`
fn expert(x: &Tensor, i: usize, w: &Weights, e: &Experts) -> Result<Tensor> {
    if e.is_identity(i) {
        return Ok(x.shallow_clone());
    }
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

/// The experts' scores, computed in f32 if the router's outputs are narrower. `[token, expert]`
fn scored(logits: &Tensor, score: Score) -> Result<Tensor> {
    let wide = wider(logits.kind());
    Ok(match score {
        Score::Softmax => logits.f_softmax(-1, wide)?,
        Score::Sigmoid | Score::Logit => logits.f_to_kind(wide)?.f_sigmoid()?,
        Score::SqrtSoftplus => logits.f_to_kind(wide)?.f_softplus()?.f_sqrt()?,
        Score::SparseMixer(_) => logits.f_to_kind(wide)?,
    })
}

/// The share of each chosen expert among those that are left when its turn comes and lie near it. `[token, expert]`,
/// `[token, active]` → `[token, active]`
fn one_by_one(scores: &Tensor, chosen: &Tensor, near: f64) -> Result<Tensor> {
    let mut left = scores.shallow_clone(); // [token, expert]
    let mut shares = Vec::new();
    for i in 0..chosen.size()[chosen.dim() - 1] {
        let this = chosen.f_narrow(-1, i, 1)?; // [token, 1]
        let best = left.f_gather(-1, &this, false)?; // [token, 1]
        let size = scores.f_abs()?.f_maximum(&best)?; // [token, expert]
        let far = best.f_sub(scores)?.f_div(&size)?.f_gt(2.0 * near)?;
        let these = left.f_masked_fill(&far, f64::NEG_INFINITY)?;
        let these = these.f_softmax(-1, scores.kind())?;
        shares.push(these.f_gather(-1, &this, false)?); // [token, 1]
        left = left.f_scatter_value(-1, &this, f64::NEG_INFINITY)?;
    }
    Ok(Tensor::f_cat(&shares, -1)?)
}
