//! The builder: it says how a model computes, part by part. Each function adds the nodes of one part and
//! returns the value that the next part reads. The shape of each value stands beside it.

mod adapter;
mod attention;
mod bottleneck;
mod embedding;
mod feed_forward;
mod hyper;
mod indexer;
mod latent;
mod layer_embedding;
mod low_rank;
mod ngrams;
mod peaks;
mod recurrence;
mod shared;
mod shift;
mod single;
mod streams;
mod unembedding;

use embedding::embedding;
use feed_forward::feed_forward;
use unembedding::unembedding;

use super::arch::{Activation, Arch, Norm, NormKind, Norms, Residual};
use super::block::{BlockArch, FeedForward, Mixer};
use super::operation::Operation;
use super::role::{Half, Param, Role};
use super::{Dim, Graph, Length, Node, NodeId, Weight};
use crate::trace::hook::Layer;
use crate::trace::plan::Axis;

/// A graph under construction.
pub(super) struct Builder<'a> {
    arch: &'a Arch,
    nodes: Vec<Node>,
    layer: Layer,
}

/// The whole model: embedding, blocks, unembedding.
pub(super) fn model(arch: &Arch) -> Graph {
    let mut g = Builder::new(arch, Layer::Embed);
    let resid = embedding(&mut g); // [token, d_model]
    let mut streams = streams::opened(&mut g, resid); // each [token, d_model]
    for i in 0..arch.n_layers {
        g.layer = Layer::Block(i);
        let active = streams::predicted(&mut g, &mut streams); // [token, d_model]
        let active = block(&mut g, i, active); // [token, d_model]
        streams::corrected(&mut g, &mut streams, active);
        layer_embedding::end(&mut g, &mut streams);
    }
    let resid = streams::merged(&mut g, &streams); // [token, d_model]
    g.layer = Layer::Unembed;
    unembedding(&mut g, resid);
    Graph::of_nodes(g.nodes)
}

/// One layer, after a node that stands for the stream that enters the layer.
pub(super) fn layer(arch: &Arch, layer: Layer) -> Graph {
    let (before, name) = match (layer, arch.block.norms) {
        (Layer::Embed | Layer::Block(0), _) => (Layer::Embed, "embed_sum"),
        (Layer::Block(i), Norms::Post) => (Layer::Block(i - 1), "ln2.hook_out"),
        (Layer::Block(i), _) => (Layer::Block(i - 1), "hook_resid_post"),
        (Layer::Unembed, Norms::Post) => (
            Layer::Block(arch.n_layers.saturating_sub(1)),
            "ln2.hook_out",
        ),
        (Layer::Unembed, _) => (
            Layer::Block(arch.n_layers.saturating_sub(1)),
            "hook_resid_post",
        ),
    };
    let mut g = Builder::new(arch, before);
    if layer == Layer::Embed {
        embedding(&mut g);
        return Graph::of_nodes(g.nodes);
    }
    let resid = g.add(name, &g.stream_shape(), Operation::Copy, &[]); // [token, …, d_model]
    g.layer = layer;
    match layer {
        Layer::Block(i) => {
            let resid = block(&mut g, i, resid); // [token, d_model]
            layer_embedding::end(&mut g, &mut [resid]);
        }
        Layer::Embed | Layer::Unembed => unembedding(&mut g, resid),
    }
    Graph::of_nodes(g.nodes)
}

