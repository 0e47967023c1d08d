//! The command line, and what fits the text typed so far.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::Line;

use super::super::app::{App, Overlay};
use super::super::palette::Palette;
use super::super::theme::Theme;
use super::super::widgets::{frame, text};
use crate::lang::say;

/// Offers shown at once.
const SHOWN: usize = 10;

pub fn size(screen: Rect, palette: &Palette) -> (u16, u16) {
    let shown = palette.offers.len().min(SHOWN) as u16;
    (screen.width.saturating_sub(8).min(96), shown + 4)
}

/// The first offer shown.
fn first(palette: &Palette) -> usize {
    palette.choice.saturating_sub(SHOWN - 1)
}

pub fn render(buf: &mut Buffer, screen: Rect, theme: Theme, palette: &Palette) -> Position {
    let (title, hint) = if palette.searching {
        (
            say("pane-palette-earlier"),
            say("pane-palette-earlier-hint"),
        )
    } else {
        (say("pane-palette"), say("pane-palette-hint"))
    };
    let title = Line::styled(format!(" {title} "), theme.strong());
    let area = frame::popup(buf, screen, theme, size(screen, palette), title);
    frame::note(buf, area.outer(Margin::new(1, 1)), hint, theme.dim());
    text::put(buf, area, area.x + 1, area.y, ":", theme.current());
    let line = Rect::new(area.x + 2, area.y, area.width.saturating_sub(3), 1);
    let cursor = palette.input.draw(buf, line, theme);
    if let Some(why) = &palette.error {
        text::put(buf, area, area.x + 2, area.y + 1, why, theme.alarm());
    } else if let Some(usage) = &palette.usage {
        text::put(buf, area, area.x + 2, area.y + 1, usage, theme.dim());
    }
    let first = first(palette);
    let shown = palette.offers.iter().enumerate().skip(first).take(SHOWN);
    for (i, offer) in shown {
        let y = area.y + 2 + (i - first) as u16;
        let on = i == palette.choice;
        let style = if on { theme.current() } else { theme.text() };
        let mark = if on { "▸" } else { " " };
        text::put(buf, area, area.x, y, mark, theme.current());
        let words = (area.x + 30).min(area.x + area.width / 2);
        let x = text::put(buf, area, area.x + 2, y, &offer.line, style);
        let room = Rect::new(area.x, y, words.saturating_sub(area.x + 1), 1);
        text::put(buf, room, x + 1, y, &offer.args, theme.dim());
        let x = (x + 2).max(words);
        text::put(buf, area, x, y, &offer.words, theme.dim());
    }
    cursor
}

/// The offer under a point of the screen.
pub fn hit(app: &App, at: Position) -> Option<usize> {
    match &app.overlay {
        Some(Overlay::Palette(palette)) => offer_at(app.screen, palette, at),
        _ => None,
    }
}

pub fn offer_at(screen: Rect, palette: &Palette, at: Position) -> Option<usize> {
    let (width, height) = size(screen, palette);
    let area = frame::centred(screen, width, height);
    let line = at.y.checked_sub(area.y + 3)? as usize;
    let found = first(palette) + line;
    (area.contains(at) && line < SHOWN && found < palette.offers.len()).then_some(found)
}
