//! Latent attention (DeepSeek-AI 2024, §2.1): queries, keys and values expand from short vectors of their token.

use super::attention::{append, queries, turned};
use super::{Builder, TOKEN};
use crate::graph::arch::{Norm, QkNorm};
use crate::graph::block::BlockAttention;
use crate::graph::heads::Latent;
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// The vector that queries and the gate of what heads mix expand from.
pub(super) const JOINED: &str = "attn.hook_q_latent_joined";

/// Queries of this pass, and keys and values of all tokens so far. `[token, head, d_head]`, `[key, head, d_head]`,
/// `[key, head, d_value]`
pub(super) fn operands(
    g: &mut Builder,
    a: &BlockAttention,
    latent: &Latent,
    norm: &Norm,
    x: NodeId,
) -> [NodeId; 3] {
    let map = || Operation::LINEAR;
    let norm = &Norm {
        eps: latent.eps,
        ..norm.clone()
    };
    let read = match latent.d_query {
        Some(d) => {
            let roles = [Role::QueryLatent, Role::QueryLatentNorm];
            let normed = compressed(g, "q_latent", x, d, roles, norm, latent.scales[0]); // [token, d_latent]
            joined(g, latent, d, normed) // [token, d_latent]
        }
        None => x,
    };
    let mut q = g.linear_to(&queries(a), "attn.hook_q", read, Role::Query, map()); // [token, head, d_head]
    let roles = [Role::KvLatent, Role::KvLatentNorm];
    let read = compressed(
        g,
        "kv_latent",
        x,
        latent.d_kv,
        roles,
        norm,
        latent.scales[1],
    ); // [token, d_latent]
    let of_heads = |d: usize| {
        let head = Dim::new(Axis::KvHead, a.n_kv_heads);
        [TOKEN, head, Dim::new(Axis::DHead, d)]
    };
    let of_all = [
        TOKEN,
        Dim::new(Axis::KvHead, 1),
        Dim::new(Axis::DHead, latent.d_rotary),
    ];
    let own = of_heads(a.d_head - latent.d_rotary);
    let k = g.linear_to(&own, "attn.hook_k", read, Role::Key, map()); // [token, head, d_head − d_rotary]
    let v = g.linear_to(
        &of_heads(a.d_value),
        "attn.hook_v",
        read,
        Role::Value,
        map(),
    ); // [token, head, d_value]
    let mut shared = g.linear_to(&of_all, "attn.hook_k_shared", x, Role::SharedKey, map()); // [token, 1, d_rotary]
    if let Some(rope) = a.rope {
        q = turned(g, "attn.hook_rot_q", rope, q); // [token, head, d_head]
        shared = turned(g, "attn.hook_rot_k", rope, shared); // [token, 1, d_rotary]
    }
    let keys = of_heads(a.d_head);
    let mut k = g.add("attn.hook_k_joined", &keys, Operation::Join, &[k, shared]); // [token, head, d_head]
    let mut v = v;
    if a.scores.causal {
        k = append(g, "keys", k); // [key, head, d_head]
        v = append(g, "values", v); // [key, head, d_value]
    }
    [q, k, v]
}

/// The normed vector that queries expand from, with the vector as it is behind it if they expand from both. `[token,
/// d_latent]`
fn joined(g: &mut Builder, latent: &Latent, d_query: usize, normed: NodeId) -> NodeId {
    let plain = g.beside("attn.hook_q_latent").filter(|_| latent.joined);
    let Some(plain) = plain else { return normed };
    let both = [TOKEN, Dim::new(Axis::DLatent, 2 * d_query)];
    g.add(JOINED, &both, Operation::Beside, &[normed, plain]) // [token, d_latent]
}

/// A short vector of each token, normed and multiplied by `scale`. `[token, d_model]` → `[token, d_latent]`
pub(super) fn compressed(
    g: &mut Builder,
    name: &str,
    x: NodeId,
    d_latent: usize,
    [map, norm_role]: [Role; 2],
    norm: &Norm,
    scale: f64,
) -> NodeId {
    let shape = [TOKEN, Dim::new(Axis::DLatent, d_latent)];
    let name = format!("attn.hook_{name}");
    let short = g.linear_to(&shape, &name, x, map, Operation::LINEAR); // [token, d_latent]
    let operation = Operation::HeadNorm {
        over: QkNorm::Head,
        norm: norm.clone(),
    };
    let normed = g.add(&format!("{name}_normed"), &shape, operation, &[short]); // [token, d_latent]
    g.reads(normed, norm_role, &[d_latent], 1);
    if scale == 1.0 {
        return normed;
    }
    let by = Operation::Multiply { by: scale };
    g.add(&format!("{name}_scaled"), &shape, by, &[normed]) // [token, d_latent]
}
