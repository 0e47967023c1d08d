//! Matrix products: their terms with scale, bias and cap folded in, and the parts of attention's heads.

use super::super::operands::of_place;
use super::super::operands::product::Place;
use super::values::Values;
use super::{Derived, Spot, constant, expert, times};
use crate::graph::NodeId;
use crate::graph::operation::Operation;
use crate::trace::hook;
use crate::trace::operands::{Cell, Operands, What};
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

pub fn derive(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let Some(product) = product(values, spot)? else {
        return Ok(Derived::default());
    };
    let mut derived = folded(&product);
    values.reader.lacking.extend(product.lacking);
    derived.size += expert::inside(values, spot, &derived.terms)?;
    let input = values.input(spot, 0);
    let mixes = values.graph.node(input).operation == Operation::Mix;
    if mixes && let Some(mut heads) = by_head(values, spot, &derived.terms) {
        let own = derived.terms.iter().filter(|term| !is_of_head(term));
        heads.extend(own.cloned());
        derived.terms = heads;
        derived.notes.push(Note::Heads);
    }
    Ok(derived)
}

/// The part of the output that one head adds: `[token, head, d_model]` of the linear map `id`.
pub fn of_head(
    values: &mut Values,
    pass: usize,
    id: NodeId,
    cell: &[usize],
) -> Result<Derived, SourceError> {
    let &[token, head, out] = cell else {
        return Ok(Derived::default());
    };
    let spot = Spot {
        pass,
        id,
        cell: vec![token, out],
    };
    let Some(product) = product(values, &spot)? else {
        return Ok(Derived::default());
    };
    let mut derived = folded(&product);
    values.reader.lacking.extend(product.lacking);
    let own = |term: &Term| is_of_head(term) && term.from.cell[1] == head;
    derived.terms.retain(own);
    derived.product = false;
    derived.formula = Some(format!("result = {}[{head}] · W_O[{head}]", {
        let z = values.input(&spot, 0);
        hook::in_formula(values.name(z))
    }));
    Ok(derived)
}

/// The parts of an attention's output: one for each head, and one for its bias; `None` where a weight is not there.
pub fn head_parts(values: &mut Values, spot: &Spot) -> Result<Option<Vec<Term>>, SourceError> {
    let Some(product) = product(values, spot)? else {
        return Ok(None);
    };
    if !product.lacking.is_empty() {
        return Ok(None);
    }
    let terms = folded(&product).terms;
    let Some(mut heads) = by_head(values, spot, &terms) else {
        return Ok(None);
    };
    heads.extend(terms.into_iter().filter(|term| !is_of_head(term)));
    Ok(Some(heads))
}

fn product(values: &mut Values, spot: &Spot) -> Result<Option<Operands>, SourceError> {
    let Values {
        graph,
        named,
        reader,
        ..
    } = values;
    let place = Place {
        graph,
        named,
        node: graph.node(spot.id),
        pass: spot.pass,
        cell: &spot.cell,
    };
    of_place(&place, reader)
}

/// Whether a term is an element of z: one of a head's vector.
fn is_of_head(term: &Term) -> bool {
    term.from.pass.is_some() && term.from.cell.len() == 3
}

/// The terms of each head as one.
fn by_head(values: &Values, spot: &Spot, terms: &[Term]) -> Option<Vec<Term>> {
    let name = values.hook(spot.pass, spot.id, true).name;
    let &[token, out] = &spot.cell[..] else {
        return None;
    };
    let heads = terms.iter().filter(|term| is_of_head(term));
    let count = heads.clone().map(|term| term.from.cell[1] + 1).max()?;
    let mut parts: Vec<(f64, f64)> = vec![(0.0, 0.0); count];
    for term in heads {
        let part = &mut parts[term.from.cell[1]];
        part.0 += term.contribution?;
        part.1 += term.contribution?.abs();
    }
    let parts = parts.into_iter().enumerate().map(|(head, (sum, size))| {
        let from = Cell {
            pass: Some(spot.pass),
            point: name.clone(),
            cell: vec![token, head, out],
        };
        Term {
            size: Some(size),
            ..times(from, Some(sum), Some(1.0))
        }
    });
    Some(parts.collect())
}

/// A product's terms with the steps after the sum as parts of them.
fn folded(product: &Operands) -> Derived {
    let terms = product.terms.iter().map(|term| Term {
        by: Some(term.by.clone()),
        ..times(term.from.clone(), term.value, term.weight)
    });
    let mut terms: Vec<Term> = terms.collect();
    let mut notes = Vec::new();
    let mut before = product.sum;
    for step in &product.steps {
        let mut scaled = |factor: Option<f64>| {
            for term in &mut terms {
                // Rounding follows what was added up before.
                term.size = term.size.or(term.contribution);
                term.contribution = term.contribution.zip(factor).map(|(x, f)| x * f);
                term.size = term.size.zip(factor).map(|(x, f)| x * f.abs());
            }
        };
        match &step.what {
            What::Bias { by, number } => terms.push(times(by.clone(), *number, Some(1.0))),
            What::Scale { factor } => {
                scaled(Some(*factor));
                notes.push(Note::Scaled);
            }
            What::Position { slope, key } => {
                let mut term = constant("slope · position", slope * *key as f64);
                term.value = Some(*key as f64);
                term.weight = Some(*slope);
                terms.push(term);
            }
            What::Cap { .. } | What::Clip { .. } if before == step.result => {}
            What::Cap { .. } | What::Clip { .. } => {
                let ratio = before
                    .zip(step.result)
                    .map(|(before, capped)| match before {
                        0.0 => 1.0,
                        before => capped / before,
                    });
                scaled(ratio);
                notes.push(Note::Capped);
            }
            What::Mask => {
                terms.clear();
                terms.push(constant("mask", f64::NEG_INFINITY));
                notes.push(Note::Masked);
            }
        }
        before = step.result;
    }
    Derived {
        terms,
        notes,
        formula: Some(product.formula.clone()),
        product: true,
        ..Derived::default()
    }
}
