//! Values of a table for runs of tokens: its rows, and the gates that their values go through.

use super::values::Values;
use super::{Derived, Spot, times, told};
use crate::graph::named;
use crate::graph::ngrams::Hash;
use crate::graph::role::{Param, Role};
use crate::trace::operands::Cell;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

/// A number of the row that a hash finds for the run that ends at a token.
pub fn row(values: &mut Values, spot: &Spot, hash: &Hash) -> Result<Derived, SourceError> {
    let &[token, d] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let width = values.width(spot.pass, spot.id) / hash.sizes.len().max(1);
    let (number, d) = (d / width.max(1), d % width.max(1));
    let pass = &values.passes[spot.pass];
    let before = pass.tokens.iter().take(pass.start + token + 1);
    let ids: Vec<u32> = before.map(|token| token.id).collect();
    let row = hash.row(&ids, number);
    let node = values.node(spot);
    // The parts of a table are equally long, but for the last.
    let first = node.weights.first();
    let (length, whole) = first.map_or((1, 0), |part| (part.shape[0].max(1), part.members));
    let role = match row / length {
        part if part < whole => Role::NGramTable(part),
        _ => Role::NGramTableEnd,
    };
    let part = named::by_role(&values.named, node.layer, role, Param::Weight);
    let length_of_run = 2 + number / hash.each().max(1);
    let formula = Some(values.formula(spot.id));
    let Some(name) = part.map(|part| part.point.name.clone()) else {
        return Ok(Derived {
            formula,
            ..Derived::default()
        });
    };
    let from = Cell {
        pass: None,
        point: name,
        cell: vec![row % length, d],
    };
    let value = values.weight(&from)?;
    Ok(Derived {
        terms: vec![times(from, value, Some(1.0))],
        formula,
        numbers: Some(format!(
            "row {row} of the table, for a run of {length_of_run} tokens"
        )),
        ..Derived::default()
    })
}

/// `x · y · scale` of a stream
pub fn product(values: &mut Values, spot: &Spot, scale: f64) -> Result<Derived, SourceError> {
    let &[token, stream] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let both = [0, 1].map(|i| values.input(spot, i));
    let all = values.width(spot.pass, both[0]);
    let width = all / values.width(spot.pass, spot.id).max(1);
    let [own, other] = both.map(|id| values.row(spot.pass, id, &[token]));
    let (own, other) = (own?, other?);
    let at = |row: &Option<Vec<f64>>, d: usize| row.as_ref().and_then(|row| row.get(d).copied());
    let mut terms = Vec::new();
    for d in stream * width..(stream + 1) * width {
        let [from, by] = both.map(|id| values.cell(spot.pass, id, &[token, d]));
        let weight = at(&other, d).map(|y| y * scale);
        terms.push(Term {
            by: Some(by),
            ..times(from, at(&own, d), weight)
        });
    }
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// `sign(x) · √max(|x|, least)`
pub fn root(values: &mut Values, spot: &Spot, least: f64) -> Result<Derived, SourceError> {
    let read = Spot {
        id: values.input(spot, 0),
        ..spot.clone()
    };
    let x = values.one(&read)?;
    let root = |x: f64| match x {
        0.0 => 0.0,
        x => x.abs().max(least).sqrt().copysign(x),
    };
    let from = values.cell(read.pass, read.id, &read.cell);
    Ok(Derived {
        terms: vec![Term {
            contribution: x.map(root),
            ..times(from, x, None)
        }],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("sign · √|{}|", told(x))),
        notes: vec![Note::Gated],
        ..Derived::default()
    })
}
