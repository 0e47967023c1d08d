//! The numbers that summarise the tensor at the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use super::super::app::App;
use super::super::view::heads;
use super::super::widgets::{frame, number, text};
use super::{Export, Pane, Part, Place};
use crate::lang::{plain, say, say_with};
use crate::session::export::Sheet;
use crate::trace::hook;

pub static PANE: Pane = Pane {
    name: "summary",
    wide: Some(Place {
        part: Part::Right,
        lines: |_, _| Some(Constraint::Length(6)),
    }),
    asks: |app, _| vec![app.ask_summary(app.at.point)],
    draw,
    export: |app, _| sheet(app).map(Export::Sheet),
    ..Pane::NONE
};

fn sheet(app: &App) -> Option<Sheet> {
    let (point, s) = (app.point()?, app.summary(app.at.point)?);
    let columns = ["min", "max", "mean", "std", "l2", "count", "nan", "inf"];
    let mut sheet = Sheet::new("summary", ["point", ""], &columns);
    let counts = [s.count, s.nan, s.inf].map(|n| n as f64);
    let numbers = [s.min, s.max, s.mean, s.std, s.l2]
        .into_iter()
        .chain(counts);
    sheet.push(hook::short(&point.name), numbers);
    Some(sheet)
}

/// Elements that are −∞ because a query may not look there.
fn masked(app: &App) -> usize {
    let (Some(model), Some(pass)) = (&app.model, app.pass()) else {
        return 0;
    };
    app.point().map_or(0, |point| model.masked(pass, point))
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let all = match heads::heads_here(app) {
        Some(_) => say("pane-summary-heads"),
        None => say("pane-summary"),
    };
    let inner = frame::draw(buf, area, theme, focused, Line::from(format!(" {all} ")));
    let Some(s) = app.summary(app.at.point) else {
        return;
    };
    let masked = masked(app);
    let inf = s.inf.saturating_sub(masked);
    if masked > 0 {
        let words = say_with("pane-masked", &[("n", plain(masked))]);
        frame::note(buf, area, &words, theme.dim());
    }
    let half = inner.width / 2;
    let pairs = [
        [("min", number::text(s.min)), ("max", number::text(s.max))],
        [("mean", number::text(s.mean)), ("std", number::text(s.std))],
        [("l2", number::text(s.l2)), ("count", s.count.to_string())],
        [("nan", s.nan.to_string()), ("inf", inf.to_string())],
    ];
    for (i, pair) in pairs.iter().enumerate() {
        let y = inner.y + i as u16;
        for (j, (name, value)) in pair.iter().enumerate() {
            let x = inner.x + 1 + j as u16 * half;
            let x = text::put(buf, inner, x, y, &format!("{name:<5} "), theme.dim());
            let bad = *name == "nan" && s.nan > 0 || *name == "inf" && inf > 0;
            let style = if bad { theme.alarm() } else { theme.text() };
            text::put(buf, inner, x, y, value, style);
        }
    }
}

/// The parts of the summary in a few words each, the most telling first.
pub fn parts(app: &App) -> Vec<String> {
    let Some(s) = app.summary(app.at.point) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let inf = s.inf.saturating_sub(masked(app));
    if s.nan + inf > 0 {
        out.push(format!("nan {} inf {inf}", s.nan));
    }
    let (low, high) = (number::text(s.min), number::text(s.max));
    out.push(say_with(
        "pane-span",
        &[("low", low.into()), ("high", high.into())],
    ));
    let (mean, std) = (number::text(s.mean), number::text(s.std));
    out.push(format!("{mean} ± {std}"));
    out
}
