//! The choice of the keys that attention looks at (DeepSeek-AI 2025, §2.1): a few small heads score all keys, and the
//! best are looked at.

use super::attention::{append, head_norm, turned};
use super::{Builder, KEY, QUERY, TOKEN};
use crate::graph::arch::{Norm, NormKind, QkNorm};
use crate::graph::block::BlockAttention;
use crate::graph::indexer::Indexer;
use crate::graph::operation::{Operation, Scores};
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

const MASK: &str = "attn.hook_index_mask";

/// The keys that each query looks at: 1 for them, 0 for others; `None` if it looks at all. `[token, d_model]` →
/// `[query, key]`
pub(super) fn mask(g: &mut Builder, a: &BlockAttention, x: NodeId) -> Option<NodeId> {
    match (a.indexer, a.chosen) {
        (Some(_), Some(layer)) => g.named(&format!("blocks.{layer}.{MASK}")),
        (Some(indexer), None) => Some(chosen(g, &indexer, a.rope.is_some(), x)),
        (None, _) => None,
    }
}

/// `turns` says whether positions enter the block.
fn chosen(g: &mut Builder, i: &Indexer, turns: bool, x: NodeId) -> NodeId {
    let (head, d_head) = (
        Dim::new(Axis::Head, i.n_heads),
        Dim::new(Axis::DHead, i.d_head),
    );
    let map = || Operation::LINEAR;
    // Queries expand from the vector that attention's queries expand from.
    let latent = g.beside("attn.hook_q_latent_normed").unwrap_or(x);
    let queries = [TOKEN, head, d_head];
    let q = g.linear_to(
        &queries,
        "attn.hook_index_q",
        latent,
        Role::IndexQuery,
        map(),
    ); // [token, head, d_head]
    let keys = [TOKEN, Dim::new(Axis::KvHead, 1), d_head];
    let k = g.linear_to(&keys, "attn.hook_index_k", x, Role::IndexKey, map()); // [token, 1, d_head]
    let norm = Norm::new(NormKind::Layer, i.eps);
    let (name, role) = ("attn.hook_index_k_normed", Role::IndexKeyNorm);
    let (mut q, mut k) = (q, head_norm(g, name, k, role, QkNorm::Head, &norm)); // [token, 1, d_head]
    if turns {
        q = turned(g, "attn.hook_index_rot_q", i.rope, q); // [token, head, d_head]
        k = turned(g, "attn.hook_index_rot_k", i.rope, k); // [token, 1, d_head]
    }
    let k = append(g, "index_keys", k); // [key, 1, d_head]
    let scale = (i.n_heads as f64).powf(-0.5);
    let map = Operation::Linear {
        scale,
        cap: None,
        clip: None,
    };
    let name = "attn.hook_index_weights";
    let weights = g.linear_to(&[TOKEN, head], name, x, Role::IndexWeight, map); // [token, head]
    let square = [QUERY, KEY];
    let scores = Operation::IndexScores(Scores::plain((i.d_head as f64).powf(-0.5)));
    let scores = g.add("attn.hook_index_scores", &square, scores, &[q, k, weights]); // [query, key]
    g.add(
        MASK,
        &square,
        Operation::Largest { keys: i.keys },
        &[scores],
    ) // [query, key]
}
