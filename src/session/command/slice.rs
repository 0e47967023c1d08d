//! Slices as people write them: `[0]`, `[2, :, 3:5]`, `[-1]`. Numbers may count from the end.

use std::fmt;

use crate::lang::{plain, say_with};
use crate::trace::hook;
use crate::trace::plan::HookPoint;
use crate::trace::tensor::{Pick, Slice};

/// One axis of a slice as written, before the axis's length is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisSlice {
    At(i64),
    Span(Option<i64>, Option<i64>),
}

/// A slice as written; axes past the end of the list are taken whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SliceSpec(pub Vec<AxisSlice>);

/// Why a slice does not fit its text or its tensor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SliceError {
    #[error("{}", say_with("error-slice-brackets", &[("text", plain(.0))]))]
    Brackets(String),
    #[error("{}", say_with("error-slice-part", &[("text", plain(.0))]))]
    Part(String),
    #[error("{}", say_with("error-slice-parts", &[
        ("name", plain(name)), ("given", plain(given)), ("axes", plain(axes)), ("shape", plain(shape))
    ]))]
    TooMany {
        name: String,
        given: usize,
        axes: usize,
        shape: String,
    },
    #[error("{}", say_with("error-slice-outside", &[
        ("name", plain(name)), ("axis", plain(axis)), ("index", plain(index)), ("len", plain(len))
    ]))]
    Outside {
        name: String,
        axis: &'static str,
        index: i64,
        len: usize,
    },
    #[error("{}", say_with("error-slice-empty", &[
        ("name", plain(name)), ("axis", plain(axis)), ("start", plain(start)), ("end", plain(end)), ("len", plain(len))
    ]))]
    Empty {
        name: String,
        axis: &'static str,
        start: i64,
        end: i64,
        len: usize,
    },
}

impl SliceSpec {
    /// Read `[…]`; an empty text takes everything.
    pub fn parse(text: &str) -> Result<SliceSpec, SliceError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(SliceSpec::default());
        }
        let inner = text
            .strip_prefix('[')
            .and_then(|t| t.strip_suffix(']'))
            .ok_or_else(|| SliceError::Brackets(text.to_owned()))?;
        if inner.trim().is_empty() {
            return Ok(SliceSpec::default());
        }
        let parts: Result<_, _> = inner
            .split(',')
            .map(|part| AxisSlice::parse(part.trim()))
            .collect();
        Ok(SliceSpec(parts?))
    }

    /// The slice of this hook point, with every number inside its shape. Ranges are cut at the
    /// axis's end, as Python does; a single index outside is an error, and so is an empty range.
    pub fn resolve(&self, point: &HookPoint) -> Result<Slice, SliceError> {
        if self.0.len() > point.shape.len() {
            return Err(SliceError::TooMany {
                name: hook::short(&point.name),
                given: self.0.len(),
                axes: point.shape.len(),
                shape: crate::session::format::shape(point),
            });
        }
        let axes = point.axes.iter().zip(&point.shape);
        let picks: Result<_, _> = self
            .0
            .iter()
            .zip(axes)
            .map(|(part, (axis, &len))| part.resolve(&hook::short(&point.name), axis.word(), len))
            .collect();
        Ok(Slice(picks?))
    }
}

impl AxisSlice {
    fn parse(text: &str) -> Result<AxisSlice, SliceError> {
        let wrong = || SliceError::Part(text.to_owned());
        let number = |t: &str| t.trim().parse::<i64>().map_err(|_| wrong());
        let Some((start, end)) = text.split_once(':') else {
            return number(text).map(AxisSlice::At);
        };
        let bound = |t: &str| match t.trim() {
            "" => Ok(None),
            t => number(t).map(Some),
        };
        Ok(AxisSlice::Span(bound(start)?, bound(end)?))
    }

    fn resolve(self, name: &str, axis: &'static str, len: usize) -> Result<Pick, SliceError> {
        let length = i64::try_from(len).unwrap_or(i64::MAX);
        let from_start = |i: i64| if i < 0 { i.saturating_add(length) } else { i };
        match self {
            AxisSlice::At(index) => match usize::try_from(from_start(index)) {
                Ok(i) if i < len => Ok(Pick::At(i)),
                _ => Err(SliceError::Outside {
                    name: name.to_owned(),
                    axis,
                    index,
                    len,
                }),
            },
            AxisSlice::Span(start, end) => {
                let inside = |i: i64| from_start(i).clamp(0, length);
                let first = start.map_or(0, inside);
                let last = end.map_or(length, inside);
                if first >= last {
                    return Err(SliceError::Empty {
                        name: name.to_owned(),
                        axis,
                        start: start.unwrap_or(0),
                        end: end.unwrap_or(length),
                        len,
                    });
                }
                // Both lie in 0..=len.
                Ok(Pick::Span(first as usize..last as usize))
            }
        }
    }
}

impl fmt::Display for SliceSpec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let bound = |b: Option<i64>| b.map_or_else(String::new, |b| b.to_string());
        let parts: Vec<_> = self
            .0
            .iter()
            .map(|part| match part {
                AxisSlice::At(i) => i.to_string(),
                AxisSlice::Span(a, b) => format!("{}:{}", bound(*a), bound(*b)),
            })
            .collect();
        write!(f, "[{}]", parts.join(", "))
    }
}
