//! The language that sources are spoken to in: a [`Query`] has an [`Answer`], a [`Job`] changes the source.
//!
//! All of it is plain data that JSON can carry. Hook points go by their names and passes by their numbers, so
//! that a question means the same wherever it is answered.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::grid::Chosen;
use super::head_map::{HeadText, Statistic};
use super::model_hash::ModelHash;
use super::number;
use super::sweep::{Prompts, Sweep};
use super::tensor::{HostTensor, Slice};

pub use super::answer::Answer;
pub use super::job::{Choice, Job, Place, Sampling};
pub use super::temperature::Temperature;

/// Everything that a source can be asked. `point` is a hook point's name in any spelling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Query {
    /// The elements of a slice; all of them without one. A live engine also answers for a value of its graph that
    /// is no hook point, by the full name of its node.
    Values {
        pass: usize,
        point: String,
        #[serde(default)]
        slice: Slice,
    },
    Summary {
        pass: usize,
        point: String,
    },
    /// Every head as a picture of at most `rows`×`cols`, each cell the element of largest magnitude that it
    /// covers. For hook points with a head axis.
    Heads {
        pass: usize,
        point: String,
        rows: usize,
        cols: usize,
    },
    /// The `k` most probable next tokens after token `row` of the pass, of an encoder those in its place, read
    /// from the residual stream as it stands at `point` (the logit lens, nostalgebraist 2020), or from the
    /// logits.
    Lens {
        pass: usize,
        point: String,
        row: usize,
        k: usize,
        #[serde(default)]
        temperature: Temperature,
    },
    /// A lens at each of several hook points. A live engine reads its unembedding, which may be most of what a
    /// lens costs, once for many of them; the last bits are not those of [`Query::Lens`]. Progress is counted
    /// in points.
    Lenses {
        pass: usize,
        points: Vec<String>,
        row: usize,
        k: usize,
        #[serde(default)]
        temperature: Temperature,
    },
    /// The predictions of a lens in each of several rows at each of several hook points, all rows where none are given.
    /// All of it is one product with the unembedding. Progress is counted in points.
    Grid {
        pass: usize,
        points: Vec<String>,
        #[serde(default)]
        rows: Option<Range<usize>>,
        /// The token whose rank is told.
        #[serde(default)]
        of: Option<Chosen>,
        #[serde(default)]
        temperature: Temperature,
    },
    /// How near the lens in use, and the logit lens, come to the answer at the end of the pass, at each of several hook
    /// points: over the given rows, or over all of them.
    Fidelity {
        pass: usize,
        points: Vec<String>,
        #[serde(default)]
        rows: Option<Range<usize>>,
    },
    /// The part of a token's logit at `row` that each part of the model adds, or to the difference of two tokens'. The
    /// token is the most probable one where none is given.
    Attribute {
        pass: usize,
        row: usize,
        #[serde(default)]
        token: Option<Chosen>,
        #[serde(default)]
        against: Option<Chosen>,
    },
    /// The share of each token of the text in a token's logit at `row`, or in the difference of two tokens', by
    /// gradients at the embeddings: gradient × input, and integrated gradients of so many steps.
    Inputs {
        pass: usize,
        row: usize,
        #[serde(default)]
        token: Option<Chosen>,
        #[serde(default)]
        against: Option<Chosen>,
        #[serde(default = "steps")]
        steps: usize,
    },
    /// The attention score of a query and a key as a sum over the parts of the model that wrote each, with the `most`
    /// largest terms. `point` is that of the scores or of the pattern; `key` counts in the text.
    Split {
        pass: usize,
        point: String,
        head: usize,
        row: usize,
        key: usize,
        #[serde(default = "most_terms")]
        most: usize,
    },
    /// A statistic of each head's pattern.
    HeadMap {
        pass: usize,
        statistic: Statistic,
        #[serde(default)]
        text: HeadText,
    },
    /// Attention rollout from a row after a block, the last one where none is given.
    Rollout {
        pass: usize,
        row: usize,
        #[serde(default)]
        layer: Option<usize>,
    },
    /// The `k` neurons of a block's MLP that write most at a row, each with the `tokens` whose logits its output
    /// weights move most.
    Neurons {
        pass: usize,
        row: usize,
        layer: usize,
        k: usize,
        tokens: usize,
    },
    /// Surprisal and rank of each token of the text up to a pass.
    Score {
        pass: usize,
    },
    /// The next value for which a test holds: first in `point`, there behind the element `behind`, then round
    /// and round through the pass. Places that attention's mask hides are passed over.
    Find {
        pass: usize,
        point: String,
        #[serde(default)]
        behind: Option<Vec<usize>>,
        test: Test,
        direction: Direction,
    },
    /// The parts of each token of a pass: bytes, piece and merges, where the source has a tokenizer.
    Tokens {
        pass: usize,
    },
    /// The hash of the model's files as far as it is known by now, as a person reads it.
    Model,
    /// Whether the model is the one that `hash` is of. Where that takes reading the model's files, it waits.
    SameModel {
        hash: ModelHash,
    },
    /// The answer of a pass after token `row`, of an encoder in its place, before and after the interventions:
    /// the `k` most probable tokens of each, and the `k` that moved the most.
    Effect {
        pass: usize,
        row: usize,
        k: usize,
        #[serde(default)]
        temperature: Temperature,
    },
    /// A change made at many places, one at a time, and how far each moves the answer. The texts run beside the
    /// session and without its interventions.
    Sweep(Box<Sweep>),
    /// The terms that one element of a hook point is the sum of, where a matrix product makes it. The first `most`
    /// are listed and the rest is summed; with `largest`, those of the largest contribution come first.
    ///
    /// The graph says which values and weights these are, so this question is put together from others: see
    /// `session::operands`.
    Operands {
        pass: usize,
        point: String,
        cell: Vec<usize>,
        #[serde(default = "most_terms")]
        most: usize,
        #[serde(default)]
        largest: bool,
    },
    /// Why an element is what it is: the operation that made it, and the `most` operands that contribute most. The
    /// point may be any value of the graph by its name, and `blocks.0.attn.hook_result` `[token, head, d_model]` is
    /// what one head adds to the residual stream. Put together like [`Query::Operands`]: see `session::why`.
    Why {
        pass: usize,
        point: String,
        cell: Vec<usize>,
        #[serde(default = "most_terms")]
        most: usize,
        /// Another branch: the element there less the one here is derived then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        against: Option<String>,
    },
    /// The value of `point`, computed by the model from nothing but the values that are given and the pass's
    /// tokens.
    Evaluate {
        pass: usize,
        point: String,
        given: Vec<Given>,
    },
    /// The stages of sampling after token `row` of a pass, with the `k` most probable tokens.
    Sampling {
        pass: usize,
        row: usize,
        k: usize,
        sampling: Sampling,
    },
    /// The radians per position of each pair of dimensions that turns at this hook point (`rot_q` or `rot_k`).
    Frequencies {
        pass: usize,
        point: String,
    },
    /// The elements of a slice of the keys or values that are kept after a pass: `blocks.0.attn.keys`, a row for
    /// each token so far.
    Kept {
        pass: usize,
        name: String,
        #[serde(default)]
        slice: Slice,
    },
    /// The elements of a slice of a weight, by its name as in TransformerLens: `W_E`, `blocks.0.attn.W_Q`.
    Weight {
        name: String,
        #[serde(default)]
        slice: Slice,
    },
    WeightSummary {
        name: String,
    },
    /// The texts of `count` tokens of the vocabulary, from id `first` on.
    Texts {
        first: usize,
        count: usize,
    },
    /// A slice of a value in this branch and in another, row by row: each token beside its counterpart. The branch
    /// that this one was made of is meant where none is named.
    Difference {
        #[serde(default)]
        branch: Option<String>,
        pass: usize,
        point: String,
        #[serde(default)]
        slice: Slice,
    },
    /// A question to another branch, whose passes and hook points it names.
    There {
        branch: String,
        query: Box<Query>,
    },
}

