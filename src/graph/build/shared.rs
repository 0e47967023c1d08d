//! A block of attention and MLP whose weights several layers share, before a recurrence (Glorioso et al. 2024).

use super::{Builder, TOKEN, attention, feed_forward};
use crate::graph::arch::Norm;
use crate::graph::block::{BlockAttention, FeedForward};
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// The stream plus what the shared block makes of it and of the token's embedding: what the recurrence reads. `[token,
/// d_model]`
pub(super) fn shared(
    g: &mut Builder,
    a: &BlockAttention,
    f: FeedForward,
    norm: &Norm,
    stream: NodeId,
) -> NodeId {
    let embed = g.named("hook_embed").unwrap_or(stream);
    let both = [TOKEN, Dim::new(Axis::DModel, 2 * g.arch.d_model)];
    let joined = Operation::Beside;
    let joined = g.add("shared.hook_joined", &both, joined, &[stream, embed]); // [token, 2 d_model]
    let read = g.norm("shared_ln1", Role::SharedLn1, joined); // [token, 2 d_model]
    let z = attention::attention(g, a, norm, read); // [token, head, d_head]
    let out = g.linear("shared.hook_attn_out", z, Role::AttnOut, 1.0); // [token, d_model]
    let read = g.norm("shared_ln2", Role::SharedLn2, out); // [token, d_model]
    let out = feed_forward(g, f, read, "mlp.hook_out", 1.0); // [token, d_model]
    let out = g.linear("hook_shared_out", out, Role::SharedBlockOut, 1.0); // [token, d_model]
    g.add("hook_mixer_in", &g.rows(), Operation::Sum, &[stream, out]) // [token, d_model]
}
