//! Numbers as files store them, alone: tensors on their bytes, and what the codes of few bits stand for.

use tch::{Device, Kind, Tensor};

use super::Result;

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

/// Sign, two bits of exponent with bias 1, one of mantissa.
pub fn f4_e2m1(nibble: u8) -> f32 {
    let size = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0][usize::from(nibble & 7)];
    if nibble & 8 == 0 { size } else { -size }
}

/// `2^(s - 127)`; 255 is NaN.
pub fn power(s: u8) -> f32 {
    match s {
        u8::MAX => f32::NAN,
        // The smallest is no normal number: one bit below those of the exponent.
        0 => f32::from_bits(1 << 22),
        s => f32::from_bits(u32::from(s) << 23),
    }
}
