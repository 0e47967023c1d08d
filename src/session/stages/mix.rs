//! z as the weighted sum of rows of values, for one query of one head.

use std::ops::Range;

use serde::Serialize;

use super::shown::{Cell, Row, Shown};
use super::{Known, View, numbers};
use crate::lang::say_with;
use crate::session::format;
use crate::trace::number;
use crate::trace::plan::HookPoint;
use crate::trace::query::Query;
use crate::trace::tensor::{Pick, Slice};

/// The sum that makes one row of z, over a window of its dimensions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mix {
    pub head: usize,
    /// The head of the values: with grouped queries several heads share one.
    pub kv_head: usize,
    pub row: usize,
    pub token: String,
    /// The dimensions that are shown.
    pub dims: Vec<usize>,
    pub keys: Vec<Term>,
    /// The sum of all rows, each times its weight.
    #[serde(serialize_with = "number::list::serialize")]
    pub sum: Vec<f64>,
    /// The model's own.
    #[serde(serialize_with = "number::list::serialize")]
    pub z: Vec<f64>,
}

/// A row of values with its weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    pub key: usize,
    pub token: String,
    #[serde(with = "number")]
    pub weight: f64,
    #[serde(serialize_with = "number::list::serialize")]
    pub values: Vec<f64>,
}

struct Asked {
    pattern: Query,
    values: Query,
    z: Query,
    kv_head: usize,
    dims: Range<usize>,
}

/// The dimensions that are shown: as many as there is room for, the chosen one among them.
fn dims(view: &View) -> Range<usize> {
    let all = view.point.shape.last().copied().unwrap_or(0);
    let room = view.at.columns.clamp(1, all.max(1));
    let start = (view.at.col.min(all.saturating_sub(1)) / room) * room;
    start..(start + room).min(all)
}

fn asked(view: &View) -> Option<Asked> {
    let pattern: &HookPoint = view.beside("hook_pattern")?;
    let normed = view.beside("hook_v_normed");
    let own = normed.or_else(|| view.beside("hook_v"))?;
    let dims = dims(view);
    let kv_head = view.head(own);
    let keys = Pick::Span(0..view.pass.tokens.len());
    let slice = vec![keys.clone(), Pick::At(kv_head), Pick::Span(dims.clone())];
    let values = if view.model.causal {
        Query::Kept {
            pass: view.at.pass,
            name: format!("blocks.{}.attn.values", view.block()),
            slice: Slice(slice),
        }
    } else {
        view.values(own, slice)
    };
    let (head, row) = (Pick::At(view.head(pattern)), Pick::At(view.row()));
    Some(Asked {
        pattern: view.values(pattern, vec![head.clone(), row.clone(), keys]),
        values,
        z: view.values(view.point, vec![row, head, Pick::Span(dims.clone())]),
        kv_head,
        dims,
    })
}

pub fn asks(view: &View) -> Vec<Query> {
    asked(view).map_or(Vec::new(), |a| vec![a.pattern, a.values, a.z])
}

pub fn stages(view: &View, known: &Known) -> Option<Mix> {
    let asked = asked(view)?;
    let pattern = numbers(known, &asked.pattern)?;
    let values = numbers(known, &asked.values)?;
    let z = numbers(known, &asked.z)?;
    let width = asked.dims.len();
    let visible = view
        .model
        .visible_keys(view.pass, view.beside("hook_pattern")?, view.row());
    let keys = visible.filter_map(|key| {
        Some(Term {
            key,
            token: view.token(key),
            weight: *pattern.get(key)?,
            values: values.get(key * width..(key + 1) * width)?.to_vec(),
        })
    });
    let keys: Vec<Term> = keys.collect();
    let sum = |dim: usize| keys.iter().map(|term| term.weight * term.values[dim]).sum();
    Some(Mix {
        head: view.head(view.point),
        kv_head: asked.kv_head,
        row: view.row(),
        token: view.token(view.pass.start + view.row()),
        sum: (0..width).map(sum).collect(),
        dims: asked.dims.collect(),
        keys,
        z: z.to_vec(),
    })
}

impl Mix {
    pub fn shown(&self) -> Shown {
        let numbers = |values: &[f64]| values.iter().map(|&x| Cell::Number(x)).collect::<Vec<_>>();
        let term = |term: &Term| {
            let weight = vec![Cell::Share(term.weight)];
            let cells = [weight, numbers(&term.values)].concat();
            Row::of(format::token(&term.token), cells).with_share(term.weight)
        };
        let mut rows: Vec<Row> = self.keys.iter().map(term).collect();
        let below = |label: &str, values: &[f64]| {
            Row::of(
                label.to_owned(),
                [vec![Cell::Empty], numbers(values)].concat(),
            )
            .below()
        };
        rows.push(below("Σ", &self.sum));
        rows.push(below("z", &self.z));
        let words = say_with(
            "stages-mix",
            &[
                ("token", format::token(&self.token).into()),
                ("head", self.head.into()),
                ("kv", self.kv_head.into()),
            ],
        );
        let dims = self.dims.iter().map(|dim| format!("v[{dim}]"));
        Shown {
            words: vec![words],
            headings: std::iter::once("pattern".to_owned()).chain(dims).collect(),
            rows,
            plot: None,
        }
    }
}
