//! Stored bytes as numbers: borrowed where they are numbers already, else read into f32, and what a
//! converter did to them undone. Those with scales in a tensor of their own are [`Packed`]'s.
//!
//! [`Packed`]: super::packed::Packed

use tch::{Device, Kind, Tensor};

use super::blocks::dequantise;
use super::{Result, kind_of};
use crate::checkpoint::{Change, Encoding, Weight};
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
        Encoding::Mxfp4 => return Err(unreadable(weight, "without scales")),
        Encoding::Unknown(name) => return Err(unreadable(weight, name)),
    };
    Ok(match weight.change {
        Change::None => stored,
        Change::PlusOne => stored.f_sub_scalar(1.0)?,
        Change::Pairs { heads } => stored
            .f_unflatten(0, [heads as i64, -1, 2])?
            .f_transpose(1, 2)?
            .f_flatten(0, 2)?,
    })
}

/// A tensor on the bytes themselves; a copy if they are not aligned for its elements.
///
/// The tensor must not outlive the checkpoint that maps the bytes.
pub fn borrow(bytes: &[u8], kind: Kind, shape: &[i64]) -> Result<Tensor> {
    if bytes.as_ptr().align_offset(kind.elt_size_in_bytes()) != 0 {
        return Ok(Tensor::f_from_data_size(bytes, shape, kind)?);
    }
    // SAFETY: the checkpoint checked at open that shape and kind fill exactly these bytes, it maps
    // them until the engine is dropped, and no weight is ever written to.
    Ok(unsafe { Tensor::f_from_blob(bytes.as_ptr(), shape, &[], kind, Device::Cpu)? })
}

/// Sign, four bits of exponent with bias 7, three of mantissa; both codes of all ones are NaN.
pub fn f8_e4m3(byte: u8) -> f32 {
    let (exponent, mantissa) = (i32::from(byte >> 3 & 15), f32::from(byte & 7));
    let size = match (exponent, byte & 7) {
        (15, 7) => f32::NAN,
        (0, _) => mantissa / 8.0 * 2f32.powi(-6),
        _ => (1.0 + mantissa / 8.0) * 2f32.powi(exponent - 7),
    };
    if byte & 0x80 == 0 { size } else { -size }
}

pub fn unreadable(weight: &Weight, problem: &str) -> EngineError {
    EngineError::Torch(format!(
        "tensor `{}` ({}): {problem}",
        weight.name, weight.encoding
    ))
}
