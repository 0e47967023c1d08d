//! The embedding: from token ids to the residual stream.

use super::{Builder, TOKEN};
use crate::graph::arch::{EmbedNorm, Positions};
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// Rows of the token table, and everything that is added to them before the first block. `[token, d_model]`
pub(super) fn embedding(g: &mut Builder) -> NodeId {
    let (arch, rows) = (g.arch, g.rows());
    let d_embed = arch.embedding.d_embed;
    let own = d_embed.map_or(rows, |d| [TOKEN, Dim::new(Axis::DEmbed, d)]);
    // Positions and segments are as long as a token's row, before it is projected or after.
    let narrow = arch.embedding.narrow && d_embed.is_some();
    let (rows, width) = if narrow {
        (own, arch.d_embed())
    } else {
        (rows, arch.d_model)
    };
    let normed = arch.embedding.norm == EmbedNorm::OfTokens;
    let name = if normed {
        "embed_ln.rows"
    } else {
        "hook_embed"
    };
    let scale = arch.embedding.scale;
    let ids = g.add("tokens", &[TOKEN], Operation::Tokens, &[]); // [token]
    let mut embed = g.add(name, &own, Operation::Lookup { scale }, &[ids]); // [token, d_embed]
    let all = arch.d_vocab + arch.embedding.more_rows;
    g.reads(embed, Role::Embed, &[all, arch.d_embed()], 1);
    if normed {
        embed = g.norm_to("hook_embed", "embed_ln", Role::EmbedNorm, embed, 1.0); // [token, d_embed]
    }
    let mut parts = match d_embed {
        Some(_) if narrow => vec![embed],
        Some(_) => vec![g.linear("embed_out", embed, Role::EmbedOut, 1.0)], // [token, d_model]
        None => vec![g.is_stream(embed)],
    };
    if let Some(segments) = arch.embedding.segments {
        let lookup = Operation::Lookup { scale: 1.0 };
        let numbers = g.add("segments", &[TOKEN], Operation::Segments, &[]); // [token]
        let rows = g.add("hook_token_type_embed", &rows, lookup, &[numbers]); // [token, d_model]
        g.reads(rows, Role::SegmentEmbed, &[segments, width], 1);
        parts.push(rows);
    }
    match arch.positions {
        Positions::Learned {
            offset,
            padding,
            more_rows,
        } => {
            let read = padding.map(|_| ids);
            let rows = g.add(
                "hook_pos_embed",
                &rows,
                Operation::Positions { offset, padding },
                read.as_slice(),
            ); // [token, d_model]
            let all = offset + arch.n_ctx + more_rows;
            g.reads(rows, Role::PosEmbed, &[all, width], 1);
            parts.push(rows);
        }
        Positions::Sinusoidal => {
            parts.push(g.add("hook_pos_embed", &rows, Operation::Sinusoids, &[])); // [token, d_model]
        }
        Positions::SinusoidalHalves { offset, open } => {
            let table = Operation::SinusoidHalves { offset, open };
            parts.push(g.add("hook_pos_embed", &rows, table, &[])); // [token, d_model]
        }
        Positions::Rotary(_) | Positions::Alibi | Positions::AlibiRounded | Positions::None => {}
    }
    let sum = match parts[..] {
        [alone] => alone,
        _ => g.add("embed_sum", &rows, Operation::Sum, &parts), // [token, d_model]
    };
    let normed = arch.embedding.norm == EmbedNorm::OfSum;
    if narrow {
        let sum = g.norm_if(normed, "embed_ln", Role::EmbedNorm, sum); // [token, d_embed]
        return g.linear("embed_out", sum, Role::EmbedOut, 1.0); // [token, d_model]
    }
    if normed {
        return g.norm_of_sum("embed_ln", Role::EmbedNorm, sum); // [token, d_model]
    }
    sum
}
