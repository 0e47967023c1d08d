//! Queries and keys that positions turn: a pair of dimensions with the cosine and sine of its angle.

use super::values::Values;
use super::{Derived, Spot, short, times, told};
use crate::graph::arch::Positions;
use crate::trace::query::Query;
use crate::trace::source::SourceError;
use crate::trace::why::Note;

/// The angle by which a pair turns.
#[derive(Clone, Copy)]
pub enum Turn {
    /// That of its token's position.
    On,
    /// That of its token's position, the other way round.
    Back,
    /// That of the first of so many tokens that an entry stands for.
    Entry(usize),
}

pub fn derive(
    values: &mut Values,
    spot: &Spot,
    rope: usize,
    turn: Turn,
) -> Result<Derived, SourceError> {
    let (&[token, head, d], Positions::Rotary(rotary)) = (&spot.cell[..], &values.arch.positions)
    else {
        return Ok(Derived::default());
    };
    let Some(rope) = rotary.ropes.get(rope).cloned() else {
        return Ok(Derived::default());
    };
    let d_head = values.width(spot.pass, spot.id);
    let Some((pair, [first, second])) = rope.pair(d, d_head) else {
        return Ok(Derived::default());
    };
    let magnitude = rope.magnitude;
    let read = values.input(spot, 0);
    let at = |id, d| Spot {
        pass: spot.pass,
        id,
        cell: vec![token, head, d],
    };
    let before = [
        values.one(&at(read, first))?,
        values.one(&at(read, second))?,
    ];
    let (position, way) = match turn {
        Turn::On => (values.passes[spot.pass].start + token, 1.0),
        Turn::Back => (values.passes[spot.pass].start + token, -1.0),
        Turn::Entry(every) => (token * every, 1.0),
    };
    let frequencies = values.reader.read(&Query::Frequencies {
        pass: spot.pass,
        point: values.node(spot).name.clone(),
    })?;
    let frequency = frequencies.and_then(|all| all.get(pair).copied());
    // The models take angles in f32.
    let angle = frequency.map(|each| way * f64::from(position as f32 * each as f32));
    let turn = match angle {
        Some(angle) => Some((angle.cos(), angle.sin())),
        // A trace does not hold frequencies: its numbers tell by how much they have turned.
        None => {
            let after = [
                values.one(&at(spot.id, first))?,
                values.one(&at(spot.id, second))?,
            ];
            match (before, after) {
                ([Some(a), Some(b)], [Some(c), Some(d)]) => Some(rope.turn([a, b], [c, d])),
                _ => None,
            }
        }
    };
    let weight = |x: Option<f64>| x.map(|x| x * magnitude);
    let (cos, sin) = (turn.map(|t| t.0), turn.map(|t| t.1));
    // (a, b) becomes (a cos − b sin, b cos + a sin).
    let sign = if d == first { -1.0 } else { 1.0 };
    let other = if d == first { second } else { first };
    let own = before[usize::from(d != first)];
    let across = before[usize::from(d == first)];
    let cell = |d| values.cell(spot.pass, read, &[token, head, d]);
    let terms = vec![
        times(cell(d), own, weight(cos)),
        times(cell(other), across, weight(sin.map(|sin| sign * sin))),
    ];
    let minus = (sign < 0.0) != across.is_some_and(|x| x < 0.0);
    let joined = if minus { "−" } else { "+" };
    let angle = angle.map_or("θ".to_owned(), short);
    let mut numbers = format!(
        "{} · cos({angle}) {joined} {} · sin({angle})",
        told(own),
        told(across.map(f64::abs))
    );
    if magnitude != 1.0 {
        numbers = format!("({numbers}) · {}", short(magnitude));
    }
    let sizes = before.iter().flatten().map(|x| x.abs()).sum::<f64>();
    Ok(Derived {
        terms,
        formula: Some(values.formula(spot.id)),
        numbers: Some(numbers),
        notes: vec![Note::Turned],
        size: sizes * magnitude.abs(),
        ..Derived::default()
    })
}
