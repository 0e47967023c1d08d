//! State to frame. Nothing here changes anything.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::super::layout::MIN;
use super::super::super::widgets::text;
use super::view::View;
use super::{plane, product, words};
use crate::lang::{say, say_with};
use crate::play::matrix::Kind;
use crate::play::matrix::words as said;

/// Draw the whole screen; returns where the terminal's cursor belongs, if anywhere.
pub fn draw(buf: &mut Buffer, view: &View) -> Option<Position> {
    let theme = view.base.theme;
    let screen = view.base.screen.intersection(buf.area);
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
    let own = match view.play.kind() {
        Kind::Product => words::PRODUCT,
        Kind::Vectors => words::VECTORS,
    };
    let last = line_of(screen, screen.bottom() - 1);
    view.base
        .footer(buf, last, own.iter().copied(), words::LAST);
    view.base.over(buf, last)
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
        y: view.base.screen.y + 1,
        height: view.base.screen.height.saturating_sub(2 + words),
        ..view.base.screen
    }
}

fn header(buf: &mut Buffer, area: Rect, view: &View) {
    let theme = view.base.theme;
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
    let width = view.base.screen.width.saturating_sub(2);
    let product = view.play.product();
    let mut lines = text::wrap(&said::sum(product), width);
    lines.extend(text::wrap(&said::step(product), width));
    lines.truncate(3);
    lines.resize(3, String::new());
    lines
}
