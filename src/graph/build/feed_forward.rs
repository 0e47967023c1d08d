//! The feed-forward half of a block: an MLP, plain or gated (Shazeer 2020), or a mixture of experts
//! (Shazeer et al. 2017).

use super::{Builder, TOKEN, adapter, shift};
use crate::graph::arch::{self, Activation, Mlp, QkNorm, Shared};
use crate::graph::block::FeedForward;
use crate::graph::operation::{Experts, Gate, Operation};
use crate::graph::role::{Adapted, Param, Role, Sign};
use crate::graph::{Dim, NodeId};
use crate::trace::hook::Layer;
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
        FeedForward::Mlp(mlp, width) if mlp.shifted => {
            let row = shift::row(g, "mlp", x); // [1, d_model]
            let read = shift::mixed(g, "mlp.hook_shifted", Role::ShiftMlp, [x, row]); // [token, d_model]
            let post = neurons(g, (mlp, width), read); // [token, d_mlp]
            let out = g.linear(
                "mlp.hook_out",
                post,
                Role::MlpOut,
                scale * mlp.multipliers[1],
            ); // [token, d_model]
            let shifted = "mlp.hook_out_gate_shifted";
            let read = shift::mixed(g, shifted, Role::ShiftMlpGate, [x, row]); // [token, d_model]
            let gate = g.linear("mlp.hook_out_gate", read, Role::MlpGate, 1.0); // [token, d_model]
            g.add(name, &g.rows(), Operation::Weigh, &[gate, out]) // [token, d_model]
        }
        FeedForward::Mlp(mlp, width) => {
            let mut post = neurons(g, (mlp, width), x); // [token, d_mlp]
            if mlp.norm {
                post = norm_of_neurons(g, post); // [token, d_mlp]
            }
            g.linear(name, post, Role::MlpOut, scale * mlp.multipliers[1]) // [token, d_model]
        }
        FeedForward::Experts(experts, mlp) => mixture(g, experts, mlp, [x, x], name, scale),
        FeedForward::Both(experts, mlp, width) => both(g, experts, (mlp, width), x, name),
        FeedForward::Shortcut(experts, mlp, width) => {
            let post = neurons(g, (mlp, width), x); // [token, d_mlp]
            mixture(g, experts, mlp, [x, x], SHORTCUT, scale); // [token, d_model]
            g.linear(name, post, Role::MlpOut, scale * mlp.multipliers[1]) // [token, d_model]
        }
    }
}

/// The output of experts that is added at the end of the next block.
const SHORTCUT: &str = "mlp.hook_experts_out";

/// The output of the experts of the block before, which is added at the end of this one. `[token, d_model]`
pub(super) fn shortcut(g: &Builder, layer: usize) -> Option<NodeId> {
    let before = layer.checked_sub(1)?;
    let e = g.arch.experts.as_ref()?;
    let adds = e.shortcut && e.layers.get(before) == Some(&true);
    adds.then(|| g.named(&format!("blocks.{before}.{SHORTCUT}")))?
}

/// MLP and experts, which read the stream through norms of their own, and the sum of their normed outputs. `x` is what
/// the MLP reads. `[token, d_model]` → `[token, d_model]`
fn both(
    g: &mut Builder,
    e: &arch::Experts,
    (mlp, width): (&Mlp, usize),
    x: NodeId,
    name: &str,
) -> NodeId {
    let post = neurons(g, (mlp, width), x); // [token, d_mlp]
    let out = g.linear("mlp.hook_dense_out", post, Role::MlpOut, 1.0); // [token, d_model]
    let dense = g.norm("dense_post", Role::MlpPost, out); // [token, d_model]
    let stream = g.beside("hook_resid_mid").unwrap_or(x);
    let by = (g.arch.d_model as f64).powf(-0.5);
    let (out, module) = ("router_norm.hook_out", "router_norm");
    let router = g.norm_to(out, module, Role::RouterNorm, stream, by); // [token, d_model]
    let read = g.norm("experts_norm", Role::ExpertsNorm, stream); // [token, d_model]
    let out = mixture(g, e, mlp, [router, read], "mlp.hook_experts_out", 1.0); // [token, d_model]
    let experts = g.norm("experts_post", Role::ExpertsPost, out); // [token, d_model]
    g.add(name, &g.rows(), Operation::Sum, &[dense, experts]) // [token, d_model]
}