/// One block: mixer and feed-forward read from the residual stream and add to it.
fn block(g: &mut Builder, layer: usize, resid: NodeId) -> NodeId {
    let b: &BlockArch = &g.arch.block(layer);
    let norms = *b.block.norms_by_layer.get(layer).unwrap_or(&b.block.norms);
    if norms == Norms::Stream {
        return block_of_normed(g, b, layer, resid);
    }
    if let Some(hyper) = &b.block.hyper {
        return hyper::block(g, b, hyper, layer, resid);
    }
    let halved = b.block.halved(layer);
    let scale = b.block.residual_scale * halved;
    let resid_pre = streams::entering(g, resid); // [token, d_model]
    let read = match &b.mixer {
        Mixer::Shared(a, f, _) => shared::shared(g, a, *f, b.norm, resid_pre), // [token, d_model]
        _ => resid_pre,
    };
    let normed = norms.pre() && !(b.block.first_bare && layer == 0);
    let mixer_in = g.norm_if(normed, "ln1", Role::Ln1, read); // [token, d_model]
    let mixer_in = gated_norm(g, b, Half::Mixer, mixer_in); // [token, d_model]
    let written = mixed(g, b, (layer, norms), scale, mixer_in);
    let resid_pre = kept(
        g,
        b,
        "hook_resid_pre_kept",
        Role::KeptByAttention,
        resid_pre,
    );
    let Some(own) = b.feed_forward else {
        let parts = [&[resid_pre], &written[..]].concat();
        return g.stream("hook_resid_post", Operation::Sum, &parts); // [token, d_model]
    };
    if written.is_empty() {
        let out = feed_forward(g, own, mixer_in, "hook_mlp_out", scale); // [token, d_model]
        return g.stream("hook_resid_post", Operation::Sum, &[resid_pre, out]); // [token, d_model]
    }
    let summed = [&[resid_pre], &written[..]].concat();
    let (mlp_in, onto) = match (b.block.residual, norms) {
        (Residual::Sequential, Norms::Post) => {
            let resid_mid = g.stream("hook_resid_mid", Operation::Sum, &summed); // [token, d_model]
            let normed = g.norm_of_sum("ln1", Role::Ln1, resid_mid); // [token, d_model]
            (normed, vec![normed])
        }
        (Residual::Sequential, _) => {
            let resid_mid = low_rank::middle(g, &summed, mixer_in); // [token, d_model]
            let onto = kept(g, b, "hook_resid_mid_kept", Role::KeptByMlp, resid_mid);
            let read = g.norm_if(norms.pre(), "ln2", Role::Ln2, resid_mid); // [token, d_model]
            let read = match own {
                FeedForward::Experts(..) => gated_norm(g, b, Half::Mlp, read), // [token, d_model]
                _ => read,
            };
            (read, vec![onto])
        }
        (Residual::Parallel, _) => {
            let read = g.norm_if(norms.pre(), "ln2", Role::Ln2, resid_pre); // [token, d_model]
            (read, summed)
        }
        (Residual::ParallelShared, _) => (mixer_in, summed),
    };
    let mlp_out = if norms.output() || own.is_normed() {
        let out = feed_forward(g, own, mlp_in, "mlp.hook_out", 1.0); // [token, d_model]
        g.norm_to("hook_mlp_out", "ln2_post", Role::Ln2Post, out, scale) // [token, d_model]
    } else {
        feed_forward(g, own, mlp_in, "hook_mlp_out", scale) // [token, d_model]
    };
    let mut parts = [&onto[..], &[mlp_out]].concat();
    parts.extend(feed_forward::shortcut(g, layer));
    let post = g.arch.end_of_sum(layer);
    let resid_mlp = g.stream(post, Operation::Sum, &parts); // [token, d_model]
    let resid_post = bottleneck::bottleneck(g, resid_mlp); // [token, d_model]
    if norms == Norms::Post {
        return g.norm_of_sum("ln2", Role::Ln2, resid_post); // [token, d_model]
    }
    resid_post
}

/// A norm's output times a gate that a map of low rank reads from it, if there is one. `[token, d_model]`
fn gated_norm(g: &mut Builder, b: &BlockArch, half: Half, x: NodeId) -> NodeId {
    let Some(rank) = b.block.norm_gate else {
        return x;
    };
    let (rows, low) = (g.rows(), [TOKEN, Dim::new(Axis::Rank, rank)]);
    let name = |leaf: &str| format!("{}.hook_{leaf}", half.norm());
    let map = || Operation::LINEAR;
    let role = Role::NormGateLow(half);
    let gate = g.linear_to(&low, &name("gate_low"), x, role, map()); // [token, rank]
    let silu = Operation::Activate(Activation::Silu);
    let gate = g.add(&name("gate_low_post"), &low, silu, &[gate]); // [token, rank]
    let role = Role::NormGate(half);
    let gate = g.linear_to(&rows, &name("gate_in"), gate, role, map()); // [token, d_model]
    let open = Operation::Sigmoid { scale: 1.0 };
    let gate = g.add(&name("gate"), &rows, open, &[gate]); // [token, d_model]
    g.add(&name("gated"), &rows, Operation::Times, &[x, gate]) // [token, d_model]
}

