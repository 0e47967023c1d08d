//! What the main pane shows at a hook point: which tensors, cut how, with which labels.

use ratatui::layout::Rect;

use super::app::{App, Density, Pane, RowOf};
use super::layout::Layout;
use super::widgets::matrix::{Geometry, Shape};
use super::widgets::scale::Scale;
use super::widgets::text;
use crate::trace::hook;
use crate::trace::plan::{Axis, HookPoint, Plan};
use crate::trace::source::{Pass, PredictionTarget};
use crate::trace::tensor::{Pick, Slice};

/// One matrix of the main pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    pub point: usize,
    /// What it is beside its name: `before`, `after`.
    pub role: &'static str,
    /// A point whose only column is shown beside this one's rows.
    pub aside: Option<usize>,
}

/// What the embedding adds up, in this order.
const ADDENDS: [(&str, &str); 3] = [
    ("hook_embed", "tokens"),
    ("hook_token_type_embed", "+ segments"),
    ("hook_pos_embed", "+ positions"),
];

/// The matrices that belong together at `point`: embedding, positions and their sum; a norm's
/// input and output; otherwise the point alone.
pub fn panels(plan: &Plan, point: usize) -> Vec<Panel> {
    let points = plan.points();
    let Some(at) = points.get(point) else {
        return Vec::new();
    };
    let panel = |point, role| Panel {
        point,
        role,
        aside: None,
    };
    let mut sum: Vec<Panel> = ADDENDS
        .iter()
        .filter_map(|(name, role)| Some(panel(plan.position(name)?, role)))
        .collect();
    let normed = plan.position("embed_ln.hook_out");
    let plain = plan.position("blocks.0.hook_resid_pre");
    if sum.len() > 1
        && let Some(result) = normed.or(plain)
    {
        let role = if normed.is_some() {
            "= sum, normed"
        } else {
            "= sum"
        };
        sum.push(panel(result, role));
        if sum.iter().any(|p| p.point == point) {
            return sum;
        }
    }
    let module = hook::module_of(&at.name);
    if module.is_some_and(|m| m.starts_with("ln")) {
        let same = |i: &usize| {
            hook::module_of(&points[*i].name) == module && points[*i].layer() == at.layer()
        };
        let first = (0..=point).rev().take_while(same).last().unwrap_or(point);
        let scale = (first..points.len())
            .take_while(same)
            .find(|&i| hook::leaf(&points[i].name) == "scale");
        // The head of masked tokens norms what it has made of the stream.
        let read = |&i: &usize| plan.is_residual(i) || points[i].name == "mlm_head.hook_post";
        let before = (0..first).rev().find(read);
        let after = if Some(point) == scale {
            (point + 1..points.len()).find(same)
        } else {
            Some(point)
        };
        let mut out = Vec::new();
        out.extend(before.map(|i| panel(i, "before")));
        out.extend(after.map(|point| Panel {
            point,
            role: "after",
            aside: scale.filter(|&s| points[s].axes.last() == Some(&Axis::One)),
        }));
        return out;
    }
    vec![panel(point, "")]
}

/// Q, K, V, scores, pattern and what else the attention module holds, when `point` is one of them.
pub fn tabs(plan: &Plan, point: usize) -> Vec<usize> {
    let points = plan.points();
    let inside = |i: &usize| {
        let (a, b) = (&points[*i], &points[point]);
        a.layer() == b.layer() && hook::module_of(&a.name) == Some("attn")
    };
    match points.get(point) {
        Some(p) if hook::module_of(&p.name) == Some("attn") => {
            plan.layer_range(p.layer()).filter(inside).collect()
        }
        _ => Vec::new(),
    }
}

/// The two axes of a point that a matrix shows.
pub fn matrix_axes(point: &HookPoint) -> (Option<usize>, Option<usize>) {
    let head = point.head_axis();
    let mut rest = (0..point.shape.len()).filter(|&i| Some(i) != head);
    match (rest.next(), rest.next()) {
        (Some(row), Some(col)) => (Some(row), Some(col)),
        (col, _) => (None, col),
    }
}

/// Rows and columns of the matrix of a point.
pub fn size(point: &HookPoint) -> (usize, usize) {
    let (row, col) = matrix_axes(point);
    let len = |axis: Option<usize>| axis.map_or(1, |i| point.shape[i]);
    (len(row), len(col))
}

