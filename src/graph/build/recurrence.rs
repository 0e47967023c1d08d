//! Mixers with a state of fixed size: one recurrence for gated delta nets (Yang et al. 2024), state-space models (Gu &
//! Dao 2023; Dao & Gu 2024) and lightning attention (Qin et al. 2024), and short convolutions.

use super::{Builder, KEY, PAST, QUERY, TOKEN, dim, peaks, shift};
use crate::graph::arch::{Activation, Norm, QkNorm};
use crate::graph::operation::Operation;
use crate::graph::recurrence::{
    Decay, Normal, Recurrence, ShortConvolution, StateGate, StateNorm, Write,
};
use crate::graph::role::{Param, Role};
use crate::graph::{Dim, Length, NodeId};
use crate::trace::plan::Axis;

/// The row that each head reads from its state. `[token, d_model]` → `[token, head, d_head]`
pub(super) fn recurrence(
    g: &mut Builder,
    r: &Recurrence,
    norm: &Norm,
    layer: usize,
    x: NodeId,
) -> NodeId {
    let [group, head, d_state, d_head] = [
        Dim::new(Axis::Group, r.n_groups.max(1)),
        Dim::new(Axis::Head, r.n_heads),
        Dim::new(Axis::DState, r.d_state),
        Dim::new(Axis::DHead, r.d_head),
    ];
    let (narrow, wide) = ([TOKEN, group, d_state], [TOKEN, head, d_head]);
    let m = r.multipliers;
    let [of_keys, of_values, of_gate] = if r.shifted {
        let row = shift::row(g, "mixer", x); // [1, d_model]
        [
            ("mixer.hook_k_shifted", Role::ShiftKey),
            ("mixer.hook_v_shifted", Role::ShiftValue),
            ("mixer.hook_gate_shifted", Role::ShiftGate),
        ]
        .map(|(name, role)| shift::mixed(g, name, role, [x, row])) // [token, d_model]
    } else {
        [x; 3]
    };
    let roles = [Role::StateValue, Role::ConvolvedValue];
    let value = |g: &mut Builder| projected(g, r, "v", roles, (&wide, m.value), of_values); // [token, head, d_head]
    let (mut q, mut k, v) = match r.from_values {
        None if r.n_groups == 0 => {
            let v = value(g);
            let one = g.add("mixer.one", &narrow, Operation::Ones, &[]); // [token, group, d_state]
            (one, one, v)
        }
        Some(from) => {
            let v = value(g);
            let [q, k] = [("q", Role::StateQuery), ("k", Role::StateKey)].map(|(name, role)| {
                of_groups(g, r, (&format!("mixer.hook_{name}"), role), &narrow, v) // [token, group, d_state]
            });
            let roles = [Role::StateQueryNorm, Role::StateKeyNorm];
            let [q, k] = [("q", q, roles[0]), ("k", k, roles[1])]
                .map(|(name, x, role)| small_norm(g, name, role, from.normed, norm, x));
            (q, k, v)
        }
        None => {
            let roles = [Role::StateQuery, Role::ConvolvedQuery];
            let q = projected(g, r, "q", roles, (&narrow, m.query), x); // [token, group, d_state]
            let roles = [Role::StateKey, Role::ConvolvedKey];
            let k = projected(g, r, "k", roles, (&narrow, m.key), x); // [token, group, d_state]
            (q, k, value(g))
        }
    };
    if let Some(eps) = r.unit {
        let unit = |scale| Operation::Unit { eps, scale };
        let scale = 1.0 / (r.d_state as f64).sqrt();
        q = g.add("mixer.hook_q_normed", &narrow, unit(scale), &[q]); // [token, group, d_state]
        k = g.add("mixer.hook_k_normed", &narrow, unit(1.0), &[k]); // [token, group, d_state]
    }
    let by_values = r.from_values.is_some() || matches!(r.decay, Decay::Gated { .. });
    let (step, mut decay) = decay(g, r, norm, layer, if by_values { v } else { x }); // [token, head]
    let full = [head, d_state, d_head];
    let past = g.add("mixer.past_state", &full, Operation::Past, &[]); // [head, d_state, d_head]
    let mut weights = None;
    let (write, open) = match r.write {
        Write::Exponential { cap, by } => {
            let exponents = peaks::exponents(g, r, (cap, by), of_keys, decay);
            decay = exponents.decay;
            let parts = [v, exponents.share];
            let write = g.add("mixer.hook_write", &wide, Operation::Times, &parts); // [token, head, d_head]
            weights = Some(peaks::weights(g, r, exponents, k));
            (write, Some(exponents.share))
        }
        Write::Value => (v, None),
        Write::Step => {
            let write = g.add("mixer.hook_write", &wide, Operation::Times, &[v, step]); // [token, head, d_head]
            (write, Some(step))
        }
        Write::Balanced => {
            let one = [TOKEN, head];
            let gate = blocks(g, r, "mixer.hook_write_gate", Role::WriteGate, v); // [token, head]
            let parts = [gate, decay];
            let share = g.add("mixer.hook_share", &one, Operation::WriteShare, &parts); // [token, head]
            let write = g.add("mixer.hook_write", &wide, Operation::Times, &[v, share]); // [token, head, d_head]
            (write, Some(share))
        }
        Write::Delta(scale) => {
            let one = [TOKEN, head];
            let (name, map) = ("mixer.hook_beta_in", Operation::LINEAR);
            let beta = g.linear_to(&one, name, x, Role::Beta, map); // [token, head]
            let beta = g.add(
                "mixer.hook_beta",
                &one,
                Operation::Sigmoid { scale },
                &[beta],
            ); // [token, head]
            let read = [k, v, beta, decay, past];
            let write = g.add("mixer.hook_write", &wide, Operation::Delta, &read); // [token, head, d_head]
            (write, Some(beta))
        }
    };
    let states = [TOKEN, head, d_state, d_head];
    let read = [k, write, decay, past];
    let state = g.add("mixer.hook_state", &states, Operation::Recur, &read); // [token, head, d_state, d_head]
    g.add("mixer.state", &full, Operation::Carry, &[state, past]); // [head, d_state, d_head]
    let own = match (r.write, &weights) {
        (
            Write::Exponential {
                by: Normal::Mean, ..
            },
            Some(weights),
        ) => Some(peaks::own(g, r, weights)), // [token, head]
        _ => None,
    };
    if r.from_values.is_none() {
        pattern(g, r, [q, k, decay], open, own);
    }
    let name = if r.skip || (weights.is_some() && own.is_none()) {
        "mixer.hook_read"
    } else {
        "mixer.hook_z"
    };
    let mut z = match (own, &weights) {
        (Some(own), Some(weights)) => {
            let read = [own, v, state, weights.state, past, weights.past];
            g.add(name, &wide, Operation::Mean, &read) // [token, head, d_head]
        }
        _ => g.add(name, &wide, Operation::Read, &[q, state]), // [token, head, d_head]
    };
    if let (
        Write::Exponential {
            by: Normal::Bounded { eps },
            ..
        },
        Some(weights),
    ) = (r.write, &weights)
    {
        let one = [TOKEN, head, Dim::new(Axis::One, 1)];
        let name = "mixer.hook_weight_read";
        let by = g.add(name, &one, Operation::Read, &[q, weights.state]); // [token, head, 1]
        let bounded = Operation::Bounded { eps };
        z = g.add("mixer.hook_z", &wide, bounded, &[z, by, weights.of.peak]); // [token, head, d_head]
    }
    if r.skip {
        z = g.add("mixer.hook_z", &wide, Operation::Skip, &[z, v]); // [token, head, d_head]
        g.reads(z, Role::Skip, &[r.n_heads], 1);
    }
    let gate = r.gate.map(|gate| {
        let map = scaled(m.gate);
        let x = match gate.rank {
            Some(rank) => low(g, "gate", (rank, Role::StateGateLow), x), // [token, rank]
            None => of_gate,
        };
        (
            gate,
            g.linear_to(&wide, "mixer.hook_gate", x, Role::StateGate, map),
        ) // [token, head, d_head]
    });
    match gate {
        Some((gate, by)) if gate.first => {
            let z = gated(g, gate, by, z);
            normed(g, r.norm, z)
        }
        gate => {
            let z = normed(g, r.norm, z);
            gate.map_or(z, |(gate, by)| gated(g, gate, by, z))
        }
    }
}

