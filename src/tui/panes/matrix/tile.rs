//! A rectangle of one hook point's values, as asked for and answered.

use std::ops::Range;

use super::super::super::app::App;
use super::super::super::view;
use super::panel_layout::PanelLayout;
use crate::trace::plan::HookPoint;
use crate::trace::query::Query;
use crate::trace::tensor::{Pick, Slice, Values};

pub struct Tile<'a> {
    rows: Range<usize>,
    cols: Range<usize>,
    head: Option<usize>,
    pub values: &'a Values,
}

impl Tile<'_> {
    pub fn get(&self, row: usize, col: usize) -> Option<f64> {
        if !self.rows.contains(&row) || !self.cols.contains(&col) {
            return None;
        }
        let at = (row - self.rows.start) * self.cols.len() + col - self.cols.start;
        self.values.data.get(at).copied()
    }

    /// Whether it is of another head than the one that is shown now.
    pub fn stale(&self, panel: &PanelLayout) -> bool {
        self.head != panel.head
    }
}

/// The question for the visible part of a panel.
pub fn ask(app: &App, panel: &PanelLayout) -> Option<Query> {
    let g = &panel.geometry;
    rectangle(app, panel, panel.spec.point, (&g.rows, &g.cols))
}

/// The question for the visible rows of one column.
pub fn ask_column(app: &App, panel: &PanelLayout, col: usize) -> Option<Query> {
    let rows = panel.geometry.rows.clone();
    let point = app.plan()?.points().get(panel.spec.point)?;
    let slice = slice(point, panel.head, Pick::Span(rows), Pick::At(col));
    Some(app.ask_values(panel.spec.point, slice))
}

/// The question for the column beside a panel's rows.
pub fn ask_aside(app: &App, panel: &PanelLayout) -> Option<Query> {
    rectangle(
        app,
        panel,
        panel.spec.aside?,
        (&panel.geometry.rows, &(0..1)),
    )
}

fn rectangle(
    app: &App,
    panel: &PanelLayout,
    at: usize,
    (rows, cols): (&Range<usize>, &Range<usize>),
) -> Option<Query> {
    if rows.is_empty() || cols.is_empty() {
        return None;
    }
    let point = app.plan()?.points().get(at)?;
    let (row, col) = (Pick::Span(rows.clone()), Pick::Span(cols.clone()));
    Some(app.ask_values(at, slice(point, panel.head, row, col)))
}

/// The slice of a point at these rows and columns.
pub fn slice(point: &HookPoint, head: Option<usize>, rows: Pick, cols: Pick) -> Slice {
    let (row, col) = view::matrix_axes(point);
    let pick = |axis| match Some(axis) {
        a if a == row => rows.clone(),
        a if a == col => cols.clone(),
        _ => Pick::At(head.unwrap_or(0)),
    };
    Slice((0..point.shape.len()).map(pick).collect())
}

/// The last answer of a kind of question.
pub fn tile(app: &App, query: Option<Query>) -> Option<Tile<'_>> {
    let (of, answer) = app.answers.latest(&query?)?;
    let values = answer.values()?;
    let Query::Values { point, slice, .. } = of else {
        return None;
    };
    let plan = app.plan()?;
    let point = &plan.points()[plan.position(point)?];
    let (row, col) = view::matrix_axes(point);
    let span = |axis: Option<usize>| match axis.and_then(|i| slice.0.get(i)) {
        Some(Pick::Span(range)) => range.clone(),
        Some(Pick::At(i)) => *i..*i + 1,
        None => 0..1,
    };
    let head = point.head_axis().and_then(|i| match slice.0.get(i) {
        Some(Pick::At(head)) => Some(*head),
        _ => None,
    });
    Some(Tile {
        rows: span(row),
        cols: span(col),
        head,
        values,
    })
}
