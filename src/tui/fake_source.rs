//! The state of `fake` as a source, to drive the whole screen in tests.

use std::path::Path;
use std::sync::Arc;

use globset::GlobSet;

use super::fake::{bare, lens, lens_of, value, weight};
use super::view;
use crate::trace::plan::{Axis, HookPoint, Plan};
use crate::trace::source::{Choice, Control, ModelInfo, Pass, Source, SourceError};
use crate::trace::tensor::{Distribution, HostTensor, Pick, Slice, Summary, Values};
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

    fn run_to(&mut self, _: usize, _: usize, _: &Control) -> Result<(), SourceError> {
        Ok(())
    }

    fn values(&mut self, pass: usize, point: usize, slice: &Slice) -> Result<Values, SourceError> {
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
        Ok(Values::new(shape, data))
    }

    fn summary(&mut self, pass: usize, point: usize, _: &Control) -> Result<Summary, SourceError> {
        Ok(Summary {
            count: self.point(pass, point).numel(),
            min: -1.6871,
            max: 1.6904,
            mean: 0.0123,
            std: 0.973,
            l2: 15.57,
            nan: 0,
            inf: 0,
        })
    }

    fn heads(
        &mut self,
        pass: usize,
        point: usize,
        rows: usize,
        cols: usize,
        _: &Control,
    ) -> Result<Values, SourceError> {
        let pattern = self.point(pass, point).name.ends_with("pattern");
        let of = |head, row, col| {
            if pattern {
                weight(head, row, col)
            } else {
                value(point, head, row, col)
            }
        };
        let cell = |i: usize| of(i / (rows * cols), i / cols % rows, i % cols);
        Ok(Values::new(
            vec![4, rows, cols],
            (0..4 * rows * cols).map(cell).collect(),
        ))
    }

    fn lens(
        &mut self,
        _: usize,
        _: usize,
        _: usize,
        k: usize,
        _: f64,
    ) -> Result<Distribution, SourceError> {
        Ok(lens_of(k))
    }

    fn tensor(&mut self, _: usize, _: usize) -> Result<HostTensor<'_>, SourceError> {
        Err(SourceError::Cancelled)
    }

    fn next(&mut self, pass: usize, choice: &Choice, _: &Control) -> Result<(), SourceError> {
        self.passes.truncate(pass + 1);
        let id = match choice {
            Choice::Token(id) => *id,
            _ => 0,
        };
        let mut next = self.passes[pass].clone();
        let text = lens().top[id as usize].text.clone();
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
        Ok(())
    }

    fn restart(&mut self, _: &str) -> Result<(), SourceError> {
        self.passes.truncate(1);
        Ok(())
    }

    fn save(&mut self, path: &Path, _: &GlobSet, _: &Control) -> Result<(), SourceError> {
        Err(SourceError::Write {
            path: path.into(),
            error: std::io::Error::other("disk full"),
        })
    }
}
