//! Multi-head attention with grouped keys and values (Vaswani et al. 2017, §3.2; Ainslie et al. 2023).

use super::{Builder, KEY, PAST, QUERY, TOKEN};
use crate::graph::arch::{MixGate, Norm, QkNorm};
use crate::graph::block::BlockAttention;
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// Each head's mixture of the values that it attends to. `[token, d_model]` → `[token, head, d_head]`
pub(super) fn attention(g: &mut Builder, a: &BlockAttention, norm: &Norm, x: NodeId) -> NodeId {
    let [head, kv_head, d_head] = [
        Dim::new(Axis::Head, a.n_heads),
        Dim::new(Axis::KvHead, a.n_kv_heads),
        Dim::new(Axis::DHead, a.d_head),
    ];
    let (queries, keys) = ([TOKEN, head, d_head], [TOKEN, kv_head, d_head]);
    let m = a.multipliers;
    let map = |scale| Operation::Linear {
        scale,
        cap: None,
        clip: a.clip,
    };
    let mut q = g.linear_to(&queries, "attn.hook_q", x, Role::Query, map(m.query)); // [token, head, d_head]
    let mut k = g.linear_to(&keys, "attn.hook_k", x, Role::Key, map(m.key)); // [token, kv_head, d_head]
    let mut v = g.linear_to(&keys, "attn.hook_v", x, Role::Value, map(m.value)); // [token, kv_head, d_head]
    let normed = |g: &mut Builder, q: NodeId, k: NodeId| match a.qk_norm {
        Some(over) => (
            head_norm(g, "attn.hook_q_normed", q, Role::QueryNorm(0), over, norm), // [token, head, d_head]
            head_norm(g, "attn.hook_k_normed", k, Role::KeyNorm(0), over, norm), // [token, kv_head, d_head]
        ),
        None => (q, k),
    };
    if !a.norm_turned {
        (q, k) = normed(g, q, k);
    }
    if let Some(rope) = a.rope {
        q = g.add(
            "attn.hook_rot_q",
            &queries,
            Operation::Rotate { rope },
            &[q],
        ); // [token, head, d_head]
        k = g.add("attn.hook_rot_k", &keys, Operation::Rotate { rope }, &[k]); // [token, kv_head, d_head]
    }
    if a.norm_turned {
        (q, k) = normed(g, q, k);
    }
    if a.scores.causal {
        k = append(g, "keys", k, &keys); // [key, kv_head, d_head]
        v = append(g, "values", v, &keys); // [key, kv_head, d_head]
    }
    let square = [head, QUERY, KEY];
    let scores = Operation::Scores(a.scores);
    let scores = g.add("attn.hook_attn_scores", &square, scores, &[q, k]); // [head, query, key]
    let pattern = Operation::Pattern { sinks: a.sinks };
    let pattern = g.add("attn.hook_pattern", &square, pattern, &[scores]); // [head, query, key]
    if a.sinks {
        g.reads(pattern, Role::Sinks, &[a.n_heads], 1);
    }
    let mut z = g.add("attn.hook_z", &queries, Operation::Mix, &[pattern, v]); // [token, head, d_head]
    if let Some(gate) = a.gate {
        let width = match gate {
            MixGate::Elements => d_head,
            MixGate::Heads => Dim::new(Axis::One, 1),
        };
        let shape = [TOKEN, head, width];
        let (name, map) = ("attn.hook_gate", Operation::LINEAR);
        let gate = g.linear_to(&shape, name, x, Role::MixGate, map); // [token, head, d_head] or [token, head, 1]
        z = g.add("attn.hook_z_gated", &queries, Operation::Weigh, &[gate, z]); // [token, head, d_head]
    }
    if a.out_norm {
        let over = QkNorm::AllHeads;
        return head_norm(g, "attn.hook_z_normed", z, Role::MixNorm, over, norm); // [token, head, d_head]
    }
    z
}

/// The state that the next pass is given: keys or values of all tokens so far.
fn append(g: &mut Builder, name: &str, x: NodeId, [_, heads, d_head]: &[Dim; 3]) -> NodeId {
    let past = format!("attn.past_{name}");
    let past = g.add(&past, &[PAST, *heads, *d_head], Operation::Past, &[]); // [key, kv_head, d_head]
    let all = [KEY, *heads, *d_head];
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
