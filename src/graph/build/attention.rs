//! Multi-head attention with grouped keys and values (Vaswani et al. 2017, §3.2; Ainslie et al. 2023).

use super::{Builder, KEY, PAST, QUERY, TOKEN};
use crate::graph::arch::{Norm, QkNorm};
use crate::graph::block::BlockAttention;
use crate::graph::operation::{Operation, Scores};
use crate::graph::role::{Param, Role};
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

const LINEAR: Operation = Operation::Linear {
    scale: 1.0,
    cap: None,
};

/// What each head reads from the tokens it looks at. `[token, d_model]` → `[token, head, d_head]`
pub(super) fn attention(g: &mut Builder, a: &BlockAttention, norm: &Norm, x: NodeId) -> NodeId {
    let d_head = Dim::new(Axis::DHead, a.d_head);
    let (head, kv_head) = (
        Dim::new(Axis::Head, a.n_heads),
        Dim::new(Axis::KvHead, a.n_kv_heads),
    );
    let (queries, keys) = ([TOKEN, head, d_head], [TOKEN, kv_head, d_head]);
    let mut q = g.linear_to("attn.hook_q", x, Role::Query, &queries, LINEAR); // [token, head, d_head]
    let mut k = g.linear_to("attn.hook_k", x, Role::Key, &keys, LINEAR); // [token, kv_head, d_head]
    let mut v = g.linear_to("attn.hook_v", x, Role::Value, &keys, LINEAR); // [token, kv_head, d_head]
    if let Some(over) = a.qk_norm {
        q = head_norm(g, "attn.hook_q_normed", q, Role::QueryNorm(0), over, norm); // [token, head, d_head]
        k = head_norm(g, "attn.hook_k_normed", k, Role::KeyNorm(0), over, norm); // [token, kv_head, d_head]
    }
    if let Some(rope) = a.rope {
        q = g.hook(
            "attn.hook_rot_q",
            &queries,
            Operation::Rotate { rope },
            &[q],
        ); // [token, head, d_head]
        k = g.hook("attn.hook_rot_k", &keys, Operation::Rotate { rope }, &[k]); // [token, kv_head, d_head]
    }
    if a.causal {
        k = append(g, "attn.keys", "attn.past_keys", k, &keys); // [key, kv_head, d_head]
        v = append(g, "attn.values", "attn.past_values", v, &keys); // [key, kv_head, d_head]
    }
    let scores = Operation::Scores(Scores {
        scale: a.scale,
        cap: a.cap,
        alibi: a.alibi,
        causal: a.causal,
        window: a.window,
    });
    let square = [head, QUERY, KEY];
    let scores = g.hook("attn.hook_attn_scores", &square, scores, &[q, k]); // [head, query, key]
    let pattern = Operation::Pattern { sinks: a.sinks };
    let pattern = g.hook("attn.hook_pattern", &square, pattern, &[scores]); // [head, query, key]
    if a.sinks {
        g.reads(pattern, Role::Sinks, Param::Weight, &[a.n_heads], 1);
    }
    g.hook("attn.hook_z", &queries, Operation::Mix, &[pattern, v]) // [token, head, d_head]
}

/// Keys or values of all tokens so far: the state that the next pass is given.
fn append(
    g: &mut Builder,
    name: &str,
    past: &str,
    x: NodeId,
    [_, heads, d_head]: &[Dim; 3],
) -> NodeId {
    let past = g.hidden(past, &[PAST, *heads, *d_head], Operation::Past, &[]); // [key, kv_head, d_head]
    g.hidden(name, &[KEY, *heads, *d_head], Operation::Append, &[x, past]) // [key, kv_head, d_head]
}

/// Queries or keys with each head's vector normed, or all heads' as one. `[token, head, d_head]`
fn head_norm(
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
    let id = g.hook(name, &shape, Operation::HeadNorm { over, norm }, &[x]); // [token, head, d_head]
    let (width, members) = match over {
        QkNorm::Head => (d_head, 1),
        QkNorm::EachHead => (d_head, n_heads),
        QkNorm::AllHeads => (n_heads * d_head, 1),
    };
    g.reads(id, role, Param::Weight, &[width], members);
    g.reads(id, role, Param::Bias, &[width], members);
    id
}
