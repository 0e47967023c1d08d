//! A recurrence a chunk of tokens at a time (Hua et al. 2022; Yang et al. 2024; Dao & Gu 2024).
//!
//! Axes are `[group, shared, chunk, token, …]`: a group's keys and queries stand once for the heads that share them.

use std::ops::Range;

use tch::{Kind, Tensor};

use super::super::{EngineError, Result};
use super::triangular::{Unknown, solve};
use super::{Scan, wide};

/// The tokens of a chunk.
const CHUNK: i64 = 64;
/// The chunks whose states are held at once.
const TOGETHER: i64 = 16;
/// The tokens of a chunk whose pairs are weighed row by row of the state.
const NEAR: i64 = 16;

/// Whether chunks take less time than one token after the other. Where rows fade apart, pairs of tokens are weighed row
/// by row: on a CPU that takes longer than the steps (docs/benchmarks.md), while a GPU needs a kernel for each step.
/// States of single columns are too small for it everywhere.
pub fn apply(scan: &Scan) -> bool {
    let on_gpu = scan.u.device().is_cuda();
    !scan.fades_by_row() || (on_gpu && scan.u.size().last() != Some(&1))
}

/// Rows that queries `[token, group, d_state]` read, or without queries rows that the delta rule writes; and the state
/// after the last token. `[token, head, d_head]`, `[head, d_state, d_head]`
pub fn run(scan: &Scan, q: Option<&Tensor>) -> Result<(Tensor, Tensor)> {
    let mut state = scan.first()?;
    let mut parts = Vec::new();
    for (tokens, chunk) in pieces(scan.tokens()) {
        let q = q.map(|q| q.f_narrow(-3, tokens.start, tokens.end - tokens.start));
        let piece = scan.part(tokens, Some(state))?;
        let (part, last) = Piece::of(&piece, q.transpose()?.as_ref(), chunk)?.run()?;
        parts.push(part);
        state = last;
    }
    let all = match &parts[..] {
        [alone] => alone.shallow_clone(),
        _ => Tensor::f_cat(&parts, -3)?,
    };
    Ok((all, state))
}

/// Ranges of tokens that are computed together, each with the length of its chunks. The last one may be shorter.
fn pieces(tokens: i64) -> Vec<(Range<i64>, i64)> {
    let (whole, together) = (tokens / CHUNK * CHUNK, CHUNK * TOGETHER);
    let starts = (0..whole).step_by(together as usize);
    let mut pieces: Vec<_> = starts
        .map(|start| (start..(start + together).min(whole), CHUNK))
        .collect();
    if whole < tokens {
        pieces.push((whole..tokens, tokens - whole));
    }
    pieces
}

/// Chunks of one length.
struct Piece {
    /// `[group, 1, chunk, token, d_state]`
    q: Option<Tensor>,
    /// `[group, 1, chunk, token, d_state]`
    k: Tensor,
    /// `[group, shared, chunk, token, d_head]`
    u: Tensor,
    /// The logarithm of how much is left of the state before the chunk, `[group, shared, chunk, token, row]`; one row
    /// stands for all where they fade together.
    left: Tensor,
    /// `[group, shared, chunk, token, 1]`
    beta: Option<Tensor>,
    /// `[group, shared, d_state, d_head]`
    state: Tensor,
}

impl Piece {
    fn of(scan: &Scan, q: Option<&Tensor>, chunk: i64) -> Result<Piece> {
        let groups = scan.k.size()[scan.k.dim() - 2];
        // [token, group, d] → [group, 1, chunk, token, d]
        let narrow = |x: &Tensor| -> Result<Tensor> {
            let x = wide(x)?.f_transpose(-3, -2)?.f_contiguous()?; // [group, token, d]
            Ok(x.f_unflatten(-2, [-1, chunk])?.f_unsqueeze(-4)?)
        };
        // [token, head, d] → [group, shared, chunk, token, d]
        let many = |x: &Tensor| -> Result<Tensor> {
            let x = wide(x)?.f_transpose(-3, -2)?.f_contiguous()?; // [head, token, d]
            Ok(x.f_unflatten(-2, [-1, chunk])?
                .f_unflatten(-4, [groups, -1])?)
        };
        // Sums of many logarithms are taken in f64: their differences count.
        let decay = scan.decay.f_to_kind(Kind::Double)?; // [token, head] or [token, head, d_state]
        let decay = if scan.fades_by_row() {
            decay
        } else {
            decay.f_unsqueeze(-1)?
        };
        let decay = decay.f_transpose(-3, -2)?.f_contiguous()?; // [head, token, row]
        let decay = decay
            .f_unflatten(-2, [-1, chunk])?
            .f_unflatten(-4, [groups, -1])?;
        let beta = scan.beta.as_ref().map(|beta| many(&beta.f_unsqueeze(-1)?));
        Ok(Piece {
            q: q.map(narrow).transpose()?,
            k: narrow(&scan.k)?,
            u: many(&scan.u)?,
            left: decay.f_cumsum(-2, Kind::Double)?,
            beta: beta.transpose()?,
            state: scan.first()?.f_unflatten(-3, [groups, -1])?,
        })
    }

