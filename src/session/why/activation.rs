//! Activations, and the gates that multiply them with a second projection.

use super::values::Values;
use super::{Derived, Spot, constant, short, times, told};
use crate::graph::activation::sigmoid;
use crate::graph::arch::Activation;
use crate::graph::named;
use crate::graph::operation::Gate;
use crate::graph::role::{Param, Role, Sign};
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
    let from = values.cell(read.pass, read.id, &read.cell);
    Ok(Derived {
        formula: Some(values.formula(spot.id)),
        ..activation_of(&activation.word(), (from, x), value)
    })
}

/// The activation `value` of `x` as a factor of it.
pub fn activation_of(word: &str, (from, x): (Cell, Option<f64>), value: Option<f64>) -> Derived {
    let weight = x.zip(value).map(|(x, value)| match x {
        0.0 => 0.0,
        x => value / x,
    });
    Derived {
        terms: vec![times(from, x, weight)],
        numbers: Some(format!("{word}({})", told(x))),
        notes: vec![Note::Gated],
        // An activation of a large negative number is what is left of two that cancel out.
        size: x.unwrap_or(0.0).abs(),
        ..Derived::default()
    }
}

/// xIELU with the numbers of its layer (Huang & Schlag 2024).
fn xielu(values: &mut Values, spot: &Spot, x: f64) -> Result<Option<f64>, SourceError> {
    let layer = values.node(spot).layer;
    let mut number = |role: Role| {
        let Some(named) = named::by_role(&values.named, layer, role, Param::Weight) else {
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

/// Point to the number of a whole row, where a gate has one alone.
fn one_of_row(values: &Values, gate: &mut Spot) {
    let width = values.width(gate.pass, gate.id);
    if let Some(last) = gate.cell.last_mut() {
        *last = (*last).min(width.saturating_sub(1));
    }
}

/// `σ(x) ⊙ y`
pub fn weighed(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let [mut gate, read] = [0, 1].map(|i| Spot {
        id: values.input(spot, i),
        ..spot.clone()
    });
    one_of_row(values, &mut gate);
    let (x, y) = (values.one(&gate)?, values.one(&read)?);
    let weight = x.map(sigmoid);
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

pub fn gated(values: &mut Values, spot: &Spot, gate: &Gate) -> Result<Derived, SourceError> {
    let [mut pre, linear] = [0, 1].map(|i| Spot {
        id: values.input(spot, i),
        ..spot.clone()
    });
    one_of_row(values, &mut pre);
    let (x, y) = (values.one(&pre)?, values.one(&linear)?);
    let [pre, linear] = [pre, linear].map(|at| values.cell(at.pass, at.id, &at.cell));
    Ok(Derived {
        formula: Some(values.formula(spot.id)),
        ..gate_of(gate, (pre, x), (linear, y))
    })
}

/// `act(x) · (y + offset)`, both within the clamp.
pub fn gate_of(
    gate: &Gate,
    (pre, x): (Cell, Option<f64>),
    (linear, y): (Cell, Option<f64>),
) -> Derived {
    let read = x.zip(y).map(|(x, y)| gate.clamped(x, y));
    let x_read = read.map(|(x, _)| x).or(x);
    let weight = x_read.and_then(|x| gate.activation.of(x));
    let within = read.map(|(_, y)| y);
    let mut terms = vec![Term {
        by: Some(pre),
        ..times(linear, within, weight)
    }];
    if gate.offset != 0.0 {
        terms.push(Term {
            weight,
            contribution: weight.map(|weight| weight * gate.offset),
            ..constant("offset", gate.offset)
        });
    }
    let second = match gate.offset {
        0.0 => told(within),
        offset => format!("({} + {})", told(within), short(offset)),
    };
    let clamped = gate.clamp.is_some() && read != x.zip(y);
    Derived {
        terms,
        numbers: Some(format!(
            "{}({}) · {second}",
            gate.activation.word(),
            told(x_read)
        )),
        notes: clamped.then_some(Note::Clamped).into_iter().collect(),
        size: read.map_or(0.0, |(x, y)| x.abs() * (y + gate.offset).abs()),
        ..Derived::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_says_where_it_clamps() {
        let gate = Gate {
            activation: Activation::Silu,
            clamp: Some(7.0),
            offset: 1.0,
        };
        let of = |x, y| {
            let cell = || constant("x", 0.0).from;
            gate_of(&gate, (cell(), Some(x)), (cell(), Some(y)))
        };
        // The offset does not round away what the clamp leaves as it is.
        let within = of(0.3, 0.1);
        assert!(within.notes.is_empty());
        assert_eq!(within.terms[0].value, Some(0.1));
        assert_eq!(of(8.0, 0.1).notes, [Note::Clamped]);
        assert_eq!(of(0.3, -7.5).notes, [Note::Clamped]);
    }
}
