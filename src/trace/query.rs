//! The language that sources are spoken to in: a [`Query`] has an [`Answer`], a [`Job`] changes the source.
//!
//! All of it is plain data that JSON can carry. Hook points go by their names and passes by their numbers, so
//! that a question means the same wherever it is answered.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::attribution::{Attribution, Neuron};
use super::branch::{BranchChange, Difference};
use super::detail::Detail;
use super::fidelity::Fidelity;
use super::grid::{Chosen, LensGrid};
use super::head_map::{HeadMap, HeadText, Rollout, Statistic};
use super::inputs::InputAttribution;
use super::intervention::{Effect, Revision};
use super::model_hash::{ModelHash, SameModel};
use super::number;
use super::operands::Operands;
use super::sampling::SamplingStages;
use super::score::Score;
use super::split::Split;
use super::sweep::{Prompts, Sweep, SweepMap};
use super::tensor::{Distribution, HostTensor, Slice, Summary, Values};
use super::why::Why;

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

/// The answer to a [`Query`], of the variant with the same name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    Values(Values),
    Summary(Summary),
    /// `[head, row, column]`
    Heads(Values),
    Lens(Distribution),
    Lenses {
        lenses: Vec<Distribution>,
    },
    Grid(LensGrid),
    Fidelity(Fidelity),
    Attribute(Attribution),
    Inputs(InputAttribution),
    Split(Split),
    HeadMap(HeadMap),
    Rollout(Rollout),
    Neurons {
        neurons: Vec<Neuron>,
    },
    Score(Score),
    /// `None` where no value of the pass fits.
    Find {
        found: Option<Found>,
    },
    Tokens {
        tokens: Vec<Detail>,
    },
    Model {
        hash: String,
    },
    SameModel {
        same: SameModel,
    },
    Effect(Effect),
    Sweep(SweepMap),
    Operands(Operands),
    Why(Why),
    Evaluate(HostTensor<'static>),
    Kept(Values),
    Sampling(SamplingStages),
    /// `[pair]`
    Frequencies(Values),
    Weight(Values),
    WeightSummary(Summary),
    Texts {
        texts: Vec<String>,
    },
    Difference(Difference),
}

/// The parts of an answer that most readers want.
impl Answer {
    pub fn values(&self) -> Option<&Values> {
        match self {
            Answer::Values(values)
            | Answer::Heads(values)
            | Answer::Weight(values)
            | Answer::Frequencies(values)
            | Answer::Kept(values) => Some(values),
            _ => None,
        }
    }

    pub fn effect(&self) -> Option<&Effect> {
        match self {
            Answer::Effect(effect) => Some(effect),
            _ => None,
        }
    }

    pub fn summary(&self) -> Option<&Summary> {
        match self {
            Answer::Summary(summary) => Some(summary),
            _ => None,
        }
    }

    pub fn lens(&self) -> Option<&Distribution> {
        match self {
            Answer::Lens(lens) => Some(lens),
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

/// How the next token is chosen from the logits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Greedy,
    Sample(Sampling),
    /// This token, whatever its probability.
    Token(u32),
    /// The token of the vocabulary whose text is this, or this after a space.
    Text(String),
}

/// Sampling: temperature first, then the `top_k` most probable, then the smallest set of them whose
/// probability reaches `top_p` (Holtzman et al. 2020).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// > 0.
    #[serde(default = "one", deserialize_with = "above_zero")]
    pub temperature: f64,
    /// 0 keeps all.
    #[serde(default)]
    pub top_k: usize,
    /// In (0, 1]; 1 keeps all.
    #[serde(default = "one", deserialize_with = "share")]
    pub top_p: f64,
    #[serde(default)]
    pub seed: u64,
}

fn one() -> f64 {
    1.0
}

fn above_zero<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    Temperature::deserialize(d).map(Temperature::get)
}

fn share<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let p = f64::deserialize(d)?;
    if p > 0.0 && p <= 1.0 {
        Ok(p)
    } else {
        Err(D::Error::custom("top_p is above 0 and at most 1"))
    }
}

/// Everything that changes a source, runs it or writes what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Job {
    /// Run the layers up to a hook point's own, so that it can be answered for at once.
    Run { pass: usize, point: String },
    /// Begin to take the hash of the model's files, on threads that make way for all others. Nothing waits.
    StartHash,
    /// Choose the token after `pass` and begin a pass with it; later passes are dropped.
    Next { pass: usize, choice: Choice },
    /// Start again from another prompt: one pass, nothing run yet.
    Restart { prompt: String },
    /// Write the passes so far as a trace, only hook points that one of the patterns matches in any spelling;
    /// all of them without patterns. The file appears whole or not at all.
    Save {
        path: PathBuf,
        #[serde(default)]
        hooks: Vec<String>,
    },
    /// Put `value` in the place of a hook point's own, or take it back where there is none. What follows from
    /// it is computed anew, in later passes too, whose tokens stay as they are.
    Replace {
        pass: usize,
        point: String,
        #[serde(default)]
        value: Option<HostTensor<'static>>,
    },
    /// Change the list of interventions. What follows from those that change is computed anew, in later passes
    /// too, whose tokens stay as they are.
    Intervene { revision: Revision },
    /// Make a branch, go to one, or drop one.
    Branch { change: BranchChange },
    /// Read the residual stream through the lens in a file, or by the logit lens where there is none. Recordings and
    /// the choice of tokens do not depend on it.
    Lens {
        #[serde(default)]
        path: Option<PathBuf>,
    },
}

impl Job {
    /// The word for a job that reads or writes a file that its giver names.
    pub fn uses_file(&self) -> Option<&'static str> {
        match self {
            Job::Save { .. } => Some("save"),
            Job::Lens { path: Some(_) } => Some("reading a lens"),
            Job::Intervene {
                revision: Revision::Put(one),
            } if one.file().is_some() => Some("reading a file"),
            Job::Branch {
                change: BranchChange::Make { model: Some(_), .. },
            } => Some("opening a model"),
            _ => None,
        }
    }
}

/// A hook point of a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub pass: usize,
    pub point: String,
}
