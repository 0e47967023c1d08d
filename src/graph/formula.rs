//! Operations written down: `q = ln1.out · W_Q + b_Q   [4×64]·[64×64] → 4 heads of 16`. `·` is the product
//! of matrices, `⊙` that of elements; shapes stand behind three spaces.

use super::arch::{Activation, Arch, PoolRows, Positions};
use super::operation::{Operation, Scores};
use super::role::{Param, Role};
use super::{Graph, Length, Node, NodeId};
use crate::trace::hook;
use crate::trace::plan::Axis;

/// How one node is computed in a pass of `tokens` new tokens after `past` others.
pub struct Formula<'a> {
    pub arch: &'a Arch,
    pub graph: &'a Graph,
    pub tokens: usize,
    pub past: usize,
    /// Whether more is known of the model than the names of its hook points.
    pub certain: bool,
}

impl Formula<'_> {
    /// The formula, empty for what is given.
    pub fn of(&self, id: NodeId) -> String {
        let node = self.graph.node(id);
        let (name, own) = (hook::leaf(&node.name), self.shape(node));
        let x = || self.input(node, 0);
        match &node.operation {
            Operation::Tokens | Operation::Segments | Operation::Past | Operation::Append => {
                String::new()
            }
            Operation::Lookup { scale } => {
                let (table, ids) = match node.weights.first().map(|w| w.role) {
                    Some(Role::SegmentEmbed) => ("W_seg", "segment"),
                    _ => ("W_E", "token ids"),
                };
                format!("{name} = {table}[{ids}]{}   {own}", times_root(*scale))
            }
            Operation::Positions { .. } => format!("{name} = W_pos[position]   {own}"),
            Operation::Sinusoids => {
                let d = self.arch.d_model;
                format!(
                    "{name}[2i] = sin(position / 10000^(2i/{d})), [2i+1] = cos(the same)   {own}"
                )
            }
            Operation::Copy => format!("{name} = what all earlier layers have added up   {own}"),
            Operation::Sum => format!("{name} = {}   {own}", self.inputs(node).join(" + ")),
            Operation::Linear { scale, cap } => self.linear(node, *scale, *cap),
            Operation::Centre => format!("{name} = {} − mean   {own}", x()),
            Operation::RootMeanSquare { .. } => {
                format!("{name} = √(mean({}²) + ε)   {own}", self.row(node))
            }
            Operation::Divide if hook::module_of(&node.name) == Some("pooling") => {
                format!("{name} = pooling.out / scale   {own}")
            }
            Operation::Divide => format!("{name} = {} / scale   {own}", self.row(node)),
            Operation::Affine { offset } => {
                format!("{name} = {}   {own}", self.affine(node, *offset))
            }
            Operation::HeadNorm { .. } => {
                format!(
                    "{name} = norm({})   heads of {}",
                    x(),
                    self.length(node, Axis::DHead)
                )
            }
            Operation::Rotate { rope } => {
                let turned = match &self.arch.positions {
                    Positions::Rotary(rotary) => rotary.ropes.get(*rope).map(|rope| rope.d_rotary),
                    _ => None,
                };
                let d_head = self.length(node, Axis::DHead);
                let turned = turned.filter(|n| *n > 0);
                let turned =
                    turned.map_or(String::new(), |n| format!("   {n} of {d_head} dimensions"));
                format!(
                    "{name} = {} turned by position × frequency (RoPE){turned}",
                    x()
                )
            }
            Operation::Scores(scores) => self.scores(node, scores),
            Operation::Pattern { sinks } => {
                let of = if *sinks {
                    "softmax([scores, sink]), sink left out"
                } else {
                    "softmax(scores)"
                };
                let (tokens, keys) = (self.tokens, self.past + self.tokens);
                format!(
                    "{name} = {of}   [{tokens}×{keys}] in each of {} heads",
                    self.length(node, Axis::Head)
                )
            }
            Operation::Mix => {
                let (tokens, keys, d_head) = (
                    self.tokens,
                    self.past + self.tokens,
                    self.length(node, Axis::DHead),
                );
                let heads = self.length(node, Axis::Head);
                format!(
                    "{name} = pattern · {}   [{tokens}×{keys}]·[{keys}×{d_head}] in each of {heads} heads",
                    self.input(node, 1)
                )
            }
            Operation::Activate(activation) => {
                format!("{name} = {}({})   {own}", self.activation(*activation), x())
            }
            Operation::Gate(gate) => {
                format!(
                    "{name} = {}({}) ⊙ {}   {own}",
                    self.activation(gate.activation),
                    x(),
                    self.input(node, 1)
                )
            }
            Operation::Choose { .. } => {
                format!(
                    "{name} = the experts with the largest shares   {} tokens",
                    self.tokens
                )
            }
            Operation::Shares { renormalise } => {
                let sum = if *renormalise {
                    ", made to sum to 1"
                } else {
                    ", the rest 0"
                };
                format!(
                    "{name} = top(softmax({})){sum}   {} tokens",
                    x(),
                    self.tokens
                )
            }
            Operation::Experts(e) => format!(
                "{name} = Σ share · expert({}){}   {own}",
                x(),
                times(e.scale)
            ),
            Operation::Pool(_) => {
                let name = hook::short(&node.name);
                format!(
                    "{name} = {}, all rows as one   [{}×{}] → {own}",
                    x(),
                    self.tokens,
                    node.width()
                )
            }
            Operation::Length => format!("{name} = √(Σ out²)   [{}] → [1]", self.arch.d_model),
        }
    }

    fn linear(&self, node: &Node, scale: f64, cap: Option<f64>) -> String {
        let name = match hook::module_of(&node.name) {
            Some("attn" | "mlp") | None => hook::leaf(&node.name).to_owned(),
            Some(_) => hook::short(&node.name),
        };
        let weight = node.weights.iter().find(|w| w.param == Param::Weight);
        let symbol = weight.map_or("?", |w| self.symbol(w.role));
        let mut product = format!("{} · W_{symbol}", self.input(node, 0));
        if node.weights.iter().any(|w| w.param == Param::Bias) {
            product += &format!(" + b_{symbol}");
            if scale != 1.0 {
                product = format!("({product})");
            }
        } else if scale != 1.0 && self.input(node, 0) == "z" {
            product = format!("({product})");
        }
        product += &times(scale);
        let (inputs, outputs) = weight.map_or((0, 0), |w| (w.shape[1], w.shape[0]));
        let map = format!("[{inputs}×{outputs}]");
        let rows = match node.shape.first().map(|dim| dim.length) {
            Some(Length::Tokens) => format!("[{}×{inputs}]", self.tokens),
            _ => format!("[{inputs}]"),
        };
        let heads = match node.shape[..] {
            [_, heads, d_head] => {
                format!(" → {} heads of {}", heads.length(0, 0), d_head.length(0, 0))
            }
            _ => String::new(),
        };
        match cap.map(short) {
            None => format!("{name} = {product}   {rows}·{map}{heads}"),
            Some(cap) => format!("{name} = {cap} · tanh({product} / {cap})   {map}"),
        }
    }

    fn scores(&self, node: &Node, scores: &Scores) -> String {
        let (q, k) = (self.input(node, 0), self.input(node, 1));
        let (tokens, keys, heads) = (
            self.tokens,
            self.past + self.tokens,
            self.length(node, Axis::Head),
        );
        let d_head = self
            .graph
            .node(node.inputs[0])
            .shape
            .last()
            .map_or(0, |dim| dim.length(0, 0));
        let shapes = format!("[{tokens}×{d_head}]·[{d_head}×{keys}] × {heads} heads");
        if !self.certain {
            return format!("scores = {q}·{k}ᵀ · scale (mostly 1/√{d_head})   {shapes}");
        }
        let far = if scores.alibi {
            " − slope · distance"
        } else {
            ""
        };
        let product = format!("{q}·{k}ᵀ{}{far}", times_root(scores.scale));
        match scores.cap.map(short) {
            None => format!("scores = {product}   {shapes}"),
            Some(cap) => format!("scores = {cap} · tanh({product} / {cap})   × {heads} heads"),
        }
    }

    fn affine(&self, node: &Node, offset: f64) -> String {
        if !self.certain {
            return "normalized ⊙ weight (+ bias)".into();
        }
        let has = |param: Param| node.weights.iter().any(|w| w.param == param);
        let bias = if has(Param::Bias) { " + bias" } else { "" };
        match (has(Param::Weight), offset) {
            (false, _) => format!("normalized{bias}"),
            (true, 0.0) => format!("normalized ⊙ weight{bias}"),
            (true, offset) => format!("normalized ⊙ ({} + weight){bias}", short(offset)),
        }
    }

    fn activation(&self, activation: Activation) -> String {
        match self.certain {
            true => word(activation),
            false => "act".into(),
        }
    }

    /// A row of what a norm reads.
    fn row(&self, node: &Node) -> &'static str {
        match self.graph.node(node.inputs[0]).operation {
            Operation::Centre => "(x − mean)",
            _ => "x",
        }
    }

    fn symbol(&self, role: Role) -> &'static str {
        match role {
            Role::Query => "Q",
            Role::Key => "K",
            Role::Value => "V",
            Role::AttnOut => "O",
            Role::MlpIn if self.arch.mlp.gated => "gate",
            Role::MlpIn | Role::MlpLinear => "in",
            Role::MlpOut => "out",
            Role::Router => "router",
            Role::Pooler => "pool",
            Role::Transform => "head",
            Role::Unembed => "U",
            _ => "proj",
        }
    }

    fn inputs(&self, node: &Node) -> Vec<String> {
        (0..node.inputs.len())
            .map(|i| self.input(node, i))
            .collect()
    }

    /// An input as people read it inside its block. States and hidden steps give way to what they hold.
    fn input(&self, node: &Node, i: usize) -> String {
        let input = self.graph.node(node.inputs[i]);
        if let (Operation::Append | Operation::Pool(PoolRows::First), false) =
            (&input.operation, input.hook)
        {
            let inner = self.input(input, 0);
            return match input.operation {
                Operation::Append => inner,
                _ => format!("{inner}[0]"),
            };
        }
        let name = hook::short(&input.name);
        let own = format!("{}.", input.layer);
        let name = match node.layer == input.layer {
            true => name.strip_prefix(&own).unwrap_or(&name),
            false => &name,
        };
        let inner = name
            .split_once('.')
            .filter(|(module, leaf)| matches!(*module, "attn" | "mlp") && *leaf != "out");
        inner.map_or(name, |(_, leaf)| leaf).to_owned()
    }

    fn length(&self, node: &Node, axis: Axis) -> usize {
        let found = node.shape.iter().find(|dim| dim.axis == axis);
        found.map_or(0, |dim| dim.length(self.tokens, self.past))
    }

    /// `[4×64]`
    fn shape(&self, node: &Node) -> String {
        let lengths = node
            .shape
            .iter()
            .map(|dim| dim.length(self.tokens, self.past).to_string());
        format!("[{}]", lengths.collect::<Vec<_>>().join("×"))
    }
}

