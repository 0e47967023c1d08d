//! Exponential gates, their peaks and weights, means of earlier values, and rows mixed with the one before.

use super::recurrence::{appended, at, row_of, weight_at};
use super::values::Values;
use super::{Derived, Spot, constant, times, told};
use crate::graph::NodeId;
use crate::graph::activation::sigmoid;
use crate::graph::role::Param;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

type Result = std::result::Result<Derived, SourceError>;

/// The element of another value at the place of `spot`.
fn beside(values: &Values, spot: &Spot, i: usize) -> Spot {
    let id = values.input(spot, i);
    let axes = values.graph.node(id).shape.len();
    at(spot.pass, id, &spot.cell[..axes.min(spot.cell.len())])
}

/// The element of a value, made of the token before.
fn before(values: &Values, spot: &Spot, id: NodeId) -> Option<Spot> {
    let (token, rest) = spot.cell.split_first()?;
    let here = values.passes[spot.pass].start + token;
    let (pass, row) = row_of(values, spot.pass, here.checked_sub(1))?;
    let axes = values.graph.node(id).shape.len();
    let mut cell = [&[row], rest].concat();
    cell.resize(axes, 0);
    Some(at(pass, id, &cell))
}

/// A term of an element of another value.
fn term(values: &mut Values, spot: &Spot, weight: f64) -> std::result::Result<Term, SourceError> {
    let from = values.cell(spot.pass, spot.id, &spot.cell);
    Ok(times(from, values.one(spot)?, Some(weight)))
}

/// A function of one number, whose share is all of it.
fn function(values: &mut Values, read: &Spot, word: &str, of: impl Fn(f64) -> f64) -> Result {
    let x = values.one(read)?;
    let from = values.cell(read.pass, read.id, &read.cell);
    Ok(Derived {
        terms: vec![Term {
            contribution: x.map(of),
            ..times(from, x, None)
        }],
        numbers: Some(format!("{word}({})", told(x))),
        notes: vec![Note::Gated],
        size: x.unwrap_or(0.0).abs(),
        ..Derived::default()
    })
}

/// `log σ(x)`
pub fn log_sigmoid(values: &mut Values, spot: &Spot) -> Result {
    let read = beside(values, spot, 0);
    let formula = Some(values.formula(spot.id));
    let log = |x: f64| x.min(0.0) - (-x.abs()).exp().ln_1p();
    Ok(Derived {
        formula,
        ..function(values, &read, "log σ", log)?
    })
}

/// `−exp(W)`
pub fn learned(values: &mut Values, spot: &Spot) -> Result {
    let by = weight_at(values, spot, Param::Weight, &spot.cell[1..]);
    let number = match &by {
        Some(by) => values.weight(by)?,
        None => None,
    };
    let term = by.map(|by| Term {
        contribution: number.map(|x| -x.exp()),
        ..times(by, number, None)
    });
    Ok(Derived {
        terms: term.into_iter().collect(),
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("−exp({})", told(number))),
        size: number.map_or(0.0, |x| x.exp() * (1.0 + x.abs())),
        ..Derived::default()
    })
}

/// `max(m[t − 1] + x, y)`
pub fn peak(values: &mut Values, spot: &Spot, first: Option<f64>) -> Result {
    let (forget, x) = (beside(values, spot, 0), beside(values, spot, 1));
    let own = values.one(&x)?;
    let last = before(values, spot, spot.id);
    let held = match &last {
        Some(last) => values.one(last)?,
        None => first,
    };
    let stays = held.zip(values.one(&forget)?).map(|(m, f)| m + f);
    let mut terms = Vec::new();
    if stays.zip(own).is_some_and(|(stays, own)| stays > own) {
        match &last {
            Some(last) => terms.push(term(values, last, 1.0)?),
            None => terms.push(constant("before the first token", first.unwrap_or(0.0))),
        }
        terms.push(term(values, &forget, 1.0)?);
    } else {
        terms.push(term(values, &x, 1.0)?);
    }
    Ok(Derived {
        // Sums over all tokens stand behind it.
        size: stays.unwrap_or(0.0).abs() + own.unwrap_or(0.0).abs(),
        terms,
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("max({}, {})", told(stays), told(own))),
        ..Derived::default()
    })
}

