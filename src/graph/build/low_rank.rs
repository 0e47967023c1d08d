//! A residual of low rank beside attention (Menghani et al. 2024).

use super::{Builder, TOKEN};
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// The stream between attention and MLP: the sum of `parts`. With a low-rank residual of `read`, which attention reads
/// too, both are added, and the sum is divided by √2. `[token, d_model]`
pub(super) fn middle(g: &mut Builder, parts: &[NodeId], read: NodeId) -> NodeId {
    let Some(rank) = g.arch.block.low_rank else {
        return g.stream("hook_resid_mid", Operation::Sum, parts); // [token, d_model]
    };
    let narrow = [TOKEN, Dim::new(Axis::DLatent, rank)];
    let map = Operation::LINEAR;
    let down = g.linear_to(&narrow, "low_rank.hook_down", read, Role::LowRankIn, map); // [token, rank]
    let up = g.linear("low_rank.hook_out", down, Role::LowRankOut, 1.0); // [token, d_model]
    let (name, module) = ("hook_low_rank_out", "low_rank_post");
    let out = g.norm_to(name, module, Role::LowRankNorm, up, 1.0); // [token, d_model]
    let all = [parts, &[read, out]].concat();
    let sum = g.add("low_rank.sum", &g.rows(), Operation::Sum, &all); // [token, d_model]
    let by = 0.5f64.sqrt();
    g.stream("hook_resid_mid", Operation::Multiply { by }, &[sum]) // [token, d_model]
}
