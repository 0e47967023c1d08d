//! A recorded trace as a source. It is mapped, so that opening takes the same time whatever its size.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use memmap2::Mmap;

use super::cache_tensor::{self, Reading};
use super::derived;
use super::detail::Detail;
use super::hook::{self, Layer};
use super::host;
use super::intervention::Intervention;
use super::meta::{self, Meta};
use super::plan::HookPoint;
use super::query::{Answer, Choice, Job, Place, Query};
use super::source::{Control, ModelInfo, Pass, Progress, Source, SourceError, Work, locate};
use super::states;
use super::tensor::{Distribution, Dtype, HostTensor, Pick, Slice, Values};
use super::write::{Entry, write_trace};

mod grid;
mod open;

pub use open::TraceError;

/// A trace file, open for replay.
pub struct Replay {
    path: PathBuf,
    map: Mmap,
    meta: Meta,
    passes: Vec<Pass>,
    /// The place of each recorded hook point, by pass and point.
    recorded: HashMap<(usize, usize), Located>,
    /// The place of the state after a pass's last token, where the others are not recorded.
    last: HashMap<(usize, usize), Located>,
    /// Tensors that belong to no hook point, sorted.
    unknown: Vec<String>,
    /// Whether the hook point `logits` is the unembedding's output before any scale or cap.
    logits_unscaled: bool,
    described: bool,
}

/// A tensor's elements in the mapping.
struct Located {
    dtype: Dtype,
    bytes: Range<usize>,
    /// The conversion of the stored elements, if they are not stored as in a trace.
    read_as: Option<ReadAs>,
}

struct ReadAs {
    stored: safetensors::Dtype,
    reading: Reading,
    /// The converted bytes, after they were first needed.
    bytes: OnceLock<Vec<u8>>,
}

impl Replay {
    /// Open a trace, or a cache dumped by TransformerLens under its own names.
    ///
    /// Only the header is read. While it is open the file must not be cut short by another program;
    /// `layerwise` itself replaces files and never changes one in place.
    ///
    /// # Errors
    /// [`TraceError`] naming the file and the tensor or field.
    pub fn open(path: &Path) -> Result<Replay, TraceError> {
        open::open(path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's description. A cache without one gets it from its tensors.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Whether the file has a description. A cache dumped by TransformerLens has none, and its token ids and
    /// model may be unknown.
    pub fn is_described(&self) -> bool {
        self.described
    }

    /// Whether the values of this hook point are in the file.
    pub fn has(&self, pass: usize, point: usize) -> bool {
        self.recorded.contains_key(&(pass, point))
    }

    /// Tensors in the file that belong to no hook point.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Whether the values under `logits` are the unembedding's output. They are not the logits of a model
    /// that scales or caps them, and a cache without a description does not tell whether its model does.
    pub fn logits_unscaled(&self) -> bool {
        self.logits_unscaled
    }

    /// Drop the values under `logits` if `other`, a description of the same model, shows that they are not
    /// the logits.
    pub fn doubt_logits(&mut self, other: &ModelInfo) {
        if self.logits_unscaled && other.scales_logits() {
            let logits = self.passes[0].plan.position("logits");
            self.recorded.retain(|(_, point), _| Some(*point) != logits);
        }
    }

    fn point(&self, pass: usize, point: usize) -> Result<&HookPoint, SourceError> {
        (self.passes.get(pass))
            .and_then(|p| p.plan.points().get(point))
            .ok_or_else(|| SourceError::NotRecorded(format!("hook point {point} of pass {pass}")))
    }

    fn bytes<'a>(&'a self, found: &'a Located, shape: &[usize]) -> &'a [u8] {
        let stored = &self.map[found.bytes.clone()];
        let Some(read_as) = &found.read_as else {
            return stored;
        };
        let read = || cache_tensor::read(&read_as.reading, read_as.stored, stored, shape);
        read_as.bytes.get_or_init(read)
    }

    /// The answer of a row in the recorded logits, after a semicolon; empty if there are none.
    fn logits_say(&self, pass: usize, row: usize, temperature: f64) -> String {
        let distribution = || {
            let logits = self.passes[pass].plan.position("logits")?;
            let axes = &self.passes[pass].plan.points()[logits].axes;
            let values = self.host(pass, logits).ok()?;
            let values = values.values(axes, &Slice(vec![Pick::At(row)])).ok()?;
            let text = |id| self.meta.text(id);
            Some(host::distribution(&values.data, 3, temperature, text))
        };
        let told = |d: Distribution| {
            let tokens = d.top.iter();
            let tokens = tokens.map(|c| format!("{:?} {:.1} %", c.text, c.prob * 100.0));
            let tokens: Vec<String> = tokens.collect();
            format!("; the logits say {}", tokens.join(", "))
        };
        distribution().map_or(String::new(), told)
    }

    /// The whole tensor, borrowed from the mapping.
    pub(crate) fn host(&self, pass: usize, point: usize) -> Result<HostTensor<'_>, SourceError> {
        let hook = self.point(pass, point)?;
        let found = self.recorded.get(&(pass, point)).ok_or_else(|| {
            let has_last = self.last.contains_key(&(pass, point));
            SourceError::NotRecorded(if states::is_large(&self.passes[pass].plan, hook) {
                states::missing(hook, has_last)
            } else {
                hook::short(&hook.name)
            })
        })?;
        Ok(HostTensor {
            dtype: found.dtype,
            shape: hook.shape.clone(),
            bytes: Cow::Borrowed(self.bytes(found, &hook.shape)),
        })
    }
}

impl Replay {
    /// The state after a pass's last token, `[head, d_state, d_head]`, if it alone is recorded.
    fn last(&self, pass: usize, point: usize) -> Option<HostTensor<'_>> {
        let found = self.last.get(&(pass, point))?;
        let shape = self.point(pass, point).ok()?.shape.get(1..)?.to_vec();
        Some(HostTensor {
            dtype: found.dtype,
            bytes: Cow::Borrowed(&self.map[found.bytes.clone()]),
            shape,
        })
    }

