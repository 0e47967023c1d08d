//! Why an element of another branch is not the one here: the difference as a sum of the operands' differences.

use std::collections::HashMap;

use super::super::difference::{spot, text};
use super::super::format;
use super::super::operands::unit;
use super::values::{Found, Values};
use super::{Derived, answer, why};
use crate::lang::{plain, say_with};
use crate::trace::align::align;
use crate::trace::intervention::{is_position, token_axis};
use crate::trace::operands::Cell;
use crate::trace::plan::HookPoint;
use crate::trace::source::{Control, Pair, Pass, Source, SourceError};
use crate::trace::why::{Note, Term, Why};

/// The operand that stands for what no operand explains.
const HERE: &str = "this operation itself";

/// The answer to [`Query::Why`](crate::trace::query::Query::Why) against another branch.
///
/// # Errors
/// Those of [`why`] in both branches; the element has no counterpart.
pub fn why_difference(
    pair: Pair,
    (pass, point, cell): (usize, &str, &[usize]),
    most: usize,
    control: &Control,
) -> Result<Why, SourceError> {
    let Pair { name, here, there } = pair;
    let own = why(here, (pass, point, cell), usize::MAX, control)?;
    let unit = unit(here.model().dtype).max(unit(there.model().dtype));
    let mut counterparts = Counterparts::new(here, there.passes(), pass, control);
    let cell = Cell {
        pass: Some(pass),
        point: own.point.clone(),
        cell: cell.to_vec(),
    };
    let Some(Cell {
        pass: Some(other_pass),
        point: other_point,
        cell: other_cell,
    }) = counterparts.of(&cell)
    else {
        let place = format::place(&cell, pass);
        let words = [("place", place.into()), ("name", plain(name))];
        return Err(SourceError::Slice(say_with("error-branch-place", &words)));
    };
    let hook = counterparts.hook(pass, &own.point);
    let other = why(
        there,
        (other_pass, &other_point, &other_cell),
        usize::MAX,
        control,
    )
    .map_err(|error| {
        let words = [("branch", plain(&name)), ("why", plain(error))];
        SourceError::Other(say_with("error-in-branch", &words))
    })?;
    let mut terms = differences(&own, &other, &mut counterparts, &name);
    let value = other.value.zip(own.value).map(|(b, a)| less(b, a));
    let mut notes = vec![Note::Difference];
    notes.extend(made_here(&own, &other, value, &mut terms));
    for note in own.notes.iter().chain(&other.notes) {
        if !notes.contains(note) {
            notes.push(*note);
        }
    }
    let rounding = own.rounding.zip(other.rounding).map(|(a, b)| a + b);
    let mut lacking = own.lacking;
    lacking.extend(other.lacking);
    lacking.sort();
    lacking.dedup();
    let derived = Derived {
        terms,
        notes,
        formula: Some(own.formula),
        ..Derived::default()
    };
    let hook = hook.unwrap_or(HookPoint {
        name: own.point,
        axes: Vec::new(),
        shape: Vec::new(),
    });
    let found = answer(
        &hook,
        (pass, &cell.cell),
        value,
        derived,
        lacking,
        unit,
        most,
    );
    Ok(Why {
        against: Some(name),
        rounding,
        ..found
    })
}

/// The terms of both, each beside its counterpart.
fn differences(own: &Why, other: &Why, counterparts: &mut Counterparts, branch: &str) -> Vec<Term> {
    let mut theirs: HashMap<(Cell, Option<Cell>), Vec<usize>> = HashMap::new();
    for (i, term) in other.terms.iter().enumerate().rev() {
        let key = (term.from.clone(), term.by.clone());
        theirs.entry(key).or_default().push(i);
    }
    let mut seen = vec![false; other.terms.len()];
    let mut terms = Vec::new();
    for term in &own.terms {
        let from = counterparts.of(&term.from);
        let by = match &term.by {
            None => Some(None),
            Some(by) => counterparts.of(by).map(Some),
        };
        let found = from.zip(by).and_then(|key| theirs.get_mut(&key));
        let found = found.and_then(Vec::pop);
        terms.push(match found {
            Some(i) => {
                seen[i] = true;
                both(term, &other.terms[i])
            }
            None => Term {
                value: None,
                weight: None,
                contribution: term.contribution.map(|x| -x),
                ..term.clone()
            },
        });
    }
    let alone = other.terms.iter().zip(seen).filter(|(_, seen)| !seen);
    terms.extend(alone.map(|(term, _)| Term {
        // There is no way on from here to an element of another branch.
        from: Cell {
            pass: None,
            point: format!("{branch}:{}", format::place(&term.from, other.pass)),
            cell: Vec::new(),
        },
        by: None,
        value: None,
        weight: None,
        ..term.clone()
    }));
    terms
}

