//! Matrices of 8- and 4-bit floats with a factor for each block. They are multiplied out to float32 when
//! needed.

use tch::{Device, Kind, Tensor};

use super::decode::unreadable;
use super::floats::{borrow, f4_e2m1, f8_e4m3, in_shares, power};
use super::{EngineError, Result, kind_of};
use crate::checkpoint::{Encoding, ScaleForm, Weight};

/// A matrix of codes and scales, as it is stored.
pub struct Packed {
    form: Form,
    /// `[out, in]` with one number a byte, or `[out, in / 2]` with two.
    codes: Tensor,
    /// `[out, run]`: a factor for each run of columns, as it is stored. Bytes are exponents.
    scales: Tensor,
    /// The number of columns in a run; the last run may be shorter.
    run: i64,
}

#[derive(Clone, Copy)]
enum Form {
    F8,
    Mxfp4,
}

impl Packed {
    /// The weight as codes and scales; an error if it has no scales.
    ///
    /// The tensors may borrow the weight's bytes: they must not outlive the checkpoint.
    pub fn of(weight: &Weight) -> Result<Packed> {
        let (form, a_byte) = match weight.encoding {
            Encoding::F8E4M3 => (Form::F8, 1),
            Encoding::Mxfp4 => (Form::Mxfp4, 2),
            _ => return Err(unreadable(weight, "with scales")),
        };
        let (Some(scales), &[rows, columns]) = (&weight.scales, &weight.shape[..]) else {
            return Err(unreadable(weight, "no matrix with scales"));
        };
        let [block_rows, run] = scales.block;
        let grid = [rows.div_ceil(block_rows), columns.div_ceil(run)].map(|n| n as i64);
        let kind = match scales.form {
            ScaleForm::Plain(dtype) => kind_of(dtype),
            ScaleForm::Exponents => Kind::Uint8,
        };
        let (rows, columns) = (rows as i64, columns as i64);
        let mut factors = borrow(scales.bytes, kind, &grid)?; // [block, run]
        if block_rows > 1 {
            // Each row gets its own factors, so that any rows can be taken. They take 1/128 of the matrix's
            // memory.
            factors = factors
                .f_repeat_interleave_self_int(block_rows as i64, 0, None)?
                .f_narrow(0, 0, rows)?; // [out, run]
        }
        Ok(Packed {
            form,
            codes: borrow(weight.bytes, Kind::Uint8, &[rows, columns / a_byte])?,
            scales: factors,
            run: run as i64,
        })
    }

    pub fn to_device(&self, device: Device) -> Result<Packed> {
        self.map(|t| Ok(t.f_to_device(device)?))
    }

