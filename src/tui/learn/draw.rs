//! State to frame. Nothing here changes anything.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::Message;
use super::super::layout::MIN;
use super::super::widgets::{frame, text};
use super::view::{Focus, View};
use crate::lang::{say, say_with};
use crate::learn::lessons::LESSONS;

/// Keys of the page, with the message of each.
const KEYS: [(&str, &str); 11] = [
    ("tab", "learn-key-try"),
    ("a", "learn-key-answer"),
    ("h", "learn-key-hint"),
    ("n", "learn-key-next"),
    ("p", "learn-key-previous"),
    ("w", "learn-key-without"),
    ("g", "learn-key-glossary"),
    ("l", "learn-key-lessons"),
    ("z", "learn-key-whole"),
    ("r", "learn-key-again"),
    ("q", "learn-key-quit"),
];

/// Draw the whole screen; returns where the terminal's cursor belongs, if anywhere.
pub fn draw(buf: &mut Buffer, view: &View) -> Option<Position> {
    let screen = view.screen.intersection(buf.area);
    if screen.width < MIN.0 || screen.height < MIN.1 {
        text::too_small(buf, screen, MIN, view.theme.text());
        return None;
    }
    let halves = view.halves();
    let focused = view.focus == Focus::Stage && view.overlay.is_none();
    let mut cursor = None;
    if !halves.stage.is_empty() {
        let at = view.stage.draw(buf, halves.stage, view.theme, focused);
        cursor = at.filter(|_| focused);
    }
    if !halves.page.is_empty() {
        cursor = page(buf, halves.page, view).or(cursor);
    }
    if let Some(overlay) = &view.overlay {
        overlay.draw(buf, screen, view.theme);
        return None;
    }
    cursor
}

/// The lines of the page: text, notes, task, hint; and which of them begins the task.
fn lines(view: &View, width: u16) -> (Vec<(String, Style)>, usize) {
    let theme = view.theme;
    let mut out: Vec<(String, Style)> = Vec::new();
    let mut add = |words: &str, style: Style| {
        if !out.is_empty() {
            out.push((String::new(), style));
        }
        out.extend(
            text::wrap(words, width)
                .into_iter()
                .map(|line| (line, style)),
        );
        out.len()
    };
    let mut task = add(&view.page.title, theme.current());
    for paragraph in &view.page.text {
        task = add(paragraph, theme.text());
    }
    for note in &view.page.notes {
        task = add(note, theme.dim());
    }
    let mark = if view.solved { "✓" } else { "▸" };
    let style = if view.solved {
        theme.done()
    } else {
        theme.strong()
    };
    add(&format!("{mark} {}", view.page.task), style);
    if view.hint {
        add(&view.page.hint, theme.accent());
    }
    (out, task + 1)
}

/// Lines below the text: what is typed or said, and keys.
fn status(view: &View, width: u16) -> Vec<(String, Style)> {
    let theme = view.theme;
    let wrapped = |words: &str, style| {
        let lines = text::wrap(words, width);
        lines
            .into_iter()
            .map(|line| (line, style))
            .collect::<Vec<_>>()
    };
    match &view.message {
        Some(Message::Error(why)) => return wrapped(&format!("✗ {why}"), theme.alarm()),
        Some(Message::Note(note)) => return wrapped(note, theme.accent()),
        None => {}
    }
    if view.focus == Focus::Stage {
        return wrapped(say("learn-key-back"), theme.dim());
    }
    let answers = matches!(view.lesson().task, crate::learn::task::Task::Answer(_));
    let there = KEYS.iter().filter(|(key, _)| match *key {
        "a" => answers,
        "w" => view.lesson().without.is_some() && !view.model.recorded,
        _ => true,
    });
    let mut rows = vec![String::new()];
    for (key, what) in there {
        let hint = format!("{key} {}", say(what));
        let last = rows.len() - 1;
        let row = &mut rows[last];
        if row.is_empty() {
            *row = hint;
        } else if text::width(row) + 2 + text::width(&hint) <= width {
            *row += "  ";
            *row += &hint;
        } else {
            rows.push(hint);
        }
    }
    rows.into_iter().map(|row| (row, theme.dim())).collect()
}

/// The area of the page's text, and what stands below it.
fn parts(view: &View, area: Rect) -> (Rect, Vec<(String, Style)>) {
    let inner = frame::inside(area).inner(Margin::new(1, 0));
    let mut status = status(view, inner.width);
    // The text keeps most of a low page.
    status.truncate(usize::from(inner.height / 3).max(1));
    let height = inner
        .height
        .saturating_sub(status.len() as u16 + u16::from(view.entry.is_some()));
    (Rect { height, ..inner }, status)
}

/// The first line that is shown when the page is scrolled to its end.
pub fn last_top(view: &View) -> usize {
    let (area, _) = parts(view, view.halves().page);
    lines(view, area.width)
        .0
        .len()
        .saturating_sub(area.height.into())
}

fn page(buf: &mut Buffer, area: Rect, view: &View) -> Option<Position> {
    let theme = view.theme;
    let focused = view.focus == Focus::Page;
    let (n, of) = ((view.at + 1).into(), LESSONS.len().into());
    let number = say_with("learn-number", &[("n", n), ("of", of)]);
    let title = Line::from(format!(" {number} "));
    frame::draw(buf, area, theme, focused, title);
    let (inner, status) = parts(view, area);
    let (all, task) = lines(view, inner.width);
    let last = all.len().saturating_sub(inner.height.into());
    // Where the panes have the keys and the page little room, it shows what is to be done.
    let top = if focused {
        view.top
    } else {
        view.top.max(task)
    }
    .min(last);
    for (y, (line, style)) in (inner.y..inner.bottom()).zip(&all[top..]) {
        text::put(buf, inner, inner.x, y, line, *style);
    }
    if top < last {
        let seen = top + usize::from(inner.height);
        frame::note(buf, area, &format!("↓ {seen}/{}", all.len()), theme.dim());
    }
    let below = Rect {
        height: area.height,
        ..inner
    };
    let mut y = inner.bottom();
    let mut cursor = None;
    if let Some(entry) = &view.entry {
        let label = format!("{} ", say("learn-answer-label"));
        let x = text::put(buf, below, inner.x, y, &label, theme.current());
        let room = Rect::new(x, y, inner.right().saturating_sub(x), 1);
        cursor = Some(entry.draw(buf, room, theme));
        y += 1;
    }
    for (line, style) in status {
        text::put(buf, below, inner.x, y, &line, style);
        y += 1;
    }
    cursor
}
