//! The turn of one pair of dimensions of a query or key by its position (Su et al. 2021, §3.4).

use serde::Serialize;

use super::shown::{Cell, Curve, Mark, Plot, Row, Shown};
use super::{Known, View, numbers};
use crate::graph::arch::{Positions, Rope};
use crate::lang::say_with;
use crate::session::format;
use crate::trace::number;
use crate::trace::plan::HookPoint;
use crate::trace::query::Query;
use crate::trace::tensor::Pick;

/// A pair of dimensions that turns together, at each token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rotation {
    pub head: usize,
    /// The two dimensions.
    pub pair: [usize; 2],
    /// Radians per position; not known in a trace.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::optional::serialize"
    )]
    pub frequency: Option<f64>,
    /// The factor that the turned pair is multiplied by.
    pub magnitude: f64,
    pub tokens: Vec<Turned>,
}

/// The pair at one token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turned {
    pub position: usize,
    pub token: String,
    /// The position times the frequency, in radians.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::optional::serialize"
    )]
    pub angle: Option<f64>,
    /// The cosine and the sine by which the model's own numbers have turned, without the magnitude.
    #[serde(with = "number")]
    pub cos: f64,
    #[serde(with = "number")]
    pub sin: f64,
    #[serde(serialize_with = "number::list::serialize")]
    pub before: Vec<f64>,
    #[serde(serialize_with = "number::list::serialize")]
    pub after: Vec<f64>,
}

struct Asked<'a> {
    pair: [usize; 2],
    /// The pair's number among the frequencies.
    index: usize,
    rope: &'a Rope,
    frequencies: Query,
    before: [Query; 2],
    after: [Query; 2],
}

fn rope<'a>(view: &'a View) -> Option<&'a Rope> {
    let Positions::Rotary(rotary) = &view.arch.positions else {
        return None;
    };
    rotary.ropes.get((*rotary.by_layer.get(view.block())?)?)
}

fn asked<'a>(view: &'a View) -> Option<Asked<'a>> {
    let rope = rope(view)?;
    // Behind the dimensions that turn stands the last pair.
    let last = (rope.d_rotary / 2 * 2).checked_sub(1)?;
    let (index, pair) = rope.pair(view.at.col.min(last))?;
    let letter = view.leaf().strip_prefix("rot_")?;
    let normed = view.beside(&format!("hook_{letter}_normed"));
    let source = normed.or_else(|| view.beside(&format!("hook_{letter}")))?;
    let rows = Pick::Span(0..view.point.shape[0]);
    let column = |point: &HookPoint, dim: usize| {
        let head = Pick::At(view.head(point));
        view.values(point, vec![rows.clone(), head, Pick::At(dim)])
    };
    Some(Asked {
        index,
        pair,
        rope,
        frequencies: Query::Frequencies {
            pass: view.at.pass,
            point: view.point.name.clone(),
        },
        before: pair.map(|dim| column(source, dim)),
        after: pair.map(|dim| column(view.point, dim)),
    })
}

pub fn asks(view: &View) -> Vec<Query> {
    asked(view).map_or(Vec::new(), |a| {
        [&a.before[..], &a.after[..], &[a.frequencies]].concat()
    })
}

pub fn stages(view: &View, known: &Known) -> Option<Rotation> {
    let asked = asked(view)?;
    let columns =
        |queries: &[Query; 2]| Some([numbers(known, &queries[0])?, numbers(known, &queries[1])?]);
    let (before, after) = (columns(&asked.before)?, columns(&asked.after)?);
    let frequency =
        numbers(known, &asked.frequencies).and_then(|all| all.get(asked.index).copied());
    let tokens = (0..view.point.shape[0]).filter_map(|row| {
        let own = |columns: [&[f64]; 2]| Some([*columns[0].get(row)?, *columns[1].get(row)?]);
        let (before, after) = (own(before)?, own(after)?);
        let (cos, sin) = asked.rope.turn(before, after);
        let position = view.pass.start + row;
        Some(Turned {
            position,
            token: view.token(position),
            angle: frequency.map(|frequency| position as f64 * frequency),
            cos,
            sin,
            before: before.to_vec(),
            after: after.to_vec(),
        })
    });
    Some(Rotation {
        head: view.head(view.point),
        pair: asked.pair,
        frequency,
        magnitude: asked.rope.magnitude,
        tokens: tokens.collect(),
    })
}

/// Places that the curves show at least, and points of a curve.
const LEAST: usize = 24;
const POINTS: usize = 257;

impl Rotation {
    pub fn shown(&self) -> Shown {
        let row = |token: &Turned| {
            let angle = token.angle.map_or(Cell::Empty, Cell::Number);
            let mut cells = vec![angle, Cell::Number(token.cos), Cell::Number(token.sin)];
            cells.extend(
                token
                    .before
                    .iter()
                    .chain(&token.after)
                    .map(|&x| Cell::Number(x)),
            );
            Row::of(
                format!("{} {}", token.position, format::token(&token.token)),
                cells,
            )
        };
        let marks = self.tokens.iter().flat_map(|token| {
            let mark = |y: f64| Mark {
                label: format::token(&token.token),
                at: (token.position as f64, y),
            };
            [mark(token.cos), mark(token.sin)]
        });
        let last = self.tokens.last().map_or(0, |token| token.position);
        let end = (last + 1).max(LEAST) as f64;
        let curve = |name: &str, of: fn(f64) -> f64| {
            self.frequency.map(|frequency| Curve {
                label: name.to_owned(),
                name: format!("{name}(p · {})", format::number(frequency, 0).trim()),
                points: (0..POINTS)
                    .map(|i| end * i as f64 / (POINTS - 1) as f64)
                    .map(|p| (p, of(p * frequency)))
                    .collect(),
            })
        };
        let [a, b] = self.pair;
        let mut args = vec![("a", a.into()), ("b", b.into()), ("head", self.head.into())];
        let words = match self.frequency {
            Some(frequency) => {
                args.push((
                    "frequency",
                    format::number(frequency, 0).trim().to_owned().into(),
                ));
                say_with("stages-rotation", &args)
            }
            None => say_with("stages-rotation-recorded", &args),
        };
        let columns = ["angle", "cos", "sin"].map(str::to_owned).into_iter();
        let pairs = self.pair.map(|dim| format!("[{dim}]"));
        let turned = self.pair.map(|dim| format!("→ [{dim}]"));
        Shown {
            words: vec![words],
            headings: columns.chain(pairs).chain(turned).collect(),
            rows: self.tokens.iter().map(row).collect(),
            plot: Some(Plot {
                curves: [curve("cos", f64::cos), curve("sin", f64::sin)]
                    .into_iter()
                    .flatten()
                    .collect(),
                marks: marks.collect(),
            }),
        }
    }
}
