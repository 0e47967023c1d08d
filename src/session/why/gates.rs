//! The gates of what a recurrent mixer writes and forgets, where values make them.

use super::recurrence::weight_at;
use super::values::Values;
use super::{Derived, Spot, short, times, told};
use crate::graph::activation::sigmoid;
use crate::graph::named;
use crate::graph::role::{Param, Role};
use crate::trace::operands::Cell;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

type Result = std::result::Result<Derived, SourceError>;

/// Each block's part of a row times the block's matrix, plus a bias.
pub fn blocks(values: &mut Values, spot: &Spot, (count, turned): (usize, bool)) -> Result {
    let Some((&token, rest)) = spot.cell.split_first() else {
        return Ok(Derived::default());
    };
    let x = values.input(spot, 0);
    let [read, written] = [x, spot.id].map(|id| {
        let axes = values.graph.node(id).shape[1..].iter();
        axes.map(|dim| dim.length(0, 0)).collect::<Vec<usize>>()
    });
    let out = rest.iter().zip(&written).fold(0, |at, (i, n)| at * n + i);
    let [columns, rows] = [&written, &read].map(|shape| {
        let all: usize = shape.iter().product();
        (all / count.max(1)).max(1)
    });
    let (block, column) = (out / columns, out % columns);
    let mut terms = Vec::new();
    for row in 0..rows {
        let mut at = block * rows + row;
        let mut cell = vec![0; read.len()];
        for (i, n) in cell.iter_mut().zip(&read).rev() {
            (*i, at) = (at % n, at / n);
        }
        let read = Spot {
            pass: spot.pass,
            id: x,
            cell: [&[token], &cell[..]].concat(),
        };
        let place = if turned {
            [block, column, row]
        } else {
            [block, row, column]
        };
        let by = weight_at(values, spot, Param::Weight, &place);
        let weight = match &by {
            Some(by) => values.weight(by)?,
            None => None,
        };
        let from = values.cell(spot.pass, x, &read.cell);
        terms.push(Term {
            by,
            ..times(from, values.one(&read)?, weight)
        });
    }
    if let Some(bias) = weight_at(values, spot, Param::Bias, &[block, column]) {
        let number = values.weight(&bias)?;
        terms.push(times(bias, number, Some(1.0)));
    }
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// `−rate · softplus(W) · σ(x)`
pub fn decay(values: &mut Values, spot: &Spot, rate: f64) -> Result {
    let read = gate(values, spot);
    let x = values.one(&read)?;
    let by = weight_at(values, spot, Param::Weight, &spot.cell[1..]);
    let learned = match &by {
        Some(by) => values.weight(by)?,
        None => None,
    };
    // A large number is its own softplus, as in libtorch.
    let softplus = |x: f64| if x > 20.0 { x } else { x.exp().ln_1p() };
    let weight = learned.map(|w| -rate * softplus(w));
    let contribution = x.map(sigmoid).zip(weight).map(|(g, w)| g * w);
    let from = values.cell(read.pass, read.id, &read.cell);
    Ok(Derived {
        terms: vec![Term {
            by,
            contribution,
            ..times(from, x, None)
        }],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!(
            "−{rate} · softplus({}) · σ({})",
            told(learned),
            told(x)
        )),
        notes: vec![Note::Gated],
        size: contribution.unwrap_or(0.0).abs() * (1.0 + x.unwrap_or(0.0).abs()),
        ..Derived::default()
    })
}

/// `bound · σ(exp(W) · (x + b))`
pub fn bounded(values: &mut Values, spot: &Spot, bound: f64) -> Result {
    let read = gate(values, spot);
    let &[_, head, d] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let layer = values.node(spot).layer;
    let mut number = |role: Role, cell: Vec<usize>| {
        let named = named::by_role(&values.named, layer, role, Param::Weight);
        let cell = named.map(|named| Cell {
            pass: None,
            point: named.point.name.clone(),
            cell,
        });
        let number = match &cell {
            Some(cell) => values.weight(cell)?,
            None => None,
        };
        Ok::<_, SourceError>((cell, number))
    };
    let (by, log) = number(Role::DecayLog, vec![head])?;
    let (_, bias) = number(Role::StepBias, vec![head, d])?;
    let x = values.one(&read)?;
    let inner = x
        .zip(bias)
        .zip(log)
        .map(|((x, bias), log)| log.exp() * (x + bias));
    let from = values.cell(read.pass, read.id, &read.cell);
    // A sum near 0 rounds as its parts do.
    let parts = x.unwrap_or(0.0).abs() + bias.unwrap_or(0.0).abs();
    let rate = log.map_or(1.0, f64::exp);
    Ok(Derived {
        terms: vec![Term {
            by,
            contribution: inner.map(|inner| bound * sigmoid(inner)),
            ..times(from, x, None)
        }],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!(
            "{} · σ(exp({}) · ({} + {}))",
            short(bound),
            told(log),
            told(x),
            told(bias)
        )),
        notes: vec![Note::Gated],
        size: bound.abs() * (rate * parts * (1.0 + log.unwrap_or(0.0).abs())),
        ..Derived::default()
    })
}

/// `σ(x) · √(1 − exp(2 decay))`, and `σ(x)` for the first token of all.
pub fn balance(values: &mut Values, spot: &Spot) -> Result {
    let read = gate(values, spot);
    let x = values.one(&read)?;
    let decay = Spot {
        id: values.input(spot, 1),
        ..spot.clone()
    };
    let is_first = values.passes[spot.pass].start + spot.cell[0] == 0;
    let logarithm = values.one(&decay)?;
    let stays = logarithm.map(|decay| (2.0 * decay).exp());
    let room = if is_first {
        Some(1.0)
    } else {
        stays.map(|stays| (1.0 - stays).sqrt())
    };
    let contribution = x.map(sigmoid).zip(room).map(|(gate, room)| gate * room);
    // A difference from 1 rounds as 1 does.
    let size = match (stays, room) {
        (Some(stays), Some(room)) if !is_first && room > 0.0 => (1.0 + stays) / room,
        _ => 1.0,
    };
    let from = values.cell(read.pass, read.id, &read.cell);
    let by = (!is_first).then(|| values.cell(decay.pass, decay.id, &decay.cell));
    let numbers = if is_first {
        format!("σ({}), the first token", told(x))
    } else {
        format!("σ({}) · √(1 − exp(2 · {}))", told(x), told(logarithm))
    };
    Ok(Derived {
        terms: vec![Term {
            by,
            contribution,
            ..times(from, x, None)
        }],
        formula: Some(values.formula(spot.id)),
        numbers: Some(numbers),
        notes: vec![Note::Gated],
        size,
        ..Derived::default()
    })
}

/// The number that a gate is the sigmoid of.
fn gate(values: &Values, spot: &Spot) -> Spot {
    Spot {
        id: values.input(spot, 0),
        ..spot.clone()
    }
}
