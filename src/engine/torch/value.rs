//! A hook point's value as the engine holds it, and the parts of it that are handed out.

use std::ops::Range;

use tch::Tensor;

use super::lazy_rows::LazyRows;
use super::lazy_scores::LazyScores;
use super::recurrence::LazyStates;
use super::view;
use super::{EngineError, Result};
use crate::trace::host::larger;
use crate::trace::source::Control;
use crate::trace::tensor::{Dtype, HostTensor, Pick, Slice, Summary, Values};

/// The value of a hook point.
pub enum Value {
    Whole(Tensor),
    /// Rows `[token, out]`, computed when they are looked at.
    Rows(LazyRows),
    /// Scores or pattern `[head, query, key]`, computed when they are looked at.
    Lazy(LazyScores),
    /// The states of a recurrent mixer `[token, head, d_state, d_head]`, computed when they are looked at.
    States(LazyStates),
}

impl Clone for Value {
    /// A copy that shares the tensor's memory.
    fn clone(&self) -> Value {
        match self {
            Value::Whole(tensor) => Value::Whole(tensor.shallow_clone()),
            Value::Rows(rows) => Value::Rows(rows.clone()),
            Value::Lazy(rows) => Value::Lazy(rows.clone()),
            Value::States(states) => Value::States(states.clone()),
        }
    }
}

impl Value {
    /// The bytes that the value takes.
    pub fn bytes(&self) -> usize {
        match self {
            Value::Whole(tensor) => tensor.numel() * tensor.kind().elt_size_in_bytes(),
            Value::Rows(rows) => rows.bytes(),
            // Lazy scores take none: their inputs are kept at hook points of their own.
            Value::Lazy(_) | Value::States(_) => 0,
        }
    }

    pub fn whole(&self) -> Result<&Tensor> {
        match self {
            Value::Whole(tensor) => Ok(tensor),
            Value::Rows(_) | Value::Lazy(_) | Value::States(_) => Err(not_held()),
        }
    }

    /// All elements, computed where they are not held; an error for scores and states, which may be too many.
    pub fn tensor(&self) -> Result<Tensor> {
        match self {
            Value::Rows(rows) => rows.rows(0..rows.size()[0]),
            other => Ok(other.whole()?.shallow_clone()),
        }
    }

    /// Rows of the first axis, as [`Value::tensor`].
    pub fn rows(&self, rows: Range<usize>) -> Result<Tensor> {
        let (start, end) = (rows.start as i64, rows.end as i64);
        match self {
            Value::Rows(all) => all.rows(start..end),
            other => Ok(other.whole()?.f_narrow(0, start, end - start)?),
        }
    }

    /// The elements of a slice, which must lie within the value.
    pub fn values(&self, slice: &Slice) -> Result<Values> {
        let rows = match self {
            Value::Whole(tensor) => return view::values(tensor, slice),
            Value::Rows(rows) => return values_of_rows(rows, slice),
            Value::States(states) => return values_of_states(states, slice),
            Value::Lazy(rows) => rows,
        };
        let spans = [0, 1].map(|axis| match slice.0.get(axis) {
            Some(Pick::At(index)) => *index..index + 1,
            Some(Pick::Span(span)) => span.clone(),
            None => 0..rows.size()[axis] as usize,
        });
        // Rows of one head are computed without the other heads.
        let head = (spans[0].len() == 1).then_some(spans[0].start as i64);
        let queries = spans[1].start as i64..spans[1].end as i64;
        let tensor = rows.rows(head, queries.clone())?;
        let mut within = slice.clone();
        let starts = [head.unwrap_or(0) as usize, spans[1].start];
        for (pick, start) in within.0.iter_mut().zip(starts) {
            match pick {
                Pick::At(index) => *index -= start,
                Pick::Span(span) => *span = span.start - start..span.end - start,
            }
        }
        let mut values = view::values(&tensor, &within)?;
        if !queries.is_empty() {
            values.recomputed = rows.error(head, queries)?;
        }
        Ok(values)
    }

    /// Statistics of all elements. It stops if `control` is cancelled: a long prompt may take seconds.
    pub fn summary(&self, control: &Control) -> Result<Summary> {
        match self {
            Value::Whole(tensor) => {
                view::summary(view::blocks(tensor)?.into_iter().map(Ok), control)
            }
            Value::Rows(rows) => view::summary(rows.blocks(), control),
            Value::Lazy(rows) => view::summary(rows.blocks(), control),
            Value::States(states) => view::summary(states.blocks(), control),
        }
    }