/// An activation as formulas and traces call it.
pub fn word(activation: Activation) -> String {
    match activation {
        Activation::Gelu => "gelu".into(),
        Activation::GeluTanh => "gelu_tanh".into(),
        Activation::Relu => "relu".into(),
        Activation::Relu2 => "relu²".into(),
        Activation::Silu => "silu".into(),
        Activation::Swish(beta) => format!("swish_{beta}"),
        Activation::Tanh => "tanh".into(),
    }
}

/// The activation of this name, where there is one.
pub fn activation(text: &str) -> Option<Activation> {
    use Activation::{Gelu, GeluTanh, Relu, Relu2, Silu, Tanh};
    let plain = [Gelu, GeluTanh, Relu, Relu2, Silu, Tanh];
    let swish = || {
        Some(Activation::Swish(
            text.strip_prefix("swish_")?.parse().ok()?,
        ))
    };
    plain.into_iter().find(|a| word(*a) == text).or_else(swish)
}
/// ` · 0.25`; nothing for 1.
pub fn times(factor: f64) -> String {
    match factor {
        1.0 => String::new(),
        _ => format!(" · {}", short(factor)),
    }
}

/// The same, written as papers do where it is the root of a whole number or one over it: ` / √64`.
pub fn times_root(factor: f64) -> String {
    let whole = |x: f64| (x / x.round() - 1.0).abs() < 1e-6 && x.round() > 1.0;
    let square = factor * factor;
    if whole(1.0 / square) {
        format!(" / √{}", (1.0 / square).round())
    } else if whole(square) {
        format!(" · √{}", square.round())
    } else {
        times(factor)
    }
}

/// A number in at most five digits.
pub fn short(x: f64) -> String {
    let rounded = format!("{x:.4}");
    rounded
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_written_as_people_write_them() {
        assert_eq!(times_root(1.0), "");
        assert_eq!(times_root(0.125), " / √64");
        assert_eq!(times_root(1.0 / 10f64.sqrt()), " / √10");
        assert_eq!(times_root(576f64.sqrt()), " · √576");
        assert_eq!(times_root(0.22), " · 0.22");
        assert_eq!(times(0.125), " · 0.125");
        assert_eq!(short(30.0), "30");
    }
}
