//! Multi-head attention with grouped keys and values (Vaswani et al. 2017, §3.2; Ainslie et al. 2023).

use super::{Builder, KEY, PAST, QUERY, TOKEN, adapter, indexer, latent, single};
use crate::graph::arch::{MixGate, Norm, QkNorm};
use crate::graph::block::BlockAttention;
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
    let d_value = Dim::new(Axis::DHead, a.d_value);
    let mixed = [TOKEN, head, d_value];
    // Keys that no pass appends to others are all tokens too.
    let keys = match g.nodes[k.0].shape[0] {
        own if own.axis == Axis::Token => KEY,
        own => own,
    };
    let square = [head, QUERY, keys];
    let mask = mask.or_else(|| indexer::mask(g, a, x)); // [query, key]
    let read: Vec<NodeId> = [q, k].into_iter().chain(mask).collect();
    let scores = Operation::Scores(a.scores);
    let scores = g.add("attn.hook_attn_scores", &square, scores, &read); // [head, query, key]
    let pattern = Operation::Pattern { sinks: a.sinks };
    let pattern = g.add("attn.hook_pattern", &square, pattern, &[scores]); // [head, query, key]
    if a.sinks {
        g.reads(pattern, Role::Sinks, &[a.n_heads], 1);
    }
    let mut z = g.add("attn.hook_z", &mixed, Operation::Mix, &[pattern, v]); // [token, head, d_head]
    if let Some(gate) = a.gate {
        let width = match gate {
            MixGate::Elements => d_value,
            MixGate::Heads => Dim::new(Axis::One, 1),
        };
        let shape = [TOKEN, head, width];
        let (name, map) = ("attn.hook_gate", Operation::LINEAR);
        let gate = g.linear_to(&shape, name, x, Role::MixGate, map); // [token, head, d_head] or [token, head, 1]
        z = g.add("attn.hook_z_gated", &mixed, Operation::Weigh, &[gate, z]); // [token, head, d_head]
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
    let q = linear(g, name, &all, Adapted::Query, Role::Query, m.query); // [token, head, d_head]
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
    if a.scores.causal {
        k = append(g, "keys", k); // [key, kv_head, d_head]
        v = append(g, "values", v); // [key, kv_head, d_value]
    }
    [q, k, v]
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
