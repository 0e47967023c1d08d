//! One vector a token that is key and value at once, in all heads, and entries that stand for runs of tokens (DeepSeek-AI
//! 2026).

use super::attention::{append, head_norm, queries, turned};
use super::latent::compressed;
use super::{Builder, QUERY, TOKEN, dim};
use crate::graph::arch::{Norm, QkNorm};
use crate::graph::block::BlockAttention;
use crate::graph::indexer::Indexer;
use crate::graph::operation::{Operation, Scores};
use crate::graph::role::{Param, Role};
use crate::graph::single::{Behind, Entries, Single};
use crate::graph::{Dim, Length, NodeId, Weight};
use crate::trace::plan::Axis;

/// Queries of this pass, keys of all tokens so far and entries behind them, which are values too, and the entries that
/// each query looks at. `[token, head, d_head]`, `[key, 1, d_head]`, `[query, entry]`
pub(super) fn operands(
    g: &mut Builder,
    a: &BlockAttention,
    (single, entries): (&Single, Option<Entries>),
    norm: &Norm,
    x: NodeId,
) -> (NodeId, NodeId, Option<NodeId>) {
    let roles = [Role::QueryLatent, Role::QueryLatentNorm];
    let latent = compressed(g, "q_latent", x, single.d_query, roles, norm, 1.0); // [token, d_latent]
    let map = || Operation::LINEAR;
    let q = g.linear_to(&queries(a), "attn.hook_q", latent, Role::Query, map()); // [token, head, d_head]
    let role = Role::QueryNorm(0);
    let mut q = head_norm(g, "attn.hook_q_normed", q, role, QkNorm::Head, norm); // [token, head, d_head]
    let one = [
        TOKEN,
        Dim::new(Axis::KvHead, 1),
        Dim::new(Axis::DHead, a.d_head),
    ];
    let k = g.linear_to(&one, "attn.hook_k", x, Role::Key, map()); // [token, 1, d_head]
    let mut k = head_norm(
        g,
        "attn.hook_k_normed",
        k,
        Role::KeyNorm(0),
        QkNorm::Head,
        norm,
    ); // [token, 1, d_head]
    if let Some(rope) = a.rope {
        q = turned(g, "attn.hook_rot_q", rope, q); // [token, head, d_head]
        k = turned(g, "attn.hook_rot_k", rope, k); // [token, 1, d_head]
    }
    let k = append(g, "keys", k); // [key, 1, d_head]
    let Some(entries) = entries else {
        return (q, k, None);
    };
    let parts = Parts {
        name: "",
        roles: [
            Role::EntryValue,
            Role::EntryGate,
            Role::EntryPlace,
            Role::EntryNorm,
        ],
        d_head: a.d_head,
    };
    let own = of_runs(g, &parts, entries, (a.rope, norm), x); // [entry, 1, d_head]
    let all = [
        dim(Axis::Key, Length::KeysAndRuns(entries.every)),
        one[1],
        one[2],
    ];
    let all = g.add("attn.keys_and_entries", &all, Operation::Extend, &[k, own]); // [key, 1, d_head]
    let chosen = entries
        .indexer
        .map(|i| chosen(g, &i, (entries, a.rope), norm, [x, latent]));
    (q, all, chosen)
}

/// The mixtures of heads, turned back and projected group by group. `[token, head, d_head]` → `[token, d_latent]`
pub(super) fn output(g: &mut Builder, a: &BlockAttention, single: &Single, z: NodeId) -> NodeId {
    let shape = g.nodes[z.0].shape.clone();
    let z = match a.rope {
        Some(rope) => g.add(
            "attn.hook_z_turned",
            &shape,
            Operation::TurnBack { rope },
            &[z],
        ), // [token, head, d_head]
        None => z,
    };
    let rows = [
        TOKEN,
        Dim::new(Axis::DLatent, single.groups * single.d_group),
    ];
    let groups = single.groups;
    let out = g.add(
        "attn.hook_z_grouped",
        &rows,
        Operation::Grouped { groups },
        &[z],
    ); // [token, d_latent]
    let read = a.n_heads * a.d_head / groups.max(1);
    g.reads(out, Role::GroupOut, &[groups * single.d_group, read], 1);
    out
}

