//! The plan: the ordered hook points of a pass with their shapes, known before anything is computed.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::hook::{self, Layer};

/// The thing that an axis of an activation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Tokens of this pass.
    Token,
    /// Tokens of this pass that attend to others.
    Query,
    /// Tokens of this pass and of all before it, as those that are attended to.
    Key,
    Head,
    KvHead,
    DHead,
    /// Queries and keys of a recurrent mixer, which several heads may share.
    Group,
    /// The dimensions of a recurrent mixer's queries and keys.
    DState,
    /// The numbers that a map of low rank goes through.
    Rank,
    /// The tokens that a convolution spans.
    Tap,
    DModel,
    DMlp,
    /// The dimensions of a token's row, if their number is not `d_model`.
    DEmbed,
    /// The dimensions of a vector that queries, or keys and values, expand from.
    DLatent,
    /// Entries that stand for whole runs of tokens.
    Entry,
    /// Streams that blocks update by turns.
    Stream,
    /// The dimensions of all streams, one stream behind the other.
    DStreams,
    /// All experts of a mixture.
    Expert,
    /// The experts that a token is sent to.
    Active,
    Vocab,
    /// Rows of a table of positions.
    Position,
    /// Rows of a table of segments.
    Segment,
    /// An axis of length 1, kept for broadcasting (a norm's scale).
    One,
}

impl Axis {
    /// The word for the axis in shapes: `[head, query, key]`.
    pub fn word(self) -> &'static str {
        match self {
            Axis::Token => "token",
            Axis::Query => "query",
            Axis::Key => "key",
            Axis::Head => "head",
            Axis::KvHead => "kv_head",
            Axis::DHead => "d_head",
            Axis::Group => "group",
            Axis::DState => "d_state",
            Axis::Rank => "rank",
            Axis::Tap => "tap",
            Axis::DModel => "d_model",
            Axis::DMlp => "d_mlp",
            Axis::DEmbed => "d_embed",
            Axis::DLatent => "d_latent",
            Axis::Entry => "entry",
            Axis::Stream => "stream",
            Axis::DStreams => "d_streams",
            Axis::Expert => "expert",
            Axis::Active => "active",
            Axis::Vocab => "vocab",
            Axis::Position => "position",
            Axis::Segment => "segment",
            Axis::One => "1",
        }
    }
}

/// One hook point of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookPoint {
    /// The full name, such as `blocks.3.attn.hook_pattern`.
    pub name: String,
    /// The axes of `shape`.
    pub axes: Vec<Axis>,
    pub shape: Vec<usize>,
}

impl HookPoint {
    /// The hook point under its name as people read it.
    pub fn as_read(&self) -> HookPoint {
        HookPoint {
            name: hook::short(&self.name),
            ..self.clone()
        }
    }

    /// The layer that computes this hook point. A name that belongs to no layer counts as the unembedding's.
    pub fn layer(&self) -> Layer {
        hook::layer_of(&self.name).unwrap_or(Layer::Unembed)
    }

    /// The axis that counts heads, if there is one.
    pub fn head_axis(&self) -> Option<usize> {
        self.axes
            .iter()
            .position(|a| matches!(a, Axis::Head | Axis::KvHead | Axis::Group))
    }

    /// The number of elements.
    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }
}

/// The ordered hook points of one pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    points: Vec<HookPoint>,
    by_name: HashMap<String, usize>,
    /// Whether each hook point is a value of the residual stream.
    residual: Vec<bool>,
}

impl Plan {
    /// A plan of hook points known by name alone, such as a trace's. Names tell which values are the residual
    /// stream.
    pub fn new(points: Vec<HookPoint>) -> Plan {
        let mut plan = Plan::with_residual(points, Vec::new());
        plan.residual = (0..plan.len()).map(|i| plan.is_named_residual(i)).collect();
        plan
    }

    /// A plan with `residual` saying of each hook point whether it is a value of the residual stream.
    pub fn with_residual(points: Vec<HookPoint>, residual: Vec<bool>) -> Plan {
        let by_name = points
            .iter()
            .enumerate()
            .map(|(i, p)| (p.name.clone(), i))
            .collect();
        Plan {
            points,
            by_name,
            residual,
        }
    }

    pub fn points(&self) -> &[HookPoint] {
        &self.points
    }

    pub fn len(&self) -> usize {
        self.points.len()
    }

    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The hook point with this full name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The hook point that `text` means: its full name or a short form (see [`hook`]).
    pub fn find(&self, text: &str) -> Option<usize> {
        self.position(text).or_else(|| {
            self.points
                .iter()
                .position(|p| hook::spellings(&p.name).iter().any(|s| s == text))
        })
    }

    /// The hook points of one layer, contiguous.
    pub fn layer_range(&self, layer: Layer) -> Range<usize> {
        let start = self
            .points
            .iter()
            .position(|p| p.layer() == layer)
            .unwrap_or(self.len());
        let len = self.points[start..]
            .iter()
            .take_while(|p| p.layer() == layer)
            .count();
        start..start + len
    }

    /// Whether `point` is a value of the residual stream `[token, d_model]`, which the unembedding can read.
    pub fn is_residual(&self, point: usize) -> bool {
        self.residual.get(point) == Some(&true)
    }

    /// Whether `point` is a value of the residual stream, by names alone. A norm of a sum counts: its output
    /// is the stream that everything after it reads.
    fn is_named_residual(&self, point: usize) -> bool {
        let hook = &self.points[point];
        let wide = hook.axes == [Axis::Token, Axis::DModel];
        let sum = match hook.name.strip_suffix(".hook_out") {
            Some("embed_ln") => return wide,
            Some(norm) => match (norm.strip_suffix("ln1"), norm.strip_suffix("ln2")) {
                (Some(block), _) => format!("{block}hook_resid_mid"),
                (_, Some(block)) => format!("{block}hook_resid_post"),
                _ => return false,
            },
            None => {
                let leaf = hook::leaf(&hook.name);
                return (leaf.starts_with("resid_") || leaf == "embed") && wide;
            }
        };
        self.position(&sum).is_some_and(|sum| sum < point)
    }

    /// The last hook point's name as people read it, if the pass does not end in logits.
    pub fn output_without_logits(&self) -> Option<String> {
        let last = self.points.last().filter(|_| !self.has_logits())?;
        Some(hook::short(&last.name))
    }

    /// Whether the pass ends in logits.
    pub fn has_logits(&self) -> bool {
        self.position("logits").is_some()
    }

    /// The value of the residual stream that a lens at `point` reads: the last one at or before `point`.
    /// `None` if there is none.
    pub fn residual_at(&self, point: usize) -> Option<usize> {
        let last = point.min(self.len().checked_sub(1)?);
        (0..=last).rev().find(|&i| self.is_residual(i))
    }

    /// The short name of the value that a lens at `point` reads: the residual stream there, or the logits.
    pub fn read_at(&self, point: usize) -> Option<String> {
        let here = self.points.get(point)?;
        match here.layer() {
            Layer::Unembed => Some(hook::short(&here.name)),
            _ => self
                .residual_at(point)
                .map(|i| hook::short(&self.points[i].name)),
        }
    }
}
