//! The end of a block: a layer's own embedding of each token, and a number that multiplies the stream (Gemma Team
//! 2025), which may be a half.

use super::{Builder, TOKEN};
use crate::graph::operation::{Gate, Operation};
use crate::graph::role::Role;
use crate::graph::streams::{Alternating, LayerEmbedding};
use crate::graph::{Dim, NodeId};
use crate::trace::hook::Layer;
use crate::trace::plan::Axis;

/// End a block: with a layer's own embedding, and with a number that multiplies the stream. Of several streams only those
/// behind the first get the embedding, gated by the stream that the block computes.
pub(super) fn end(g: &mut Builder, streams: &mut [NodeId]) {
    let (by_layer, scaled) = (g.arch.embedding.by_layer, g.arch.block.scaled);
    if let Some(a) = g.arch.block.alternating {
        if let Some(own) = by_layer {
            of_others(g, a, own, streams);
        }
        let active = &mut streams[a.active];
        *active = g.stream("hook_resid_post", Operation::Copy, &[*active]); // [token, d_model]
        return;
    }
    let [resid] = streams else { return };
    if let Some(own) = by_layer {
        let out = written(g, own, *resid); // [token, d_model]
        let name = if scaled {
            "hook_resid_layer"
        } else {
            "hook_resid_post"
        };
        *resid = g.stream(name, Operation::Sum, &[*resid, out]); // [token, d_model]
    }
    if let Layer::Block(i) = g.layer
        && g.arch.block.halves_after(i)
    {
        let halved = Operation::Multiply { by: 0.5 };
        *resid = g.stream("hook_resid_post", halved, &[*resid]); // [token, d_model]
    }
    if scaled {
        let operation = Operation::Multiply { by: 1.0 };
        *resid = g.stream("hook_resid_post", operation, &[*resid]); // [token, d_model]
        g.reads(*resid, Role::BlockScale, &[1], 1);
    }
}

/// Add a layer's own embedding to the streams behind the first.
fn of_others(g: &mut Builder, a: Alternating, own: LayerEmbedding, streams: &mut [NodeId]) {
    let mut gate = streams[a.active];
    if a.scaled {
        let operation = Operation::Multiply { by: 1.0 };
        gate = g.add("altup.hook_scaled", &g.rows(), operation, &[gate]); // [token, d_model]
        g.reads(gate, Role::CorrectedScale, &[g.arch.d_model], 1);
    }
    let out = written(g, own, gate); // [token, d_model]
    for (i, stream) in streams.iter_mut().enumerate().skip(1) {
        let name = format!("altup.hook_entered_{i}");
        *stream = g.add(&name, &g.rows(), Operation::Sum, &[*stream, out]); // [token, d_model]
    }
}

/// A layer's own embedding, gated by the stream and mapped to it. `[token, d_model]` → `[token, d_model]`
fn written(g: &mut Builder, own: LayerEmbedding, resid: NodeId) -> NodeId {
    let read = embedding(g, own); // [token, d_embed]
    let short = short(own);
    let map = Operation::LINEAR;
    let pre = g.linear_to(&short, "layer_embed.hook_pre", resid, Role::LayerGate, map); // [token, d_embed]
    let gate = Operation::Gate(Gate {
        activation: g.arch.mlp.activation,
        clamp: None,
        offset: 0.0,
    });
    let post = g.add("layer_embed.hook_post", &short, gate, &[pre, read]); // [token, d_embed]
    let out = g.linear("layer_embed.hook_out", post, Role::LayerOut, 1.0); // [token, d_model]
    let (name, module) = ("hook_layer_out", "layer_embed_post");
    g.norm_to(name, module, Role::LayerOutNorm, out, 1.0) // [token, d_model]
}

/// A row of the layer's own table, and a normed map of the token's embedding. `[token, d_embed]`
fn embedding(g: &mut Builder, own: LayerEmbedding) -> NodeId {
    let short = short(own);
    let (tokens, embed) = (g.named("tokens"), g.named("hook_embed"));
    let scale = (own.d_embed as f64).sqrt();
    let lookup = Operation::Lookup { scale };
    let row = g.add("layer_embed.hook_row", &short, lookup, tokens.as_slice()); // [token, d_embed]
    g.reads(row, Role::LayerEmbed, &[own.rows, own.d_embed], 1);
    let map = Operation::Linear {
        scale: (g.arch.d_model as f64).powf(-0.5),
        cap: None,
        clip: None,
    };
    let context = g.add("layer_embed.hook_context", &short, map, embed.as_slice()); // [token, d_embed]
    g.reads(
        context,
        Role::LayerContext,
        &[own.d_embed, g.arch.d_model],
        1,
    );
    let context = g.norm("layer_context", Role::LayerContextNorm, context); // [token, d_embed]
    let sum = g.add("layer_embed.sum", &short, Operation::Sum, &[context, row]); // [token, d_embed]
    let by = 0.5f64.sqrt();
    g.add(
        "layer_embed.hook_embed",
        &short,
        Operation::Multiply { by },
        &[sum],
    ) // [token, d_embed]
}

fn short(own: LayerEmbedding) -> [Dim; 2] {
    [TOKEN, Dim::new(Axis::DEmbed, own.d_embed)]
}