/// Queries, keys or values: a linear map, then a convolution and an activation if the model has them.
fn projected(
    g: &mut Builder,
    r: &Recurrence,
    name: &str,
    [role, convolved]: [Role; 2],
    (shape, scale): (&[Dim; 3], f64),
    x: NodeId,
) -> NodeId {
    let (last, map) = (format!("mixer.hook_{name}"), scaled(scale));
    let first = format!("mixer.hook_{name}_in");
    match (r.convolution, r.activation) {
        (None, None) => g.linear_to(shape, &last, x, role, map),
        (None, Some(activation)) => {
            let read = g.linear_to(shape, &first, x, role, map);
            g.add(&last, shape, Operation::Activate(activation), &[read])
        }
        (Some(width), activation) => {
            let read = g.linear_to(shape, &first, x, role, map);
            convolved_rows(g, (&last, convolved), (width, 1, activation), shape, read)
        }
    }
}

/// A linear map times a factor.
fn scaled(scale: f64) -> Operation {
    Operation::Linear {
        scale,
        cap: None,
        clip: None,
    }
}

/// The numbers that gates or steps of all heads are made of. `[token, d_model]` → `[token, rank]`
fn low(g: &mut Builder, name: &str, (rank, role): (usize, Role), x: NodeId) -> NodeId {
    let (shape, map) = ([TOKEN, Dim::new(Axis::Rank, rank)], Operation::LINEAR);
    g.linear_to(&shape, &format!("mixer.hook_{name}_low"), x, role, map)
}

