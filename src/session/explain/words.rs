//! Hook points and weights in plain words, for someone who meets them for the first time: messages, found by the rows
//! of `words.txt` and `weights.txt`.

use crate::graph::arch::{Activation, Arch, Norms};
use crate::graph::factor::short;
use crate::graph::recurrence::GateBy;
use crate::lang::{self, FluentValue, say, say_with};
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
    let key = rows.find_map(|row| {
        let (when, key) = row.split_once(" | ")?;
        at.meets(when).then_some(key)
    })?;
    let title = lang::find(&format!("explain-{key}-title"))?;
    let text = say_with(&format!("explain-{key}-text"), &at.arguments());
    Some((title, text))
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
            "softplus" => arch.attention.gate_by == GateBy::Activation(Activation::Softplus),
            "window" => self.window().is_some(),
            "sinks" => self.block().is_some_and(|i| arch.attention.sinks_in(i)),
            "doubtful" => !self.certain,
            "experts" => arch
                .experts
                .as_ref()
                .zip(self.block())
                .is_some_and(|(e, i)| e.layers[i]),
            _ => false,
        }
    }

    /// Arguments that any of the messages takes.
    fn arguments(&self) -> [(&'static str, FluentValue<'static>); 7] {
        let arch = self.arch;
        let either = if self.certain {
            ""
        } else {
            say("explain-either")
        };
        // Numbers go in as text: a message would group or round them.
        [
            ("d_model", arch.d_model.to_string().into()),
            ("d_vocab", arch.d_vocab.to_string().into()),
            ("d_mlp", arch.mlp.d_mlp.to_string().into()),
            ("window", self.window().unwrap_or(0).to_string().into()),
            ("shared", self.shared().into()),
            ("expert", self.expert().into()),
            ("either", either.into()),
        ]
    }

    /// Which key head a query head reads, where several share one.
    fn shared(&self) -> String {
        let (heads, kv_heads) = (self.arch.attention.n_heads, self.arch.attention.n_kv_heads);
        match heads.checked_div(kv_heads) {
            Some(group) if group > 1 => {
                say_with("explain-shared", &[("group", group.to_string().into())])
            }
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
        let words = say_with(
            "explain-expert",
            &[
                ("activation", activation.into()),
                ("gate", gate.into()),
                ("linear", linear.into()),
            ],
        );
        format!("\n{words}")
    }
}

/// A title of a few words and one line about a weight of this name, by the rows of `weights.txt`; both are empty for
/// a name that is not known.
pub(super) fn weight(name: &str) -> (&'static str, &'static str) {
    let rows = include_str!("weights.txt").lines();
    let mut rows = rows.filter(|row| !row.starts_with('#'));
    let found = rows.find_map(|row| {
        let (end, key) = row.split_once(" | ")?;
        name.ends_with(end).then_some(key)
    });
    let words = found.and_then(|key| {
        let title = lang::find(&format!("weight-{key}-title"))?;
        Some((title, lang::find(&format!("weight-{key}-text"))?))
    });
    words.unwrap_or_default()
}
