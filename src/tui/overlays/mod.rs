//! Overlays above the panes, one file each, and how much of them can be seen.

mod confirm;
mod help;
pub mod palette;
pub mod product;
mod prompt;
pub mod save;
mod text;
pub mod why;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::app::{App, Overlay};
use super::widgets::frame;
use crate::trace::query::Query;

/// Draw the overlay, if there is one; returns where the terminal's cursor belongs.
pub fn render(buf: &mut Buffer, app: &App) -> Option<Position> {
    match app.overlay.as_ref()? {
        Overlay::Help { top } => help::render(buf, app, *top),
        Overlay::Text {
            title,
            lines,
            top,
            left,
            under: _,
        } => text::render(buf, app, title, lines, (*top, *left)),
        Overlay::Palette(palette) => {
            return Some(palette::render(buf, app.screen, app.theme, palette));
        }
        Overlay::Prompt(prompt) => return Some(prompt::render(buf, app, prompt)),
        Overlay::Save(save) => return Some(save::render(buf, app, save)),
        Overlay::Confirm(confirm) => confirm::render(buf, app, &confirm.question),
        Overlay::Product(product) => product::render(buf, app, product),
        Overlay::Why(why) => why::render(buf, app, why),
    }
    None
}

/// The question for what the overlay shows, if it is not known yet.
pub fn asks(app: &App) -> Option<Query> {
    let query = match &app.overlay {
        Some(Overlay::Product(product)) => product.query.clone(),
        Some(Overlay::Why(why)) => why.trail.last()?.query.clone(),
        _ => return None,
    };
    let unknown = app.answers.unknown(vec![query]);
    unknown.into_iter().next()
}

/// The box of the overlay with its frame; empty where there is none.
pub fn area(app: &App) -> Rect {
    let (width, height) = match &app.overlay {
        None => return Rect::default(),
        Some(Overlay::Help { .. }) => help::size(app),
        Some(Overlay::Text { title, lines, .. }) => text::size(title, lines),
        Some(Overlay::Palette(palette)) => palette::size(app.screen, palette),
        Some(Overlay::Prompt(prompt)) => prompt::size(app, prompt),
        Some(Overlay::Save(_)) => save::size(app),
        Some(Overlay::Confirm(confirm)) => confirm::size(app, &confirm.question),
        Some(Overlay::Product(_)) => product::size(app),
        Some(Overlay::Why(why)) => why::size(app, why),
    };
    frame::centred(app.screen, width, height)
}

/// Lines of the text that lies on top, and how many of them are seen at once.
pub fn extent(app: &App) -> (usize, usize) {
    let lines = match &app.overlay {
        Some(Overlay::Help { .. }) => help::longest(&help::lists(app)),
        Some(Overlay::Text { lines, .. }) => lines.len(),
        _ => 0,
    };
    (lines, area(app).height.saturating_sub(2) as usize)
}

/// Columns of the text on top that its box has no room for.
pub fn overhang(app: &App) -> usize {
    match &app.overlay {
        Some(Overlay::Text { title, lines, .. }) => {
            (text::size(title, lines).0.saturating_sub(area(app).width)) as usize
        }
        _ => 0,
    }
}
