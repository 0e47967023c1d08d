//! Heads that are experts: each token's queries, and what its heads write, by the experts that it is sent to (Zhang et al.
//! 2022).
//!
//! Shapes are those of one sequence; every function also takes a leading batch axis.

use tch::{Kind, Tensor};

use super::Result;
use super::linear::linear;
use super::weights::{Weights, missing};
use crate::graph::role::{Param, Role};

/// The tokens, and their places among a token's experts, that are sent to expert `i` by `chosen` `[token, active]`: `[n]`
/// each; `None` if there are none.
fn sent(chosen: &Tensor, i: usize) -> Result<Option<[Tensor; 2]>> {
    let places = chosen.f_eq(i as i64)?.f_nonzero()?; // [n, 2]
    if places.size()[0] == 0 {
        return Ok(None);
    }
    Ok(Some([places.f_select(1, 0)?, places.f_select(1, 1)?]))
}

fn map(x: &Tensor, w: &Weights, role: Role) -> Result<Tensor> {
    let weight = w.numbers(role, Param::Weight, x.kind())?;
    linear(x, &weight.ok_or_else(|| missing(role))?, None)
}

/// Queries of each token's experts, those of the best expert first. `[token, d_model]`, `[token, active]` → `[token, head,
/// d_head]`
pub fn queries(
    x: &Tensor,
    chosen: &Tensor,
    w: &Weights,
    (experts, n_heads): (usize, i64),
) -> Result<Tensor> {
    let rows = x.f_flatten(0, -2)?; // [token, d_model]
    let picks = chosen.f_flatten(0, -2)?; // [token, active]
    let mut all: Option<Tensor> = None; // [token, active, head · d_head]
    for i in 0..experts {
        let Some([tokens, places]) = sent(&picks, i)? else {
            continue;
        };
        let own = map(&rows.f_index_select(0, &tokens)?, w, Role::HeadIn(i))?; // [n, head · d_head]
        let [count, active, width] = [rows.size()[0], picks.size()[1], own.size()[1]];
        let whole = match all {
            Some(whole) => whole,
            None => own.f_new_zeros([count, active, width], (own.kind(), own.device()))?,
        };
        all = Some(whole.f_index_put(&[Some(tokens), Some(places)], &own, false)?);
    }
    let all = all.ok_or_else(|| missing(Role::HeadIn(0)))?;
    let size = x.size();
    let shape = [&size[..size.len() - 1], &[n_heads, -1]].concat();
    Ok(all.f_view(&shape[..])?)
}

/// The sum of what each token's experts write, by their shares. `[token, head, d_head]`, `[token, active]`, `[token,
/// expert]` → `[token, d_model]`
pub fn outputs(
    z: &Tensor,
    [chosen, shares]: [&Tensor; 2],
    w: &Weights,
    d_model: i64,
) -> Result<Tensor> {
    let [picks, shares] = [chosen.f_flatten(0, -2)?, shares.f_flatten(0, -2)?];
    let active = picks.size()[1];
    let rows = z.f_flatten(-2, -1)?.f_flatten(0, -2)?; // [token, active · width]
    let rows = rows.f_unflatten(-1, [active, -1])?; // [token, active, width]
    let mut sum = Tensor::f_zeros([rows.size()[0], d_model], (z.kind(), z.device()))?;
    for i in 0..shares.size()[1] as usize {
        let Some([tokens, places]) = sent(&picks, i)? else {
            continue;
        };
        let own = rows.f_index(&[Some(tokens.shallow_clone()), Some(places)])?; // [n, width]
        let share = shares.f_select(-1, i as i64)?.f_index_select(0, &tokens)?;
        let wrote = map(&own, w, Role::HeadOut(i))?.f_mul(&share.f_unsqueeze(-1)?)?;
        sum = sum.f_index_add(0, &tokens, &wrote)?; // [token, d_model]
    }
    let size = z.size();
    let shape = [&size[..size.len() - 2], &[d_model]].concat();
    Ok(sum.f_to_kind(z.kind())?.f_view(&shape[..])?)
}

/// Indices of experts as whole numbers.
pub fn whole(chosen: &Tensor) -> Result<Tensor> {
    Ok(chosen.f_to_kind(Kind::Int64)?)
}
