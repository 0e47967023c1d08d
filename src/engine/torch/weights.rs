//! Weights as tensors: borrowed from the mapped checkpoint, or converted if dtype or device differ.

use std::collections::HashMap;

use tch::{Device, Kind, Tensor};

use super::Result;
use super::blocks::InBlocks;
use super::decode::decode;
use super::linear::Stored;
use super::norm;
use super::packed::Packed;
use crate::checkpoint::{Checkpoint, Weight, WeightPart};
use crate::engine::EngineError;
use crate::graph::operation::Operation;
use crate::graph::role::{Param, Role};
use crate::graph::{self, Graph, Node, NodeId};
use crate::trace::hook::Layer;

/// The weights of one layer that are in memory.
#[derive(Default)]
pub struct Weights(HashMap<(Role, Param), Stored>);

impl Weights {
    /// A weight in the kind of the pass.
    pub fn tensor(&self, role: Role, param: Param) -> Result<&Tensor> {
        self.optional(role, param).ok_or_else(|| missing(role))
    }

    pub fn optional(&self, role: Role, param: Param) -> Option<&Tensor> {
        match self.0.get(&(role, param)) {
            Some(Stored::Numbers(tensor)) => Some(tensor),
            _ => None,
        }
    }

    /// The matrix or table of a node's role.
    pub fn of(&self, role: Option<Role>) -> Result<&Tensor> {
        let none = || EngineError::Torch("an operation without its weight".into());
        self.tensor(role.ok_or_else(none)?, Param::Weight)
    }

    /// A weight that stays in its stored form, such as an expert's, as numbers; `None` if there is none.
    pub fn numbers(&self, role: Role, param: Param, kind: Kind) -> Result<Option<Tensor>> {
        let numbers = self.stored(role, param)?;
        Ok(numbers.map(|numbers| numbers.f_to_kind(kind)).transpose()?)
    }

    /// A weight as numbers, in the kind that it is in memory with.
    pub fn stored(&self, role: Role, param: Param) -> Result<Option<Tensor>> {
        let stored = self.0.get(&(role, param));
        stored.map(Stored::numbers).transpose()
    }

    /// The parts of a table, in their order.
    pub fn parts(&self, node: &Node) -> Result<Vec<&Tensor>> {
        let parts = node.weights.iter().flat_map(graph::Weight::each);
        parts
            .map(|part| self.tensor(part.role, part.param))
            .collect()
    }

    /// The weight and bias of a norm.
    pub fn affine(&self, node: &Node) -> norm::Weights<'_> {
        let of = |param: Param| {
            let weight = node.weights.iter().find(|weight| weight.param == param)?;
            self.optional(weight.role, param)
        };
        norm::Weights {
            weight: of(Param::Weight),
            bias: of(Param::Bias),
        }
    }
}

/// A loader that turns a checkpoint's weights into tensors of one kind on one device.
///
/// The tensors may borrow the checkpoint's mapping: they must not outlive it.
pub struct Loader<'a> {
    pub checkpoint: &'a Checkpoint,
    pub kind: Kind,
    pub device: Device,
    /// Tensors that replace the checkpoint's of the same name and shape: those in training.
    pub instead: Option<&'a HashMap<&'a str, &'a Tensor>>,
}

