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

/// Some dimensions of the positions over places in the text.
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

/// The chosen dimensions; else the one at the cursor and its neighbour, a sine and its cosine.
fn dims(view: &View) -> Vec<usize> {
    let all = view.point.shape.last().copied().unwrap_or(0);
    let even = view.at.col.min(all.saturating_sub(1)) / 2 * 2;
    let chosen = view.at.dims.iter().copied().filter(|&dim| dim < all);
    let chosen: Vec<usize> = chosen.collect();
    if chosen.is_empty() {
        (even..(even + 2).min(all)).collect()
    } else {
        chosen
    }
}

/// How many places the curves show.
fn places(view: &View) -> usize {
    let tokens = view.pass.tokens.len();
    (4 * tokens)
        .clamp(LEAST, MOST)
        .max(tokens)
        .min(view.arch.n_ctx.max(tokens))
}

fn table(view: &View) -> Table {
    match view.arch.positions {
        arch::Positions::Learned { .. } => Table::Learned,
        _ => Table::Sinusoidal,
    }
}

/// The tokens' own numbers in a dimension.
fn own(view: &View, dim: usize) -> Query {
    let rows = Pick::Span(0..view.point.shape[0]);
    view.values(view.point, vec![rows, Pick::At(dim)])
}

/// A column of the learned table.
fn column(view: &View, dim: usize) -> Query {
    Query::Weight {
        name: "W_pos".into(),
        slice: Slice(vec![Pick::Span(0..places(view)), Pick::At(dim)]),
    }
}

pub fn asks(view: &View) -> Vec<Query> {
    let dims = dims(view);
    let mut asked: Vec<Query> = dims.iter().map(|&dim| own(view, dim)).collect();
    if table(view) == Table::Learned {
        asked.extend(dims.iter().map(|&dim| column(view, dim)));
    }
    asked
}

pub fn stages(view: &View, known: &Known) -> Option<Positions> {
    let dims = dims(view);
    let own = dims.iter().map(|&dim| numbers(known, &own(view, dim)));
    let own: Vec<&[f64]> = own.collect::<Option<_>>()?;
    let tokens = (0..view.point.shape[0]).filter_map(|row| {
        let values = own.iter().map(|column| column.get(row).copied());
        Some(Place {
            position: view.pass.start + row,
            token: view.token(view.pass.start + row),
            values: values.collect::<Option<_>>()?,
        })
    });
    let tokens = tokens.collect();
    let table = table(view);
    let curve = |dim: usize| match table {
        // A trace has the tokens' own rows and no table.
        Table::Learned => Dimension {
            dim,
            formula: String::new(),
            values: numbers(known, &column(view, dim)).map_or(Vec::new(), <[f64]>::to_vec),
        },
        Table::Sinusoidal => fixed(view, dim),
    };
    Some(Positions {
        table,
        tokens,
        curves: dims.into_iter().map(curve).collect(),
    })
}

/// A wave of a fixed table.
fn fixed(view: &View, dim: usize) -> Dimension {
    let (positions, d_model) = (&view.arch.positions, view.arch.d_model);
    let word = positions.wave(dim, d_model, 0).map(|(wave, _)| wave.word());
    let angle = match positions {
        arch::Positions::SinusoidalHalves { offset, open } => {
            let half = d_model / 2;
            let last = if *open { half } else { half.saturating_sub(1) };
            let place = match offset {
                0 => "p".into(),
                offset => format!("(p + {offset})"),
            };
            format!("{place} / 10000^({}/{})", dim % half.max(1), last.max(1))
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
            label: format!("[{}]", d.dim),
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