/// A norm over the last axis, if there is one.
fn small_norm(
    g: &mut Builder,
    name: &str,
    role: Role,
    eps: Option<f64>,
    norm: &Norm,
    x: NodeId,
) -> NodeId {
    let Some(eps) = eps else {
        return x;
    };
    let (shape, name) = (
        g.nodes[x.0].shape.clone(),
        format!("mixer.hook_{name}_normed"),
    );
    let operation = Operation::HeadNorm {
        over: QkNorm::Head,
        norm: Norm::new(norm.kind, eps),
    };
    let width = shape.last().map_or(0, |dim| dim.length(0, 0));
    let id = g.add(&name, &shape, operation, &[x]);
    g.reads(id, role, &[width], 1);
    id
}

/// A convolution over `width` tokens, each `apart` from the next, with the rows that it keeps for the next pass. `[token,
/// …]`
pub(super) fn convolved_rows(
    g: &mut Builder,
    (name, role): (&str, Role),
    (width, apart, activation): (usize, usize, Option<Activation>),
    shape: &[Dim],
    x: NodeId,
) -> NodeId {
    let before = (width - 1) * apart;
    let rows = [&[dim(Axis::Tap, Length::Fixed(before))], &shape[1..]].concat();
    let plain = name.replace("hook_", "");
    let past = g.add(&format!("{plain}_past"), &rows, Operation::Past, &[]); // [tap, …]
    let last = Operation::LastRows { rows: before };
    g.add(&format!("{plain}_rows"), &rows, last, &[x, past]); // [tap, …]
    let convolve = Operation::Convolve {
        width,
        apart,
        activation,
    };
    let id = g.add(name, shape, convolve, &[x, past]); // [token, …]
    g.reads(id, role, &[g.width(id), 1, width], 1);
    id
}

