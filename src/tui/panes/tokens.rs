//! The tokens of the pass: the prompt's, after a heavy line the generated ones, then where the next
//! one will stand if there can be one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Position, Rect};

use super::super::app::App;
use super::super::widgets::text;
use super::{Export, Pane, Part, Place};
use crate::session::command::{Command, Which};
use crate::session::export::Sheet;

const PLACE: Option<Place> = Some(Place {
    part: Part::Top,
    lines: |_, _| Some(Constraint::Length(1)),
});

pub static PANE: Pane = Pane {
    name: "tokens",
    wide: PLACE,
    narrow: PLACE,
    draw,
    click: Some(click),
    export: |app, _| Some(Export::Sheet(sheet(app))),
    ..Pane::NONE
};

/// Every token with its place and its number.
fn sheet(app: &App) -> Sheet {
    let mut sheet = Sheet::new("tokens", ["token", ""], &["position", "id"]);
    for (at, token) in app.text().iter().enumerate() {
        sheet.push(&token.text, [at as f64, f64::from(token.id)]);
    }
    sheet
}

/// Go to the token, in the pass that ran it.
fn click(app: &mut App, area: Rect, at: Position) -> Vec<Command> {
    let Some((pass, row)) = hit(app, area, at) else {
        return Vec::new();
    };
    let mut commands = vec![Command::row(Which::Number(row))];
    if pass != app.at.pass {
        commands.insert(0, Command::pass(Which::Number(pass)));
    }
    commands
}

/// Where each token lies: index, left edge, width. Scrolled so that the selected one is seen.
pub fn places(app: &App, area: Rect) -> Vec<(usize, u16, u16, String)> {
    let Some(pass) = app.pass() else {
        return Vec::new();
    };
    let labels: Vec<_> = app.text().iter().map(|t| text::token(&t.text)).collect();
    let chosen = pass.start + app.at.row;
    let room = area.width.saturating_sub(6);
    let mut first = chosen.min(labels.len().saturating_sub(1));
    let mut used = 0;
    while let Some(label) = labels.get(first) {
        used += text::width(label) + 1;
        if used > room || first == 0 {
            first += usize::from(used > room && first < chosen);
            break;
        }
        first -= 1;
    }
    let mut x = area.x + 1;
    let mut out = Vec::new();
    for (i, label) in labels.into_iter().enumerate().skip(first) {
        let w = text::width(&label);
        if x + w + 2 > area.right() {
            break;
        }
        out.push((i, x, w, label));
        x += w + 1;
    }
    out
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let Some(pass) = app.pass() else { return };
    let prompt = app.passes.first().map_or(0, |p| p.tokens.len());
    let places = places(app, area);
    if places.first().is_some_and(|p| p.0 > 0) {
        text::put(buf, area, area.x, area.y, "‹", theme.accent());
    }
    let mut end = area.x;
    let mut last = 0;
    for (i, x, w, label) in places {
        let style = match i {
            i if i == pass.start + app.at.row => theme.cursor(),
            i if i >= pass.tokens.len() => theme.faint(),
            i if i >= prompt => theme.accent(),
            i if i < pass.start => theme.dim(),
            _ => theme.text(),
        };
        text::put(buf, area, x, area.y, &label, style);
        let rule = if i + 1 == prompt { "┃" } else { "│" };
        text::put(buf, area, x + w, area.y, rule, theme.faint());
        end = x + w + 1;
        last = i + 1;
    }
    let mark = if last < app.text().len() {
        "›"
    } else if app.model.as_ref().is_none_or(|m| m.causal) {
        "▮"
    } else {
        ""
    };
    text::put(buf, area, end, area.y, mark, theme.accent());
}

/// The pass that ran the token under a point of the screen, and its row there.
fn hit(app: &App, area: Rect, at: Position) -> Option<(usize, usize)> {
    let (token, ..) = places(app, area)
        .into_iter()
        .find(|(_, x, w, _)| (*x..*x + *w).contains(&at.x))?;
    let mut passes = app.passes.iter();
    let ran = passes.position(|pass| (pass.start..pass.tokens.len()).contains(&token))?;
    Some((ran, token - app.passes[ran].start))
}