    fn run(&self) -> Result<(Tensor, Tensor)> {
        let end = self.left.f_narrow(-2, -1, 1)?; // [group, shared, chunk, 1, row]
        let until = self.share(&end.f_sub(&self.left)?)?; // [group, shared, chunk, token, row]
        let kept = self.k.f_mul(&until)?.f_transpose(-2, -1)?; // [group, shared, chunk, d_state, token]
        let end = self.share(&end)?.f_transpose(-2, -1)?; // [group, shared, chunk, row, 1]
        let since = self.share(&self.left)?; // [group, shared, chunk, token, row]
        let (out, last) = match (&self.q, &self.beta) {
            (Some(q), _) => {
                let (before, last) = self.states(&kept, &end)?;
                let near = self.pairs(q)?.f_matmul(&self.u)?; // [group, shared, chunk, token, d_head]
                let far = q.f_mul(&since)?.f_matmul(&before)?;
                (near.f_add(&far)?, last)
            }
            (None, Some(beta)) => self.writes(beta, [&kept, &end, &since])?,
            (None, None) => (self.u.shallow_clone(), self.states(&kept, &end)?.1),
        };
        let out = out.f_flatten(-5, -4)?.f_flatten(-3, -2)?; // [head, token, d_head]
        Ok((out.f_transpose(-3, -2)?, last.f_flatten(-4, -3)?))
    }

    /// The share whose logarithm this is, in the kind of the values.
    fn share(&self, logarithm: &Tensor) -> Result<Tensor> {
        Ok(logarithm.f_to_kind(self.u.kind())?.f_exp()?)
    }

    /// The products of each token's `x` with the key of each token before it in its chunk, and its own, each row by what
    /// is left of it; 0 for keys behind it. `[group, shared, chunk, token, d_state]` → `[group, shared, chunk, token,
    /// token]`
    fn pairs(&self, x: &Tensor) -> Result<Tensor> {
        let [.., chunk, rows] = self.left.size()[..] else {
            return Err(EngineError::Torch("a chunk without rows".into()));
        };
        if rows == 1 {
            let left = self.left.f_squeeze_dim(-1)?; // [group, shared, chunk, token]
            let shares = self.share(&since(&left, -1)?)?; // [group, shared, chunk, token, token]
            return Ok(x.f_matmul(&self.k.f_transpose(-2, -1)?)?.f_mul(&shares)?);
        }
        // Logarithms of far tokens count from the first token near, so that no factor is above 1.
        let starts = (0..chunk).step_by(NEAR as usize);
        let parts = starts.map(|start| -> Result<Tensor> {
            let count = NEAR.min(chunk - start);
            let here = |x: &Tensor| x.f_narrow(-2, start, count);
            let (own, k, left) = (here(x)?, here(&self.k)?, here(&self.left)?);
            let shares = self.share(&since(&left, -2)?)?; // [group, shared, chunk, near, near, d_state]
            let near = shares.f_mul(&k.f_unsqueeze(-3)?)?;
            let near = near.f_matmul(&own.f_unsqueeze(-1)?)?.f_squeeze_dim(-1)?; // [group, shared, chunk, near, near]
            let later = near.f_constant_pad_nd([0, chunk - start - count])?;
            if start == 0 {
                return Ok(later);
            }
            let before = |x: &Tensor| x.f_narrow(-2, 0, start);
            let first = self.left.f_narrow(-2, start, 1)?; // [group, shared, chunk, 1, d_state]
            let own = own.f_mul(&self.share(&left.f_sub(&first)?)?)?;
            let far = before(&self.k)?.f_mul(&self.share(&first.f_sub(&before(&self.left)?)?)?)?;
            let far = own.f_matmul(&far.f_transpose(-2, -1)?)?; // [group, shared, chunk, near, far]
            Ok(Tensor::f_cat(&[far, later], -1)?)
        });
        let parts: Vec<Tensor> = parts.collect::<Result<_>>()?;
        Ok(Tensor::f_cat(&parts, -2)?)
    }

