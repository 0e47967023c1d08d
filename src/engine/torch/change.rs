//! Interventions on a tensor.

use tch::Tensor;

use super::{Result, kind_of};
use crate::engine::random::Random;
use crate::graph::{Length, Node};
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
            Change::Forbid(_) => part.f_full_like(f64::NEG_INFINITY)?,
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

/// The part of a sum's addends that is left in row `row` of a changed value, where all else in it stays as it is:
/// the linear part of the changes. `[n, …]`, behind n the shape of the node's row.
pub fn left_of(
    node: &Node,
    addends: &Tensor,
    (row, tokens): (usize, usize),
    changes: &[Intervention],
) -> Result<Tensor> {
    let axes: Vec<Axis> = node.shape.iter().map(|dim| dim.axis).collect();
    let axis = rows(&axes)? as usize;
    let shape: Vec<usize> = (node.shape.iter().enumerate())
        .map(|(i, dim)| match dim.length {
            Length::Fixed(n) if i != axis => n,
            _ => tokens,
        })
        .collect();
    let size = addends.size();
    let row_shape = shape.iter().enumerate().filter(|(i, _)| *i != axis);
    let row_shape = row_shape.map(|(_, n)| *n as i64);
    let by_axis: Vec<i64> = [size[0]].into_iter().chain(row_shape).collect();
    let left = copy(&addends.f_reshape(&by_axis[..])?)?; // [n, …]
    for change in changes {
        let ranges = change.ranges(&axes, &shape)?;
        if !ranges[axis].contains(&row) {
            continue;
        }
        let mut part = left.shallow_clone();
        let others = ranges.iter().enumerate().filter(|(i, _)| *i != axis);
        for (place, (_, range)) in others.enumerate() {
            part = part.f_narrow(1 + place as i64, range.start as i64, range.len() as i64)?;
        }
        let share = match &change.change {
            Change::Scale(factor) => *factor,
            Change::Add { .. } => 1.0,
            Change::Mean { over: None } => 1.0 / tokens as f64,
            Change::Resample { seed, from: None } => {
                let own = permutation(*seed, tokens)[row] == row as i64;
                f64::from(u8::from(own))
            }
            Change::Patch { row: from, .. } if change.value.is_none() => {
                f64::from(u8::from(from.unwrap_or(0) == row))
            }
            // Numbers that do not depend on what was there.
            _ => 0.0,
        };
        part.f_copy_(&part.f_mul_scalar(share)?)?;
    }
    Ok(left.f_reshape(&size[..])?)
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
