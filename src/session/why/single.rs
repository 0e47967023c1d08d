//! Entries that stand for whole runs of tokens, and projections of heads group by group.

use super::recurrence::{appended, row_of};
use super::values::Values;
use super::{Derived, Spot, times};
use crate::graph::role::Param;
use crate::trace::operands::Cell;
use crate::trace::source::SourceError;
use crate::trace::why::Note;

/// `Σ softmax(gate + place) · value` over the tokens of a run, and over the first halves of the run before.
pub fn compressed(
    values: &mut Values,
    spot: &Spot,
    (every, overlap): (usize, bool),
) -> Result<Derived, SourceError> {
    let &[entry, _, d] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let half = values.width(spot.pass, spot.id);
    let [read, gates] = [0, 1].map(|i| appended(values, values.input(spot, i)));
    let own = if overlap { half + d } else { d };
    let before =
        (overlap && entry > 0).then(|| (0..every).map(|i| ((entry - 1) * every + i, i, d)));
    let run = (0..every).map(|i| (entry * every + i, i, own));
    let all: Vec<(usize, usize, usize)> = before.into_iter().flatten().chain(run).collect();
    let place = values.named(values.node(spot), Param::Weight);
    let place = place.map(|named| named.point.name.clone());
    let (mut scores, mut terms) = (Vec::new(), Vec::new());
    for (token, at, column) in all {
        let Some((pass, row)) = row_of(values, spot.pass, Some(token)) else {
            continue;
        };
        let cell = vec![row, column];
        let [value, gate] = [read, gates].map(|id| Spot {
            pass,
            id,
            cell: cell.clone(),
        });
        let more = match &place {
            Some(place) => values.weight(&Cell {
                pass: None,
                point: place.clone(),
                cell: vec![at, column],
            })?,
            None => None,
        };
        let score = values.one(&gate)?.zip(more).map(|(gate, more)| gate + more);
        scores.push(score);
        let by = values.cell(pass, gates, &cell);
        let from = values.cell(pass, read, &cell);
        terms.push((from, by, values.one(&value)?));
    }
    let most = scores
        .iter()
        .flatten()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let sum: Option<f64> = scores.iter().map(|x| x.map(|x| (x - most).exp())).sum();
    let shares = scores
        .iter()
        .map(|x| x.zip(sum).map(|(x, sum)| (x - most).exp() / sum));
    let size = scores.iter().flatten().map(|x| x.abs()).fold(0.0, f64::max);
    let terms: Vec<_> = (terms.into_iter().zip(shares))
        .map(|((from, by, number), share)| crate::trace::why::Term {
            by: Some(by),
            ..times(from, number, share)
        })
        .collect();
    let large = terms
        .iter()
        .filter_map(|term| term.contribution)
        .map(f64::abs)
        .sum::<f64>();
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        notes: vec![Note::Gated],
        size: large * (1.0 + 2.0 * size),
        ..Derived::default()
    })
}

/// A row of heads of one group times a row of the group's matrix.
pub fn grouped(values: &mut Values, spot: &Spot, groups: usize) -> Result<Derived, SourceError> {
    let &[token, out] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let z = values.input(spot, 0);
    let shape = &values.graph.node(z).shape;
    let (heads, d_head) = (shape[1].length(0, 0), shape[2].length(0, 0));
    let each = heads / groups.max(1);
    let first = out / (values.width(spot.pass, spot.id) / groups.max(1)).max(1) * each;
    let matrix = values.named(values.node(spot), Param::Weight);
    let matrix = matrix
        .map(|named| named.point.name.clone())
        .unwrap_or_default();
    let mut terms = Vec::new();
    for i in 0..each * d_head {
        let (head, d) = (first + i / d_head, i % d_head);
        let weight = Cell {
            pass: None,
            point: matrix.clone(),
            cell: vec![out, i],
        };
        let number = values.weight(&weight)?;
        let read = Spot {
            pass: spot.pass,
            id: z,
            cell: vec![token, head, d],
        };
        let from = values.cell(spot.pass, z, &read.cell);
        terms.push(crate::trace::why::Term {
            by: Some(weight),
            ..times(from, values.one(&read)?, number)
        });
    }
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}
