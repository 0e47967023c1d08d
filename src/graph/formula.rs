//! Formulas of nodes, with the names of what they read and the shapes of the pass:
//! `q = ln1.out · W_Q + b_Q   [4×64]·[64×64] → 4 heads of 16`. `·` is the matrix product and `⊙` the product
//! of elements. Three spaces separate the shapes.

use super::arch::{Arch, Positions};
use super::operation::Operation;
use super::role::{Param, Role};
use super::{Graph, Length, Node, NodeId};
use crate::trace::hook;
use crate::trace::plan::Axis;

/// Formulas of a pass of `tokens` new tokens after `past` others.
pub struct Formula<'a> {
    pub arch: &'a Arch,
    pub graph: &'a Graph,
    pub tokens: usize,
    pub past: usize,
    /// Whether the architecture is known. If not, only the names of hook points are.
    pub certain: bool,
}

impl Formula<'_> {
    /// The formula of one node; empty for a value that is given.
    pub fn of(&self, id: NodeId) -> String {
        let node = self.graph.node(id);
        if node.operation.is_input() || node.operation.leaves_state() {
            return String::new();
        }
        let x: Vec<String> = (0..node.inputs.len())
            .map(|i| self.input(node, i))
            .collect();
        let name = match hook::module_of(&node.name) {
            Some("pooler" | "pooling" | "mlm_head") if hook::leaf(&node.name) == "out" => {
                hook::short(&node.name)
            }
            _ => hook::leaf(&hook::in_formula(&node.name)).to_owned(),
        };
        let (written, shapes) = match self.doubtful(node, &x) {
            Some(doubtful) => (doubtful, self.shapes(node)),
            None => {
                let written = node.operation.written(&x, &self.weights(node));
                // A formula with a cap leaves less room for shapes.
                let shapes = match node.operation {
                    Operation::Linear { cap: Some(_), .. } => self.map(node),
                    _ => self.shapes(node),
                };
                (written, shapes)
            }
        };
        format!("{name} = {written}   {shapes}")
    }

    /// The formula of an operation that the names of hook points alone do not determine.
    fn doubtful(&self, node: &Node, x: &[String]) -> Option<String> {
        if self.certain {
            return None;
        }
        let d_head = || {
            self.graph
                .node(node.inputs[0])
                .shape
                .last()
                .map_or(0, |d| d.length(0, 0))
        };
        Some(match node.operation {
            Operation::Scores(_) => {
                format!("{}·{}ᵀ · scale (mostly 1/√{})", x[0], x[1], d_head())
            }
            Operation::Affine { .. } => "normalized ⊙ weight (+ bias)".into(),
            Operation::Activate(_) => format!("act({})", x[0]),
            Operation::Gate(_) => format!("act({}) ⊙ {}", x[0], x[1]),
            _ => return None,
        })
    }

    /// The weights of a node as its formula writes them: `W_Q + b_Q`.
    fn weights(&self, node: &Node) -> String {
        let role = node.weights.first().map(|weight| weight.role);
        let has = |param: Param| node.weights.iter().any(|weight| weight.param == param);
        let with = |there: bool, text: &str| {
            if there {
                text.to_owned()
            } else {
                String::new()
            }
        };
        if let Operation::Affine { .. } = node.operation {
            let weight = with(has(Param::Weight), " ⊙ weight");
            return weight + &with(has(Param::Bias), " + bias");
        }
        let symbol = match role {
            Some(Role::Embed | Role::NGramTable(_)) => "E",
            Some(Role::SegmentEmbed) => "seg",
            Some(Role::PosEmbed) => "pos",
            Some(Role::Query) => "Q",
            Some(Role::Key | Role::NGramKey) => "K",
            Some(Role::Value | Role::NGramValue) => "V",
            Some(Role::AttnOut) => "O",
            Some(Role::MlpIn) if self.arch.mlp.gated => "gate",
            Some(Role::MlpIn | Role::MlpLinear) => "in",
            Some(Role::MlpOut) => "out",
            Some(Role::Router) => "router",
            Some(Role::Pooler) => "pool",
            Some(Role::Transform) => "head",
            Some(Role::Unembed) => "U",
            _ => "proj",
        };
        format!("W_{symbol}") + &with(has(Param::Bias), &format!(" + b_{symbol}"))
    }

    /// The shapes at the end of a formula.
    fn shapes(&self, node: &Node) -> String {
        let (tokens, keys) = (self.tokens, self.past + self.tokens);
        let (heads, d_head) = (
            self.length(node, Axis::Head),
            self.length(node, Axis::DHead),
        );
        match &node.operation {
            Operation::Linear { .. } => {
                let inputs = node.weights.first().map_or(0, |weight| weight.shape[1]);
                let rows = match node.shape.first().map(|dim| dim.length) {
                    Some(Length::Tokens) => format!("[{tokens}×{inputs}]"),
                    _ => format!("[{inputs}]"),
                };
                let heads = match node.shape[..] {
                    [_, heads, _] => format!(" → {} heads of {d_head}", heads.length(0, 0)),
                    _ => String::new(),
                };
                format!("{rows}·{}{heads}", self.map(node))
            }
            Operation::HeadNorm { .. } if d_head > 0 => format!("heads of {d_head}"),
            Operation::Rotate { rope } => {
                let ropes = match &self.arch.positions {
                    Positions::Rotary(rotary) => &rotary.ropes[..],
                    _ => &[],
                };
                let turned = ropes.get(*rope).map_or(0, |rope| rope.d_rotary);
                let turned = if turned == 0 { d_head } else { turned };
                format!("{turned} of {d_head} dimensions")
            }
            Operation::Scores(scores) if scores.cap.is_some() => format!("× {heads} heads"),
            Operation::Scores(_) => {
                let width = self.graph.node(node.inputs[0]).shape.last();
                let width = width.map_or(0, |dim| dim.length(0, 0));
                format!("[{tokens}×{width}]·[{width}×{keys}] × {heads} heads")
            }
            Operation::Pattern { .. } => format!("[{tokens}×{keys}] in each of {heads} heads"),
            Operation::Mix => {
                format!("[{tokens}×{keys}]·[{keys}×{d_head}] in each of {heads} heads")
            }
            Operation::Choose { .. } | Operation::Shares { .. } => format!("{tokens} tokens"),
            Operation::Pool(_) => format!("[{tokens}×{0}] → [{0}]", node.width()),
            Operation::Join => format!("{heads} heads of {d_head}"),
            _ => {
                let lengths = node
                    .shape
                    .iter()
                    .map(|dim| dim.length(tokens, self.past).to_string());
                format!("[{}]", lengths.collect::<Vec<_>>().join("×"))
            }
        }
    }

    /// The matrix of a linear map, `[64×64]`: input length × output length.
    fn map(&self, node: &Node) -> String {
        let shape = node.weights.first().map(|weight| &weight.shape[..]);
        match shape {
            Some(&[outputs, inputs]) => format!("[{inputs}×{outputs}]"),
            _ => String::new(),
        }
    }

    /// An input's name inside its block. States and unnamed steps are replaced by what they hold.
    fn input(&self, node: &Node, i: usize) -> String {
        let input = self.graph.node(node.inputs[i]);
        let module = hook::module_of(&node.name);
        match &input.operation {
            Operation::Tokens => return "token ids".into(),
            Operation::Segments => return "segment".into(),
            Operation::Append => return self.input(input, 0),
            Operation::Pool(_) if !input.hook => return format!("{}[0]", self.input(input, 0)),
            Operation::Centre => return "(x − mean)".into(),
            Operation::RootMeanSquare { .. } | Operation::Length => return "scale".into(),
            _ => {}
        }
        match node.operation {
            Operation::RootMeanSquare { .. } => return "x".into(),
            Operation::Divide if module != Some("pooling") => return "x".into(),
            Operation::Length => return "out".into(),
            _ => {}
        }
        let name = hook::short(&input.name);
        let own = format!("{}.", input.layer);
        let name = match name.strip_prefix(&own) {
            Some(inner) if node.layer == input.layer => inner,
            _ => &name,
        };
        match name.split_once('.') {
            Some(("attn" | "mlp" | "altup", leaf)) if leaf != "out" => leaf.to_owned(),
            Some((_, "normalized")) => "normalized".into(),
            _ => name.to_owned(),
        }
    }

    fn length(&self, node: &Node, axis: Axis) -> usize {
        let found = node.shape.iter().find(|dim| dim.axis == axis);
        found.map_or(0, |dim| dim.length(self.tokens, self.past))
    }
}
