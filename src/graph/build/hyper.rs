//! Hyper-connections (Zhu et al. 2025; Xie et al. 2026): several streams, which attention and MLP read as one row and
//! write to in shares.

use super::feed_forward::feed_forward;
use super::{Builder, TOKEN, mixed, ngrams};
use crate::graph::arch::{Activation, Norms, QkNorm};
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
    let resid_pre = ngrams::added(g, hyper, layer, resid_pre); // [token, stream, d_model]
    let (normed, row) = read(g, hyper, Half::Mixer, resid_pre); // [token, stream, d_model], [token, d_model]
    let x = g.norm_if(hyper.rank.is_none(), "ln1", Role::Ln1, row); // [token, d_model]
    let wrote = mixed(g, b, (layer, Norms::Pre), 1.0, x);
    let wrote = wrote.first().copied().unwrap_or(x); // [token, d_model]
    let name = "hook_resid_mid";
    let resid_mid = written(g, hyper, (Half::Mixer, name), [resid_pre, normed], wrote);
    let Some(own) = b.feed_forward else {
        return resid_mid;
    };
    let (normed, row) = read(g, hyper, Half::Mlp, resid_mid); // [token, stream, d_model], [token, d_model]
    let x = g.norm_if(hyper.rank.is_none(), "ln2", Role::Ln2, row); // [token, d_model]
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
    if let Some(rank) = hyper.rank {
        return read_by_element(g, hyper, half, rank, resid);
    }
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
        g.add(
            &named(half, "out"),
            &rows,
            Operation::Gather { each: false },
            &read,
        ),
    )
}

/// Streams, normed each by itself, and the mean of them in which each element counts in a share of its own. `[token,
/// d_streams]`, `[token, d_model]`
fn read_by_element(
    g: &mut Builder,
    hyper: &Hyper,
    half: Half,
    rank: usize,
    resid: NodeId,
) -> (NodeId, NodeId) {
    let (rows, all) = (g.rows(), g.stream_shape());
    let low = [TOKEN, Dim::new(Axis::Rank, rank)];
    let role = Role::StreamsNorm(half);
    let normed = normed_each(g, hyper, &named(half, "normed"), role, resid); // [token, d_streams]
    let (name, map) = (named(half, "open_low"), mean_of_streams(hyper));
    let x = g.linear_to(&low, &name, normed, Role::StreamsReadLow(half), map); // [token, rank]
    let act = Operation::Activate(Activation::Silu);
    let x = g.add(&named(half, "open_low_post"), &low, act, &[x]); // [token, rank]
    let (name, map) = (named(half, "open_in"), Operation::LINEAR);
    let x = g.linear_to(&all, &name, x, Role::StreamsRead(half), map); // [token, d_streams]
    let scale = hyper.read.scale;
    let open = Operation::Sigmoid { scale };
    let open = g.add(&named(half, "open"), &all, open, &[x]); // [token, d_streams]
    let gather = Operation::Gather { each: true };
    // The last norm and the reading of its output are one.
    let name = match half {
        Half::End => "ln_final.hook_out".to_owned(),
        Half::Mixer | Half::Mlp => named(half, "out"),
    };
    let row = g.add(&name, &rows, gather, &[open, normed]); // [token, d_model]
    (normed, row)
}

/// Streams after a norm of each by itself, with weights of its own. `[token, d_streams]`
pub(super) fn normed_each(
    g: &mut Builder,
    hyper: &Hyper,
    name: &str,
    role: Role,
    streams: NodeId,
) -> NodeId {
    let (over, norm) = (QkNorm::Groups(hyper.count), g.arch.norm.clone());
    let norm = Operation::HeadNorm { over, norm };
    let id = g.add(name, &g.stream_shape(), norm, &[streams]); // [token, d_streams]
    g.reads(id, role, &[g.width(id)], 1);
    id
}

/// A linear map of all streams, divided by their number.
fn mean_of_streams(hyper: &Hyper) -> Operation {
    Operation::Linear {
        scale: 1.0 / hyper.count as f64,
        cap: None,
        clip: None,
    }
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
    let name = named(half, &format!("{what}_in"));
    if hyper.rank.is_some() {
        let numbers = g.linear_to(&each, &name, normed, map, mean_of_streams(hyper)); // [token, stream]
        let open = Operation::Sigmoid { scale: open.scale };
        return g.add(&named(half, what), &each, open, &[numbers]); // [token, stream]
    }
    let numbers = g.linear_to(&each, &name, normed, map, Operation::LINEAR); // [token, stream]
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
