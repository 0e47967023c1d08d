//! The values that a sweep puts in the place of parts.

use std::ops::Range;

use tch::Tensor;

use super::super::super::change::copy;
use super::super::super::{EngineError, Result};
use crate::engine::random::Random;
use crate::trace::intervention::token_axis;
use crate::trace::plan::Axis;
use crate::trace::sweep::Swap;

/// A part of a value, and the random numbers that are put there in the place of its change, of the same size.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub ranges: Vec<Range<usize>>,
    pub random: Option<u64>,
}

impl Part {
    pub fn is_all_of(&self, value: &Tensor) -> bool {
        let size = value.size().into_iter();
        self.ranges.iter().cloned().eq(size.map(|n| 0..n as usize))
    }
}

/// The values that the parts take.
pub(super) struct Changes {
    pub swap: Swap,
    pub seed: u64,
    /// The axes of each row's value.
    pub axes: Vec<Vec<Axis>>,
    /// The means of each row's values, with a row axis of length 1.
    pub means: Vec<Option<Tensor>>,
}

impl Changes {
    /// Copies of a value, each with one of `parts` changed. `[…]` → `[part, …]`
    pub fn made(
        &self,
        row: usize,
        [base, clean]: [Option<&Tensor>; 2],
        parts: &[Part],
    ) -> Result<Tensor> {
        let none = || EngineError::Torch("a run of the sweep is missing".into());
        let base = base.ok_or_else(none)?;
        let source = self.source(row, base, clean)?;
        let mut size = vec![1; base.dim() + 1];
        size[0] = parts.len() as i64;
        let copies = base.f_unsqueeze(0)?.f_repeat(&size[..])?;
        for (i, part) in parts.iter().enumerate() {
            let (own, new) = (
                narrowed(&copies.f_get(i as i64)?, &part.ranges)?,
                narrowed(&source, &part.ranges)?,
            );
            let new = match part.random {
                Some(stream) => own.f_add(&self.as_large(&new.f_sub(&own)?, stream)?)?,
                None => new,
            };
            let mut own = own;
            own.f_copy_(&new)?;
        }
        Ok(copies)
    }

    /// The value that parts are taken from.
    pub fn source(&self, row: usize, base: &Tensor, clean: Option<&Tensor>) -> Result<Tensor> {
        let none = || EngineError::Torch("a run of the sweep is missing".into());
        Ok(match self.swap {
            Swap::Patch => clean.ok_or_else(none)?.shallow_clone(),
            Swap::Zero => base.f_zeros_like()?,
            Swap::Mean => match &self.means[row] {
                Some(mean) => mean.f_to_kind(base.kind())?.f_expand_as(base)?,
                None => {
                    let axis = token_axis(&self.axes[row]).ok_or_else(none)? as i64;
                    base.f_mean_dim(axis, true, base.kind())?
                        .f_expand_as(base)?
                }
            },
            Swap::Resample => {
                let axis = token_axis(&self.axes[row]).ok_or_else(none)? as i64;
                let mut order: Vec<i64> = (0..base.size()[axis as usize]).collect();
                Random::new(self.seed, 0).shuffle(&mut order);
                let order = Tensor::f_from_slice(&order)?.f_to_device(base.device())?;
                base.f_index_select(axis, &order)?
            }
        })
    }

    /// Random numbers, in each vector of the last axis of the same length as `change` there.
    fn as_large(&self, change: &Tensor, stream: u64) -> Result<Tensor> {
        let mut random = Random::new(self.seed, stream);
        let numbers: Vec<f32> = (0..change.numel())
            .map(|_| random.normal() as f32)
            .collect();
        let numbers = Tensor::f_from_slice(&numbers)?
            .f_to_device(change.device())?
            .f_to_kind(change.kind())?
            .f_view(&change.size()[..])?;
        let length = |x: &Tensor| -> Result<Tensor> {
            Ok(x.f_square()?.f_sum_dim_intlist(-1, true, None)?.f_sqrt()?)
        };
        let own = length(&numbers)?.f_clamp_min(f64::from(f32::MIN_POSITIVE))?;
        Ok(numbers.f_mul(&length(change)?.f_div(&own)?)?)
    }
}

/// A value with a part of another; both have a leading axis of copies.
pub(super) fn put(value: &Tensor, other: &Tensor, part: &Part) -> Result<Tensor> {
    let new = copy(value)?;
    let all = 0..value.size()[0] as usize;
    let ranges = [&[all][..], &part.ranges].concat();
    narrowed(&new, &ranges)?.f_copy_(&narrowed(other, &ranges)?)?;
    Ok(new)
}

pub(super) fn narrowed(value: &Tensor, ranges: &[Range<usize>]) -> Result<Tensor> {
    let mut part = value.shallow_clone();
    for (axis, range) in ranges.iter().enumerate() {
        part = part.f_narrow(axis as i64, range.start as i64, range.len() as i64)?;
    }
    Ok(part)
}