    /// The state before each chunk and after the last, where what is written is known. `[group, shared, chunk, d_state,
    /// d_head]`, `[group, shared, d_state, d_head]`
    fn states(&self, kept: &Tensor, end: &Tensor) -> Result<(Tensor, Tensor)> {
        let written = kept.f_matmul(&self.u)?; // [group, shared, chunk, d_state, d_head]
        let mut state = self.state.shallow_clone();
        let mut before = Vec::new();
        for chunk in 0..written.size()[written.dim() - 3] {
            let faded = state.f_mul(&end.f_select(-3, chunk)?)?;
            before.push(state);
            state = faded.f_add(&written.f_select(-3, chunk)?)?;
        }
        Ok((Tensor::f_stack(&before, -3)?, state))
    }

    /// Rows that the delta rule writes: within a chunk a triangular system (Bischof & Van Loan 1987; Yang et al. 2024).
    /// `[group, shared, chunk, token, d_head]`
    fn writes(&self, beta: &Tensor, [kept, end, since]: [&Tensor; 3]) -> Result<(Tensor, Tensor)> {
        let k = self.k.f_mul(beta)?; // [group, shared, chunk, token, d_state]
        let over = self.pairs(&k)?; // [group, shared, chunk, token, token]
        let solve = |known: &Tensor| solve(&over, known, Unknown::Right);
        let own = solve(&self.u.f_mul(beta)?)?; // [group, shared, chunk, token, d_head]
        let read = solve(&k.f_mul(since)?)?; // [group, shared, chunk, token, d_state]
        let mut state = self.state.shallow_clone();
        let mut writes = Vec::new();
        for chunk in 0..own.size()[own.dim() - 3] {
            let at = |x: &Tensor| x.f_select(-3, chunk);
            let write = at(&own)?.f_sub(&at(&read)?.f_matmul(&state)?)?; // [group, shared, token, d_head]
            let new = at(kept)?.f_matmul(&write)?; // [group, shared, d_state, d_head]
            state = state.f_mul(&at(end)?)?.f_add(&new)?;
            writes.push(write);
        }
        Ok((Tensor::f_stack(&writes, -3)?, state))
    }
}

/// The logarithm of how much is left at each token of what each token wrote, along `axis`; −∞ of what is written later.
/// `[…, token, …]` → `[…, token, token, …]`
fn since(left: &Tensor, axis: i64) -> Result<Tensor> {
    let chunk = left.size()[(left.dim() as i64 + axis) as usize];
    let since = left
        .f_unsqueeze(axis)?
        .f_sub(&left.f_unsqueeze(axis - 1)?)?;
    let later = Tensor::f_ones([chunk, chunk], (Kind::Bool, left.device()))?.f_triu(1)?;
    let later = (axis..-1).try_fold(later, |later, _| later.f_unsqueeze(-1))?;
    Ok(since.f_masked_fill(&later, f64::NEG_INFINITY)?)
}

#[cfg(test)]
mod tests {
    use super::super::steps;
    use super::*;
    use tch::Device;

    fn numbers(shape: &[i64]) -> Tensor {
        Tensor::randn(shape, (Kind::Double, Device::Cpu))
    }

    /// A recurrence of 150 tokens, of which rows fade to nothing within a chunk. Keys have length 1: writes of longer ones
    /// may grow from token to token, and rounding with them.
    fn scan(rows: Option<i64>, delta: bool) -> Scan {
        let (tokens, groups, heads) = (150, 2, 4);
        let decay = match rows {
            Some(rows) => numbers(&[tokens, heads, rows]),
            None => numbers(&[tokens, heads]),
        };
        let k = numbers(&[tokens, groups, 6]);
        Scan {
            k: &k / k.norm_scalaropt_dim(2.0, [-1], true),
            u: numbers(&[tokens, heads, 5]),
            decay: -(decay * 3).exp(),
            beta: delta.then(|| numbers(&[tokens, heads]).sigmoid()),
            past: Some(numbers(&[heads, 6, 5])),
        }
    }

    #[test]
    fn chunks_are_what_one_token_after_the_other_gives() {
        let near = |a: &Tensor, b: &Tensor| {
            let distance = (a - b).abs().max().double_value(&[]);
            assert!(distance < 1e-10, "{distance}");
        };
        for rows in [None, Some(6)] {
            let plain = scan(rows, false);
            let q = numbers(&[150, 2, 6]);
            let (z, last) = run(&plain, Some(&q)).unwrap();
            let (due, due_last) = steps::run(&plain, steps::Keep::Reads(&q)).unwrap();
            near(&z, &due);
            near(&last, &due_last);
            let delta = scan(rows, true);
            let (writes, last) = run(&delta, None).unwrap();
            let (due, due_last) = steps::run(&delta, steps::Keep::Writes).unwrap();
            near(&writes, &due);
            near(&last, &due_last);
        }
    }
}
