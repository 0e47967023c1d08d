//! The feed-forward half of a block: an MLP, plain or gated (Shazeer 2020), or a mixture of experts
//! (Shazeer et al. 2017).

use super::{Builder, TOKEN};
use crate::graph::arch::{self, Mlp};
use crate::graph::block::FeedForward;
use crate::graph::operation::{Experts, Operation};
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// The feed-forward, called `name` and multiplied by `scale`. `[token, d_model]` → `[token, d_model]`
pub(super) fn feed_forward(
    g: &mut Builder,
    f: FeedForward,
    x: NodeId,
    name: &str,
    scale: f64,
) -> NodeId {
    match f {
        FeedForward::Mlp(mlp) => {
            let post = neurons(g, mlp, x); // [token, d_mlp]
            g.linear(name, post, Role::MlpOut, scale) // [token, d_model]
        }
        FeedForward::Experts(experts, mlp) => mixture(g, experts, mlp, x, name, scale),
    }
}

/// `act(x)`, or `act(x) · linear` in a gated MLP. `[token, d_model]` → `[token, d_mlp]`
fn neurons(g: &mut Builder, mlp: &Mlp, x: NodeId) -> NodeId {
    let wide = [TOKEN, Dim::new(Axis::DMlp, mlp.d_mlp)];
    let pre = g.linear_to(&wide, "mlp.hook_pre", x, Role::MlpIn, Operation::LINEAR); // [token, d_mlp]
    if !mlp.gated {
        return g.add(
            "mlp.hook_post",
            &wide,
            Operation::Activate(mlp.activation),
            &[pre],
        ); // [token, d_mlp]
    }
    let map = Operation::LINEAR;
    let linear = g.linear_to(&wide, "mlp.hook_pre_linear", x, Role::MlpLinear, map); // [token, d_mlp]
    g.add(
        "mlp.hook_post",
        &wide,
        Operation::Gate(mlp.gate()),
        &[pre, linear],
    ) // [token, d_mlp]
}

/// Each token's row through the experts that the router chooses. `[token, d_model]` → `[token, d_model]`
fn mixture(
    g: &mut Builder,
    e: &arch::Experts,
    mlp: &Mlp,
    x: NodeId,
    name: &str,
    scale: f64,
) -> NodeId {
    let (experts, active, d_model) = (e.n_experts, e.n_active, g.arch.d_model);
    let all = [TOKEN, Dim::new(Axis::Expert, experts)];
    let few = [TOKEN, Dim::new(Axis::Active, active)];
    let router = "mlp.hook_router_logits";
    let logits = g.linear_to(&all, router, x, Role::Router, Operation::LINEAR); // [token, expert]
    let choose = Operation::Choose { active, experts };
    let chosen = g.add("mlp.hook_expert_indices", &few, choose, &[logits]); // [token, active]
    let shares = Operation::Shares {
        renormalise: e.renormalise,
    };
    let shares = g.add("mlp.hook_expert_weights", &all, shares, &[logits, chosen]); // [token, expert]
    let mixture = Operation::Experts(Experts {
        count: experts,
        gated: mlp.gated,
        gate: mlp.gate(),
        scale,
    });
    let out = g.add(name, &g.rows(), mixture, &[x, shares]); // [token, d_model]
    g.reads(out, Role::ExpertIn(0), &[e.d_expert, d_model], experts);
    g.reads(out, Role::ExpertLinear(0), &[e.d_expert, d_model], experts);
    g.reads(out, Role::ExpertOut(0), &[d_model, e.d_expert], experts);
    out
}
