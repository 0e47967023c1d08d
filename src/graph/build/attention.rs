//! Multi-head attention with grouped keys and values (Vaswani et al. 2017, §3.2; Ainslie et al. 2023).

use super::{Builder, KEY, PAST, QUERY, TOKEN, adapter, indexer, latent, single};
use crate::graph::arch::{MixGate, Norm, NormKind, QkNorm, Score};
use crate::graph::block::BlockAttention;
use crate::graph::heads::{Difference, HeadExperts};
use crate::graph::operation::Operation;
use crate::graph::role::{Adapted, Role};
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// Each head's mixture of the values that it attends to. `[token, d_model]` → `[token, head, d_head]`
pub(super) fn attention(g: &mut Builder, a: &BlockAttention, norm: &Norm, x: NodeId) -> NodeId {
    let ([q, k, v], mask) = match (&a.latent, a.shared, a.single) {
        (_, _, Some(single)) => {
            let (q, k, mask) = single::operands(g, a, single, norm, x);
            ([q, k, k], mask)
        }
        (Some(latent), ..) => (latent::operands(g, a, latent, norm, x), None),
        (None, Some(layer), _) => (borrowed(g, a, layer, norm, x), None),
        (None, None, _) => (operands(g, a, norm, x), None),
    };
    let head = Dim::new(Axis::Head, a.n_heads);
    // Entries may stand behind keys; an encoder's keys are those of its tokens.
    let keys = match g.nodes[k.0].shape[0] {
        keys if keys.axis == Axis::Key => keys,
        _ => KEY,
    };
    let square = [head, QUERY, keys];
    let mask = mask.or_else(|| indexer::mask(g, a, x)); // [query, key]
    let gains = a.value_bias.then(|| gains(g, a)); // [key, kv_head]
    let read: Vec<NodeId> = [q, k].into_iter().chain(mask).chain(gains).collect();
    let scores = Operation::Scores(a.scores);
    let scores = g.add("attn.hook_attn_scores", &square, scores, &read); // [head, query, key]
    let pattern = Operation::Pattern { sinks: a.sinks };
    let pattern = g.add("attn.hook_pattern", &square, pattern, &[scores]); // [head, query, key]
    if a.sinks {
        g.reads(pattern, Role::Sinks, &[a.n_heads], 1);
    }
    let d_value = g.nodes[v.0].shape[2];
    let mixed = [TOKEN, head, d_value];
    let mut z = g.add("attn.hook_z", &mixed, Operation::Mix, &[pattern, v]); // [token, head, d_head]
    if a.sinks_beside {
        let one = [TOKEN, head];
        let left = g.add("attn.hook_unsunk", &one, Operation::Unsunk, &[scores]); // [token, head]
        g.reads(left, Role::Sinks, &[a.n_heads], 1);
        z = g.add("attn.hook_z_unsunk", &mixed, Operation::Times, &[z, left]); // [token, head, d_head]
    }
    if let Some(Difference { first }) = a.difference {
        z = difference(g, a, first, norm, z); // [token, head / 2, 2 · d_head]
    }
    if let Some(gate) = a.gate {
        let width = match gate {
            MixGate::Elements => d_value,
            MixGate::Heads => Dim::new(Axis::One, 1),
        };
        let shape = [TOKEN, head, width];
        let (name, map) = ("attn.hook_gate", Operation::LINEAR);
        let read = g.beside(latent::JOINED).unwrap_or(x);
        let gate = g.linear_to(&shape, name, read, Role::MixGate, map); // [token, head, d_head] or [token, head, 1]
        let open = a.gate_by.operation();
        z = g.add("attn.hook_z_gated", &mixed, open, &[gate, z]); // [token, head, d_head]
    }
    if let Some((single, _)) = a.single {
        return single::output(g, a, single, z); // [token, d_latent]
    }
    if a.out_norm {
        let over = QkNorm::AllHeads;
        return head_norm(g, "attn.hook_z_normed", z, Role::MixNorm, over, norm); // [token, head, d_head]
    }
    z
}

