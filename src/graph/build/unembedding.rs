//! From the residual stream to what the model says: logits, one vector for the whole text, or both.

use super::{Builder, TOKEN};
use crate::graph::arch::Activation;
use crate::graph::arch::{PoolRows, Pooling};
use crate::graph::operation::Operation;
use crate::graph::role::Role;
use crate::graph::{Dim, NodeId};
use crate::trace::plan::Axis;

const LINEAR: Operation = Operation::Linear {
    scale: 1.0,
    cap: None,
};

/// `resid`: `[token, d_model]`
pub(super) fn unembedding(g: &mut Builder, resid: NodeId) {
    let u = &g.arch.unembedding;
    if let Some(pooling) = u.pooling {
        pool(g, pooling, resid);
    }
    if !u.logits {
        return;
    }
    let mut read = resid; // [token, d_model]
    if let Some(activation) = u.transform {
        read = g.linear("mlm_head.hook_out", read, Role::Transform, 1.0); // [token, d_model]
        read = g.hook(
            "mlm_head.hook_post",
            &g.rows(),
            Operation::Activate(activation),
            &[read],
        ); // [token, d_model]
    }
    if u.norm {
        read = g.norm("ln_final", Role::LnFinal, read); // [token, d_model]
    }
    if let Some(d_embed) = g.arch.embedding.d_embed {
        let narrow = [TOKEN, Dim::new(Axis::DEmbed, d_embed)];
        read = g.linear_to("unembed_in", read, Role::UnembedIn, &narrow, LINEAR); // [token, d_embed]
        g.hide(read);
    }
    let vocab = [TOKEN, Dim::new(Axis::Vocab, g.arch.d_vocab)];
    let logits = Operation::Linear {
        scale: u.scale,
        cap: u.cap,
    };
    g.linear_to("logits", read, Role::Unembed, &vocab, logits); // [token, vocab]
}

/// One vector for the whole text. `[token, d_model]` → `[d_model]`
fn pool(g: &mut Builder, pooling: Pooling, resid: NodeId) {
    let vector = [Dim::new(Axis::DModel, g.arch.d_model)];
    match pooling {
        Pooling::Dense => {
            let first = Operation::Pool(PoolRows::First);
            let first = g.hidden("pooler.first", &vector, first, &[resid]); // [d_model]
            let mapped = g.linear_to(
                "pooler.dense.hook_out",
                first,
                Role::Pooler,
                &vector,
                LINEAR,
            ); // [d_model]
            g.hook(
                "pooler.hook_out",
                &vector,
                Operation::Activate(Activation::Tanh),
                &[mapped],
            ); // [d_model]
        }
        Pooling::Rows { rows, normalise } => {
            let pooled = g.hook("pooling.hook_out", &vector, Operation::Pool(rows), &[resid]); // [d_model]
            if normalise {
                let one = [Dim::new(Axis::One, 1)];
                let length = g.hook("pooling.hook_scale", &one, Operation::Length, &[pooled]); // [1]
                g.hook(
                    "pooling.hook_normalized",
                    &vector,
                    Operation::Divide,
                    &[pooled, length],
                ); // [d_model]
            }
        }
    }
}
