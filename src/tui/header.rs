//! The header: the model that runs, the cursor's place and the state of the worker.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Status};
use super::widgets::{bar, text};
use crate::session::interventions::listed;
use crate::session::warnings::warnings;
use crate::trace::hook;

pub fn render(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let x = text::put(buf, area, area.x + 1, area.y, "layerwise", theme.current());
    let right = right(app);
    let room = area.width.saturating_sub(text::width(&right) + 2);
    let left = Rect {
        width: room,
        ..area
    };
    if let Some(m) = &app.model {
        let x = text::put(buf, left, x + 2, area.y, &m.name, theme.strong());
        // Facts stand there as far as there is room; none is cut.
        let facts = [
            m.family.clone(),
            format!("{} layers", m.n_layers),
            format!("{} {}", m.dtype, m.device),
        ];
        let warnings = match warnings(m, &app.passes).len() {
            0 => String::new(),
            1 => " · 1 warning".into(),
            n => format!(" · {n} warnings"),
        };
        let x = text::put(buf, left, x, area.y, &warnings, theme.alarm());
        let x = text::put(buf, left, x, area.y, &branch(app), theme.accent());
        let mut x = text::put(buf, left, x, area.y, &interventions(app), theme.accent());
        for fact in facts {
            let fact = format!(" · {fact}");
            if x + text::width(&fact) > left.right() {
                break;
            }
            x = text::put(buf, left, x, area.y, &fact, theme.dim());
        }
    }
    let style = match app.status {
        Status::Failed(_) => theme.alarm(),
        Status::Ready => theme.dim(),
        _ => theme.accent(),
    };
    let area = Rect {
        width: area.width.saturating_sub(1),
        ..area
    };
    text::put_right(buf, area, area.y, &right, style);
}

/// The branch that is looked at, where there are several.
fn branch(app: &App) -> String {
    let current = app.branches.iter().find(|one| one.current);
    let current = current.filter(|_| app.branches.len() > 1);
    current.map_or(String::new(), |one| format!(" · ⑂ {}", one.name))
}

/// How many interventions there are, and how many of them are on if not all.
fn interventions(app: &App) -> String {
    let list = listed(&app.interventions);
    let (all, on) = (list.len(), list.iter().filter(|one| one.on).count());
    match (all, on) {
        (0, _) => String::new(),
        (1, 1) => " · ✎ 1 intervention".into(),
        (all, on) if all == on => format!(" · ✎ {all} interventions"),
        (all, on) => format!(" · ✎ {on} of {all} interventions on"),
    }
}

fn right(app: &App) -> String {
    let place = || {
        let (plan, point) = (app.plan()?, app.point()?);
        Some(format!(
            "pass {} · {} · step {}/{}",
            app.at.pass,
            hook::layer_of(&point.name).map_or(String::new(), |l| l.to_string()),
            app.at.point + 1,
            plan.len()
        ))
    };
    match &app.status {
        Status::Opening => "opening…".into(),
        Status::Stopping => "stopping…".into(),
        Status::Failed(_) => "stopped".into(),
        Status::Running(Some(p)) if p.total > 0 => {
            let share = p.done as f64 / p.total as f64;
            let gauge = bar::text(share, 10);
            format!("running {} {gauge:░<10} {:3.0} %", p.at, share * 100.0)
        }
        _ => place().unwrap_or_default(),
    }
}
