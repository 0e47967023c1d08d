//! Weights as tensors: borrowed from the mapped checkpoint where nothing has to change, converted
//! where dtype or device differ.

use std::collections::HashMap;

use tch::{Device, Kind, Tensor};

use super::attention::AttentionWeights;
use super::decoder::{BlockWeights, EmbedWeights, UnembedWeights};
use super::linear::Linear;
use super::mlp::MlpWeights;
use super::norm::NormWeights;
use super::{Result, kind_of};
use crate::checkpoint::{Checkpoint, Param, Role, Weight};
use crate::engine::EngineError;

/// Turns a checkpoint's weights into tensors of one kind on one device.
///
/// The tensors may borrow the checkpoint's mapping: they must not outlive it.
pub struct Loader<'a> {
    pub checkpoint: &'a Checkpoint,
    pub kind: Kind,
    pub device: Device,
    /// Tensors that take the place of the checkpoint's of the same name and shape: those in training.
    pub instead: Option<&'a HashMap<&'a str, &'a Tensor>>,
}

impl Loader<'_> {
    pub fn embed(&self) -> Result<EmbedWeights> {
        // In the stored dtype: the lookup converts the rows it needs.
        let tokens = self
            .stored(None, Role::Embed, Param::Weight)?
            .ok_or_else(|| missing(Role::Embed))?;
        let positions = self.stored(None, Role::PosEmbed, Param::Weight)?;
        Ok(EmbedWeights {
            tokens: tokens.f_to_device(self.device)?,
            positions: positions.map(|p| p.f_to_device(self.device)).transpose()?,
        })
    }

    pub fn block(&self, layer: usize) -> Result<BlockWeights> {
        let layer = Some(layer);
        Ok(BlockWeights {
            ln1: self.norm(layer, Role::Ln1)?,
            attention: AttentionWeights {
                query: self.linear(layer, Role::Query)?,
                key: self.linear(layer, Role::Key)?,
                value: self.linear(layer, Role::Value)?,
                out: self.linear(layer, Role::AttnOut)?,
            },
            ln2: self.norm(layer, Role::Ln2)?,
            mlp: MlpWeights {
                r#in: self.linear(layer, Role::MlpIn)?,
                linear: match self.checkpoint.arch.mlp.gated {
                    true => Some(self.linear(layer, Role::MlpLinear)?),
                    false => None,
                },
                out: self.linear(layer, Role::MlpOut)?,
            },
        })
    }

    pub fn unembed(&self) -> Result<UnembedWeights> {
        let unembed = self.linear(None, Role::Unembed)?;
        Ok(UnembedWeights {
            ln_final: self.norm(None, Role::LnFinal)?,
            unembed,
        })
    }

    fn linear(&self, layer: Option<usize>, role: Role) -> Result<Linear> {
        let weight = self
            .tensor(layer, role, Param::Weight)?
            .ok_or_else(|| missing(role))?;
        Ok(Linear {
            weight,
            bias: self.tensor(layer, role, Param::Bias)?,
        })
    }

    fn norm(&self, layer: Option<usize>, role: Role) -> Result<NormWeights> {
        let weight = self
            .tensor(layer, role, Param::Weight)?
            .ok_or_else(|| missing(role))?;
        Ok(NormWeights {
            weight,
            bias: self.tensor(layer, role, Param::Bias)?,
        })
    }

    /// The tensor in the kind and on the device of the computation.
    fn tensor(&self, layer: Option<usize>, role: Role, param: Param) -> Result<Option<Tensor>> {
        let stored = self.stored(layer, role, param)?;
        stored
            .map(|t| Ok(t.f_to_device(self.device)?.f_to_kind(self.kind)?))
            .transpose()
    }

    /// The tensor as it lies in the file, `[out, in]` by a view where the file has it otherwise.
    fn stored(&self, layer: Option<usize>, role: Role, param: Param) -> Result<Option<Tensor>> {
        let Some(weight) = self.checkpoint.weight(layer, role, param)? else {
            return Ok(None);
        };
        let mut tensor = match self.instead.and_then(|own| own.get(weight.name.as_str())) {
            Some(own) => own.shallow_clone(),
            None => borrow(&weight)?,
        };
        if weight.transposed {
            tensor = tensor.f_transpose(0, 1)?;
        }
        if let Some(part) = &weight.part {
            tensor = tensor.f_narrow(0, part.start as i64, part.len() as i64)?;
        }
        Ok(Some(tensor))
    }
}

/// A tensor on the weight's own bytes; a copy if they are not aligned for their dtype.
fn borrow(weight: &Weight) -> Result<Tensor> {
    let shape: Vec<i64> = weight.shape.iter().map(|&n| n as i64).collect();
    let kind = kind_of(weight.dtype);
    if weight.bytes.as_ptr().align_offset(weight.dtype.size()) != 0 {
        return Ok(Tensor::f_from_data_size(weight.bytes, &shape, kind)?);
    }
    // SAFETY: the checkpoint checked at open that shape and dtype fill exactly these bytes, it maps
    // them until the engine is dropped, and no weight is ever written to.
    Ok(unsafe { Tensor::f_from_blob(weight.bytes.as_ptr(), &shape, &[], kind, Device::Cpu)? })
}

fn missing(role: Role) -> EngineError {
    EngineError::Torch(format!("this checkpoint binds no weight for {role:?}"))
}