/// `x + m[t − 1] − m[t]`
pub fn falling(values: &mut Values, spot: &Spot, first: Option<f64>) -> Result {
    let (forget, peak) = (beside(values, spot, 0), beside(values, spot, 1));
    let formula = Some(values.formula(spot.id));
    let mut terms = Vec::new();
    match (before(values, spot, peak.id), first) {
        (Some(last), _) => {
            terms.push(term(values, &forget, 1.0)?);
            terms.push(term(values, &last, 1.0)?);
            terms.push(term(values, &peak, -1.0)?);
        }
        (None, Some(first)) => {
            terms.push(term(values, &forget, 1.0)?);
            terms.push(constant("before the first token", first));
            terms.push(term(values, &peak, -1.0)?);
        }
        (None, None) => terms.push(constant("before the first token", 0.0)),
    }
    let (forgotten, most) = (values.one(&forget)?, values.one(&peak)?);
    let size = [forgotten, most].map(|x| x.unwrap_or(0.0).abs());
    Ok(Derived {
        terms,
        formula,
        size: size.iter().sum(),
        ..Derived::default()
    })
}

/// `exp(x − y)`
pub fn exponential(values: &mut Values, spot: &Spot) -> Result {
    let (x, peak) = (beside(values, spot, 0), beside(values, spot, 1));
    let (own, most) = (values.one(&x)?, values.one(&peak)?);
    let value = own.zip(most).map(|(x, m)| (x - m).exp());
    let from = values.cell(x.pass, x.id, &x.cell);
    Ok(Derived {
        terms: vec![Term {
            by: Some(values.cell(peak.pass, peak.id, &peak.cell)),
            contribution: value,
            ..times(from, own, None)
        }],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("exp({} − {})", told(own), told(most))),
        notes: vec![Note::Gated],
        size: value.unwrap_or(0.0) * (1.0 + own.unwrap_or(0.0).abs() + most.unwrap_or(0.0).abs()),
        ..Derived::default()
    })
}

/// `x / (max(|y|, exp(−m)) + ε)`
pub fn bounded(values: &mut Values, spot: &Spot, eps: f64) -> Result {
    let x = beside(values, spot, 0);
    let mut read = beside(values, spot, 1);
    if let Some(last) = read.cell.last_mut() {
        *last = 0;
    }
    let peak = beside(values, spot, 2);
    let (by, most) = (values.one(&read)?, values.one(&peak)?);
    let divisor = by.zip(most).map(|(by, m)| by.abs().max((-m).exp()) + eps);
    let number = values.one(&x)?;
    let from = values.cell(x.pass, x.id, &x.cell);
    let term = Term {
        by: Some(values.cell(read.pass, read.id, &read.cell)),
        ..times(from, number, divisor.map(|d| 1.0 / d))
    };
    Ok(Derived {
        size: term.contribution.unwrap_or(0.0).abs() * (2.0 + most.unwrap_or(0.0).abs()),
        terms: vec![term],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!(
            "{} / (max({}, exp(−{})) + {eps})",
            told(number),
            told(by.map(f64::abs)),
            told(most)
        )),
        notes: vec![Note::FrozenScale],
        ..Derived::default()
    })
}

/// `σ(x + W − log(w[t − 1]) − m[t − 1])`
pub fn own(values: &mut Values, spot: &Spot) -> Result {
    let x = beside(values, spot, 0);
    let bonus = weight_at(values, spot, Param::Weight, &spot.cell[1..]);
    let more = match &bonus {
        Some(bonus) => values.weight(bonus)?,
        None => None,
    };
    let number = values.one(&x)?;
    let formula = Some(values.formula(spot.id));
    let [weights, peak] = [1, 2].map(|i| values.input(spot, i));
    let places = before(values, spot, weights).zip(before(values, spot, peak));
    let Some((weights, peak)) = places else {
        return Ok(Derived {
            terms: vec![constant("the first token", 1.0)],
            formula,
            ..Derived::default()
        });
    };
    let others = match (values.one(&weights)?, values.one(&peak)?) {
        (Some(weight), Some(peak)) => Some(weight.ln() + peak),
        _ => None,
    };
    let sum = number.zip(more).zip(others).map(|((x, b), o)| x + b - o);
    let from = values.cell(x.pass, x.id, &x.cell);
    Ok(Derived {
        terms: vec![Term {
            by: bonus,
            contribution: sum.map(sigmoid),
            ..times(from, number, None)
        }],
        formula,
        numbers: Some(format!(
            "σ({} + {} − {})",
            told(number),
            told(more),
            told(others)
        )),
        notes: vec![Note::Gated],
        size: 1.0 + number.unwrap_or(0.0).abs() + others.unwrap_or(0.0).abs(),
        ..Derived::default()
    })
}