/// The head of this point that belongs to the chosen one: with grouped queries several share one.
pub fn head_of(app: &App, point: &HookPoint) -> Option<usize> {
    let axis = point.head_axis()?;
    let heads = point.shape[axis].max(1);
    let all = app.model.as_ref().map_or(heads, |m| m.n_heads).max(heads);
    Some((app.head.min(all - 1) * heads / all).min(heads - 1))
}

/// Heads of the hook point at the cursor, where it has any.
pub fn heads_here(app: &App) -> Option<usize> {
    let point = app.plan()?.points().get(app.at.point)?;
    Some(point.shape[point.head_axis()?])
}

/// Heads of the hook point at the cursor, and how many of the model's share one of them.
pub fn heads(app: &App) -> (usize, usize) {
    let all = app.model.as_ref().map_or(1, |m| m.n_heads.max(1));
    let point = app.plan().and_then(|p| p.points().get(app.at.point));
    let here = point.and_then(|p| Some(p.shape[p.head_axis()?]));
    let here = here.unwrap_or(all).max(1);
    (here, (all / here).max(1))
}

/// Candidates a row of the table of predictions shows at most.
pub const PREDICTIONS: usize = 8;

/// Whether the main pane is the table of predictions: at the logits, unless numbers are asked for.
pub fn predicts(app: &App) -> bool {
    let point = app.plan().and_then(|p| p.points().get(app.at.point));
    app.density == Density::Numbers && point.is_some_and(|p| p.axes == [Axis::Token, Axis::Vocab])
}

/// The slice behind a rectangle of the matrix.
pub fn slice(point: &HookPoint, head: Option<usize>, g: &Geometry) -> Slice {
    let (row, col) = matrix_axes(point);
    let pick = |axis| match Some(axis) {
        a if a == row => Pick::Span(g.rows.clone()),
        a if a == col => Pick::Span(g.cols.clone()),
        _ => Pick::At(head.unwrap_or(0)),
    };
    Slice((0..point.shape.len()).map(pick).collect())
}

/// Tokens from which on labels have their places too.
const NUMBERED: usize = 40;

/// Labels along one axis of a point.
pub fn labels(pass: &Pass, point: &HookPoint, axis: Option<usize>) -> Vec<String> {
    // Where a text does not fit the screen, its tokens' places tell them apart.
    let numbered = pass.tokens.len() > NUMBERED;
    let texts = |first: usize| {
        let tokens = pass.tokens.iter().enumerate().skip(first);
        tokens
            .map(|(i, t)| {
                if numbered {
                    format!("{i} {}", text::token(&t.text).trim_start())
                } else {
                    text::token(&t.text)
                }
            })
            .collect::<Vec<_>>()
    };
    match axis.map(|i| point.axes[i]) {
        Some(Axis::Token | Axis::Query) => texts(pass.start),
        Some(Axis::Key) => texts(0),
        _ => Vec::new(),
    }
}

/// What colours mean at a point.
pub fn scale(app: &App, point: usize) -> Scale {
    let Some(plan) = app.plan() else {
        return Scale::Signed(1.0);
    };
    if hook::leaf(&plan.points()[point].name) == "pattern" {
        return Scale::Probability;
    }
    let summary = app.answers.summaries.get(&(app.at.pass, point));
    let robust = summary.map(|s| {
        let rms = s.l2 / (s.count.max(1) as f64).sqrt();
        s.max.abs().max(s.min.abs()).min(2.5 * rms)
    });
    Scale::Signed(robust.filter(|s| s.is_finite() && *s > 0.0).unwrap_or(1.0))
}

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
    /// The heading beside the rows; empty where only another panel has one, so that columns line up.
    pub aside: Option<&'static str>,
}

impl PanelLayout {
    /// Whether all of the matrix is seen.
    pub fn whole(&self) -> bool {
        self.geometry.rows.len() == self.rows && self.geometry.cols.len() == self.cols
    }

    pub fn shape<'a>(&'a self, app: &App) -> Shape<'a> {
        Shape {
            rows: self.rows,
            cols: self.cols,
            row_labels: &self.row_labels,
            col_labels: &self.col_labels,
            scale: self.scale,
            density: app.density,
            heading: self.heading,
            aside: self.aside,
        }
    }
}

