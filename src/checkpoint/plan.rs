//! The hook points of a pass, in order, from the architecture alone.

use super::arch::{Arch, Positions};
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
        list.push("hook_embed", RESIDUAL);
        if matches!(self.positions, Positions::Learned | Positions::Sinusoidal) {
            list.push("hook_pos_embed", RESIDUAL);
        }
        for block in 0..self.n_layers {
            list.prefix = format!("blocks.{block}.");
            list.block();
        }
        list.prefix = String::new();
        list.norm("ln_final");
        list.push("logits", &[Axis::Token, Axis::Vocab]);
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
            Axis::Vocab => arch.d_vocab,
            Axis::One => 1,
        }
    }

    fn norm(&mut self, module: &str) {
        self.push(&format!("{module}.hook_scale"), &[Axis::Token, Axis::One]);
        self.push(&format!("{module}.hook_normalized"), RESIDUAL);
        self.push(&format!("{module}.hook_out"), RESIDUAL);
    }

    fn block(&mut self) {
        self.push("hook_resid_pre", RESIDUAL);
        self.norm("ln1");
        self.push("attn.hook_q", QUERIES);
        self.push("attn.hook_k", KEYS);
        self.push("attn.hook_v", KEYS);
        if matches!(self.arch.positions, Positions::Rotary(_)) {
            self.push("attn.hook_rot_q", QUERIES);
            self.push("attn.hook_rot_k", KEYS);
        }
        self.push("attn.hook_attn_scores", PATTERN);
        self.push("attn.hook_pattern", PATTERN);
        self.push("attn.hook_z", QUERIES);
        self.push("hook_attn_out", RESIDUAL);
        self.push("hook_resid_mid", RESIDUAL);
        self.norm("ln2");
        self.push("mlp.hook_pre", NEURONS);
        if self.arch.mlp.gated {
            self.push("mlp.hook_pre_linear", NEURONS);
        }
        self.push("mlp.hook_post", NEURONS);
        self.push("hook_mlp_out", RESIDUAL);
        self.push("hook_resid_post", RESIDUAL);
    }
}
