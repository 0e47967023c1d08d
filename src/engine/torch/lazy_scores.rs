//! Scores and patterns that no pass holds.

use std::ops::Range;

use tch::{IndexOp, Kind, Tensor};

use super::Result;
use super::long::{AttentionInputs, Stage, blocks};

/// Scores or pattern of a long pass, `[head, query, key]`. Rows are computed when they are asked for.
pub struct LazyScores {
    pub inputs: AttentionInputs,
    /// z as the kernel computed it, `[token, head, d_head]`.
    pub z: Tensor,
    pub stage: Stage,
}

impl Clone for LazyScores {
    /// A copy that shares the tensors' memory.
    fn clone(&self) -> LazyScores {
        LazyScores {
            inputs: self.inputs.clone(),
            z: self.z.shallow_clone(),
            stage: self.stage,
        }
    }
}

impl LazyScores {
    /// The shape of all scores: `[head, query, key]`.
    pub fn size(&self) -> [i64; 3] {
        self.inputs.size()
    }

    /// Rows of one head, or of all heads: `[head, query, key]`.
    pub fn rows(&self, head: Option<i64>, queries: Range<i64>) -> Result<Tensor> {
        self.inputs.rows(head, queries, self.stage)
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
    /// the largest difference divided by the largest element, for some queries of one head or of all.
    pub fn error(&self, head: Option<i64>, queries: Range<i64>) -> Result<f64> {
        let z = self.inputs.of_head(&self.z.f_i(queries.clone())?, head)?;
        let z = z.f_to_kind(Kind::Double)?;
        let again = self.inputs.mixed(head, queries)?.f_to_kind(Kind::Double)?;
        let largest = |x: Tensor| x.f_abs()?.f_max()?.f_double_value(&[]);
        let (error, scale) = (largest(again.f_sub(&z)?)?, largest(z)?);
        Ok(if error == 0.0 { 0.0 } else { error / scale })
    }
}
