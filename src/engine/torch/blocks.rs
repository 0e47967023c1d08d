//! ggml's quantised blocks, read as float32.

use std::borrow::Cow;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device as Host, Result as Decoded};
use half::f16;
use tch::{Device, Kind, Tensor};

use super::Result;
use super::floats::{borrow, f4_e2m1, in_shares, power};
use crate::checkpoint::{Blocks, Conversion, Encoding, Weight};
use crate::engine::EngineError;

/// The number of elements that candle reads at once: whole blocks of every type.
const STEP: usize = 1 << 16;

/// The values of IQ4's codes: close together near 0, far apart at the ends.
const IQ4: [i8; 16] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
];

/// A matrix that stays in blocks until its values are needed.
pub struct InBlocks {
    name: String,
    bytes: Tensor,
    blocks: Blocks,
    shape: Vec<i64>,
    /// The device that the values go to; blocks are read on the CPU.
    device: Device,
}

impl InBlocks {
    /// The weight as blocks, if it covers a whole tensor of blocks in the layout of its role; else `None`.
    ///
    /// The tensor may borrow the weight's bytes: it must not outlive the checkpoint.
    pub fn of(weight: &Weight) -> Result<Option<InBlocks>> {
        let plain =
            weight.conversion == Conversion::None && weight.part.is_none() && !weight.transposed;
        match weight.encoding {
            Encoding::Blocks(blocks) if plain => Ok(Some(InBlocks {
                name: weight.name.clone(),
                bytes: borrow(weight.bytes, Kind::Uint8, &[weight.bytes.len() as i64])?,
                blocks,
                shape: weight.shape.iter().map(|&n| n as i64).collect(),
                device: Device::Cpu,
            })),
            _ => Ok(None),
        }
    }

    pub fn to_device(&self, device: Device) -> InBlocks {
        InBlocks {
            name: self.name.clone(),
            bytes: self.bytes.shallow_clone(),
            blocks: self.blocks,
            shape: self.shape.clone(),
            device,
        }
    }

    /// The values, in float32.
    pub fn values(&self) -> Result<Tensor> {
        // SAFETY: the tensor holds contiguous bytes on the CPU. It lives to the end of this function and is
        // never written to.
        let bytes = unsafe {
            std::slice::from_raw_parts(self.bytes.data_ptr().cast::<u8>(), self.bytes.numel())
        };
        let values = dequantise(bytes, self.blocks)
            .map_err(|e| EngineError::Torch(format!("tensor `{}`: {e}", self.name)))?;
        let values = Tensor::f_from_slice(&values)?.f_view(&self.shape[..])?;
        Ok(values.f_to_device(self.device)?)
    }
}

/// The numbers in `bytes`, which are whole blocks.
pub fn dequantise(bytes: &[u8], blocks: Blocks) -> Result<Vec<f32>, String> {
    let kind = match blocks {
        Blocks::Q4_0 => GgmlDType::Q4_0,
        Blocks::Q4_1 => GgmlDType::Q4_1,
        Blocks::Q5_0 => GgmlDType::Q5_0,
        Blocks::Q5_1 => GgmlDType::Q5_1,
        Blocks::Q8_0 => GgmlDType::Q8_0,
        Blocks::Q2K => GgmlDType::Q2K,
        Blocks::Q3K => GgmlDType::Q3K,
        Blocks::Q4K => GgmlDType::Q4K,
        Blocks::Q5K => GgmlDType::Q5K,
        Blocks::Q6K => GgmlDType::Q6K,
        Blocks::Q8K => GgmlDType::Q8K,
        Blocks::Iq4Nl => return each(bytes, iq4_nl),
        Blocks::Iq4Xs => return each(bytes, iq4_xs),
        Blocks::Mxfp4 => return each(bytes, mxfp4),
    };
    let (elements, size) = (kind.block_size(), kind.type_size());
    numbers(bytes, size, elements, |from, to| {
        let steps = from.chunks(STEP / elements * size);
        for (from, to) in steps.zip(to.chunks_mut(STEP)) {
            let read = candle(from, to.len(), kind).map_err(|e| e.to_string())?;
            to.copy_from_slice(&read);
        }
        Ok(())
    })
}

fn candle(from: &[u8], count: usize, kind: GgmlDType) -> Decoded<Vec<f32>> {
    let storage = QStorage::from_data(Cow::Borrowed(from), &Host::Cpu, kind)?;
    let tensor = QTensor::new(storage, count)?.dequantize(&Host::Cpu)?;
    tensor.to_vec1()
}

