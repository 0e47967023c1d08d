//! Interventions: changes to values of hook points, as data. A source applies those that are on, in their
//! order, to the value that the model computes; nothing is ever put on top of a changed value that is kept.

mod list;
mod words;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::grid::Chosen;
use super::number;
use super::plan::{Axis, HookPoint};
use super::source::SourceError;
use super::tensor::{Distribution, HostTensor, Pick, Slice};

pub use list::{Interventions, Revision, entries};

/// A change to the value of one hook point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// The pass that it begins in.
    pub pass: usize,
    /// The hook point's name, in any spelling where it is given to a source.
    pub point: String,
    /// The part that changes; all of it without one.
    #[serde(default)]
    pub slice: Slice,
    pub change: Change,
    #[serde(default = "yes")]
    pub on: bool,
    /// Whether it holds in later passes too. Whoever applies it decides: it does if it takes all tokens and
    /// what it puts there depends on none.
    #[serde(default)]
    pub later: bool,
    /// The hook point's shape where it was put. A range over a whole axis of it is the whole axis in any pass.
    #[serde(default)]
    pub shape: Vec<usize>,
    /// The numbers that the change needs, broadcast to the part that changes; `None` if it needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Arc<HostTensor<'static>>>,
    /// The pattern that it was made by, with others behind one another in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glob: Option<Glob>,
}

/// The pattern that several interventions were made by at once, which are one in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Glob {
    pub pattern: String,
    /// The number of hook points that it meets, and which of them this is.
    pub count: usize,
    pub index: usize,
}

/// The way in which a value changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    Zero,
    /// The mean of all positions of the pass, or of all positions of the prompts in a file, a line each.
    Mean {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        over: Option<PathBuf>,
    },
    /// Rows drawn at random: the pass's own in another order, or rows of another prompt.
    Resample {
        #[serde(default)]
        seed: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// This number everywhere.
    Put(#[serde(with = "number")] f64),
    /// The value times this.
    Scale(#[serde(with = "number")] f64),
    /// −∞ in the place of a token's logits, so that it is never chosen.
    Forbid(Chosen),
    /// The value plus a direction times `factor`.
    Add {
        direction: Direction,
        #[serde(default = "one", with = "number")]
        factor: f64,
    },
    /// The value that stands elsewhere.
    Patch {
        from: Origin,
        /// One row, which is put into all that change; the same rows without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row: Option<usize>,
    },
}

/// A vector that is added to the rows of a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Direction {
    /// A tensor of a safetensors file, the only one where none is named.
    File {
        path: PathBuf,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tensor: Option<String>,
    },
    /// The last row of the first prompt less that of the second, both at the hook point.
    Prompts(String, String),
}

/// The place that a patch comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// The value itself, of which a row is taken.
    Here,
    /// The hook point in another pass, as it stood when the patch was made.
    Pass(usize),
    /// The hook point in a trace, in the pass of the same number.
    Trace(PathBuf),
    /// The hook point in another branch, as it stood when the patch was made: each token's counterpart.
    Branch(String),
    /// Numbers that were given with it.
    Values,
}

impl Change {
    /// Whether it needs no numbers but its own and the value's.
    pub fn needs_none(&self) -> bool {
        match self {
            Change::Zero | Change::Put(_) | Change::Scale(_) | Change::Forbid(_) => true,
            Change::Mean { over } => over.is_none(),
            Change::Resample { from, .. } => from.is_none(),
            Change::Patch { from, .. } => *from == Origin::Here,
            Change::Add { .. } => false,
        }
    }
}

fn yes() -> bool {
    true
}

fn one() -> f64 {
    1.0
}

impl Intervention {
    /// A change to a part of a hook point of a pass, as a person asks for it.
    pub fn new(pass: usize, point: &str, slice: Slice, change: Change) -> Intervention {
        Intervention {
            pass,
            point: point.to_owned(),
            slice,
            change,
            on: true,
            later: false,
            shape: Vec::new(),
            value: None,
            glob: None,
        }
    }

    /// Whether it changes values of a pass.
    pub fn holds_in(&self, pass: usize) -> bool {
        self.on && (pass == self.pass || self.later && pass > self.pass)
    }

    /// The range of each axis that it changes of a value of this shape.
    ///
    /// # Errors
    /// The slice reaches outside of the shape.
    pub fn ranges(&self, axes: &[Axis], shape: &[usize]) -> Result<Vec<Range<usize>>, SourceError> {
        let mut slice = self.slice.clone();
        for (i, pick) in slice.0.iter_mut().enumerate() {
            if let (true, Some(&n)) = (self.is_whole(i), shape.get(i)) {
                *pick = Pick::Span(0..n);
            }
        }
        slice.ranges(axes, shape)
    }

    /// Whether it takes all of an axis.
    pub fn is_whole(&self, axis: usize) -> bool {
        match (self.slice.0.get(axis), self.shape.get(axis)) {
            (None, _) => true,
            (Some(Pick::Span(span)), Some(n)) => *span == (0..*n),
            _ => false,
        }
    }

    /// The files that it reads.
    pub fn file(&self) -> Option<&PathBuf> {
        match &self.change {
            Change::Mean { over } => over.as_ref(),
            Change::Add {
                direction: Direction::File { path, .. },
                ..
            }
            | Change::Patch {
                from: Origin::Trace(path),
                ..
            } => Some(path),
            _ => None,
        }
    }

