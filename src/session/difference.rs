//! A value in two branches, row by row: each token beside its counterpart.

use crate::trace::align::align;
use crate::trace::branch::{Difference, Spot};
use crate::trace::hook;
use crate::trace::intervention::{is_position, token_axis};
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::query::{Answer, Query};
use crate::trace::source::{Control, Pair, Pass, Source, SourceError, locate};
use crate::trace::tensor::{Pick, Slice, Values};

/// The hook point of `here` and of `there` at a slice.
///
/// # Errors
/// The other has no such hook point, or one of another shape.
pub fn difference(
    pair: Pair,
    (pass, point, slice): (usize, &str, &Slice),
    control: &Control,
) -> Result<Difference, SourceError> {
    let Pair { name, here, there } = pair;
    let branch = &name;
    let at = locate(here.passes(), pass, point)?;
    let own = here.passes()[pass].clone();
    let hook = own.plan.points()[at].clone();
    let ranges = slice.ranges(&hook.axes, &hook.shape)?;
    let values = ask(here, pass, &hook.name, slice.clone(), control)?;
    let passes = there.passes().to_vec();
    let aligned = align(&own.tokens, text(&passes));
    let token = token_axis(&hook.axes);
    let spots: Vec<Option<Spot>> = match token {
        Some(axis) => ranges[axis]
            .clone()
            .map(|row| spot(&passes, aligned.get(own.start + row).copied().flatten()?))
            .collect(),
        // A value of the whole text stands in the pass of the same number.
        None => vec![Some(Spot {
            pass: pass.min(passes.len() - 1),
            row: 0,
        })],
    };
    let mut others: Vec<Option<Values>> = Vec::new();
    for spot in &spots {
        others.push(match spot {
            Some(spot) => {
                let at = locate(&passes, spot.pass, &hook.name)
                    .map_err(|why| SourceError::Slice(format!("branch {branch}: {why}")))?;
                let other = &passes[spot.pass].plan.points()[at];
                check_shapes(&hook, other, branch)?;
                let part = hook.axes.iter().zip(&ranges).enumerate();
                let part = part.map(|(i, (axis, range))| match axis {
                    _ if token == Some(i) => Pick::Span(spot.row..spot.row + 1),
                    axis if is_position(*axis) => Pick::Span(0..other.shape[i]),
                    _ => Pick::Span(range.clone()),
                });
                let part = Slice(part.collect());
                Some(ask(there, spot.pass, &hook.name, part, control)?)
            }
            None => None,
        });
    }
    let lengths: Vec<usize> = ranges.iter().map(ExactSizeIterator::len).collect();
    let mut index = vec![0; lengths.len()];
    let mut found = Vec::with_capacity(values.data.len());
    for _ in 0..values.data.len() {
        let row = token.map_or(0, |axis| index[axis]);
        let other = others.get(row).and_then(Option::as_ref);
        found.push(other.and_then(|other| {
            let mut place = 0;
            for (i, axis) in hook.axes.iter().enumerate() {
                let own = match axis {
                    _ if token == Some(i) => 0,
                    axis if is_position(*axis) => (*aligned.get(ranges[i].start + index[i])?)?,
                    _ => index[i],
                };
                if own >= other.shape[i] {
                    return None;
                }
                place = place * other.shape[i] + own;
            }
            other.data.get(place).copied()
        }));
        for (i, length) in lengths.iter().enumerate().rev() {
            index[i] += 1;
            if index[i] < *length {
                break;
            }
            index[i] = 0;
        }
    }
    let tokens = match token {
        Some(axis) => {
            let rows = ranges[axis].clone().zip(&spots);
            rows.map(|(row, spot)| {
                let text = |pass: &Pass, at: usize| {
                    pass.tokens
                        .get(at)
                        .map_or(String::new(), |t| t.text.clone())
                };
                let there = spot.map(|spot| {
                    let pass = &passes[spot.pass];
                    text(pass, pass.start + spot.row)
                });
                (text(&own, own.start + row), there)
            })
            .collect()
        }
        None => Vec::new(),
    };
    let is_one = |axis: usize| matches!(slice.0.get(axis), Some(Pick::At(_)));
    let row_axis = token.filter(|axis| !is_one(*axis));
    let row_axis = row_axis.map(|axis| axis - (0..axis).filter(|before| is_one(*before)).count());
    Ok(Difference {
        row_axis,
        branch: branch.to_owned(),
        point: hook::short(&hook.name),
        rows: if token.is_some() { spots } else { Vec::new() },
        tokens,
        shape: values.shape,
        here: values.data,
        there: found,
    })
}

/// All tokens of a source.
pub(super) fn text(passes: &[Pass]) -> &[crate::trace::token::Token] {
    passes.last().map_or(&[], |pass| &pass.tokens)
}

/// The pass that runs a token of a text, and its row there.
pub(super) fn spot(passes: &[Pass], token: usize) -> Option<Spot> {
    let runs = |pass: &Pass| (pass.start..pass.tokens.len()).contains(&token);
    let pass = passes.iter().position(runs)?;
    Some(Spot {
        pass,
        row: token - passes[pass].start,
    })
}

/// An error where two values of one name have other shapes, apart from the lengths of texts.
fn check_shapes(here: &HookPoint, there: &HookPoint, branch: &str) -> Result<(), SourceError> {
    let fixed = |point: &HookPoint| {
        let axes = point.axes.iter().zip(&point.shape);
        let all = axes.map(|(axis, n)| (*axis, if is_position(*axis) { 0 } else { *n }));
        all.collect::<Vec<(Axis, usize)>>()
    };
    if fixed(here) == fixed(there) {
        return Ok(());
    }
    let name = hook::short(&here.name);
    Err(SourceError::Slice(format!(
        "{name} has shape {:?} here and {:?} in branch {branch}: there is no difference of the two",
        here.shape, there.shape
    )))
}

fn ask(
    source: &mut dyn Source,
    pass: usize,
    point: &str,
    slice: Slice,
    control: &Control,
) -> Result<Values, SourceError> {
    let point = point.to_owned();
    match source.answer(&Query::Values { pass, point, slice }, control)? {
        Answer::Values(values) => Ok(values),
        _ => Err(SourceError::Other("the source has no values".into())),
    }
}
