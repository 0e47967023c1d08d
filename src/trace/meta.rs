//! The trace file: safetensors with one JSON value under the metadata key [`KEY`].
//!
//! `docs/trace-format.md` describes the format for people who write or read it elsewhere.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use globset::GlobSet;
use serde::{Deserialize, Serialize};

use super::hook;
use super::host::largest;
use super::number::Number;
use super::plan::{Axis, HookPoint, Plan};
use super::printable::printable;
use super::source::{ModelInfo, Pass, SourceError};
use super::tensor::{Candidate, Distribution, HostTensor};
use super::token::{Token, without_text};

/// Where the description stands in the safetensors metadata.
pub const KEY: &str = "layerwise";

/// The version this program writes, and the newest it reads.
pub const VERSION: u32 = 1;

/// Candidates recorded for each point of the residual stream.
pub const LENS_TOP: usize = 20;

/// Tokens of each row of recorded logits, most probable first, whose texts are recorded: a tall screen shows no
/// more of them.
pub const TEXTS_TOP: usize = 64;

/// Layers beyond which a description is taken for damaged.
const MAX_LAYERS: usize = 100_000;

/// Tokens, summed over all passes with those before them, beyond which a description is taken for
/// damaged: each pass lists them all, so memory grows with the square of the number of passes.
const MAX_TOKENS: usize = 4_000_000;

/// What the tensors of a trace are: everything a debugger needs to show them without the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    pub format_version: u32,
    /// Program and version that wrote the file.
    #[serde(default)]
    pub created_by: String,
    pub model: ModelInfo,
    /// The text that was given; empty where unknown.
    #[serde(default)]
    pub prompt: String,
    /// Token texts by id, of every token named in the passes.
    #[serde(default)]
    pub texts: BTreeMap<u32, String>,
    /// Hook points, those of a block without `blocks.N.`, whose values did not flow in the model but were
    /// computed again from what did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reconstructed: Vec<String>,
    pub passes: Vec<PassMeta>,
}

/// One pass. Passes follow one another: those before it stand in its key/value cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassMeta {
    /// Ids of the tokens before the first pass, where a recording begins behind them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<u32>,
    /// Ids of the tokens that run in this pass.
    pub tokens: Vec<u32>,
    /// Every hook point of the pass in order, recorded or not.
    pub plan: Vec<HookPoint>,
    /// By the name of a point on the residual stream, or `logits`: what the model would say after
    /// the pass's last token, or in the place of an encoder's first masked one.
    #[serde(default)]
    pub lens: BTreeMap<String, Lens>,
}

/// A distribution over tokens at temperature 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lens {
    /// Of the whole distribution, in nats.
    pub entropy: Number,
    /// Token id, logit and probability, most probable first.
    pub top: Vec<(u32, Number, Number)>,
}

/// The safetensors name of a hook point's tensor: its own in pass 0, behind `pass.N.` later.
pub fn key(pass: usize, name: &str) -> String {
    match pass {
        0 => name.to_owned(),
        n => format!("pass.{n}.{name}"),
    }
}

/// The hook points that `hooks` matches in any spelling, as (pass, point), in order.
///
/// # Errors
/// Where none matches.
pub fn select(passes: &[Pass], hooks: &GlobSet) -> Result<Vec<(usize, usize)>, SourceError> {
    let mut chosen = Vec::new();
    for (p, pass) in passes.iter().enumerate() {
        for (i, point) in pass.plan.points().iter().enumerate() {
            if hook::spellings(&point.name)
                .iter()
                .any(|s| hooks.is_match(s))
            {
                chosen.push((p, i));
            }
        }
    }
    if chosen.is_empty() {
        return Err(SourceError::Other(
            "no hook point has a name like that: nothing to write".into(),
        ));
    }
    Ok(chosen)
}

impl Meta {
    /// The description of `passes`, with no lens yet.
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
            format_version: VERSION,
            created_by: concat!("layerwise ", env!("CARGO_PKG_VERSION")).into(),
            model,
            prompt: prompt.to_owned(),
            texts,
            reconstructed: Vec::new(),
            passes,
        }
    }

    /// Whether the values of the hook point `name` were computed again from what flowed in the model.
    pub fn is_reconstructed(&self, name: &str) -> bool {
        let leaf = match name.strip_prefix("blocks.") {
            Some(rest) => rest.split_once('.').map_or(rest, |(_, leaf)| leaf),
            None => name,
        };
        self.reconstructed.iter().any(|one| one == leaf)
    }

    /// Record what the model would say after the last token of `pass` (see [`ModelInfo::first_row`]), read at the hook point `name`
    /// (on the residual stream, or `logits`) at temperature 1.
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

    /// Record the texts of the tokens that a screen shows of recorded logits.
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

    /// The text of a token, `#17` where it is not recorded.
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

    /// The recorded lens at a hook point, at most `k` candidates.
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
        })
    }

    /// The passes described.
    ///
    /// # Errors
    /// One line naming the field, where they contradict themselves.
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

    /// That there is none of nothing: 0 heads or tokens are what nobody knows, of a plan without them.
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

/// That a plan of `tokens` new tokens after `past` can be stepped through: known names in the order
/// of their layers, and shapes that fit the axes.
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
                Axis::Key => past + tokens,
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
