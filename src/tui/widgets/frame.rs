//! The box around a pane.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use super::super::theme::{Depth, Theme};

/// Draw the box, return what it leaves inside. The focused one has a bright, without colours a
/// thick, line.
pub fn draw(buf: &mut Buffer, area: Rect, theme: Theme, focused: bool, title: Line) -> Rect {
    let style = if focused {
        theme.accent()
    } else {
        theme.faint()
    };
    let kind = if focused && theme.plain() {
        BorderType::Thick
    } else {
        BorderType::Rounded
    };
    let block = Block::bordered()
        .border_type(kind)
        .border_style(style)
        .title_style(title_style(theme, focused))
        .title(title);
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// A title is read whether its pane has the focus or not: fainter than text, and never as faint as lines.
fn title_style(theme: Theme, focused: bool) -> Style {
    match theme.depth {
        _ if focused => theme.accent(),
        Depth::None | Depth::Ansi16 => theme.text(),
        Depth::Ansi256 | Depth::True => theme.dim(),
    }
}

/// The area inside a pane's box.
pub fn inside(area: Rect) -> Rect {
    area.inner(Margin::new(1, 1))
}

/// A note in the lower line of the box, to the right.
pub fn note(buf: &mut Buffer, area: Rect, text: &str, style: Style) {
    if area.height < 2 || area.width < 6 || text.is_empty() {
        return;
    }
    let text = super::text::cut(&format!(" {text} "), area.width - 4);
    let x = area.right() - 2 - super::text::width(&text);
    super::text::put(buf, area, x, area.bottom() - 1, &text, style);
}

/// A box over everything else, centred, of at most this size.
pub fn popup(
    buf: &mut Buffer,
    screen: Rect,
    theme: Theme,
    (width, height): (u16, u16),
    title: Line,
) -> Rect {
    let area = centred(screen, width, height);
    Clear.render(area, buf);
    draw(buf, area, theme, true, title)
}

pub fn centred(screen: Rect, width: u16, height: u16) -> Rect {
    let (w, h) = (width.min(screen.width), height.min(screen.height));
    Rect::new(
        screen.x + (screen.width - w) / 2,
        screen.y + (screen.height - h) / 3,
        w,
        h,
    )
}
