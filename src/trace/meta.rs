//! The trace file: safetensors with one JSON value under the metadata key [`KEY`].
//!
//! `docs/trace-format.md` describes the format for people who write or read it elsewhere.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::glob::{Pattern, PatternError};
use super::hook;
use super::host::largest;
use super::intervention::Intervention;
use super::number::Number;
use super::plan::{Axis, HookPoint, Plan};
use super::printable::printable;
use super::source::{ModelInfo, Pass, SourceError, locate};
use super::states;
use super::tensor::{Candidate, Distribution, HostTensor};
use super::token::{Token, without_text};

/// The key of the description in the safetensors metadata.
pub const KEY: &str = "layerwise";

/// The newest version that this program reads: that of a run that interventions changed.
pub const VERSION: u32 = 2;

/// The version of a trace of the model's own values.
pub const OWN: u32 = 1;

/// The number of candidates recorded for each point of the residual stream.
pub const LENS_TOP: usize = 20;

/// The number of tokens of each row of recorded logits whose texts are recorded, the most probable first.
/// Tall screens do not show more.
pub const TEXTS_TOP: usize = 64;

/// The largest number of layers; a description with more is taken to be damaged.
const MAX_LAYERS: usize = 100_000;

/// The largest number of tokens, summed over all passes with the tokens before them; a description with more
/// is taken to be damaged. Each pass lists all its tokens, so memory grows with the square of the number of
/// passes.
const MAX_TOKENS: usize = 4_000_000;

/// The description of a trace: everything that a debugger needs to show its tensors without the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    pub format_version: u32,
    /// The program and version that wrote the file.
    #[serde(default)]
    pub created_by: String,
    pub model: ModelInfo,
    /// The prompt's text; empty if unknown.
    #[serde(default)]
    pub prompt: String,
    /// The texts, by id, of all tokens named in the passes.
    #[serde(default)]
    pub texts: BTreeMap<u32, String>,
    /// Hook points whose values did not flow in the model but were computed again from values that did. Those
    /// of a block are named without `blocks.N.`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reconstructed: Vec<String>,
    /// The interventions that held in the recorded run. Their numbers are tensors of their own (see
    /// [`numbers_key`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Intervention>,
    pub passes: Vec<PassMeta>,
}

/// One pass. Passes follow one another: the tokens of earlier passes are in the key/value cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassMeta {
    /// The ids of the tokens before the first pass, if the recording begins after them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<u32>,
    /// The ids of the tokens that run in this pass.
    pub tokens: Vec<u32>,
    /// Every hook point of the pass in order, recorded or not.
    pub plan: Vec<HookPoint>,
    /// The lens at points of the residual stream and at `logits`, by name: the model's answer after the
    /// pass's last token, or in place of an encoder's first masked token.
    #[serde(default)]
    pub lens: BTreeMap<String, Lens>,
}

/// A distribution over tokens at temperature 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lens {
    /// The entropy of the whole distribution, in nats.
    pub entropy: Number,
    /// Each candidate's token id, logit and probability, the most probable first.
    pub top: Vec<(u32, Number, Number)>,
}

/// The safetensors name of a hook point's tensor: its own name in pass 0, prefixed with `pass.N.` in later
/// passes.
pub fn key(pass: usize, name: &str) -> String {
    match pass {
        0 => name.to_owned(),
        n => format!("pass.{n}.{name}"),
    }
}

/// The safetensors name of the numbers of an intervention, counted from 1.
pub fn numbers_key(number: usize) -> String {
    format!("interventions.{number}")
}

/// The hook points that `hooks` matches in any spelling, as (pass, point), in order.
///
/// # Errors
/// No hook point matches.
pub fn select(passes: &[Pass], hooks: &[String]) -> Result<Selected, SourceError> {
    let found = selected(passes, hooks).map_err(|e| SourceError::Other(e.to_string()))?;
    if found.points.is_empty() && found.left_out.is_empty() {
        return Err(SourceError::Other(
            "no hook point has a name like that: nothing to write".into(),
        ));
    }
    Ok(found)
}

/// Hook points that patterns choose, as (pass, point), in order.
#[derive(Debug, Default)]
pub struct Selected {
    pub points: Vec<(usize, usize)>,
    /// Those that match, and take so much room that they have to be named (see [`states`]).
    pub left_out: Vec<(usize, usize)>,
}

