//! The header: the model that runs, the cursor's place and the state of the worker.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Status};
use super::widgets::{bar, text};
use crate::lang::{plain, say, say_with};
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
            say_with("pane-header-layers", &[("n", m.n_layers.into())]),
            format!("{} {}", m.dtype, m.device),
        ];
        let warnings = match warnings(m, &app.passes).len() {
            0 => String::new(),
            n => format!(
                " · {}",
                say_with("pane-header-warnings", &[("n", n.into())])
            ),
        };
        let x = text::put(buf, left, x, area.y, &warnings, theme.alarm());
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

/// How many interventions there are, and how many of them are on if not all.
fn interventions(app: &App) -> String {
    let (all, on) = (
        app.interventions.len(),
        app.interventions.iter().filter(|one| one.on).count(),
    );
    let n = ("n", all.into());
    let words = match all {
        0 => return String::new(),
        all if all == on => say_with("pane-header-interventions", &[n]),
        _ => say_with("pane-header-interventions-on", &[n, ("on", on.into())]),
    };
    format!(" · {words}")
}

fn right(app: &App) -> String {
    let place = || {
        let (plan, point) = (app.plan()?, app.point()?);
        let layer = hook::layer_of(&point.name).map_or(String::new(), |l| l.to_string());
        Some(say_with(
            "pane-header-place",
            &[
                ("pass", plain(app.at.pass)),
                ("layer", layer.into()),
                ("step", plain(app.at.point + 1)),
                ("steps", plain(plan.len())),
            ],
        ))
    };
    match &app.status {
        Status::Opening => say("pane-header-opening").into(),
        Status::Stopping => say("pane-header-stopping").into(),
        Status::Failed(_) => say("pane-header-stopped").into(),
        Status::Running(Some(p)) if p.total > 0 => {
            let share = p.done as f64 / p.total as f64;
            let gauge = bar::text(share, 10);
            say_with(
                "pane-header-running",
                &[
                    ("at", plain(p.at)),
                    ("gauge", format!("{gauge:░<10}").into()),
                    ("share", format!("{:3.0}", share * 100.0).into()),
                ],
            )
        }
        _ => place().unwrap_or_default(),
    }
}
