//! An attention score split by who wrote the query and who wrote the key: both lists, and the largest terms.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Line;

use super::super::app::App;
use super::super::widgets::{frame, number, text};
use super::parts::{Parts, named};
use super::{Export, Pane, all_lines, cell, move_cell, select, waiting, whole};
use crate::lang::say;
use crate::session::command::Command;
use crate::session::export::Sheet;
use crate::session::reply_views::{named_pair, scored, summed};
use crate::trace::query::Answer;
use crate::trace::split::Split;

pub static PANE: Pane = Pane {
    name: "split",
    wide: whole(|app, _| all_lines(app, "split")),
    narrow: whole(|app, _| all_lines(app, "split")),
    takes_focus: true,
    stays: true,
    asks: |app, _| app.ask_whole().into_iter().collect(),
    draw,
    scroll: Some(|app, _, way| {
        let size = found(app).map(|split| (split.terms.len(), 1));
        move_cell(app, size, way)
    }),
    click: Some(|app, area, at: Position| {
        let hit = found(app).and_then(|split| {
            let terms = areas(area, split).terms;
            let rows = rows(split);
            Some((list(app, split, &rows).hit(terms, at.y)?, 0))
        });
        select(app, hit)
    }),
    choose: Some(choose),
    copy: Some(|app, _| {
        let split = found(app)?;
        let (row, _) = cell(app, (split.terms.len(), 1));
        split.terms.get(row).map(|pair| number::exact(pair.value))
    }),
    export: |app, _| found(app).map(|split| Export::Sheet(sheet(split))),
    hints: |_| {
        &[
            ("up down", "term"),
            ("enter", "to the writer of the query"),
            ("( )", "another head"),
            ("esc", "close"),
        ]
    },
    ..Pane::NONE
};

/// Lines of a list of writers on a screen with room.
const WRITERS: u16 = 9;

fn found(app: &App) -> Option<&Split> {
    match app.answers.exact(&app.ask_whole()?)? {
        Answer::Split(split) => Some(split),
        _ => None,
    }
}

struct Areas {
    heading: Rect,
    query: Rect,
    key: Rect,
    terms: Rect,
}

/// The heading, the writers of query and key side by side, and the terms below them; each with a line for its title.
fn areas(area: Rect, split: &Split) -> Areas {
    let inner = frame::inside(area);
    let writers = split.queries.len().max(split.keys.len()) as u16 + 1;
    let [heading, writers, terms] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(writers.min(WRITERS).min(inner.height / 2)),
        Constraint::Fill(1),
    ])
    .areas(inner);
    let [query, key] = Layout::horizontal([Constraint::Fill(1); 2]).areas(writers);
    let below = |area: Rect| Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    Areas {
        heading,
        query: below(query),
        key: below(key),
        terms: below(terms),
    }
}

fn rows(split: &Split) -> Vec<(f64, String)> {
    let terms = split.terms.iter();
    terms
        .map(|pair| (pair.value, named_pair(split, pair)))
        .collect()
}

fn sheet(split: &Split) -> Sheet {
    let name = format!(
        "{} [{}, {}, {}]",
        split.point, split.head, split.query, split.key
    );
    let mut sheet = Sheet::new(name, ["term", ""], &["value"]);
    for (value, term) in rows(split) {
        sheet.push(term, [value]);
    }
    sheet
}

fn list<'a>(app: &App, split: &Split, rows: &'a [(f64, String)]) -> Parts<'a> {
    Parts {
        rows,
        others: (split.others, split.rest),
        at: Some(cell(app, (rows.len(), 1)).0),
        name: 44,
    }
}

/// Go to what wrote the query's side of the selected term.
fn choose(app: &mut App) -> Vec<Command> {
    let Some(split) = found(app) else {
        return Vec::new();
    };
    let (row, _) = cell(app, (split.terms.len(), 1));
    let pair = split.terms.get(row).copied();
    let part = pair.and_then(|pair| split.queries.get(pair.query)).cloned();
    let Some(part) = part else {
        return Vec::new();
    };
    app.close_whole();
    if let (Some(layer), Some(head)) = (part.layer, part.index)
        && part.point.ends_with("attn_out")
    {
        app.head = head;
        return vec![Command::goto(format!("blocks.{layer}.attn.hook_z"))];
    }
    vec![Command::goto(part.point)]
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let Some(query) = app.ask_whole() else { return };
    let title = Line::from(format!(" {} ", say("pane-split")));
    let inner = frame::draw(buf, area, theme, focused, title);
    let Some(split) = found(app) else {
        waiting(buf, inner, app, &query);
        return;
    };
    let areas = areas(area, split);
    let tokens = app.pass().map_or(&[][..], |pass| &pass.tokens);
    let token = |at: usize| {
        tokens
            .get(at)
            .map_or(String::new(), |token| token.text.clone())
    };
    let heading = format!(
        "{} = {:.3}",
        scored(&[token(split.query), token(split.key)], split),
        split.score
    );
    let cap = split.cap.map_or("", |_| say("pane-split-cap"));
    let sum = format!("{} · {}{cap}", summed(split), say("pane-split-frozen"));
    for (line, y) in [(heading, 0), (sum, 1)] {
        let style = if y == 0 { theme.strong() } else { theme.dim() };
        text::put(
            buf,
            areas.heading,
            inner.x + 1,
            areas.heading.y + y,
            &line,
            style,
        );
    }
    let terms = rows(split);
    let lists = [
        (say("pane-split-query"), areas.query, named(&split.queries)),
        (say("pane-split-key"), areas.key, named(&split.keys)),
    ];
    let title = |buf: &mut Buffer, area: Rect, words: &str| {
        let line = Rect {
            y: area.y - 1,
            height: 1,
            ..area
        };
        text::put(buf, line, line.x + 1, line.y, words, theme.accent());
    };
    for (words, area, rows) in &lists {
        title(buf, *area, words);
        let list = Parts {
            rows,
            others: (0, 0.0),
            at: None,
            name: 24,
        };
        list.draw(buf, *area, theme);
    }
    title(buf, areas.terms, say("pane-split-terms"));
    list(app, split, &terms).draw(buf, areas.terms, theme);
}