/// `act(x)`, or `act(x) · linear` in a gated MLP. `[token, d_model]` → `[token, d_mlp]`
fn neurons(g: &mut Builder, (mlp, width): (&Mlp, usize), x: NodeId) -> NodeId {
    let wide = [TOKEN, Dim::new(Axis::DMlp, width)];
    let map = Operation::Linear {
        scale: mlp.multipliers[0],
        cap: None,
        clip: None,
    };
    let linear = |role, map: Operation| {
        move |g: &mut Builder, name: &str| g.linear_to(&wide, name, x, role, map)
    };
    let (name, adapted) = (("mlp.hook_pre", &wide[..]), (mlp.adapter, Adapted::Mlp));
    let mut pre = adapter::added(g, name, adapted, x, linear(Role::MlpIn, map)); // [token, d_mlp]
    if let Layer::Block(i) = g.layer
        && let Some(deviations) = mlp.cuts.get(i).copied().flatten()
    {
        pre = g.add(
            "mlp.hook_pre_cut",
            &wide,
            Operation::Cut { deviations },
            &[pre],
        ); // [token, d_mlp]
    }
    if !mlp.gated {
        let activate = Operation::Activate(mlp.activation);
        let post = g.add("mlp.hook_post", &wide, activate, &[pre]); // [token, d_mlp]
        if mlp.activation == Activation::Xielu {
            use Role::{ActivationAlpha, ActivationBeta, ActivationEps};
            for role in [ActivationAlpha(Sign::Above), ActivationAlpha(Sign::Below)] {
                g.reads(post, role, &[1], 1);
            }
            g.reads(post, ActivationBeta, &[], 1);
            g.reads(post, ActivationEps, &[], 1);
        }
        return post;
    }
    let name = ("mlp.hook_pre_linear", &wide[..]);
    let (adapted, map) = ((mlp.adapter, Adapted::MlpLinear), Operation::LINEAR);
    let linear = adapter::added(g, name, adapted, x, linear(Role::MlpLinear, map)); // [token, d_mlp]
    g.add(
        "mlp.hook_post",
        &wide,
        Operation::Gate(mlp.gate()),
        &[pre, linear],
    ) // [token, d_mlp]
}

/// The neurons after a norm over all of them. `[token, d_mlp]`
fn norm_of_neurons(g: &mut Builder, post: NodeId) -> NodeId {
    let (shape, d_mlp) = (g.nodes[post.0].shape.clone(), g.width(post));
    let norm = Operation::HeadNorm {
        over: QkNorm::Head,
        norm: g.arch.norm.clone(),
    };
    let normed = g.add("mlp.hook_post_normed", &shape, norm, &[post]); // [token, d_mlp]
    g.reads(normed, Role::NeuronNorm, &[d_mlp], 1);
    normed
}

