//! The graph with its numbers: values of nodes, and weights by the nodes that read them.

use super::super::operands::read::Reader;
use super::expert::Expert;
use super::{Spot, short};
use crate::graph::arch::Arch;
use crate::graph::named::{self, Named};
use crate::graph::operation::Operation;
use crate::graph::role::Param;
use crate::graph::{Graph, Node, NodeId};
use crate::trace::hook;
use crate::trace::intervention::Intervention;
use crate::trace::operands::Cell;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::query::Query;
use crate::trace::source::{Control, Pass, Source, SourceError};
use crate::trace::tensor::Slice;

/// The value that is asked about.
pub enum Found {
    Node(NodeId),
    /// The parts of this node's output that heads add.
    Head(NodeId),
    Expert(Expert),
}

pub struct Values<'a> {
    pub graph: Graph,
    pub arch: Arch,
    pub named: Vec<Named>,
    pub passes: Vec<Pass>,
    changes: Vec<Intervention>,
    pub reader: Reader<'a>,
}

impl<'a> Values<'a> {
    pub fn new(source: &'a mut dyn Source, control: &'a Control, pass: usize) -> Values<'a> {
        let arch = Arch::of_trace(source.model(), &source.passes()[pass].plan);
        let graph = Graph::new(&arch);
        Values {
            named: graph.named_weights(arch.mlp.gated),
            graph,
            arch,
            passes: source.passes().to_vec(),
            changes: source.interventions().to_vec(),
            reader: Reader::new(source, control),
        }
    }

    /// The value of this name in any spelling.
    pub fn find(&self, pass: usize, point: &str) -> Option<Found> {
        let plan = &self.passes[pass].plan;
        let known = plan.find(point).map(|at| &plan.points()[at].name[..]);
        if let Some(id) = self.graph.find(known.unwrap_or(point)) {
            return Some(Found::Node(id));
        }
        if let Some(expert) = Expert::find(self, point) {
            return Some(Found::Expert(expert));
        }
        let (block, _) = hook::in_block(point)?;
        let full = format!("blocks.{block}.attn.hook_result");
        if !hook::spellings(&full).iter().any(|form| form == point) {
            return None;
        }
        let z = self.graph.find(&format!("blocks.{block}.attn.hook_z"))?;
        let mut nodes = self.graph.nodes();
        let is_map = |node: &Node| matches!(node.operation, Operation::Linear { .. });
        let (out, _) = nodes.find(|(_, node)| is_map(node) && node.inputs == [z])?;
        Some(Found::Head(out))
    }

    /// Whether an intervention changes a node's value, so that it is not what its operation makes.
    pub fn changed(&self, pass: usize, id: NodeId) -> bool {
        let node = self.graph.node(id);
        let here = |one: &Intervention| one.holds_in(pass) && one.point == node.name;
        node.hook && self.changes.iter().any(here)
    }

    /// A node's name, axes and shape in the form of a hook point; with `head`, those of one head's part of it.
    pub fn hook(&self, pass: usize, id: NodeId, head: bool) -> HookPoint {
        let node = self.graph.node(id);
        let (tokens, past) = (self.rows(pass), self.passes[pass].start);
        let mut axes: Vec<Axis> = node.shape.iter().map(|dim| dim.axis).collect();
        let lengths = node.shape.iter().map(|dim| dim.length(tokens, past));
        let mut shape: Vec<usize> = lengths.collect();
        let mut name = node.name.clone();
        if head {
            let module = name.split('.').take(2).collect::<Vec<_>>().join(".");
            name = format!("{module}.attn.hook_result");
            axes.insert(1, Axis::Head);
            let mixed = node.inputs.first().map(|id| self.graph.node(*id).shape[1]);
            shape.insert(1, mixed.map_or(1, |heads| heads.length(0, 0)));
        }
        HookPoint { name, axes, shape }
    }

    /// The number of tokens that a pass runs.
    pub fn rows(&self, pass: usize) -> usize {
        self.passes[pass].rows()
    }

    pub fn node(&self, spot: &Spot) -> &Node {
        self.graph.node(spot.id)
    }

    /// The first input of a spot's node.
    pub fn input(&self, spot: &Spot, i: usize) -> NodeId {
        let inputs = &self.node(spot).inputs;
        inputs.get(i).copied().unwrap_or(spot.id)
    }

    /// The length of a node's last axis.
    pub fn width(&self, pass: usize, id: NodeId) -> usize {
        let last = self.graph.node(id).shape.last();
        last.map_or(0, |dim| {
            dim.length(self.rows(pass), self.passes[pass].start)
        })
    }

    /// The name under which a value is asked for: that of a copy, where it has no hook point of its own.
    pub fn name(&self, id: NodeId) -> &str {
        let node = self.graph.node(id);
        if node.hook {
            return &node.name;
        }
        let copies = |node: &&Node| node.operation == Operation::Copy && node.inputs == [id];
        let mut nodes = self.graph.nodes().map(|(_, node)| node);
        nodes.find(copies).map_or(&node.name, |copy| &copy.name)
    }

    /// A node's formula with the names of its inputs and its weights.
    pub fn formula(&self, id: NodeId) -> String {
        let node = self.graph.node(id);
        let inputs: Vec<String> = node
            .inputs
            .iter()
            .map(|id| hook::in_formula(self.name(*id)))
            .collect();
        let leaf = |param| {
            self.named(node, param)
                .map(|named| hook::leaf(&named.point.name))
        };
        let weights = match (leaf(Param::Weight), leaf(Param::Bias)) {
            (Some(weight), Some(bias)) => format!("{weight} + {bias}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => String::new(),
        };
        let written = match node.operation {
            Operation::Affine { .. } => return self.norm(id, &weights),
            _ => node.operation.written(&inputs, &weights),
        };
        format!("{} = {written}", hook::in_formula(&node.name))
    }

    /// The formula of a norm's output, from what it reads.
    fn norm(&self, id: NodeId, weights: &str) -> String {
        let node = self.graph.node(id);
        let quotient = self.graph.node(node.inputs[0]);
        let read = self.graph.node(quotient.inputs[0]);
        let x = match read.operation {
            Operation::Centre => {
                format!("({0} − mean)", hook::in_formula(self.name(read.inputs[0])))
            }
            _ => hook::in_formula(self.name(quotient.inputs[0])),
        };
        let weights = match (&node.operation, weights) {
            (_, "") => String::new(),
            (Operation::Affine { offset, .. }, weights) if *offset != 0.0 => {
                format!(" ⊙ ({} + {weights})", short(*offset))
            }
            (_, weights) => format!(" ⊙ {weights}"),
        };
        let by = match node.operation {
            Operation::Affine { scale, .. } if scale != 1.0 => format!(" · {}", short(scale)),
            _ => String::new(),
        };
        format!(
            "{} = {x} / scale{weights}{by}",
            hook::in_formula(&node.name)
        )
    }

    /// A place of a value.
    pub fn cell(&self, pass: usize, id: NodeId, cell: &[usize]) -> Cell {
        Cell {
            pass: Some(pass),
            point: self.name(id).to_owned(),
            cell: cell.to_vec(),
        }
    }

    /// The numbers behind the first indices of a value, all of the last axis; `None` where they are not there.
    pub fn row(
        &mut self,
        pass: usize,
        id: NodeId,
        first: &[usize],
    ) -> Result<Option<Vec<f64>>, SourceError> {
        let slice = Slice::at(first);
        let point = self.name(id).to_owned();
        let query = Query::Values {
            pass,
            point: point.clone(),
            slice,
        };
        if let Some(found) = self.reader.read(&query)? {
            return Ok(Some(found));
        }
        // A sum that is not recorded is that of its parts.
        let node = self.graph.node(id);
        if node.operation == Operation::Ones {
            return Ok(Some(vec![1.0]));
        }
        let parts = match node.operation {
            Operation::Sum | Operation::Copy => node.inputs.clone(),
            _ => Vec::new(),
        };
        let mut sum: Option<Vec<f64>> = None;
        for part in &parts {
            let Some(found) = self.row(pass, *part, first)? else {
                return Ok(None);
            };
            sum = Some(match sum {
                Some(sum) => sum.iter().zip(found).map(|(a, b)| a + b).collect(),
                None => found,
            });
        }
        if parts.is_empty() {
            self.reader.lacks(&point);
        }
        Ok(sum)
    }

    /// One number of a value.
    pub fn one(&mut self, spot: &Spot) -> Result<Option<f64>, SourceError> {
        let found = self.row(spot.pass, spot.id, &spot.cell)?;
        Ok(found.and_then(|found| found.first().copied()))
    }

    /// The weight or the bias that a node reads, under its name.
    pub fn named(&self, node: &Node, param: Param) -> Option<&Named> {
        named::of_node(&self.named, node, param)
    }

    /// One number of a weight, by its place.
    pub fn weight(&mut self, cell: &Cell) -> Result<Option<f64>, SourceError> {
        self.reader.weight(cell)
    }
}
