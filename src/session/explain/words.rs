//! Hook points in plain words, for someone who meets them for the first time: the rows of `words.txt`.

use crate::graph::arch::{Arch, Norms};
use crate::graph::factor::short;
use crate::trace::hook::{self, Layer};

/// The facts that the words about a hook point depend on.
pub(super) struct Place<'a> {
    pub arch: &'a Arch,
    /// Whether more is known of the model than the names of its hook points.
    pub certain: bool,
    pub name: &'a str,
}

/// A title of a few words, and one or two lines. `None` for a name that is not known.
pub(super) fn words(at: &Place) -> Option<(&'static str, String)> {
    let rows = include_str!("words.txt").lines();
    let mut rows = rows.filter(|row| !row.starts_with('#'));
    let (title, text) = rows.find_map(|row| {
        let (when, words) = row.split_once(" | ")?;
        at.meets(when).then(|| words.split_once(" | "))?
    })?;
    Some((title, at.filled_in(text)))
}

impl Place<'_> {
    fn block(&self) -> Option<usize> {
        match hook::layer_of(self.name) {
            Some(Layer::Block(i)) => Some(i),
            _ => None,
        }
    }

    fn window(&self) -> Option<usize> {
        let windows = &self.arch.attention.windows;
        windows.get(self.block()?).copied().flatten()
    }

    /// Whether this is the row of that name, and what it is written for.
    fn meets(&self, when: &str) -> bool {
        let inner = match self.block() {
            Some(i) => self.name.strip_prefix(&format!("blocks.{i}.")),
            None => Some(self.name),
        };
        let inner = inner.unwrap_or(self.name);
        let mut words = when.split(' ');
        let named = words
            .next()
            .is_some_and(|name| match name.strip_prefix('*') {
                Some(end) => inner.ends_with(end),
                None => inner == name,
            });
        named && words.all(|condition| self.holds(condition))
    }

    fn holds(&self, condition: &str) -> bool {
        let arch = self.arch;
        match condition {
            "post_norm" => arch.block.norms == Norms::Post,
            "output_norm" => arch.block.norms.output(),
            "encoder" => !arch.attention.causal,
            "window" => self.window().is_some(),
            "sinks" => arch.attention.sinks,
            "doubtful" => !self.certain,
            "experts" => arch
                .experts
                .as_ref()
                .zip(self.block())
                .is_some_and(|(e, i)| e.layers[i]),
            _ => false,
        }
    }

    fn filled_in(&self, text: &str) -> String {
        let arch = self.arch;
        let either = if self.certain {
            ""
        } else {
            "; an RMSNorm leaves the mean in"
        };
        text.replace("{d_model}", &arch.d_model.to_string())
            .replace("{d_vocab}", &arch.d_vocab.to_string())
            .replace("{d_mlp}", &arch.mlp.d_mlp.to_string())
            .replace("{window}", &self.window().unwrap_or(0).to_string())
            .replace("{shared}", &self.shared())
            .replace("{expert}", &self.expert())
            .replace("{either}", either)
    }

    /// Which key head a query head reads, where several share one.
    fn shared(&self) -> String {
        let (heads, kv_heads) = (self.arch.attention.n_heads, self.arch.attention.n_kv_heads);
        match heads.checked_div(kv_heads) {
            Some(group) if group > 1 => format!("; query head h reads head ⌊h/{group}⌋"),
            _ => String::new(),
        }
    }

    /// The computation of an expert between its two linear maps, where that is known.
    fn expert(&self) -> String {
        let mlp = &self.arch.mlp;
        if !self.certain {
            return String::new();
        }
        let (mut gate, mut linear) = ("gate".to_owned(), "linear".to_owned());
        if let Some(clamp) = mlp.clamp.map(short) {
            gate = format!("min(gate, {clamp})");
            linear = format!("clamp(linear, ±{clamp})");
        }
        if mlp.linear_offset != 0.0 {
            linear = format!("({linear} + {})", short(mlp.linear_offset));
        }
        let activation = mlp.activation.word();
        format!("\neach is {activation}({gate}) ⊙ {linear}, between its own linear maps")
    }
}

/// A title of a few words and one line about a weight of this name, from `weights.txt`; both are empty for a
/// name that is not known.
pub(super) fn weight(name: &str) -> (&'static str, &'static str) {
    let rows = include_str!("weights.txt").lines();
    let mut rows = rows.filter(|row| !row.starts_with('#'));
    let found = rows.find_map(|row| {
        let (end, words) = row.split_once(" | ")?;
        name.ends_with(end).then(|| words.split_once(" | "))?
    });
    found.unwrap_or_default()
}
