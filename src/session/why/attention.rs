//! Attention beside scores, pattern and mixture: sinks beside a pattern, numbers that keys add to scores, and
//! heads that are taken from others.

use super::values::Values;
use super::{Derived, Spot, activation, short, softmax, times, told};
use crate::graph::named;
use crate::graph::role::{Param, Role};
use crate::trace::operands::Cell;
use crate::trace::query::Query;
use crate::trace::source::SourceError;
use crate::trace::tensor::{Pick, Slice};
use crate::trace::why::Term;

/// `σ(ln Σ exp(x) − W)`: the shares of all scores, where W takes part.
pub fn unsunk(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let (&[token, head], scores) = (&spot.cell[..], values.input(spot, 0)) else {
        return Ok(Derived::default());
    };
    let formula = Some(values.formula(spot.id));
    let row = values.row(spot.pass, scores, &[head, token])?;
    let sink = match values.named(values.node(spot), Param::Weight) {
        Some(sink) => {
            let cell = Cell {
                pass: None,
                point: sink.point.name.clone(),
                cell: vec![head],
            };
            values.weight(&cell)?
        }
        None => None,
    };
    let count = values.passes[spot.pass].tokens.len();
    let from = |i: usize| values.cell(spot.pass, scores, &[head, token, i]);
    let shares = row.as_ref().zip(sink).map(|(row, sink)| {
        let most = row.iter().copied().fold(sink, f64::max);
        let all: f64 = row.iter().chain([&sink]).map(|x| (x - most).exp()).sum();
        let shares = row.iter().map(|x| (x - most).exp() / all);
        shares.collect::<Vec<f64>>()
    });
    let terms = (0..count).map(|i| {
        let number = |row: &Vec<f64>| row.get(i).copied();
        Term {
            contribution: shares.as_ref().and_then(number),
            ..times(from(i), row.as_ref().and_then(number), None)
        }
    });
    let seen = |term: &Term| term.value != Some(f64::NEG_INFINITY);
    Ok(Derived {
        terms: terms.filter(seen).collect(),
        formula,
        numbers: Some(format!("σ(ln Σ e^score − {})", told(sink))),
        size: softmax::ROUNDS,
        ..Derived::default()
    })
}

/// `exp(W · softplus(x))`
pub fn gain(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let read = Spot {
        id: values.input(spot, 0),
        ..spot.clone()
    };
    let x = values.one(&read)?;
    let place = values.named(values.node(spot), Param::Weight);
    let place = place.map(|named| Cell {
        pass: None,
        point: named.point.name.clone(),
        cell: spot.cell[1..].to_vec(),
    });
    let weight = match &place {
        Some(cell) => values.weight(cell)?,
        None => None,
    };
    let soft = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let value = x.zip(weight).map(|(x, w)| (w * soft(x)).exp());
    let from = values.cell(read.pass, read.id, &read.cell);
    let derived = activation::activation_of("exp", (from, x), value);
    Ok(Derived {
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("exp({} · softplus({}))", told(weight), told(x))),
        // An exponential rounds with what it is taken of.
        size: value.map_or(0.0, |value| value * (1.0 + value.ln().abs())),
        ..derived
    })
}

/// `x − λ · y`, y being as many heads further on.
pub fn difference(values: &mut Values, spot: &Spot, first: f64) -> Result<Derived, SourceError> {
    let &[token, head, d] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let layer = values.node(spot).layer;
    let half = values.node(spot).shape[1].length(0, 0);
    let named = named::by_role(&values.named, layer, Role::Lambda(0), Param::Weight);
    let vectors = match named.map(|named| named.point.name.clone()) {
        Some(name) => {
            let query = Query::Weight {
                name: name.clone(),
                slice: Slice::default(),
            };
            let found = values.reader.read(&query)?;
            if found.is_none() {
                values.reader.lacks(&name);
            }
            found
        }
        None => None,
    };
    let lambda = vectors.map(|all| {
        let width = (all.len() / 4).max(1);
        let vector = |i: usize| all.iter().skip(i * width).take(width);
        let dot = |i: usize| {
            vector(i)
                .zip(vector(i + 1))
                .map(|(a, b)| a * b)
                .sum::<f64>()
        };
        dot(0).exp() - dot(2).exp() + first
    });
    let mut terms = Vec::new();
    for (head, weight) in [(head, Some(1.0)), (head + half, lambda.map(|x| -x))] {
        let read = Spot {
            pass: spot.pass,
            id: values.input(spot, 0),
            cell: vec![token, head, d],
        };
        let number = values.one(&read)?;
        terms.push(times(
            values.cell(read.pass, read.id, &read.cell),
            number,
            weight,
        ));
    }
    let size = terms.iter().filter_map(|term| term.contribution);
    Ok(Derived {
        size: size.map(f64::abs).sum::<f64>() * (2.0 + lambda.map_or(0.0, f64::abs)),
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!(
            "{} − {} · {}",
            told(terms[0].value),
            lambda.map_or("λ".into(), short),
            told(terms[1].value)
        )),
        terms,
        ..Derived::default()
    })
}

