//! The numbers that interventions need: from files, traces, other prompts and other passes.

use std::path::Path;
use std::sync::Arc;

use super::super::EngineError;
use super::alone::check_experts;
use super::direction::{fitted, read, read_tensor};
use super::{Live, tokenize};
use crate::engine::random::Random;
use crate::graph::operation::Operation;
use crate::trace::grid::Chosen;
use crate::trace::hook as names;
use crate::trace::intervention::{
    Change, Direction, Intervention, Origin, aligned, no_nan, token_axis,
};
use crate::trace::model_hash::SameModel;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::replay::Replay;
use crate::trace::source::{Control, Source, SourceError, locate};
use crate::trace::tensor::{Dtype, HostTensor, Pick, Slice};

type Result<T, E = SourceError> = std::result::Result<T, E>;

fn slice(why: String) -> SourceError {
    SourceError::Slice(why)
}

impl Live {
    /// An intervention with its hook point's full name and shape, and the numbers that it needs.
    pub(super) fn with_numbers(
        &mut self,
        given: &Intervention,
        control: &Control,
    ) -> Result<Intervention> {
        let at = locate(&self.passes, given.pass, &given.point)?;
        let hook = self.passes[given.pass].plan.points()[at].clone();
        let mut one = Intervention {
            point: hook.name.clone(),
            shape: hook.shape.clone(),
            on: true,
            ..given.clone()
        };
        if let Change::Forbid(token) = &one.change {
            let (id, token) = self.forbidden(token, &hook)?;
            one.slice = Slice(vec![Pick::Span(0..hook.shape[0]), Pick::At(id)]);
            one.change = Change::Forbid(token);
        }
        one.check_numbers()?;
        if one.value.is_some() && one.change.needs_none() {
            return Err(slice(format!("{one} takes no `value`")));
        }
        one.slice.ranges(&hook.axes, &hook.shape)?;
        self.check_kind(&one, at, &hook)?;
        // Numbers that came with it stand, as those of a trace do, whose files may be gone.
        let value = match one.value.take() {
            Some(given) => Some((*given).clone()),
            None if one.change.needs_none() => None,
            None => Some(self.numbers(&one, at, &hook, control)?),
        };
        if let Some(value) = &value {
            let mut numbers = vec![0.0; value.numel()];
            value.read(0, &mut numbers);
            no_nan(&numbers, &one.to_string())?;
            if !matches!(one.change, Change::Add { .. }) {
                check_experts(&self.graph, self.node(at)?, &numbers)?;
            }
        }
        one.value = value.map(Arc::new);
        self.fits(&one)?;
        one.later = one.can_hold_later(&hook.axes);
        Ok(one)
    }

    /// The id of a token that is to be forbidden, and the token by its text where that names it alone.
    fn forbidden(&self, token: &Chosen, hook: &HookPoint) -> Result<(usize, Chosen)> {
        if hook.name != "logits" {
            return Err(slice("a token is forbidden at the logits".into()));
        }
        let id = self.id_of(token)?;
        let tokenizer = self.checkpoint.tokenizer().map_err(EngineError::from)?;
        let text = tokenizer.token(id).text;
        let token = match tokenizer.named(&text) {
            Some(named) if named == id => Chosen::Text(text),
            _ => Chosen::Id(id),
        };
        Ok((id as usize, token))
    }

    /// Whether a change of this kind can be made at a hook point.
    fn check_kind(&self, one: &Intervention, at: usize, hook: &HookPoint) -> Result<()> {
        let name = names::short(&hook.name);
        let id = self.node(at)?;
        if let Operation::Choose { .. } = self.graph.node(id).operation {
            match one.change {
                Change::Mean { .. } | Change::Scale(_) | Change::Add { .. } => {
                    let why = format!(
                        "{name} holds numbers of experts, which cannot be averaged, scaled or added to: put N or \
                         patch sets them"
                    );
                    return Err(slice(why));
                }
                Change::Put(x) => check_experts(&self.graph, id, &[x])?,
                _ => {}
            }
        }
        let rows = token_axis(&hook.axes).map(|axis| hook.shape[axis]);
        let needs_rows = match &one.change {
            Change::Mean { over: None } | Change::Resample { from: None, .. } => Some(0),
            Change::Patch {
                from: Origin::Here,
                row,
            } => Some(row.ok_or_else(|| slice("patch needs a trace, `pass N` or `row N`".into()))?),
            _ => None,
        };
        match (needs_rows, rows) {
            (Some(_), None) => Err(slice(format!("{name} has no positions, only one row"))),
            (Some(row), Some(rows)) if row >= rows => {
                let last = rows - 1;
                let why = format!("there is no row {row} of {name}: there are rows 0 to {last}");
                Err(slice(why))
            }
            _ => Ok(()),
        }
    }

