//! The keys that an indexer chooses, and the scores that it chooses them by.

use super::recurrence::{appended, row_of};
use super::values::Values;
use super::{Derived, Spot, constant, short, times, told};
use crate::graph::NodeId;
use crate::graph::operation::Scores;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

/// `Σ weights[head] · relu(q · k · scale)`
pub fn scores(values: &mut Values, spot: &Spot, spec: &Scores) -> Result<Derived, SourceError> {
    let &[query, key] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let formula = Some(values.formula(spot.id));
    let at = values.passes[spot.pass].start + query;
    let place = match spec.behind {
        // An entry is made again in each pass.
        Some(behind) => (key < (at + 1) / behind.every.max(1)).then_some((spot.pass, key)),
        None if spec.causal && key > at => None,
        None => row_of(values, spot.pass, Some(key)),
    };
    let Some((pass, row)) = place else {
        return Ok(Derived {
            formula,
            terms: vec![constant("mask", f64::NEG_INFINITY)],
            notes: vec![Note::Masked],
            ..Derived::default()
        });
    };
    let [q, k, weights] = [0, 1, 2].map(|i| values.input(spot, i));
    let k = appended(values, k);
    let keys = values.row(pass, k, &[row, 0])?;
    if values.node(spot).inputs.len() < 3 {
        return unweighed(values, (spot, q), (pass, k, row), keys, spec.scale);
    }
    let mut derived = Derived {
        formula,
        notes: vec![Note::Gated],
        ..Derived::default()
    };
    for head in 0..values.width(spot.pass, weights) {
        let queries = values.row(spot.pass, q, &[query, head])?;
        let products = queries.as_ref().zip(keys.as_ref()).map(|(q, k)| {
            let each = q.iter().zip(k).map(|(q, k)| q * k * spec.scale);
            each.collect::<Vec<f64>>()
        });
        let sum = products.as_ref().map(|all| all.iter().sum::<f64>());
        let size = products.map(|all| all.iter().map(|x| x.abs()).sum::<f64>());
        let at = Spot {
            pass: spot.pass,
            id: weights,
            cell: vec![query, head],
        };
        let number = values.one(&at)?;
        let from = values.cell(spot.pass, weights, &at.cell);
        let term = times(from, number, sum.map(|sum| sum.max(0.0)));
        // A sum near 0 may open or close by rounding.
        derived.size += size
            .zip(number)
            .map_or(0.0, |(size, w)| 2.0 * size * w.abs());
        derived.terms.push(term);
    }
    Ok(derived)
}

/// `Σ relu(q · k · scale)`: the products of heads whose sum is positive.
fn unweighed(
    values: &mut Values,
    (spot, q): (&Spot, NodeId),
    (pass, k, row): (usize, NodeId, usize),
    keys: Option<Vec<f64>>,
    scale: f64,
) -> Result<Derived, SourceError> {
    let mut derived = Derived {
        formula: Some(values.formula(spot.id)),
        notes: vec![Note::Gated],
        ..Derived::default()
    };
    let (width, heads) = (values.width(spot.pass, q), values.graph.node(q).shape[1]);
    for head in 0..heads.length(0, 0) {
        let queries = values.row(spot.pass, q, &[spot.cell[0], head])?;
        let product = |d: usize| -> Option<f64> {
            Some(queries.as_ref()?.get(d)? * keys.as_ref()?.get(d)? * scale)
        };
        let sum: Option<f64> = (0..width).map(product).sum();
        let open = sum.map(|sum| if sum > 0.0 { 1.0 } else { 0.0 });
        // A sum near 0 may open or close by rounding.
        let sizes: Option<f64> = (0..width).map(|d| Some(product(d)?.abs())).sum();
        derived.size += 2.0 * sizes.unwrap_or(0.0);
        for d in 0..width {
            let from = values.cell(spot.pass, q, &[spot.cell[0], head, d]);
            let own = queries.as_ref().and_then(|row| row.get(d).copied());
            let key = keys.as_ref().and_then(|row| row.get(d).copied());
            let weight = key.zip(open).map(|(key, open)| key * scale * open);
            derived.terms.push(Term {
                by: Some(values.cell(pass, k, &[row, 0, d])),
                ..times(from, own, weight)
            });
        }
    }
    Ok(derived)
}

/// The mean of the keys of a run.
pub fn averaged(values: &mut Values, spot: &Spot, every: usize) -> Result<Derived, SourceError> {
    let Some((&entry, rest)) = spot.cell.split_first() else {
        return Ok(Derived::default());
    };
    let read = appended(values, values.input(spot, 0));
    let mut terms = Vec::new();
    for token in entry * every..(entry + 1) * every {
        let Some((pass, row)) = row_of(values, spot.pass, Some(token)) else {
            continue;
        };
        let own = Spot {
            pass,
            id: read,
            cell: [&[row], rest].concat(),
        };
        let number = values.one(&own)?;
        let from = values.cell(pass, read, &own.cell);
        terms.push(times(from, number, Some(1.0 / every as f64)));
    }
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// The choice of a key's run, or 1 behind the last whole run that a query sees.
pub fn of_runs(values: &mut Values, spot: &Spot, every: usize) -> Result<Derived, SourceError> {
    let &[query, key] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let (at, run) = (values.passes[spot.pass].start + query, key / every.max(1));
    let formula = Some(values.formula(spot.id));
    let (term, note) = if key > at {
        (constant("mask", 0.0), Note::Masked)
    } else if run >= (at + 1) / every.max(1) {
        (constant("behind whole runs", 1.0), Note::Picked)
    } else {
        let read = Spot {
            id: values.input(spot, 0),
            cell: vec![query, run],
            ..spot.clone()
        };
        let number = values.one(&read)?;
        let note = match number {
            Some(0.0) => Note::NotPicked,
            _ => Note::Picked,
        };
        let from = values.cell(read.pass, read.id, &read.cell);
        (times(from, number, Some(1.0)), note)
    };
    Ok(Derived {
        terms: vec![term],
        formula,
        notes: vec![note],
        ..Derived::default()
    })
}

/// 1 where the score is among the largest of its row.
pub fn largest(values: &mut Values, spot: &Spot, keys: usize) -> Result<Derived, SourceError> {
    let &[query, key] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let scores = values.input(spot, 0);
    let row = values.row(spot.pass, scores, &[query])?;
    let own = row.as_ref().and_then(|row| row.get(key).copied());
    let least = row.map(|mut row| {
        row.sort_by(|a, b| b.total_cmp(a));
        let last = keys.min(row.len()).saturating_sub(1);
        row.get(last).copied().unwrap_or(f64::NEG_INFINITY)
    });
    let seen = own.is_some_and(|own| own > f64::NEG_INFINITY);
    let chosen = match values.one(spot)? {
        Some(value) => value != 0.0,
        None => seen && own >= least,
    };
    let number = f64::from(u8::from(chosen));
    let sign = match own.zip(least) {
        Some((own, least)) if own < least => "<",
        Some((own, least)) if own == least => "=",
        _ => "≥",
    };
    let note = match (seen, chosen) {
        (false, _) => Note::Masked,
        (_, true) => Note::Picked,
        (_, false) => Note::NotPicked,
    };
    let from = values.cell(spot.pass, scores, &spot.cell);
    Ok(Derived {
        terms: vec![Term {
            contribution: Some(number),
            ..times(from, own, None)
        }],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!(
            "{} {sign} {}",
            told(own),
            least.map_or("·".into(), short)
        )),
        notes: vec![note],
        ..Derived::default()
    })
}
