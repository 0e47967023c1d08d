//! Calculations in stages: how the value at a hook point comes from those before it, with the model's own numbers.
//!
//! | file | where | what |
//! |---|---|---|
//! | `positions` | `pos_embed` | sine and cosine, or a learned table's columns, with the tokens' places |
//! | `rotation` | `rot_q`, `rot_k` | the angle by which a pair of dimensions turns |
//! | `softmax` | `pattern` | score, exponential, share |
//! | `mix` | `z` | rows of values with their weights, and their sum |
//! | `neuron` | `mlp.post` | an activation's curve with this neuron on it |
//! | `answer` | `logits` | softmax with temperature, cut by top-k and top-p |
//!
//! A front end asks the questions of [`Calculations::asks`] and hands their answers to [`Calculations::stages`].

mod answer;
mod mix;
mod neuron;
mod positions;
mod rotation;
mod shown;
mod softmax;

use serde::Serialize;

use crate::graph::arch::Arch;
use crate::trace::hook::{self, Layer};
use crate::trace::plan::{HookPoint, Plan};
use crate::trace::query::{Answer, Query, Sampling};
use crate::trace::source::{ModelInfo, Pass};
use crate::trace::tensor::{Pick, Slice};

pub use shown::{Cell, Curve, Mark, Plot, Row, Shown};

/// Where a calculation is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub pass: usize,
    /// The hook point's place in the pass's plan.
    pub point: usize,
    /// The head, counted as queries are.
    pub head: usize,
    pub row: usize,
    pub col: usize,
    /// Dimensions whose curves are wanted together; none for those at `col`.
    pub dims: Vec<usize>,
    /// How many columns of a row of values there is room for.
    pub columns: usize,
    pub sampling: Sampling,
}

/// A calculation with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "calculation", rename_all = "snake_case")]
pub enum Stages {
    Positions(positions::Positions),
    Rotation(rotation::Rotation),
    Softmax(softmax::Softmax),
    Mix(mix::Mix),
    Neuron(neuron::Neuron),
    Answer(answer::Answered),
}

/// The calculations of one model.
#[derive(Clone, Debug)]
pub struct Calculations {
    arch: Arch,
    /// Whether the architecture is known, and not only the names of hook points.
    certain: bool,
}

/// Answers to questions, as far as they are known.
pub type Known<'a> = dyn Fn(&Query) -> Option<&'a Answer> + 'a;

impl Calculations {
    pub fn new(model: &ModelInfo, plan: &Plan) -> Calculations {
        Calculations {
            arch: Arch::of_trace(model, plan),
            certain: model.arch.is_some() || model.facts.is_some(),
        }
    }

    /// Whether there is a calculation to look at here.
    pub fn has(&self, point: &HookPoint) -> bool {
        let leaf = hook::leaf(&point.name);
        let here = match leaf {
            "pattern" | "z" | "rot_q" | "rot_k" => hook::module_of(&point.name) == Some("attn"),
            "post" => hook::module_of(&point.name) == Some("mlp"),
            "pos_embed" | "logits" => true,
            _ => false,
        };
        here && (leaf != "post" || self.certain)
    }

    /// The questions for the numbers at a place; none where there is no calculation.
    pub fn asks(&self, model: &ModelInfo, passes: &[Pass], at: &Place) -> Vec<Query> {
        let Some(view) = self.view(model, passes, at) else {
            return Vec::new();
        };
        match view.leaf() {
            "pos_embed" => positions::asks(&view),
            "rot_q" | "rot_k" => rotation::asks(&view),
            "pattern" => softmax::asks(&view),
            "z" => mix::asks(&view),
            "post" => neuron::asks(&view),
            _ => answer::asks(&view),
        }
    }

    /// The calculation at a place; `None` until the answers that it needs are known.
    pub fn stages(
        &self,
        model: &ModelInfo,
        passes: &[Pass],
        at: &Place,
        known: &Known,
    ) -> Option<Stages> {
        let view = self.view(model, passes, at)?;
        Some(match view.leaf() {
            "pos_embed" => Stages::Positions(positions::stages(&view, known)?),
            "rot_q" | "rot_k" => Stages::Rotation(rotation::stages(&view, known)?),
            "pattern" => Stages::Softmax(softmax::stages(&view, known)?),
            "z" => Stages::Mix(mix::stages(&view, known)?),
            "post" => Stages::Neuron(neuron::stages(&view, known)?),
            _ => Stages::Answer(answer::stages(&view, known)?),
        })
    }

    fn view<'a>(
        &'a self,
        model: &'a ModelInfo,
        passes: &'a [Pass],
        at: &'a Place,
    ) -> Option<View<'a>> {
        let pass = passes.get(at.pass)?;
        let point = pass.plan.points().get(at.point)?;
        self.has(point).then_some(View {
            arch: &self.arch,
            model,
            pass,
            point,
            at,
        })
    }
}

impl Stages {
    /// The calculation as a person reads it.
    pub fn shown(&self) -> Shown {
        match self {
            Stages::Positions(stages) => stages.shown(),
            Stages::Rotation(stages) => stages.shown(),
            Stages::Softmax(stages) => stages.shown(),
            Stages::Mix(stages) => stages.shown(),
            Stages::Neuron(stages) => stages.shown(),
            Stages::Answer(stages) => stages.shown(),
        }
    }
}

/// A place with all that is known of it.
struct View<'a> {
    arch: &'a Arch,
    model: &'a ModelInfo,
    pass: &'a Pass,
    point: &'a HookPoint,
    at: &'a Place,
}

impl View<'_> {
    fn leaf(&self) -> &str {
        hook::leaf(&self.point.name)
    }

    fn block(&self) -> usize {
        match self.point.layer() {
            Layer::Block(i) => i,
            Layer::Embed | Layer::Unembed => 0,
        }
    }

    /// The hook point of the same module with this leaf.
    fn beside(&self, leaf: &str) -> Option<&HookPoint> {
        let (module, _) = self.point.name.rsplit_once('.')?;
        let at = self.pass.plan.position(&format!("{module}.{leaf}"))?;
        self.pass.plan.points().get(at)
    }

    fn values(&self, point: &HookPoint, slice: Vec<Pick>) -> Query {
        Query::Values {
            pass: self.at.pass,
            point: point.name.clone(),
            slice: Slice(slice),
        }
    }

    /// The row, within the pass.
    fn row(&self) -> usize {
        self.at.row.min(self.pass.rows().saturating_sub(1))
    }

    /// The head of a hook point that belongs to the chosen one: with grouped queries several share one.
    fn head(&self, point: &HookPoint) -> usize {
        let heads = point.head_axis().map_or(1, |axis| point.shape[axis]).max(1);
        let all = self.model.n_heads.max(heads);
        (self.at.head.min(all - 1) * heads / all).min(heads - 1)
    }

    /// The text of a token, counted over all passes.
    fn token(&self, position: usize) -> String {
        let token = self.pass.tokens.get(position);
        token.map_or_else(String::new, |token| token.text.clone())
    }
}

/// The numbers of an answer with values.
fn numbers<'a>(known: &Known<'a>, query: &Query) -> Option<&'a [f64]> {
    Some(&known(query)?.values()?.data)
}