    fn numbers(
        &mut self,
        one: &Intervention,
        at: usize,
        hook: &HookPoint,
        control: &Control,
    ) -> Result<HostTensor<'static>> {
        let missing = || slice("`value` is missing: the numbers to put there".into());
        match &one.change {
            Change::Mean { over: Some(file) } => {
                let mean = self.mean_over(file, at, hook, control)?;
                cut(one, hook, &mean)
            }
            Change::Resample {
                seed,
                from: Some(prompt),
            } => {
                let rows = self.of_prompt(prompt, at, control)?;
                let drawn = drawn(&rows, hook, *seed)?;
                aligned(one, hook, &drawn, None, &format!("{prompt:?}"))
            }
            Change::Add { direction, .. } => match direction {
                Direction::File { path, tensor } => {
                    fitted(one, hook, &read_tensor(path, tensor.as_deref())?, path)
                }
                Direction::Prompts(plus, minus) => {
                    let plus = self.last_row(plus, at, hook, control)?;
                    let minus = self.last_row(minus, at, hook, control)?;
                    let (a, b) = (floats(&plus), floats(&minus));
                    let difference = a.iter().zip(&b).map(|(a, b)| a - b);
                    let whole = HostTensor::new(Dtype::F64, plus.shape, difference);
                    cut(one, hook, &whole)
                }
            },
            Change::Patch { from, row } => match from {
                Origin::Pass(pass) => {
                    locate(&self.passes, *pass, &hook.name)?;
                    let id = self.node(at)?;
                    let value = self.with_room(|live| {
                        let dtype = live.info.dtype;
                        live.activation(*pass, id, control)?.host(dtype)
                    })?;
                    aligned(one, hook, &value, *row, &format!("pass {pass}"))
                }
                Origin::Trace(path) => self.of_trace(path, one, hook, *row, control),
                Origin::Branch(_) => Err(SourceError::NoBranches),
                Origin::Here | Origin::Values => Err(missing()),
            },
            Change::Zero | Change::Put(_) | Change::Scale(_) | Change::Forbid(_) => Err(missing()),
            Change::Mean { over: None } | Change::Resample { from: None, .. } => Err(missing()),
        }
    }

    /// The value of a hook point in a trace of the same model.
    fn of_trace(
        &mut self,
        path: &Path,
        one: &Intervention,
        hook: &HookPoint,
        row: Option<usize>,
        control: &Control,
    ) -> Result<HostTensor<'static>> {
        let trace = Replay::open(path).map_err(|why| SourceError::Other(why.to_string()))?;
        let theirs = trace.model();
        if self.same_model(&theirs.hash, control)? == SameModel::No {
            let (file, name, ours) = (path.display(), &theirs.name, &self.info.name);
            let why = format!("{file} is a trace of another model: {name}, and this is {ours}");
            return Err(SourceError::Other(why));
        }
        let at = locate(trace.passes(), one.pass, &hook.name)?;
        let value = trace.host(one.pass, at)?;
        aligned(one, hook, &value, row, &path.display().to_string())
    }

    /// The value of a hook point in the first pass of another prompt.
    fn of_prompt(
        &mut self,
        prompt: &str,
        at: usize,
        control: &Control,
    ) -> Result<HostTensor<'static>> {
        let id = self.node(at)?;
        let tokens = tokenize(&self.checkpoint, prompt, self.options.special_tokens);
        let value = tokens.and_then(|tokens| {
            self.aside(tokens, |live| {
                live.with_room(|live| {
                    let dtype = live.info.dtype;
                    live.activation(0, id, control)?.host(dtype)
                })
            })
        });
        value.map_err(|why| match SourceError::from(why) {
            SourceError::Cancelled => SourceError::Cancelled,
            why => SourceError::Other(format!("{prompt:?}: {why}")),
        })
    }

    /// The last row of a hook point in another prompt, with a row axis of length 1.
    fn last_row(
        &mut self,
        prompt: &str,
        at: usize,
        hook: &HookPoint,
        control: &Control,
    ) -> Result<HostTensor<'static>> {
        if hook.axes.contains(&Axis::Key) {
            let name = names::short(&hook.name);
            let why = format!(
                "{name} has as many keys as a prompt has tokens: prompts give no direction there"
            );
            return Err(slice(why));
        }
        let value = self.of_prompt(prompt, at, control)?;
        Ok(match token_axis(&hook.axes) {
            Some(axis) => rows_of(&value, axis, &[value.shape[axis] - 1]),
            None => value,
        })
    }

    /// The mean of all rows of all prompts in a file, with a row axis of length 1; at hook points with keys the
    /// mean of the prompts' values, which have one shape.
    fn mean_over(
        &mut self,
        file: &Path,
        at: usize,
        hook: &HookPoint,
        control: &Control,
    ) -> Result<HostTensor<'static>> {
        let text = read(file)?;
        let text = String::from_utf8(text)
            .map_err(|_| SourceError::Other(format!("{} is not UTF-8 text", file.display())))?;
        let by_place = hook.axes.contains(&Axis::Key);
        let token = token_axis(&hook.axes).filter(|_| !by_place);
        let (mut sum, mut count, mut shape) = (Vec::new(), 0, Vec::new());
        for (i, prompt) in text
            .lines()
            .enumerate()
            .filter(|(_, l)| !l.trim().is_empty())
        {
            let at_line = |why: String| slice(format!("{} line {}: {why}", file.display(), i + 1));
            let value = self
                .of_prompt(prompt, at, control)
                .map_err(|why| match why {
                    SourceError::Cancelled => why,
                    why => at_line(why.to_string()),
                })?;
            if by_place && value.shape != hook.shape {
                let (name, here) = (names::short(&hook.name), &hook.shape);
                let why = format!("{name} has shape {:?} there and {here:?} here", value.shape);
                return Err(at_line(why));
            }
            let rows = token.map_or(1, |axis| value.shape[axis]);
            for row in 0..rows {
                let part = match token {
                    Some(axis) => rows_of(&value, axis, &[row]),
                    None => value.clone(),
                };
                sum.resize(part.numel(), 0.0);
                sum.iter_mut()
                    .zip(floats(&part))
                    .for_each(|(sum, x)| *sum += x);
                shape = part.shape;
            }
            count += rows;
        }
        if count == 0 {
            let why = format!("{} has no prompt: write one a line", file.display());
            return Err(SourceError::Other(why));
        }
        let mean = sum.into_iter().map(|x| x / count as f64);
        Ok(HostTensor::new(Dtype::F64, shape, mean))
    }
}