    /// The matrix with `rows` applied to its codes and scales.
    pub fn map(&self, rows: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Packed> {
        Ok(Packed {
            codes: rows(&self.codes)?,
            scales: rows(&self.scales)?,
            ..*self
        })
    }

    /// The values `[out, in]`, in float32.
    pub fn values(&self) -> Result<Tensor> {
        self.values_by(self.codes.device() == Device::Cpu)
    }

    fn values_by(&self, on_host: bool) -> Result<Tensor> {
        match self.form {
            Form::F8 => self.multiplied(&bytes_of(|b| [f8_e4m3(b)]), on_host),
            Form::Mxfp4 => self.multiplied(&bytes_of(f4_pair), on_host),
        }
    }

    fn multiplied<const N: usize>(
        &self,
        values: &[[f32; N]; 256],
        on_host: bool,
    ) -> Result<Tensor> {
        let scales = if self.scales.kind() == Kind::Uint8 {
            let powers: Vec<f32> = (0..=u8::MAX).map(power).collect();
            table(&powers, &self.scales)?.f_view_as(&self.scales)?
        } else {
            self.scales.f_to_kind(Kind::Float)?
        }; // [out, run]
        if on_host {
            self.on_host(&scales, values)
        } else {
            self.by_operations(&scales, values)
        }
    }

    /// The values, computed in one walk over the bytes. On a CPU this is three times as fast as libtorch's
    /// operations.
    fn on_host<const N: usize>(&self, scales: &Tensor, table: &[[f32; N]; 256]) -> Result<Tensor> {
        let (codes, scales) = (self.codes.f_contiguous()?, scales.f_contiguous()?);
        let (rows, width) = codes.size2()?;
        let values = Tensor::f_empty([rows, width * N as i64], (Kind::Float, Device::Cpu))?;
        let (width, runs) = (width as usize, scales.size2()?.1 as usize);
        // SAFETY: the three tensors are contiguous, on the CPU, of these kinds, and alive to the end of this
        // function. Nobody else has `values` yet.
        let (from, by, to) = unsafe {
            (
                std::slice::from_raw_parts(codes.data_ptr().cast::<u8>(), codes.numel()),
                std::slice::from_raw_parts(scales.data_ptr().cast::<f32>(), scales.numel()),
                std::slice::from_raw_parts_mut(values.data_ptr().cast::<f32>(), values.numel()),
            )
        };
        let run = self.run as usize / N;
        let read = |first: usize, from: &[u8], to: &mut [f32]| {
            let by = by[first * runs..].chunks(runs);
            let rows = from.chunks(width).zip(by).zip(to.chunks_mut(width * N));
            rows.for_each(|((from, by), to)| multiply_out(from, by, to, run, table));
            Ok(())
        };
        in_shares((from, width), (to, width * N), read).map_err(EngineError::Torch)?;
        Ok(values)
    }

    /// The values, computed by libtorch's operations, for bytes on another device.
    fn by_operations<const N: usize>(
        &self,
        scales: &Tensor,
        values: &[[f32; N]; 256],
    ) -> Result<Tensor> {
        let (rows, width) = self.codes.size2()?;
        let columns = width * N as i64;
        let factors = scales
            .f_repeat_interleave_self_int(self.run, 1, None)?
            .f_narrow(1, 0, columns)?; // [out, in]
        Ok(table(values.as_flattened(), &self.codes)?
            .f_view([rows, columns])?
            .f_mul(&factors)?) // [out, in]
    }
}

/// Multiply out one row; `run` bytes share a factor.
fn multiply_out<const N: usize>(
    from: &[u8],
    by: &[f32],
    to: &mut [f32],
    run: usize,
    table: &[[f32; N]; 256],
) {
    for ((from, by), to) in from.chunks(run).zip(by).zip(to.chunks_mut(run * N)) {
        for (code, to) in from.iter().zip(to.chunks_exact_mut(N)) {
            for (to, value) in to.iter_mut().zip(table[usize::from(*code)]) {
                *to = value * by;
            }
        }
    }
}

/// The values of each byte of `codes`, looked up in a table of 256 rows: `[byte, value]`.
fn table(values: &[f32], codes: &Tensor) -> Result<Tensor> {
    let table = Tensor::f_from_slice(values)?.f_view([256, -1])?;
    let rows = codes.f_flatten(0, -1)?.f_to_kind(Kind::Int)?;
    Ok(table
        .f_to_device(codes.device())?
        .f_index_select(0, &rows)?)
}

/// The table of the values of each byte.
fn bytes_of<const N: usize>(value: impl Fn(u8) -> [f32; N]) -> [[f32; N]; 256] {
    let mut table = [[0.0; N]; 256];
    for byte in 0..=u8::MAX {
        table[usize::from(byte)] = value(byte);
    }
    table
}

/// The two numbers of a byte, the low half's first.
fn f4_pair(byte: u8) -> [f32; 2] {
    [byte & 15, byte >> 4].map(f4_e2m1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Conversion, MXFP4_BLOCK, Scales};
    use crate::trace::tensor::Dtype;

    /// The values, computed in both ways and compared: the bits are equal, or both are NaN.
    fn values(
        encoding: Encoding,
        shape: [usize; 2],
        bytes: &[u8],
        (form, block, scales): (ScaleForm, [usize; 2], &[u8]),
    ) -> Vec<f32> {
        let weight = Weight {
            name: "w".into(),
            encoding,
            shape: shape.to_vec(),
            bytes,
            scales: Some(Scales {
                form,
                block,
                bytes: scales,
            }),
            conversion: Conversion::default(),
            transposed: false,
            part: None,
            member: None,
        };
        let packed = Packed::of(&weight).unwrap();
        let [host, other] = [true, false].map(|on_host| -> Vec<f32> {
            let values = packed.values_by(on_host).unwrap();
            values.flatten(0, -1).try_into().unwrap()
        });
        same(&host, &other);
        host
    }

    fn same(a: &[f32], b: &[f32]) {
        for (a, b) in a.iter().zip(b) {
            assert!(a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
        }
    }

    fn floats(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    const F32: ScaleForm = ScaleForm::Plain(Dtype::F32);

    #[test]
    fn every_8_bit_float_is_what_libtorch_says_it_is() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let scales = (F32, [16, 16], &floats(&[1.0])[..]);
        let own = values(Encoding::F8E4M3, [16, 16], &bytes, scales);
        let theirs = Tensor::from_data_size(&bytes, &[256], Kind::Float8e4m3fn);
        let theirs = Vec::<f32>::try_from(theirs.to_kind(Kind::Float));
        same(&own, &theirs.unwrap());
        let some = (own[0x38], own[0x7e], own[0x81]);
        assert_eq!(some, (1.0, 448.0, -1.0 / 512.0));
        assert_eq!(own.iter().filter(|x| x.is_nan()).count(), 2);
    }

    #[test]
    fn the_last_blocks_of_8_bit_floats_may_be_smaller() {
        // The scales of a 3 × 5 matrix of ones in blocks of 2 × 2.
        let scales = floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let scales = (F32, [2, 2], &scales[..]);
        let found = values(Encoding::F8E4M3, [3, 5], &[0x38; 15], scales);
        let (above, below) = ([1.0, 1.0, 2.0, 2.0, 3.0], [4.0, 4.0, 5.0, 5.0, 6.0]);
        assert_eq!(found, [above, above, below].concat());
    }

    #[test]
    fn bytes_of_mxfp4_are_those_of_the_table() {
        // Every byte and every exponent occurs.
        let bytes: Vec<u8> = (0..MXFP4_BLOCK / 2 * 256).map(|i| i as u8).collect();
        let sizes = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0];
        let exponents: Vec<u8> = (0..=u8::MAX).collect();
        let scales = (ScaleForm::Exponents, [1, MXFP4_BLOCK], &exponents[..]);
        let found = values(Encoding::Mxfp4, [128, 64], &bytes, scales);
        for (i, x) in found.iter().enumerate() {
            let (byte, s) = (bytes[i / 2], exponents[i / MXFP4_BLOCK]);
            let nibble = byte >> (4 * (i % 2)) & 15;
            let size = sizes[usize::from(nibble & 7)] * 2f64.powi(i32::from(s) - 127);
            let due = if nibble < 8 { size } else { -size } as f32;
            match s {
                u8::MAX => assert!(x.is_nan()),
                _ => assert_eq!(x.to_bits(), due.to_bits(), "{byte:x} {s}"),
            }
        }
    }

    #[test]
    fn one_factor_for_each_row_in_16_bits() {
        let scales = [0x80, 0x3f, 0x00, 0x40]; // bf16: 1 and 2
        let scales = (ScaleForm::Plain(Dtype::BF16), [1, 2], &scales[..]);
        let found = values(Encoding::F8E4M3, [2, 2], &[0x38; 4], scales);
        assert_eq!(found, [1.0, 1.0, 2.0, 2.0]);
    }
}