/// Steps of integrated gradients where nobody says otherwise.
pub fn steps() -> usize {
    32
}

fn most_terms() -> usize {
    64
}

/// A value given for a hook point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub point: String,
    pub value: HostTensor<'static>,
}

impl Query {
    /// The pass that is asked about; 0 where it is none.
    pub fn pass(&self) -> usize {
        match self {
            Query::Model
            | Query::SameModel { .. }
            | Query::Weight { .. }
            | Query::Texts { .. }
            | Query::WeightSummary { .. } => 0,
            Query::Sweep(sweep) => sweep.pass,
            Query::Values { pass, .. }
            | Query::Operands { pass, .. }
            | Query::Why { pass, .. }
            | Query::Summary { pass, .. }
            | Query::Heads { pass, .. }
            | Query::Lens { pass, .. }
            | Query::Lenses { pass, .. }
            | Query::Grid { pass, .. }
            | Query::Fidelity { pass, .. }
            | Query::Attribute { pass, .. }
            | Query::Inputs { pass, .. }
            | Query::Split { pass, .. }
            | Query::HeadMap { pass, .. }
            | Query::Rollout { pass, .. }
            | Query::Neurons { pass, .. }
            | Query::Score { pass }
            | Query::Find { pass, .. }
            | Query::Tokens { pass }
            | Query::Effect { pass, .. }
            | Query::Kept { pass, .. }
            | Query::Sampling { pass, .. }
            | Query::Frequencies { pass, .. }
            | Query::Difference { pass, .. }
            | Query::Evaluate { pass, .. } => *pass,
            Query::There { query, .. } => query.pass(),
        }
    }

