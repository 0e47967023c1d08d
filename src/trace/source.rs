//! A source answers questions about activations: a live engine, or a recorded trace.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::branch::Branch;
use super::facts::Facts;
use super::hook::{self, Layer};
use super::intervention::Intervention;
use super::lens_file::LensInfo;
use super::model_hash::ModelHash;
use super::plan::{HookPoint, Plan};
use super::query::{Answer, Job, Place, Query};
use super::tensor::{Dtype, HostTensor};
use super::token::Token;
use crate::lang::{plain, quoted, say, say_with};

/// One forward pass: the prompt is pass 0, each generated token one more.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// Every token up to the last this pass runs.
    pub tokens: Vec<Token>,
    /// `tokens[start..]` run in this pass; those before it stand in the key/value cache.
    pub start: usize,
    pub plan: Arc<Plan>,
}

impl Pass {
    /// How many tokens this pass runs: the rows of its values.
    pub fn rows(&self) -> usize {
        self.tokens.len().saturating_sub(self.start)
    }
}

/// The facts of a model that a screen and a trace need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    pub name: String,
    pub family: String,
    /// Which files it is of.
    #[serde(default)]
    pub hash: ModelHash,
    pub n_layers: usize,
    pub n_heads: usize,
    pub n_kv_heads: usize,
    pub d_model: usize,
    pub d_head: usize,
    pub d_mlp: usize,
    pub d_vocab: usize,
    pub n_ctx: usize,
    /// Whether a token sees only those up to itself and the model goes on with a next one; an encoder's
    /// tokens see one another, and it says what stands in the place of each.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub causal: bool,
    /// The token that stands for one left out, which an encoder fills in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_token: Option<u32>,
    /// The tokens that end a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub end_tokens: Vec<u32>,
    /// Its architecture, as the graph reads it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arch: Option<Value>,
    /// The facts that older traces have about how it computes.
    #[serde(default, skip_serializing)]
    pub facts: Option<Facts>,
    /// Warnings to read before trusting the model's numbers, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The lens from a file that the residual stream is read through. A recording has none.
    #[serde(skip)]
    pub lens: Option<LensInfo>,
    /// Element type computed in.
    pub dtype: Dtype,
    /// `cpu`, `cuda:0`.
    pub device: String,
}

fn yes() -> bool {
    true
}

impl ModelInfo {
    /// The row of a pass that is looked at before one is chosen: an encoder's first masked token, else
    /// the last.
    pub fn first_row(&self, pass: &Pass) -> usize {
        let tokens = pass.tokens.get(pass.start..).unwrap_or_default();
        let masked = tokens.iter().position(|t| self.masks(t));
        masked.unwrap_or(tokens.len().saturating_sub(1))
    }

    /// The target of a distribution read at `row` of a pass.
    pub fn prediction_target(&self, pass: &Pass, row: usize) -> PredictionTarget {
        match pass.tokens.get(pass.start + row) {
            _ if self.causal => PredictionTarget::Next,
            Some(token) if self.masks(token) => PredictionTarget::Masked,
            _ => PredictionTarget::Own,
        }
    }

    /// The keys that a query of this pass may look at, at a hook point that has both axes.
    pub fn visible_keys(&self, pass: &Pass, point: &HookPoint, query: usize) -> Range<usize> {
        if !self.causal {
            return 0..pass.tokens.len();
        }
        let end = pass.start + query + 1;
        let window = match point.layer() {
            Layer::Block(i) => self.window(i),
            Layer::Embed | Layer::Unembed => None,
        };
        let chunk = match point.layer() {
            Layer::Block(i) => self.chunk(i),
            Layer::Embed | Layer::Unembed => None,
        };
        let first = window.map_or(0, |window| end.saturating_sub(window));
        // A query stays in its run of tokens.
        let begins = chunk.map_or(0, |chunk| (end - 1) / chunk * chunk);
        first.max(begins)..end
    }

    /// The places among keys of the entries that a query of this pass may look at: those whose tokens all lie up to its
    /// own. They stand behind all tokens.
    pub fn visible_entries(&self, pass: &Pass, point: &HookPoint, query: usize) -> Range<usize> {
        let first = pass.tokens.len();
        let every = match point.layer() {
            Layer::Block(i) => self.entries(i).and_then(|own| own["every"].as_u64()),
            Layer::Embed | Layer::Unembed => None,
        };
        let every = every.and_then(|every| usize::try_from(every).ok());
        let ready = every.map_or(0, |every| (pass.start + query + 1) / every.max(1));
        first..first + ready
    }

