//! Values of a table for the runs of tokens that end at a token, added to each stream (Cheng et al. 2026).

use super::hyper::normed_each;
use super::recurrence::convolved_rows;
use super::{Builder, KEY, PAST, TOKEN};
use crate::graph::arch::Activation;
use crate::graph::ngrams::Table;
use crate::graph::operation::Operation;
use crate::graph::role::{Param, Role};
use crate::graph::streams::Hyper;
use crate::graph::{Dim, NodeId, Weight};
use crate::trace::plan::Axis;

/// The least size of a product whose root opens a gate.
const LEAST: f64 = 1e-6;

/// Streams with the values of runs of tokens, in a block that has a table of them. `[token, d_streams]`
pub(super) fn added(g: &mut Builder, hyper: &Hyper, layer: usize, resid: NodeId) -> NodeId {
    let Some(ngrams) = &g.arch.embedding.ngrams else {
        return resid;
    };
    let Some(table) = ngrams.of(layer) else {
        return resid;
    };
    let (rows, all) = (g.rows(), g.stream_shape());
    let each = [TOKEN, Dim::new(Axis::Stream, hyper.count)];
    let map = || Operation::LINEAR;
    let embed = found(g, ngrams.d_embed, table); // [token, d_embed]
    let k = g.linear_to(&all, "ngrams.hook_k", embed, Role::NGramKey, map()); // [token, d_streams]
    let k = normed_each(g, hyper, "ngrams.hook_k_normed", Role::NGramKeyNorm, k); // [token, d_streams]
    let v = g.linear_to(&rows, "ngrams.hook_v", embed, Role::NGramValue, map()); // [token, d_model]
    let q = normed_each(
        g,
        hyper,
        "ngrams.hook_q_normed",
        Role::NGramQueryNorm,
        resid,
    ); // [token, d_streams]
    let scale = (g.arch.d_model as f64).powf(-0.5);
    let scores = g.add(
        "ngrams.hook_scores",
        &each,
        Operation::Dot { scale },
        &[k, q],
    ); // [token, stream]
    let root = Operation::SignedRoot { least: LEAST };
    let root = g.add("ngrams.hook_roots", &each, root, &[scores]); // [token, stream]
    let sigmoid = Operation::Sigmoid { scale: 1.0 };
    let gate = g.add("ngrams.hook_gate", &each, sigmoid, &[root]); // [token, stream]
    let gated = g.add("ngrams.hook_gated", &all, Operation::Scatter, &[gate, v]); // [token, d_streams]
    let role = Role::NGramConvolvedNorm;
    let normed = normed_each(g, hyper, "ngrams.hook_gated_normed", role, gated); // [token, d_streams]
    let name = ("ngrams.hook_convolved", Role::NGramConvolved);
    let taps = (ngrams.width, table.hash.longest(), Some(Activation::Silu));
    let convolved = convolved_rows(g, name, taps, &all, normed); // [token, d_streams]
    let parts = [resid, gated, convolved];
    g.stream("hook_resid_ngrams", Operation::Sum, &parts) // [token, d_streams]
}

/// The rows of a table for the runs that end at each token. `[token, d_embed]`
fn found(g: &mut Builder, d_embed: usize, table: &Table) -> NodeId {
    let tokens = g.named("tokens").unwrap_or(NodeId(0));
    let past = g.add("ngrams.past_tokens", &[PAST], Operation::Past, &[]); // [key]
    let tokens = g.add("ngrams.tokens", &[KEY], Operation::Append, &[tokens, past]); // [key]
    let shape = [TOKEN, Dim::new(Axis::DEmbed, d_embed)];
    let hash = Operation::NGrams(table.hash.clone());
    let embed = g.add("ngrams.hook_embed", &shape, hash, &[tokens]); // [token, d_embed]
    let width = d_embed / table.hash.sizes.len().max(1);
    let parts = [
        (Role::NGramTable(0), table.part, table.whole_parts()),
        (Role::NGramTableEnd, table.rest().unwrap_or(0), 1),
    ];
    for (role, rows, members) in parts {
        if rows > 0 && members > 0 {
            g.nodes[embed.0].weights.push(Weight {
                role,
                param: Param::Weight,
                shape: vec![rows, width],
                members,
            });
        }
    }
    embed
}