/// Each block of `SIZE` bytes, read as `N` numbers.
fn each<const SIZE: usize, const N: usize>(
    bytes: &[u8],
    block: impl Fn(&[u8; SIZE]) -> [f32; N] + Sync,
) -> Result<Vec<f32>, String> {
    numbers(bytes, SIZE, N, |from, to| {
        let (blocks, runs) = (from.as_chunks().0, to.as_chunks_mut().0);
        (blocks.iter().zip(runs)).for_each(|(from, to)| *to = block(from));
        Ok(())
    })
}

/// The numbers that `read` makes of blocks of `size` bytes and `elements` numbers.
fn numbers(
    bytes: &[u8],
    size: usize,
    elements: usize,
    read: impl Fn(&[u8], &mut [f32]) -> Result<(), String> + Sync,
) -> Result<Vec<f32>, String> {
    let mut values = vec![0.0; bytes.len() / size * elements];
    in_shares((bytes, size), (&mut values, elements), |_, from, to| {
        read(from, to)
    })?;
    Ok(values)
}

/// 32 numbers from 16 bytes: the low halves of the bytes are the first 16, the high halves the others.
fn nibbles(codes: &[u8], value: impl Fn(u8) -> f32) -> [f32; 32] {
    let mut out = [0.0; 32];
    let (low, high) = out.split_at_mut(16);
    for ((code, low), high) in codes.iter().zip(low).zip(high) {
        (*low, *high) = (value(code & 15), value(code >> 4));
    }
    out
}

fn iq4(code: u8, scale: f32) -> f32 {
    scale * f32::from(IQ4[usize::from(code & 15)])
}

/// IQ4_NL: a factor and 32 codes.
fn iq4_nl([a, b, codes @ ..]: &[u8; 18]) -> [f32; 32] {
    let scale = f16::from_le_bytes([*a, *b]).to_f32();
    nibbles(codes, |code| iq4(code, scale))
}

/// IQ4_XS: a factor, and for each 32 of 256 codes a scale of 6 bits, stored 32 too large. The upper 2 bits of
/// all scales come first, then the lower 4.
fn iq4_xs([a, b, c, d, rest @ ..]: &[u8; 136]) -> [f32; 256] {
    let whole = f16::from_le_bytes([*a, *b]).to_f32();
    let upper = u16::from_le_bytes([*c, *d]);
    let (lower, codes) = rest.split_at(4);
    let mut out = [0.0; 256];
    let runs = out.as_chunks_mut::<32>().0.iter_mut();
    for (i, (run, codes)) in runs.zip(codes.chunks(16)).enumerate() {
        let low = lower[i / 2] >> (4 * (i % 2)) & 15;
        let high = (upper >> (2 * i) & 3) as u8;
        let scale = whole * (f32::from(low | high << 4) - 32.0);
        *run = nibbles(codes, |code| iq4(code, scale));
    }
    out
}

/// MXFP4: an exponent and 32 codes.
fn mxfp4([exponent, codes @ ..]: &[u8; 17]) -> [f32; 32] {
    let scale = power(*exponent);
    nibbles(codes, |code| f4_e2m1(code) * scale)
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;

    #[test]
    fn every_type_is_read_as_python_reads_it() {
        let file = std::fs::read("fixtures/gguf/blocks.safetensors").unwrap();
        let file = SafeTensors::deserialize(&file).unwrap();
        for (name, blocks) in [
            ("Q4_0", Blocks::Q4_0),
            ("Q4_1", Blocks::Q4_1),
            ("Q5_0", Blocks::Q5_0),
            ("Q5_1", Blocks::Q5_1),
            ("Q8_0", Blocks::Q8_0),
            ("Q2_K", Blocks::Q2K),
            ("Q3_K", Blocks::Q3K),
            ("Q4_K", Blocks::Q4K),
            ("Q5_K", Blocks::Q5K),
            ("Q6_K", Blocks::Q6K),
            ("IQ4_NL", Blocks::Iq4Nl),
            ("IQ4_XS", Blocks::Iq4Xs),
            ("MXFP4", Blocks::Mxfp4),
        ] {
            let bytes = file.tensor(&format!("{name}.bytes")).unwrap();
            let due = file.tensor(&format!("{name}.values")).unwrap();
            let due: Vec<f32> = (due.data().as_chunks::<4>().0.iter())
                .map(|b| f32::from_le_bytes(*b))
                .collect();
            assert_eq!(dequantise(bytes.data(), blocks).unwrap(), due, "{name}");
        }
    }
}