/// The names and weights of entries.
struct Parts {
    /// Before the names of values.
    name: &'static str,
    /// The maps to values and to scores of shares, the numbers by place, and the norm.
    roles: [Role; 4],
    d_head: usize,
}

/// Entries that stand for whole runs of tokens, normed and turned. `[entry, 1, d_head]`
fn of_runs(
    g: &mut Builder,
    parts: &Parts,
    entries: Entries,
    (rope, norm): (Option<usize>, &Norm),
    x: NodeId,
) -> NodeId {
    let Entries { every, overlap, .. } = entries;
    let [value, gate, place, norm_role] = parts.roles;
    let wide = parts.d_head * (1 + usize::from(overlap));
    let rows = [TOKEN, Dim::new(Axis::DHead, wide)];
    let of = |leaf: &str| format!("attn.hook_{}{leaf}", parts.name);
    let both = [("entry_values", value), ("entry_gates", gate)].map(|(leaf, role)| {
        let rows = g.linear_to(&rows, &of(leaf), x, role, Operation::LINEAR); // [token, d]
        append(g, &format!("{}{leaf}", parts.name), rows) // [key, d]
    });
    let shape = [
        dim(Axis::Entry, Length::Runs(every)),
        Dim::new(Axis::KvHead, 1),
        Dim::new(Axis::DHead, parts.d_head),
    ];
    let mixed = g.add(
        &of("entries"),
        &shape,
        Operation::Compress { every, overlap },
        &both,
    ); // [entry, 1, d_head]
    g.nodes[mixed.0].weights.push(Weight {
        role: place,
        param: Param::Weight,
        shape: vec![every, wide],
        members: 1,
    });
    let name = of("entries_normed");
    let normed = head_norm(g, &name, mixed, norm_role, QkNorm::Head, norm); // [entry, 1, d_head]
    match rope {
        Some(rope) => {
            let turn = Operation::RotateEntries { rope, every };
            g.add(&of("rot_entries"), &shape, turn, &[normed]) // [entry, 1, d_head]
        }
        None => normed,
    }
}

/// The entries that each query looks at: 1 for them, 0 for others. `[query, entry]`
fn chosen(
    g: &mut Builder,
    i: &Indexer,
    (entries, rope): (Entries, Option<usize>),
    norm: &Norm,
    [x, latent]: [NodeId; 2],
) -> NodeId {
    let parts = Parts {
        name: "index_",
        roles: [
            Role::IndexKey,
            Role::IndexGate,
            Role::IndexPlace,
            Role::IndexKeyNorm,
        ],
        d_head: i.d_head,
    };
    let keys = of_runs(g, &parts, entries, (rope, norm), x); // [entry, 1, d_head]
    let head = Dim::new(Axis::Head, i.n_heads);
    let shape = [TOKEN, head, Dim::new(Axis::DHead, i.d_head)];
    let map = Operation::LINEAR;
    let mut q = g.linear_to(&shape, "attn.hook_index_q", latent, Role::IndexQuery, map); // [token, head, d_head]
    if let Some(rope) = rope {
        q = turned(g, "attn.hook_index_rot_q", rope, q); // [token, head, d_head]
    }
    let map = Operation::Linear {
        scale: (i.n_heads as f64).powf(-0.5),
        cap: None,
        clip: None,
    };
    let name = "attn.hook_index_weights";
    let weights = g.linear_to(&[TOKEN, head], name, x, Role::IndexWeight, map); // [token, head]
    let every = entries.every;
    let square = [QUERY, dim(Axis::Entry, Length::Runs(every))];
    let scores = Operation::IndexScores(Scores {
        behind: Some(Behind { every, alone: true }),
        ..Scores::plain((i.d_head as f64).powf(-0.5))
    });
    let read = [q, keys, weights];
    let scores = g.add("attn.hook_entry_scores", &square, scores, &read); // [query, entry]
    let largest = Operation::Largest {
        keys: i.keys,
        seen: false,
    };
    g.add("attn.hook_entry_mask", &square, largest, &[scores]) // [query, entry]
}
