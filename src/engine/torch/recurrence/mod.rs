//! Mixers with a state of fixed size.
//!
//! A head's state `S` `[d_state, d_head]` follows `S ← exp(decay) · S + k ⊗ u`, and a query reads `z = q · S`. Few tokens
//! are computed one after the other, with the state after each. Many are computed a chunk at a time (Yang et al. 2024;
//! Dao & Gu 2024): matrix products within a chunk, and one state for each chunk. States of one row are computed for all
//! tokens together.
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis.

mod chunks;
pub mod convolution;
mod elements;
pub mod gates;
mod lazy_states;
pub mod peaks;
mod steps;
mod triangular;
pub mod unrolled;

use std::ops::Range;

use tch::Tensor;

pub use lazy_states::LazyStates;

use super::{Result, wider};

/// The values that a state is made of.
pub struct Scan {
    /// `[token, group, d_state]`
    pub k: Tensor,
    /// The row that each token writes, `[token, head, d_head]`; with [`Scan::beta`] the values instead.
    pub u: Tensor,
    /// `[token, head]`, or `[token, head, d_state]` if the rows of a state fade apart.
    pub decay: Tensor,
    /// The share of a value's error that is written, `[token, head]`, for the delta rule.
    pub beta: Option<Tensor>,
    /// The state before the first token, `[head, d_state, d_head]`; zeros if there is none.
    pub past: Option<Tensor>,
}

impl Clone for Scan {
    /// A copy that shares the tensors' memory.
    fn clone(&self) -> Scan {
        let same = |x: &Option<Tensor>| x.as_ref().map(Tensor::shallow_clone);
        Scan {
            k: self.k.shallow_clone(),
            u: self.u.shallow_clone(),
            decay: self.decay.shallow_clone(),
            beta: same(&self.beta),
            past: same(&self.past),
        }
    }
}

impl Scan {
    /// The state after each token, one after the other. `[token, head, d_state, d_head]`
    pub fn states(&self) -> Result<Tensor> {
        if elements::apply(self) {
            return Ok(elements::run(self)?.f_unsqueeze(-2)?);
        }
        Ok(steps::run(self, steps::Keep::States)?.0)
    }

    /// The row that each token writes by the delta rule. `[token, head, d_head]`
    pub fn writes(&self, long: bool) -> Result<Tensor> {
        let writes = if long && chunks::apply(self) {
            chunks::run(self, None)?.0
        } else {
            steps::run(self, steps::Keep::Writes)?.0
        };
        Ok(writes.f_to_kind(self.u.kind())?)
    }

    /// Rows that queries `q` `[token, group, d_state]` read, and the state after the last token. Nothing is kept of the
    /// states between. `[token, head, d_head]`, `[head, d_state, d_head]`
    pub fn read(&self, q: &Tensor) -> Result<(Tensor, Tensor)> {
        if elements::apply(self) {
            let states = self.states()?;
            let last = states.f_select(-4, self.tokens() - 1)?.f_contiguous()?;
            return Ok((read(q, &states)?, last));
        }
        let (z, last) = if chunks::apply(self) {
            chunks::run(self, Some(q))?
        } else {
            steps::run(self, steps::Keep::Reads(q))?
        };
        Ok((z.f_to_kind(q.kind())?, last))
    }

    /// The state after the last token. `[head, d_state, d_head]`
    pub fn last(&self) -> Result<Tensor> {
        if elements::apply(self) {
            return Ok(self.read(&self.k)?.1);
        }
        if chunks::apply(self) {
            return Ok(chunks::run(self, Some(&self.k))?.1);
        }
        Ok(steps::run(self, steps::Keep::Nothing)?.1)
    }

    /// A recurrence over some of the tokens, from this state on.
    fn part(&self, tokens: Range<i64>, past: Option<Tensor>) -> Result<Scan> {
        let of = |x: &Tensor, axis: i64| x.f_narrow(axis, tokens.start, tokens.end - tokens.start);
        let by_row = self.fades_by_row();
        Ok(Scan {
            k: of(&self.k, -3)?,
            u: of(&self.u, -3)?,
            decay: of(&self.decay, if by_row { -3 } else { -2 })?,
            beta: self.beta.as_ref().map(|beta| of(beta, -2)).transpose()?,
            past,
        })
    }

    fn tokens(&self) -> i64 {
        self.k.size()[self.k.dim() - 3]
    }

    /// Whether each row of a state has a factor of its own.
    fn fades_by_row(&self) -> bool {
        self.decay.dim() == self.k.dim()
    }

    /// The state before the first token. `[head, d_state, d_head]`
    fn first(&self) -> Result<Tensor> {
        if let Some(past) = &self.past {
            return Ok(past.shallow_clone());
        }
        let (k, u) = (self.k.size(), self.u.size());
        let mut size = u[..u.len() - 3].to_vec();
        size.extend([u[u.len() - 2], k[k.len() - 1], u[u.len() - 1]]);
        let options = (wider(self.u.kind()), self.u.device());
        Ok(Tensor::f_zeros(&size[..], options)?)
    }
}

