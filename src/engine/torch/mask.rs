//! Which keys a query may look at.

use std::ops::Range;

use tch::{Device, Kind, Tensor};

use super::Result;

/// What the queries of one pass see, in blocks with the same window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskSpec {
    /// Whether a query sees nothing that comes after it.
    pub causal: bool,
    /// Tokens before the pass: query i stands at position past + i.
    pub past: i64,
    /// As in [`Attention::windows`](crate::graph::arch::Attention::windows).
    pub window: Option<usize>,
}

impl MaskSpec {
    /// `[query, key]` for some of the queries and all `keys`: true where a query may not look, at what
    /// comes after it, unless the model looks both ways, and at what lies outside of its window.
    pub fn mask(self, queries: Range<i64>, keys: i64, device: Device) -> Result<Tensor> {
        let first = self.past + queries.start;
        let all = Tensor::f_ones([queries.end - queries.start, keys], (Kind::Bool, device))?;
        if !self.causal {
            return Ok(all.f_logical_not()?);
        }
        let future = all.f_triu(first + 1)?;
        match self.window {
            None => Ok(future),
            Some(window) => Ok(future.f_logical_or(&all.f_tril(first - window as i64)?)?),
        }
    }
}
