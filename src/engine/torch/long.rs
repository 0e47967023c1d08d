//! Attention whose scores are too large to hold. A fused kernel mixes the values without them; rows that are
//! looked at are recomputed from queries and keys.

use std::ops::Range;

use tch::{Device, IndexOp, Kind, Tensor};

use super::Result;
use super::indexer::not_chosen;
use super::scoring::{mask, mix, pattern, scores, unsunk};
use crate::graph::operation::Scores;

/// The number of scores that are held while rows are computed a few at a time: 16 MB in f32.
const HELD: i64 = 1 << 22;

/// The inputs of one attention, from which scores and pattern can be computed.
pub struct AttentionInputs {
    /// Queries, `[token, head, d_head]`.
    pub q: Tensor,
    /// Keys, `[key, kv_head, d_head]`.
    pub k: Tensor,
    /// Values, `[key, kv_head, d_head]`.
    pub v: Tensor,
    /// 1 at the keys that an indexer chooses for each query, 0 at others, `[query, key]`.
    pub chosen: Option<Tensor>,
    pub spec: Scores,
    /// The number of tokens before the pass: query i stands at position past + i.
    pub past: i64,
    /// The penalties of distance, or what keys' values say, `[head, 1, key]`.
    pub bias: Option<Tensor>,
    /// Each head's learned score that belongs to no token, `[head]`.
    pub sinks: Option<Tensor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Scores,
    Pattern,
}

impl AttentionInputs {
    /// z: values mixed by the pattern. `[token, head, d_head]`
    pub fn mix(&self) -> Result<Tensor> {
        // The fused kernel knows no caps, no runs and no sinks, and needs a bias whole. On a GPU, in f32, it lies
        // three times as far from float64 as plain products; in f64 it holds all scores.
        let half = matches!(self.q.kind(), Kind::Half | Kind::BFloat16);
        let near = half || self.q.device() == Device::Cpu;
        let plain = self.spec.cap.is_none() && self.spec.chunk.is_none();
        let plain = plain && self.spec.behind.is_none();
        // Nor values that are shorter or longer than keys.
        let plain = plain && self.v.size()[2] == self.k.size()[2];
        if near && plain && self.sinks.is_none() && self.bias.is_none() {
            self.fused()
        } else {
            self.by_rows()
        }
    }

    /// z by libtorch's own attention (Dao et al. 2022). `[token, head, d_head]`
    fn fused(&self) -> Result<Tensor> {
        let Scores { causal, window, .. } = self.spec;
        match window {
            Some(window) if causal && (window as i64) < self.keys() => {
                self.in_window(window as i64)
            }
            _ if causal && (self.past > 0 || self.chosen.is_some()) => self.in_window(self.keys()),
            // The kernel needs no mask for "all earlier tokens" and "all tokens".
            _ => kernel(&self.q, &self.k, &self.v, None, causal, self.spec.scale),
        }
    }

    /// z by the kernel, a few queries at a time with the keys in their window and a mask. `[token, head,
    /// d_head]`
    fn in_window(&self, window: i64) -> Result<Tensor> {
        self.by_parts(self.keys(), |queries| {
            let first = (self.past + queries.start - window + 1).max(0);
            let seen = first..self.past + queries.end;
            let [k, v] = [self.k.f_i(seen.clone())?, self.v.f_i(seen.clone())?];
            let mask = self.mask(queries.clone())?.f_i((.., seen))?; // [query, key]
            let mask = Some(mask.f_logical_not()?);
            kernel(
                &self.q.f_i(queries)?,
                &k,
                &v,
                mask.as_ref(),
                false,
                self.spec.scale,
            )
        })
    }

    /// z by plain products, a few queries at a time. `[token, head, d_head]`
    fn by_rows(&self) -> Result<Tensor> {
        let [heads, _, keys] = self.size();
        self.by_parts(heads * keys, |queries| self.mixed(None, queries))
    }

    /// z of all queries, a few at a time, so that their scores of `width` elements each can be held.
    fn by_parts(&self, width: i64, z: impl Fn(Range<i64>) -> Result<Tensor>) -> Result<Tensor> {
        let parts = blocks(0..self.q.size()[0], width).map(z);
        Ok(Tensor::f_cat(&parts.collect::<Result<Vec<_>>>()?, 0)?)
    }

    /// z of some queries by way of their pattern, `[query, head, d_head]`.
    pub fn mixed(&self, head: Option<i64>, queries: Range<i64>) -> Result<Tensor> {
        let pattern = self.rows(head, queries, Stage::Pattern)?; // [head, query, key]
        mix(&pattern, &self.of_head(&self.v, head)?)
    }

    /// Scores or pattern of some queries of one head or of all, `[head, query, key]`.
    pub fn rows(&self, head: Option<i64>, queries: Range<i64>, stage: Stage) -> Result<Tensor> {
        let q = self.of_head(&self.q.f_i(queries.clone())?, head)?;
        let k = self.of_head(&self.k, head)?;
        let bias = part(&self.bias, head)?;
        let scores = scores(&q, &k, &self.spec, bias.as_ref(), &self.mask(queries)?)?;
        match stage {
            Stage::Scores => Ok(scores),
            Stage::Pattern => pattern(&scores, part(&self.sinks, head)?.as_ref()),
        }
    }

