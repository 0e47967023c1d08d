//! A recurrence a chunk of tokens at a time (Hua et al. 2022; Yang et al. 2024; Dao & Gu 2024).
//!
//! Axes are `[group, shared, chunk, token, …]`: a group's keys and queries stand once for the heads that share them.

use std::ops::Range;

use tch::{Kind, Tensor};

use super::super::Result;
use super::triangular::{Unknown, solve};
use super::{Scan, wide};

/// The tokens of a chunk.
const CHUNK: i64 = 64;
/// The chunks whose states are held at once.
const TOGETHER: i64 = 16;

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
    /// The logarithm of how much is left of the state before the chunk, `[group, shared, chunk, token]`.
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
        let decay = scan.decay.f_to_kind(Kind::Double)?.f_unsqueeze(-1)?;
        let decay = decay.f_transpose(-3, -2)?.f_contiguous()?; // [head, token, 1]
        let decay = decay
            .f_unflatten(-2, [-1, chunk])?
            .f_unflatten(-4, [groups, -1])?;
        let beta = scan.beta.as_ref().map(|beta| many(&beta.f_unsqueeze(-1)?));
        Ok(Piece {
            q: q.map(narrow).transpose()?,
            k: narrow(&scan.k)?,
            u: many(&scan.u)?,
            left: decay.f_squeeze_dim(-1)?.f_cumsum(-1, Kind::Double)?,
            beta: beta.transpose()?,
            state: scan.first()?.f_unflatten(-3, [groups, -1])?,
        })
    }

    fn run(&self) -> Result<(Tensor, Tensor)> {
        let kind = self.u.kind();
        let pairs = self.pairs()?; // [group, shared, chunk, token, token]
        let end = self.left.f_narrow(-1, -1, 1)?; // [group, shared, chunk, 1]
        let until = end
            .f_sub(&self.left)?
            .f_exp()?
            .f_to_kind(kind)?
            .f_unsqueeze(-1)?;
        let kept = self.k.f_mul(&until)?.f_transpose(-2, -1)?; // [group, shared, chunk, d_state, token]
        let end = end.f_exp()?.f_to_kind(kind)?.f_unsqueeze(-1)?; // [group, shared, chunk, 1, 1]
        let since = self.left.f_exp()?.f_to_kind(kind)?.f_unsqueeze(-1)?; // [group, shared, chunk, token, 1]
        let (out, last) = match (&self.q, &self.beta) {
            (Some(q), _) => {
                let (before, last) = self.states(&kept, &end)?;
                let near = q.f_matmul(&self.k.f_transpose(-2, -1)?)?.f_mul(&pairs)?;
                let near = near.f_matmul(&self.u)?; // [group, shared, chunk, token, d_head]
                let far = q.f_mul(&since)?.f_matmul(&before)?;
                (near.f_add(&far)?, last)
            }
            (None, Some(beta)) => self.writes(beta, [&pairs, &kept, &end, &since])?,
            (None, None) => (self.u.shallow_clone(), self.states(&kept, &end)?.1),
        };
        let out = out.f_flatten(-5, -4)?.f_flatten(-3, -2)?; // [head, token, d_head]
        Ok((out.f_transpose(-3, -2)?, last.f_flatten(-4, -3)?))
    }

    /// How much is left at a token of what another token of its chunk wrote; 0 of what is written later. `[group,
    /// shared, chunk, token, token]`
    fn pairs(&self) -> Result<Tensor> {
        let pairs = self
            .left
            .f_unsqueeze(-1)?
            .f_sub(&self.left.f_unsqueeze(-2)?)?;
        let size = self.left.size();
        let chunk = size[size.len() - 1];
        let later = Tensor::f_ones([chunk, chunk], (Kind::Bool, pairs.device()))?.f_triu(1)?;
        let pairs = pairs.f_masked_fill(&later, f64::NEG_INFINITY)?;
        Ok(pairs.f_to_kind(self.u.kind())?.f_exp()?)
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
    fn writes(
        &self,
        beta: &Tensor,
        [pairs, kept, end, since]: [&Tensor; 4],
    ) -> Result<(Tensor, Tensor)> {
        let k = self.k.f_mul(beta)?; // [group, shared, chunk, token, d_state]
        let over = k.f_matmul(&self.k.f_transpose(-2, -1)?)?.f_mul(pairs)?; // [group, shared, chunk, token, token]
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
