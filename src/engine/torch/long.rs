//! Attention where scores would be too large to hold: a fused kernel mixes the values without them, and
//! the rows that somebody looks at are computed again from queries and keys.

use std::ops::Range;

use tch::{Device, Kind, Tensor};

use super::Result;
use super::attention::{AttentionWeights, Context, Scoring, mix, pattern, scores};
use super::mask::Sees;
use super::tap::Tap;

/// Scores held at once while rows are computed a few at a time: 16 MB in f32.
const HELD: i64 = 1 << 22;

/// Queries and keys, and how the ones score the others: what scores and pattern can be computed from.
pub struct Looks {
    /// `[token, head, d_head]`
    q: Tensor,
    /// `[key, kv_head, d_head]`
    k: Tensor,
    /// `[key, kv_head, d_head]`
    v: Tensor,
    scale: f64,
    cap: Option<f64>,
    /// `[head, 1, key]`
    bias: Option<Tensor>,
    /// `[head]`
    sinks: Option<Tensor>,
    sees: Sees,
}

/// Scores or pattern of a long pass, `[head, query, key]`: computed a few rows at a time when asked for.
pub struct Rows {
    looks: Looks,
    /// What the kernel mixed, `[token, head, d_head]`.
    z: Tensor,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Scores,
    Pattern,
}

impl Looks {
    pub fn new(q: &Tensor, k: &Tensor, v: &Tensor, w: &AttentionWeights, how: &Context) -> Looks {
        let sinks = w.sinks.as_ref().filter(|_| how.how.sinks);
        Looks {
            q: q.shallow_clone(),
            k: k.shallow_clone(),
            v: v.shallow_clone(),
            scale: how.scale,
            cap: how.how.score_cap,
            bias: how.bias.map(Tensor::shallow_clone),
            sinks: sinks.map(Tensor::shallow_clone),
            sees: how.sees,
        }
    }

    /// Of all heads, and of the queries that `mask` `[query, key]` is for.
    pub fn scoring(&self, mask: Tensor) -> Scoring {
        Scoring {
            scale: self.scale,
            cap: self.cap,
            bias: self.bias.as_ref().map(Tensor::shallow_clone),
            sinks: self.sinks.as_ref().map(Tensor::shallow_clone),
            mask,
        }
    }

    /// z, and rows of scores and pattern for whoever looks at them. `[token, head, d_head]`
    pub fn mix(&self, tap: &mut Tap) -> Result<Tensor> {
        // The fused kernel knows no caps, no sinks, and no bias that it need not be given whole.
        let z = match self.cap.is_none() && self.sinks.is_none() && self.bias.is_none() {
            true => self.fused()?,
            false => self.by_rows()?,
        };
        for stage in [Stage::Scores, Stage::Pattern] {
            tap.see_rows(|| Rows {
                looks: self.shallow_clone(),
                z: z.shallow_clone(),
                stage,
            });
        }
        Ok(z)
    }

    /// libtorch's own attention (Dao et al. 2022). `[token, head, d_head]`
    fn fused(&self) -> Result<Tensor> {
        let Sees { causal, past, .. } = self.sees;
        match self.sees.window {
            Some(window) if causal && (window as i64) < self.keys() => {
                self.in_window(window as i64)
            }
            _ if causal && past > 0 => self.in_window(self.keys()),
            // All that came before, or all there is, are what the kernel knows without being shown.
            _ => kernel(&self.q, &self.k, &self.v, None, causal, self.scale),
        }
    }

    /// The kernel on some queries at a time and the keys that they see, shown what each may look at.
    /// `[token, head, d_head]`
    fn in_window(&self, window: i64) -> Result<Tensor> {
        let some = |queries: Range<i64>| {
            let last = self.sees.past + queries.end;
            let first = (self.sees.past + queries.start - window + 1).max(0);
            let keys = |x: &Tensor| x.f_narrow(0, first, last - first);
            let mask = self
                .mask(queries.clone())?
                .f_narrow(1, first, last - first)?
                .f_logical_not()?; // [query, key]
            let q = self
                .q
                .f_narrow(0, queries.start, queries.end - queries.start)?;
            kernel(
                &q,
                &keys(&self.k)?,
                &keys(&self.v)?,
                Some(&mask),
                false,
                self.scale,
            )
        };
        let parts = blocks(self.tokens(), self.keys())
            .map(some)
            .collect::<Result<Vec<_>>>()?;
        Ok(Tensor::f_cat(&parts, 0)?)
    }

    /// The same in the plain way, a few queries at a time. `[token, head, d_head]`
    fn by_rows(&self) -> Result<Tensor> {
        let parts = blocks(self.tokens(), self.n_heads() * self.keys())
            .map(|queries| self.mixed(None, queries))
            .collect::<Result<Vec<_>>>()?;
        Ok(Tensor::f_cat(&parts, 0)?)
    }

    /// z of some queries by way of their pattern, `[query, head, d_head]`.
    fn mixed(&self, head: Option<i64>, queries: Range<i64>) -> Result<Tensor> {
        let pattern = self.rows(head, queries, Stage::Pattern)?; // [head, query, key]
        mix(&pattern, &self.of_head(&self.v, head)?)
    }