/// `own ⊙ v + (1 − own) ⊙ S[t − 1] / w[t − 1]`
pub fn mean(values: &mut Values, spot: &Spot) -> Result {
    let (share, v) = (beside(values, spot, 0), beside(values, spot, 1));
    let own = values.one(&share)?;
    let by = values.cell(share.pass, share.id, &share.cell);
    let from = values.cell(v.pass, v.id, &v.cell);
    let mut terms = vec![Term {
        by: Some(by),
        ..times(from, values.one(&v)?, own)
    }];
    let [states, weights] = [2, 3].map(|i| values.input(spot, i));
    let place = |values: &Values, id| {
        let own = Spot {
            cell: spot.cell[..2].to_vec(),
            ..spot.clone()
        };
        before(values, &own, id)
    };
    if let Some((state, weight)) = place(values, states).zip(place(values, weights)) {
        let by = values.one(&weight)?;
        let factor = own.zip(by).map(|(own, by)| (1.0 - own) / by);
        let from = values.cell(state.pass, state.id, &state.cell);
        terms.push(Term {
            by: Some(values.cell(weight.pass, weight.id, &weight.cell)),
            ..times(from, values.one(&state)?, factor)
        });
    }
    let size = terms.iter().filter_map(|term| term.contribution);
    let mean = terms.get(1).and_then(|term| term.value);
    Ok(Derived {
        // A difference from 1 rounds as 1 does.
        size: size.map(f64::abs).sum::<f64>() + mean.unwrap_or(0.0).abs(),
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// `x ⊙ W + x[token − 1] ⊙ (1 − W)`
pub fn shifted(values: &mut Values, spot: &Spot) -> Result {
    let x = beside(values, spot, 0);
    let by = weight_at(values, spot, Param::Weight, &spot.cell[1..]);
    let share = match &by {
        Some(by) => values.weight(by)?,
        None => None,
    };
    let from = values.cell(x.pass, x.id, &x.cell);
    let mut terms = vec![Term {
        by: by.clone(),
        ..times(from, values.one(&x)?, share)
    }];
    if let Some(last) = before(values, spot, x.id) {
        let from = values.cell(last.pass, last.id, &last.cell);
        terms.push(Term {
            by,
            ..times(from, values.one(&last)?, share.map(|share| 1.0 - share))
        });
    }
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// The pattern of states of one number: what is left at the query of the share that the key was written with. Where the
/// query has a share of its own, earlier keys are left the rest of 1.
pub fn pattern(values: &mut Values, spot: &Spot) -> Result {
    let &[head, query, key] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let formula = Some(values.formula(spot.id));
    let here = values.passes[spot.pass].start + query;
    let inputs = values.node(spot).inputs.clone();
    let (Some(decay), Some(share)) = (inputs.get(2), inputs.get(3)) else {
        return Ok(Derived::default());
    };
    let [decay, share] = [decay, share].map(|id| appended(values, *id));
    let own = match inputs.get(4) {
        Some(own) => {
            let place = at(spot.pass, *own, &[query, head]);
            if key == here {
                return Ok(Derived {
                    terms: vec![term(values, &place, 1.0)?],
                    formula,
                    ..Derived::default()
                });
            }
            Some(values.one(&place)?)
        }
        None => None,
    };
    // A query with a share of its own reads the state of the token before.
    let until = here + 1 - usize::from(own.is_some());
    let mut left = 0.0;
    let mut all = Vec::new();
    for token in (0..until).rev() {
        let Some((pass, row)) = row_of(values, spot.pass, Some(token)) else {
            return Ok(Derived::default());
        };
        let place = at(pass, share, &[row, head]);
        let (number, fades) = (
            values.one(&place)?,
            values.one(&at(pass, decay, &[row, head]))?,
        );
        all.push((token, place, number, f64::exp(left)));
        left += fades.unwrap_or(f64::NAN);
    }
    let (rest, most) = match own {
        Some(own) => {
            let sum: Option<f64> = all.iter().map(|(.., x, left)| x.map(|x| x * left)).sum();
            (
                own.zip(sum).map(|(own, sum)| (1.0 - own) / sum),
                sum.map(|sum| 1.0 / sum),
            )
        }
        None => (Some(1.0), None),
    };
    let Some((_, place, number, left)) = all.into_iter().find(|(token, ..)| *token == key) else {
        return Ok(Derived::default());
    };
    let from = values.cell(place.pass, place.id, &place.cell);
    let found = times(from, number, rest.map(|rest| rest * left));
    let whole = number.zip(most).map(|(x, most)| x * left * most);
    Ok(Derived {
        // Logarithms round before the exponential, and what is left of 1 as 1 does.
        size: found.contribution.unwrap_or(0.0).abs() * 8.0 + whole.unwrap_or(0.0).abs(),
        terms: vec![found],
        formula,
        ..Derived::default()
    })
}
