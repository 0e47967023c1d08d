//! The unembedding: from the residual stream to logits, one vector for the whole text, or both.

use super::{Builder, TOKEN, hyper};
use crate::graph::arch::{Activation, PoolRows, Pooling};
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

/// The nodes of the unembedding. `resid` is `[token, d_model]`.
pub(super) fn unembedding(g: &mut Builder, resid: NodeId) {
    let u = &g.arch.unembedding;
    let resid = hyper::gathered(g, resid); // [token, d_model]
    // A norm behind a transform belongs to the head; any other norm is the model's final one.
    let ends_in_norm = u.stream_norm || u.norm && u.transform.is_none();
    let mut read = g.norm_if(ends_in_norm, "ln_final", Role::LnFinal, resid); // [token, d_model]
    if let Some(pooling) = u.pooling {
        pool(g, pooling, read);
    }
    if !u.logits {
        return;
    }
    if let Some(activation) = u.transform {
        let rows = u
            .d_head
            .map_or(g.rows(), |d| [TOKEN, Dim::new(Axis::DEmbed, d)]);
        let map = Operation::LINEAR;
        read = g.linear_to(&rows, "mlm_head.hook_out", read, Role::Transform, map); // [token, d_head]
        let activate = Operation::Activate(activation);
        read = g.add("mlm_head.hook_post", &rows, activate, &[read]); // [token, d_head]
        if u.norm && ends_in_norm {
            let (out, role) = ("mlm_head.hook_normed", Role::HeadNorm);
            read = g.norm_to(out, "mlm_head", role, read, 1.0); // [token, d_head]
        }
    }
    read = g.norm_if(u.norm && !ends_in_norm, "ln_final", Role::LnFinal, read); // [token, d_head]
    let projected = g.arch.embedding.d_embed.filter(|_| u.transform.is_none());
    if let Some(d_embed) = projected {
        let narrow = [TOKEN, Dim::new(Axis::DEmbed, d_embed)];
        read = g.linear_to(
            &narrow,
            "unembed_in",
            read,
            Role::UnembedIn,
            Operation::LINEAR,
        ); // [token, d_embed]
    }
    let vocab = [TOKEN, Dim::new(Axis::Vocab, g.arch.d_vocab)];
    let (scale, cap) = (u.scale, u.cap);
    g.linear_to(
        &vocab,
        "logits",
        read,
        Role::Unembed,
        Operation::Linear {
            scale,
            cap,
            clip: None,
        },
    ); // [token, vocab]
}

/// One vector for the whole text. `[token, d_model]` → `[d_model]`
fn pool(g: &mut Builder, pooling: Pooling, read: NodeId) {
    let (vector, one) = (
        [Dim::new(Axis::DModel, g.arch.d_model)],
        [Dim::new(Axis::One, 1)],
    );
    let rows = match pooling {
        Pooling::Dense => PoolRows::First,
        Pooling::Rows { rows, .. } => rows,
    };
    let name = if pooling == Pooling::Dense {
        "pooler.first"
    } else {
        "pooling.hook_out"
    };
    let pooled = g.add(name, &vector, Operation::Pool(rows), &[read]); // [d_model]
    match pooling {
        Pooling::Dense => {
            let dense = "pooler.dense.hook_out";
            let mapped = g.linear_to(&vector, dense, pooled, Role::Pooler, Operation::LINEAR); // [d_model]
            let tanh = Operation::Activate(Activation::Tanh);
            g.add("pooler.hook_out", &vector, tanh, &[mapped]); // [d_model]
        }
        Pooling::Rows {
            normalise: true, ..
        } => {
            let length = g.add("pooling.hook_scale", &one, Operation::Length, &[pooled]); // [1]
            g.add(
                "pooling.hook_normalized",
                &vector,
                Operation::Divide,
                &[pooled, length],
            ); // [d_model]
        }
        Pooling::Rows {
            normalise: false, ..
        } => {}
    }
}
