//! Hyper-connections (Zhu et al. 2025; Xie et al. 2026): several streams, which attention and MLP read as one row and
//! write to in shares.

use super::feed_forward::feed_forward;
use super::{Builder, TOKEN, mixed};
use crate::graph::arch::{Activation, Norms, QkNorm};
use crate::graph::block::BlockArch;
use crate::graph::operation::Operation;
use crate::graph::role::{Half, Param, Role};
use crate::graph::streams::{Hyper, Opening, Reading};
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
    let normed = read(g, hyper, Half::Mixer, resid_pre); // [token, stream, d_model]
    let row = row(g, hyper, Half::Mixer, [resid_pre, normed]); // [token, d_model]
    // Streams that are normed one by one are not normed again.
    let norms = matches!(hyper.read, Reading::Shares(_));
    let x = g.norm_if(norms, "ln1", Role::Ln1, row); // [token, d_model]
    let wrote = mixed(g, b, (layer, Norms::Pre), 1.0, x);
    let wrote = wrote.first().copied().unwrap_or(x); // [token, d_model]
    let name = "hook_resid_mid";
    let resid_mid = written(g, hyper, (Half::Mixer, name), [resid_pre, normed], wrote);
    let Some(own) = b.feed_forward else {
        return resid_mid;
    };
    let normed = read(g, hyper, Half::Mlp, resid_mid); // [token, stream, d_model]
    let row = self::row(g, hyper, Half::Mlp, [resid_mid, normed]); // [token, d_model]
    let x = g.norm_if(norms, "ln2", Role::Ln2, row); // [token, d_model]
    let wrote = feed_forward(g, own, x, "hook_mlp_out", 1.0); // [token, d_model]
    let name = "hook_resid_post";
    written(g, hyper, (Half::Mlp, name), [resid_mid, normed], wrote) // [token, stream, d_model]
}

/// The row that the unembedding reads: that of the only stream, or one of several. `[token, d_model]`
pub(super) fn gathered(g: &mut Builder, resid: NodeId) -> NodeId {
    let Some(hyper) = g.arch.block.hyper else {
        return resid;
    };
    let normed = read(g, &hyper, Half::End, resid); // [token, stream, d_model]
    row(g, &hyper, Half::End, [resid, normed]) // [token, d_model]
}

/// Streams as shares are read from: all normed as one row, or each alone. `[token, stream, d_model]`
fn read(g: &mut Builder, hyper: &Hyper, half: Half, resid: NodeId) -> NodeId {
    let over = match hyper.read {
        Reading::Shares(_) => QkNorm::AllHeads,
        Reading::Elements(_) => QkNorm::EachHead,
    };
    let norm = g.arch.norm.clone();
    let (name, shape) = (named(half, "normed"), g.stream_shape());
    let id = g.add(&name, &shape, Operation::HeadNorm { over, norm }, &[resid]);
    if over == QkNorm::EachHead {
        let weight = [hyper.count, g.arch.d_model];
        if g.arch
            .stored
            .contains(&(Role::StreamsNorm(half), Param::Weight))
        {
            weigh(g, id, (Role::StreamsNorm(half), Param::Weight), &weight);
        }
    }
    id
}

/// One row of several streams. `[token, d_model]`
fn row(g: &mut Builder, hyper: &Hyper, half: Half, [resid, normed]: [NodeId; 2]) -> NodeId {
    let (rows, name) = (g.rows(), named(half, "out"));
    match hyper.read {
        Reading::Shares(open) => {
            let roles = [Role::StreamsRead(half), Role::StreamsReadBy(half)];
            let shares = shares(g, hyper, (half, "read"), roles, open, normed); // [token, stream]
            g.add(
                &name,
                &rows,
                Operation::Gather { scale: 1.0 },
                &[shares, resid],
            ) // [token, d_model]
        }
        Reading::Elements(rank) => {
            let low = [TOKEN, Dim::new(Axis::Rank, rank)];
            let scale = 1.0 / hyper.count as f64;
            let map = scaled(scale);
            let down = named(half, "down");
            let down = g.linear_to(&low, &down, normed, Role::StreamsRead(half), map); // [token, rank]
            let act = Operation::Activate(Activation::Silu);
            let act = g.add(&named(half, "low"), &low, act, &[down]); // [token, rank]
            let shape = g.stream_shape();
            let up = (named(half, "read_in"), Role::StreamsReadUp(half));
            let up = g.linear_to(&shape, &up.0, act, up.1, scaled(1.0)); // [token, stream, d_model]
            let open = Operation::Open(Opening {
                scale: 1.0,
                plus: 0.0,
                learned: false,
            });
            let open = g.add(&named(half, "read"), &shape, open, &[up]); // [token, stream, d_model]
            g.add(&name, &rows, Operation::Gather { scale }, &[open, normed]) // [token, d_model]
        }
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
        let map = g.linear_to(&all, &map.0, normed, map.1, scaled(1.0)); // [token, stream · stream]
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
    // Numbers that nothing learned scales are means over streams.
    let scale = if open.learned {
        1.0
    } else {
        1.0 / hyper.count as f64
    };
    let name = named(half, &format!("{what}_in"));
    let numbers = g.linear_to(&each, &name, normed, map, scaled(scale)); // [token, stream]
    let shares = g.add(&named(half, what), &each, Operation::Open(open), &[numbers]); // [token, stream]
    if open.learned {
        by_learned(g, shares, by, hyper.count);
    }
    shares
}

/// Let a node read the factor, one number, and the numbers between a map and its shares.
fn by_learned(g: &mut Builder, id: NodeId, role: Role, count: usize) {
    weigh(g, id, (role, Param::Weight), &[1]);
    weigh(g, id, (role, Param::Bias), &[count]);
}

fn weigh(g: &mut Builder, id: NodeId, (role, param): (Role, Param), shape: &[usize]) {
    g.nodes[id.0].weights.push(Weight {
        role,
        param,
        shape: shape.to_vec(),
        members: 1,
    });
}

fn scaled(scale: f64) -> Operation {
    Operation::Linear {
        scale,
        cap: None,
        clip: None,
    }
}

fn named(half: Half, leaf: &str) -> String {
    format!("{}.hook_{leaf}", half.module())
}
