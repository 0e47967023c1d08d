//! Attention's softmax, stage by stage, for one query of one head.

use serde::Serialize;

use super::shown::{Cell, Row, Shown};
use super::{Known, View, numbers};
use crate::lang::{say, say_with};
use crate::session::format;
use crate::trace::number;
use crate::trace::query::Query;
use crate::trace::tensor::Pick;

/// The stages of one row of attention.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Softmax {
    pub head: usize,
    pub row: usize,
    pub token: String,
    /// The largest score that is visible.
    #[serde(with = "number")]
    pub max: f64,
    /// The sum of all exponentials, that of a sink among them.
    #[serde(with = "number")]
    pub sum: f64,
    /// The share that lies on the head's sink, where it has one.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::optional::serialize"
    )]
    pub sink: Option<f64>,
    pub keys: Vec<Key>,
}

/// One key that the query may look at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Key {
    pub key: usize,
    pub token: String,
    #[serde(with = "number")]
    pub score: f64,
    /// e to the power of the score less the largest.
    #[serde(with = "number")]
    pub exp: f64,
    /// `exp` divided by the sum.
    #[serde(with = "number")]
    pub share: f64,
    /// The model's own.
    #[serde(with = "number")]
    pub pattern: f64,
}

fn queries(view: &View) -> Option<[Query; 2]> {
    let row = || {
        vec![
            Pick::At(view.head(view.point)),
            Pick::At(view.row()),
            Pick::Span(0..view.point.shape[2]),
        ]
    };
    let scores = view.beside("hook_attn_scores")?;
    Some([view.values(scores, row()), view.values(view.point, row())])
}

pub fn asks(view: &View) -> Vec<Query> {
    queries(view).into_iter().flatten().collect()
}

pub fn stages(view: &View, known: &Known) -> Option<Softmax> {
    let [scores, pattern] = queries(view)?;
    let (scores, pattern) = (numbers(known, &scores)?, numbers(known, &pattern)?);
    let visible = view.model.visible_keys(view.pass, view.point, view.row());
    let visible = visible.start..visible.end.min(scores.len()).min(pattern.len());
    let max = scores[visible.clone()]
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let exp = |score: f64| {
        if score == max {
            1.0
        } else {
            (score - max).exp()
        }
    };
    let own: f64 = scores[visible.clone()]
        .iter()
        .map(|&score| exp(score))
        .sum();
    // A sink's score is none of the keys': its share is what the model's own shares leave.
    let sink = view
        .arch
        .attention
        .sinks_in(view.block())
        .then(|| 1.0 - pattern[visible.clone()].iter().sum::<f64>());
    let sum = own / (1.0 - sink.unwrap_or(0.0));
    let keys = visible.map(|key| Key {
        key,
        token: view.token(key),
        score: scores[key],
        exp: exp(scores[key]),
        share: exp(scores[key]) / sum,
        pattern: pattern[key],
    });
    Some(Softmax {
        head: view.head(view.point),
        row: view.row(),
        token: view.token(view.pass.start + view.row()),
        max,
        sum,
        sink,
        keys: keys.collect(),
    })
}

impl Softmax {
    pub fn shown(&self) -> Shown {
        let mut rows: Vec<Row> = self
            .keys
            .iter()
            .map(|key| {
                let cells = vec![
                    Cell::Number(key.score),
                    Cell::Number(key.exp),
                    Cell::Share(key.share),
                ];
                Row::of(format::token(&key.token), cells).with_share(key.share)
            })
            .collect();
        if let Some(sink) = self.sink {
            let cells = vec![
                Cell::Empty,
                Cell::Number(self.sum * sink),
                Cell::Share(sink),
            ];
            rows.push(Row::of(say("stages-sink").to_owned(), cells).below());
        }
        let total = vec![Cell::Empty, Cell::Number(self.sum), Cell::Share(1.0)];
        rows.push(Row::of("Σ".to_owned(), total).below());
        let words = say_with(
            "stages-softmax",
            &[
                ("token", format::token(&self.token).into()),
                ("head", self.head.into()),
                ("max", format::number(self.max, 0).trim().into()),
                ("sum", format::number(self.sum, 0).trim().into()),
            ],
        );
        Shown {
            words: vec![words],
            headings: vec![
                say("stages-score").to_owned(),
                "exp".to_owned(),
                say("stages-share").to_owned(),
            ],
            rows,
            plot: None,
        }
    }
}
