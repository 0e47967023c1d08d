//! State to frame. Nothing here changes anything.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::Line;

use super::super::super::layout::MIN;
use super::super::super::widgets::{frame, text};
use super::view::{Message, View};
use super::{plane, product, words};
use crate::lang::{say, say_with};
use crate::play::matrix::Kind;
use crate::play::matrix::command::COMMANDS;
use crate::play::matrix::words as said;

/// Draw the whole screen; returns where the terminal's cursor belongs, if anywhere.
pub fn draw(buf: &mut Buffer, view: &View) -> Option<Position> {
    let theme = view.theme;
    let screen = view.screen.intersection(buf.area);
    if screen.width < MIN.0 || screen.height < MIN.1 {
        text::too_small(buf, screen, MIN, theme.text());
        return None;
    }
    header(buf, line_of(screen, screen.y), view);
    let area = body(view);
    match view.play.kind() {
        Kind::Product => product::draw(buf, area, view),
        Kind::Vectors => plane::draw(buf, area, view),
    }
    let explained = explained(view);
    let top = screen.bottom() - 1 - explained.len() as u16;
    for (y, line) in (top..).zip(explained) {
        let fits = view.play.kind() == Kind::Vectors || view.play.product().fits();
        let style = if fits { theme.text() } else { theme.alarm() };
        text::put(buf, screen, screen.x + 1, y, &line, style);
    }
    let cursor = footer(buf, line_of(screen, screen.bottom() - 1), view);
    overlay(buf, view);
    cursor
}

fn line_of(screen: Rect, y: u16) -> Rect {
    Rect {
        y,
        height: 1,
        ..screen
    }
}

/// The area that header, words and footer leave.
pub fn body(view: &View) -> Rect {
    let words = explained(view).len() as u16;
    Rect {
        y: view.screen.y + 1,
        height: view.screen.height.saturating_sub(2 + words),
        ..view.screen
    }
}

fn header(buf: &mut Buffer, area: Rect, view: &View) {
    let theme = view.theme;
    let x = text::put(buf, area, area.x + 1, area.y, "layerwise", theme.current());
    if view.play.kind() == Kind::Vectors {
        text::put(
            buf,
            area,
            x + 2,
            area.y,
            say("matrix-vectors"),
            theme.text(),
        );
        return;
    }
    let product = view.play.product();
    let size = |m: &crate::play::matrix::model::Matrix| said::size(m.rows(), m.columns());
    let title = format!(
        "{} · A {} · B {}",
        say("matrix-product"),
        size(&product.a),
        size(&product.b)
    );
    text::put(buf, area, x + 2, area.y, &title, theme.text());
    let args = [
        ("step", product.at.to_string().into()),
        ("steps", product.steps().to_string().into()),
    ];
    let pace = view.play.pace;
    let mark = if pace.playing { "▶ " } else { "" };
    let speed = said::speed(pace.steps());
    let progress = format!("{mark}{} · {speed}", say_with("matrix-progress", &args));
    let room = Rect {
        width: area.width - 1,
        ..area
    };
    text::put_right(buf, room, area.y, &progress, theme.dim());
}

/// The last step in words, in the lines above the footer; always as many, so that nothing jumps.
fn explained(view: &View) -> Vec<String> {
    if view.play.kind() == Kind::Vectors {
        return Vec::new();
    }
    let width = view.screen.width.saturating_sub(2);
    let product = view.play.product();
    let mut lines = text::wrap(&said::sum(product), width);
    lines.extend(text::wrap(&said::step(product), width));
    lines.truncate(3);
    lines.resize(3, String::new());
    lines
}

/// Keys, a message, or the line that is typed; returns where its cursor is.
fn footer(buf: &mut Buffer, area: Rect, view: &View) -> Option<Position> {
    let theme = view.theme;
    let start = area.x + 1;
    if let Some(entry) = &view.entry {
        let x = text::put(buf, area, start, area.y, &entry.label, theme.current());
        let typed = text::width(entry.input.text()) + 1;
        let mut room = area.right().saturating_sub(x);
        // The fault of the line, or the usage of its command, stands behind it.
        let word = entry.input.text().split(' ').next().unwrap_or_default();
        let spec = COMMANDS
            .iter()
            .find(|spec| spec.name == word && entry.prefix.is_empty());
        let (hint, style) = match (&view.message, spec) {
            (Some(Message::Error(why)), _) => (format!("✗ {why}"), theme.alarm()),
            (_, Some(spec)) => (spec.usage(), theme.dim()),
            _ => (String::new(), theme.dim()),
        };
        if !hint.is_empty() {
            let at = x + typed.min(room / 2) + 2;
            text::put(buf, area, at, area.y, &hint, style);
            room = room.min(at - x - 1);
        }
        let line = Rect {
            x,
            width: room,
            ..area
        };
        return Some(entry.input.draw(buf, line, theme));
    }
    match &view.message {
        Some(Message::Error(why)) => {
            text::put(buf, area, start, area.y, &format!("✗ {why}"), theme.alarm());
            return None;
        }
        Some(Message::Note(words)) => {
            text::put(buf, area, start, area.y, words, theme.accent());
            return None;
        }
        None => {}
    }
    let own = match view.play.kind() {
        Kind::Product => words::PRODUCT,
        Kind::Vectors => words::VECTORS,
    };
    let width = |(key, what): &(&str, &'static str)| text::width(key) + text::width(say(what)) + 3;
    let last: u16 = words::LAST.iter().map(width).sum();
    let mut x = start;
    let put = |buf: &mut Buffer, x: u16, hint: &(&str, &'static str)| {
        let x = text::put(buf, area, x, area.y, hint.0, theme.current());
        text::put(buf, area, x + 1, area.y, say(hint.1), theme.dim()) + 2
    };
    for hint in own {
        if x + width(hint) + last <= area.right() {
            x = put(buf, x, hint);
        }
    }
    for hint in words::LAST {
        x = put(buf, x, hint);
    }
    None
}

/// The size of the box of the text on top.
pub fn overlay_size(view: &View) -> (u16, u16) {
    let lines = view
        .overlay
        .as_ref()
        .map_or(&[][..], |overlay| &overlay.lines);
    let width = lines.iter().map(|line| text::width(line)).max();
    let (width, height) = (
        width.unwrap_or(0).max(40) + 4,
        lines.len().min(1000) as u16 + 2,
    );
    (width.min(view.screen.width), height.min(view.screen.height))
}

fn overlay(buf: &mut Buffer, view: &View) {
    let Some(overlay) = &view.overlay else {
        return;
    };
    let theme = view.theme;
    let size = overlay_size(view);
    let title = Line::styled(
        format!(" {} ", text::cut(&overlay.title, size.0 / 2)),
        theme.strong(),
    );
    let area = frame::popup(buf, view.screen, theme, size, title);
    let outer = area.outer(Margin::new(1, 1));
    frame::note(buf, outer, say("hint-overlay"), theme.dim());
    let area = area.inner(Margin::new(1, 0));
    for (y, line) in (area.y..area.bottom()).zip(overlay.lines.iter().skip(overlay.top)) {
        let heading = [say("help-keys"), say("help-commands")].contains(&line.as_str());
        let style = if heading {
            theme.current()
        } else {
            theme.text()
        };
        text::put(buf, area, area.x, y, line, style);
    }
}