/// Each head's step, if there are steps, and the logarithm of the factor by which its state fades. `[token, head]`, or
/// `[token, head, d_state]` if rows fade apart
fn decay(
    g: &mut Builder,
    r: &Recurrence,
    norm: &Norm,
    layer: usize,
    x: NodeId,
) -> (NodeId, NodeId) {
    let one = [TOKEN, Dim::new(Axis::Head, r.n_heads)];
    match &r.decay {
        &Decay::Steps { least, most } => {
            let x = match r.from_values {
                Some(from) => {
                    let (group, rank) = (
                        Dim::new(Axis::Group, r.n_groups),
                        Dim::new(Axis::Rank, from.rank),
                    );
                    let low: &[Dim] = match r.n_groups {
                        1 => &[TOKEN, rank],
                        _ => &[TOKEN, group, rank],
                    };
                    let name = ("mixer.hook_step_low", Role::StepLow);
                    let low = of_groups(g, r, name, low, x); // [token, rank] or [token, group, rank]
                    small_norm(g, "step_low", Role::StepNorm, from.normed, norm, low)
                }
                None => x,
            };
            let name = "mixer.hook_step_in";
            let read = match r.from_values {
                Some(_) => of_groups(g, r, (name, Role::Step), &one, x), // [token, head]
                None => g.linear_to(&one, name, x, Role::Step, scaled(r.multipliers.step)), // [token, head]
            };
            let step = Operation::Step { least, most };
            let step = g.add("mixer.hook_step", &one, step, &[read]); // [token, head]
            g.reads(step, Role::StepBias, &[r.n_heads], 1);
            let by_row = [TOKEN, one[1], Dim::new(Axis::DState, r.d_state)];
            let (shape, weight) = match r.from_values {
                Some(_) => (&by_row[..], &[r.n_heads, r.d_state][..]),
                None => (&one[..], &[r.n_heads][..]),
            };
            let decay = g.add("mixer.hook_decay", shape, Operation::Decay, &[step]); // [token, head, …]
            g.reads(decay, Role::DecayLog, weight, 1);
            (step, decay)
        }
        &Decay::Gated { rate, .. } => {
            let gate = blocks(g, r, "mixer.hook_decay_gate", Role::DecayGate, x); // [token, head]
            let gated = Operation::GatedDecay { rate };
            let decay = g.add("mixer.hook_decay", &one, gated, &[gate]); // [token, head]
            g.reads(decay, Role::DecayLog, &[r.n_heads], 1);
            (decay, decay)
        }
        &Decay::Sigmoid { cap } => {
            let map = peaks::capped(cap);
            let gate = g.linear_to(&one, "mixer.hook_decay_gate", x, Role::DecayGate, map); // [token, head]
            let forget = g.add("mixer.hook_forget", &one, Operation::LogSigmoid, &[gate]); // [token, head]
            (forget, forget)
        }
        Decay::Learned => {
            let forget = g.add("mixer.hook_forget", &one, Operation::Learned, &[]); // [token, head]
            g.reads(forget, Role::DecayLog, &[r.n_heads], 1);
            (forget, forget)
        }
        &Decay::Rows { rank, bound } => {
            let rows = [TOKEN, one[1], Dim::new(Axis::DState, r.d_state)];
            let x = match rank {
                Some(rank) => low(g, "step", (rank, Role::StepLow), x), // [token, rank]
                None => x,
            };
            let map = scaled(r.multipliers.step);
            let read = g.linear_to(&rows, "mixer.hook_step_in", x, Role::Step, map); // [token, head, d_state]
            if let Some(bound) = bound {
                let bounded = Operation::BoundedDecay { bound };
                let decay = g.add("mixer.hook_decay", &rows, bounded, &[read]); // [token, head, d_state]
                g.reads(decay, Role::DecayLog, &[r.n_heads], 1);
                g.reads(decay, Role::StepBias, &[g.width(decay)], 1);
                return (decay, decay);
            }
            let (least, most) = (0.0, None);
            let step = Operation::Step { least, most };
            let step = g.add("mixer.hook_step", &rows, step, &[read]); // [token, head, d_state]
            g.reads(step, Role::StepBias, &[g.width(step)], 1);
            let decay = g.add("mixer.hook_decay", &rows, Operation::Decay, &[step]); // [token, head, d_state]
            g.reads(decay, Role::DecayLog, &[r.n_heads], 1);
            (step, decay)
        }
        Decay::Fixed(slopes) => {
            let slopes = slopes.get(layer).cloned().unwrap_or_default();
            let fixed = Operation::FixedDecay { slopes };
            let decay = g.add("mixer.hook_decay", &one, fixed, &[]); // [token, head]
            (decay, decay)
        }
    }
}

/// A linear map that each group of heads has alone. `[token, …]`
fn of_groups(
    g: &mut Builder,
    r: &Recurrence,
    (name, role): (&str, Role),
    shape: &[Dim],
    x: NodeId,
) -> NodeId {
    let count = r.n_groups;
    if count == 1 {
        return g.linear_to(shape, name, x, role, Operation::LINEAR);
    }
    let turned = true;
    let id = g.add(name, shape, Operation::Blocks { count, turned }, &[x]); // [token, …]
    let weight = [g.width(id), g.width(x) / count.max(1)];
    g.reads(id, role, &weight, 1);
    id
}