/// The stream times learned numbers, if it has them. `[token, d_model]`
fn kept(g: &mut Builder, b: &BlockArch, name: &str, role: Role, resid: NodeId) -> NodeId {
    if !b.block.weighed {
        return resid;
    }
    let kept = g.stream(name, Operation::Multiply { by: 1.0 }, &[resid]); // [token, d_model]
    g.reads(kept, role, &[g.arch.d_model], 1);
    kept
}

/// The values that mixers add to the stream: attention, a recurrence or a convolution, or both. `[token, d_model]` each
fn mixed(
    g: &mut Builder,
    b: &BlockArch,
    (layer, norms): (usize, Norms),
    scale: f64,
    x: NodeId,
) -> Vec<NodeId> {
    let mut written = Vec::new();
    if let Mixer::Attention(attention) | Mixer::Both(attention, _) = &b.mixer {
        let z = attention::attention(g, attention, b.norm, x); // [token, head, d_head]
        written.push(if let Some(experts) = attention.experts {
            attention::heads_out(g, experts, z) // [token, d_model]
        } else if norms.output() {
            let out = g.linear("attn.hook_out", z, Role::AttnOut, 1.0); // [token, d_model]
            g.norm_to("hook_attn_out", "ln1_post", Role::Ln1Post, out, scale) // [token, d_model]
        } else {
            g.linear(
                "hook_attn_out",
                z,
                Role::AttnOut,
                scale * attention.multipliers.out,
            ) // [token, d_model]
        });
    }
    let z = match &b.mixer {
        Mixer::Recurrence(r) | Mixer::Both(_, r) | Mixer::Shared(_, _, r) => {
            Some(recurrence::recurrence(g, r, b.norm, layer, x)) // [token, head, d_head]
        }
        Mixer::Convolution(convolution) => {
            Some(recurrence::short_convolution(g, convolution, x)) // [token, d_model]
        }
        Mixer::Attention(_) | Mixer::Nothing => None,
    };
    if let Some(z) = z {
        let by = g
            .arch
            .recurrence
            .as_ref()
            .map_or(1.0, |r| r.multipliers.out);
        written.push(if norms.output() {
            let out = g.linear("mixer.hook_out", z, Role::StateOut, by); // [token, d_model]
            g.norm_to("hook_mixer_out", "ln1_post", Role::Ln1Post, out, scale) // [token, d_model]
        } else {
            g.linear("hook_mixer_out", z, Role::StateOut, scale * by) // [token, d_model]
        });
    }
    written
}

/// A block that norms the stream itself: `α · norm(x) + β · f(norm(x))`, for the mixer and for the feed-forward.
fn block_of_normed(g: &mut Builder, b: &BlockArch, layer: usize, resid: NodeId) -> NodeId {
    let factors = b.block.factors.get(layer).copied();
    let [kept, mixing, kept_on, feeding] = factors.unwrap_or([1.0; 4]);
    let times = |g: &mut Builder, name: &str, scale: f64, x: NodeId| match scale {
        1.0 => x,
        scale => g.add(
            name,
            &g.rows(),
            Operation::Affine { offset: 0.0, scale },
            &[x],
        ), // [token, d_model]
    };
    let resid_pre = g.stream("hook_resid_pre", Operation::Copy, &[resid]); // [token, d_model]
    let read = g.norm_of_sum("ln1", Role::Ln1, resid_pre); // [token, d_model]
    let written = mixed(g, b, (layer, Norms::Stream), mixing, read);
    let kept = times(g, "ln1.kept", kept, read);
    let parts = [&[kept], &written[..]].concat();
    let resid_mid = g.stream("hook_resid_mid", Operation::Sum, &parts); // [token, d_model]
    let read = g.norm_of_sum("ln2", Role::Ln2, resid_mid); // [token, d_model]
    let kept = times(g, "ln2.kept", kept_on, read);
    let mut parts = vec![kept];
    if let Some(own) = b.feed_forward {
        parts.push(feed_forward(g, own, read, "hook_mlp_out", feeding)); // [token, d_model]
    }
    g.stream("hook_resid_post", Operation::Sum, &parts) // [token, d_model]
}

