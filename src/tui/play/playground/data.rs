//! The data column: data sets as pictures, ratio, noise and batch size as bars, the seed, the stop condition.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line as Title;

use super::super::super::widgets::{frame, text};
use super::layout::{Line, areas, data, is_wide};
use super::surface::paint;
use super::thumbnails::{HIGH, WIDE};
use super::view::{Part, Spot, View};
use super::words;
use crate::lang::say;
use crate::play::playground::choices::choices;
use crate::play::playground::state::Problem;

pub fn draw(buf: &mut Buffer, view: &View) {
    let area = areas(view).data;
    let theme = view.base.theme;
    let focused = view.spot.part() == Part::Data;
    let style = if focused {
        theme.current()
    } else {
        theme.dim()
    };
    frame::draw(
        buf,
        area,
        theme,
        focused,
        Title::styled(format!(" {} ", say("playground-data")), style),
    );
    for line in data(view) {
        draw_line(buf, view, &line);
    }
}

/// The names of the problem's data sets, and the one that is used.
pub fn sets(view: &View) -> (&'static str, Vec<&'static str>, Option<usize>) {
    let key = match view.now.state.problem {
        Problem::Classification => "dataset",
        Problem::Regression => "regDataset",
    };
    let names = choices(key);
    let value = view.value(key);
    let used = names.iter().position(|name| *name == value);
    (key, names, used.filter(|_| view.now.own.is_none()))
}

fn draw_line(buf: &mut Buffer, view: &View, line: &Line) {
    let theme = view.base.theme;
    let area = line.area;
    let selected = view.spot == line.spot;
    let plain = if selected {
        theme.cursor()
    } else {
        theme.text()
    };
    let mut pair = |name: &str, value: &str| {
        text::put(buf, area, area.x, area.y, name, theme.dim());
        let room = area.width.saturating_sub(text::width(name) + 1);
        let value = text::cut(value, room);
        text::put_right(buf, area, area.y, &value, plain);
    };
    match line.spot {
        Spot::Dataset(at) => dataset(buf, view, area, at, selected),
        Spot::Own => {
            let used = view.now.own.is_some();
            let style = match (selected, used) {
                (true, _) => theme.cursor(),
                (false, true) => theme.current(),
                (false, false) => theme.text(),
            };
            let mark = if used { "● " } else { "○ " };
            let text = format!("{mark}{}", words::own(view.now.own));
            text::put(buf, area, area.x, area.y, &text, style);
        }
        Spot::Regenerate => {
            let style = if selected {
                theme.cursor()
            } else {
                theme.current()
            };
            let long = area.width >= text::width(say("playground-regenerate"));
            let label = if long {
                say("playground-regenerate")
            } else {
                say("playground-regenerate-short")
            };
            text::put(buf, area, area.x, area.y, label, style);
            if long {
                text::put_right(buf, area, area.y, "g", theme.dim());
            }
        }
        Spot::Stop => pair(
            say("playground-stop"),
            &words::stop(view.now.stop.map(|stop| stop.to_string())),
        ),
        Spot::Set(key) => {
            let wide = is_wide(view.base.screen);
            pair(
                words::setting(key, wide),
                &words::value(key, &view.value(key), wide),
            );
            bar(buf, view, line.bar, key);
        }
        _ => {}
    }
}

fn dataset(buf: &mut Buffer, view: &View, area: Rect, at: usize, selected: bool) {
    let theme = view.base.theme;
    let (_, names, used) = sets(view);
    let style = match (selected, used == Some(at)) {
        (true, _) => theme.cursor(),
        (false, true) => theme.current(),
        (false, false) => theme.dim(),
    };
    let name = words::dataset(names.get(at).copied().unwrap_or_default());
    let mark = if used == Some(at) { "●" } else { "○" };
    if area.height == 1 {
        let text = format!("{mark} {name}");
        let style = if style == theme.dim() {
            theme.text()
        } else {
            style
        };
        text::put(buf, area, area.x, area.y, &text, style);
        return;
    }
    let Some(picture) = view.thumbnails.of(view.now.state.problem).get(at) else {
        return;
    };
    let shown = Rect::new(area.x, area.y, WIDE as u16, HIGH as u16 / 2);
    // Without colours the mark before the name says it alone.
    let faded = used != Some(at) && !selected && theme.plane(0.0).is_some();
    paint(buf, shown, HIGH as u16, theme, (faded, false), |x, y| {
        picture[y][x].unwrap_or(0.0)
    });
    let y = area.y + HIGH as u16 / 2;
    let name = if used == Some(at) && text::width(&name) < area.width {
        format!("•{name}")
    } else {
        name
    };
    text::put(buf, area, area.x, y, &name, style);
}

/// Where a number stands between the least and the most.
fn bar(buf: &mut Buffer, view: &View, area: Rect, key: &str) {
    if area.is_empty() {
        return;
    }
    let theme = view.base.theme;
    let share = share(view, key);
    let knob = (share * f64::from(area.width - 1)).round() as u16;
    let full = "━".repeat(knob.into());
    let rest = "─".repeat(usize::from(area.width - 1 - knob));
    let x = text::put(buf, area, area.x, area.y, &full, theme.accent());
    let style = if view.spot == Spot::Set(bar_key(key)) {
        theme.current()
    } else {
        Style::new()
    };
    let x = text::put(buf, area, x, area.y, "●", style);
    text::put(buf, area, x, area.y, &rest, theme.faint());
}

fn bar_key(key: &str) -> &'static str {
    match key {
        "percTrainData" => "percTrainData",
        "noise" => "noise",
        _ => "batchSize",
    }
}

fn ends(key: &str) -> (f64, f64) {
    let numbers = choices(key);
    let number = |text: Option<&&str>| text.and_then(|t| t.parse().ok()).unwrap_or(0.0);
    (number(numbers.first()), number(numbers.last()))
}

fn share(view: &View, key: &str) -> f64 {
    let (least, most) = ends(key);
    let value: f64 = view.value(key).parse().unwrap_or(least);
    ((value - least) / (most - least)).clamp(0.0, 1.0)
}

/// The value of a setting for a place on its bar.
pub fn value_at(key: &str, area: Rect, column: u16) -> Option<&'static str> {
    let share = f64::from(column.saturating_sub(area.x)) / f64::from(area.width.max(2) - 1);
    let values = choices(key);
    let at = (share * (values.len() - 1) as f64).round() as usize;
    values.get(at).copied()
}
