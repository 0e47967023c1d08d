//! What must be asked for: all that the screen shows and that is not known yet.

use super::super::app::App;
use super::super::layout::Layout;
use super::super::panes::heads;
use super::super::view;
use crate::session::debugger::Debugger;
use crate::trace::plan::Plan;
use crate::trace::query::Query;
use crate::trace::tensor::{Pick, Slice};

/// The most wanted first.
pub fn queries(app: &App, d: &Debugger, l: &Layout) -> Vec<Query> {
    let Some(plan) = app.plan() else {
        return Vec::new();
    };
    let at = d.at();
    let pass = at.pass;
    let here = || plan.points()[at.point].name.clone();
    let mut out = if view::predicts(app) {
        predictions(app, d, l, plan)
    } else {
        matrices(app, at.pass, l, plan)
    };
    if let Some(k) = lens_wanted(app, l)
        && plan.residual_at(at.point).is_some()
        && view::output_without_logits(app).is_none()
    {
        out.push(Query::Lens {
            pass,
            point: here(),
            row: at.row,
            k,
            temperature: d.temperature(),
        });
    }
    if app.answers.missing.contains_key(&at.point) {
        return out;
    }
    if !app.answers.summaries.contains_key(&(pass, at.point)) {
        let point = here();
        out.push(Query::Summary { pass, point });
    }
    if let (Some(grid), false) = (heads::grid(app, l.heads), l.heads.is_empty()) {
        let (rows, cols) = (grid.rows, grid.cols);
        let shown = app.answers.heads.get(&(pass, at.point));
        if shown.is_none_or(|v| v.shape[1..] != [rows, cols]) {
            out.push(Query::Heads {
                pass,
                point: here(),
                rows,
                cols,
            });
        }
    }
    out
}

/// How many candidates the distribution at the cursor lacks, if it is shown at all.
fn lens_wanted(app: &App, l: &Layout) -> Option<usize> {
    let answers = &app.answers;
    let k = view::candidates(l).max(view::PREDICTIONS);
    let vocab = app.model.as_ref().map_or(usize::MAX, |m| m.d_vocab);
    let lens = answers.lens.as_ref();
    let fresh = lens.is_some_and(|(at, lens)| *at == app.at && lens.top.len() >= k.min(vocab));
    let failed = matches!(&answers.lens_error, Some((at, _)) if *at == app.at);
    let shown = !l.lens.is_empty() || view::predicts(app);
    (shown && !fresh && !failed).then_some(k)
}

/// What each visible token is followed by; the chosen one's is the lens.
fn predictions(app: &App, d: &Debugger, l: &Layout, plan: &Plan) -> Vec<Query> {
    let (at, temperature) = (d.at(), d.temperature());
    let mut out = Vec::new();
    if app.answers.lens_error.is_some() {
        return out;
    }
    for panel in view::panel_layouts(app, l) {
        for row in panel.geometry.rows.filter(|&row| row != at.row) {
            let answer = app.answers.predictions.get(&(at.pass, row));
            if answer.is_none_or(|a| a.temperature != temperature.get()) {
                out.push(Query::Lens {
                    pass: at.pass,
                    point: plan.points()[at.point].name.clone(),
                    row,
                    k: view::PREDICTIONS,
                    temperature,
                });
            }
        }
    }
    out
}

fn matrices(app: &App, pass: usize, l: &Layout, plan: &Plan) -> Vec<Query> {
    let name = |point: usize| plan.points()[point].name.clone();
    let answers = &app.answers;
    let mut out = Vec::new();
    for panel in view::panel_layouts(app, l) {
        let at = panel.spec.point;
        if at > app.at.point && panel.spec.role != "after" || answers.missing.contains_key(&at) {
            continue;
        }
        for point in [Some(at), panel.spec.aside].into_iter().flatten() {
            let mut geometry = panel.geometry.clone();
            if Some(point) == panel.spec.aside {
                geometry.cols = 0..1;
            }
            let tile = answers.tiles.get(&(pass, point));
            let same = tile.is_some_and(|t| {
                t.head == panel.head && t.rows == geometry.rows && t.cols == geometry.cols
            });
            if !same && !geometry.rows.is_empty() && !geometry.cols.is_empty() {
                let hook = &plan.points()[point];
                let slice = view::slice(hook, panel.head, &geometry);
                let point = hook.name.clone();
                out.push(Query::Values { pass, point, slice });
            }
        }
        if let Some(of) = view::row_of(app, &panel)
            && answers.row.as_ref().is_none_or(|(row, _)| *row != of)
        {
            let picks = [
                Pick::At(of.head),
                Pick::At(of.row),
                Pick::Span(0..panel.cols),
            ];
            let (point, slice) = (name(at), Slice(picks.into()));
            out.push(Query::Values { pass, point, slice });
        }
        if !answers.summaries.contains_key(&(pass, at)) {
            let point = name(at);
            out.push(Query::Summary { pass, point });
        }
    }
    out
}
