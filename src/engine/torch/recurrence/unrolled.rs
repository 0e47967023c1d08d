//! A recurrence unrolled into an attention pattern: the share of each token's value in what a query reads.

use std::ops::Range;

use tch::{Device, Kind, Tensor};

use super::super::Result;
use super::super::long::blocks;
use super::triangular::{Unknown, solve};
use super::{shared, wide};
use crate::graph::recurrence::Write;

/// The keys that are computed together.
const BLOCK: i64 = 256;

/// The values that a pattern is made of. Its queries are the last tokens of those that have keys.
pub struct Unrolled {
    /// `[token, group, d_state]`
    pub q: Tensor,
    /// `[key, group, d_state]`
    pub k: Tensor,
    /// `[key, head]`, or `[key, head, d_state]` if the rows of a state fade apart.
    pub decay: Tensor,
    /// Each key's step or β, `[key, head]`.
    pub share: Option<Tensor>,
    /// The share of each query's own value, `[token, head]`, where earlier ones are left the rest.
    pub own: Option<Tensor>,
    pub write: Write,
}

impl Clone for Unrolled {
    /// A copy that shares the tensors' memory.
    fn clone(&self) -> Unrolled {
        Unrolled {
            q: self.q.shallow_clone(),
            k: self.k.shallow_clone(),
            decay: self.decay.shallow_clone(),
            share: self.share.as_ref().map(Tensor::shallow_clone),
            own: self.own.as_ref().map(Tensor::shallow_clone),
            write: self.write,
        }
    }
}

impl Unrolled {
    /// `[head, query, key]`
    pub fn size(&self) -> [i64; 3] {
        let (q, k, decay) = (self.q.size(), self.k.size(), self.decay.size());
        [decay[1], q[0], k[0]]
    }

    /// The pattern of some queries of one head or of all. `[head, query, key]`
    pub fn rows(&self, head: Option<i64>, queries: Range<i64>) -> Result<Tensor> {
        let [heads, ..] = self.size();
        let heads = match head {
            Some(head) => head..head + 1,
            None => 0..heads,
        };
        if self.k.size()[2] == 1 && !matches!(self.write, Write::Delta(_)) {
            return self.of_numbers(heads, queries);
        }
        let rows: Result<Vec<Tensor>> = heads.map(|head| self.of(head, queries.clone())).collect();
        Ok(Tensor::f_stack(&rows?, 0)?)
    }

    /// The pattern of some queries where queries and keys are one number. `[head, query, key]`
    fn of_numbers(&self, heads: Range<i64>, queries: Range<i64>) -> Result<Tensor> {
        let [all, tokens, keys] = self.size();
        let (first, count) = (keys - tokens + queries.start, queries.end - queries.start);
        let of_heads = |x: &Tensor| x.f_narrow(1, heads.start, heads.end - heads.start);
        let left = of_heads(&self.decay)?.f_to_kind(Kind::Double)?;
        let left = left.f_cumsum(0, Kind::Double)?.f_transpose(0, 1)?; // [head, key]
        let mut until = left.f_narrow(1, first, count)?; // [head, query]
        // Where a token has a share of its own, it reads what was left before it.
        let mut latest = first;
        if self.own.is_some() {
            let own = of_heads(&self.decay)?.f_to_kind(Kind::Double)?;
            until = until.f_sub(&own.f_transpose(0, 1)?.f_narrow(1, first, count)?)?;
            latest -= 1;
        }
        let pairs = until.f_unsqueeze(-1)?.f_sub(&left.f_unsqueeze(1)?)?; // [head, query, key]
        let later =
            Tensor::f_ones([count, keys], (Kind::Bool, self.q.device()))?.f_triu(latest + 1)?;
        let pairs = pairs.f_masked_fill(&later, f64::NEG_INFINITY)?.f_exp()?;
        let numbers = |x: &Tensor| -> Result<Tensor> {
            let x = of_heads(&shared(&wide(x)?, all)?.f_squeeze_dim(-1)?)?;
            Ok(x.f_transpose(0, 1)?) // [head, token]
        };
        let q = numbers(&self.q)?
            .f_narrow(1, queries.start, count)?
            .f_unsqueeze(-1)?;
        let mut rows = pairs.f_mul(&q)?.f_mul(&numbers(&self.k)?.f_unsqueeze(1)?)?;
        if let Some(share) = &self.share {
            rows = rows.f_mul(&of_heads(share)?.f_transpose(0, 1)?.f_unsqueeze(1)?)?;
        }
        if let Some(own) = &self.own {
            let own = of_heads(own)?
                .f_transpose(0, 1)?
                .f_narrow(1, queries.start, count)?;
            let own = own.f_unsqueeze(-1)?.f_to_kind(Kind::Double)?; // [head, query, 1]
            let sum = rows.f_sum_dim_intlist(-1, true, Kind::Double)?;
            let rest = own.f_neg()?.f_add_scalar(1.0)?.f_div(&sum)?;
            let rest = rest.f_masked_fill(&sum.f_eq(0.0)?, 0.0)?;
            let ones = Tensor::f_ones([count, keys], (Kind::Double, self.q.device()))?;
            let itself = ones.f_tril(first)?.f_triu(first)?; // [query, key]
            rows = rows.f_mul(&rest)?.f_add(&itself.f_mul(&own)?)?;
        }
        Ok(rows.f_to_kind(self.q.kind())?)
    }