    /// How many elements of attention's or an indexer's scores are −∞ because a query may not look there; 0 at other hook
    /// points.
    pub fn masked(&self, pass: &Pass, point: &HookPoint) -> usize {
        let leaf = hook::leaf(&point.name);
        let (heads, queries, keys) = match (leaf, &point.shape[..]) {
            ("attn_scores", &[heads, queries, keys]) => (heads, queries, keys),
            ("index_scores" | "entry_scores", &[queries, keys]) => (1, queries, keys),
            _ => return 0,
        };
        if !self.causal {
            return 0;
        }
        let most = |own: Option<usize>| own.filter(|_| point.shape.len() == 3).unwrap_or(keys);
        // Attention looks only at keys that an indexer chooses.
        let (tokens, chosen) = (most(self.keys_chosen()), most(self.entries_chosen(point)));
        let of_entries = leaf == "entry_scores";
        let seen = |query| {
            let keys = self.visible_keys(pass, point, query).len().min(tokens);
            let keys = if of_entries { 0 } else { keys };
            keys + self.visible_entries(pass, point, query).len().min(chosen)
        };
        let hidden = |query| keys.saturating_sub(seen(query));
        heads * (0..queries).map(hidden).sum::<usize>()
    }

    /// Whether it is known to scale its logits or to cap them.
    pub fn scales_logits(&self) -> bool {
        match (&self.arch, &self.facts) {
            (Some(arch), _) => {
                let own = &arch["unembedding"];
                own["scale"].as_f64().is_some_and(|scale| scale != 1.0) || own["cap"].is_number()
            }
            (None, Some(facts)) => facts.logit_scale != 1.0 || facts.logit_cap.is_some(),
            (None, None) => false,
        }
    }

    /// The length of the runs of tokens within which a query of this block stays, where it does.
    fn chunk(&self, block: usize) -> Option<usize> {
        let arch = self.arch.as_ref()?;
        let chunk = arch["attention"]["chunks"][block].as_u64()?;
        usize::try_from(chunk).ok().filter(|&chunk| chunk > 0)
    }

    /// How many keys an indexer chooses for each query, if there is one.
    fn keys_chosen(&self) -> Option<usize> {
        let keys = self.arch.as_ref()?["attention"]["indexer"]["keys"].as_u64()?;
        usize::try_from(keys).ok()
    }

    /// How many entries an indexer chooses for each query in a hook point's block, if there is one.
    fn entries_chosen(&self, point: &HookPoint) -> Option<usize> {
        let Layer::Block(block) = point.layer() else {
            return None;
        };
        let keys = self.entries(block)?["indexer"]["keys"].as_u64()?;
        usize::try_from(keys).ok()
    }

    /// Whether an indexer chooses the keys or entries that are looked at in a hook point's block.
    pub fn chooses_keys(&self, point: &HookPoint) -> bool {
        self.keys_chosen().is_some() || self.entries_chosen(point).is_some()
    }

    /// The entries of a block that stand behind keys, if there are any.
    fn entries(&self, block: usize) -> Option<&Value> {
        let own = &self.arch.as_ref()?["attention"]["single"]["entries"][block];
        own.is_object().then_some(own)
    }

    /// How many tokens a query of this block may look at, where that is known to be bounded.
    fn window(&self, block: usize) -> Option<usize> {
        let own = |arch: &Value| arch["attention"]["windows"][block].as_u64();
        match (&self.arch, &self.facts) {
            (Some(arch), _) => own(arch).and_then(|n| usize::try_from(n).ok()),
            (None, Some(facts)) => facts.windows.get(block).copied().flatten(),
            (None, None) => None,
        }
    }

    fn masks(&self, token: &Token) -> bool {
        !self.causal && self.mask_token == Some(token.id)
    }
}

/// The target of a distribution, seen from the row that it is read at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredictionTarget {
    /// The token after it.
    Next,
    /// The token that its mask stands for.
    Masked,
    /// The token that stands there.
    Own,
}

impl fmt::Display for PredictionTarget {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            PredictionTarget::Next => say("pane-next-token"),
            PredictionTarget::Masked => say("pane-masked-token"),
            PredictionTarget::Own => say("pane-own-token"),
        })
    }
}

