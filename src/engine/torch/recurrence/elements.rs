//! A recurrence whose state is one row for each head: all tokens at once, in as many rounds as the number of tokens has
//! bits (Hillis & Steele 1986; Blelloch 1990).

use tch::Tensor;

use super::super::Result;
use super::{Scan, shared, wide};

/// The tokens that are computed together.
const TOGETHER: i64 = 1024;

/// Whether a state has one row, and every row is written as it is.
pub fn apply(scan: &Scan) -> bool {
    scan.k.size().last() == Some(&1) && scan.beta.is_none() && !scan.fades_by_row()
}

/// The row of the state after each token. `[token, head, d_head]`
pub fn run(scan: &Scan) -> Result<Tensor> {
    let heads = scan.u.size()[scan.u.dim() - 2];
    let written = wide(&scan.u)?.f_mul(&shared(&wide(&scan.k)?, heads)?)?; // [token, head, d_head]
    let stays = wide(&scan.decay)?.f_exp()?.f_unsqueeze(-1)?; // [token, head, 1]
    let mut last = scan.first()?.f_transpose(-3, -2)?; // [1, head, d_head]
    let mut parts = Vec::new();
    let tokens = scan.tokens();
    for start in (0..tokens).step_by(TOGETHER as usize) {
        let count = TOGETHER.min(tokens - start);
        let part = |x: &Tensor| x.f_narrow(-3, start, count);
        let rows = together(part(&written)?, part(&stays)?, &last)?;
        last = rows.f_narrow(-3, count - 1, 1)?;
        parts.push(rows);
    }
    match &parts[..] {
        [alone] => Ok(alone.shallow_clone()),
        _ => Ok(Tensor::f_cat(&parts, -3)?),
    }
}

/// `rows[t] ← stays[t] · rows[t − 1] + rows[t]` from the first token on, with `last` before it. After each round a row
/// has what twice as many tokens wrote.
fn together(rows: Tensor, stays: Tensor, last: &Tensor) -> Result<Tensor> {
    let tokens = rows.size()[rows.dim() - 3];
    let (mut rows, mut all) = (rows, stays.shallow_clone());
    let mut span = 1;
    while span < tokens {
        let later = |x: &Tensor| x.f_narrow(-3, span, tokens - span);
        let earlier = |x: &Tensor| x.f_narrow(-3, 0, tokens - span);
        let head = |x: &Tensor| x.f_narrow(-3, 0, span);
        let grown = later(&rows)?.f_add(&later(&all)?.f_mul(&earlier(&rows)?)?)?;
        let left = later(&all)?.f_mul(&earlier(&all)?)?;
        rows = Tensor::f_cat(&[head(&rows)?, grown], -3)?;
        all = Tensor::f_cat(&[head(&all)?, left], -3)?;
        span *= 2;
    }
    Ok(rows.f_add(&all.f_mul(last)?)?)
}
