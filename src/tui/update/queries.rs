//! What must be asked for: all that the screen shows and that is not known yet.

use super::super::app::App;
use super::super::layout::Layout;
use super::super::panes::heads;
use super::super::view;
use crate::session::debugger::Debugger;
use crate::session::query::{Query, What};
use crate::trace::plan::Plan;
use crate::trace::tensor::{Pick, Slice};

/// The most wanted first.
pub fn queries(app: &App, d: &Debugger, l: &Layout) -> Vec<Query> {
    let Some(plan) = app.plan() else {
        return Vec::new();
    };
    let pass = d.pass;
    let ask = |point, what| Query { pass, point, what };
    let mut out = match view::predicts(app) {
        true => predictions(app, d, l),
        false => matrices(app, d, l, plan),
    };
    if let Some(k) = lens_wanted(app, l)
        && plan.residual_at(d.point).is_some()
        && view::speechless(app).is_none()
    {
        let (row, temperature) = (d.row, d.temperature);
        let what = What::Lens {
            row,
            k,
            temperature,
        };
        out.push(ask(d.point, what));
    }
    if app.known.missing.contains_key(&d.point) {
        return out;
    }
    if !app.known.summaries.contains_key(&(pass, d.point)) {
        out.push(ask(d.point, What::Summary));
    }
    if let (Some(grid), false) = (heads::grid(app, l.heads), l.heads.is_empty()) {
        let (rows, cols) = (grid.rows, grid.cols);
        let shown = app.known.heads.get(&(pass, d.point));
        if shown.is_none_or(|v| v.shape[1..] != [rows, cols]) {
            out.push(ask(d.point, What::Heads { rows, cols }));
        }
    }
    out
}

/// How many candidates the distribution at the cursor lacks, if it is shown at all.
fn lens_wanted(app: &App, l: &Layout) -> Option<usize> {
    let known = &app.known;
    let k = view::candidates(l).max(view::PREDICTIONS);
    let vocab = app.model.as_ref().map_or(usize::MAX, |m| m.d_vocab);
    let lens = known.lens.as_ref();
    let fresh = lens.is_some_and(|(at, lens)| *at == app.at && lens.top.len() >= k.min(vocab));
    let blind = known.blind.as_ref().is_some_and(|(at, _)| *at == app.at);
    let shown = !l.lens.is_empty() || view::predicts(app);
    (shown && !fresh && !blind).then_some(k)
}

/// What each visible token is followed by; the chosen one's is the lens.
fn predictions(app: &App, d: &Debugger, l: &Layout) -> Vec<Query> {
    let k = view::PREDICTIONS;
    let temperature = d.temperature;
    let blind = app.known.blind.is_some();
    let mut out = Vec::new();
    for laid in view::lay(app, l).into_iter().filter(|_| !blind) {
        for row in laid.geometry.rows.filter(|&row| row != d.row) {
            let said = app.known.predictions.get(&(d.pass, row));
            if said.is_none_or(|said| said.temperature != temperature.get()) {
                out.push(Query {
                    pass: d.pass,
                    point: d.point,
                    what: What::Lens {
                        row,
                        k,
                        temperature,
                    },
                });
            }
        }
    }
    out
}

fn matrices(app: &App, d: &Debugger, l: &Layout, plan: &Plan) -> Vec<Query> {
    let pass = d.pass;
    let known = &app.known;
    let mut out = Vec::new();
    for laid in view::lay(app, l) {
        let at = laid.panel.point;
        if at > app.at.point && laid.panel.role != "after" || known.missing.contains_key(&at) {
            continue;
        }
        for point in [Some(at), laid.panel.aside].into_iter().flatten() {
            let mut geometry = laid.geometry.clone();
            if Some(point) == laid.panel.aside {
                geometry.cols = 0..1;
            }
            let tile = known.tiles.get(&(pass, point));
            let same = tile.is_some_and(|t| {
                t.head == laid.head && t.rows == geometry.rows && t.cols == geometry.cols
            });
            if !same && !geometry.rows.is_empty() && !geometry.cols.is_empty() {
                let hook = &plan.points()[point];
                let what = What::Values(view::slice(hook, laid.head, &geometry));
                out.push(Query { pass, point, what });
            }
        }
        if let Some(of) = view::row_of(app, &laid)
            && known.row.as_ref().is_none_or(|(known, _)| *known != of)
        {
            let picks = [
                Pick::At(of.head),
                Pick::At(of.row),
                Pick::Span(0..laid.cols),
            ];
            let what = What::Values(Slice(picks.into()));
            out.push(Query {
                pass,
                point: at,
                what,
            });
        }
        if !known.summaries.contains_key(&(pass, at)) {
            let what = What::Summary;
            out.push(Query {
                pass,
                point: at,
                what,
            });
        }
    }
    out
}
