//! Alternating updates (Baykal et al. 2023): several streams, of which each block computes one.

use super::{Builder, TOKEN, hyper};
use crate::graph::arch::Activation;
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::streams::Alternating;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// The least mean square that a stream is divided by.
const LEAST: f64 = 1e-5;

/// All streams: the embedding, and with alternating updates maps of it that have its size. Each `[token, d_model]`
pub(super) fn opened(g: &mut Builder, embed: NodeId) -> Vec<NodeId> {
    if g.arch.block.hyper.is_some() {
        return vec![hyper::spread(g, embed)]; // [token, stream, d_model]
    }
    let mut streams = vec![embed];
    for i in 1..g.arch.block.alternating.map_or(1, |a| a.count) {
        let mapped = g.linear(
            &format!("altup.mapped_{i}"),
            embed,
            Role::StreamIn(i - 1),
            1.0,
        ); // [token, d_model]
        streams.push(resized(g, &format!("altup.hook_stream_{i}"), embed, mapped)); // [token, d_model]
    }
    streams
}

/// The stream that the block computes. With alternating updates all streams are replaced by their predictions, each a
/// mixture of all. `[token, d_model]`
pub(super) fn predicted(g: &mut Builder, streams: &mut [NodeId]) -> NodeId {
    let Some(a) = g.arch.block.alternating else {
        return streams[0];
    };
    let resid_pre = g.stream("hook_resid_pre", Operation::Copy, &[streams[a.active]]); // [token, d_model]
    let modes = modes(g, "", resid_pre); // [token, stream]
    let square = [TOKEN, Dim::new(Axis::Stream, a.count * a.count)];
    let (name, map) = ("altup.hook_predict", Operation::LINEAR);
    let shares = g.linear_to(&square, name, modes, Role::Predict, map); // [token, stream · stream]
    let before = streams.to_vec();
    for (i, stream) in streams.iter_mut().enumerate() {
        let blend = Operation::Blend { first: i * a.count };
        let read = [&[shares, *stream], &before[..]].concat();
        *stream = g.add(
            &format!("altup.hook_predicted_{i}"),
            &g.rows(),
            blend,
            &read,
        ); // [token, d_model]
    }
    streams[a.active]
}

/// The stream that a block adds to. `[token, d_model]`
pub(super) fn entering(g: &mut Builder, active: NodeId) -> NodeId {
    match g.arch.block.alternating {
        // The prediction; the stream before it has the name already.
        Some(_) => active,
        None => g.stream("hook_resid_pre", Operation::Copy, &[active]), // [token, d_model]
    }
}

/// Replace each stream by its correction, once the block has computed one.
pub(super) fn corrected(g: &mut Builder, streams: &mut [NodeId], computed: NodeId) {
    let Some(a) = g.arch.block.alternating else {
        streams[0] = computed;
        return;
    };
    let modes = modes(g, "_post", computed); // [token, stream]
    let all = stream_axis(a);
    let (name, map) = ("altup.hook_correct", Operation::LINEAR);
    let shares = g.linear_to(&all, name, modes, Role::Correct, map); // [token, stream]
    let before = streams[a.active];
    for (at, stream) in streams.iter_mut().enumerate() {
        let read = [shares, computed, before, *stream];
        let correct = Operation::Correct { at };
        *stream = g.add(
            &format!("altup.hook_corrected_{at}"),
            &g.rows(),
            correct,
            &read,
        ); // [token, d_model]
    }
}

/// The mean of all streams, each mapped by its own matrix and brought to the first one's size. `[token, d_model]`
pub(super) fn merged(g: &mut Builder, streams: &[NodeId]) -> NodeId {
    let mut parts = vec![streams[0]];
    for (i, stream) in streams.iter().enumerate().skip(1) {
        let name = format!("altup.merging_{i}");
        let mapped = g.linear(&name, *stream, Role::StreamOut(i - 1), 1.0); // [token, d_model]
        parts.push(resized(
            g,
            &format!("altup.hook_merged_{i}"),
            streams[0],
            mapped,
        )); // [token, d_model]
    }
    if parts.len() == 1 {
        return streams[0];
    }
    let sum = g.add("altup.sum", &g.rows(), Operation::Sum, &parts); // [token, d_model]
    let by = 1.0 / parts.len() as f64;
    g.stream("hook_resid_merged", Operation::Multiply { by }, &[sum]) // [token, d_model]
}

/// A number for each stream, read from one of them. `[token, d_model]` → `[token, stream]`
fn modes(g: &mut Builder, end: &str, read: NodeId) -> NodeId {
    let count = g.arch.block.alternating.map_or(1, |a| a.count);
    let shape = [TOKEN, Dim::new(Axis::Stream, count)];
    let module = format!("altup_norm{end}");
    let by = 1.0 / g.arch.d_model as f64;
    let name = format!("{module}.hook_out");
    let normed = g.norm_to(&name, &module, Role::ModesNorm, read, by); // [token, d_model]
    let (name, map) = (format!("altup.hook_routed{end}"), Operation::LINEAR);
    let routed = g.linear_to(&shape, &name, normed, Role::Modes, map); // [token, stream]
    let tanh = Operation::Activate(Activation::Tanh);
    g.add(&format!("altup.hook_modes{end}"), &shape, tanh, &[routed]) // [token, stream]
}

/// A value with the size of another. `[token, d_model]`
fn resized(g: &mut Builder, name: &str, like: NodeId, x: NodeId) -> NodeId {
    let resize = Operation::Resize { least: LEAST };
    g.add(name, &g.rows(), resize, &[like, x]) // [token, d_model]
}

fn stream_axis(a: Alternating) -> [Dim; 2] {
    [TOKEN, Dim::new(Axis::Stream, a.count)]
}
