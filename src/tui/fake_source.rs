//! The state of `fake` as a source, to drive the whole screen in tests.

use std::sync::Arc;

use super::fake::{bare, lens_of, value, weight};
use super::view;
use crate::trace::derived;
use crate::trace::detail::Detail;
use crate::trace::plan::{Axis, HookPoint, Plan};
use crate::trace::query::{Answer, Choice, Job, Place, Query};
use crate::trace::source::{Control, ModelInfo, Pass, Source, SourceError, locate};
use crate::trace::tensor::{HostTensor, Pick, Slice, Summary, Values};
use crate::trace::token::Token;

pub struct Fake {
    model: ModelInfo,
    passes: Vec<Pass>,
}

impl Fake {
    pub fn new() -> Fake {
        let app = bare("hook_embed", 1, 1);
        Fake {
            model: app.model.unwrap(),
            passes: app.passes,
        }
    }

    fn point(&self, pass: usize, point: usize) -> &HookPoint {
        &self.passes[pass].plan.points()[point]
    }

    fn values(&self, pass: usize, point: usize, slice: &Slice) -> Values {
        let hook = self.point(pass, point);
        let range = |i: usize| match slice.0.get(i) {
            Some(Pick::At(n)) => *n..*n + 1,
            Some(Pick::Span(range)) => range.clone(),
            None => 0..hook.shape[i],
        };
        let head = hook.head_axis().map_or(0, |i| range(i).start);
        let (row, col) = view::matrix_axes(hook);
        let mut data = Vec::new();
        for r in row.map_or(0..1, range) {
            for c in col.map_or(0..1, range) {
                assert!(col.is_none_or(|i| c < hook.shape[i]), "beyond the end");
                data.push(if hook.name.ends_with("pattern") {
                    weight(head, r, c)
                } else {
                    value(point, head, r, c)
                });
            }
        }
        let shape = (0..hook.shape.len()).map(|i| range(i).len()).collect();
        Values::new(shape, data)
    }

    fn next(&mut self, pass: usize, choice: &Choice) {
        self.passes.truncate(pass + 1);
        let id = match choice {
            Choice::Token(id) => *id,
            _ => 0,
        };
        let mut next = self.passes[pass].clone();
        let text = lens_of(usize::MAX).top[id as usize].text.clone();
        next.tokens.push(Token { id, text });
        next.start = next.tokens.len() - 1;
        let mut points = next.plan.points().to_vec();
        for point in &mut points {
            for (axis, n) in point.axes.iter().zip(&mut point.shape) {
                match axis {
                    Axis::Token | Axis::Query => *n = 1,
                    Axis::Key => *n = next.tokens.len(),
                    _ => {}
                }
            }
        }
        next.plan = Arc::new(Plan::new(points));
        self.passes.push(next);
    }
}

/// Elements of a matrix that is no step: `[row, column]` of one head, as the screen asks for them.
fn beside(slice: &Slice) -> Values {
    let range = |pick: &Pick| match pick {
        Pick::At(n) => *n..*n + 1,
        Pick::Span(range) => range.clone(),
    };
    let spans: Vec<_> = slice.0.iter().map(range).collect();
    let cells = spans
        .iter()
        .fold(vec![Vec::new()], |all: Vec<Vec<usize>>, span| {
            let longer = all
                .iter()
                .flat_map(|i| span.clone().map(move |j| [&i[..], &[j]].concat()));
            longer.collect()
        });
    let data = cells.iter().map(|i| match i[..] {
        [head, row, col] => value(1, head, row, col),
        [row, col] => value(1, 0, row, col),
        _ => value(1, 0, 0, i[0]),
    });
    Values::new(
        spans.iter().map(ExactSizeIterator::len).collect(),
        data.collect(),
    )
}

impl Source for Fake {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn passes(&self) -> &[Pass] {
        &self.passes
    }

    fn prompt(&self) -> &str {
        "中华人民"
    }

    fn answer(&mut self, query: &Query, control: &Control) -> Result<Answer, SourceError> {
        let pass = query.pass();
        let at = |point: &str| locate(&self.passes, pass, point);
        Ok(match query {
            Query::Values { point, slice, .. } => {
                Answer::Values(self.values(pass, at(point)?, slice))
            }
            Query::Summary { point, .. } => Answer::Summary(Summary {
                count: self.point(pass, at(point)?).numel(),
                min: -1.6871,
                max: 1.6904,
                mean: 0.0123,
                std: 0.973,
                l2: 15.57,
                nan: 0,
                inf: 0,
            }),
            Query::Heads {
                point, rows, cols, ..
            } => {
                let (point, rows, cols) = (at(point)?, *rows, *cols);
                let pattern = self.point(pass, point).name.ends_with("pattern");
                let of = |head, row, col| {
                    if pattern {
                        weight(head, row, col)
                    } else {
                        value(point, head, row, col)
                    }
                };
                let cell = |i: usize| of(i / (rows * cols), i / cols % rows, i % cols);
                let data = (0..4 * rows * cols).map(cell).collect();
                Answer::Heads(Values::new(vec![4, rows, cols], data))
            }
            Query::Sampling { sampling, k, .. } => {
                let top = lens_of(*k);
                let logits: Vec<f64> = top.top.iter().map(|candidate| candidate.logit).collect();
                Answer::Sampling(derived::staged(&logits, sampling, &top)?)
            }
            Query::Weight { slice, .. } | Query::Kept { slice, .. } => {
                Answer::Weight(beside(slice))
            }
            Query::Lens { k, .. } => Answer::Lens(lens_of(*k)),
            Query::Tokens { .. } => Answer::Tokens {
                tokens: self.passes[pass]
                    .tokens
                    .iter()
                    .map(Detail::unknown)
                    .collect(),
            },
            Query::Lenses { points, k, .. } => {
                let lenses = vec![lens_of(*k); points.len()];
                Answer::Lenses { lenses }
            }
            _ => return derived::answer(self, query, control),
        })
    }

    fn run(&mut self, job: &Job, _: &Control) -> Result<Vec<Place>, SourceError> {
        match job {
            Job::Next { pass, choice } => self.next(*pass, choice),
            Job::Restart { .. } => self.passes.truncate(1),
            Job::Save { path, .. } => {
                return Err(SourceError::Write {
                    path: path.clone(),
                    error: std::io::Error::other("disk full"),
                });
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    fn tensor(&mut self, _: usize, _: usize) -> Result<HostTensor<'_>, SourceError> {
        Err(SourceError::Cancelled)
    }
}
