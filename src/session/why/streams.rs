//! Several streams: sizes, predictions and corrections, linear in the streams while the numbers of the token are held;
//! and neurons that are cut off below a bound.

use super::values::Values;
use super::{Derived, Spot, constant, short, times, told};
use crate::graph::NodeId;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

/// An input of a spot's node at the same place.
fn beside(values: &Values, spot: &Spot, i: usize) -> Spot {
    Spot {
        id: values.input(spot, i),
        ..spot.clone()
    }
}

/// One of the token's numbers: the value, and where it stands.
fn share(values: &mut Values, spot: &Spot, at: usize) -> Result<(Spot, Option<f64>), SourceError> {
    let token = spot.cell.first().copied().unwrap_or(0);
    let place = Spot {
        pass: spot.pass,
        id: values.input(spot, 0),
        cell: vec![token, at],
    };
    let number = values.one(&place)?;
    Ok((place, number))
}

/// A value times a number of its token.
fn term(
    values: &mut Values,
    read: &Spot,
    weight: Option<f64>,
    by: Option<&Spot>,
) -> Result<Term, SourceError> {
    let number = values.one(read)?;
    let from = values.cell(read.pass, read.id, &read.cell);
    Ok(Term {
        by: by.map(|by| values.cell(by.pass, by.id, &by.cell)),
        ..times(from, number, weight)
    })
}

/// `y + Σ x[first + i] · z[i]`
pub fn blended(values: &mut Values, spot: &Spot, first: usize) -> Result<Derived, SourceError> {
    let own = beside(values, spot, 1);
    let mut terms = vec![term(values, &own, Some(1.0), None)?];
    for i in 2..values.node(spot).inputs.len() {
        let (by, number) = share(values, spot, first + i - 2)?;
        let read = beside(values, spot, i);
        terms.push(term(values, &read, number, Some(&by))?);
    }
    finished(values, spot, terms)
}

/// `u + (1 + x[at]) · (y − z)`
pub fn corrected(values: &mut Values, spot: &Spot, at: usize) -> Result<Derived, SourceError> {
    let (by, number) = share(values, spot, at)?;
    let number = number.map(|number| 1.0 + number);
    let [computed, before, own] = [1, 2, 3].map(|i| beside(values, spot, i));
    let terms = vec![
        term(values, &own, Some(1.0), None)?,
        term(values, &computed, number, Some(&by))?,
        term(values, &before, number.map(|x| -x), Some(&by))?,
    ];
    finished(values, spot, terms)
}

/// `y · √mean(x²) / √mean(y²)`
pub fn resized(values: &mut Values, spot: &Spot, least: f64) -> Result<Derived, SourceError> {
    let first = &spot.cell[..spot.cell.len().saturating_sub(1)];
    let (like, own) = (values.input(spot, 0), values.input(spot, 1));
    let mut square = |id: NodeId| -> Result<Option<f64>, SourceError> {
        let row = values.row(spot.pass, id, first)?;
        let mean = |row: Vec<f64>| row.iter().map(|x| x * x).sum::<f64>() / row.len().max(1) as f64;
        Ok(row.map(mean))
    };
    let [x, y] = [square(like)?, square(own)?];
    let ratio = x.zip(y).map(|(x, y)| x.sqrt() / y.max(least).sqrt());
    let read = beside(values, spot, 1);
    let terms = vec![term(values, &read, ratio, None)?];
    let mut derived = finished(values, spot, terms)?;
    derived.notes = vec![Note::FrozenScale];
    Ok(derived)
}

/// `relu(x − mean − deviations · σ)`
pub fn cut(values: &mut Values, spot: &Spot, deviations: f64) -> Result<Derived, SourceError> {
    let Some((&at, first)) = spot.cell.split_last() else {
        return Ok(Derived::default());
    };
    let read = values.input(spot, 0);
    let row = values.row(spot.pass, read, first)?;
    let formula = Some(values.formula(spot.id));
    let own = values.cell(spot.pass, read, &spot.cell);
    let Some(row) = row else {
        return Ok(Derived {
            terms: vec![times(own, None, Some(1.0))],
            formula,
            ..Derived::default()
        });
    };
    let count = row.len().max(1) as f64;
    let mean = row.iter().sum::<f64>() / count;
    let deviation = (row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
    let bound = mean + deviations * deviation;
    let x = row.get(at).copied();
    let open = x.is_some_and(|x| x > bound);
    let weight = Some(if open { 1.0 } else { 0.0 });
    let mut terms = vec![times(own, x, weight)];
    if open {
        terms.push(constant("− bound of the row", -bound));
    }
    Ok(Derived {
        terms,
        formula,
        numbers: Some(format!("relu({} − {})", told(x), short(bound))),
        notes: vec![Note::Gated],
        size: bound.abs(),
        ..Derived::default()
    })
}

fn finished(values: &Values, spot: &Spot, terms: Vec<Term>) -> Result<Derived, SourceError> {
    Ok(Derived {
        // Each addition rounds.
        size: terms
            .iter()
            .filter_map(|t| t.contribution)
            .map(f64::abs)
            .sum(),
        formula: Some(values.formula(spot.id)),
        terms,
        ..Derived::default()
    })
}