/// Queries of this pass, and keys and values of all tokens so far. `[token, head, d_head]`, `[key, kv_head, d_head]`,
/// `[key, kv_head, d_value]`
fn operands(g: &mut Builder, a: &BlockAttention, norm: &Norm, x: NodeId) -> [NodeId; 3] {
    let kv_head = Dim::new(Axis::KvHead, a.n_kv_heads);
    let keys = [TOKEN, kv_head, Dim::new(Axis::DHead, a.d_head)];
    let values = [TOKEN, kv_head, Dim::new(Axis::DHead, a.d_value)];
    let m = a.multipliers;
    let linear = |g: &mut Builder, name: &str, shape: &[Dim], adapted, role, by| {
        let map = |g: &mut Builder, name: &str| g.linear_to(shape, name, x, role, map(a, by));
        adapter::added(g, (name, shape), (a.adapter, adapted), x, map)
    };
    let (name, all) = ("attn.hook_q", queries(a));
    let q = match a.experts {
        Some(experts) => heads_in(g, a, experts, x), // [token, head, d_head]
        None => linear(g, name, &all, Adapted::Query, Role::Query, m.query), // [token, head, d_head]
    };
    let k = linear(g, "attn.hook_k", &keys, Adapted::Key, Role::Key, m.key); // [token, kv_head, d_head]
    let mut v = if a.keys_as_values {
        k
    } else {
        let name = "attn.hook_v";
        linear(g, name, &values, Adapted::Value, Role::Value, m.value) // [token, kv_head, d_value]
    };
    let both = [("q", Role::QueryNorm(0), q), ("k", Role::KeyNorm(0), k)];
    let [q, mut k] = placed(g, a, norm, both); // [token, head, d_head], [token, kv_head, d_head]
    if a.value_norm {
        let (over, norm) = (QkNorm::Head, norm.clone());
        let norm = Operation::HeadNorm { over, norm };
        v = g.add("attn.hook_v_normed", &values, norm, &[v]); // [token, kv_head, d_value]
    }
    if a.difference.is_some() {
        v = paired(g, a, v); // [token, kv_head, 2 · d_value]
    }
    if let Some(experts) = a.experts {
        // The heads of each expert of a token read all keys and values in turn.
        k = in_turn(g, a, experts, "attn.hook_k_in_turn", k); // [token, head, d_head]
        v = in_turn(g, a, experts, "attn.hook_v_in_turn", v); // [token, head, d_value]
    }
    if a.scores.causal {
        k = append(g, "keys", k); // [key, kv_head, d_head]
        v = append(g, "values", v); // [key, kv_head, d_value]
    }
    [q, k, v]
}

/// Queries of the experts that a router sends each token to. `[token, d_model]` → `[token, head, d_head]`
fn heads_in(g: &mut Builder, a: &BlockAttention, e: HeadExperts, x: NodeId) -> NodeId {
    let (experts, active) = (e.n_experts, e.n_active);
    let all = [TOKEN, Dim::new(Axis::Expert, experts)];
    let few = [TOKEN, Dim::new(Axis::Active, active)];
    let (name, map) = ("attn.hook_router_logits", Operation::LINEAR);
    let logits = g.linear_to(&all, name, x, Role::HeadRouter, map); // [token, expert]
    let (score, groups) = (Score::Softmax, None);
    let choose = Operation::Choose {
        active,
        experts,
        score,
        groups,
    };
    let chosen = g.add("attn.hook_expert_indices", &few, choose, &[logits]); // [token, active]
    let shares = Operation::Shares {
        score,
        renormalise: true,
        scale: 1.0,
    };
    g.add("attn.hook_expert_weights", &all, shares, &[logits, chosen]); // [token, expert]
    let own = Operation::HeadsIn { active };
    let q = g.add("attn.hook_q", &queries(a), own, &[x, chosen]); // [token, head, d_head]
    let width = a.n_heads / active * a.d_head;
    g.reads(q, Role::HeadIn(0), &[width, g.arch.d_model], experts);
    q
}