    /// The hook point that is asked about, where it is one.
    pub fn point(&self) -> Option<&str> {
        match self {
            Query::Values { point, .. }
            | Query::Summary { point, .. }
            | Query::Heads { point, .. }
            | Query::Lens { point, .. }
            | Query::Find { point, .. }
            | Query::Frequencies { point, .. }
            | Query::Operands { point, .. }
            | Query::Why { point, .. }
            | Query::Difference { point, .. }
            | Query::Split { point, .. }
            | Query::Evaluate { point, .. } => Some(point),
            Query::There { query, .. } => query.point(),
            Query::Lenses { .. }
            | Query::Grid { .. }
            | Query::Fidelity { .. }
            | Query::Attribute { .. }
            | Query::Inputs { .. }
            | Query::HeadMap { .. }
            | Query::Rollout { .. }
            | Query::Neurons { .. }
            | Query::Score { .. }
            | Query::Tokens { .. }
            | Query::Effect { .. }
            | Query::Sweep(_)
            | Query::Kept { .. }
            | Query::Sampling { .. }
            | Query::Model
            | Query::SameModel { .. }
            | Query::Weight { .. }
            | Query::Texts { .. }
            | Query::WeightSummary { .. } => None,
        }
    }

    /// The word for a question that reads a file which its asker names.
    pub fn uses_file(&self) -> Option<&'static str> {
        match self {
            Query::Sweep(sweep) if matches!(sweep.prompts, Prompts::File(_)) => {
                Some("reading a file")
            }
            _ => None,
        }
    }

    /// The name of the weight or of the kept keys or values that are asked about.
    pub fn beside(&self) -> Option<&str> {
        match self {
            Query::Weight { name, .. }
            | Query::WeightSummary { name }
            | Query::Kept { name, .. } => Some(name),
            _ => None,
        }
    }
}

/// Which way in a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Forward,
    Back,
}

/// The condition that a value has to meet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    Nan,
    Infinite,
    Above(#[serde(with = "number")] f64),
    Below(#[serde(with = "number")] f64),
    /// This one, give or take half of its last digit.
    Near(#[serde(with = "number")] f64, #[serde(with = "number")] f64),
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Test::Nan => f.write_str("nan"),
            Test::Infinite => f.write_str("inf"),
            Test::Above(x) => write!(f, ">{x}"),
            Test::Below(x) => write!(f, "<{x}"),
            Test::Near(x, _) => write!(f, "={x}"),
        }
    }
}

/// A value that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub point: String,
    pub index: Vec<usize>,
    #[serde(with = "number")]
    pub value: f64,
}