    /// The elements of a slice of the state after the last token; `None` if it alone is not recorded, or not asked for.
    fn values_of_last(
        &self,
        pass: usize,
        point: usize,
        slice: &Slice,
    ) -> Option<Result<Values, SourceError>> {
        let state = self.last(pass, point)?;
        let hook = self.point(pass, point).ok()?;
        let last = hook.shape[0].checked_sub(1)?;
        let (first, rest) = slice.0.split_first()?;
        let mut values = state.values(&hook.axes[1..], &Slice(rest.to_vec()));
        match first {
            Pick::At(row) if *row == last => {}
            Pick::Span(rows) if *rows == (last..last + 1) => {
                if let Ok(values) = &mut values {
                    values.shape.insert(0, 1);
                }
            }
            _ => return None,
        }
        Some(values)
    }

    /// The lens at a point. At `logits`, the final norm and the last residual value it is read from the
    /// recorded logits. Elsewhere it is the recorded lens, which covers the last token or an encoder's first
    /// masked one, at temperature 1.
    fn lens(
        &self,
        pass: usize,
        point: usize,
        row: usize,
        k: usize,
        temperature: f64,
    ) -> Result<Distribution, SourceError> {
        let name = &self.point(pass, point)?.name;
        let Pass {
            tokens,
            start,
            plan,
        } = &self.passes[pass];
        let rows = tokens.len() - start;
        if row >= rows {
            let why = format!("{row} is outside the {rows} tokens of this pass");
            return Err(SourceError::Slice(why));
        }
        if let (Some(end), false) = (plan.output_without_logits(), self.meta.model.causal) {
            return Err(SourceError::NoLogits { end });
        }
        let logits = plan.position("logits");
        let residual = plan.residual_at(point);
        let is_answer = Some(point) == logits || residual == plan.residual_at(plan.len() - 1);
        if let (true, Some(logits)) = (is_answer, logits)
            && self.has(pass, logits)
        {
            let row = Slice(vec![Pick::At(row)]);
            let axes = &plan.points()[logits].axes;
            let values = self.host(pass, logits)?.values(axes, &row)?;
            let text = |id| self.meta.text(id);
            return Ok(host::distribution(&values.data, k, temperature, text));
        }
        let full = match residual {
            _ if Some(point) == logits => "logits",
            Some(residual) => plan.points()[residual].name.as_str(),
            None => {
                let why = format!("the lens at {name}, before the residual stream,");
                return Err(SourceError::NotRecorded(why));
            }
        };
        let recorded = self.meta.lens(pass, full, k);
        let at = hook::short(full);
        let recorded_row = self.meta.model.first_row(&self.passes[pass]);
        match recorded {
            Some(found) if row == recorded_row && temperature == 1.0 => Ok(found),
            Some(_) if row != recorded_row => {
                let only = if recorded_row + 1 == rows {
                    "the last".to_owned()
                } else {
                    format!("token {recorded_row}")
                };
                let answer = self.logits_say(pass, row, temperature);
                Err(SourceError::NotRecorded(format!(
                    "the lens at {at} for token {row} (only for {only}{answer})"
                )))
            }
            Some(_) => {
                let answer = self.logits_say(pass, row, temperature);
                Err(SourceError::NotRecorded(format!(
                    "the lens at {at} for temperature {temperature} (only for 1{answer})"
                )))
            }
            None => {
                let answer = self.logits_say(pass, row, temperature);
                let answer = answer.strip_prefix("; ");
                let answer = answer.map_or(String::new(), |answer| format!(" ({answer})"));
                Err(SourceError::NotRecorded(format!(
                    "the lens at {at}{answer}"
                )))
            }
        }
    }