fn both(own: &Term, other: &Term) -> Term {
    let sizes = [own, other].map(|term| term.size.or(term.contribution).map(f64::abs));
    Term {
        value: other.value.zip(own.value).map(|(b, a)| less(b, a)),
        weight: own.weight.filter(|weight| other.weight == Some(*weight)),
        contribution: other
            .contribution
            .zip(own.contribution)
            .map(|(b, a)| less(b, a)),
        size: sizes[0].zip(sizes[1]).map(|(a, b)| a + b),
        ..own.clone()
    }
}

/// Two infinities of one sign do not differ.
fn less(b: f64, a: f64) -> f64 {
    if a == b { 0.0 } else { b - a }
}

/// One more term where the stored values differ by more than the operands, and a note that says so.
fn made_here(own: &Why, other: &Why, value: Option<f64>, terms: &mut Vec<Term>) -> Option<Note> {
    let operands: Option<f64> = terms.iter().map(|term| term.contribution).sum();
    let made = value? - operands?;
    let rounding = own.rounding? + other.rounding?;
    // A NaN is no rounding either.
    if made.abs() <= rounding {
        return None;
    }
    let from = Cell {
        pass: None,
        point: HERE.to_owned(),
        cell: Vec::new(),
    };
    terms.push(Term {
        from,
        value: Some(made),
        by: None,
        weight: Some(1.0),
        contribution: Some(made),
        size: None,
    });
    Some(Note::MadeHere)
}

/// The counterparts of elements in another branch.
struct Counterparts<'a> {
    values: Values<'a>,
    others: Vec<Pass>,
    aligned: Vec<Option<usize>>,
    hooks: HashMap<(usize, String), Option<HookPoint>>,
}

impl<'a> Counterparts<'a> {
    fn new(
        here: &'a mut dyn Source,
        others: &[Pass],
        pass: usize,
        control: &'a Control,
    ) -> Counterparts<'a> {
        let aligned = align(text(here.passes()), text(others));
        Counterparts {
            values: Values::new(here, control, pass),
            others: others.to_vec(),
            aligned,
            hooks: HashMap::new(),
        }
    }

    fn hook(&mut self, pass: usize, point: &str) -> Option<HookPoint> {
        let values = &self.values;
        let found = self.hooks.entry((pass, point.to_owned()));
        let found = found.or_insert_with(|| {
            Some(match values.find(pass, point)? {
                Found::Node(id) => values.hook(pass, id, false),
                Found::Head(id) => values.hook(pass, id, true),
                Found::Expert(expert) => expert.hook(values, pass),
            })
        });
        found.clone()
    }

    /// The counterpart of an element in the other branch: that of the token's counterpart. Weights and constants are their own.
    fn of(&mut self, cell: &Cell) -> Option<Cell> {
        let Some(pass) = cell.pass else {
            return Some(cell.clone());
        };
        let hook = self.hook(pass, &cell.point)?;
        let token = token_axis(&hook.axes).filter(|axis| *axis < cell.cell.len());
        let start = self.values.passes[pass].start;
        let aligned = |at: usize| self.aligned.get(at).copied().flatten();
        let mut other = cell.clone();
        let last = self.others.len().saturating_sub(1);
        other.pass = Some(pass.min(last));
        if let Some(axis) = token {
            let spot = spot(&self.others, aligned(start + cell.cell[axis])?)?;
            (other.pass, other.cell[axis]) = (Some(spot.pass), spot.row);
        }
        for (i, axis) in hook.axes.iter().enumerate() {
            if Some(i) != token && is_position(*axis) {
                other.cell[i] = aligned(cell.cell[i])?;
            }
        }
        Some(other)
    }
}
