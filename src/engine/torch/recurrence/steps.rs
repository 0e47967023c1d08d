//! A recurrence one token after the other.

use tch::Tensor;

use super::super::Result;
use super::{Scan, shared, wide};

/// The values that are kept of each token.
pub enum Keep<'a> {
    /// The state after it, `[head, d_state, d_head]`.
    States,
    /// The row that it writes, `[head, d_head]`.
    Writes,
    /// The row that this query reads after it, `[head, d_head]`; queries are `[token, group, d_state]`.
    Reads(&'a Tensor),
    Nothing,
}

/// The values that are kept of all tokens, and the state after the last one. `[token, …]`, `[head, d_state, d_head]`
pub fn run(scan: &Scan, keep: Keep) -> Result<(Tensor, Tensor)> {
    let heads = scan.u.size()[scan.u.dim() - 2];
    let (k, u) = (shared(&wide(&scan.k)?, heads)?, wide(&scan.u)?);
    let q = match keep {
        Keep::Reads(q) => Some(shared(&wide(q)?, heads)?), // [token, head, d_state]
        _ => None,
    };
    let mut faded = wide(&scan.decay)?.f_exp()?; // [token, head] or [token, head, d_state]
    if !scan.fades_by_row() {
        faded = faded.f_unsqueeze(-1)?; // [token, head, 1]
    }
    let mut state = scan.first()?; // [head, d_state, d_head]
    let mut kept = Vec::new();
    for token in 0..scan.tokens() {
        let at = |x: &Tensor| x.f_select(-3, token); // [head, …]
        let (k, mut u) = (at(&k)?, at(&u)?);
        state = state.f_mul(&at(&faded)?.f_unsqueeze(-1)?)?;
        if let Some(beta) = &scan.beta {
            let held = k.f_unsqueeze(-2)?.f_matmul(&state)?.f_squeeze_dim(-2)?; // [head, d_head]
            let beta = wide(beta)?.f_select(-2, token)?.f_unsqueeze(-1)?; // [head, 1]
            u = u.f_sub(&held)?.f_mul(&beta)?;
        }
        state = state.f_add(&k.f_unsqueeze(-1)?.f_mul(&u.f_unsqueeze(-2)?)?)?;
        match &keep {
            Keep::States => kept.push(state.shallow_clone()),
            Keep::Writes => kept.push(u),
            Keep::Reads(_) => {
                let Some(q) = &q else { continue };
                let z = at(q)?.f_unsqueeze(-2)?.f_matmul(&state)?;
                kept.push(z.f_squeeze_dim(-2)?); // [head, d_head]
            }
            Keep::Nothing => {}
        }
    }
    let all = match (&keep, kept.is_empty()) {
        (_, true) => state.shallow_clone(),
        (Keep::States, _) => Tensor::f_stack(&kept, -4)?,
        _ => Tensor::f_stack(&kept, -3)?,
    };
    Ok((all, state))
}
