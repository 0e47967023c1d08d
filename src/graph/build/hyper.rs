//! Hyper-connections (Zhu et al. 2025; Xie et al. 2026): several streams, which attention and MLP read as one row and
//! write to in shares.

use super::feed_forward::feed_forward;
use super::{Builder, TOKEN, mixed};
use crate::graph::arch::{Norms, QkNorm};
use crate::graph::block::BlockArch;
use crate::graph::operation::Operation;
use crate::graph::role::{Half, Param, Role};
use crate::graph::streams::{Hyper, Opening};
use crate::graph::{Dim, NodeId, Weight};
use crate::trace::plan::Axis;

/// The embedding in each stream. `[token, d_model]` → `[token, stream, d_model]`
pub(super) fn spread(g: &mut Builder, embed: NodeId) -> NodeId {
    // One row is not the stream that later parts read.
    g.nodes.iter_mut().for_each(|node| node.residual = false);
    g.stream("hyper.spread", Operation::Spread, &[embed]) // [token, stream, d_model]
}

/// A block that reads and writes several streams. `[token, stream, d_model]`
pub(super) fn block(
    g: &mut Builder,
    b: &BlockArch,
    hyper: &Hyper,
    layer: usize,
    resid: NodeId,
) -> NodeId {
    let resid_pre = g.stream("hook_resid_pre", Operation::Copy, &[resid]); // [token, stream, d_model]
    let (normed, row) = read(g, hyper, Half::Mixer, resid_pre); // [token, stream, d_model], [token, d_model]
    let x = g.norm("ln1", Role::Ln1, row); // [token, d_model]
    let wrote = mixed(g, b, (layer, Norms::Pre), 1.0, x);
    let wrote = wrote.first().copied().unwrap_or(x); // [token, d_model]
    let name = "hook_resid_mid";
    let resid_mid = written(g, hyper, (Half::Mixer, name), [resid_pre, normed], wrote);
    let Some(own) = b.feed_forward else {
        return resid_mid;
    };
    let (normed, row) = read(g, hyper, Half::Mlp, resid_mid); // [token, stream, d_model], [token, d_model]
    let x = g.norm("ln2", Role::Ln2, row); // [token, d_model]
    let wrote = feed_forward(g, own, x, "hook_mlp_out", 1.0); // [token, d_model]
    let name = "hook_resid_post";
    written(g, hyper, (Half::Mlp, name), [resid_mid, normed], wrote) // [token, stream, d_model]
}

/// The row that the unembedding reads: that of the only stream, or one of several. `[token, d_model]`
pub(super) fn gathered(g: &mut Builder, resid: NodeId) -> NodeId {
    match g.arch.block.hyper {
        Some(hyper) => read(g, &hyper, Half::End, resid).1,
        None => resid,
    }
}

/// All streams, normed as one row, and the row that is read of them. `[token, stream, d_model]`, `[token, d_model]`
fn read(g: &mut Builder, hyper: &Hyper, half: Half, resid: NodeId) -> (NodeId, NodeId) {
    let norm = Operation::HeadNorm {
        over: QkNorm::AllHeads,
        norm: g.arch.norm.clone(),
    };
    let (rows, shape) = (g.rows(), g.stream_shape());
    let normed = g.add(&named(half, "normed"), &shape, norm, &[resid]); // [token, stream, d_model]
    let roles = [Role::StreamsRead(half), Role::StreamsReadBy(half)];
    let shares = shares(g, hyper, (half, "read"), roles, hyper.read, normed); // [token, stream]
    let read = [shares, resid];
    (
        normed,
        g.add(&named(half, "out"), &rows, Operation::Gather, &read),
    )
}

/// Streams after a row was written to them. `[token, stream, d_model]`
fn written(
    g: &mut Builder,
    hyper: &Hyper,
    (half, name): (Half, &str),
    [resid, normed]: [NodeId; 2],
    wrote: NodeId,
) -> NodeId {
    let roles = [Role::StreamsWrite(half), Role::StreamsWriteBy(half)];
    let shares = shares(g, hyper, (half, "write"), roles, hyper.write, normed); // [token, stream]
    let mut read = vec![shares, wrote, resid];
    if let Some(by) = hyper.mix {
        let count = hyper.count;
        let all = [TOKEN, Dim::new(Axis::Stream, count * count)];
        let map = (named(half, "mix_in"), Role::StreamsMix(half));
        let map = g.linear_to(&all, &map.0, normed, map.1, Operation::LINEAR); // [token, stream · stream]
        let square = [
            TOKEN,
            Dim::new(Axis::Stream, count),
            Dim::new(Axis::Stream, count),
        ];
        let balance = Operation::Balance { count, by };
        let mix = g.add(&named(half, "mix"), &square, balance, &[map]); // [token, stream, stream]
        by_learned(g, mix, Role::StreamsMixBy(half), count * count);
        read.push(mix);
    }
    g.stream(name, Operation::Scatter, &read) // [token, stream, d_model]
}

/// A share of each stream, read from all of them. `[token, stream]`
fn shares(
    g: &mut Builder,
    hyper: &Hyper,
    (half, what): (Half, &str),
    [map, by]: [Role; 2],
    open: Opening,
    normed: NodeId,
) -> NodeId {
    let each = [TOKEN, Dim::new(Axis::Stream, hyper.count)];
    let (name, map) = (named(half, &format!("{what}_in")), (map, Operation::LINEAR));
    let numbers = g.linear_to(&each, &name, normed, map.0, map.1); // [token, stream]
    let shares = g.add(&named(half, what), &each, Operation::Open(open), &[numbers]); // [token, stream]
    by_learned(g, shares, by, hyper.count);
    shares
}

/// Let a node read the factor, one number, and the numbers between a map and its shares.
fn by_learned(g: &mut Builder, id: NodeId, role: Role, count: usize) {
    let mut weigh = |param, length| {
        g.nodes[id.0].weights.push(Weight {
            role,
            param,
            shape: vec![length],
            members: 1,
        });
    };
    weigh(Param::Weight, 1);
    weigh(Param::Bias, count);
}

fn named(half: Half, leaf: &str) -> String {
    format!("{}.hook_{leaf}", half.module())
}
