//! Recurrent mixers and convolutions: what a token writes, what its state keeps, what a query reads, and the pattern
//! that all of it equals.

use super::values::Values;
use super::{Derived, Spot, constant, peaks, short, times, told};
use crate::graph::NodeId;
use crate::graph::activation::sigmoid;
use crate::graph::arch::Activation;
use crate::graph::operation::Operation;
use crate::graph::recurrence::Write;
use crate::graph::role::Param;
use crate::trace::operands::Cell;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

type Result = std::result::Result<Derived, SourceError>;

/// The pass and the row of the token at this place of the text; `None` before the first.
pub(super) fn row_of(values: &Values, pass: usize, at: Option<usize>) -> Option<(usize, usize)> {
    let at = at?;
    let passes = &values.passes[..=pass];
    let pass = passes.iter().rposition(|pass| pass.start <= at)?;
    Some((pass, at - passes[pass].start))
}

/// The value that a state's node appends to.
pub(super) fn appended(values: &Values, id: NodeId) -> NodeId {
    let node = values.graph.node(id);
    if node.operation.leaves_state() {
        node.inputs[0]
    } else {
        id
    }
}

/// Whether a value is the number 1.
fn is_one(values: &Values, id: NodeId) -> bool {
    values.graph.node(id).operation == Operation::Ones
}

/// The group of a head.
fn group(values: &Values, id: NodeId, heads: NodeId, head: usize) -> usize {
    let count = |id: NodeId| values.graph.node(id).shape[1].length(0, 0);
    head * count(id) / count(heads).max(1)
}

pub(super) fn at(pass: usize, id: NodeId, cell: &[usize]) -> Spot {
    Spot {
        pass,
        id,
        cell: cell.to_vec(),
    }
}

/// The place of an element of a node's weight or bias.
pub(super) fn weight_at(
    values: &Values,
    spot: &Spot,
    param: Param,
    cell: &[usize],
) -> Option<Cell> {
    let named = values.named(values.node(spot), param)?;
    let axes = named.point.shape.len().min(cell.len());
    Some(Cell {
        pass: None,
        point: named.point.name.clone(),
        cell: cell[..axes].to_vec(),
    })
}

/// `act(Σ W[j] · x[token − width + 1 + j] + b)`
pub fn convolved(
    values: &mut Values,
    spot: &Spot,
    (width, apart): (usize, usize),
    activation: Option<Activation>,
) -> Result {
    let (&token, channel) = match spot.cell.split_first() {
        Some(split) => split,
        None => return Ok(Derived::default()),
    };
    let x = values.input(spot, 0);
    let here = values.passes[spot.pass].start + token;
    let mut terms = Vec::new();
    for tap in 0..width {
        let before = here.checked_sub((width - 1 - tap) * apart);
        let Some((pass, row)) = row_of(values, spot.pass, before) else {
            continue;
        };
        let place = at(pass, x, &[&[row], channel].concat());
        let by = weight_at(values, spot, Param::Weight, &[channel, &[tap]].concat());
        let weight = match &by {
            Some(by) => values.weight(by)?,
            None => None,
        };
        let from = values.cell(pass, x, &place.cell);
        terms.push(Term {
            by,
            ..times(from, values.one(&place)?, weight)
        });
    }
    if let Some(bias) = weight_at(values, spot, Param::Bias, channel) {
        let number = values.weight(&bias)?;
        terms.push(times(bias, number, Some(1.0)));
    }
    let formula = Some(values.formula(spot.id));
    let Some(activation) = activation else {
        return Ok(Derived {
            terms,
            formula,
            ..Derived::default()
        });
    };
    let sum: Option<f64> = terms.iter().map(|term| term.contribution).sum();
    Ok(Derived {
        formula,
        numbers: Some(format!("{}({})", activation.word(), told(sum))),
        ..bent(terms, sum.and_then(|sum| activation.of(sum)))
    })
}

/// Terms that sum to a number, each by the factor between `value` and that number.
fn bent(mut terms: Vec<Term>, value: Option<f64>) -> Derived {
    let sum: Option<f64> = terms.iter().map(|term| term.contribution).sum();
    let size: f64 = terms
        .iter()
        .filter_map(|t| t.contribution)
        .map(f64::abs)
        .sum();
    let factor = sum
        .zip(value)
        .map(|(sum, value)| if sum == 0.0 { 0.0 } else { value / sum });
    for term in &mut terms {
        term.weight = term.weight.zip(factor).map(|(w, f)| w * f);
        term.contribution = term.contribution.zip(factor).map(|(c, f)| c * f);
    }
    if sum == Some(0.0) && value.is_some_and(|value| value != 0.0) {
        terms.push(constant("at 0", value.unwrap_or_default()));
    }
    Derived {
        terms,
        notes: vec![Note::Gated],
        size: size + value.unwrap_or(0.0).abs(),
        ..Derived::default()
    }
}

