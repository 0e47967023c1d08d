//! Weights as tensors: borrowed from the mapped checkpoint where nothing has to change, converted
//! where dtype or device differ.

use std::collections::HashMap;

use tch::{Device, Kind, Tensor};

use super::Result;
use super::attention::AttentionWeights;
use super::blocks::InBlocks;
use super::decode::decode;
use super::decoder::{BlockWeights, EmbedWeights, FeedForward, UnembedWeights};
use super::linear::{Linear, Stored, StoredLinear};
use super::mlp::{ExpertWeights, ExpertsWeights, MlpWeights};
use super::norm::NormWeights;
use super::packed::Packed;
use crate::checkpoint::arch::{Experts, QkNorm};
use crate::checkpoint::{Checkpoint, Param, Role, Weight, WeightPart};
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
        // Where and as it is stored: the lookup takes the rows it needs.
        let tokens = self
            .stored(None, Role::Embed, Param::Weight)?
            .ok_or_else(|| missing(Role::Embed))?;
        let table = |role: Role| -> Result<Option<Tensor>> {
            let stored = self.stored(None, role, Param::Weight)?;
            stored
                .map(|t| t.to_device(self.device)?.numbers())
                .transpose()
        };
        Ok(EmbedWeights {
            tokens: tokens.numbers()?,
            norm: self.norm(None, Role::EmbedNorm)?,
            project: self.projection(Role::EmbedOut)?,
            positions: table(Role::PosEmbed)?,
            segments: table(Role::SegmentEmbed)?,
        })
    }

    pub fn block(&self, layer: usize) -> Result<BlockWeights> {
        let arch = &self.checkpoint.arch;
        let feed_forward = match &arch.experts {
            Some(how) if arch.has_experts(layer) => FeedForward::Experts(self.experts(layer, how)?),
            _ => FeedForward::Mlp(self.mlp(layer)?),
        };
        let layer = Some(layer);
        let attention = &arch.attention;
        Ok(BlockWeights {
            ln1: self.norm(layer, Role::Ln1)?,
            attention: AttentionWeights {
                query: self.linear(layer, Role::Query)?,
                key: self.linear(layer, Role::Key)?,
                value: self.linear(layer, Role::Value)?,
                query_norm: self.head_norm(layer, Role::QueryNorm, attention.n_heads)?,
                key_norm: self.head_norm(layer, Role::KeyNorm, attention.n_kv_heads)?,
                sinks: self.tensor(layer, Role::Sinks, Param::Weight)?,
                out: self.linear(layer, Role::AttnOut)?,
            },
            ln1_post: self.norm(layer, Role::Ln1Post)?,
            ln2: self.norm(layer, Role::Ln2)?,
            feed_forward,
            ln2_post: self.norm(layer, Role::Ln2Post)?,
        })
    }

    pub fn unembed(&self) -> Result<UnembedWeights> {
        Ok(UnembedWeights {
            pooler: self.projection(Role::Pooler)?,
            transform: self.projection(Role::Transform)?,
            ln_final: self.norm(None, Role::LnFinal)?,
            project: self.projection(Role::UnembedIn)?,
            unembed: self.projection(Role::Unembed)?,
        })
    }

    fn mlp(&self, layer: usize) -> Result<MlpWeights> {
        let gated = self.checkpoint.arch.mlp.gated;
        let layer = Some(layer);
        Ok(MlpWeights {
            r#in: self.linear(layer, Role::MlpIn)?,
            linear: gated
                .then(|| self.linear(layer, Role::MlpLinear))
                .transpose()?,
            out: self.linear(layer, Role::MlpOut)?,
        })
    }

    fn experts(&self, layer: usize, how: &Experts) -> Result<ExpertsWeights> {
        let gated = self.checkpoint.arch.mlp.gated;
        let expert = |i: usize| {
            Ok(ExpertWeights {
                r#in: self.stored_linear(layer, Role::ExpertIn(i))?,
                linear: gated
                    .then(|| self.stored_linear(layer, Role::ExpertLinear(i)))
                    .transpose()?,
                out: self.stored_linear(layer, Role::ExpertOut(i))?,
            })
        };
        Ok(ExpertsWeights {
            router: self.linear(Some(layer), Role::Router)?,
            experts: (0..how.n_experts).map(expert).collect::<Result<_>>()?,
        })
    }

    /// On the device, but as it is stored.
    fn stored_linear(&self, layer: usize, role: Role) -> Result<StoredLinear> {
        let get = |param: Param| -> Result<Option<Stored>> {
            let stored = self.stored(Some(layer), role, param)?;
            stored.map(|t| t.to_device(self.device)).transpose()
        };
        Ok(StoredLinear {
            weight: get(Param::Weight)?.ok_or_else(|| missing(role))?,
            bias: get(Param::Bias)?.map(|b| b.numbers()).transpose()?,
        })
    }

    /// A matrix at one end of the model, where it has one.
    fn projection(&self, role: Role) -> Result<Option<Linear>> {
        match self.checkpoint.weight(None, role, Param::Weight)? {
            Some(_) => Ok(Some(self.linear(None, role)?)),
            None => Ok(None),
        }
    }

    /// The norm of queries or keys; of each of `n_heads` heads `[head, d_head]` where they have their own.
    fn head_norm(
        &self,
        layer: Option<usize>,
        role: fn(usize) -> Role,
        n_heads: usize,
    ) -> Result<NormWeights> {
        if self.checkpoint.arch.attention.qk_norm != Some(QkNorm::EachHead) {
            return self.norm(layer, role(0));
        }
        let heads = |param: Param| -> Result<Option<Tensor>> {
            let each = (0..n_heads).map(|head| self.tensor(layer, role(head), param));
            let each: Option<Vec<Tensor>> = each.collect::<Result<_>>()?;
            Ok(each.map(|each| Tensor::f_stack(&each, 0)).transpose()?)
        };
        Ok(NormWeights {
            weight: heads(Param::Weight)?,
            bias: heads(Param::Bias)?,
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
        Ok(NormWeights {
            weight: self.tensor(layer, role, Param::Weight)?,
            bias: self.tensor(layer, role, Param::Bias)?,
        })
    }

    /// The tensor in the kind and on the device of the computation.
    fn tensor(&self, layer: Option<usize>, role: Role, param: Param) -> Result<Option<Tensor>> {
        let stored = self.stored(layer, role, param)?;
        stored
            .map(|t| {
                let numbers = t.to_device(self.device)?.numbers()?;
                Ok(numbers.f_to_kind(self.kind)?)
            })
            .transpose()
    }

    /// The tensor as it lies in the file, `[out, in]` by a view where the file has it otherwise.
    fn stored(&self, layer: Option<usize>, role: Role, param: Param) -> Result<Option<Stored>> {
        let Some(weight) = self.checkpoint.weight(layer, role, param)? else {
            return Ok(None);
        };
        let own = (self.instead).and_then(|own| own.get(weight.name.as_str()));
        Ok(Some(match (own, &weight.scales) {
            (Some(own), _) => Stored::Numbers(rows_of(own, &weight)?),
            // Its axes are those of the role already.
            (None, Some(_)) => Stored::Packed(Packed::of(&weight)?.map(|t| rows_of(t, &weight))?),
            (None, None) => match InBlocks::of(&weight)? {
                Some(blocks) => Stored::InBlocks(blocks),
                None => Stored::Numbers(rows_of(&decode(&weight)?, &weight)?),
            },
        }))
    }
}

/// The rows of a tensor, made `[out, in]`, that are this weight's.
fn rows_of(tensor: &Tensor, weight: &Weight) -> Result<Tensor> {
    let tensor = match weight.transposed {
        true => tensor.f_transpose(0, 1)?,
        false => tensor.shallow_clone(),
    };
    Ok(match &weight.part {
        None => tensor,
        Some(WeightPart::Rows(rows)) => tensor.f_narrow(0, rows.start as i64, rows.len() as i64)?,
        &Some(WeightPart::Interleaved {
            width,
            member,
            members,
        }) => tensor
            .f_unflatten(0, [-1, members as i64, width as i64])?
            .f_select(1, member as i64)?
            .f_flatten(0, 1)?,
    })
}

fn missing(role: Role) -> EngineError {
    EngineError::Torch(format!("this checkpoint binds no weight for {role:?}"))
}