/// `x + W`
pub fn shifted(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let read = Spot {
        id: values.input(spot, 0),
        ..spot.clone()
    };
    let number = values.one(&read)?;
    let mut terms = vec![times(
        values.cell(read.pass, read.id, &read.cell),
        number,
        Some(1.0),
    )];
    let bias = values.named(values.node(spot), Param::Weight);
    if let Some(bias) = bias {
        let cell = Cell {
            pass: None,
            point: bias.point.name.clone(),
            cell: spot.cell[1..].to_vec(),
        };
        let number = values.weight(&cell)?;
        terms.push(times(cell, number, Some(1.0)));
    }
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// The experts of a token, the best first.
fn experts(values: &mut Values, spot: &Spot) -> Result<Option<Vec<usize>>, SourceError> {
    let chosen = values.input(spot, 1);
    let row = values.row(spot.pass, chosen, &spot.cell[..1])?;
    Ok(row.map(|row| row.into_iter().map(|i| i as usize).collect()))
}

/// The numbers of an expert's matrix behind some of its indices, and its name.
fn matrix(
    values: &mut Values,
    spot: &Spot,
    role: Role,
    slice: Vec<Pick>,
) -> Result<(String, Option<Vec<f64>>), SourceError> {
    let layer = values.node(spot).layer;
    let named = named::by_role(&values.named, layer, role, Param::Weight);
    let name = named.map_or(String::new(), |named| named.point.name.clone());
    let query = Query::Weight {
        name: name.clone(),
        slice: Slice(slice),
    };
    let found = values.reader.read(&query)?;
    if found.is_none() {
        values.reader.lacks(&name);
    }
    Ok((name, found))
}

/// `W[e]·x`, with the expert that the head belongs to.
pub fn heads_in(values: &mut Values, spot: &Spot, active: usize) -> Result<Derived, SourceError> {
    let &[token, head, d] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let formula = Some(values.formula(spot.id));
    let each = (values.node(spot).shape[1].length(0, 0) / active.max(1)).max(1);
    let Some(chosen) = experts(values, spot)? else {
        return Ok(Derived::default());
    };
    let expert = chosen.get(head / each).copied().unwrap_or(0);
    let x = values.input(spot, 0);
    let row = values.row(spot.pass, x, &[token])?;
    let width = values.width(spot.pass, x);
    let slice = vec![Pick::At(head % each), Pick::Span(0..width), Pick::At(d)];
    let (name, column) = matrix(values, spot, Role::HeadIn(expert), slice)?;
    let terms = (0..width).map(|i| {
        let number = |row: &Vec<f64>| row.get(i).copied();
        let by = Cell {
            pass: None,
            point: name.clone(),
            cell: vec![head % each, i, d],
        };
        Term {
            by: Some(by),
            ..times(
                values.cell(spot.pass, x, &[token, i]),
                row.as_ref().and_then(number),
                column.as_ref().and_then(number),
            )
        }
    });
    Ok(Derived {
        terms: terms.collect(),
        formula,
        ..Derived::default()
    })
}

/// `Σ z[e] · W[e]·x` over the experts of a token.
pub fn heads_out(values: &mut Values, spot: &Spot, active: usize) -> Result<Derived, SourceError> {
    let &[token, out] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let formula = Some(values.formula(spot.id));
    let (z, shares) = (values.input(spot, 0), values.input(spot, 2));
    let heads = values.graph.node(z).shape[1].length(0, 0);
    let (each, d_head) = (heads / active.max(1), values.width(spot.pass, z));
    let Some(chosen) = experts(values, spot)? else {
        return Ok(Derived::default());
    };
    let shares = values.row(spot.pass, shares, &[token])?;
    let mut terms = Vec::new();
    for (place, expert) in chosen.into_iter().enumerate() {
        let slice = vec![Pick::Span(0..each), Pick::Span(0..d_head), Pick::At(out)];
        let (_, column) = matrix(values, spot, Role::HeadOut(expert), slice)?;
        let share = shares.as_ref().and_then(|all| all.get(expert).copied());
        for own in 0..each {
            let head = place * each + own;
            let row = values.row(spot.pass, z, &[token, head])?;
            for d in 0..d_head {
                let number = row.as_ref().and_then(|row| row.get(d).copied());
                let weight = column.as_ref().and_then(|all| all.get(own * d_head + d));
                let weight = weight.zip(share).map(|(w, share)| w * share);
                let from = values.cell(spot.pass, z, &[token, head, d]);
                terms.push(times(from, number, weight));
            }
        }
    }
    let size = terms.iter().filter_map(|term| term.contribution);
    Ok(Derived {
        // Each expert's output rounds, and its share of it again.
        size: size.map(f64::abs).sum(),
        terms,
        formula,
        ..Derived::default()
    })
}
