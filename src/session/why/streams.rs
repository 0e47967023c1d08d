//! Several streams: sizes, predictions, corrections and mixtures, linear in the streams while the numbers of the token are
//! held; and neurons that are cut off below a bound.

use super::values::Values;
use super::{Derived, Spot, constant, short, times, told};
use crate::graph::NodeId;
use crate::graph::activation::sigmoid;
use crate::graph::role::Param;
use crate::graph::streams::{Balance, Opening};
use crate::trace::operands::Cell;
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

/// x in each stream.
pub fn spread(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let Some((token, _, d)) = in_stream(values, spot, 0) else {
        return Ok(Derived::default());
    };
    let read = placed(values, spot, 0, &[token, d]);
    let terms = vec![term(values, &read, Some(1.0), None)?];
    finished(values, spot, terms)
}

/// The token, the stream and the element of a place in streams, with an axis of their own or in one row. Input `row` is as
/// long as a stream.
fn in_stream(values: &Values, spot: &Spot, row: usize) -> Option<(usize, usize, usize)> {
    let width = values.width(spot.pass, values.input(spot, row)).max(1);
    match spot.cell[..] {
        [token, stream, d] => Some((token, stream, d)),
        [token, d] => Some((token, d / width, d % width)),
        _ => None,
    }
}

/// `Σ x[i] · y[i]`, with shares of whole streams or of `each` of their elements.
pub fn gathered(values: &mut Values, spot: &Spot, each: bool) -> Result<Derived, SourceError> {
    let &[token, d] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let streams = values.input(spot, 1);
    let width = values.width(spot.pass, spot.id).max(1);
    let count = values.graph.node(streams).width() / width;
    let mut terms = Vec::new();
    for i in 0..count {
        let element = [token, i * width + d];
        let (share, own) = if each {
            (element.to_vec(), element.to_vec())
        } else {
            (vec![token, i], vec![token, i, d])
        };
        let by = placed(values, spot, 0, &share);
        let share = values.one(&by)?;
        let read = placed(values, spot, 1, &own);
        terms.push(term(values, &read, share, Some(&by))?);
    }
    finished(values, spot, terms)
}

/// `Σ u[i, ·] · z[i] + x · y`
pub fn scattered(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let Some((token, stream, d)) = in_stream(values, spot, 1) else {
        return Ok(Derived::default());
    };
    let by = placed(values, spot, 0, &[token, stream]);
    let share = values.one(&by)?;
    let row = placed(values, spot, 1, &[token, d]);
    let mut terms = vec![term(values, &row, share, Some(&by))?];
    let inputs = values.node(spot).inputs.len();
    if inputs < 4 {
        if inputs == 3 {
            let own = placed(values, spot, 2, &spot.cell);
            terms.push(term(values, &own, Some(1.0), None)?);
        }
        return finished(values, spot, terms);
    }
    let count = values.node(spot).shape[1].length(0, 0);
    for i in 0..count {
        let by = placed(values, spot, 3, &[token, i, stream]);
        let share = values.one(&by)?;
        let read = placed(values, spot, 2, &[token, i, d]);
        terms.push(term(values, &read, share, Some(&by))?);
    }
    finished(values, spot, terms)
}

/// `σ(x · W + b) · scale + plus`
pub fn open(values: &mut Values, spot: &Spot, open: &Opening) -> Result<Derived, SourceError> {
    let read = beside(values, spot, 0);
    let x = values.one(&read)?;
    let [factor, number] = numbers(values, spot, spot.cell.last().copied())?;
    let inner = x.map(|x| x * factor.unwrap_or(1.0) + number.unwrap_or(0.0));
    let value = inner.map(|x| sigmoid(x) * open.scale);
    let from = values.cell(read.pass, read.id, &read.cell);
    let mut terms = vec![Term {
        contribution: value,
        ..times(from, x, None)
    }];
    if open.plus != 0.0 {
        terms.push(constant("ε", open.plus));
    }
    let size = x.unwrap_or(0.0) * factor.unwrap_or(1.0);
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("σ({}) · {}", told(inner), short(open.scale))),
        notes: vec![Note::Gated],
        size: open.scale * (size.abs() + number.unwrap_or(0.0).abs()).min(2.0),
        ..Derived::default()
    })
}

/// Rows and columns of a softmax made to sum to 1, by turns.
pub fn balanced(
    values: &mut Values,
    spot: &Spot,
    count: usize,
    by: Balance,
) -> Result<Derived, SourceError> {
    let &[token, from, to] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let read = placed(values, spot, 0, &[token, from * count + to]);
    let row = values.row(spot.pass, read.id, &[token])?;
    let [factor, _] = numbers(values, spot, None)?;
    let mut shares = Vec::new();
    for (i, x) in row.into_iter().flatten().enumerate() {
        let [_, number] = numbers(values, spot, Some(i))?;
        shares.push(x * factor.unwrap_or(1.0) + number.unwrap_or(0.0));
    }
    let size: f64 = shares.iter().map(|x| x.abs()).sum();
    let value = (shares.len() == count * count).then(|| {
        balance(&mut shares, count, by);
        shares[from * count + to]
    });
    let own = values.one(&read)?;
    let cell = values.cell(read.pass, read.id, &read.cell);
    Ok(Derived {
        terms: vec![Term {
            contribution: value,
            ..times(cell, own, None)
        }],
        formula: Some(values.formula(spot.id)),
        notes: vec![Note::Gated],
        size: size + by.turns as f64,
        ..Derived::default()
    })
}

/// The softmax of each row, then columns and rows divided by their sums.
fn balance(shares: &mut [f64], count: usize, by: Balance) {
    for row in shares.chunks_exact_mut(count) {
        let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = row.iter().map(|x| (x - most).exp()).sum();
        row.iter_mut()
            .for_each(|x| *x = (*x - most).exp() / sum + by.eps);
    }
    for turn in 0..by.turns {
        if turn > 0 {
            for row in shares.chunks_exact_mut(count) {
                let sum = row.iter().sum::<f64>() + by.eps;
                row.iter_mut().for_each(|x| *x /= sum);
            }
        }
        for to in 0..count {
            let sum = shares.iter().skip(to).step_by(count).sum::<f64>() + by.eps;
            shares
                .iter_mut()
                .skip(to)
                .step_by(count)
                .for_each(|x| *x /= sum);
        }
    }
}

/// The factor of a node's numbers, and the number that is added to that at `at`, if they are learned.
fn numbers(
    values: &mut Values,
    spot: &Spot,
    at: Option<usize>,
) -> Result<[Option<f64>; 2], SourceError> {
    let mut number = |param: Param, at: Option<usize>| {
        let Some((named, at)) = values.named(values.node(spot), param).zip(at) else {
            return Ok(None);
        };
        let cell = Cell {
            pass: None,
            point: named.point.name.clone(),
            cell: vec![at],
        };
        values.weight(&cell)
    };
    Ok([number(Param::Weight, Some(0))?, number(Param::Bias, at)?])
}

/// A place of input `i` of a spot's node.
fn placed(values: &Values, spot: &Spot, i: usize, cell: &[usize]) -> Spot {
    Spot {
        pass: spot.pass,
        id: values.input(spot, i),
        cell: cell.to_vec(),
    }
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
