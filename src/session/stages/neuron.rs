//! One neuron of an MLP on the curve of its activation.

use serde::Serialize;

use super::shown::{Cell, Curve, Mark, Plot, Row, Shown};
use super::{Known, View, numbers};
use crate::graph::arch::Activation;
use crate::lang::say_with;
use crate::session::format;
use crate::trace::number;
use crate::trace::plan::HookPoint;
use crate::trace::query::Query;
use crate::trace::tensor::Pick;

/// A neuron at one token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Neuron {
    pub neuron: usize,
    pub row: usize,
    pub token: String,
    /// The activation's name.
    pub function: String,
    #[serde(skip)]
    activation: Activation,
    /// The number that the activation reads.
    #[serde(with = "number")]
    pub pre: f64,
    /// The activation of `pre`.
    #[serde(with = "number")]
    pub activated: f64,
    /// The number that a gated MLP multiplies with it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::optional::serialize"
    )]
    pub linear: Option<f64>,
    /// The model's own result.
    #[serde(with = "number")]
    pub post: f64,
}

fn asked(view: &View) -> Option<[Option<Query>; 3]> {
    let last = view.point.shape.last().copied()?.checked_sub(1)?;
    let cell = |point: &HookPoint| {
        let (row, col) = (Pick::At(view.row()), Pick::At(view.at.col.min(last)));
        view.values(point, vec![row, col])
    };
    let pre = cell(view.beside("hook_pre")?);
    let linear = view.beside("hook_pre_linear").map(cell);
    Some([Some(pre), linear, Some(cell(view.point))])
}

pub fn asks(view: &View) -> Vec<Query> {
    asked(view).into_iter().flatten().flatten().collect()
}

pub fn stages(view: &View, known: &Known) -> Option<Neuron> {
    let [pre, linear, post] = asked(view)?;
    let one = |query: Option<Query>| numbers(known, &query?)?.first().copied();
    let gated = linear.is_some();
    let (pre, linear, post) = (one(pre)?, one(linear), one(post)?);
    if gated && linear.is_none() {
        return None;
    }
    let mlp = &view.arch.mlp;
    // An MLP without a gate has nothing to clamp.
    let (pre, linear) = match linear {
        Some(linear) => {
            let (pre, linear) = mlp.gate().read(pre, linear);
            (pre, Some(linear))
        }
        None => (pre, None),
    };
    Some(Neuron {
        neuron: view
            .at
            .col
            .min(view.point.shape.last().map_or(0, |n| n - 1)),
        row: view.row(),
        token: view.token(view.pass.start + view.row()),
        function: mlp.activation.word(),
        activation: mlp.activation,
        pre,
        activated: mlp.activation.of(pre)?,
        linear,
        post,
    })
}

/// How far the curve goes at least, to both sides.
const REACH: f64 = 4.0;
/// Points of the curve.
const POINTS: usize = 161;

impl Neuron {
    pub fn shown(&self) -> Shown {
        let (function, pre) = (&self.function, self.pre);
        let number = |x: f64| format::number(x, 0).trim().to_owned();
        let mut cells = vec![Cell::Number(pre), Cell::Number(self.activated)];
        let mut headings = vec!["pre".to_owned(), format!("{function}(pre)")];
        if let Some(linear) = self.linear {
            cells.push(Cell::Number(linear));
            headings.push("linear".to_owned());
        }
        cells.push(Cell::Number(self.post));
        headings.push("post".to_owned());
        let reach = if pre.is_finite() {
            REACH.max(pre.abs() * 1.25)
        } else {
            REACH
        };
        let x = |i: usize| reach * (2.0 * i as f64 / (POINTS - 1) as f64 - 1.0);
        let points = (0..POINTS).filter_map(|i| Some((x(i), self.activation.of(x(i))?)));
        let token = format::token(&self.token);
        let mut args = vec![
            ("neuron", self.neuron.into()),
            ("token", token.clone().into()),
            ("function", function.clone().into()),
            ("pre", number(pre).into()),
            ("activated", number(self.activated).into()),
            ("post", number(self.post).into()),
        ];
        let words = match self.linear {
            None => {
                args.pop();
                say_with("stages-neuron", &args)
            }
            Some(linear) => {
                args.push(("linear", number(linear).into()));
                say_with("stages-neuron-gated", &args)
            }
        };
        Shown {
            words: vec![words],
            headings,
            rows: vec![Row::of(token.clone(), cells)],
            plot: Some(Plot {
                curves: vec![Curve {
                    label: String::new(),
                    name: format!("{function}(x)"),
                    points: points.collect(),
                }],
                marks: vec![Mark {
                    label: token,
                    at: (pre, self.activated),
                }],
            }),
        }
    }
}
