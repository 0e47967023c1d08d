//! Scores and pattern that no pass holds.

use std::ops::Range;

use tch::{Kind, Tensor};

use super::Result;
use super::long::{AttentionInputs, Stage, blocks};

/// Scores or pattern of a long pass, `[head, query, key]`: computed a few rows at a time when asked for.
pub struct LazyScores {
    inputs: AttentionInputs,
    /// What the kernel mixed, `[token, head, d_head]`.
    z: Tensor,
    stage: Stage,
}

impl LazyScores {
    pub fn scores(inputs: &AttentionInputs, z: &Tensor) -> LazyScores {
        LazyScores::new(inputs, z, Stage::Scores)
    }

    pub fn pattern(inputs: &AttentionInputs, z: &Tensor) -> LazyScores {
        LazyScores::new(inputs, z, Stage::Pattern)
    }

    fn new(inputs: &AttentionInputs, z: &Tensor, stage: Stage) -> LazyScores {
        LazyScores {
            inputs: inputs.shallow_clone(),
            z: z.shallow_clone(),
            stage,
        }
    }

    pub fn shallow_clone(&self) -> LazyScores {
        LazyScores::new(&self.inputs, &self.z, self.stage)
    }

    /// `[head, query, key]`
    pub fn size(&self) -> [i64; 3] {
        [
            self.inputs.n_heads(),
            self.inputs.tokens(),
            self.inputs.keys(),
        ]
    }

    /// Some rows of one head, or of all: `[head, query, key]`.
    pub fn rows(&self, head: Option<i64>, queries: Range<i64>) -> Result<Tensor> {
        self.inputs.rows(head, queries, self.stage)
    }

    /// A range of queries in parts whose rows of one head may be held at once.
    pub fn parts(&self, queries: Range<i64>) -> impl Iterator<Item = Range<i64>> {
        let start = queries.start;
        blocks(queries.end - start, self.inputs.keys())
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
        let z = self.inputs.of_head(&z, head)?.f_to_kind(Kind::Double)?;
        let again = self.inputs.mixed(head, queries)?.f_to_kind(Kind::Double)?;
        let largest = |x: Tensor| x.f_abs()?.f_max()?.f_double_value(&[]);
        let (error, scale) = (largest(again.f_sub(&z)?)?, largest(z)?);
        Ok(if error == 0.0 { 0.0 } else { error / scale })
    }
}
