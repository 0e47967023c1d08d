//! Replies of commands, as data. `reply_made` makes them of the answers to questions, and `reply_text` has them as text.

use std::ops::Range;
use std::path::PathBuf;

use serde::Serialize;

use super::interventions::Listed;
use super::reply_branches::{Largest, Named};
use super::stages::Stages;
use crate::trace::attribution::{Attribution, Neuron};
use crate::trace::branch::Difference;
use crate::trace::detail::Detail;
use crate::trace::fidelity::Fidelity;
use crate::trace::grid::LensGrid;
use crate::trace::head_map::{HeadMap, Rollout};
use crate::trace::inputs::InputAttribution;
use crate::trace::intervention::Effect;
use crate::trace::number;
use crate::trace::query::Place;
use crate::trace::score::Score;
use crate::trace::split::Split;
use crate::trace::sweep::SweepMap;
use crate::trace::tensor::{Distribution, Summary};
use crate::trace::why::Why;

/// The reply of a command.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    /// Where the cursor stands.
    At {
        pass: usize,
        step: usize,
        steps: usize,
        name: String,
        shape: Vec<usize>,
        axes: String,
    },
    /// Elements of a hook point; in JSON a NaN or an infinity is a string, as in a trace.
    Values {
        name: String,
        of: Vec<usize>,
        /// The shape of what was asked for; `shape` is shorter where a person is shown a part of it.
        #[serde(skip)]
        asked: Vec<usize>,
        shape: Vec<usize>,
        #[serde(serialize_with = "number::list::serialize")]
        values: Vec<f64>,
        /// The error in [`Values`](crate::trace::tensor::Values::recomputed).
        #[serde(
            skip_serializing_if = "Option::is_none",
            serialize_with = "number::optional::serialize"
        )]
        recomputed: Option<f64>,
    },
    /// A value that was looked for, where the cursor stands now.
    Found {
        name: String,
        pass: usize,
        index: Vec<usize>,
        #[serde(serialize_with = "number::serialize")]
        value: f64,
    },
    /// One after the other.
    Each {
        replies: Vec<Reply>,
    },
    /// The most probable tokens, read at a hook point: what they are candidates for is `target`.
    Next {
        name: String,
        /// The value of the residual stream that stands there, which is what was read.
        read: String,
        #[serde(rename = "told")]
        target: String,
        distribution: Distribution,
    },
    /// The most probable tokens at several hook points, read at the token `at`.
    Lenses {
        #[serde(rename = "told")]
        target: String,
        at: String,
        seen: Vec<Seen>,
    },
    /// The lens at hook points × tokens.
    Grid {
        #[serde(rename = "told")]
        target: String,
        points: Vec<String>,
        /// The rows of the pass, and the token in each.
        rows: Range<usize>,
        tokens: Vec<String>,
        #[serde(flatten)]
        grid: LensGrid,
    },
    /// The fidelity of lenses, over so many rows of the pass.
    Fidelity {
        rows: usize,
        #[serde(flatten)]
        fidelity: Fidelity,
    },
    /// The parts of the logit that is predicted at the token `at`.
    Attribution {
        at: String,
        #[serde(flatten)]
        attribution: Attribution,
    },
    /// The parts of the score of these tokens.
    Split {
        tokens: [String; 2],
        #[serde(flatten)]
        split: Split,
    },
    /// The shares of the text's tokens in the logit that is predicted at the token `at`.
    Inputs {
        at: String,
        #[serde(flatten)]
        inputs: InputAttribution,
    },
    HeadMap(HeadMap),
    /// Where the token `at` comes from.
    Rollout {
        at: String,
        tokens: Vec<String>,
        #[serde(flatten)]
        rollout: Rollout,
    },
    /// The neurons of a block that write most at the token `at`.
    Neurons {
        layer: usize,
        at: String,
        neurons: Vec<Neuron>,
    },
    Score(Score),
    Sweep(SweepMap),
    Info {
        name: String,
        axes: String,
        shape: Vec<usize>,
        formula: String,
        text: String,
        summary: Summary,
        /// Elements that are −∞ because a query may not look there.
        masked: usize,
    },
    /// A calculation, stage by stage.
    Stages {
        name: String,
        #[serde(flatten)]
        stages: Stages,
    },
    /// Why an element is what it is.
    Why(Why),
    /// The reply of another branch.
    There {
        branch: String,
        reply: Box<Reply>,
    },
    /// The model that runs.
    Model {
        name: String,
        family: String,
        computed_in: String,
        layers: usize,
        /// The hash of its files, or how far that is known.
        hash: String,
    },
    /// A pass that began.
    Pass {
        pass: usize,
        token: String,
        id: u32,
        #[serde(serialize_with = "number::optional::serialize")]
        prob: Option<f64>,
        /// How many later passes there were before it.
        #[serde(skip_serializing_if = "is_none")]
        dropped: usize,
    },
    /// A value that was replaced or taken back: the hook points that follow from it.
    Replaced {
        reached: Vec<Place>,
    },
    /// The interventions.
    Interventions {
        list: Vec<Listed>,
    },
    /// The interventions after a change to them.
    Intervened {
        list: Vec<Listed>,
        /// The number of the one that was put or turned on or off.
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<usize>,
        /// The hook points whose values change.
        reached: Vec<Place>,
    },
    /// The answer before and after the interventions.
    Effect {
        #[serde(rename = "told")]
        target: String,
        #[serde(flatten)]
        effect: Effect,
    },
    /// The branches.
    Branches {
        list: Vec<Named>,
    },
    /// A value in this branch and in another.
    Difference {
        #[serde(flatten)]
        difference: Difference,
        /// The largest change, and the index of its element in the slice.
        largest: Option<Largest>,
    },
    /// The parts of each token of the pass.
    Tokens {
        tokens: Vec<Detail>,
    },
    /// A file with values of this shape.
    Wrote {
        path: PathBuf,
        shape: Vec<usize>,
    },
    Text {
        text: String,
    },
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

/// The most probable tokens as read at one hook point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Seen {
    pub name: String,
    pub distribution: Distribution,
}

impl Reply {
    /// Values that are a part of what was asked for, which has this shape.
    pub(super) fn part_of(mut self, shape: Vec<usize>) -> Reply {
        if let Reply::Values { asked, .. } = &mut self {
            *asked = shape;
        }
        self
    }

    /// No more than the first `count` values, as a list.
    pub(super) fn first(mut self, count: usize) -> Reply {
        if let Reply::Values {
            asked,
            shape,
            values,
            ..
        } = &mut self
        {
            values.truncate(count);
            *shape = vec![values.len()];
            asked.clone_from(shape);
        }
        self
    }
}