impl Loader<'_> {
    /// Load the weights that `nodes` read and that are not in memory.
    pub fn load(&self, graph: &Graph, nodes: &[NodeId], at_hand: &mut Weights) -> Result<()> {
        for id in nodes {
            let node = graph.node(*id);
            for weight in &node.weights {
                self.load_weight(node, weight, at_hand)?;
            }
        }
        Ok(())
    }

    fn load_weight(
        &self,
        node: &Node,
        weight: &graph::Weight,
        at_hand: &mut Weights,
    ) -> Result<()> {
        let (layer, param) = (node.layer, weight.param);
        let key = (weight.role, param);
        if at_hand.0.contains_key(&key) {
            return Ok(());
        }
        let stored = match node.operation {
            // Tables stay where and as they are stored: they are looked up row by row.
            Operation::Lookup { .. }
            | Operation::Positions { .. }
            | Operation::ChooseByToken { .. } => {
                Stored::Numbers(self.stored(layer, weight.role, param)?.numbers()?)
            }
            Operation::NGrams(_) => {
                for one in weight.each() {
                    let part = self.stored(layer, one.role, param)?.numbers()?;
                    (at_hand.0).insert((one.role, param), Stored::Numbers(part));
                }
                return Ok(());
            }
            // Experts stay as they are stored: only those in use are converted.
            Operation::Experts(_) | Operation::HeadsIn { .. } | Operation::HeadsOut { .. } => {
                for one in weight.each() {
                    let stored = self.stored(layer, one.role, param)?;
                    (at_hand.0).insert((one.role, param), stored.to_device(self.device)?);
                }
                return Ok(());
            }
            // The norms of all heads are stacked: `[head, d_head]`.
            _ if weight.members > 1 => {
                let heads = weight.each().map(|one| self.tensor(layer, one.role, param));
                let heads: Vec<Tensor> = heads.collect::<Result<_>>()?;
                Stored::Numbers(Tensor::f_stack(&heads, 0)?)
            }
            _ => Stored::Numbers(self.tensor(layer, weight.role, param)?),
        };
        at_hand.0.insert(key, stored);
        Ok(())
    }

    /// The tensor in the kind and on the device of the computation.
    fn tensor(&self, layer: Layer, role: Role, param: Param) -> Result<Tensor> {
        let stored = self.stored(layer, role, param)?.to_device(self.device)?;
        Ok(stored.numbers()?.f_to_kind(self.kind)?)
    }

    /// The tensor as it is stored, viewed as `[out, in]` if the file has it transposed.
    fn stored(&self, layer: Layer, role: Role, param: Param) -> Result<Stored> {
        let weight = self.checkpoint.weight(layer, role, param)?;
        let weight = weight.ok_or_else(|| missing(role))?;
        let own = (self.instead).and_then(|own| own.get(weight.name.as_str()));
        Ok(match (own, &weight.scales) {
            (Some(own), _) => Stored::Numbers(rows_of(&member_of(own, &weight)?, &weight)?),
            // A packed tensor already has its role's axes.
            (None, Some(_)) => Stored::Packed(Packed::of(&weight)?.map(|t| rows_of(t, &weight))?),
            (None, None) => match InBlocks::of(&weight)? {
                Some(blocks) => Stored::InBlocks(blocks),
                None => Stored::Numbers(rows_of(&decode(&weight)?, &weight)?),
            },
        })
    }
}

/// The tensor of this weight in one that may stack several.
fn member_of(tensor: &Tensor, weight: &Weight) -> Result<Tensor> {
    let Some(member) = weight.member else {
        return Ok(tensor.shallow_clone());
    };
    let own = weight.shape.iter().map(|n| *n as i64);
    let stacked: Vec<i64> = std::iter::once(-1).chain(own).collect();
    Ok(tensor.f_reshape(&stacked)?.f_select(0, member as i64)?)
}

/// This weight's rows of a tensor that is `[out, in]`.
fn rows_of(tensor: &Tensor, weight: &Weight) -> Result<Tensor> {
    let tensor = if weight.transposed {
        tensor.f_transpose(0, 1)?
    } else {
        tensor.shallow_clone()
    };
    Ok(match &weight.part {
        None => tensor,
        Some(WeightPart::Rows(rows)) => tensor.f_narrow(0, rows.start as i64, rows.len() as i64)?,
        Some(WeightPart::Columns(columns)) => {
            tensor.f_narrow(1, columns.start as i64, columns.len() as i64)?
        }
        &Some(WeightPart::Turns {
            first,
            width,
            period,
        }) => tensor
            .f_unflatten(0, [-1, period as i64])?
            .f_narrow(1, first as i64, width as i64)?
            .f_flatten(0, 1)?,
    })
}

pub fn missing(role: Role) -> EngineError {
    EngineError::Torch(format!("this checkpoint binds no weight for {role:?}"))
}