/// `x / √(Σx² + ε) · scale`
pub fn unit(values: &mut Values, spot: &Spot, eps: f64, scale: f64) -> Result {
    let Some((&last, first)) = spot.cell.split_last() else {
        return Ok(Derived::default());
    };
    let x = values.input(spot, 0);
    let row = values.row(spot.pass, x, first)?;
    let length = row
        .as_ref()
        .map(|row| (row.iter().map(|x| x * x).sum::<f64>() + eps).sqrt());
    let number = row.as_ref().and_then(|row| row.get(last).copied());
    let from = values.cell(spot.pass, x, &spot.cell);
    let term = times(from, number, length.map(|length| scale / length));
    Ok(Derived {
        size: 2.0 * term.contribution.unwrap_or(0.0).abs(),
        terms: vec![term],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!(
            "{} / {} · {}",
            told(number),
            told(length),
            short(scale)
        )),
        notes: vec![Note::FrozenScale],
        ..Derived::default()
    })
}

/// `softplus(x + b)` within bounds.
pub fn step(values: &mut Values, spot: &Spot, (least, most): (f64, Option<f64>)) -> Result {
    let read = Spot {
        id: values.input(spot, 0),
        ..spot.clone()
    };
    let from = values.cell(read.pass, read.id, &read.cell);
    let mut terms = vec![times(from, values.one(&read)?, Some(1.0))];
    if let Some(bias) = weight_at(values, spot, Param::Weight, &spot.cell[1..]) {
        let number = values.weight(&bias)?;
        terms.push(times(bias, number, Some(1.0)));
    }
    let sum: Option<f64> = terms.iter().map(|term| term.contribution).sum();
    // A large number is its own softplus, as in libtorch.
    let softplus = |x: f64| if x > 20.0 { x } else { x.exp().ln_1p() };
    let value = sum.map(|sum| softplus(sum).max(least).min(most.unwrap_or(f64::INFINITY)));
    Ok(Derived {
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("softplus({})", told(sum))),
        ..bent(terms, value)
    })
}

/// `−exp(W) · step`
pub fn decay(values: &mut Values, spot: &Spot) -> Result {
    let step = values.input(spot, 0);
    let axes = values.graph.node(step).shape.len();
    let place = at(spot.pass, step, &spot.cell[..axes]);
    let by = weight_at(values, spot, Param::Weight, &spot.cell[1..]);
    let log = match &by {
        Some(by) => values.weight(by)?,
        None => None,
    };
    let from = values.cell(spot.pass, step, &place.cell);
    let number = values.one(&place)?;
    let term = times(from, number, log.map(|log| -log.exp()));
    Ok(Derived {
        // An exponential rounds by as much as its argument is large.
        size: term.contribution.unwrap_or(0.0).abs() * (1.0 + log.unwrap_or(0.0).abs()),
        terms: vec![term],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("−exp({}) · {}", told(log), told(number))),
        ..Derived::default()
    })
}

/// The logarithm of a factor that is fixed.
pub fn fixed_decay(values: &Values, spot: &Spot, slopes: &[f64]) -> Derived {
    let slope = spot.cell.get(1).and_then(|head| slopes.get(*head));
    Derived {
        terms: vec![constant("slope", -slope.copied().unwrap_or(0.0))],
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    }
}

/// `σ(x) · scale`
pub fn sigmoids(values: &mut Values, spot: &Spot, scale: f64) -> Result {
    let read = Spot {
        id: values.input(spot, 0),
        ..spot.clone()
    };
    let x = values.one(&read)?;
    let from = values.cell(read.pass, read.id, &read.cell);
    Ok(Derived {
        terms: vec![Term {
            contribution: x.map(|x| sigmoid(x) * scale),
            ..times(from, x, None)
        }],
        formula: Some(values.formula(spot.id)),
        numbers: Some(format!("σ({}) · {}", told(x), short(scale))),
        notes: vec![Note::Gated],
        size: scale * x.unwrap_or(0.0).abs().min(1.0),
        ..Derived::default()
    })
}

