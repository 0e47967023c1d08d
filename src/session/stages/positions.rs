//! Positions that are added to the embedding: a fixed table of sines and cosines, or the rows of a learned one.

use serde::Serialize;

use super::shown::{Cell, Curve, Mark, Plot, Row, Shown};
use super::{Known, View, numbers};
use crate::graph::arch;
use crate::lang::say;
use crate::session::format;
use crate::trace::number;
use crate::trace::query::Query;
use crate::trace::tensor::{Pick, Slice};

/// Two dimensions of the positions over places in the text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Positions {
    pub table: Table,
    pub curves: Vec<Dimension>,
    /// The tokens of the pass, with the model's own numbers.
    pub tokens: Vec<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    Sinusoidal,
    Learned,
}

/// One dimension, at places 0, 1, 2 and so on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dimension {
    pub dim: usize,
    /// How it follows from the place p; empty for a learned one.
    pub formula: String,
    #[serde(serialize_with = "number::list::serialize")]
    pub values: Vec<f64>,
}

/// A token in its place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    pub position: usize,
    pub token: String,
    /// The model's own numbers in the dimensions of the curves.
    #[serde(serialize_with = "number::list::serialize")]
    pub values: Vec<f64>,
}

/// Places that the curves show at least and at most.
const LEAST: usize = 24;
const MOST: usize = 512;

/// The chosen dimension and its neighbour.
fn dims(view: &View) -> std::ops::Range<usize> {
    let all = view.point.shape.last().copied().unwrap_or(0);
    let even = view.at.col.min(all.saturating_sub(1)) / 2 * 2;
    even..(even + 2).min(all)
}

/// How many places the curves show.
fn places(view: &View) -> usize {
    let tokens = view.pass.tokens.len();
    (4 * tokens)
        .clamp(LEAST, MOST)
        .max(tokens)
        .min(view.arch.n_ctx.max(tokens))
}

fn asked(view: &View) -> (Query, Option<Query>) {
    let rows = Pick::Span(0..view.point.shape[0]);
    let own = view.values(view.point, vec![rows, Pick::Span(dims(view))]);
    let table = matches!(view.arch.positions, arch::Positions::Learned { .. });
    let table = table.then(|| Query::Weight {
        name: "W_pos".into(),
        slice: Slice(vec![Pick::Span(0..places(view)), Pick::Span(dims(view))]),
    });
    (own, table)
}

pub fn asks(view: &View) -> Vec<Query> {
    let (own, table) = asked(view);
    std::iter::once(own).chain(table).collect()
}

pub fn stages(view: &View, known: &Known) -> Option<Positions> {
    let (own, table) = asked(view);
    let (dims, own) = (dims(view), numbers(known, &own)?);
    let width = dims.len();
    let tokens = (0..view.point.shape[0]).filter_map(|row| {
        Some(Place {
            position: view.pass.start + row,
            token: view.token(view.pass.start + row),
            values: own.get(row * width..(row + 1) * width)?.to_vec(),
        })
    });
    let curve = |dim: usize| match &table {
        // A trace has the tokens' own rows and no table.
        Some(query) => Dimension {
            dim,
            formula: String::new(),
            values: numbers(known, query).map_or(Vec::new(), |rows| {
                rows.iter()
                    .skip(dim - dims.start)
                    .step_by(width)
                    .copied()
                    .collect()
            }),
        },
        None => fixed(view, dim),
    };
    Some(Positions {
        table: if table.is_some() {
            Table::Learned
        } else {
            Table::Sinusoidal
        },
        tokens: tokens.collect(),
        curves: dims.clone().map(curve).collect(),
    })
}

/// A wave of a fixed table.
fn fixed(view: &View, dim: usize) -> Dimension {
    let (positions, d_model) = (&view.arch.positions, view.arch.d_model);
    let word = positions.wave(dim, d_model, 0).map(|(wave, _)| wave.word());
    let angle = match positions {
        arch::Positions::SinusoidalHalves { offset } => {
            let half = d_model / 2;
            let last = half.saturating_sub(1).max(1);
            format!("(p + {offset}) / 10000^({}/{last})", dim % half.max(1))
        }
        _ => format!("p / 10000^({}/{d_model})", dim / 2 * 2),
    };
    let value = |place: usize| {
        let wave = positions.wave(dim, d_model, place);
        wave.map_or(0.0, |(wave, angle)| wave.of(angle))
    };
    Dimension {
        dim,
        formula: word.map_or("0".into(), |word| format!("{word}({angle})")),
        values: (0..places(view)).map(value).collect(),
    }
}

impl Positions {
    pub fn shown(&self) -> Shown {
        let name = |d: &Dimension| {
            if d.formula.is_empty() {
                format!("pos[p, {}]", d.dim)
            } else {
                format!("pos[p, {}] = {}", d.dim, d.formula)
            }
        };
        let curve = |d: &Dimension| Curve {
            name: name(d),
            points: d
                .values
                .iter()
                .enumerate()
                .map(|(p, &y)| (p as f64, y))
                .collect(),
        };
        let marks = self.tokens.iter().flat_map(|place| {
            let label = format::token(&place.token);
            let at = move |&y: &f64| Mark {
                label: label.clone(),
                at: (place.position as f64, y),
            };
            place.values.iter().map(at)
        });
        let row = |place: &Place| {
            let cells = place.values.iter().map(|&x| Cell::Number(x)).collect();
            Row::of(
                format!("{} {}", place.position, format::token(&place.token)),
                cells,
            )
        };
        let words = match self.table {
            Table::Sinusoidal => say("stages-sinusoidal"),
            Table::Learned if self.curves.iter().all(|d| d.values.is_empty()) => {
                say("stages-no-table")
            }
            Table::Learned => say("stages-learned"),
        };
        let dims: Vec<&str> = self.curves.iter().map(|d| d.formula.as_str()).collect();
        let mut all = vec![words.to_owned()];
        if self.table == Table::Sinusoidal {
            all.push(dims.join(" · "));
        }
        Shown {
            words: all,
            headings: self
                .curves
                .iter()
                .map(|d| format!("[p, {}]", d.dim))
                .collect(),
            rows: self.tokens.iter().map(row).collect(),
            plot: Some(Plot {
                curves: self
                    .curves
                    .iter()
                    .filter(|d| !d.values.is_empty())
                    .map(curve)
                    .collect(),
                marks: marks.collect(),
            }),
        }
    }
}
