//! Softmax: a share is 1 less the shares of all others. The shares of experts, and which of them are chosen.

use super::values::Values;
use super::{Derived, Spot, short, times};
use crate::graph::activation::sigmoid as sigmoid_of;
use crate::graph::arch;
use crate::graph::role::Param;
use crate::trace::operands::Cell;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

/// The size of what rounds in a share.
pub const ROUNDS: f64 = 4.0;

/// One score of a softmax.
struct Score {
    from: Cell,
    number: Option<f64>,
    own: bool,
}

/// The number that a score counts by.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Exponential,
    Sigmoid,
    SqrtSoftplus,
}

impl By {
    /// The number of a score; `most` is the largest of all.
    fn weigh(self, x: f64, most: f64) -> f64 {
        match self {
            By::Exponential => (x - most).exp(),
            By::Sigmoid => sigmoid_of(x),
            By::SqrtSoftplus => (x.max(0.0) + (-x.abs()).exp().ln_1p()).sqrt(),
        }
    }

    fn written(self, x: f64) -> String {
        let x = short(x);
        match self {
            By::Exponential => format!("e^{x}"),
            By::Sigmoid => format!("σ({x})"),
            By::SqrtSoftplus => format!("√softplus({x})"),
        }
    }
}

/// `e^own / (e^own + e^other + …)` as 1 less the others' shares.
fn shares(scores: Vec<Score>, by: By) -> Derived {
    let known: Option<Vec<f64>> = scores.iter().map(|score| score.number).collect();
    let most = known
        .iter()
        .flatten()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let weigh = |x: f64| by.weigh(x, most);
    let all: Option<f64> = known.map(|all| all.iter().map(|x| weigh(*x)).sum());
    let terms = scores.into_iter().map(|score| {
        let weight = score.number.map(weigh);
        let share = weight.zip(all).map(|(e, all)| e / all);
        Term {
            contribution: if score.own {
                share.map(|_| 1.0)
            } else {
                share.map(|share| -share)
            },
            from: score.from,
            value: score.number,
            by: None,
            weight,
            size: None,
        }
    });
    // A masked score has no share at all.
    let seen = |term: &Term| term.value != Some(f64::NEG_INFINITY);
    let terms: Vec<Term> = terms.filter(seen).collect();
    let own = terms.iter().find(|term| term.contribution == Some(1.0));
    let written = |x: f64| by.written(x);
    let own = own.and_then(|term| term.value).map(written);
    let mut others: Vec<f64> = (terms.iter())
        .filter(|term| term.contribution != Some(1.0))
        .filter_map(|term| term.value)
        .collect();
    others.sort_by(|a, b| b.total_cmp(a));
    let mut below: Vec<String> = others.iter().take(2).map(|x| written(*x)).collect();
    if others.len() > 2 {
        below.push("…".into());
    }
    let numbers = own.map(|own| {
        if below.is_empty() {
            format!("{own} / {own}")
        } else {
            format!("{own} / ({own} + {})", below.join(" + "))
        }
    });
    Derived {
        terms,
        numbers,
        notes: vec![Note::Others],
        ..Derived::default()
    }
}

pub fn pattern(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let (&[head, query, key], read) = (&spot.cell[..], values.input(spot, 0)) else {
        return Ok(Derived::default());
    };
    let formula = Some(values.formula(spot.id));
    let row = values.row(spot.pass, read, &[head, query])?;
    let tokens = values.passes[spot.pass].tokens.len();
    let count = row.as_ref().map_or(tokens, Vec::len);
    let number = |i: usize| row.as_ref().and_then(|row| row.get(i).copied());
    if number(key) == Some(f64::NEG_INFINITY) {
        return Ok(Derived {
            formula,
            numbers: Some("e^−∞".into()),
            notes: vec![Note::Masked],
            ..Derived::default()
        });
    }
    let scores = (0..count).map(|i| Score {
        from: values.cell(spot.pass, read, &[head, query, i]),
        number: number(i),
        own: i == key,
    });
    let mut scores: Vec<Score> = scores.collect();
    let sink = values.named(values.node(spot), Param::Weight);
    if let Some(sink) = sink {
        let from = Cell {
            pass: None,
            point: sink.point.name.clone(),
            cell: vec![head],
        };
        scores.push(Score {
            number: values.weight(&from)?,
            from,
            own: false,
        });
    }
    Ok(Derived {
        formula,
        ..shares(scores, By::Exponential)
    })
}

