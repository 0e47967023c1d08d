//! Stored bytes as tensors: floats are borrowed, other numbers are read into f32, and a converter's changes
//! are undone. Tensors with separate scales belong to [`Packed`].
//!
//! [`Packed`]: super::packed::Packed

use tch::{Kind, Tensor};

use super::blocks::dequantise;
use super::floats::{borrow, f8_e4m3};
use super::{Result, kind_of};
use crate::checkpoint::{Conversion, Encoding, Order, Values, Weight};
use crate::engine::EngineError;

/// The weight's values in the layout of its file.
///
/// The tensor may borrow the weight's bytes: it must not outlive the checkpoint.
pub fn decode(weight: &Weight) -> Result<Tensor> {
    let shape: Vec<i64> = weight.shape.iter().map(|&n| n as i64).collect();
    let stored = match weight.encoding {
        Encoding::Plain(dtype) => borrow(weight.bytes, kind_of(dtype), &shape)?,
        Encoding::Blocks(blocks) => {
            let values = dequantise(weight.bytes, blocks).map_err(|e| unreadable(weight, &e))?;
            Tensor::f_from_slice(&values)?.f_view(&shape[..])?
        }
        Encoding::F8E4M3 => {
            let table: Vec<f32> = (0..=u8::MAX).map(f8_e4m3).collect();
            let values: Vec<f32> = weight.bytes.iter().map(|b| table[*b as usize]).collect();
            Tensor::f_from_slice(&values)?.f_view(&shape[..])?
        }
        Encoding::Whole(bits) => {
            let each = weight.bytes.chunks_exact(bits / 8);
            let values: Vec<f32> = each.map(whole).collect();
            Tensor::f_from_slice(&values)?.f_view(&shape[..])?
        }
        Encoding::Mxfp4 => return Err(unreadable(weight, "without scales")),
        Encoding::Unknown(name) => return Err(unreadable(weight, name)),
    };
    let Conversion { values, order } = weight.conversion;
    in_order(undone(stored, values)?, order)
}

fn undone(stored: Tensor, values: Values) -> Result<Tensor> {
    Ok(match values {
        Values::Same => stored,
        Values::PlusOne => stored.f_sub_scalar(1.0)?,
        Values::Divided { factor } => stored.f_mul_scalar(f64::from(f32::from_bits(factor)))?,
        Values::Exp => stored.f_to_kind(Kind::Double)?.f_log()?,
        Values::MinusExp => stored.f_to_kind(Kind::Double)?.f_neg()?.f_log()?,
    })
}

fn in_order(stored: Tensor, order: Order) -> Result<Tensor> {
    Ok(match order {
        Order::Same => stored,
        Order::Pairs { heads } => stored
            .f_unflatten(0, [heads as i64, -1, 2])?
            .f_transpose(1, 2)?
            .f_flatten(0, 2)?,
        Order::Halves { heads, turning } => {
            let by_head = stored.f_unflatten(0, [heads as i64, -1])?;
            let (d_head, turning) = (by_head.size()[1], turning as i64);
            let turned = by_head
                .f_narrow(1, 0, turning)?
                .f_unflatten(1, [2, -1])?
                .f_transpose(1, 2)?
                .f_flatten(1, 2)?;
            let rest = by_head.f_narrow(1, turning, d_head - turning)?;
            Tensor::f_cat(&[turned, rest], 1)?.f_flatten(0, 1)?
        }
        Order::HeadsTransposed { heads } => {
            let (rows, columns) = stored.size2()?;
            let d_head = rows / heads as i64;
            stored
                .f_reshape([heads as i64, columns, d_head])?
                .f_transpose(1, 2)?
                .f_flatten(0, 1)?
        }
        Order::Rounds {
            skip,
            groups,
            width,
            columns,
        } => {
            let (axis, skip) = (i64::from(columns), skip as i64);
            let (before, rounds) = (
                stored.f_narrow(axis, 0, skip)?,
                stored.f_narrow(axis, skip, stored.size()[axis as usize] - skip)?,
            );
            let by_group = rounds
                .f_unflatten(axis, [-1, groups as i64, width as i64])?
                .f_transpose(axis, axis + 1)?
                .f_flatten(axis, axis + 2)?;
            Tensor::f_cat(&[before, by_group], axis)?
        }
    })
}

/// A little-endian whole number, which f32 holds up to 2²⁴.
fn whole(bytes: &[u8]) -> f32 {
    let mut wide = [0; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    let unused = 8 * (8 - bytes.len());
    (i64::from_le_bytes(wide) << unused >> unused) as f32
}

pub fn unreadable(weight: &Weight, problem: &str) -> EngineError {
    EngineError::Torch(format!(
        "tensor `{}` ({}): {problem}",
        weight.name, weight.encoding
    ))
}
