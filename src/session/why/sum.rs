//! The residual stream: the embedding, and everything that was added to it, attention head by head.

use super::product::head_parts;
use super::values::Values;
use super::{Derived, Spot, times};
use crate::graph::NodeId;
use crate::graph::operation::Operation;
use crate::trace::source::SourceError;
use crate::trace::why::{Note, Term};

pub fn derive(values: &mut Values, spot: &Spot) -> Result<Derived, SourceError> {
    let mut parts = Vec::new();
    collect(values, spot.pass, spot.id, &mut parts);
    let mut terms: Vec<Term> = Vec::new();
    let mut notes = Vec::new();
    for id in parts {
        let part = Spot { id, ..spot.clone() };
        let node = values.graph.node(id);
        let mixes = |id: &NodeId| values.graph.node(*id).operation == Operation::Mix;
        if node.inputs.first().is_some_and(mixes)
            && !values.changed(spot.pass, id)
            && let Some(heads) = head_parts(values, &part)?
        {
            terms.extend(heads);
            notes = vec![Note::Heads];
            continue;
        }
        let value = values.one(&part)?;
        terms.push(times(
            values.cell(spot.pass, id, &spot.cell),
            value,
            Some(1.0),
        ));
    }
    // Every addition rounds what has been added up so far.
    let mut sum = 0.0;
    let partial = terms.iter().map(|term| {
        sum += term.contribution.unwrap_or(0.0);
        f64::abs(sum) / 2.0
    });
    Ok(Derived {
        size: partial.sum(),
        formula: Some(values.formula(spot.id)),
        notes,
        terms,
        ..Derived::default()
    })
}

/// The values that were added up, in the order of the additions. One that an intervention changes is not the sum of
/// what it was made of.
fn collect(values: &Values, pass: usize, id: NodeId, parts: &mut Vec<NodeId>) {
    for input in &values.graph.node(id).inputs {
        let node = values.graph.node(*input);
        match node.operation {
            Operation::Sum | Operation::Copy
                if !node.inputs.is_empty() && !values.changed(pass, *input) =>
            {
                collect(values, pass, *input, parts);
            }
            _ => parts.push(*input),
        }
    }
}