/// `x ⊙ y`
pub fn product(values: &mut Values, spot: &Spot) -> Result {
    let [x, y] = [0, 1].map(|i| values.input(spot, i));
    let axes = values.graph.node(y).shape.len().min(spot.cell.len());
    let by = at(spot.pass, y, &spot.cell[..axes]);
    let read = at(spot.pass, x, &spot.cell);
    let weight = values.one(&by)?;
    let from = values.cell(spot.pass, x, &read.cell);
    Ok(Derived {
        terms: vec![Term {
            by: Some(values.cell(spot.pass, y, &by.cell)),
            ..times(from, values.one(&read)?, weight)
        }],
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// `x + W ⊙ y`
pub fn skip(values: &mut Values, spot: &Spot) -> Result {
    let [x, y] = [0, 1].map(|i| Spot {
        id: values.input(spot, i),
        ..spot.clone()
    });
    let by = weight_at(values, spot, Param::Weight, &spot.cell[1..]);
    let weight = match &by {
        Some(by) => values.weight(by)?,
        None => None,
    };
    let [from, more] = [&x, &y].map(|at| values.cell(at.pass, at.id, &at.cell));
    let terms = vec![
        times(from, values.one(&x)?, Some(1.0)),
        Term {
            by,
            ..times(more, values.one(&y)?, weight)
        },
    ];
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// The states of the recurrence that a write or a state belongs to.
fn states_of(values: &Values, id: NodeId) -> NodeId {
    let mut nodes = values.graph.nodes();
    let reads = |inputs: &[NodeId]| inputs.get(1) == Some(&id) && inputs.len() == 4;
    let found = nodes.find(|(_, node)| reads(&node.inputs) && node.operation == Operation::Recur);
    found.map_or(id, |(id, _)| id)
}

/// The factor by which the state before a token fades, and its place.
fn fading(
    values: &mut Values,
    decay: NodeId,
    pass: usize,
    cell: &[usize],
) -> std::result::Result<(Cell, Option<f64>), SourceError> {
    let axes = values.graph.node(decay).shape.len();
    let place = at(pass, decay, &cell[..axes]);
    let factor = values.one(&place)?.map(f64::exp);
    Ok((values.cell(pass, decay, &place.cell), factor))
}

/// `exp(decay) · S + k ⊗ u`
pub fn state(values: &mut Values, spot: &Spot) -> Result {
    let &[token, head, row, column] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let [k, u, decay] = [0, 1, 2].map(|i| values.input(spot, i));
    let (by, factor) = fading(values, decay, spot.pass, &[token, head, row])?;
    let mut terms = Vec::new();
    let here = values.passes[spot.pass].start + token;
    if let Some((pass, before)) = row_of(values, spot.pass, here.checked_sub(1)) {
        let place = at(pass, spot.id, &[before, head, row, column]);
        let from = values.cell(pass, spot.id, &place.cell);
        let number = values.one(&place)?;
        terms.push(Term {
            by: Some(by),
            ..times(from, number, factor)
        });
    }
    let key = at(spot.pass, k, &[token, group(values, k, u, head), row]);
    // The weights that values are written with are written themselves.
    let write = match values.graph.node(u).inputs[..] {
        [ones, share] if is_one(values, ones) => at(spot.pass, share, &[token, head]),
        _ => at(spot.pass, u, &[token, head, column]),
    };
    let u = write.id;
    let weight = values.one(&key)?;
    terms.push(Term {
        by: (!is_one(values, k)).then(|| values.cell(spot.pass, k, &key.cell)),
        ..times(
            values.cell(spot.pass, u, &write.cell),
            values.one(&write)?,
            weight,
        )
    });
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// `β ⊙ (v − k · exp(decay) S)`
pub fn delta(values: &mut Values, spot: &Spot) -> Result {
    let &[token, head, column] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let [k, v, beta, decay] = [0, 1, 2, 3].map(|i| values.input(spot, i));
    let share = values.one(&at(spot.pass, beta, &[token, head]))?;
    let value = at(spot.pass, v, &spot.cell);
    let mut terms = vec![Term {
        by: Some(values.cell(spot.pass, beta, &[token, head])),
        ..times(
            values.cell(spot.pass, v, &value.cell),
            values.one(&value)?,
            share,
        )
    }];
    let states = states_of(values, spot.id);
    let here = values.passes[spot.pass].start + token;
    if let Some((pass, before)) = row_of(values, spot.pass, here.checked_sub(1)) {
        let own = group(values, k, v, head);
        for row in 0..values.width(spot.pass, k) {
            let (_, factor) = fading(values, decay, spot.pass, &[token, head, row])?;
            let key = at(spot.pass, k, &[token, own, row]);
            let held = at(pass, states, &[before, head, row, column]);
            let key_value = values.one(&key)?;
            let weight = key_value
                .zip(factor)
                .zip(share)
                .map(|((k, f), b)| -k * f * b);
            terms.push(Term {
                by: Some(values.cell(spot.pass, k, &key.cell)),
                ..times(
                    values.cell(pass, states, &held.cell),
                    values.one(&held)?,
                    weight,
                )
            });
        }
    }
    let size = terms
        .iter()
        .filter_map(|term| term.contribution)
        .map(f64::abs);
    Ok(Derived {
        size: size.sum(),
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// `q · S`
pub fn read(values: &mut Values, spot: &Spot) -> Result {
    let &[token, head, column] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let [q, states] = [0, 1].map(|i| values.input(spot, i));
    let own = group(values, q, states, head);
    let mut terms = Vec::new();
    for row in 0..values.width(spot.pass, q) {
        let query = at(spot.pass, q, &[token, own, row]);
        let held = at(spot.pass, states, &[token, head, row, column]);
        let weight = values.one(&query)?;
        terms.push(Term {
            by: (!is_one(values, q)).then(|| values.cell(spot.pass, q, &query.cell)),
            ..times(
                values.cell(spot.pass, states, &held.cell),
                values.one(&held)?,
                weight,
            )
        });
    }
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        ..Derived::default()
    })
}

/// `q·k` times what is left at the query of what the key wrote, less what later tokens wrote over.
pub fn unrolled(values: &mut Values, spot: &Spot, write: Write) -> Result {
    let &[head, query, key] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let formula = Some(values.formula(spot.id));
    let here = values.passes[spot.pass].start + query;
    if key > here {
        return Ok(Derived {
            terms: vec![constant("later", 0.0)],
            formula,
            ..Derived::default()
        });
    }
    let [q, keys, decays] = [0, 1, 2].map(|i| values.input(spot, i));
    let [k, decay] = [keys, decays].map(|id| appended(values, id));
    let own = group(values, q, decay, head);
    if is_one(values, q) {
        return peaks::pattern(values, spot);
    }
    let share = match values.node(spot).inputs.get(3) {
        Some(share) => {
            let share = appended(values, *share);
            let Some((pass, row)) = row_of(values, spot.pass, Some(key)) else {
                return Ok(Derived::default());
            };
            values.one(&at(pass, share, &[row, head]))?
        }
        None => Some(1.0),
    };
    // The share of what `key` wrote that is left at each token from `key` on, as logarithms: of each row of the state,
    // or one of all.
    let mut left: Vec<Option<Vec<f64>>> = vec![Some(vec![0.0; values.width(spot.pass, q)])];
    for token in key + 1..=here {
        let Some((pass, row)) = row_of(values, spot.pass, Some(token)) else {
            return Ok(Derived::default());
        };
        let fades = values.row(pass, decay, &[row, head])?;
        let last = left.last().cloned().flatten();
        left.push(last.zip(fades).map(|(mut left, fades)| {
            let all = fades.iter().cycle();
            left.iter_mut().zip(all).for_each(|(a, b)| *a += b);
            left
        }));
    }
    // The share of row d that is left at the token `after` the key.
    let stays = |after: usize, d: usize| left[after].as_ref().map(|left| left[d].exp());
    let key_of = |values: &mut Values, token: usize| {
        let found = row_of(values, spot.pass, Some(token));
        let (pass, row) = found.unwrap_or((spot.pass, 0));
        let row = values.row(pass, k, &[row, own])?;
        Ok::<_, SourceError>((pass, row))
    };
    let Some((pass, row)) = row_of(values, spot.pass, Some(key)) else {
        return Ok(Derived::default());
    };
    let (_, own_key) = key_of(values, key)?;
    let queries = values.row(spot.pass, q, &[query, own])?;
    let mut terms = Vec::new();
    for d in 0..values.width(spot.pass, q) {
        let number = |row: &Option<Vec<f64>>| row.as_ref().and_then(|row| row.get(d).copied());
        let factor = stays(here - key, d)
            .zip(share)
            .map(|(left, share)| left * share);
        let weight = number(&queries).zip(factor).map(|(q, f)| q * f);
        terms.push(Term {
            by: Some(values.cell(spot.pass, q, &[query, own, d])),
            ..times(
                values.cell(pass, k, &[row, own, d]),
                number(&own_key),
                weight,
            )
        });
    }
    if let Write::Delta(_) = write {
        for token in key + 1..=here {
            let place = at(spot.pass, spot.id, &[head, query, token]);
            let read = values.one(&place)?;
            let (_, later) = key_of(values, token)?;
            let pairs = own_key.as_ref().zip(later.as_ref());
            let alike = pairs.map(|(a, b)| {
                let products = a.iter().zip(b).enumerate();
                products.map(|(d, (a, b))| a * b * stays(token - key, d).unwrap_or(0.0))
            });
            let size = alike.clone().map(|all| all.map(f64::abs).sum::<f64>());
            let weight = alike
                .map(Iterator::sum::<f64>)
                .zip(share)
                .map(|(alike, share)| -alike * share);
            let from = values.cell(spot.pass, spot.id, &place.cell);
            terms.push(Term {
                size: size
                    .zip(share)
                    .zip(read)
                    .map(|((size, share), read)| (size * share * read).abs()),
                ..times(from, read, weight)
            });
        }
    }
    let size = terms
        .iter()
        .filter_map(|term| term.size.or(term.contribution));
    Ok(Derived {
        // The logarithms round before the exponential.
        size: size.map(f64::abs).sum::<f64>() * 2.0,
        terms,
        formula,
        ..Derived::default()
    })
}
