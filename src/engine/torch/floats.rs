//! Stored numbers without a model around them: tensors that borrow bytes, the values of codes of few bits,
//! and threads that read them.

use std::thread::{available_parallelism, scope};

use tch::{Device, Kind, Tensor};

use super::Result;

/// The number of bytes that make another thread worth starting.
const BYTES_A_THREAD: usize = 1 << 20;

/// A tensor that borrows `bytes`, or a copy if they are not aligned for its elements.
///
/// The tensor must not outlive the checkpoint that maps the bytes.
pub fn borrow(bytes: &[u8], kind: Kind, shape: &[i64]) -> Result<Tensor> {
    if bytes.as_ptr().align_offset(kind.elt_size_in_bytes()) != 0 {
        return Ok(Tensor::f_from_data_size(bytes, shape, kind)?);
    }
    // SAFETY: the checkpoint checked when it was opened that shape and kind fill exactly these bytes. It maps
    // them until the engine is dropped, and no weight is ever written to.
    Ok(unsafe { Tensor::f_from_blob(bytes.as_ptr(), shape, &[], kind, Device::Cpu)? })
}

/// The value of a float with a sign, four bits of exponent with bias 7, and three of mantissa. Both codes of
/// all ones are NaN.
pub fn f8_e4m3(byte: u8) -> f32 {
    let (exponent, mantissa) = (i32::from(byte >> 3 & 15), f32::from(byte & 7));
    let size = match (exponent, byte & 7) {
        (15, 7) => f32::NAN,
        (0, _) => mantissa / 8.0 * 2f32.powi(-6),
        _ => (1.0 + mantissa / 8.0) * 2f32.powi(exponent - 7),
    };
    if byte & 0x80 == 0 { size } else { -size }
}

/// The value of a float with a sign, two bits of exponent with bias 1, and one of mantissa.
pub fn f4_e2m1(nibble: u8) -> f32 {
    let size = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0][usize::from(nibble & 7)];
    if nibble & 8 == 0 { size } else { -size }
}

/// `2^(s - 127)`; NaN for 255.
pub fn power(s: u8) -> f32 {
    match s {
        u8::MAX => f32::NAN,
        // 2^-127 is subnormal: its only bit is the highest of the mantissa.
        0 => f32::from_bits(1 << 22),
        s => f32::from_bits(u32::from(s) << 23),
    }
}

/// Let `read` turn each `size` bytes of `from` into `width` numbers of `to`, on as many threads as are worth
/// it. `read` is also told the index of its share's first group of `size` bytes.
pub fn in_shares(
    (from, size): (&[u8], usize),
    (to, width): (&mut [f32], usize),
    read: impl Fn(usize, &[u8], &mut [f32]) -> Result<(), String> + Sync,
) -> Result<(), String> {
    let threads = available_parallelism().map_or(1, usize::from);
    let threads = threads.min(from.len() / BYTES_A_THREAD).max(1);
    let share = (from.len() / size).div_ceil(threads).max(1);
    let (shares, read) = (
        from.chunks(share * size).zip(to.chunks_mut(share * width)),
        &read,
    );
    scope(|scope| {
        let running: Vec<_> = (shares.enumerate())
            .map(|(i, (from, to))| scope.spawn(move || read(i * share, from, to)))
            .collect();
        let stopped = |_| Err("the thread that read it stopped".to_owned());
        (running.into_iter()).try_for_each(|thread| thread.join().unwrap_or_else(stopped))
    })
}
