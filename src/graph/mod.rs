//! How a model computes, as data: a graph of named values, built once from its [`Arch`].
//!
//! ```text
//! tokens ─▸ embed ─▸ blocks.0 ─▸ blocks.1 ─▸ … ─▸ unembed ─▸ logits
//!                       │ resid_pre ──────────────┬───────▸ resid_mid ─────────────┬──▸ resid_post
//!                       └▸ ln1 ▸ q k v ▸ scores ▸ pattern ▸ z ▸ attn_out           │
//!                                                         └▸ ln2 ▸ pre ▸ post ▸ mlp_out
//! ```
//!
//! A [`Node`] is one value: its name, its axes, the [`Operation`] that makes it, the nodes and the weights
//! that the operation reads. The functions under `build` are the one place that says how a model
//! computes. The plan of a pass, the forward pass, formulas and the weights that a file must hold are read
//! from the nodes.
//!
//! A value is a node if it has a hook point's name, two readers, a weight matrix of its own, or crosses a
//! layer. Smaller steps (scaling, bias, cap, mask) are parts of one operation.

pub mod activation;
pub mod arch;
pub mod block;
mod build;
pub(crate) mod factor;
pub mod formula;
pub mod heads;
pub mod indexer;
pub mod named;
pub mod ngrams;
pub mod operation;
mod pass;
mod positions;
pub mod reach;
mod recorded;
pub mod recurrence;
pub mod role;
mod schedule;
pub mod single;
pub mod streams;
mod written;

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use crate::trace::hook::Layer;
use crate::trace::plan::Axis;
use arch::Arch;
use operation::Operation;
use role::{Param, Role};

pub use schedule::Missing;

/// The index of a node in [`Graph::nodes`]. A node reads only nodes with lower indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct NodeId(pub usize);

/// One value of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// A hook point's full name; other values have a name of the same form.
    pub name: String,
    /// Whether the value is a hook point: part of the plan, and of traces.
    pub hook: bool,
    /// Whether the value is the residual stream, which the unembedding can read.
    pub residual: bool,
    /// The stack of layers that the value belongs to; every model has one stack, number 0.
    pub stack: usize,
    pub layer: Layer,
    pub operation: Operation,
    /// The nodes that the operation reads, in the operation's order.
    pub inputs: Vec<NodeId>,
    pub weights: Vec<Weight>,
    pub shape: Vec<Dim>,
}

/// One axis of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dim {
    pub axis: Axis,
    pub length: Length,
}

/// The length of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// The number of new tokens of the pass.
    Tokens,
    /// The number of tokens in earlier passes.
    Past,
    /// The number of all tokens: those of earlier passes and new ones.
    Keys,
    /// The number of whole runs of so many of them.
    Runs(usize),
    /// All tokens, and the whole runs of so many of them behind.
    KeysAndRuns(usize),
    Fixed(usize),
}

/// A tensor that an operation reads from the model's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// The weight's purpose; the first member's if there are several.
    pub role: Role,
    pub param: Param,
    /// `[out, in]` for a matrix; the shape of one member if there are several.
    pub shape: Vec<usize>,
    /// The number of members: experts, or heads with norms of their own.
    pub members: usize,
}

/// A model as nodes, in the order of execution.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    /// The layers with their nodes, in the order of execution.
    layers: Vec<(Layer, Range<usize>)>,
    by_name: HashMap<String, NodeId>,
    /// The values that later layers read, by the layer that makes them.
    crossing: Vec<Vec<NodeId>>,
    /// The values of earlier layers that each layer reads.
    entering: Vec<Vec<NodeId>>,
    /// The nodes that read each node.
    readers: Vec<Vec<NodeId>>,
}

impl Graph {
    /// The graph of a model.
    pub fn new(arch: &Arch) -> Graph {
        build::model(arch)
    }

    /// The graph of one layer alone, after a node that stands for the stream that enters it.
    pub fn of_layer(arch: &Arch, layer: Layer) -> Graph {
        // A layer that reads what another one made is no whole by itself.
        if arch.crosses() {
            return build::model(arch);
        }
        build::layer(arch, layer)
    }

    /// A graph of nodes that are given in the order of execution.
    pub fn of_nodes(nodes: Vec<Node>) -> Graph {
        let mut layers: Vec<(Layer, Range<usize>)> = Vec::new();
        let mut readers = vec![Vec::new(); nodes.len()];
        for (i, node) in nodes.iter().enumerate() {
            match layers.last_mut() {
                Some((layer, range)) if *layer == node.layer => range.end = i + 1,
                _ => layers.push((node.layer, i..i + 1)),
            }
            for input in &node.inputs {
                readers[input.0].push(NodeId(i));
            }
        }
        let crosses = |i: &usize| {
            let mut readers = readers[*i].iter();
            readers.any(|reader| nodes[reader.0].layer != nodes[*i].layer)
        };
        let of_layer = |(_, range): &(Layer, Range<usize>)| {
            range.clone().filter(crosses).map(NodeId).collect()
        };
        let entering = |(_, range): &(Layer, Range<usize>)| {
            let inputs = nodes[range.clone()].iter().flat_map(|node| &node.inputs);
            let mut ids: Vec<NodeId> = inputs.filter(|id| id.0 < range.start).copied().collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        Graph {
            entering: layers.iter().map(entering).collect(),
            crossing: layers.iter().map(of_layer).collect(),
            by_name: (nodes.iter().enumerate())
                .map(|(i, node)| (node.name.clone(), NodeId(i)))
                .collect(),
            nodes,
            layers,
            readers,
        }
    }

    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (self.nodes.iter().enumerate()).map(|(i, node)| (NodeId(i), node))
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The node with this full name.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.by_name.get(name).copied()
    }

