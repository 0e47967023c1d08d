//! Interventions on a tensor.

use tch::Tensor;

use super::{Result, kind_of};
use crate::engine::random::Random;
use crate::graph::Node;
use crate::trace::intervention::{Change, Intervention, token_axis};
use crate::trace::plan::Axis;
use crate::trace::source::SourceError;
use crate::trace::tensor::HostTensor;

/// A copy of `value` with these changes, in their order.
pub fn changed(node: &Node, value: &Tensor, changes: &[Intervention]) -> Result<Tensor> {
    let value = copy(value)?;
    let axes: Vec<Axis> = node.shape.iter().map(|dim| dim.axis).collect();
    let shape: Vec<usize> = value.size().iter().map(|&n| n as usize).collect();
    for change in changes {
        let ranges = change.ranges(&axes, &shape)?;
        let part_of = |whole: &Tensor| -> Result<Tensor> {
            let mut part = whole.shallow_clone();
            for (axis, range) in ranges.iter().enumerate() {
                part = part.f_narrow(axis as i64, range.start as i64, range.len() as i64)?;
            }
            Ok(part)
        };
        let mut part = part_of(&value)?;
        let new = match &change.change {
            Change::Zero => part.f_zeros_like()?,
            Change::Put(number) => part.f_full_like(*number)?,
            Change::Scale(factor) => part.f_mul_scalar(*factor)?,
            Change::Mean { over: None } => {
                let mean = value.f_mean_dim(rows(&axes)?, true, value.kind())?;
                part_of(&mean.f_expand_as(&value)?)?
            }
            Change::Resample { seed, from: None } => {
                let order = permutation(*seed, shape[rows(&axes)? as usize]);
                let order = Tensor::f_from_slice(&order)?.f_to_device(value.device())?;
                part_of(&value.f_index_select(rows(&axes)?, &order)?)?
            }
            Change::Patch { row, .. } if change.value.is_none() => {
                let row = row.unwrap_or(0) as i64;
                let row = value.f_narrow(rows(&axes)?, row, 1)?;
                copy(&part_of(&row.f_expand_as(&value)?)?)?
            }
            Change::Add { factor, .. } => {
                let direction = given(change, &part)?.f_mul_scalar(*factor)?;
                part.f_add(&direction)?
            }
            Change::Mean { .. } | Change::Resample { .. } | Change::Patch { .. } => {
                given(change, &part)?
            }
        };
        part.f_copy_(&new)?;
    }
    Ok(value)
}

/// A copy in memory of its own.
pub fn copy(value: &Tensor) -> Result<Tensor> {
    let mut copy = value.f_empty_like()?;
    copy.f_copy_(value)?;
    Ok(copy)
}

/// The axis of a value's rows.
fn rows(axes: &[Axis]) -> Result<i64> {
    let none = || SourceError::Slice("a value without positions has one row only".into());
    Ok(token_axis(axes).ok_or_else(none)? as i64)
}

/// The numbers that came with an intervention, in the kind and on the device of the part that changes.
fn given(change: &Intervention, part: &Tensor) -> Result<Tensor> {
    let none = || SourceError::Other(format!("{change}: its numbers are not there"));
    let numbers = tensor(change.value.as_deref().ok_or_else(none)?)?;
    Ok(numbers.f_to_device(part.device())?.f_to_kind(part.kind())?)
}

/// A tensor in libtorch's memory.
pub fn tensor(value: &HostTensor) -> Result<Tensor> {
    let size: Vec<i64> = value.shape.iter().map(|&n| n as i64).collect();
    Ok(Tensor::f_from_data_size(
        &value.bytes,
        &size,
        kind_of(value.dtype),
    )?)
}

/// The numbers below `n` in an order that depends on the seed alone.
fn permutation(seed: u64, n: usize) -> Vec<i64> {
    let mut order: Vec<i64> = (0..n as i64).collect();
    Random::new(seed, 0).shuffle(&mut order);
    order
}
