//! A small MLP at the end of a block (Houlsby et al. 2019).

use super::{Builder, TOKEN};
use crate::graph::arch::BottleneckNorm;
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// The stream after the small MLP, if there is one. `[token, d_model]`
pub(super) fn bottleneck(g: &mut Builder, resid: NodeId) -> NodeId {
    let Some(own) = g.arch.block.bottleneck else {
        return resid;
    };
    let narrow = [TOKEN, Dim::new(Axis::Rank, own.width)];
    let (map, activation) = (Operation::LINEAR, g.arch.mlp.activation);
    let read = match own.norm {
        Some(BottleneckNorm::Own) => g.norm("bottleneck_ln", Role::BottleneckNorm, resid),
        Some(BottleneckNorm::MlpAgain) => g.norm("bottleneck_ln", Role::Ln2, resid),
        None => resid,
    }; // [token, d_model]
    let pre = g.linear_to(
        &narrow,
        "bottleneck.hook_pre",
        read,
        Role::BottleneckIn,
        map,
    ); // [token, width]
    let activate = Operation::Activate(activation);
    let post = g.add("bottleneck.hook_post", &narrow, activate, &[pre]); // [token, width]
    let out = g.linear("hook_bottleneck_out", post, Role::BottleneckOut, 1.0); // [token, d_model]
    let onto = if own.onto_normed { read } else { resid };
    g.stream("hook_resid_post", Operation::Sum, &[onto, out]) // [token, d_model]
}
