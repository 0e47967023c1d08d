//! From token ids to the residual stream.

use super::{Builder, TOKEN};
use crate::graph::arch::{EmbedNorm, Positions};
use crate::graph::operation::Operation;
use crate::graph::role::{Param, Role};
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// Rows of the token table, and what is added to them before the first block. `[token, d_model]`
pub(super) fn embedding(g: &mut Builder) -> NodeId {
    let arch = g.arch;
    let own = (arch.embedding.d_embed).map_or(g.rows(), |d| [TOKEN, Dim::new(Axis::DEmbed, d)]);
    let ids = g.hidden("tokens", &[TOKEN], Operation::Tokens, &[]);
    let lookup = Operation::Lookup {
        scale: arch.embedding.scale,
    };
    let embed = match arch.embedding.norm {
        EmbedNorm::OfTokens => {
            let rows = g.hidden("embed_ln.rows", &own, lookup, &[ids]); // [token, d_embed]
            g.reads(
                rows,
                Role::Embed,
                Param::Weight,
                &[arch.d_vocab, arch.d_embed()],
                1,
            );
            g.norm_to("embed_ln", Role::EmbedNorm, rows, "hook_embed") // [token, d_embed]
        }
        EmbedNorm::OfSum | EmbedNorm::None => {
            let rows = g.hook("hook_embed", &own, lookup, &[ids]); // [token, d_embed]
            g.reads(
                rows,
                Role::Embed,
                Param::Weight,
                &[arch.d_vocab, arch.d_embed()],
                1,
            );
            rows
        }
    };
    let mut parts = vec![embed];
    if arch.embedding.d_embed.is_some() {
        parts = vec![g.linear("embed_out", embed, Role::EmbedOut, 1.0)]; // [token, d_model]
        g.hide(parts[0]);
    } else {
        g.is_stream(embed);
    }
    if let Some(segments) = arch.embedding.segments {
        let numbers = g.hidden("segments", &[TOKEN], Operation::Segments, &[]);
        let lookup = Operation::Lookup { scale: 1.0 };
        let rows = g.hook("hook_token_type_embed", &g.rows(), lookup, &[numbers]); // [token, d_model]
        g.reads(
            rows,
            Role::SegmentEmbed,
            Param::Weight,
            &[segments, arch.d_model],
            1,
        );
        parts.push(rows);
    }
    match arch.positions {
        Positions::Learned { offset } => {
            let rows = g.hook(
                "hook_pos_embed",
                &g.rows(),
                Operation::Positions { offset },
                &[],
            ); // [token, d_model]
            g.reads(
                rows,
                Role::PosEmbed,
                Param::Weight,
                &[offset + arch.n_ctx, arch.d_model],
                1,
            );
            parts.push(rows);
        }
        Positions::Sinusoidal => {
            parts.push(g.hook("hook_pos_embed", &g.rows(), Operation::Sinusoids, &[]))
        } // [token, d_model]
        Positions::Rotary(_) | Positions::Alibi | Positions::None => {}
    }
    let stream = match parts[..] {
        [alone] => alone,
        _ => g.hidden("embed_sum", &g.rows(), Operation::Sum, &parts), // [token, d_model]
    };
    if arch.embedding.norm != EmbedNorm::OfSum {
        return stream;
    }
    let normed = g.norm("embed_ln", Role::EmbedNorm, stream); // [token, d_model]
    g.is_stream(normed);
    normed
}