    /// Layers in the order of execution.
    pub fn layers(&self) -> impl Iterator<Item = Layer> {
        self.layers.iter().map(|(layer, _)| *layer)
    }

    /// A layer's index in the order of execution.
    pub fn position(&self, layer: Layer) -> Option<usize> {
        self.layers.iter().position(|(known, _)| *known == layer)
    }

    /// The index of a node's layer in the order of execution.
    pub fn position_of(&self, id: NodeId) -> usize {
        self.layers.partition_point(|(_, nodes)| nodes.end <= id.0)
    }

    /// The nodes of the layer at index `position` of the order of execution.
    pub fn layer_nodes(&self, position: usize) -> impl Iterator<Item = (NodeId, &Node)> {
        let range = self.layers[position].1.clone();
        range.map(|i| (NodeId(i), &self.nodes[i]))
    }

    /// The nodes of the layer at index `position` that later layers read.
    pub fn crossing(&self, position: usize) -> &[NodeId] {
        &self.crossing[position]
    }

    /// The nodes of earlier layers that the layer at index `position` reads.
    pub fn entering(&self, position: usize) -> &[NodeId] {
        &self.entering[position]
    }

    /// The hook points of the layer at index `position` that its residual sums are made of: the values that are added,
    /// and the heads' vectors that such a value is a linear map of.
    pub fn addends(&self, position: usize) -> Vec<NodeId> {
        let sums = self.layer_nodes(position).map(|(_, node)| node);
        let is_row = |node: &&Node| {
            node.shape.iter().all(|dim| dim.axis != Axis::DMlp) && node.shape.len() == 2
        };
        let sums = sums
            .filter(|node| node.operation == Operation::Sum)
            .filter(is_row);
        let added = sums.flat_map(|node| &node.inputs).copied();
        let here = |id: &NodeId| self.position_of(*id) == position && self.node(*id).hook;
        let mut addends: Vec<NodeId> = added.filter(here).collect();
        let mixed: Vec<NodeId> = (addends.iter().map(|id| self.node(*id)))
            .filter(|node| matches!(node.operation, Operation::Linear { .. }))
            .filter_map(|node| node.inputs.first().copied())
            .filter(|id| {
                here(id)
                    && self
                        .node(*id)
                        .shape
                        .iter()
                        .any(|dim| dim.axis == Axis::Head)
            })
            .collect();
        addends.extend(mixed);
        addends
    }

    /// The weights that a layer reads, one entry for each tensor, in the order in which they are read.
    pub fn weights(&self, layer: Layer) -> impl Iterator<Item = Weight> {
        let position = self.position(layer);
        let nodes = position.into_iter().flat_map(|i| self.layer_nodes(i));
        nodes.flat_map(|(_, node)| node.weights.iter().flat_map(Weight::each))
    }

    /// The shape of one weight of a layer, `[out, in]` for a matrix; `None` if the layer does not read it.
    pub fn weight_shape(&self, layer: Layer, role: Role, param: Param) -> Option<&[usize]> {
        let position = self.position(layer)?;
        let mut weights = (self.layer_nodes(position)).flat_map(|(_, node)| &node.weights);
        let found = weights.find(|w| w.param == param && w.role == role.with_member(0));
        found.map(|weight| &weight.shape[..])
    }
}

impl Weight {
    /// One entry for each member.
    pub fn each(&self) -> impl Iterator<Item = Weight> {
        // One that stands alone keeps its number.
        let first = match self.members {
            1 => self.role.member().unwrap_or(0),
            _ => 0,
        };
        (first..first + self.members).map(|member| Weight {
            role: self.role.with_member(member),
            members: 1,
            ..self.clone()
        })
    }
}

impl Dim {
    pub fn new(axis: Axis, length: usize) -> Dim {
        Dim {
            axis,
            length: Length::Fixed(length),
        }
    }

    /// The axis's length in a pass of `tokens` new tokens after `past` others.
    pub fn length(self, tokens: usize, past: usize) -> usize {
        match self.length {
            Length::Tokens => tokens,
            Length::Past => past,
            Length::Keys => past + tokens,
            Length::Runs(every) => (past + tokens) / every.max(1),
            Length::KeysAndRuns(every) => past + tokens + (past + tokens) / every.max(1),
            Length::Fixed(n) => n,
        }
    }
}

impl Node {
    /// The number of elements in one token's row: the product of the axes with a fixed length.
    pub fn width(&self) -> usize {
        let fixed = self.shape.iter().map(|dim| match dim.length {
            Length::Fixed(n) => n,
            _ => 1,
        });
        fixed.product()
    }
}
