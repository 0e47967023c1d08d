//! State to frame. Nothing here changes anything.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::super::layout::MIN;
use super::super::super::widgets::{frame, text};
use super::grid::Grid;
use super::view::{Pane, View};
use super::{diagram, plot, words};
use crate::lang::{say, say_with};
use crate::play::perceptron::model::Row;
use crate::play::perceptron::rule::Status;
use crate::play::perceptron::words as said;

/// Draw the whole screen; returns where the terminal's cursor belongs, if anywhere.
pub fn draw(buf: &mut Buffer, view: &View) -> Option<Position> {
    let theme = view.base.theme;
    let screen = view.base.screen.intersection(buf.area);
    if screen.width < MIN.0 || screen.height < MIN.1 {
        text::too_small(buf, screen, MIN, theme.text());
        return None;
    }
    header(buf, line_of(screen, screen.y), view);
    let panes = view.layout(panes_area(view));
    let seen: Vec<Pane> = panes.iter().map(|(pane, _)| *pane).collect();
    let unseen: Vec<&str> = view
        .panes()
        .into_iter()
        .filter(|p| !seen.contains(p))
        .map(Pane::title)
        .collect();
    let last = panes.len() - 1;
    for (i, (which, area)) in panes.into_iter().enumerate() {
        pane(buf, area, view, which);
        if i == last && !unseen.is_empty() {
            frame::note(
                buf,
                area,
                &say_with("hint-behind-tab", &[("panes", unseen.join(", ").into())]),
                theme.dim(),
            );
        }
    }
    let explained = explained(view);
    let top = screen.bottom() - 1 - explained.len() as u16;
    for (y, (line, style)) in (top..).zip(explained) {
        text::put(buf, screen, screen.x + 1, y, &line, style);
    }
    let last = line_of(screen, screen.bottom() - 1);
    let own = if view.play.samples().is_some() {
        words::LEARN
    } else {
        words::FIRST
    };
    let hints = own.iter().chain(words::MORE).copied();
    view.base.footer(buf, last, hints, words::LAST);
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
pub fn panes_area(view: &View) -> Rect {
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
    let mut parts = vec![say("perceptron-diagram").to_owned()];
    if let (Some(name), Some(samples)) = (view.play.data_name(), view.play.samples()) {
        parts.push(say_with(
            "perceptron-data-named",
            &[
                ("name", text::cut(&text::token(name), 24).into()),
                ("samples", samples.len().into()),
            ],
        ));
        parts.push(say_with(
            "perceptron-rate",
            &[("rate", said::number(view.play.learning().rate).into())],
        ));
        let learning = view.play.learning();
        let epochs = learning.taken() / samples.len();
        let progress = say_with(
            "perceptron-progress",
            &[
                ("epoch", (epochs + 1).into()),
                ("next", (learning.next(samples.len()) + 1).into()),
                ("samples", samples.len().into()),
            ],
        );
        let room = Rect {
            width: area.width - 1,
            ..area
        };
        text::put_right(buf, room, area.y, &progress, theme.dim());
    }
    text::put(buf, area, x + 2, area.y, &parts.join(" · "), theme.text());
}

/// The account of the last event and of the state of learning, in the lines above the footer.
fn explained(view: &View) -> Vec<(String, Style)> {
    let theme = view.base.theme;
    let width = view.base.screen.width.saturating_sub(2);
    let most = usize::from(view.base.screen.height / 3).max(3);
    let lines = |words: &str, style: Style| {
        text::wrap(words, width)
            .into_iter()
            .map(move |line| (line, style))
            .collect::<Vec<_>>()
    };
    let mut why = lines(&view.play.why(), theme.text());
    let mut out = Vec::new();
    match (
        view.play.status(),
        view.play.status_words(),
        view.play.samples(),
    ) {
        (Some(status), Some(words), Some(samples)) => {
            let style = match status {
                Status::Converged { .. } => theme.done(),
                Status::Never(_) | Status::Unsettled { .. } => theme.alarm(),
                _ => theme.text(),
            };
            out.extend(lines(&words, style));
            let wrong = view
                .play
                .learning()
                .wrong(samples.len(), said::EPOCHS_LISTED);
            if !wrong.1.is_empty() {
                out.extend(lines(&said::wrong(&wrong), theme.dim()));
            }
        }
        _ => out.extend(lines(say("perceptron-take-data"), theme.dim())),
    }
    // How learning stands matters more than how a long sum is made.
    out.truncate(most - 1);
    why.truncate(most - out.len());
    why.append(&mut out);
    why
}

fn pane(buf: &mut Buffer, area: Rect, view: &View, pane: Pane) {
    let theme = view.base.theme;
    let focused = view.focus == pane;
    let style = if focused {
        theme.current()
    } else {
        theme.dim()
    };
    let mut title = format!(" {} ", pane.title());
    if pane == Pane::Line {
        title = format!("{title} {} ", said::line(view.play.perceptron()));
    }
    let title = Line::styled(text::cut(&title, area.width.saturating_sub(2)), style);
    let inner = frame::draw(buf, area, theme, focused, title).inner(Margin::new(1, 0));
    let focused = focused && !view.base.line.is_open();
    match pane {
        Pane::Diagram => diagram::draw(
            buf,
            inner,
            theme,
            view.play.perceptron(),
            focused.then_some(view.cell),
        ),
        Pane::Table => table(buf, inner, view, focused),
        Pane::Data => data(buf, inner, view, focused),
        Pane::Line => plot::draw(buf, inner, theme, &view.play),
    }
}

fn table(buf: &mut Buffer, area: Rect, view: &View, focused: bool) {
    let theme = view.base.theme;
    let perceptron = view.play.perceptron();
    let inputs = perceptron.names.len();
    let rows: Vec<Row> = perceptron.truth_table().collect();
    let mut names = perceptron.names.clone();
    names.extend([say("perceptron-sum").to_owned(), perceptron.output.clone()]);
    let mark = rows.iter().position(|row| row.values == perceptron.values);
    let cell = |row: usize, column: usize| {
        let row = &rows[row];
        match column.checked_sub(inputs) {
            None => {
                let on = row.values[column] != 0.0;
                let style = if on { theme.text() } else { theme.dim() };
                (said::number(row.values[column]), style)
            }
            Some(0) => (said::number(row.sum), theme.text()),
            Some(_) => answer(view, row.fires),
        }
    };
    let grid = Grid {
        names: &names,
        inputs,
        rows: rows.len(),
        cell: &cell,
        mark,
        cursor: focused.then_some((view.table_row, None)),
        follow: if focused {
            view.table_row
        } else {
            mark.unwrap_or(0)
        },
    };
    grid.draw(buf, area, theme);
}

fn data(buf: &mut Buffer, area: Rect, view: &View, focused: bool) {
    let theme = view.base.theme;
    let perceptron = view.play.perceptron();
    let inputs = perceptron.names.len();
    let samples = view.play.samples().unwrap_or_default();
    let mut names = perceptron.names.clone();
    names.extend([perceptron.output.clone(), String::new()]);
    let mark = view.play.last().map(|step| step.sample);
    let cell = |row: usize, column: usize| {
        let sample = &samples[row];
        match column.checked_sub(inputs) {
            None => (said::number(sample.values[column]), theme.text()),
            Some(0) => answer(view, sample.answer),
            Some(_) if perceptron.weights.fires(&sample.values) == sample.answer => {
                ("✓".into(), theme.done())
            }
            Some(_) => ("✗".into(), theme.alarm()),
        }
    };
    let grid = Grid {
        names: &names,
        inputs,
        rows: samples.len(),
        cell: &cell,
        mark,
        cursor: focused.then_some((view.sample.0, Some(view.sample.1))),
        follow: if focused {
            view.sample.0
        } else {
            mark.unwrap_or(0)
        },
    };
    grid.draw(buf, area, theme);
}

fn answer(view: &View, fires: bool) -> (String, Style) {
    if fires {
        ("● 1".into(), view.base.theme.current())
    } else {
        ("○ 0".into(), view.base.theme.dim())
    }
}