impl<'a> Builder<'a> {
    fn new(arch: &'a Arch, layer: Layer) -> Builder<'a> {
        let nodes = Vec::new();
        Builder { arch, nodes, layer }
    }

    /// Add a node. A name with `hook_` in it, or `logits`, makes the node a hook point. Other names are read
    /// only in errors and in printed graphs.
    fn add(
        &mut self,
        name: &str,
        shape: &[Dim],
        operation: Operation,
        inputs: &[NodeId],
    ) -> NodeId {
        self.nodes.push(Node {
            name: match self.layer {
                Layer::Block(i) => format!("blocks.{i}.{name}"),
                Layer::Embed | Layer::Unembed => name.to_owned(),
            },
            hook: name.contains("hook_") || name == "logits",
            residual: false,
            stack: 0,
            layer: self.layer,
            operation,
            inputs: inputs.to_vec(),
            weights: Vec::new(),
            shape: shape.to_vec(),
        });
        NodeId(self.nodes.len() - 1)
    }

    /// The node with this full name.
    fn named(&self, name: &str) -> Option<NodeId> {
        let found = self.nodes.iter().rposition(|node| node.name == name);
        found.map(NodeId)
    }

    /// The node with this name in the layer under construction.
    fn beside(&self, name: &str) -> Option<NodeId> {
        self.named(&format!("{}.{name}", self.layer))
    }

    /// Add a node that is the residual stream.
    fn stream(&mut self, name: &str, operation: Operation, inputs: &[NodeId]) -> NodeId {
        let id = self.add(name, &self.stream_shape(), operation, inputs); // [token, …, d_model]
        self.is_stream(id)
    }

    /// Mark a value as the residual stream from here on.
    fn is_stream(&mut self, id: NodeId) -> NodeId {
        self.nodes[id.0].residual = true;
        id
    }

    /// The shape `[token, d_model]`.
    fn rows(&self) -> [Dim; 2] {
        [TOKEN, Dim::new(Axis::DModel, self.arch.d_model)]
    }

    /// The shape of the residual stream: `[token, d_model]`, or with an axis of streams that all blocks mix. Streams that
    /// are read an element at a time lie in one row.
    fn stream_shape(&self) -> Vec<Dim> {
        let [token, d_model] = self.rows();
        match self.arch.block.hyper {
            Some(hyper) if hyper.rank.is_some() => {
                let all = hyper.count * self.arch.d_model;
                vec![token, Dim::new(Axis::DStreams, all)]
            }
            Some(hyper) => vec![token, Dim::new(Axis::Stream, hyper.count), d_model],
            None => vec![token, d_model],
        }
    }

    fn width(&self, id: NodeId) -> usize {
        self.nodes[id.0].width()
    }

    /// Add the weight and the bias of `role` to a node, as far as the model has them. `weight` is the shape
    /// of one of `members` tensors.
    fn reads(&mut self, id: NodeId, role: Role, weight: &[usize], members: usize) {
        for (param, shape) in [
            (Param::Weight, weight),
            (Param::Bias, &weight[..weight.len().min(1)]),
        ] {
            self.reads_one(id, (role, param), shape, members);
        }
    }

    /// Add one tensor of a role, if the model has it.
    fn reads_one(
        &mut self,
        id: NodeId,
        (role, param): (Role, Param),
        shape: &[usize],
        members: usize,
    ) {
        if self.arch.stored.contains(&(role.with_member(0), param)) && self.has(role, param) {
            self.nodes[id.0].weights.push(Weight {
                role,
                param,
                shape: shape.to_vec(),
                members,
            });
        }
    }

    /// Whether the layer under construction has a weight that layers of the model have.
    fn has(&self, role: Role, param: Param) -> bool {
        match (role, param, self.layer) {
            (Role::AttnOut, Param::Bias, Layer::Block(i)) => {
                self.arch.attention.out_biased.get(i) != Some(&false)
            }
            _ => true,
        }
    }

    /// A linear map. `[token, in]` → `[token, d_model]`
    fn linear(&mut self, name: &str, x: NodeId, role: Role, scale: f64) -> NodeId {
        let operation = Operation::Linear {
            scale,
            cap: None,
            clip: None,
        };
        self.linear_to(&self.rows(), name, x, role, operation)
    }

    /// A linear map to the shape `to`. `[token, in]` → `[token, out]`
    fn linear_to(
        &mut self,
        to: &[Dim],
        name: &str,
        x: NodeId,
        role: Role,
        map: Operation,
    ) -> NodeId {
        let id = self.add(name, to, map, &[x]);
        self.reads(id, role, &[self.width(id), self.width(x)], 1);
        id
    }

    /// A value with numbers of the layer's own added. `[token, d_model]`
    fn shifted(&mut self, name: &str, role: Role, x: NodeId) -> NodeId {
        let id = self.add(name, &self.rows(), Operation::Plus, &[x]); // [token, d_model]
        self.reads(id, role, &[self.arch.d_model], 1);
        id
    }

    /// A LayerNorm or RMSNorm, one node for each step. `[token, d]` → `[token, d]`
    fn norm(&mut self, module: &str, role: Role, x: NodeId) -> NodeId {
        self.norm_to(&format!("{module}.hook_out"), module, role, x, 1.0)
    }

    /// A norm of `x` if `there`, else `x`.
    fn norm_if(&mut self, there: bool, module: &str, role: Role, x: NodeId) -> NodeId {
        if there { self.norm(module, role, x) } else { x }
    }

    /// A norm whose output is the residual stream from here on.
    fn norm_of_sum(&mut self, module: &str, role: Role, sum: NodeId) -> NodeId {
        let normed = self.norm(module, role, sum);
        self.is_stream(normed)
    }

    /// A norm whose output has a name of its own and is multiplied by `by`.
    fn norm_to(&mut self, out: &str, module: &str, role: Role, x: NodeId, by: f64) -> NodeId {
        let Norm {
            kind,
            eps,
            weight_offset: offset,
        } = self.arch.norm;
        let own = self.arch.unembedding.eps.filter(|_| role == Role::LnFinal);
        let eps = own.unwrap_or(eps);
        let shape = self.nodes[x.0].shape.clone();
        let one = [TOKEN, Dim::new(Axis::One, 1)];
        let name = |leaf: &str| format!("{module}.{leaf}");
        let centred = match kind {
            NormKind::Layer => self.add(&name("centred"), &shape, Operation::Centre, &[x]), // [token, d]
            NormKind::Rms => x,
        };
        let size = Operation::RootMeanSquare { eps };
        let scale = self.add(&name("hook_scale"), &one, size, &[centred]); // [token, 1]
        let parts = [centred, scale];
        let normalized = self.add(&name("hook_normalized"), &shape, Operation::Divide, &parts); // [token, d]
        let affine = Operation::Affine { offset, scale: by };
        let out = self.add(out, &shape, affine, &[normalized]); // [token, d]
        self.reads(out, role, &[self.width(out)], 1);
        out
    }
}

const fn dim(axis: Axis, length: Length) -> Dim {
    Dim { axis, length }
}

const TOKEN: Dim = dim(Axis::Token, Length::Tokens);
const QUERY: Dim = dim(Axis::Query, Length::Tokens);
const KEY: Dim = dim(Axis::Key, Length::Keys);
const PAST: Dim = dim(Axis::Key, Length::Past);
