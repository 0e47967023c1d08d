//! Scores and patterns that no pass holds.

use std::ops::Range;

use tch::{IndexOp, Kind, Tensor};

use super::Result;
use super::long::{AttentionInputs, Stage, blocks};
use super::recurrence::unrolled::Unrolled;

/// Scores or pattern of a long pass, `[head, query, key]`. Rows are computed when they are asked for.
pub enum LazyScores {
    Attention {
        inputs: AttentionInputs,
        /// z as the kernel computed it, `[token, head, d_head]`.
        z: Tensor,
        stage: Stage,
    },
    /// The pattern that a recurrence equals.
    Unrolled(Unrolled),
}

impl Clone for LazyScores {
    /// A copy that shares the tensors' memory.
    fn clone(&self) -> LazyScores {
        match self {
            LazyScores::Attention { inputs, z, stage } => LazyScores::Attention {
                inputs: inputs.clone(),
                z: z.shallow_clone(),
                stage: *stage,
            },
            LazyScores::Unrolled(unrolled) => LazyScores::Unrolled(unrolled.clone()),
        }
    }
}

impl LazyScores {
    /// The shape of all scores: `[head, query, key]`.
    pub fn size(&self) -> [i64; 3] {
        match self {
            LazyScores::Attention { inputs, .. } => inputs.size(),
            LazyScores::Unrolled(unrolled) => unrolled.size(),
        }
    }

    /// Rows of one head, or of all heads: `[head, query, key]`.
    pub fn rows(&self, head: Option<i64>, queries: Range<i64>) -> Result<Tensor> {
        match self {
            LazyScores::Attention { inputs, stage, .. } => inputs.rows(head, queries, *stage),
            LazyScores::Unrolled(unrolled) => unrolled.rows(head, queries),
        }
    }

    /// Parts of a range of queries whose rows of one head may be held at once.
    pub fn parts(&self, queries: Range<i64>) -> impl Iterator<Item = Range<i64>> {
        blocks(queries, self.size()[2])
    }

    /// Every row of every head in turn, in parts that may be held at once: `[1, query, key]`.
    pub fn blocks(&self) -> impl Iterator<Item = Result<Tensor>> + '_ {
        let [heads, tokens, _] = self.size();
        (0..heads).flat_map(move |head| {
            (self.parts(0..tokens)).map(move |queries| self.rows(Some(head), queries))
        })
    }

    /// The error of recomputed rows: z is computed from them and compared with the kernel's z. The result is
    /// the largest difference divided by the largest element, for some queries of one head or of all. `None` where
    /// nothing else was computed from the rows.
    pub fn error(&self, head: Option<i64>, queries: Range<i64>) -> Result<Option<f64>> {
        let LazyScores::Attention { inputs, z, .. } = self else {
            return Ok(None);
        };
        let z = inputs.of_head(&z.f_i(queries.clone())?, head)?;
        let z = z.f_to_kind(Kind::Double)?;
        let again = inputs.mixed(head, queries)?.f_to_kind(Kind::Double)?;
        let largest = |x: Tensor| x.f_abs()?.f_max()?.f_double_value(&[]);
        let (error, scale) = (largest(again.f_sub(&z)?)?, largest(z)?);
        Ok(Some(if error == 0.0 { 0.0 } else { error / scale }))
    }
}