/// The hook points that `hooks` matches.
///
/// # Errors
/// A pattern that cannot be read.
pub fn selected(passes: &[Pass], hooks: &[String]) -> Result<Selected, PatternError> {
    let all = Pattern::all(hooks)?;
    let named = hooks.iter().filter(|hook| states::names_values(hook));
    let named: Vec<Pattern> = named
        .map(|hook| Pattern::new(hook))
        .collect::<Result<_, _>>()?;
    let mut found = Selected::default();
    for (p, pass) in passes.iter().enumerate() {
        for (i, point) in pass.plan.points().iter().enumerate() {
            let matches = |all: &[Pattern]| all.iter().any(|one| one.matches(&point.name));
            if !matches(&all) {
                continue;
            }
            if states::is_large(&pass.plan, point) && !matches(&named) {
                found.left_out.push((p, i));
            } else {
                found.points.push((p, i));
            }
        }
    }
    Ok(found)
}

impl Meta {
    /// A description of `passes`, without lenses.
    pub fn new(model: ModelInfo, prompt: &str, passes: &[Pass]) -> Meta {
        let texts = (passes.iter().flat_map(|p| &p.tokens))
            .map(|t| (t.id, t.text.clone()))
            .collect();
        let passes = (passes.iter())
            .enumerate()
            .map(|(i, p)| PassMeta {
                before: match i {
                    0 => p.tokens[..p.start].iter().map(|t| t.id).collect(),
                    _ => Vec::new(),
                },
                tokens: p.tokens[p.start..].iter().map(|t| t.id).collect(),
                plan: p.plan.points().to_vec(),
                lens: BTreeMap::new(),
            })
            .collect();
        Meta {
            format_version: OWN,
            created_by: concat!("layerwise ", env!("CARGO_PKG_VERSION")).into(),
            model,
            prompt: prompt.to_owned(),
            texts,
            reconstructed: Vec::new(),
            interventions: Vec::new(),
            passes,
        }
    }

    /// Say that these interventions held in the run. Readers that do not know of them then refuse the trace.
    pub fn add_interventions(&mut self, all: &[Intervention]) {
        self.interventions = all.iter().filter(|one| one.on).cloned().collect();
        self.format_version = if self.interventions.is_empty() {
            OWN
        } else {
            VERSION
        };
    }

    /// Check that interventions are of hook points that there are, and name these in full.
    ///
    /// # Errors
    /// A contradiction; the error names the field.
    pub(super) fn check_interventions(&mut self, passes: &[Pass]) -> Result<(), String> {
        let changed = !self.interventions.is_empty();
        if changed && self.format_version < VERSION {
            let found = self.format_version;
            return Err(format!(
                "interventions need format_version {VERSION}, not {found}"
            ));
        }
        for (i, one) in self.interventions.iter_mut().enumerate() {
            let at = |why: SourceError| format!("interventions[{i}]: {why}");
            let point = locate(passes, one.pass, &one.point).map_err(at)?;
            let hook = &passes[one.pass].plan.points()[point];
            one.ranges(&hook.axes, &hook.shape).map_err(at)?;
            one.point.clone_from(&hook.name);
        }
        Ok(())
    }

    /// Whether the values of the hook point `name` were computed again from values that flowed in the model.
    pub fn is_reconstructed(&self, name: &str) -> bool {
        let leaf = match name.strip_prefix("blocks.") {
            Some(rest) => rest.split_once('.').map_or(rest, |(_, leaf)| leaf),
            None => name,
        };
        self.reconstructed.iter().any(|one| one == leaf)
    }

    /// Record the model's answer after the last token of `pass` (see [`ModelInfo::first_row`]), read at the
    /// hook point `name` (on the residual stream, or `logits`) at temperature 1.
    pub fn add_lens(&mut self, pass: usize, name: &str, distribution: &Distribution) {
        let Some(meta) = self.passes.get_mut(pass) else {
            return;
        };
        let top = distribution.top.iter().take(LENS_TOP);
        for c in top.clone() {
            self.texts.entry(c.id).or_insert_with(|| c.text.clone());
        }
        let lens = Lens {
            entropy: Number(distribution.entropy),
            top: top
                .map(|c| (c.id, Number(c.logit), Number(c.prob)))
                .collect(),
        };
        meta.lens.insert(name.to_owned(), lens);
    }

    /// Record the texts of the tokens that a screen shows for recorded logits.
    pub fn add_texts(&mut self, logits: &HostTensor, text: impl Fn(u32) -> String) {
        let Some(&d_vocab) = logits.shape.last().filter(|&&n| n > 0) else {
            return;
        };
        let mut row = vec![0.0; d_vocab];
        for at in (0..logits.numel()).step_by(d_vocab) {
            logits.read(at, &mut row);
            for id in largest(&row, TEXTS_TOP) {
                let id = id as u32;
                self.texts.entry(id).or_insert_with(|| text(id));
            }
        }
    }

    /// The text of a token; `#17` if it is not recorded.
    pub fn text(&self, id: u32) -> String {
        match self.texts.get(&id) {
            Some(text) => text.clone(),
            None => without_text(id),
        }
    }

    fn token(&self, id: u32) -> Token {
        let text = self.text(id);
        Token { id, text }
    }

