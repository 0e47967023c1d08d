//! What surrounds a hook point: sizes, facts, and what its value is computed from.

use crate::trace::facts::{Biased, Facts};
use crate::trace::hook::{self, Layer};
use crate::trace::plan::Plan;
use crate::trace::source::{ModelInfo, Pass};

/// One hook point of a pass, as its formula needs to see it.
pub(super) struct Place<'a> {
    pub model: &'a ModelInfo,
    plan: &'a Plan,
    /// Where nothing is known of how the model computes, formulas say less.
    pub facts: Option<&'a Facts>,
    pub name: &'a str,
    pub block: usize,
    pub tokens: usize,
    pub keys: usize,
}

impl<'a> Place<'a> {
    pub fn new(model: &'a ModelInfo, pass: &'a Pass, point: usize) -> Place<'a> {
        let name = pass.plan.points().get(point).map_or("", |p| &p.name);
        Place {
            model,
            plan: &pass.plan,
            facts: model.facts.as_ref(),
            name,
            block: match hook::layer_of(name) {
                Some(Layer::Block(i)) => i,
                _ => 0,
            },
            tokens: pass.tokens.len() - pass.start,
            keys: pass.tokens.len(),
        }
    }

    fn at(&self, inner: &str) -> Option<usize> {
        self.plan
            .position(&format!("blocks.{}.{inner}", self.block))
    }

    /// Whether this block has such a hook point.
    pub fn has(&self, inner: &str) -> bool {
        self.at(inner).is_some()
    }

    /// Whether this block has both, `a` first.
    pub fn before(&self, a: &str, b: &str) -> bool {
        self.at(a).zip(self.at(b)).is_some_and(|(a, b)| a < b)
    }

    /// Whether the plan has this hook point outside of blocks.
    pub fn in_plan(&self, name: &str) -> bool {
        self.plan.position(name).is_some()
    }

    /// `[4×64]`, the shape of the residual stream.
    pub fn stream(&self) -> String {
        format!("[{}×{}]", self.tokens, self.model.d_model)
    }

    /// ` + b_Q` where there is one, and nothing where that is not known.
    pub fn bias(&self, of: Biased, name: &str) -> String {
        match self.facts.is_some_and(|f| f.biases.contains(&of)) {
            true => format!(" + {name}"),
            false => String::new(),
        }
    }

    /// What a half of the block writes: `x · W + b`, scaled where the model scales it.
    pub fn written(&self, product: &str, of: Biased, bias: &str) -> String {
        let bias = self.bias(of, bias);
        let scale = self
            .facts
            .map_or(String::new(), |f| times(f.residual_scale));
        match scale.is_empty() {
            true => format!("{product}{bias}"),
            false => format!("({product}{bias}){scale}"),
        }
    }

    /// Queries and keys as scores read them, and as they are before position turns them.
    pub fn queries_and_keys(&self) -> [&'static str; 2] {
        match self.has("attn.hook_rot_q") {
            true => ["rot_q", "rot_k"],
            false => self.unturned(),
        }
    }

    pub fn unturned(&self) -> [&'static str; 2] {
        match self.has("attn.hook_q_normed") {
            true => ["q_normed", "k_normed"],
            false => ["q", "k"],
        }
    }

    /// What attention reads.
    pub fn attn_in(&self) -> &'static str {
        match self.before("ln1.hook_out", "attn.hook_q") {
            true => "ln1.out",
            false => "resid_pre",
        }
    }

    /// What the MLP reads.
    pub fn mlp_in(&self) -> &'static str {
        let own = self.before("ln2.hook_out", "hook_mlp_out");
        match (own, self.has("ln1.hook_out")) {
            (true, _) => "ln2.out",
            (false, true) => "ln1.out",
            (false, false) => "resid_mid",
        }
    }

    /// What the MLP's output is added to.
    pub fn mlp_onto(&self) -> &'static str {
        let normed = self.before("hook_resid_mid", "ln1.hook_out");
        match (normed, self.has("hook_resid_mid")) {
            (true, _) => "ln1.out",
            (false, true) => "resid_mid",
            (false, false) => "resid_pre + attn_out",
        }
    }

    /// Whether norms are of sums: the stream is what the last of them gives.
    pub fn norms_sums(&self) -> bool {
        self.before("hook_resid_post", "ln2.hook_out")
    }

    /// The last value of the residual stream.
    pub fn last_stream(&self) -> String {
        let last = self.plan.residual_at(self.plan.len().saturating_sub(1));
        let last = last.and_then(|i| self.plan.points().get(i));
        last.map_or_else(|| "resid_post".into(), |p| hook::short(&p.name))
    }

    /// How many heads share one of keys and values, where they do.
    pub fn shared(&self) -> Option<usize> {
        let (heads, kv_heads) = (self.model.n_heads, self.model.n_kv_heads.max(1));
        (heads > kv_heads).then_some(heads / kv_heads)
    }
}

/// ` · 0.25`; nothing for 1.
pub(super) fn times(factor: f64) -> String {
    match factor {
        1.0 => String::new(),
        _ => format!(" · {}", short(factor)),
    }
}

/// The same, written as papers do where it is the root of a whole number or one over it: ` / √64`.
pub(super) fn times_root(factor: f64) -> String {
    let whole = |x: f64| (x / x.round() - 1.0).abs() < 1e-6 && x.round() > 1.0;
    let square = factor * factor;
    if whole(1.0 / square) {
        format!(" / √{}", (1.0 / square).round())
    } else if whole(square) {
        format!(" · √{}", square.round())
    } else {
        times(factor)
    }
}

/// A number in at most five digits.
pub(super) fn short(x: f64) -> String {
    let rounded = format!("{x:.4}");
    rounded
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_written_as_people_write_them() {
        assert_eq!(times_root(1.0), "");
        assert_eq!(times_root(0.125), " / √64");
        assert_eq!(times_root(1.0 / 10f64.sqrt()), " / √10");
        assert_eq!(times_root(576f64.sqrt()), " · √576");
        assert_eq!(times_root(0.22), " · 0.22");
        assert_eq!(times(0.125), " · 0.125");
        assert_eq!(short(30.0), "30");
    }
}
