//! The hook point in plain words, with its formula and real shapes.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};

use super::super::app::App;
use super::super::widgets::text;
use super::{Export, Pane, Part, Place};
use crate::session::export::Sheet;
use crate::trace::hook;

pub static PANE: Pane = Pane {
    name: "explain",
    wide: Some(Place {
        part: Part::Bottom,
        lines: |_, all| Some(Constraint::Length(if all >= 28 { 3 } else { 2 })),
    }),
    // Words wrap where it is narrow.
    narrow: Some(Place {
        part: Part::Bottom,
        lines: |_, all| Some(Constraint::Length(if all >= 20 { 3 } else { 2 })),
    }),
    draw,
    export: |app, _| sheet(app).map(Export::Sheet),
    ..Pane::NONE
};

/// The formula, with the lengths of the value's axes.
fn sheet(app: &App) -> Option<Sheet> {
    let point = app.point()?;
    let axes: Vec<&str> = point.axes.iter().map(|axis| axis.word()).collect();
    let mut sheet = Sheet::new(hook::short(&point.name), ["formula", "axis"], &axes);
    sheet.push(&app.words.formula, point.shape.iter().map(|&n| n as f64));
    Some(sheet)
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let e = app
        .opened
        .as_ref()
        .map_or(&app.words, |opened| &opened.words);
    let theme = app.theme;
    let room = area.width.saturating_sub(2);
    let formula = if text::width(&e.formula) <= room {
        &e.formula
    } else {
        &e.short
    };
    let formula = text::wrap(formula, room).into_iter();
    let words = text::wrap(&e.text.replace('\n', " "), room).into_iter();
    let lines = formula.map(|line| (line, theme.text()));
    let lines: Vec<_> = lines.chain(words.map(|line| (line, theme.dim()))).collect();
    let seen = lines.len().min(area.height as usize);
    for (i, (line, style)) in lines.iter().take(seen).enumerate() {
        let goes_on = i + 1 == seen && seen < lines.len();
        let line = if goes_on {
            text::unfinished(line, room)
        } else {
            line.clone()
        };
        text::put(buf, area, area.x + 1, area.y + i as u16, &line, *style);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fake;
    use super::*;

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis_behind_a_whole_word() {
        let mut app = fake::app("1.pattern", 60, 20);
        let text = "Each of the following words is whole and the last one that is seen has an \
                    ellipsis behind it, since there are many more of them than fit the two lines \
                    that a screen of this size has for them, 中华人民共和国 among them.";
        app.words.text = text.into();
        app.words.formula =
            "a formula far too long for the sixty columns of a narrow screen, really".into();
        for (short, lines) in [("short = words", 2), (text, 2), (text, 3), ("x", 1)] {
            app.words.short = short.into();
            let mut buf = Buffer::empty(Rect::new(0, 0, 60, lines));
            let area = buf.area;
            draw(&mut buf, area, &app);
            let shown = super::super::super::draw::text(&buf);
            let shown: Vec<&str> = shown.split_whitespace().collect();
            let Some((end, whole)) = shown.split_last() else {
                panic!("nothing is shown");
            };
            assert!(end.ends_with('…'), "{shown:?}");
            let words: Vec<&str> = short
                .split_whitespace()
                .chain(text.split_whitespace())
                .collect();
            assert_eq!(words[..whole.len()], *whole);
            let last = end.trim_end_matches('…');
            assert!(last.is_empty() || last == words[whole.len()], "{shown:?}");
        }
    }
}