    /// A picture of each head, as in [`view::heads`].
    pub fn heads(
        &self,
        head_axis: usize,
        rows: usize,
        cols: usize,
        control: &Control,
    ) -> Result<Values> {
        match self {
            Value::Whole(tensor) if tensor.dim() == 4 => {
                // A recurrent mixer's states: those after the last token are shown.
                let last = tensor.f_get(tensor.size()[0] - 1)?; // [head, d_state, d_head]
                view::heads(&last, 0, rows, cols, control)
            }
            Value::Whole(tensor) => view::heads(tensor, head_axis, rows, cols, control),
            Value::Rows(_) => Err(not_held()),
            Value::Lazy(all) => heads_of_rows(all, rows, cols, control),
            Value::States(states) => heads_of_states(states, rows, cols, control),
        }
    }

    /// A copy in host memory, in the dtype it was computed in; `dtype` is attention's.
    pub fn host(&self, dtype: Dtype) -> Result<HostTensor<'static>> {
        let rows = match self {
            Value::Whole(tensor) => return view::host(tensor),
            Value::Rows(rows) => return joined(rows.blocks(), &rows.size(), rows.dtype()?),
            Value::States(states) => {
                let wide = match dtype {
                    Dtype::F64 => dtype,
                    _ => Dtype::F32,
                };
                return joined(states.blocks(), &states.size(), wide);
            }
            Value::Lazy(rows) => rows,
        };
        joined(rows.blocks(), &rows.size(), dtype)
    }
}

fn not_held() -> EngineError {
    EngineError::Torch("not every value of a long prompt is held whole".into())
}

/// Blocks of a value as one, in host memory.
fn joined(
    blocks: impl Iterator<Item = Result<Tensor>>,
    size: &[i64],
    dtype: Dtype,
) -> Result<HostTensor<'static>> {
    let shape: Vec<usize> = size.iter().map(|&n| n as usize).collect();
    let mut bytes = Vec::with_capacity(shape.iter().product::<usize>() * dtype.size());
    for block in blocks {
        bytes.extend_from_slice(&view::host(&block?)?.bytes);
    }
    Ok(HostTensor {
        dtype,
        shape,
        bytes: bytes.into(),
    })
}

/// The elements of a slice of rows.
fn values_of_rows(rows: &LazyRows, slice: &Slice) -> Result<Values> {
    let (span, within) = first_axis(slice, rows.size()[0]);
    view::values(&rows.rows(span)?, &within)
}

/// The elements of a slice of states.
fn values_of_states(states: &LazyStates, slice: &Slice) -> Result<Values> {
    let (span, within) = first_axis(slice, states.size()[0]);
    view::values(&states.rows(span)?, &within)
}

/// The rows of a first axis of length `len` that a slice takes, and the slice within these rows.
fn first_axis(slice: &Slice, len: i64) -> (Range<i64>, Slice) {
    let mut within = slice.clone();
    let span = match within.0.first_mut() {
        Some(Pick::At(index)) => {
            let at = std::mem::take(index) as i64;
            at..at + 1
        }
        Some(Pick::Span(own)) => {
            let len = own.len();
            let span = std::mem::replace(own, 0..len);
            span.start as i64..span.end as i64
        }
        None => 0..len,
    };
    (span, within)
}

/// A picture of each head's state after the last token.
fn heads_of_states(
    states: &LazyStates,
    rows: usize,
    cols: usize,
    control: &Control,
) -> Result<Values> {
    let tokens = states.size()[0];
    let last = states.rows(tokens - 1..tokens)?.f_get(0)?; // [head, d_state, d_head]
    view::heads(&last, 0, rows, cols, control)
}

/// A picture of each head, as in [`view::heads`], computed one row of each picture at a time.
fn heads_of_rows(all: &LazyScores, rows: usize, cols: usize, control: &Control) -> Result<Values> {
    let [heads, queries, keys] = all.size();
    let [rows, cols] = [rows, cols].map(|n| n.max(1) as i64);
    let (rows, cols) = (rows.min(queries), cols.min(keys));
    let mut data = Vec::new();
    for head in 0..heads {
        for row in 0..rows {
            // The queries that adaptive pooling covers with this row.
            let covered: Range<i64> = row * queries / rows..((row + 1) * queries + rows - 1) / rows;
            let mut line = vec![0.0; cols as usize];
            for part in all.parts(covered) {
                control.go_on()?;
                let block = all.rows(Some(head), part)?; // [1, query, key]
                let seen = view::to_f64(&view::pictures(&block, [1, cols])?)?;
                for (cell, value) in line.iter_mut().zip(seen) {
                    *cell = larger(*cell, value);
                }
            }
            data.extend(line);
        }
    }
    let shape = [heads, rows, cols].map(|n| n as usize);
    Ok(Values::new(shape.into(), data))
}