/// Each token's row through the experts that the router chooses. The router reads the first row, and the experts the
/// second. `[token, d_model]` → `[token, d_model]`
fn mixture(
    g: &mut Builder,
    e: &arch::Experts,
    mlp: &Mlp,
    [routed, x]: [NodeId; 2],
    name: &str,
    scale: f64,
) -> NodeId {
    let whole = name;
    let averaged = e.shared.is_some_and(|shared| shared.averaged);
    let scale = if averaged { scale / 2.0 } else { scale };
    let (experts, active, d_model) = (e.n_experts, e.n_active, g.arch.d_model);
    let all = [TOKEN, Dim::new(Axis::Expert, experts)];
    let few = [TOKEN, Dim::new(Axis::Active, active)];
    let router = "mlp.hook_router_logits";
    let map = Operation::Linear {
        scale: 1.0,
        cap: e.cap,
        clip: None,
    };
    let logits = g.linear_to(&all, router, routed, Role::Router, map); // [token, expert]
    let chosen = match g.layer {
        Layer::Block(i) if e.by_token.get(i) == Some(&true) => {
            let tokens = g.named("tokens");
            let choose = Operation::ChooseByToken { experts };
            let name = "mlp.hook_expert_indices";
            let chosen = g.add(name, &few, choose, tokens.as_slice()); // [token, active]
            g.reads(chosen, Role::RouterTable, &[g.arch.d_vocab, active], 1);
            chosen
        }
        _ => chosen_by_scores(g, e, logits), // [token, active]
    };
    let shares = Operation::Shares {
        score: e.score,
        renormalise: e.renormalise,
        scale: e.scale,
    };
    let shares = g.add("mlp.hook_expert_weights", &all, shares, &[logits, chosen]); // [token, expert]
    if e.scaled {
        g.reads(shares, Role::ExpertScale, &[experts], 1);
    }
    let mixture = Operation::Experts(Experts {
        share_of_input: e.share_of_input,
        count: experts,
        identities: e.identities,
        gated: mlp.gated,
        gate: Gate {
            clamp: e.clamp.or(mlp.clamp),
            ..mlp.gate()
        },
        scale,
    });
    let biased = (g.arch.stored).contains(&(Role::ExpertsBias, Param::Weight));
    let name = if e.shared.is_some() || biased {
        "mlp.hook_experts_out"
    } else {
        name
    };
    let mut out = g.add(name, &g.rows(), mixture, &[x, shares]); // [token, d_model]
    let own = e.with_weights();
    g.reads(out, Role::ExpertIn(0), &[e.d_expert, d_model], own);
    g.reads(out, Role::ExpertLinear(0), &[e.d_expert, d_model], own);
    g.reads(out, Role::ExpertOut(0), &[d_model, e.d_expert], own);
    if biased {
        out = g.shifted(whole, Role::ExpertsBias, out); // [token, d_model]
    }
    match e.shared {
        Some(shared) => {
            let beside = beside(g, shared, mlp, x, scale); // [token, d_model]
            g.add(whole, &g.rows(), Operation::Sum, &[out, beside]) // [token, d_model]
        }
        None => out,
    }
}

/// The experts with the largest scores. `[token, expert]` → `[token, active]`
fn chosen_by_scores(g: &mut Builder, e: &arch::Experts, logits: NodeId) -> NodeId {
    let (experts, active) = (e.n_experts, e.n_active);
    let few = [TOKEN, Dim::new(Axis::Active, active)];
    let choose = Operation::Choose {
        active,
        experts,
        score: e.score,
        groups: e.groups,
    };
    let chosen = g.add("mlp.hook_expert_indices", &few, choose, &[logits]); // [token, active]
    if e.choice_bias {
        g.reads(chosen, Role::RouterChoice, &[experts], 1);
    }
    chosen
}

/// The MLP that every token goes through beside its experts. `[token, d_model]` → `[token, d_model]`
fn beside(g: &mut Builder, shared: Shared, mlp: &Mlp, x: NodeId, scale: f64) -> NodeId {
    let (wide, one) = (
        [TOKEN, Dim::new(Axis::DMlp, shared.d_mlp)],
        [TOKEN, Dim::new(Axis::One, 1)],
    );
    let map = Operation::LINEAR;
    let pre = g.linear_to(&wide, "mlp.hook_shared_pre", x, Role::SharedIn, map); // [token, d_mlp]
    let post = if mlp.gated {
        let (name, map) = ("mlp.hook_shared_pre_linear", Operation::LINEAR);
        let linear = g.linear_to(&wide, name, x, Role::SharedLinear, map); // [token, d_mlp]
        let gate = Operation::Gate(mlp.gate());
        g.add("mlp.hook_shared_post", &wide, gate, &[pre, linear]) // [token, d_mlp]
    } else {
        let activate = Operation::Activate(mlp.activation);
        g.add("mlp.hook_shared_post", &wide, activate, &[pre]) // [token, d_mlp]
    };
    let out = g.linear("mlp.hook_shared_out", post, Role::SharedOut, scale); // [token, d_model]
    if !shared.gated {
        return out;
    }
    let map = Operation::LINEAR;
    let gate = g.linear_to(&one, "mlp.hook_shared_gate", x, Role::SharedGate, map); // [token, 1]
    let weigh = Operation::Weigh;
    g.add("mlp.hook_shared_weighed", &g.rows(), weigh, &[gate, out]) // [token, d_model]
}
