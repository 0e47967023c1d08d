//! Activations, and the gates that multiply them with a second projection.

use super::values::Values;
use super::{Derived, Spot, constant, short, times};
use crate::graph::arch::Activation;
use crate::graph::named::Named;
use crate::graph::operation::Gate;
use crate::graph::role::{Role, Sign};
use crate::trace::operands::Cell;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

pub fn activated(
    values: &mut Values,
    spot: &Spot,
    activation: Activation,
) -> Result<Derived, SourceError> {
    let read = Spot {
        id: values.input(spot, 0),
        ..spot.clone()
    };
    let x = values.one(&read)?;
    // The factor that the number itself decides.
    let value = match (x, activation) {
        (Some(x), Activation::Xielu) => xielu(values, spot, x)?,
        (x, activation) => x.and_then(|x| activation.of(x)),
    };
    let weight = x.zip(value).map(|(x, value)| match x {
        0.0 => 0.0,
        x => value / x,
    });
    let told = x.map_or("·".to_owned(), short);
    Ok(Derived {
        terms: vec![times(
            values.cell(read.pass, read.id, &read.cell),
            x,
            weight,
        )],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("{}({told})", activation.word())),
        notes: vec![Note::Gated],
        // An activation of a large negative number is what is left of two that cancel out.
        size: x.unwrap_or(0.0).abs(),
        ..Derived::default()
    })
}

/// xIELU with the numbers of its layer (Huang & Schlag 2024).
fn xielu(values: &mut Values, spot: &Spot, x: f64) -> Result<Option<f64>, SourceError> {
    let layer = values.node(spot).layer;
    let mut number = |role: Role| {
        let own = |named: &&Named| (named.layer, named.role) == (layer, role);
        let Some(named) = values.named.iter().find(own) else {
            return Ok(None);
        };
        let cell = Cell {
            pass: None,
            point: named.point.name.clone(),
            cell: vec![0; named.point.shape.len()],
        };
        values.weight(&cell)
    };
    let beta = number(Role::ActivationBeta)?;
    let eps = number(Role::ActivationEps)?;
    let softplus = |x: f64| x.exp().ln_1p();
    let above = number(Role::ActivationAlpha(Sign::Above))?.map(softplus);
    let below = number(Role::ActivationAlpha(Sign::Below))?.map(softplus);
    let (Some(beta), Some(eps), Some(above), Some(below)) = (beta, eps, above, below) else {
        return Ok(None);
    };
    Ok(Some(if x > 0.0 {
        above * x * x + beta * x
    } else {
        (x.min(eps).exp_m1() - x) * (below + beta) + beta * x
    }))
}

/// `σ(x) ⊙ y`
pub fn weighed(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let [mut gate, read] = [0, 1].map(|i| Spot {
        id: values.input(spot, i),
        ..spot.clone()
    });
    // One number may be that of a whole row.
    let width = values.width(spot.pass, gate.id);
    if let Some(last) = gate.cell.last_mut() {
        *last = (*last).min(width.saturating_sub(1));
    }
    let (x, y) = (values.one(&gate)?, values.one(&read)?);
    let weight = x.map(|x| 1.0 / (1.0 + (-x).exp()));
    let told = |x: Option<f64>| x.map_or("·".to_owned(), short);
    Ok(Derived {
        terms: vec![Term {
            by: Some(values.cell(gate.pass, gate.id, &gate.cell)),
            ..times(values.cell(read.pass, read.id, &read.cell), y, weight)
        }],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("σ({}) · {}", told(x), told(y))),
        ..Derived::default()
    })
}

/// The term of a gate's offset.
pub fn offset_of(gate: &Gate, weight: Option<f64>) -> Option<Term> {
    let mut offset = constant("offset", gate.offset);
    offset.weight = weight;
    offset.contribution = weight.map(|weight| weight * gate.offset);
    (gate.offset != 0.0).then_some(offset)
}

pub fn gated(values: &mut Values, spot: &Spot, gate: &Gate) -> Result<Derived, SourceError> {
    let [pre, linear] = [0, 1].map(|i| Spot {
        id: values.input(spot, i),
        ..spot.clone()
    });
    let (x, y) = (values.one(&pre)?, values.one(&linear)?);
    let read = x.zip(y).map(|(x, y)| gate.read(x, y));
    let weight = match read {
        Some((x, _)) => gate.activation.of(x),
        None => x.and_then(|x| gate.activation.of(x)),
    };
    let within = read.map(|(_, y)| y - gate.offset);
    let mut terms = vec![Term {
        by: Some(values.cell(pre.pass, pre.id, &pre.cell)),
        ..times(
            values.cell(linear.pass, linear.id, &linear.cell),
            within,
            weight,
        )
    }];
    terms.extend(offset_of(gate, weight));
    let told = |x: Option<f64>| x.map_or("·".to_owned(), short);
    let word = gate.activation.word();
    let second = match gate.offset {
        0.0 => told(within),
        offset => format!("({} + {})", told(within), short(offset)),
    };
    let size = read.map_or(0.0, |(x, y)| x.abs() * y.abs());
    let mut notes = Vec::new();
    if read.is_some_and(|(a, b)| (Some(a), Some(b - gate.offset)) != (x, y)) && gate.clamp.is_some()
    {
        notes.push(Note::Clamped);
    }
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!(
            "{word}({}) · {second}",
            told(read.map(|r| r.0).or(x))
        )),
        notes,
        size,
        ..Derived::default()
    })
}