    /// Whether `choice` leads to the recorded next pass, which is in [`Source::passes`] from the start.
    /// No pass is dropped.
    fn check_next(&self, pass: usize, choice: &Choice) -> Result<(), SourceError> {
        if !self.meta.model.causal {
            let end = self
                .passes
                .get(pass)
                .and_then(|p| p.plan.output_without_logits());
            return Err(end.map_or(SourceError::Encoder, |end| SourceError::NoLogits { end }));
        }
        let next = self.passes.get(pass + 1);
        match (next, choice) {
            (Some(_), Choice::Greedy) => Ok(()),
            (Some(next), Choice::Token(id)) if next.tokens[next.start].id == *id => Ok(()),
            (Some(next), Choice::Text(text)) if next.tokens[next.start].text == *text => Ok(()),
            (None, _) => Err(SourceError::NeedsEngine("error-engine-pass")),
            (Some(_), _) => Err(SourceError::NeedsEngine("error-engine-token")),
        }
    }

    /// Write a copy with fewer tensors. A cache without a description gets the derived one.
    fn save(&self, path: &Path, hooks: &[String], control: &Control) -> Result<(), SourceError> {
        let meta::Selected { points, left_out } = meta::select(&self.passes, hooks)?;
        // A copy has the states that the trace has.
        let mut chosen = [points, left_out].concat();
        chosen.sort_unstable();
        let mut last = chosen.clone();
        chosen.retain(|at| self.recorded.contains_key(at));
        last.retain(|at| self.last.contains_key(at));
        let whole = chosen.iter().map(|&(pass, point)| {
            let hook = self.point(pass, point)?;
            Ok(Entry {
                key: meta::key(pass, &hook.name),
                dtype: self.recorded[&(pass, point)].dtype,
                shape: hook.shape.clone(),
            })
        });
        let ends = last.iter().map(|&(pass, point)| {
            let hook = self.point(pass, point)?;
            Ok(Entry {
                key: states::last_key(pass, &hook.name),
                dtype: self.last[&(pass, point)].dtype,
                shape: hook.shape[1..].to_vec(),
            })
        });
        let entries = whole.chain(ends).collect::<Result<Vec<_>, SourceError>>()?;
        write_trace(path, &self.meta, &entries, |i, sink| {
            let Some(&(pass, point)) = chosen.get(i) else {
                let found = &self.last[&last[i - chosen.len()]];
                return sink.put(&self.map[found.bytes.clone()]);
            };
            let name = &self.passes[pass].plan.points()[point].name;
            control.check(Progress {
                at: Work::Layer(hook::layer_of(name).unwrap_or(Layer::Unembed)),
                done: i,
                total: entries.len(),
            })?;
            sink.put(&self.host(pass, point)?.bytes)
        })
    }
}

impl Source for Replay {
    fn model(&self) -> &ModelInfo {
        &self.meta.model
    }