/// How far a job has come, in layers or whatever else it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub at: Work,
    pub done: usize,
    pub total: usize,
}

/// The work that a job does at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Layer(Layer),
    /// Reading the model's files for their hash.
    Hash,
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Work::Layer(layer) => layer.fmt(f),
            Work::Hash => f.write_str("model's hash"),
        }
    }
}

/// How a long job hears of a wish to stop, and tells how far it has come.
#[derive(Clone, Default)]
pub struct Control {
    pub cancel: Arc<AtomicBool>,
    pub progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

impl Control {
    /// Report progress; an error if someone asked to stop.
    pub fn check(&self, progress: Progress) -> Result<(), SourceError> {
        if let Some(report) = &self.progress {
            report(progress);
        }
        self.go_on()
    }

    /// An error if someone asked to stop.
    pub fn go_on(&self) -> Result<(), SourceError> {
        if self.cancel.load(Ordering::Relaxed) {
            Err(SourceError::Cancelled)
        } else {
            Ok(())
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("{}", say("error-cancelled"))]
    Cancelled,
    #[error("{}", say_with("error-not-recorded", &[("name", plain(.0))]))]
    NotRecorded(String),
    #[error("{}", say_with("error-no-pass", &[("pass", plain(pass)), ("last", plain(last))]))]
    NoSuchPass { pass: usize, last: usize },
    #[error("{}", say_with("error-no-such-point", &[("name", plain(point)), ("near", near(nearest.as_deref()).into())]))]
    NoSuchPoint {
        point: String,
        nearest: Option<String>,
    },
    #[error(
        "no keys or values are kept under the name {0}: blocks.0.attn.keys is one, where tokens look back only"
    )]
    NotKept(String),
    #[error("{}", say_with("error-no-weight", &[("name", plain(name)), ("near", near(nearest.as_deref()).into())]))]
    NoSuchWeight {
        name: String,
        nearest: Option<String>,
    },
    /// The message's key for what needs it.
    #[error("{}", say_with("error-needs-engine", &[("what", say(.0).into())]))]
    NeedsEngine(&'static str),
    #[error("{0} is no attention score: go to attn_scores or pattern of a block")]
    NoScores(String),
    #[error(
        "{0} are put together from answers to other questions: `session::dispatch::answer` does it"
    )]
    PutTogether(&'static str),
    #[error("{0}")]
    Slice(String),
    #[error("{}", say("error-branch-none"))]
    NoBranches,
    #[error("{}", say_with("error-branch-unknown", &[
        ("name", plain(name)),
        ("near", nearest.as_ref().map_or(String::new(), |n| say_with("error-near-one", &[("name", plain(n))])).into()),
    ]))]
    NoSuchBranch {
        name: String,
        nearest: Option<String>,
    },
    #[error("{}", say("error-encoder"))]
    Encoder,
    #[error(
        "this model has no unembedding, so nothing in it reads as tokens: what it makes of the text is {end}"
    )]
    NoLogits {
        /// Its last hook point, as people read it.
        end: String,
    },
    #[error(
        "this model makes one vector of all rows of a text, which a further pass does not have: give the longer text \
         as a prompt"
    )]
    PoolsAll,
    #[error(
        "between the residual stream and the logits lies {point}, which is not linear: a logit of this model is no \
         sum of parts"
    )]
    NotLinear { point: String },
    #[error("{}", say("error-empty-prompt"))]
    EmptyPrompt,
    #[error("{}", say_with("error-long-prompt", &[("tokens", plain(tokens)), ("n_ctx", plain(n_ctx))]))]
    TooLong { tokens: usize, n_ctx: usize },
    #[error("{}", say_with("error-no-token", &[("id", plain(id)), ("d_vocab", plain(d_vocab))]))]
    NoSuchToken { id: u32, d_vocab: usize },
    #[error("{}", say_with("error-not-one-token", &[("text", quoted(text)), ("pieces", pieces(tokens).into())]))]
    NotOneToken {
        text: String,
        /// The texts of those that it is.
        tokens: Vec<String>,
    },
    #[error("{}", say_with("error-write", &[("file", plain(path.display())), ("why", plain(error))]))]
    Write {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{}", say_with("error-own-file", &[("file", plain(path.display()))]))]
    OwnFile { path: PathBuf },
    /// Whatever else the engine or the file has to say, in one line.
    #[error("{0}")]
    Other(String),
}