/// Rows that queries read from states that are held. `[token, group, d_state]`, `[token, head, d_state, d_head]` →
/// `[token, head, d_head]`
pub fn read(q: &Tensor, states: &Tensor) -> Result<Tensor> {
    let heads = states.size()[states.dim() - 3];
    let rows = shared(&wide(q)?, heads)?.f_unsqueeze(-2)?; // [token, head, 1, d_state]
    let z = rows.f_matmul(&wide(states)?)?.f_squeeze_dim(-2)?; // [token, head, d_head]
    Ok(z.f_to_kind(q.kind())?)
}

/// Queries or keys repeated for the heads that share them. `[…, group, d]` → `[…, head, d]`
fn shared(x: &Tensor, heads: i64) -> Result<Tensor> {
    let each = heads / x.size()[x.dim() - 2];
    if each == 1 {
        return Ok(x.shallow_clone());
    }
    Ok(x.f_repeat_interleave_self_int(each, -2, None)?)
}

fn wide(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_to_kind(wider(x.kind()))?)
}

/// `softplus(x + bias)` within bounds, in f32 if x is narrower. `[token, head]`, or `[token, head, d_state]`
pub fn step(
    x: &Tensor,
    bias: Option<&Tensor>,
    (least, most): (f64, Option<f64>),
) -> Result<Tensor> {
    let mut x = wide(x)?;
    if let Some(bias) = bias {
        let last = x.size()[x.dim() - 1];
        x = x.f_add(&wide(bias)?.f_view([-1, last])?)?;
    }
    let step = x.f_softplus()?;
    let step = if least > 0.0 {
        step.f_clamp_min(least)?
    } else {
        step
    };
    match most {
        Some(most) => Ok(step.f_clamp_max(most)?),
        None => Ok(step),
    }
}

/// `−exp(w) · step`, `[token, head]`; with `w` `[head, d_state]`, or steps by row, `[token, head, d_state]`.
pub fn decay(step: &Tensor, w: &Tensor, by_row: bool) -> Result<Tensor> {
    let (step, rate) = (wide(step)?, wide(w)?.f_exp()?.f_neg()?);
    Ok(match (by_row, w.dim()) {
        (true, 1) => step.f_mul(&rate.f_unsqueeze(-1)?)?,
        (true, _) => step.f_unsqueeze(-1)?.f_mul(&rate)?,
        (false, _) => step.f_mul(&rate)?,
    })
}

/// `bound · σ(exp(w) · (x + bias))`, with `w` `[head]` and a bias of each row. `[token, head, d_state]`
pub fn bounded_decay(x: &Tensor, [w, bias]: [&Tensor; 2], bound: f64) -> Result<Tensor> {
    let last = x.size()[x.dim() - 1];
    let x = wide(x)?.f_add(&wide(bias)?.f_view([-1, last])?)?;
    let rate = wide(w)?.f_exp()?.f_unsqueeze(-1)?; // [head, 1]
    Ok(x.f_mul(&rate)?.f_sigmoid()?.f_mul_scalar(bound)?)
}

/// `x / √(Σx² + eps) · scale` of each vector. `[token, head, d]`
pub fn unit(x: &Tensor, eps: f64, scale: f64) -> Result<Tensor> {
    let wide = wide(x)?;
    let squares = (wide.f_square()?).f_sum_dim_intlist(-1, true, wide.kind())?; // [token, head, 1]
    let length = squares.f_add_scalar(eps)?.f_rsqrt()?;
    let unit = wide.f_mul(&length)?;
    let unit = if scale == 1.0 {
        unit
    } else {
        unit.f_mul_scalar(scale)?
    };
    Ok(unit.f_to_kind(x.kind())?)
}

/// `x ⊙ y`; y has the axes of x or all but the last.
pub fn product(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let kind = x.kind();
    let y = if y.dim() < x.dim() {
        y.f_unsqueeze(-1)?
    } else {
        y.shallow_clone()
    };
    Ok(x.f_mul(&y)?.f_to_kind(kind)?)
}

/// `x + w ⊙ y`; w has one number for each head, or for each element. `[token, head, d_head]`
pub fn skip(x: &Tensor, y: &Tensor, w: &Tensor) -> Result<Tensor> {
    let size = y.size();
    let [heads, d_head] = [size[size.len() - 2], size[size.len() - 1]];
    let w = if w.numel() as i64 == heads {
        w.f_view([heads, 1])?
    } else {
        w.f_view([heads, d_head])?
    };
    Ok(x.f_add(&y.f_mul(&w)?)?)
}