    /// The numbers that a person gave.
    ///
    /// # Errors
    /// One of them is none.
    pub fn check_numbers(&self) -> Result<(), SourceError> {
        let wrong = |what: &str, x: f64| {
            let why = format!("{what} {x}: give a number");
            Err(SourceError::Slice(why))
        };
        match self.change {
            Change::Put(x) if x.is_nan() => wrong("put", x),
            Change::Scale(x) if !x.is_finite() => wrong("scale", x),
            Change::Add { factor, .. } if !factor.is_finite() => wrong("add ×", factor),
            _ => Ok(()),
        }
    }

    /// Whether it can hold in passes of other lengths: it takes all tokens, and what it puts there is of none.
    pub fn can_hold_later(&self, axes: &[Axis]) -> bool {
        let Some(token) = token_axis(axes) else {
            return false;
        };
        let fixed = match (&self.change, &self.value) {
            (Change::Zero | Change::Put(_) | Change::Scale(_) | Change::Forbid(_), _) => true,
            (Change::Mean { .. } | Change::Add { .. }, Some(value)) => {
                let missing = axes.len() - value.shape.len();
                let dims = axes.iter().skip(missing).zip(&value.shape);
                let mut dims = dims.filter(|(axis, _)| is_position(**axis));
                dims.all(|(_, n)| *n == 1)
            }
            _ => false,
        };
        fixed && self.is_whole(token)
    }
}

/// The axis of the rows of a pass.
pub fn token_axis(axes: &[Axis]) -> Option<usize> {
    let row = |axis: &Axis| matches!(axis, Axis::Token | Axis::Query);
    axes.iter().position(row)
}

/// Whether an axis has a length that depends on the pass.
pub fn is_position(axis: Axis) -> bool {
    matches!(axis, Axis::Token | Axis::Query | Axis::Key)
}

/// The numbers of `tensor` in the part that an intervention changes of `hook`, with every axis kept. Of a whole
/// axis all are taken, whatever its length; of the rows only `row`, if there is one.
///
/// # Errors
/// The part reaches outside of the tensor, or does not align with the hook point; `origin` says of what.
pub fn aligned(
    intervention: &Intervention,
    hook: &HookPoint,
    tensor: &HostTensor,
    row: Option<usize>,
    origin: &str,
) -> Result<HostTensor<'static>, SourceError> {
    let due = intervention.ranges(&hook.axes, &hook.shape)?;
    let name = super::hook::short(&hook.name);
    if tensor.shape.len() != hook.shape.len() {
        let (here, there) = (&hook.shape, &tensor.shape);
        let why = format!("{name} has shape {there:?} in {origin} and {here:?} here");
        return Err(SourceError::Slice(why));
    }
    let token = token_axis(&hook.axes);
    let spans = due.iter().enumerate().map(|(i, range)| match row {
        Some(row) if token == Some(i) => Pick::Span(row..row + 1),
        _ if intervention.is_whole(i) => Pick::Span(0..tensor.shape[i]),
        _ => Pick::Span(range.clone()),
    });
    let slice = Slice(spans.collect());
    let part = tensor
        .values(&hook.axes, &slice)
        .map_err(|why| SourceError::Slice(format!("{name} in {origin}: {why}")))?;
    for (i, (range, &n)) in due.iter().zip(&part.shape).enumerate() {
        if range.len() != n && !(row.is_some() && token == Some(i)) {
            let (axis, here) = (hook.axes[i].word(), range.len());
            let why = format!(
                "{name} does not align: axis {i} ({axis}) has length {n} in {origin} and {here} here; `row N` or a \
                 slice takes a part"
            );
            return Err(SourceError::Slice(why));
        }
    }
    no_nan(&part.data, &format!("{name} in {origin}"))?;
    Ok(HostTensor::new(tensor.dtype, part.shape, part.data))
}

/// Numbers that are put into a model.
///
/// # Errors
/// One of them is NaN.
pub fn no_nan(numbers: &[f64], what: &str) -> Result<(), SourceError> {
    match numbers.iter().position(|x| x.is_nan()) {
        Some(i) => {
            let why = format!("{what} has a NaN, element {i} of what was chosen");
            Err(SourceError::Slice(why))
        }
        None => Ok(()),
    }
}

/// The effect of interventions on an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The model's own answer.
    pub before: Distribution,
    pub after: Distribution,
    /// The probability before of each token in `after`.
    #[serde(with = "number::list")]
    pub was: Vec<f64>,
    /// The Kullback-Leibler divergence of the answer after from the answer before, Σ p ln(p/q) with p before,
    /// in nats.
    #[serde(with = "number")]
    pub kl: f64,
    /// The tokens whose probability moved the most, the furthest first.
    pub moved: Vec<Moved>,
    /// Whether all logits have the bits of before.
    pub same: bool,
}

impl Effect {
    /// The tokens whose move a person sees in tenths of percent, and no fewer than three.
    pub fn seen(&self) -> impl Iterator<Item = &Moved> {
        let seen = |m: &Moved| (m.after - m.before).abs() >= 0.0005;
        let moved = self.moved.iter().enumerate();
        moved
            .filter(move |(i, m)| *i < 3 || seen(m))
            .map(|(_, m)| m)
    }
}

/// A token whose probability moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    pub id: u32,
    pub text: String,
    #[serde(with = "number")]
    pub before: f64,
    #[serde(with = "number")]
    pub after: f64,
}

#[cfg(test)]
mod tests;
