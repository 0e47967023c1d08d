//! Rows of tables: those of tokens, segments and positions. Here a derivation ends.

use super::super::operands::unit;
use super::values::Values;
use super::{Derived, Spot, constant, times};
use crate::graph::arch::Positions;
use crate::graph::operation::Operation;
use crate::graph::role::Param;
use crate::trace::operands::Cell;
use crate::trace::query::Query;
use crate::trace::source::SourceError;
use crate::trace::tensor::{Pick, Slice};

/// One number of a row of a table.
fn entry(
    values: &mut Values,
    spot: &Spot,
    row: Option<usize>,
    scale: f64,
) -> Result<Derived, SourceError> {
    let name = values.named(values.node(spot), Param::Weight);
    let name = name.map(|named| named.point.name.clone());
    let formula = Some(values.formula(spot.id));
    let (Some(name), Some(row)) = (&name, row) else {
        let point = name.unwrap_or_else(|| values.node(spot).name.clone());
        values.reader.lacks(&point);
        return Ok(Derived {
            formula,
            ..Derived::default()
        });
    };
    let from = Cell {
        pass: None,
        point: name.clone(),
        cell: [&[row], &spot.cell[1..]].concat(),
    };
    let number = values.weight(&from)?;
    Ok(Derived {
        terms: vec![times(from, number, Some(scale))],
        formula,
        ..Derived::default()
    })
}

/// The row of a token or of its segment.
pub fn row(values: &mut Values, spot: &Spot, scale: f64) -> Result<Derived, SourceError> {
    let ids = values.input(spot, 0);
    let row = if values.graph.node(ids).operation == Operation::Segments {
        // The source knows them; a trace has no table whose rows they would name.
        let found = values.reader.read(&Query::Values {
            pass: spot.pass,
            point: values.graph.node(ids).name.clone(),
            slice: Slice(vec![Pick::At(spot.cell[0])]),
        })?;
        found.and_then(|found| found.first().map(|segment| *segment as usize))
    } else {
        let pass = &values.passes[spot.pass];
        let token = pass.tokens.get(pass.start + spot.cell[0]);
        token.map(|token| token.id as usize)
    };
    entry(values, spot, row, scale)
}

/// The row of a position, counted as the model counts them.
pub fn position(
    values: &mut Values,
    spot: &Spot,
    offset: usize,
    padding: Option<usize>,
) -> Result<Derived, SourceError> {
    let pass = &values.passes[spot.pass];
    let at = pass.start + spot.cell[0];
    let row = match padding {
        None => Some(at),
        Some(padding) => {
            let is_padding = |id: u32| id as usize == padding;
            let own = pass
                .tokens
                .get(at)
                .is_some_and(|token| is_padding(token.id));
            let new = pass.tokens.iter().take(at + 1).skip(pass.start);
            let counted = new.filter(|token| !is_padding(token.id)).count();
            if own {
                // Its name has the rows from the offset on.
                padding.checked_sub(offset)
            } else {
                (pass.start + counted).checked_sub(1)
            }
        }
    };
    entry(values, spot, row, 1.0)
}

/// A number of a fixed table of sines and cosines.
pub fn sinusoid(values: &Values, spot: &Spot) -> Derived {
    let &[token, d] = &spot.cell[..] else {
        return Derived::default();
    };
    let position = values.passes[spot.pass].start + token;
    let width = values.width(spot.pass, spot.id);
    let formula = Some(values.formula(spot.id));
    let Some((wave, angle)) = values.arch.positions.wave(d, width, position) else {
        return Derived {
            terms: vec![constant("padding", 0.0)],
            formula,
            ..Derived::default()
        };
    };
    let word = wave.word();
    Derived {
        terms: vec![constant(
            &format!("{word}(position · frequency)"),
            wave.of(angle),
        )],
        formula,
        numbers: Some(format!("{word}({})", super::short(angle))),
        size: match values.arch.positions {
            // Angle and sine are f32 whatever the dtype of the model.
            Positions::SinusoidalHalves { .. } => {
                let dtype = values.reader.source.model().dtype;
                (1.0 + angle.abs()) * f64::from(f32::EPSILON) / unit(dtype)
            }
            _ => 1.0,
        },
        ..Derived::default()
    }
}