    /// The recorded lens at a hook point, with at most `k` candidates.
    pub fn lens(&self, pass: usize, name: &str, k: usize) -> Option<Distribution> {
        let lens = self.passes.get(pass)?.lens.get(name)?;
        let top = (lens.top.iter().take(k))
            .map(|&(id, Number(logit), Number(prob))| Candidate {
                id,
                text: self.text(id),
                logit,
                prob,
            })
            .collect();
        Some(Distribution {
            top,
            entropy: lens.entropy.0,
            temperature: 1.0,
            lens: None,
        })
    }

    /// The described passes.
    ///
    /// # Errors
    /// A contradiction; the error names the field.
    pub fn to_passes(&self) -> Result<Vec<Pass>, String> {
        if self.model.n_layers > MAX_LAYERS {
            return Err(format!("model.n_layers is {}", self.model.n_layers));
        }
        if self.passes.is_empty() {
            return Err("passes: a trace has at least one".into());
        }
        self.check_sizes()?;
        let mut tokens: Vec<Token> = Vec::new();
        let mut listed = 0;
        let mut passes = Vec::new();
        for (p, pass) in self.passes.iter().enumerate() {
            if p > 0 && !pass.before.is_empty() {
                return Err(format!("passes[{p}].before: only the first pass has it"));
            }
            tokens.extend(pass.before.iter().map(|&id| self.token(id)));
            let start = tokens.len();
            listed += start + pass.tokens.len();
            if listed > MAX_TOKENS {
                return Err(format!("passes: {} are too many", self.passes.len()));
            }
            if pass.tokens.is_empty() {
                return Err(format!("passes[{p}].tokens is empty"));
            }
            tokens.extend(pass.tokens.iter().map(|&id| self.token(id)));
            check_plan(&pass.plan, self.model.n_layers, pass.tokens.len(), start)
                .map_err(|why| format!("passes[{p}].plan: {why}"))?;
            passes.push(Pass {
                tokens: tokens.clone(),
                start,
                plan: Arc::new(Plan::new(pass.plan.clone())),
            });
        }
        Ok(passes)
    }

    /// Check that sizes are not 0, except those that are unknown because the plan does not have the axis.
    fn check_sizes(&self) -> Result<(), String> {
        let points = self.passes.iter().flat_map(|pass| &pass.plan);
        let axes: HashSet<&Axis> = points.flat_map(|point| &point.axes).collect();
        let model = &self.model;
        let sizes = [
            ("n_ctx", model.n_ctx, true),
            ("n_heads", model.n_heads, axes.contains(&Axis::Head)),
            ("d_vocab", model.d_vocab, axes.contains(&Axis::Vocab)),
        ];
        match sizes.iter().find(|(_, size, known)| *size == 0 && *known) {
            Some((field, ..)) => Err(format!("model.{field} is 0")),
            None => Ok(()),
        }
    }
}

/// Check that a plan of `tokens` new tokens after `past` others can be stepped through: names are known, in
/// the order of their layers, and shapes fit the axes.
fn check_plan(
    plan: &[HookPoint],
    n_layers: usize,
    tokens: usize,
    past: usize,
) -> Result<(), String> {
    if plan.is_empty() {
        return Err("no hook points".into());
    }
    let mut names = HashSet::new();
    let mut last = None;
    for point in plan {
        let name = &point.name;
        let layer = hook::layer_of(name).filter(|_| *name == printable(name));
        let Some(layer) = layer else {
            return Err(format!("{name:?} is no hook point's name"));
        };
        if matches!(layer, hook::Layer::Block(i) if i >= n_layers) {
            return Err(format!("{name} is past the model's {n_layers} layers"));
        }
        if last > Some(layer) {
            return Err(format!("{name} stands after a later layer's hook point"));
        }
        last = Some(layer);
        if !names.insert(name) {
            return Err(format!("{name} stands there twice"));
        }
        if point.axes.len() != point.shape.len() {
            let (axes, dims) = (point.axes.len(), point.shape.len());
            return Err(format!("{name} has {axes} axes but a shape of {dims}"));
        }
        for (axis, &n) in point.axes.iter().zip(&point.shape) {
            let due = match axis {
                Axis::Token | Axis::Query => tokens,
                // Entries may stand behind keys, and a text may be too short for one.
                Axis::Key => n.max(past + tokens),
                Axis::Entry => n,
                Axis::One => 1,
                _ => n.max(1),
            };
            if n != due {
                let word = axis.word();
                return Err(format!("{name}: axis {word} has length {n}, not {due}"));
            }
        }
        let numel = (point.shape.iter()).try_fold(8usize, |all, &n| all.checked_mul(n));
        if numel.is_none_or(|bytes| bytes > isize::MAX as usize) {
            return Err(format!("{name}: shape {:?} is too large", point.shape));
        }
    }
    Ok(())
}