/// A linear map of values in which each block of heads has a matrix of its own. `[token, head, 1]` → `[token, head]`
fn blocks(g: &mut Builder, r: &Recurrence, name: &str, role: Role, v: NodeId) -> NodeId {
    let Decay::Gated { blocks: count, .. } = r.decay else {
        return v;
    };
    let one = [TOKEN, Dim::new(Axis::Head, r.n_heads)];
    let turned = false;
    let id = g.add(name, &one, Operation::Blocks { count, turned }, &[v]); // [token, head]
    let width = r.n_heads / count.max(1);
    g.reads_one(id, (role, Param::Weight), &[count, width, width], 1);
    g.reads_one(id, (role, Param::Bias), &[count, width], 1);
    id
}

/// The pattern that the recurrence equals, over the tokens of all passes. Nothing is computed from it. `[head, query,
/// key]`
fn pattern(
    g: &mut Builder,
    r: &Recurrence,
    [q, k, decay]: [NodeId; 3],
    open: Option<NodeId>,
    own: Option<NodeId>,
) {
    let mut read = vec![q, kept(g, "keys", k), kept(g, "decays", decay)];
    if let Some(open) = open {
        read.push(kept(g, "shares", open));
    }
    read.extend(own);
    let square = [Dim::new(Axis::Head, r.n_heads), QUERY, KEY];
    g.add(
        "mixer.hook_pattern",
        &square,
        Operation::Unrolled(r.write),
        &read,
    ); // [head, query, key]
}

/// The rows of all tokens so far. `[key, …]`
fn kept(g: &mut Builder, name: &str, x: NodeId) -> NodeId {
    let rest = g.nodes[x.0].shape[1..].to_vec();
    let past = [&[PAST], &rest[..]].concat();
    let past = g.add(&format!("mixer.past_{name}"), &past, Operation::Past, &[]); // [key, …]
    let all = [&[KEY], &rest[..]].concat();
    g.add(
        &format!("mixer.{name}"),
        &all,
        Operation::Append,
        &[x, past],
    ) // [key, …]
}

/// `act(gate) ⊙ z`. `[token, head, d_head]`
fn gated(g: &mut Builder, gate: StateGate, by: NodeId, z: NodeId) -> NodeId {
    let shape = g.nodes[z.0].shape.clone();
    g.add("mixer.hook_z_gated", &shape, gate.by.operation(), &[by, z]) // [token, head, d_head]
}

/// `norm(z)`, if there is a norm. `[token, head, d_head]`
fn normed(g: &mut Builder, own: Option<StateNorm>, z: NodeId) -> NodeId {
    let Some(StateNorm { kind, over, eps }) = own else {
        return z;
    };
    let norm = Norm::new(kind, eps);
    super::attention::head_norm(g, "mixer.hook_z_normed", z, Role::StateNorm, over, &norm)
}

/// `C ⊙ convolution(B ⊙ x)`. `[token, d_model]`
pub(super) fn short_convolution(g: &mut Builder, c: &ShortConvolution, x: NodeId) -> NodeId {
    let rows = g.rows();
    let map = || Operation::LINEAR;
    let before = g.linear_to(&rows, "mixer.hook_gate_in", x, Role::StateGateIn, map()); // [token, d_model]
    let after = g.linear_to(&rows, "mixer.hook_gate_out", x, Role::StateGate, map()); // [token, d_model]
    let value = g.linear_to(&rows, "mixer.hook_value", x, Role::StateValue, map()); // [token, d_model]
    let pre = g.add("mixer.hook_pre", &rows, Operation::Times, &[before, value]); // [token, d_model]
    let name = ("mixer.hook_convolved", Role::ConvolvedValue);
    let convolved = convolved_rows(g, name, (c.width, 1, None), &rows, pre); // [token, d_model]
    g.add(
        "mixer.hook_post",
        &rows,
        Operation::Times,
        &[after, convolved],
    ) // [token, d_model]
}
