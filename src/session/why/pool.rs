//! One row made of all tokens' rows, and the length of that row.

use super::values::Values;
use super::{Derived, Spot, times};
use crate::graph::arch::PoolRows;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

pub fn derive(values: &mut Values, spot: &Spot, rows: PoolRows) -> Result<Derived, SourceError> {
    let (&[d], read) = (&spot.cell[..], values.input(spot, 0)) else {
        return Ok(Derived::default());
    };
    let count = values.rows(spot.pass);
    let mut terms: Vec<Term> = Vec::new();
    for token in 0..count {
        let at = Spot {
            pass: spot.pass,
            id: read,
            cell: vec![token, d],
        };
        let weight = match rows {
            PoolRows::Mean => 1.0 / count as f64,
            PoolRows::First | PoolRows::Last | PoolRows::Max => 1.0,
        };
        let from = values.cell(at.pass, read, &at.cell);
        terms.push(times(from, values.one(&at)?, Some(weight)));
    }
    let mut notes = Vec::new();
    if rows == PoolRows::Max {
        let known = terms.iter().filter_map(|term| term.value);
        let most = known.fold(f64::NEG_INFINITY, f64::max);
        let first = terms.iter().position(|term| term.value == Some(most));
        terms = first.map(|i| terms.swap_remove(i)).into_iter().collect();
        notes.push(Note::Largest);
    }
    Ok(Derived {
        terms,
        notes,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// `√Σx²`: its square is the sum of squares, so each square over the length adds up to it.
pub fn length(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let read = values.input(spot, 0);
    let row = values.row(spot.pass, read, &[])?;
    let squares = row
        .as_ref()
        .map(|row| row.iter().map(|x| x * x).sum::<f64>());
    let length = squares.map(|squares| squares.sqrt().max(1e-12));
    let terms = (0..values.width(spot.pass, read)).map(|i| {
        let value = row.as_ref().and_then(|row| row.get(i).copied());
        let weight = value.zip(length).map(|(x, length)| x / length);
        times(values.cell(spot.pass, read, &[i]), value, weight)
    });
    Ok(Derived {
        terms: terms.collect(),
        formula: Some(values.formula(spot.id)),
        notes: vec![Note::Squares],
        ..Derived::default()
    })
}
