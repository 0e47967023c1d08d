//! The builder: how a model computes, part by part. Each function emits the nodes of one part and returns
//! the value that the next part reads; the shape of each stands beside it.

mod attention;
mod embedding;
mod feed_forward;
mod unembedding;

use embedding::embedding;
use feed_forward::feed_forward;
use unembedding::unembedding;

use super::arch::{Arch, Norm, NormKind, Norms, Residual};
use super::block::{BlockArch, Mixer};
use super::operation::Operation;
use super::role::{Param, Role};
use super::{Dim, Graph, Length, Node, NodeId, Weight};
use crate::trace::hook::Layer;
use crate::trace::plan::Axis;

/// A graph in the making.
pub(super) struct Builder<'a> {
    arch: &'a Arch,
    nodes: Vec<Node>,
    layer: Layer,
}

/// The whole model: embedding, blocks, unembedding.
pub(super) fn model(arch: &Arch) -> Builder<'_> {
    let mut g = Builder {
        arch,
        nodes: Vec::new(),
        layer: Layer::Embed,
    };
    let mut resid = embedding(&mut g); // [token, d_model]
    for i in 0..arch.n_layers {
        g.layer = Layer::Block(i);
        resid = block(&mut g, &arch.block(i), resid); // [token, d_model]
    }
    g.layer = Layer::Unembed;
    unembedding(&mut g, resid);
    g
}

/// One layer, behind a node that stands for the stream that enters it.
pub(super) fn layer(arch: &Arch, layer: Layer) -> Builder<'_> {
    let before = match layer {
        Layer::Embed | Layer::Block(0) => Layer::Embed,
        Layer::Block(i) => Layer::Block(i - 1),
        Layer::Unembed => arch
            .n_layers
            .checked_sub(1)
            .map_or(Layer::Embed, Layer::Block),
    };
    let mut g = Builder {
        arch,
        nodes: Vec::new(),
        layer: before,
    };
    if layer == Layer::Embed {
        embedding(&mut g);
        return g;
    }
    let name = if arch.block.norms == Norms::Post {
        "ln2.hook_out"
    } else {
        "hook_resid_post"
    };
    let rows = g.rows();
    let resid = g.hidden(name, &rows, Operation::Copy, &[]); // [token, d_model]
    g.layer = layer;
    match layer {
        Layer::Block(i) => {
            block(&mut g, &arch.block(i), resid); // [token, d_model]
        }
        Layer::Embed | Layer::Unembed => unembedding(&mut g, resid),
    }
    g
}

/// One block: mixer and feed-forward read from the residual stream and add to it.
fn block(g: &mut Builder, b: &BlockArch, resid: NodeId) -> NodeId {
    let norms = b.block.norms;
    let resid_pre = g.stream("hook_resid_pre", Operation::Copy, &[resid]); // [token, d_model]
    let mixer_in = if norms.pre() {
        g.norm("ln1", Role::Ln1, resid_pre) // [token, d_model]
    } else {
        resid_pre
    };
    let Mixer::Attention(attention) = &b.mixer;
    let z = attention::attention(g, attention, b.norm, mixer_in); // [token, head, d_head]
    let attn_out = if norms.output() {
        let out = g.linear("attn.hook_out", z, Role::AttnOut, 1.0); // [token, d_model]
        g.norm_to("ln1_post", Role::Ln1Post, out, "hook_attn_out") // [token, d_model]
    } else {
        g.linear("hook_attn_out", z, Role::AttnOut, b.block.residual_scale) // [token, d_model]
    };
    let (mlp_in, onto) = match (b.block.residual, norms) {
        (Residual::Sequential, Norms::Post) => {
            let resid_mid = g.sum("hook_resid_mid", &[resid_pre, attn_out]); // [token, d_model]
            let normed = g.norm("ln1", Role::Ln1, resid_mid); // [token, d_model]
            g.is_stream(normed);
            (normed, vec![normed])
        }
        (Residual::Sequential, _) => {
            let resid_mid = g.sum("hook_resid_mid", &[resid_pre, attn_out]); // [token, d_model]
            (read(g, norms, resid_mid), vec![resid_mid])
        }
        (Residual::Parallel, _) => (read(g, norms, resid_pre), vec![resid_pre, attn_out]),
        (Residual::ParallelShared, _) => (mixer_in, vec![resid_pre, attn_out]),
    };
    let mlp_out = if norms.output() {
        let out = feed_forward(g, b.feed_forward, mlp_in, "mlp.hook_out", 1.0); // [token, d_model]
        g.norm_to("ln2_post", Role::Ln2Post, out, "hook_mlp_out") // [token, d_model]
    } else {
        feed_forward(
            g,
            b.feed_forward,
            mlp_in,
            "hook_mlp_out",
            b.block.residual_scale,
        ) // [token, d_model]
    };
    let resid_post = g.sum("hook_resid_post", &[&onto[..], &[mlp_out]].concat()); // [token, d_model]
    if norms != Norms::Post {
        return resid_post;
    }
    let normed = g.norm("ln2", Role::Ln2, resid_post); // [token, d_model]
    g.is_stream(normed);
    normed
}

/// What the feed-forward reads of the stream `x`, `[token, d_model]`.
fn read(g: &mut Builder, norms: Norms, x: NodeId) -> NodeId {
    if norms.pre() {
        g.norm("ln2", Role::Ln2, x)
    } else {
        x
    }
}

