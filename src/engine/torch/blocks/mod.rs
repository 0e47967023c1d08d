//! ggml's quantised blocks, read as float32.

use std::borrow::Cow;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device as Host, Result as Decoded};
use tch::{Device, Kind, Tensor};

use super::Result;
use super::floats::{borrow, in_shares};
use crate::checkpoint::{Blocks, Conversion, Encoding, Order, Values, Weight};
use crate::engine::EngineError;

mod codes;
mod grids;

/// The number of elements that candle reads at once: whole blocks of every type.
const STEP: usize = 1 << 16;

/// A matrix that stays in blocks until its values are needed.
pub struct InBlocks {
    name: String,
    bytes: Tensor,
    blocks: Blocks,
    shape: Vec<i64>,
    /// The factor of all values.
    factor: f32,
    /// The device that the values go to; blocks are read on the CPU.
    device: Device,
}

impl InBlocks {
    /// The weight as blocks, if it covers a whole tensor of blocks in the layout of its role; else `None`.
    ///
    /// The tensor may borrow the weight's bytes: it must not outlive the checkpoint.
    pub fn of(weight: &Weight) -> Result<Option<InBlocks>> {
        let Conversion { values, order } = weight.conversion;
        let factor = match values {
            Values::Same => 1.0,
            Values::Divided { factor } => f32::from_bits(factor),
            Values::PlusOne | Values::Exp | Values::MinusExp => return Ok(None),
        };
        let plain = order == Order::Same && weight.part.is_none() && !weight.transposed;
        match weight.encoding {
            Encoding::Blocks(blocks) if plain => Ok(Some(InBlocks {
                name: weight.name.clone(),
                bytes: borrow(weight.bytes, Kind::Uint8, &[weight.bytes.len() as i64])?,
                blocks,
                shape: weight.shape.iter().map(|&n| n as i64).collect(),
                factor,
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
            factor: self.factor,
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
        let mut values = Tensor::f_from_slice(&values)?.f_view(&self.shape[..])?;
        if self.factor != 1.0 {
            values = values.f_mul_scalar(f64::from(self.factor))?;
        }
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
        Blocks::Iq4Nl => return each(bytes, codes::iq4_nl),
        Blocks::Iq4Xs => return each(bytes, codes::iq4_xs),
        Blocks::Mxfp4 => return each(bytes, codes::mxfp4),
        Blocks::Nvfp4 => return each(bytes, codes::nvfp4),
        Blocks::Q1_0 => return each(bytes, codes::q1_0),
        Blocks::Tq1_0 => return each(bytes, codes::tq1_0),
        Blocks::Tq2_0 => return each(bytes, codes::tq2_0),
        Blocks::Iq1S => return each(bytes, grids::iq1_s),
        Blocks::Iq1M => return each(bytes, grids::iq1_m),
        Blocks::Iq2Xxs => return each(bytes, grids::iq2_xxs),
        Blocks::Iq2Xs => return each(bytes, grids::iq2_xs),
        Blocks::Iq2S => return each(bytes, grids::iq2_s),
        Blocks::Iq3Xxs => return each(bytes, grids::iq3_xxs),
        Blocks::Iq3S => return each(bytes, grids::iq3_s),
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

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;

    /// The package that the others are compared with does not read it.
    #[test]
    fn signs_stand_lowest_bit_first() {
        let mut block = [0; 18];
        block[..2].copy_from_slice(&half::f16::from_f32(0.5).to_le_bytes());
        (block[2], block[17]) = (0b101, 0x80);
        let mut due = [-0.5; 128];
        (due[0], due[2], due[127]) = (0.5, 0.5, 0.5);
        assert_eq!(dequantise(&block, Blocks::Q1_0).unwrap(), due);
    }

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
