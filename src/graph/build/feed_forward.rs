//! The feed-forward half of a block: an MLP, plain or gated (Shazeer 2020), or a mixture of experts
//! (Shazeer et al. 2017).

use super::{Builder, TOKEN};
use crate::graph::arch::{Experts, Mlp};
use crate::graph::block::FeedForward;
use crate::graph::operation::{self, Gate, Operation};
use crate::graph::role::{Param, Role};
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

const LINEAR: Operation = Operation::Linear {
    scale: 1.0,
    cap: None,
};

/// `[token, d_model]` → `[token, d_model]`, called `name` and multiplied by `scale`.
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

/// `act(x)`, or `act(x) · linear` where gated. `[token, d_model]` → `[token, d_mlp]`
fn neurons(g: &mut Builder, mlp: &Mlp, x: NodeId) -> NodeId {
    let shape = [TOKEN, Dim::new(Axis::DMlp, mlp.d_mlp)];
    let pre = g.linear_to("mlp.hook_pre", x, Role::MlpIn, &shape, LINEAR); // [token, d_mlp]
    if !mlp.gated {
        return g.hook(
            "mlp.hook_post",
            &shape,
            Operation::Activate(mlp.activation),
            &[pre],
        ); // [token, d_mlp]
    }
    let linear = g.linear_to("mlp.hook_pre_linear", x, Role::MlpLinear, &shape, LINEAR); // [token, d_mlp]
    g.hook(
        "mlp.hook_post",
        &shape,
        Operation::Gate(gate(mlp)),
        &[pre, linear],
    ) // [token, d_mlp]
}

/// Each token's row through the few experts that the router chooses. `[token, d_model]` → `[token, d_model]`
fn mixture(g: &mut Builder, e: &Experts, mlp: &Mlp, x: NodeId, name: &str, scale: f64) -> NodeId {
    let all = [TOKEN, Dim::new(Axis::Expert, e.n_experts)];
    let few = [TOKEN, Dim::new(Axis::Active, e.n_active)];
    let logits = g.linear_to("mlp.hook_router_logits", x, Role::Router, &all, LINEAR); // [token, expert]
    let choose = Operation::Choose {
        active: e.n_active,
        experts: e.n_experts,
    };
    let shares = Operation::Shares {
        renormalise: e.renormalise,
    };
    let chosen = g.hook("mlp.hook_expert_indices", &few, choose, &[logits]); // [token, active]
    let shares = g.hook("mlp.hook_expert_weights", &all, shares, &[logits, chosen]); // [token, expert]
    let operation = Operation::Experts(operation::Experts {
        count: e.n_experts,
        gated: mlp.gated,
        gate: gate(mlp),
        scale,
    });
    let out = g.hook(name, &g.rows(), operation, &[x, shares]); // [token, d_model]
    let d_model = g.arch.d_model;
    for (role, outputs, inputs) in [
        (Role::ExpertIn(0), e.d_expert, d_model),
        (Role::ExpertLinear(0), e.d_expert, d_model),
        (Role::ExpertOut(0), d_model, e.d_expert),
    ] {
        g.reads(out, role, Param::Weight, &[outputs, inputs], e.n_experts);
        g.reads(out, role, Param::Bias, &[outputs], e.n_experts);
    }
    out
}

fn gate(mlp: &Mlp) -> Gate {
    Gate {
        activation: mlp.activation,
        clamp: mlp.clamp,
        offset: mlp.linear_offset,
    }
}