/// The outputs of each token's experts, summed by their shares. `[token, head, d_head]` → `[token, d_model]`
pub(super) fn heads_out(g: &mut Builder, e: HeadExperts, z: NodeId) -> NodeId {
    let of = |g: &Builder, name: &str| g.beside(name).unwrap_or(z);
    let chosen = of(g, "attn.hook_expert_indices");
    let shares = of(g, "attn.hook_expert_weights");
    let own = Operation::HeadsOut { active: e.n_active };
    let read = [z, chosen, shares];
    let out = g.add("attn.hook_experts_out", &g.rows(), own, &read); // [token, d_model]
    let width = g.width(z) / e.n_active;
    g.reads(out, Role::HeadOut(0), &[g.arch.d_model, width], e.n_experts);
    g.shifted("hook_attn_out", Role::HeadsBias, out) // [token, d_model]
}

/// Keys or values, once for each expert of a token. `[token, kv_head, d]` → `[token, head, d]`
fn in_turn(g: &mut Builder, a: &BlockAttention, e: HeadExperts, name: &str, x: NodeId) -> NodeId {
    let count = a.n_kv_heads * e.n_active;
    let of = (0..count).map(|i| vec![i % a.n_kv_heads]).collect();
    let shape = [TOKEN, Dim::new(Axis::KvHead, count), g.nodes[x.0].shape[2]];
    g.add(name, &shape, Operation::Heads { of }, &[x]) // [token, head, d]
}

/// Two values for each key: head i of the first half of heads and of the second half. All heads of the first half come
/// once, and again. `[token, kv_head, 2 · d_value]`
fn paired(g: &mut Builder, a: &BlockAttention, v: NodeId) -> NodeId {
    let half = a.n_kv_heads / 2;
    let pair = |i: usize| vec![i % half, half + i % half];
    let of = (0..a.n_kv_heads).map(pair).collect();
    let shape = [
        TOKEN,
        Dim::new(Axis::KvHead, a.n_kv_heads),
        Dim::new(Axis::DHead, 2 * a.d_value),
    ];
    g.add("attn.hook_v_paired", &shape, Operation::Heads { of }, &[v]) // [token, kv_head, 2 · d_value]
}

/// The first half of heads less λ times the second half, normed without weights and scaled by what λ starts from.
/// `[token, head, d]` → `[token, head / 2, d]`
fn difference(g: &mut Builder, a: &BlockAttention, first: f64, norm: &Norm, z: NodeId) -> NodeId {
    let shape = [
        TOKEN,
        Dim::new(Axis::Head, a.n_heads / 2),
        g.nodes[z.0].shape[2],
    ];
    let less = Operation::Difference { first };
    let z = g.add("attn.hook_z_difference", &shape, less, &[z]); // [token, head / 2, d]
    g.reads(z, Role::Lambda(0), &[a.d_head], 4);
    let norm = Operation::HeadNorm {
        over: QkNorm::Head,
        norm: Norm::new(NormKind::Rms, norm.eps),
    };
    let z = g.add("attn.hook_z_normed", &shape, norm, &[z]); // [token, head / 2, d]
    let by = 1.0 - first;
    g.add(
        "attn.hook_z_scaled",
        &shape,
        Operation::Multiply { by },
        &[z],
    ) // [token, head / 2, d]
}

/// The numbers that the values of all tokens so far add to the scores of their keys. `[key, kv_head]`
fn gains(g: &mut Builder, a: &BlockAttention) -> NodeId {
    let one = [TOKEN, Dim::new(Axis::KvHead, a.n_kv_heads)];
    let v = g.beside("attn.hook_v").unwrap_or(NodeId(0));
    let (name, map) = ("attn.hook_gain_in", Operation::LINEAR);
    let read = g.linear_to(&one, name, v, Role::KeyGain, map); // [token, kv_head]
    let gain = g.add("attn.hook_gain", &one, Operation::KeyGain, &[read]); // [token, kv_head]
    g.reads(gain, Role::KeyGainScale, &[a.n_kv_heads], 1);
    append(g, "gains", gain) // [key, kv_head]
}