    /// The pattern of some queries of one head. `[query, key]`
    fn of(&self, head: i64, queries: Range<i64>) -> Result<Tensor> {
        let [heads, tokens, keys] = self.size();
        let group = head * self.k.size()[1] / heads;
        let count = queries.end - queries.start;
        let q = wide(
            &self
                .q
                .f_narrow(0, queries.start, count)?
                .f_select(1, group)?,
        )?; // [query, d_state]
        let k = wide(&self.k.f_select(1, group)?)?; // [key, d_state]
        let share = match &self.share {
            Some(share) => Some(wide(&share.f_select(1, head)?)?), // [key]
            None => None,
        };
        // The share of the first state that is left at each token, as a logarithm. `[key]` or `[key, d_state]`
        let left = self
            .decay
            .f_select(1, head)?
            .f_to_kind(Kind::Double)?
            .f_cumsum(0, Kind::Double)?;
        let first = keys - tokens + queries.start;
        let at = first..first + count;
        let mut rows = faded(&q, at, &k, 0..keys, &left)?; // [query, key]
        if let (Write::Delta(_), Some(beta)) = (self.write, &share) {
            rows = written_over(&rows, &k, beta, &left)?;
        }
        if let Some(share) = &share {
            rows = rows.f_mul(share)?;
        }
        Ok(rows.f_to_kind(self.q.kind())?)
    }
}

/// `q·kᵀ` times what is left at each query of what each key wrote; 0 where the key is later. `[query, key]`
fn faded(
    q: &Tensor,
    queries: Range<i64>,
    k: &Tensor,
    keys: Range<i64>,
    left: &Tensor,
) -> Result<Tensor> {
    if left.dim() == 2 {
        return faded_by_row(q, queries, k, keys, left);
    }
    let of = |range: &Range<i64>| left.f_narrow(0, range.start, range.end - range.start);
    let pairs = of(&queries)?.f_unsqueeze(-1)?.f_sub(&of(&keys)?)?; // [query, key]
    let later = later(&queries, &keys, q.device())?;
    let pairs = pairs.f_masked_fill(&later, f64::NEG_INFINITY)?.f_exp()?;
    Ok(q.f_matmul(&k.f_transpose(0, 1)?)?
        .f_mul(&pairs.f_to_kind(q.kind())?)?)
}

/// [`faded`] where each row of a state fades by itself: `left` is `[token, d_state]`. A few queries at a time.
fn faded_by_row(
    q: &Tensor,
    queries: Range<i64>,
    k: &Tensor,
    keys: Range<i64>,
    left: &Tensor,
) -> Result<Tensor> {
    let width = (keys.end - keys.start) * q.size()[1];
    let own = left.f_narrow(0, keys.start, keys.end - keys.start)?; // [key, d_state]
    let part = |part: Range<i64>| -> Result<Tensor> {
        let count = part.end - part.start;
        let at = left.f_narrow(0, part.start, count)?.f_unsqueeze(1)?; // [query, 1, d_state]
        let later = later(&part, &keys, q.device())?.f_unsqueeze(-1)?; // [query, key, 1]
        let shares = at.f_sub(&own)?.f_masked_fill(&later, f64::NEG_INFINITY)?;
        let shares = shares.f_exp()?.f_to_kind(q.kind())?; // [query, key, d_state]
        let q = q
            .f_narrow(0, part.start - queries.start, count)?
            .f_unsqueeze(1)?;
        Ok(shares
            .f_mul(&q)?
            .f_mul(k)?
            .f_sum_dim_intlist(-1, false, q.kind())?)
    };
    let parts = blocks(queries.clone(), width).map(part);
    Ok(Tensor::f_cat(&parts.collect::<Result<Vec<_>>>()?, 0)?)
}

/// Whether each key is later than each query. `[query, key]`
fn later(queries: &Range<i64>, keys: &Range<i64>, device: Device) -> Result<Tensor> {
    let size = [queries.end - queries.start, keys.end - keys.start];
    let all = Tensor::f_ones(size, (Kind::Bool, device))?;
    Ok(all.f_triu(queries.start - keys.start + 1)?)
}

/// The rows `r` for which `r (1 + L) = rows`, where `L[i, j]` is what token i, later than j, writes over of j's value.
/// Keys are solved for from the last block on. `[query, key]`
fn written_over(rows: &Tensor, k: &Tensor, beta: &Tensor, left: &Tensor) -> Result<Tensor> {
    let keys = k.size()[0];
    let by_beta = k.f_mul(&beta.f_unsqueeze(-1)?)?; // [key, d_state]
    let mut solved: Vec<Tensor> = Vec::new();
    let mut end = keys;
    while end > 0 {
        let start = (end - 1) / BLOCK * BLOCK;
        let own = start..end;
        let block = k.f_narrow(0, start, end - start)?; // [own, d_state]
        let mut rest = rows.f_narrow(1, start, end - start)?; // [query, own]
        if end < keys {
            let later = by_beta.f_narrow(0, end, keys - end)?; // [later, d_state]
            let over = faded(&later, end..keys, &block, own.clone(), left)?; // [later, own]
            let known = Tensor::f_cat(&solved.iter().rev().collect::<Vec<_>>(), 1)?; // [query, later]
            rest = rest.f_sub(&known.f_matmul(&over)?)?;
        }
        let within = by_beta.f_narrow(0, start, end - start)?;
        let over = faded(&within, own.clone(), &block, own, left)?; // [own, own]
        solved.push(solve(&over, &rest, Unknown::Left)?);
        end = start;
    }
    solved.reverse();
    Ok(Tensor::f_cat(&solved, 1)?)
}