    /// Scores or pattern of some queries, `[head, query, key]`, of one head or of all.
    fn rows(&self, head: Option<i64>, queries: Range<i64>, stage: Stage) -> Result<Tensor> {
        let q = self
            .q
            .f_narrow(0, queries.start, queries.end - queries.start)?;
        let (q, k) = (self.of_head(&q, head)?, self.of_head(&self.k, head)?);
        let mut how = self.scoring(self.mask(queries)?);
        if let Some(head) = head {
            let one = |x: Tensor| x.f_narrow(0, head, 1);
            how.bias = how.bias.map(one).transpose()?;
            how.sinks = how.sinks.map(one).transpose()?;
        }
        let scores = scores(&q, &k, &how)?;
        match stage {
            Stage::Scores => Ok(scores),
            Stage::Pattern => pattern(&scores, &how),
        }
    }

    /// The part of q, k or v that one query head works with, or all of it. `[…, 1, d_head]`
    fn of_head(&self, x: &Tensor, head: Option<i64>) -> Result<Tensor> {
        match head {
            None => Ok(x.shallow_clone()),
            Some(head) => Ok(x.f_narrow(1, head * x.size()[1] / self.n_heads(), 1)?),
        }
    }

    fn mask(&self, queries: Range<i64>) -> Result<Tensor> {
        self.sees.mask(queries, self.keys(), self.q.device())
    }

    fn tokens(&self) -> i64 {
        self.q.size()[0]
    }

    fn n_heads(&self) -> i64 {
        self.q.size()[1]
    }

    fn keys(&self) -> i64 {
        self.k.size()[0]
    }

    fn shallow_clone(&self) -> Looks {
        let same = |x: &Option<Tensor>| x.as_ref().map(Tensor::shallow_clone);
        Looks {
            q: self.q.shallow_clone(),
            k: self.k.shallow_clone(),
            v: self.v.shallow_clone(),
            bias: same(&self.bias),
            sinks: same(&self.sinks),
            ..*self
        }
    }
}

impl Rows {
    pub fn shallow_clone(&self) -> Rows {
        Rows {
            looks: self.looks.shallow_clone(),
            z: self.z.shallow_clone(),
            stage: self.stage,
        }
    }

    /// `[head, query, key]`
    pub fn size(&self) -> [i64; 3] {
        [self.looks.n_heads(), self.looks.tokens(), self.looks.keys()]
    }

    /// Some rows of one head, or of all: `[head, query, key]`.
    pub fn rows(&self, head: Option<i64>, queries: Range<i64>) -> Result<Tensor> {
        self.looks.rows(head, queries, self.stage)
    }

    /// A range of queries in parts whose rows of one head may be held at once.
    pub fn parts(&self, queries: Range<i64>) -> impl Iterator<Item = Range<i64>> {
        let start = queries.start;
        blocks(queries.end - start, self.looks.keys())
            .map(move |part| start + part.start..start + part.end)
    }

    /// Every row of every head in turn, as many at once as may be held: `[1, query, key]`.
    pub fn blocks(&self) -> impl Iterator<Item = Result<Tensor>> + '_ {
        let [heads, tokens, keys] = self.size();
        (0..heads).flat_map(move |head| {
            blocks(tokens, keys).map(move |queries| self.rows(Some(head), queries))
        })
    }

    /// How far z by way of these rows lies from what the kernel mixed: the largest difference over the
    /// largest element, of some queries of one head or of all.
    pub fn error(&self, head: Option<i64>, queries: Range<i64>) -> Result<f64> {
        let z = self
            .z
            .f_narrow(0, queries.start, queries.end - queries.start)?;
        let z = self.looks.of_head(&z, head)?.f_to_kind(Kind::Double)?;
        let again = self.looks.mixed(head, queries)?.f_to_kind(Kind::Double)?;
        let largest = |x: Tensor| x.f_abs()?.f_max()?.f_double_value(&[]);
        let (error, scale) = (largest(again.f_sub(&z)?)?, largest(z)?);
        Ok(if error == 0.0 { 0.0 } else { error / scale })
    }
}

/// z of queries `[query, head, d_head]` that see keys `[key, kv_head, d_head]`, all of them, where `causal`
/// those up to their own place, or where `mask` `[query, key]` is true.
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
    // On a GPU the kernels that hold no scores know no shared keys: repeated, they are small.
    let repeated = |x: &Tensor| match shared > 1 && x.device() != Device::Cpu {
        true => x.f_repeat_interleave_self_int(shared, 1, None),
        false => Ok(x.shallow_clone()),
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

/// `0..queries` in ranges whose rows of `width` elements each may be held at once.
fn blocks(queries: i64, width: i64) -> impl Iterator<Item = Range<i64>> {
    let step = (HELD / width.max(1)).max(1);
    (0..queries)
        .step_by(step as usize)
        .map(move |start| start..(start + step).min(queries))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than may be held at once, so that blocks meet.
    const TOKENS: i64 = 2500;

    fn looks(sees: Sees) -> Looks {
        let random = |heads: i64| Tensor::randn([TOKENS, heads, 8], (Kind::Float, Device::Cpu));
        Looks {
            q: random(4),
            k: random(2),
            v: random(2),
            scale: 0.3,
            cap: None,
            bias: None,
            sinks: None,
            sees,
        }
    }

    #[test]
    fn the_kernel_mixes_what_rows_do() {
        let windows = [None, Some(1), Some(100), Some(1900), Some(5000)];
        let sees = |causal, window| Sees {
            causal,
            past: 0,
            window,
        };
        let all = windows.map(|window| sees(true, window));
        for sees in all.into_iter().chain([sees(false, None)]) {
            let looks = looks(sees);
            let far = looks.fused().unwrap() - looks.by_rows().unwrap();
            let far = far.abs().max().double_value(&[]);
            assert!(far < 1e-5, "{sees:?}: {far}");
        }
    }
}