/// Queries of this layer, with the keys and values that an earlier one made.
fn borrowed(
    g: &mut Builder,
    a: &BlockAttention,
    layer: usize,
    norm: &Norm,
    x: NodeId,
) -> [NodeId; 3] {
    let q = g.linear_to(
        &queries(a),
        "attn.hook_q",
        x,
        Role::Query,
        map(a, a.multipliers.query),
    ); // [token, head, d_head]
    let [q] = placed(g, a, norm, [("q", Role::QueryNorm(0), q)]); // [token, head, d_head]
    let of = |g: &Builder, kept: &str| g.named(&format!("blocks.{layer}.attn.{kept}"));
    [q, of(g, "keys").unwrap_or(q), of(g, "values").unwrap_or(q)]
}

/// The shape of queries, `[token, head, d_head]`.
pub(super) fn queries(a: &BlockAttention) -> [Dim; 3] {
    let head = Dim::new(Axis::Head, a.n_heads);
    [TOKEN, head, Dim::new(Axis::DHead, a.d_head)]
}

fn map(a: &BlockAttention, scale: f64) -> Operation {
    Operation::Linear {
        scale,
        cap: None,
        clip: a.clip,
    }
}

/// Queries and keys, each with its letter and the role of its norm, after their norms and their turn. `[token, head,
/// d_head]` each
fn placed<const N: usize>(
    g: &mut Builder,
    a: &BlockAttention,
    norm: &Norm,
    mut all: [(&str, Role, NodeId); N],
) -> [NodeId; N] {
    let normed = |g: &mut Builder, all: &mut [(&str, Role, NodeId); N]| {
        let Some(over) = a.qk_norm else { return };
        for (letter, role, x) in all {
            *x = head_norm(
                g,
                &format!("attn.hook_{letter}_normed"),
                *x,
                *role,
                over,
                norm,
            ); // [token, head, d_head]
        }
    };
    if !a.norm_turned {
        normed(g, &mut all);
    }
    if let Some(rope) = a.rope {
        for (letter, _, x) in &mut all {
            *x = turned(g, &format!("attn.hook_rot_{letter}"), rope, *x); // [token, head, d_head]
        }
    }
    if a.norm_turned {
        normed(g, &mut all);
    }
    all.map(|(_, _, x)| x)
}

/// Vectors of heads after the turn of their position. `[token, head, d_head]`
pub(super) fn turned(g: &mut Builder, name: &str, rope: usize, x: NodeId) -> NodeId {
    let shape = g.nodes[x.0].shape.clone();
    g.add(name, &shape, Operation::Rotate { rope }, &[x]) // [token, head, d_head]
}

/// The state that the next pass is given: keys or values of all tokens so far.
pub(super) fn append(g: &mut Builder, name: &str, x: NodeId) -> NodeId {
    let of_token = g.nodes[x.0].shape[1..].to_vec();
    let [past_shape, all] = [PAST, KEY].map(|axis| [&[axis], &of_token[..]].concat());
    let past = format!("attn.past_{name}");
    let past = g.add(&past, &past_shape, Operation::Past, &[]); // [key, kv_head, d_head]
    g.add(&format!("attn.{name}"), &all, Operation::Append, &[x, past]) // [key, kv_head, d_head]
}

/// Queries or keys after a norm over each head's vector, or over all heads' as one. `[token, head, d_head]`
pub(super) fn head_norm(
    g: &mut Builder,
    name: &str,
    x: NodeId,
    role: Role,
    over: QkNorm,
    norm: &Norm,
) -> NodeId {
    let shape = g.nodes[x.0].shape.clone();
    let [n_heads, d_head] = [1, 2].map(|axis| shape[axis].length(0, 0));
    let norm = norm.clone();
    let id = g.add(name, &shape, Operation::HeadNorm { over, norm }, &[x]); // [token, head, d_head]
    match over {
        QkNorm::Head => g.reads(id, role, &[d_head], 1),
        QkNorm::EachHead => g.reads(id, role, &[d_head], n_heads),
        QkNorm::AllHeads | QkNorm::Groups(_) => g.reads(id, role, &[n_heads * d_head], 1),
    }
    id
}