    /// The share of each row that `sinks` `[head]` would leave. `[token, head]`
    pub fn unsunk(&self, sinks: &Tensor) -> Result<Tensor> {
        let [heads, _, keys] = self.size();
        self.by_parts(heads * keys, |queries| {
            unsunk(&self.rows(None, queries, Stage::Scores)?, sinks)
        })
    }

    /// The part of q, k or v that one query head reads, `[…, 1, d_head]`, or all of it without a head.
    pub fn of_head(&self, x: &Tensor, head: Option<i64>) -> Result<Tensor> {
        match head {
            None => Ok(x.shallow_clone()),
            Some(head) => Ok(x.f_narrow(1, head * x.size()[1] / self.q.size()[1], 1)?),
        }
    }

    /// `[query, key]`, true where a query does not look.
    fn mask(&self, queries: Range<i64>) -> Result<Tensor> {
        let device = self.q.device();
        // Entries may stand behind the keys of tokens.
        let keys = match self.spec.behind {
            Some(_) => self.past + self.q.size()[0],
            None => self.keys(),
        };
        let dark = mask(&self.spec, self.past, queries.clone(), keys, device)?;
        match &self.chosen {
            Some(chosen) => {
                let out = not_chosen(&chosen.f_i(queries)?, self.keys())?;
                Ok(dark.f_logical_or(&out)?)
            }
            None => Ok(dark),
        }
    }

    /// The shape of scores and pattern: `[head, query, key]`.
    pub fn size(&self) -> [i64; 3] {
        [self.q.size()[1], self.q.size()[0], self.k.size()[0]]
    }

    fn keys(&self) -> i64 {
        self.k.size()[0]
    }
}

impl Clone for AttentionInputs {
    /// A copy that shares the tensors' memory.
    fn clone(&self) -> AttentionInputs {
        let same = |x: &Option<Tensor>| x.as_ref().map(Tensor::shallow_clone);
        AttentionInputs {
            q: self.q.shallow_clone(),
            k: self.k.shallow_clone(),
            v: self.v.shallow_clone(),
            chosen: same(&self.chosen),
            bias: same(&self.bias),
            sinks: same(&self.sinks),
            ..*self
        }
    }
}

/// The part of bias or sinks that belongs to one head, or all of it without a head.
fn part(x: &Option<Tensor>, head: Option<i64>) -> Result<Option<Tensor>> {
    let part = |x: &Tensor| match head {
        Some(head) => x.f_narrow(0, head, 1),
        None => Ok(x.shallow_clone()),
    };
    Ok(x.as_ref().map(part).transpose()?)
}

/// z of queries `[query, head, d_head]` over keys `[key, kv_head, d_head]`. A query sees keys up to its own
/// place if `causal`, the keys that `mask` `[query, key]` marks true if there is one, else all.
fn kernel(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    mask: Option<&Tensor>,
    causal: bool,
    scale: f64,
) -> Result<Tensor> {
    let heads_first = |x: &Tensor| x.f_transpose(0, 1)?.f_unsqueeze(0); // [1, head, token, d_head]
    let shared = q.size()[1] / k.size()[1];
    // A GPU's kernels without scores do not share keys between heads. Repeated keys are small.
    let repeated = |x: &Tensor| {
        if shared > 1 && x.device() != Device::Cpu {
            x.f_repeat_interleave_self_int(shared, 1, None)
        } else {
            Ok(x.shallow_clone())
        }
    };
    let z = Tensor::f_scaled_dot_product_attention(
        &heads_first(q)?,
        &heads_first(&repeated(k)?)?,
        &heads_first(&repeated(v)?)?,
        mask,
        0.0,
        causal,
        scale,
        true,
    )?; // [1, head, query, d_head]
    Ok(z.f_squeeze_dim(0)?.f_transpose(0, 1)?.f_contiguous()?)
}

/// Parts of a range of queries whose rows of `width` elements each may be held at once.
pub fn blocks(queries: Range<i64>, width: i64) -> impl Iterator<Item = Range<i64>> {
    let step = (HELD / width.max(1)).max(1);
    let starts = queries.clone().step_by(step as usize);
    starts.map(move |start| start..(start + step).min(queries.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of tokens with more scores than may be held at once, so that parts meet.
    const TOKENS: i64 = 2500;

    #[test]
    fn the_kernel_mixes_what_rows_do() {
        let windows = [None, Some(1), Some(100), Some(1900), Some(5000)];
        let all = windows.map(|window| (true, window));
        for (causal, window) in all.into_iter().chain([(false, None)]) {
            let random = |heads: i64| Tensor::randn([TOKENS, heads, 8], (Kind::Float, Device::Cpu));
            let inputs = AttentionInputs {
                q: random(4),
                k: random(2),
                v: random(2),
                chosen: None,
                spec: Scores {
                    causal,
                    window,
                    ..Scores::plain(0.3)
                },
                past: 0,
                bias: None,
                sinks: None,
            };
            let far = inputs.fused().unwrap() - inputs.by_rows().unwrap();
            let far = far.abs().max().double_value(&[]);
            assert!(far < 1e-5, "{causal} {window:?}: {far}");
        }
    }
}
