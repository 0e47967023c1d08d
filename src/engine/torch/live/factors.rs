//! The numbers of the frozen way back: weights, and the rows that a pass divides and multiplies by.

use tch::{Device, Kind, Tensor};

use super::super::{Result, norm, streams};
use super::{Live, Value};
use crate::graph::operation::Operation;
use crate::graph::role::Param;
use crate::graph::{Node, NodeId};
use crate::trace::source::{Control, SourceError};

/// A row of a pass.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub pass: usize,
    pub row: usize,
}

impl Live {
    /// The weight `[out, in]` and bias `[out]` of a linear map, in the kind of the pass.
    pub(super) fn matrix(&mut self, id: NodeId) -> Result<(Tensor, Option<Tensor>)> {
        let graph = self.graph.clone();
        let node = graph.node(id);
        let role = node.weights.first().map(|weight| weight.role);
        let mut resident = self.weights();
        let weights = resident.weights(node.layer, &[id])?;
        let bias = role.and_then(|role| weights.optional(role, Param::Bias));
        let bias = bias.map(Tensor::shallow_clone);
        Ok((weights.of(role)?.shallow_clone(), bias))
    }

    /// The factor of each element, and the bias, of a norm's last step; each `[d]`.
    pub(super) fn affine_of(
        &mut self,
        id: NodeId,
        offset: f64,
        scale: f64,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let graph = self.graph.clone();
        let node = graph.node(id);
        let mut resident = self.weights();
        let weights = resident.weights(node.layer, &[id])?.affine(node);
        let weight = weights.weight.map(plain).transpose()?;
        let own = norm::Weights {
            weight: weight.as_ref(),
            bias: None,
        };
        let ones = Tensor::f_ones([node.width() as i64], (Kind::Double, Device::Cpu))?;
        let stretch = norm::affine(&ones, own, offset)?.f_mul_scalar(scale)?;
        let bias = match weights.bias {
            Some(bias) => Some(plain(bias)?.f_mul_scalar(scale)?),
            None => None,
        };
        Ok((stretch, bias))
    }

    /// The factor of the value at `place` behind the first input of a node that mixes values by numbers of their token,
    /// which are held as they are; 1 for other nodes.
    pub(super) fn share_of(
        &mut self,
        at: Row,
        node: &Node,
        place: usize,
        control: &Control,
    ) -> Result<Tensor> {
        let mut row = |i: usize| self.row_of(at, node.inputs[i], control);
        Ok(match (&node.operation, place) {
            (Operation::Resize { least }, _) => streams::sizes(&row(0)?, &row(1)?, *least)?,
            (Operation::Blend { first }, 1..) => row(0)?.f_get((first + place - 1) as i64)?,
            (Operation::Correct { at }, 0) => row(0)?.f_get(*at as i64)?.f_add_scalar(1.0)?,
            (Operation::Correct { at }, 1) => {
                let share = row(0)?.f_get(*at as i64)?;
                share.f_add_scalar(1.0)?.f_neg()?
            }
            _ => Tensor::from(1.0),
        })
    }

    /// Rows that enter a node at `place` of its linear inputs, as they leave it: in shares that are held as they are.
    /// `[k, …]`
    pub(super) fn through_streams(
        &mut self,
        at: Row,
        node: &Node,
        (place, rows): (usize, &Tensor),
        control: &Control,
    ) -> Result<Tensor> {
        let mut row = |i: usize| self.row_of(at, node.inputs[i], control);
        Ok(match (&node.operation, place) {
            (Operation::Spread, _) => {
                let count = node.width() as i64 / rows.size()[1];
                streams::laid_out(node, streams::spread(rows, count)?)? // [k, stream, d_model]
            }
            (Operation::Gather { each: false }, _) => streams::gathered(&row(0)?, rows)?,
            (Operation::Gather { each: true }, _) => {
                streams::gathered_each(&row(0)?, rows, node.width() as i64)?
            }
            (Operation::Scatter, 0) => {
                streams::laid_out(node, streams::shared_out(&row(0)?, rows)?)? // [k, stream, d_model]
            }
            (Operation::Scatter, _) if node.inputs.len() > 3 => {
                row(3)?.f_transpose(-2, -1)?.f_matmul(rows)?
            }
            (Operation::Scatter, _) => rows.shallow_clone(),
            _ => rows.f_mul(&self.share_of(at, node, place, control)?)?,
        })
    }

    /// The factor of each element, or of all, that a node multiplies by.
    pub(super) fn factor_of(&mut self, id: NodeId, by: f64) -> Result<Tensor> {
        let graph = self.graph.clone();
        let node = graph.node(id);
        let mut resident = self.weights();
        let weights = resident.weights(node.layer, &[id])?.affine(node);
        Ok(match weights.weight.map(plain).transpose()? {
            Some(weight) => weight.f_mul_scalar(by)?,
            None => Tensor::from(by),
        })
    }

    /// A node's row in float64 on the host, without its token axis.
    pub(super) fn row_of(&mut self, at: Row, id: NodeId, control: &Control) -> Result<Tensor> {
        let value = self.value_of(at.pass, id, control)?;
        plain(&value.rows(at.row..at.row + 1)?.f_squeeze_dim(0)?)
    }

    /// The value of any node, hook point or not.
    pub(super) fn value_of(&mut self, pass: usize, id: NodeId, control: &Control) -> Result<Value> {
        if self.graph.node(id).hook {
            return self.activation(pass, id, control);
        }
        let position = self.graph.position_of(id);
        self.run_before(pass, position, control)?;
        let value = self.run_layer(pass, position, &[id])?.pop();
        Ok(value.ok_or_else(|| SourceError::Other("a layer without its value".into()))?)
    }
}

/// The tensor in float64 on the host.
pub(super) fn plain(tensor: &Tensor) -> Result<Tensor> {
    Ok(tensor.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?)
}