    fn passes(&self) -> &[Pass] {
        &self.passes
    }

    fn prompt(&self) -> &str {
        &self.meta.prompt
    }

    fn interventions(&self) -> &[Intervention] {
        &self.meta.interventions
    }

    fn answer(&mut self, query: &Query, control: &Control) -> Result<Answer, SourceError> {
        let pass = query.pass();
        let at = |point: &str| locate(&self.passes, pass, point);
        Ok(match query {
            Query::Values { point, slice, .. } => {
                let at = at(point)?;
                if let Some(values) = self.values_of_last(pass, at, slice) {
                    return Ok(Answer::Values(values?));
                }
                let axes = &self.point(pass, at)?.axes;
                Answer::Values(self.host(pass, at)?.values(axes, slice)?)
            }
            Query::Summary { point, .. } => Answer::Summary(self.host(pass, at(point)?)?.summary()),
            Query::Heads {
                point, rows, cols, ..
            } => {
                let at = at(point)?;
                if let Some(state) = self.last(pass, at) {
                    return Ok(Answer::Heads(state.heads(0, *rows, *cols)?));
                }
                let axis = self.point(pass, at)?.head_axis();
                // An axis past the last gets the same error as one that is not there.
                let axis = axis.unwrap_or(usize::MAX);
                Answer::Heads(self.host(pass, at)?.heads(axis, *rows, *cols)?)
            }
            Query::Lens {
                point,
                row,
                k,
                temperature,
                ..
            } => Answer::Lens(self.lens(pass, at(point)?, *row, *k, temperature.get())?),
            Query::Lenses {
                points,
                row,
                k,
                temperature,
                ..
            } => {
                let lens = |point: &String| {
                    control.go_on()?;
                    self.lens(pass, at(point)?, *row, *k, temperature.get())
                };
                let lenses = points.iter().map(lens).collect::<Result<_, _>>()?;
                Answer::Lenses { lenses }
            }
            Query::Grid {
                points,
                rows,
                of,
                temperature,
                ..
            } => {
                let asked = grid::Asked {
                    pass,
                    points,
                    rows: rows.clone(),
                    of: of.as_ref(),
                    temperature: temperature.get(),
                };
                Answer::Grid(self.grid(&asked, control)?)
            }
            Query::Tokens { .. } => {
                let pass = self.passes.get(pass);
                let tokens = pass.map_or(&[][..], |pass| &pass.tokens);
                let tokens = tokens.iter().map(Detail::unknown).collect();
                Answer::Tokens { tokens }
            }
            Query::Model => Answer::Model {
                hash: self.meta.model.hash.to_string(),
            },
            Query::SameModel { hash } => Answer::SameModel {
                same: self.meta.model.hash.same(hash),
            },
            Query::Evaluate { .. } => return Err(SourceError::NeedsEngine("error-engine-value")),
            Query::Effect { .. } => {
                return Err(SourceError::NeedsEngine("error-engine-plain"));
            }
            _ => return derived::answer(self, query, control),
        })
    }

    fn run(&mut self, job: &Job, control: &Control) -> Result<Vec<Place>, SourceError> {
        match job {
            // A hook point that is not recorded can be stood at like any other; only its values are missing.
            Job::Run { pass, point } => locate(&self.passes, *pass, point).map(|_| ())?,
            Job::Next { pass, choice } => self.check_next(*pass, choice)?,
            Job::Restart { .. } => return Err(SourceError::NeedsEngine("error-engine-prompt")),
            Job::Save { path, hooks } => self.save(path, hooks, control)?,
            Job::Lens { path: None } => {}
            Job::Lens { path: Some(_) } => {
                return Err(SourceError::NeedsEngine("error-engine-lens"));
            }
            Job::Replace { .. } | Job::Intervene { .. } => {
                return Err(SourceError::NeedsEngine("error-engine-change"));
            }
            Job::Branch { .. } => return Err(SourceError::NoBranches),
            // It is read from the file.
            Job::StartHash => {}
        }
        Ok(Vec::new())
    }

    fn tensor(&mut self, pass: usize, point: usize) -> Result<HostTensor<'_>, SourceError> {
        self.host(pass, point)
    }
}
