//! State to frame. Nothing here changes anything.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::Line;

use super::super::super::widgets::{frame, text};
use super::layout::{MIN, areas, menu_area};
use super::view::{Spot, View};
use super::{controls, data, network, output, words};
use crate::lang::say;

/// Draw the whole screen; returns where the terminal's cursor belongs, if anywhere.
pub fn draw(buf: &mut Buffer, view: &View) -> Option<Position> {
    let theme = view.base.theme;
    let screen = view.base.screen.intersection(buf.area);
    if screen.width < MIN.0 || screen.height < MIN.1 {
        text::too_small(buf, screen, MIN, theme.text());
        return None;
    }
    let areas = areas(view);
    header(buf, areas.header, view);
    controls::draw(buf, view);
    data::draw(buf, view);
    network::draw(buf, view);
    output::draw(buf, view);
    let own = words::hints(view.spot);
    let more = words::MORE
        .iter()
        .filter(|(key, _)| own.iter().all(|(k, _)| k != key));
    let hints = words::ALWAYS.iter().chain(own).chain(more).copied();
    view.base.footer(buf, areas.footer, hints, words::LAST);
    menu(buf, view);
    view.base.over(buf, areas.footer)
}

fn header(buf: &mut Buffer, area: Rect, view: &View) {
    let theme = view.base.theme;
    let x = text::put(buf, area, area.x + 1, area.y, "layerwise", theme.current());
    let title = say("playground-title");
    let x = text::put(buf, area, x + 2, area.y, title, theme.text());
    let state = &view.now.state;
    let (train, test) = (&view.now.data.train.points, &view.now.data.test.points);
    let mut parts = vec![words::points(train.len(), test.len())];
    parts.push(format!(
        "{} {}",
        words::setting("seed", true),
        text::cut(&state.seed, 12)
    ));
    if view.is_working() {
        parts.push(say("playground-working").to_owned());
    } else if let Some(rate) = view.rate.epochs.filter(|_| view.running) {
        parts.push(words::rate(rate));
    } else if view.running {
        parts.push(say("playground-running").to_owned());
    }
    let room = Rect {
        x: x + 2,
        width: area.right().saturating_sub(x + 3),
        ..area
    };
    // The work under way stands last and stays.
    while parts.len() > 1 && text::width(&parts.join(" · ")) > room.width {
        parts.remove(0);
    }
    text::put_right(buf, room, area.y, &parts.join(" · "), theme.dim());
}

/// Values to choose from, below what they are for.
fn menu(buf: &mut Buffer, view: &View) {
    let (Some(menu), Some(area)) = (&view.menu, menu_area(view)) else {
        return;
    };
    let theme = view.base.theme;
    ratatui::widgets::Widget::render(ratatui::widgets::Clear, area, buf);
    let inner = frame::draw(buf, area, theme, true, Line::default());
    let inner = inner.inner(Margin::new(1, 0));
    let first = menu_first(menu.at, inner.height);
    let key = match menu.spot {
        Spot::Set(key) => key,
        _ => "",
    };
    for (y, (at, value)) in
        (inner.y..inner.bottom()).zip(menu.values.iter().enumerate().skip(first))
    {
        let chosen = at == menu.at;
        let style = if chosen {
            theme.current()
        } else {
            theme.text()
        };
        let mark = if chosen { "▸" } else { " " };
        let value = words::value(key, value, true);
        text::put(buf, inner, inner.x, y, &format!("{mark} {value}"), style);
    }
}

/// The first value of a menu that is seen.
pub fn menu_first(at: usize, height: u16) -> usize {
    (at + 1).saturating_sub(usize::from(height))
}