/// Lines below a pattern for where the chosen row looks.
const ATTENTION_ROW: u16 = 9;

/// Lay out the matrices of the main pane.
pub fn panel_layouts(app: &App, layout: &Layout) -> Vec<PanelLayout> {
    let (Some(pass), Some(plan)) = (app.pass(), app.plan()) else {
        return Vec::new();
    };
    let inner = Rect {
        x: layout.matrix.x + 1,
        y: layout.matrix.y + 1,
        width: layout.matrix.width.saturating_sub(2),
        height: layout.matrix.height.saturating_sub(2),
    };
    let panels = panels(plan, app.at.point);
    let many = panels.len().max(1) as u16;
    let alone = many == 1;
    let predicts = predicts(app);
    let beside = panels.iter().any(|p| p.aside.is_some());
    let tokens = (pass.tokens.len() - pass.start.min(pass.tokens.len())) as u16;
    // With a title, labels and an empty line each.
    let roomy = inner.height / many >= tokens.saturating_add(3) || inner.height / many >= 12;
    let mut rest = inner;
    let place = |(i, spec): (usize, Panel)| {
        let point = &plan.points()[spec.point];
        let (rows, cols) = if predicts {
            (size(point).0, 1)
        } else {
            size(point)
        };
        let (row, col) = matrix_axes(point);
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
            row_labels: labels(pass, point, row),
            col_labels: labels(pass, point, col),
            scale: scale(app, spec.point),
            head: head_of(app, point),
            heading,
            attention_row: false,
            aside: beside.then_some(if spec.aside.is_some() { "scale" } else { "" }),
            spec,
        };
        if panel.row_labels.is_empty() && rows > 1 {
            panel.row_labels = (0..rows).map(|i| i.to_string()).collect();
        }
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
        panel
    };
    panels.into_iter().enumerate().map(place).collect()
}

/// The chosen row of a pattern that is not seen whole.
pub fn row_of(app: &App, panel: &PanelLayout) -> Option<RowOf> {
    panel.attention_row.then_some(RowOf {
        pass: app.at.pass,
        point: panel.spec.point,
        head: panel.head?,
        row: app.cell.0.min(panel.rows.max(1) - 1),
    })
}

/// Whether attention's mask hides a cell from the model: what comes later, and what lies before a window.
pub fn masked(app: &App, pass: &Pass, point: &HookPoint, row: usize, col: usize) -> bool {
    all_masked(app, pass, point, (row, row), (col, col))
}

/// Whether the mask hides all cells between two rows and two columns, these among them.
pub fn all_masked(
    app: &App,
    pass: &Pass,
    point: &HookPoint,
    rows: (usize, usize),
    cols: (usize, usize),
) -> bool {
    let (Some(model), true) = (
        &app.model,
        point.axes.contains(&Axis::Key) && point.axes.contains(&Axis::Query),
    ) else {
        return false;
    };
    // A query's keys follow on those of the query before it.
    let first = model.visible_keys(pass, point, rows.0).start;
    let end = model.visible_keys(pass, point, rows.1).end;
    cols.0 >= end || cols.1 < first
}

/// What the distribution at the cursor is of.
pub fn prediction_target(app: &App) -> PredictionTarget {
    let model = app.model.as_ref().zip(app.pass());
    model.map_or(PredictionTarget::Next, |(model, pass)| {
        model.prediction_target(pass, app.at.row)
    })
}

/// What an encoder that gives no logits ends in instead: nothing in it reads as tokens.
pub fn output_without_logits(app: &App) -> Option<String> {
    app.model.as_ref().filter(|m| !m.causal)?;
    app.plan()?.output_without_logits()
}

/// Candidates that fit the distribution pane.
pub fn candidates(layout: &Layout) -> usize {
    (layout.lens.height.saturating_sub(4) as usize).clamp(5, 50)
}

/// The area inside a pane's box.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// Panes that can have the focus now, in order.
pub fn focusable(app: &App, layout: &Layout) -> Vec<Pane> {
    [
        (Pane::Steps, layout.steps),
        (Pane::Matrix, layout.matrix),
        (Pane::Lens, layout.lens),
        (Pane::Heads, layout.heads),
    ]
    .into_iter()
    .filter(|(pane, area)| app.zoom || *pane == app.focus || !area.is_empty())
    .map(|(pane, _)| pane)
    .collect()
}