/// The part of a value for all rows that an intervention changes; its row axis may have length 1.
fn cut(one: &Intervention, hook: &HookPoint, value: &HostTensor) -> Result<HostTensor<'static>> {
    let row = match token_axis(&hook.axes) {
        Some(axis) if value.shape[axis] == 1 => Some(0),
        _ => None,
    };
    aligned(one, hook, value, row, "what was computed")
}

/// Rows of another prompt in the place of all of a hook point's, each drawn at random.
fn drawn(rows: &HostTensor, hook: &HookPoint, seed: u64) -> Result<HostTensor<'static>> {
    let Some(axis) = token_axis(&hook.axes) else {
        return Ok(HostTensor::new(
            rows.dtype,
            rows.shape.clone(),
            floats(rows),
        ));
    };
    if hook.axes.contains(&Axis::Key) && rows.shape != hook.shape {
        let (name, here, there) = (names::short(&hook.name), &hook.shape, &rows.shape);
        let why = format!(
            "{name} has shape {there:?} with the other prompt and {here:?} with this one: a prompt of as many tokens \
             aligns"
        );
        return Err(slice(why));
    }
    let mut random = Random::new(seed, 0);
    let from: Vec<usize> = (0..hook.shape[axis])
        .map(|_| random.below(rows.shape[axis]))
        .collect();
    Ok(rows_of(rows, axis, &from))
}

/// Rows of a value, in this order.
fn rows_of(value: &HostTensor, axis: usize, rows: &[usize]) -> HostTensor<'static> {
    let numbers = floats(value);
    let inner: usize = value.shape[axis + 1..].iter().product();
    let block = value.shape[axis] * inner;
    let mut shape = value.shape.clone();
    shape[axis] = rows.len();
    let of = |outer: usize| {
        let starts = rows.iter().map(move |row| outer * block + row * inner);
        starts.flat_map(|start| start..start + inner)
    };
    let outer = numbers.len().checked_div(block).unwrap_or(0);
    let places = (0..outer).flat_map(of);
    HostTensor::new(value.dtype, shape, places.map(|i| numbers[i]))
}

fn floats(value: &HostTensor) -> Vec<f64> {
    let mut numbers = vec![0.0; value.numel()];
    value.read(0, &mut numbers);
    numbers
}