/// `2 tokens, "a" and "b"`, or that the vocabulary has none.
fn pieces(tokens: &[String]) -> String {
    let all: Vec<String> = tokens.iter().map(|text| format!("{text:?}")).collect();
    match all.split_last() {
        None => say("error-pieces-none").into(),
        Some((one, [])) => say_with("error-pieces-one", &[("one", plain(one))]),
        Some((last, others)) => say_with(
            "error-pieces-many",
            &[
                ("n", plain(tokens.len())),
                ("others", others.join(", ").into()),
                ("last", plain(last)),
            ],
        ),
    }
}

/// `; did you mean …?`, or nothing.
fn near(nearest: Option<&str>) -> String {
    let said = |name: &str| say_with("error-near-one", &[("name", plain(name))]);
    nearest.map_or_else(String::new, said)
}

/// Two states side by side.
pub struct Pair<'a> {
    /// The name of the other one.
    pub name: String,
    pub here: &'a mut dyn Source,
    pub there: &'a mut dyn Source,
}

/// A source of answers to questions about activations.
///
/// A live engine computes what a question needs and does not have, one layer at a time; asking is
/// therefore never wrong, only slow. All methods may block: call them from a worker thread.
pub trait Source: Send {
    fn model(&self) -> &ModelInfo;

    /// All passes so far, at least one.
    fn passes(&self) -> &[Pass];

    /// The text that pass 0 runs, as it was given; empty where that is not known.
    fn prompt(&self) -> &str;

    /// The changes to its values, in the order in which they apply.
    fn interventions(&self) -> &[Intervention] {
        &[]
    }

    /// Run as far as the question needs and answer it, with the [`Answer`] of the same name. A source does not
    /// know the graph, so [`Query::Operands`] is left to the session.
    fn answer(&mut self, query: &Query, control: &Control) -> Result<Answer, SourceError>;

    /// Do a job. Where it changes values, the hook points that follow from them come back; none do where an
    /// intervention leaves its value as it is.
    fn run(&mut self, job: &Job, control: &Control) -> Result<Vec<Place>, SourceError>;

    /// The whole tensor in host memory, borrowed where it lies there: for whoever compares or writes all of
    /// it. `point` is a place in the pass's plan.
    fn tensor(&mut self, pass: usize, point: usize) -> Result<HostTensor<'_>, SourceError>;

    /// The states side by side, one of which is looked at; none where a source has its own state alone.
    fn branches(&self) -> &[Branch] {
        &[]
    }

    /// The state that is looked at and another one; its parent, or the one looked at before, where none is named.
    fn pair(&mut self, _other: Option<&str>) -> Result<Pair<'_>, SourceError> {
        Err(SourceError::NoBranches)
    }

    /// Another source in the same state, which goes on by itself and shares what is computed already.
    fn fork(&self) -> Result<Box<dyn Source>, SourceError> {
        Err(SourceError::NeedsEngine("error-engine-branch"))
    }

    /// Bytes of values that it keeps and could compute again.
    fn held(&self) -> usize {
        0
    }

    /// Drop them.
    fn release(&mut self) {}
}

/// The place of a hook point in the plan of a pass, by any spelling of its name.
///
/// # Errors
/// There is no such pass, or no such hook point in it; with the nearest name, if one is near.
pub fn locate(passes: &[Pass], pass: usize, point: &str) -> Result<usize, SourceError> {
    let last = passes.len().saturating_sub(1);
    let found = passes
        .get(pass)
        .ok_or(SourceError::NoSuchPass { pass, last })?;
    let unknown = || SourceError::NoSuchPoint {
        point: point.to_owned(),
        nearest: nearest(&found.plan, point),
    };
    found.plan.find(point).ok_or_else(unknown)
}

/// The hook point whose name takes the fewest edits, if they are few.
fn nearest(plan: &Plan, typed: &str) -> Option<String> {
    let typed = hook::short(typed);
    let most = 1 + typed.chars().count() / 4;
    let edits = |point: &HookPoint| {
        let forms = hook::spellings(&point.name);
        let forms = forms.iter().map(|form| hook::short(form));
        forms.map(|form| strsim::levenshtein(&typed, &form)).min()
    };
    let edits = plan
        .points()
        .iter()
        .filter_map(|point| Some((edits(point)?, point)));
    let (edits, point) = edits.min_by_key(|(edits, _)| *edits)?;
    (edits <= most).then(|| hook::short(&point.name))
}