/// The share of an expert in a token's output.
pub fn share(
    values: &mut Values,
    spot: &Spot,
    score: arch::Score,
    (renormalise, scale): (bool, f64),
) -> Result<Derived, SourceError> {
    let &[token, expert] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let (logits, chosen) = (values.input(spot, 0), values.input(spot, 1));
    let formula = Some(values.formula(spot.id));
    let row = values.row(spot.pass, logits, &[token])?;
    let chosen = values.row(spot.pass, chosen, &[token])?;
    let chosen: Vec<usize> = match chosen {
        Some(chosen) => chosen.iter().map(|i| *i as usize).collect(),
        None => vec![expert],
    };
    if !chosen.contains(&expert) {
        return Ok(Derived {
            formula,
            numbers: Some("0".into()),
            notes: vec![Note::NotChosen],
            ..Derived::default()
        });
    }
    let all = 0..values.width(spot.pass, logits);
    let by = match score {
        arch::Score::Sigmoid | arch::Score::Logit => By::Sigmoid,
        arch::Score::SqrtSoftplus => By::SqrtSoftplus,
        arch::Score::Softmax | arch::Score::SparseMixer(_) => By::Exponential,
    };
    let alone = by != By::Exponential;
    let among: Vec<usize> = match (score, &row) {
        (arch::Score::SparseMixer(near), Some(row)) => beside(row, &chosen, expert, near),
        _ if renormalise => chosen,
        _ if alone => vec![expert],
        _ => all.collect(),
    };
    let number = |i: usize| row.as_ref().and_then(|row| row.get(i).copied());
    let scores = among.iter().map(|&i| Score {
        from: values.cell(spot.pass, logits, &[token, i]),
        number: number(i),
        own: i == expert,
    });
    let mut derived = shares(scores.collect(), by);
    if alone && !renormalise {
        // A score of its own, without others.
        for term in &mut derived.terms {
            term.contribution = term.weight;
        }
        derived.notes = vec![Note::Gated];
        derived.numbers = number(expert).map(|x| by.written(x));
    }
    let node = values.node(spot).clone();
    let own = values.named(&node, Param::Weight).map(|named| Cell {
        pass: None,
        point: named.point.name.clone(),
        cell: vec![expert],
    });
    let own = match own {
        Some(cell) => values.weight(&cell)?,
        None => Some(1.0),
    };
    let scale = own.map(|own| own * scale);
    if scale != Some(1.0) {
        for term in &mut derived.terms {
            term.contribution = term.contribution.zip(scale).map(|(x, scale)| x * scale);
        }
        derived.notes.push(Note::Scaled);
    }
    Ok(Derived { formula, ..derived })
}

/// The experts that a chosen one shares with: not those chosen before it, nor those whose scores are far.
fn beside(scores: &[f64], chosen: &[usize], expert: usize, near: f64) -> Vec<usize> {
    let before: Vec<usize> = (chosen.iter().copied())
        .take_while(|other| *other != expert)
        .collect();
    let best = scores.get(expert).copied().unwrap_or(0.0);
    let left = scores.iter().enumerate().filter(|(i, score)| {
        let far = (best - **score) / score.abs().max(best) > 2.0 * near;
        *i == expert || !before.contains(i) && !far
    });
    left.map(|(i, _)| i).collect()
}

/// The number of a chosen expert, and the score that it was chosen by.
pub fn chosen(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let &[token, _] = &spot.cell[..] else {
        return Ok(Derived::default());
    };
    let logits = values.input(spot, 0);
    let number = values.one(spot)?;
    let mut terms = Vec::new();
    if let Some(number) = number {
        let at = Spot {
            pass: spot.pass,
            id: logits,
            cell: vec![token, number as usize],
        };
        let mut term = times(
            values.cell(at.pass, logits, &at.cell),
            values.one(&at)?,
            None,
        );
        term.contribution = Some(number);
        terms.push(term);
    }
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        notes: vec![Note::Chosen],
        ..Derived::default()
    })
}