impl Builder<'_> {
    pub fn finish(self) -> Graph {
        Graph::of_nodes(self.nodes)
    }

    /// A value that is a hook point of this layer.
    fn hook(
        &mut self,
        name: &str,
        shape: &[Dim],
        operation: Operation,
        inputs: &[NodeId],
    ) -> NodeId {
        let id = self.hidden(name, shape, operation, inputs);
        self.nodes[id.0].hook = true;
        id
    }

    /// A value that is none; its name is for errors and for people who print the graph.
    fn hidden(
        &mut self,
        name: &str,
        shape: &[Dim],
        operation: Operation,
        inputs: &[NodeId],
    ) -> NodeId {
        let name = match self.layer {
            Layer::Block(i) => format!("blocks.{i}.{name}"),
            Layer::Embed | Layer::Unembed => name.to_owned(),
        };
        self.nodes.push(Node {
            name,
            hook: false,
            residual: false,
            layer: self.layer,
            operation,
            inputs: inputs.to_vec(),
            weights: Vec::new(),
            shape: shape.to_vec(),
        });
        NodeId(self.nodes.len() - 1)
    }

    /// A value of the residual stream.
    fn stream(&mut self, name: &str, operation: Operation, inputs: &[NodeId]) -> NodeId {
        let id = self.hook(name, &self.rows(), operation, inputs); // [token, d_model]
        self.is_stream(id);
        id
    }

    /// Say that a value is the residual stream from here on.
    fn is_stream(&mut self, id: NodeId) {
        self.nodes[id.0].residual = true;
    }

    /// Make a value that was added as a hook point none.
    fn hide(&mut self, id: NodeId) {
        self.nodes[id.0].hook = false;
    }

    fn sum(&mut self, name: &str, inputs: &[NodeId]) -> NodeId {
        self.stream(name, Operation::Sum, inputs)
    }

    /// `[token, d_model]`
    fn rows(&self) -> [Dim; 2] {
        [TOKEN, Dim::new(Axis::DModel, self.arch.d_model)]
    }

    fn width(&self, id: NodeId) -> usize {
        self.nodes[id.0].width()
    }

    fn has(&self, role: Role, param: Param) -> bool {
        self.arch.stored.contains(&(role, param))
    }

    /// A weight of the node added last, where the model has it.
    fn reads(&mut self, id: NodeId, role: Role, param: Param, shape: &[usize], members: usize) {
        if self.has(role, param) {
            self.nodes[id.0].weights.push(Weight {
                role,
                param,
                shape: shape.to_vec(),
                members,
            });
        }
    }

    /// `[token, in]` → `[token, d_model]`
    fn linear(&mut self, name: &str, x: NodeId, role: Role, scale: f64) -> NodeId {
        let rows = self.rows();
        self.linear_to(name, x, role, &rows, Operation::Linear { scale, cap: None })
    }

    /// A linear map to any shape. `[token, in]` → `[token, out]`
    fn linear_to(
        &mut self,
        name: &str,
        x: NodeId,
        role: Role,
        shape: &[Dim],
        operation: Operation,
    ) -> NodeId {
        let id = self.hook(name, shape, operation, &[x]);
        let (inputs, outputs) = (self.width(x), self.width(id));
        self.reads(id, role, Param::Weight, &[outputs, inputs], 1);
        self.reads(id, role, Param::Bias, &[outputs], 1);
        id
    }

    /// LayerNorm or RMSNorm in its steps, `[token, d]` → `[token, d]`.
    fn norm(&mut self, module: &str, role: Role, x: NodeId) -> NodeId {
        self.norm_to(module, role, x, &format!("{module}.hook_out"))
    }

    /// A norm whose output has a name of its own.
    fn norm_to(&mut self, module: &str, role: Role, x: NodeId, out: &str) -> NodeId {
        let Norm {
            kind,
            eps,
            weight_offset,
        } = self.arch.norm;
        let shape = self.nodes[x.0].shape.clone();
        let one = [TOKEN, Dim::new(Axis::One, 1)];
        let centred = match kind {
            NormKind::Layer => {
                let name = format!("{module}.centred");
                self.hidden(&name, &shape, Operation::Centre, &[x]) // [token, d]
            }
            NormKind::Rms => x,
        };
        let (scale, normalized) = (
            format!("{module}.hook_scale"),
            format!("{module}.hook_normalized"),
        );
        let scale = self.hook(&scale, &one, Operation::RootMeanSquare { eps }, &[centred]); // [token, 1]
        let normalized = self.hook(&normalized, &shape, Operation::Divide, &[centred, scale]); // [token, d]
        let affine = Operation::Affine {
            offset: weight_offset,
        };
        let out = self.hook(out, &shape, affine, &[normalized]); // [token, d]
        let width = self.width(out);
        self.reads(out, role, Param::Weight, &[width], 1);
        self.reads(out, role, Param::Bias, &[width], 1);
        out
    }
}

const TOKEN: Dim = Dim {
    axis: Axis::Token,
    length: Length::Tokens,
};
const QUERY: Dim = Dim {
    axis: Axis::Query,
    length: Length::Tokens,
};
const KEY: Dim = Dim {
    axis: Axis::Key,
    length: Length::Keys,
};
const PAST: Dim = Dim {
    axis: Axis::Key,
    length: Length::Past,
};
