//! The hook points of a pass, in order, from the architecture alone.

use super::arch::{Arch, EmbedNorm, Norms, Pooling, Positions, Residual};
use crate::trace::plan::{Axis, HookPoint, Plan};

impl Arch {
    /// The plan of a pass over `tokens` new tokens, with `past` tokens in the key/value cache.
    pub fn plan(&self, tokens: usize, past: usize) -> Plan {
        let mut list = List {
            arch: self,
            tokens,
            keys: past + tokens,
            prefix: String::new(),
            points: Vec::new(),
        };
        list.embedding();
        for block in 0..self.n_layers {
            list.prefix = format!("blocks.{block}.");
            list.block(block);
        }
        list.prefix = String::new();
        list.unembedding();
        Plan::new(list.points)
    }
}

const RESIDUAL: &[Axis] = &[Axis::Token, Axis::DModel];
const QUERIES: &[Axis] = &[Axis::Token, Axis::Head, Axis::DHead];
const KEYS: &[Axis] = &[Axis::Token, Axis::KvHead, Axis::DHead];
const PATTERN: &[Axis] = &[Axis::Head, Axis::Query, Axis::Key];
const NEURONS: &[Axis] = &[Axis::Token, Axis::DMlp];

/// A plan in the making.
struct List<'a> {
    arch: &'a Arch,
    tokens: usize,
    keys: usize,
    prefix: String,
    points: Vec<HookPoint>,
}

impl List<'_> {
    fn push(&mut self, name: &str, axes: &[Axis]) {
        self.points.push(HookPoint {
            name: format!("{}{name}", self.prefix),
            axes: axes.to_vec(),
            shape: axes.iter().map(|&axis| self.length(axis)).collect(),
        });
    }

    fn length(&self, axis: Axis) -> usize {
        let arch = self.arch;
        match axis {
            Axis::Token | Axis::Query => self.tokens,
            Axis::Key => self.keys,
            Axis::Head => arch.attention.n_heads,
            Axis::KvHead => arch.attention.n_kv_heads,
            Axis::DHead => arch.attention.d_head,
            Axis::DModel => arch.d_model,
            Axis::DMlp => arch.mlp.d_mlp,
            Axis::DEmbed => arch.d_embed(),
            Axis::Expert => arch.experts.as_ref().map_or(0, |e| e.n_experts),
            Axis::Active => arch.experts.as_ref().map_or(0, |e| e.n_active),
            Axis::Vocab => arch.d_vocab,
            Axis::One => 1,
        }
    }

    fn norm(&mut self, module: &str) {
        self.norm_to(module, &format!("{module}.hook_out"));
    }

    /// A norm whose output has a name of its own.
    fn norm_to(&mut self, module: &str, out: &str) {
        self.push(&format!("{module}.hook_scale"), &[Axis::Token, Axis::One]);
        self.push(&format!("{module}.hook_normalized"), RESIDUAL);
        self.push(out, RESIDUAL);
    }

    fn embedding(&mut self) {
        let how = &self.arch.embedding;
        match (how.norm, how.d_embed) {
            (EmbedNorm::OfTokens, _) => self.norm_to("embed_ln", "hook_embed"),
            (_, Some(_)) => self.push("hook_embed", &[Axis::Token, Axis::DEmbed]),
            (_, None) => self.push("hook_embed", RESIDUAL),
        }
        if how.segments.is_some() {
            self.push("hook_token_type_embed", RESIDUAL);
        }
        if matches!(
            self.arch.positions,
            Positions::Learned { .. } | Positions::Sinusoidal
        ) {
            self.push("hook_pos_embed", RESIDUAL);
        }
        if how.norm == EmbedNorm::OfSum {
            self.norm("embed_ln");
        }
    }

    fn block(&mut self, layer: usize) {
        let how = &self.arch.block;
        self.push("hook_resid_pre", RESIDUAL);
        if how.norms.before() {
            self.norm("ln1");
        }
        self.attention();
        self.written("attn", "ln1_post", "hook_attn_out");
        if how.residual == Residual::Sequential {
            self.push("hook_resid_mid", RESIDUAL);
        }
        if how.norms == Norms::Post {
            self.norm("ln1");
        } else if how.norms.before() && how.residual != Residual::ParallelShared {
            self.norm("ln2");
        }
        if self.arch.has_experts(layer) {
            self.push("mlp.hook_expert_weights", &[Axis::Token, Axis::Expert]);
            self.push("mlp.hook_expert_indices", &[Axis::Token, Axis::Active]);
        } else {
            self.push("mlp.hook_pre", NEURONS);
            if self.arch.mlp.gated {
                self.push("mlp.hook_pre_linear", NEURONS);
            }
            self.push("mlp.hook_post", NEURONS);
        }
        self.written("mlp", "ln2_post", "hook_mlp_out");
        self.push("hook_resid_post", RESIDUAL);
        if how.norms == Norms::Post {
            self.norm("ln2");
        }
    }

    fn attention(&mut self) {
        self.push("attn.hook_q", QUERIES);
        self.push("attn.hook_k", KEYS);
        self.push("attn.hook_v", KEYS);
        if self.arch.attention.qk_norm.is_some() {
            self.push("attn.hook_q_normed", QUERIES);
            self.push("attn.hook_k_normed", KEYS);
        }
        if matches!(self.arch.positions, Positions::Rotary(_)) {
            self.push("attn.hook_rot_q", QUERIES);
            self.push("attn.hook_rot_k", KEYS);
        }
        self.push("attn.hook_attn_scores", PATTERN);
        self.push("attn.hook_pattern", PATTERN);
        self.push("attn.hook_z", QUERIES);
    }

    fn unembedding(&mut self) {
        let how = &self.arch.unembedding;
        match how.pooling {
            None => {}
            Some(Pooling::Dense) => {
                self.push("pooler.dense.hook_out", &[Axis::DModel]);
                self.push("pooler.hook_out", &[Axis::DModel]);
            }
            Some(Pooling::Rows { normalise, .. }) => {
                self.push("pooling.hook_out", &[Axis::DModel]);
                if normalise {
                    self.push("pooling.hook_scale", &[Axis::One]);
                    self.push("pooling.hook_normalized", &[Axis::DModel]);
                }
            }
        }
        if how.transform.is_some() {
            self.push("mlm_head.hook_out", RESIDUAL);
            self.push("mlm_head.hook_post", RESIDUAL);
        }
        if how.norm {
            self.norm("ln_final");
        }
        if how.logits {
            self.push("logits", &[Axis::Token, Axis::Vocab]);
        }
    }

    /// What attention or the MLP adds to the residual stream, through a norm where there is one.
    fn written(&mut self, module: &str, norm: &str, out: &str) {
        if self.arch.block.norms.after() {
            self.push(&format!("{module}.hook_out"), RESIDUAL);
            self.norm_to(norm, out);
        } else {
            self.push(out, RESIDUAL);
        }
    }
}
