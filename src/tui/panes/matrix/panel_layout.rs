//! How the matrices of the pane are laid out, each with its labels.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::super::super::app::App;
use super::super::super::view::{self, heads, labels};
use super::super::super::widgets::frame;
use super::super::super::widgets::matrix::{Geometry, Shape};
use super::super::super::widgets::scale::Scale;
use super::panels::{Panel, panels};
use super::predictions;
use crate::lang::say;
use crate::trace::hook;

/// A panel with everything but its values.
pub struct PanelLayout {
    pub spec: Panel,
    pub title: Rect,
    pub geometry: Geometry,
    pub rows: usize,
    pub cols: usize,
    pub row_labels: Vec<String>,
    pub col_labels: Vec<String>,
    pub scale: Scale,
    pub head: Option<usize>,
    /// Whether its columns are labelled: where room is short those of the first panel are for all.
    pub heading: bool,
    /// Whether room is kept for where the chosen row looks, since not all of it is seen.
    pub attention_row: bool,
    /// Its columns in another order than their own.
    pub order: Option<Arc<[usize]>>,
    /// The heading beside the rows; empty where only another panel has one, so that columns line up.
    pub aside: Option<&'static str>,
}

impl PanelLayout {
    /// Whether all of the matrix is seen.
    pub fn whole(&self) -> bool {
        self.geometry.rows.len() == self.rows && self.geometry.cols.len() == self.cols
    }

    /// Whether it has more columns than are seen.
    pub fn wide(&self) -> bool {
        self.geometry.cols.len() < self.cols
    }

    /// The column that stands at this place.
    pub fn column(&self, place: usize) -> usize {
        let found = self.order.as_ref().and_then(|order| order.get(place));
        found.copied().unwrap_or(place)
    }

    pub fn shape<'a>(&'a self, app: &App) -> Shape<'a> {
        Shape {
            rows: self.rows,
            cols: self.cols,
            row_labels: &self.row_labels,
            row_texts: None,
            col_labels: &self.col_labels,
            scale: self.scale,
            density: app.density,
            heading: self.heading,
            aside: self.aside,
            // In another order each column is a question of its own.
            fine: if self.order.is_some() {
                1
            } else {
                app.theme.fine()
            },
            order: self.order.as_deref(),
        }
    }
}

/// Lines below a pattern for where the chosen row looks.
const ATTENTION_ROW: u16 = 9;

/// Lay out the matrices of the main pane.
pub fn panel_layouts(app: &App, area: Rect) -> Vec<PanelLayout> {
    let (Some(pass), Some(plan)) = (app.pass(), app.plan()) else {
        return Vec::new();
    };
    let inner = frame::inside(area);
    let panels = panels(plan, app.at.point);
    let many = panels.len().max(1) as u16;
    let alone = many == 1;
    let predicts = predictions::shown(app);
    let beside = panels.iter().any(|p| p.aside.is_some());
    let tokens = pass.rows() as u16;
    // With a title, labels and an empty line each.
    let roomy = inner.height / many >= tokens.saturating_add(3) || inner.height / many >= 12;
    let mut rest = inner;
    let place = |(i, spec): (usize, Panel)| {
        let point = &plan.points()[spec.point];
        let (rows, cols) = if predicts {
            (view::size(point).0, 1)
        } else {
            view::size(point)
        };
        let (row, col) = view::matrix_axes(point);
        let heading = alone || roomy || i == 0;
        let left = many - i as u16;
        // The first one's labels are a line that the others do not need.
        let first = u16::from(heading && !roomy && !alone);
        let each = ((rest.height - first.min(rest.height)) / left + first).min(rest.height);
        let top = rest.y;
        rest.y += each;
        rest.height -= each;
        let title = Rect::new(inner.x, top, inner.width, u16::from(!alone).min(each));
        let gap = u16::from(!alone && roomy);
        let area = Rect::new(
            inner.x,
            top + title.height,
            inner.width,
            each.saturating_sub(title.height + gap),
        );
        let mut panel = PanelLayout {
            title,
            geometry: Geometry::default(),
            rows,
            cols,
            row_labels: labels::labels(pass, point, row),
            col_labels: labels::labels(pass, point, col),
            scale: view::scale(app, spec.point),
            head: heads::head_of(app, point),
            heading,
            attention_row: false,
            order: None,
            aside: beside.then_some(if spec.aside.is_some() {
                say("pane-scale")
            } else {
                ""
            }),
            spec,
        };
        panel.geometry = Geometry::new(area, &panel.shape(app), app.scroll);
        // A pattern too large to be seen whole leaves room for where the chosen row looks.
        if alone
            && hook::leaf(&point.name) == "pattern"
            && !panel.whole()
            && area.height >= 2 * ATTENTION_ROW
        {
            let area = Rect {
                height: area.height - ATTENTION_ROW,
                ..area
            };
            panel.geometry = Geometry::new(area, &panel.shape(app), app.scroll);
            panel.attention_row = true;
        }
        let order = app.order.as_ref().map(|order| &order.columns);
        let order = order.filter(|columns| columns.len() == cols && panel.wide());
        panel.order = order.cloned();
        panel
    };
    panels.into_iter().enumerate().map(place).collect()
}

/// The panel that the cursor is in.
pub fn main(app: &App, panels: Vec<PanelLayout>) -> Option<PanelLayout> {
    let at = panels.iter().position(|p| p.spec.point == app.at.point);
    let at = at.or(panels.len().checked_sub(1))?;
    panels.into_iter().nth(at)
}
