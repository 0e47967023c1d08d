//! `layerwise inspect --graph`: a model's graph as text or JSON.

use color_eyre::Result;
use serde::Serialize;
use serde_json::Value;

use crate::graph::arch::Arch;
use crate::graph::formula::Formula;
use crate::graph::role::{Param, Role};
use crate::graph::{Graph, Node, NodeId};
use crate::trace::hook::{self, Layer};
use crate::trace::plan::Axis;

/// A graph as it is printed, with the lengths of one pass.
#[derive(Serialize)]
pub struct GraphListing {
    tokens: usize,
    nodes: Vec<NodeListing>,
}

#[derive(Serialize)]
struct NodeListing {
    name: String,
    /// Whether it is a hook point.
    hook: bool,
    residual: bool,
    operation: String,
    /// Facts that the operation needs besides its inputs and weights.
    options: Value,
    formula: String,
    inputs: Vec<String>,
    weights: Vec<WeightListing>,
    axes: Vec<Axis>,
    shape: Vec<usize>,
}

#[derive(Serialize)]
struct WeightListing {
    role: String,
    param: Param,
    shape: Vec<usize>,
    /// How many are alike, such as experts.
    members: usize,
}

impl GraphListing {
    /// The graph of `arch` in a first pass of so many tokens; `certain` as in [`Formula::certain`].
    pub fn new(arch: &Arch, tokens: usize, certain: bool) -> Result<GraphListing> {
        let graph = Graph::new(arch);
        let formula = Formula {
            arch,
            graph: &graph,
            tokens,
            past: 0,
            certain,
        };
        let nodes = graph.nodes().map(|(id, node)| listing(&formula, id, node));
        Ok(GraphListing {
            tokens,
            nodes: nodes.collect::<Result<_>>()?,
        })
    }

    /// A line for each node: its name, what makes it of what, its axes.
    pub fn text(&self) -> String {
        let width = |of: fn(&NodeListing) -> usize| self.nodes.iter().map(of).max().unwrap_or(0);
        let name = width(|node| node.name.len());
        let operation = width(|node| node.operation.len());
        let axes = width(|node| node.axes().len());
        let line = |node: &NodeListing| {
            let mark = match (node.residual, node.hook) {
                (true, _) => '▸',
                (false, true) => ' ',
                (false, false) => '·',
            };
            let made_of = node.inputs.iter().map(|input| node.beside(input));
            let weights = node.weights.iter().map(WeightListing::text);
            let made_of: Vec<String> = made_of.chain(weights).collect();
            format!(
                "{mark} {:<name$}  {:<operation$}  {:<axes$}  {}",
                node.name,
                node.operation,
                node.axes(),
                made_of.join(", ")
            )
            .trim_end()
            .to_owned()
        };
        let mut lines: Vec<String> = self.nodes.iter().map(line).collect();
        lines.push(String::new());
        lines.push("▸ residual stream   · no hook point".into());
        lines.join("\n") + "\n"
    }
}

impl NodeListing {
    /// `[token 4, d_model 64]`
    fn axes(&self) -> String {
        let axes = self.axes.iter().zip(&self.shape);
        let axes = axes.map(|(axis, length)| match axis {
            Axis::One => "1".into(),
            _ => format!("{} {length}", axis.word()),
        });
        format!("[{}]", axes.collect::<Vec<_>>().join(", "))
    }

    /// An input's name, without the block where it is this node's own.
    fn beside(&self, input: &str) -> String {
        let block = match hook::layer_of(&self.name) {
            Some(layer @ Layer::Block(_)) => format!("{layer}."),
            _ => String::new(),
        };
        input.strip_prefix(&block).unwrap_or(input).to_owned()
    }
}

impl WeightListing {
    /// `W query [64×64]`, `b query [64]`, `W expert_in [32×64] ×8`.
    fn text(&self) -> String {
        let letter = match self.param {
            Param::Weight => 'W',
            Param::Bias => 'b',
        };
        let lengths: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        let members = match self.members {
            1 => String::new(),
            n => format!(" ×{n}"),
        };
        format!("{letter} {} [{}]{members}", self.role, lengths.join("×"))
    }
}

fn listing(formula: &Formula, id: NodeId, node: &Node) -> Result<NodeListing> {
    let (operation, options) = tag(&node.operation)?;
    let name = |id: &NodeId| hook::short(&formula.graph.node(*id).name);
    let weight = |weight: &crate::graph::Weight| {
        let (role, _) = tag::<Role>(&weight.role)?;
        Ok(WeightListing {
            role,
            param: weight.param,
            shape: weight.shape.clone(),
            members: weight.members,
        })
    };
    Ok(NodeListing {
        name: hook::short(&node.name),
        hook: node.hook,
        residual: node.residual,
        operation,
        options,
        formula: formula.of(id),
        inputs: node.inputs.iter().map(name).collect(),
        weights: node.weights.iter().map(weight).collect::<Result<_>>()?,
        axes: node.shape.iter().map(|dim| dim.axis).collect(),
        shape: (node.shape.iter())
            .map(|dim| dim.length(formula.tokens, formula.past))
            .collect(),
    })
}

/// An enum's variant by name, and what it holds.
fn tag<T: Serialize>(value: &T) -> Result<(String, Value)> {
    Ok(match serde_json::to_value(value)? {
        Value::Object(object) => match object.into_iter().next() {
            Some((name, options)) => (name, options),
            None => (String::new(), Value::Null),
        },
        Value::String(name) => (name, Value::Null),
        other => (other.to_string(), Value::Null),
    })
}
