//! The choice of the keys that attention looks at (DeepSeek-AI 2025, §2.1): a few small heads score all keys, and the
//! best are looked at.

use super::attention::{append, head_norm, turned};
use super::{Builder, KEY, QUERY, TOKEN, dim};
use crate::graph::arch::{Norm, NormKind, QkNorm};
use crate::graph::block::BlockAttention;
use crate::graph::indexer::Indexer;
use crate::graph::operation::{Operation, Scores};
use crate::graph::role::Role;
use crate::graph::single::Behind;
use crate::graph::{Dim, Length, NodeId};
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
    if let Some(every) = i.every {
        return chosen_runs(g, i, every, turns, x);
    }
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
        Operation::Largest {
            keys: i.keys,
            seen: false,
        },
        &[scores],
    ) // [query, key]
}

/// The keys of whole runs, which are chosen together by the mean of theirs, and those behind the last one. `[query, key]`
fn chosen_runs(g: &mut Builder, i: &Indexer, every: usize, turns: bool, x: NodeId) -> NodeId {
    let [head, one, d_head] = [
        Dim::new(Axis::Head, i.n_heads),
        Dim::new(Axis::KvHead, 1),
        Dim::new(Axis::DHead, i.d_head),
    ];
    let (norm, map) = (g.arch.norm.clone(), || Operation::LINEAR);
    let normed =
        |g: &mut Builder, name: &str, role, x| head_norm(g, name, x, role, QkNorm::Head, &norm);
    let (name, role) = ("attn.hook_index_q", Role::IndexQuery);
    let q = g.linear_to(&[TOKEN, head, d_head], name, x, role, map()); // [token, head, d_head]
    let mut q = normed(g, "attn.hook_index_q_normed", Role::IndexQueryNorm, q); // [token, head, d_head]
    let (name, role) = ("attn.hook_index_k", Role::IndexKey);
    let k = g.linear_to(&[TOKEN, one, d_head], name, x, role, map()); // [token, 1, d_head]
    let k = append(g, "index_keys", k); // [key, 1, d_head]
    let run = dim(Axis::Entry, Length::Runs(every));
    let entries = [run, one, d_head];
    let (name, mean) = ("attn.hook_index_entries", Operation::Average { every });
    let k = g.add(name, &entries, mean, &[k]); // [entry, 1, d_head]
    let name = "attn.hook_index_entries_normed";
    let mut k = normed(g, name, Role::IndexKeyNorm, k); // [entry, 1, d_head]
    if turns {
        let rope = i.rope;
        q = turned(g, "attn.hook_index_rot_q", rope, q); // [token, head, d_head]
        let turn = Operation::RotateEntries { rope, every };
        k = g.add("attn.hook_index_rot_entries", &entries, turn, &[k]); // [entry, 1, d_head]
    }
    let scores = Operation::IndexScores(Scores {
        behind: Some(Behind { every, alone: true }),
        ..Scores::plain((i.d_head as f64).powf(-0.5))
    });
    let runs = [QUERY, run];
    let scores = g.add("attn.hook_entry_scores", &runs, scores, &[q, k]); // [query, entry]
    let largest = Operation::Largest {
        keys: i.keys,
        seen: true,
    };
    let mask = g.add("attn.hook_entry_mask", &runs, largest, &[scores]); // [query, entry]
    g.add(MASK, &[QUERY, KEY], Operation::OfRuns { every }, &[mask]) // [query, key]
}
