//! A sweep: hook points × parts, coloured by how far a change of each moves the answer.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, Status};
use super::super::widgets::matrix::Density;
use super::super::widgets::scale::shade;
use super::super::widgets::table::Table;
use super::super::widgets::{frame, number, text};
use super::{
    COLOUR, Export, Pane, all_lines, below, cell, move_cell, page, select, waiting, whole,
};
use crate::lang::{plain, say, say_with};
use crate::session::command::{Command, Which};
use crate::session::reply_sweep::{effect, error, runs};
use crate::session::sweep::row_name;
use crate::trace::query::{Answer, Query};
use crate::trace::sweep::{Columns, Sweep, SweepMap};

/// Lines of words below the table, and columns of a cell with a number.
const WORDS: u16 = 9;
const NUMBER: u16 = 7;

pub static PANE: Pane = Pane {
    name: "sweep",
    wide: whole(|app, _| all_lines(app, "sweep")),
    narrow: whole(|app, _| all_lines(app, "sweep")),
    takes_focus: true,
    stays: true,
    // The command's own task computes it; what is asked here is remembered by the engine.
    asks: |app, _| match app.status {
        Status::Running(_) => Vec::new(),
        _ => app.ask_whole().into_iter().collect(),
    },
    draw,
    scroll: Some(|app, _, way| {
        let size = map(app).map(size);
        move_cell(app, size, way)
    }),
    click: Some(|app, area, at: Position| {
        let names = map(app).map(Names::new);
        let hit = names.and_then(|names| page(&table(app, area, &names), area, WORDS).hit(at));
        select(app, hit)
    }),
    choose: Some(choose),
    copy: Some(|app, _| {
        let map = map(app)?;
        let (row, col) = cell(app, size(map));
        let cell = map.cells.get(row)?.get(col)?.as_ref()?;
        Some(number::exact(cell.effect))
    }),
    export: |app, _| map(app).and(app.ask_whole()).map(Export::Ask),
    hints: |_| {
        &[
            ("arrows", "part"),
            ("enter", "go there"),
            ("P", "another sweep"),
            ("esc", "close"),
        ]
    },
    ..Pane::NONE
};

fn map(app: &App) -> Option<&SweepMap> {
    match app.answers.exact(&app.ask_whole()?)? {
        Answer::Sweep(map) => Some(map),
        _ => None,
    }
}

fn asked(app: &App) -> Option<&Sweep> {
    match &app.whole.as_ref()?.query {
        Query::Sweep(sweep) => Some(sweep),
        _ => None,
    }
}

fn size(map: &SweepMap) -> (usize, usize) {
    (map.points.len(), map.columns.len())
}

/// The names of hook points and of their parts.
struct Names {
    rows: Vec<String>,
    cols: Vec<String>,
}

impl Names {
    fn new(map: &SweepMap) -> Names {
        Names {
            rows: map.points.iter().map(|name| row_name(name)).collect(),
            cols: map.columns.iter().map(|name| text::token(name)).collect(),
        }
    }
}

fn table<'a>(app: &App, area: Rect, names: &'a Names) -> Table<'a> {
    let table = |cell| Table {
        rows: &names.rows,
        cols: &names.cols,
        cell,
        at: self::cell(app, (names.rows.len(), names.cols.len())),
    };
    let numbers = table(NUMBER);
    let fits = numbers.width() <= frame::inside(area).width;
    if fits && app.density != Density::Colours {
        numbers
    } else {
        table(COLOUR)
    }
}

/// Go to the changed part.
fn choose(app: &mut App) -> Vec<Command> {
    let (Some(map), Some(sweep)) = (map(app), asked(app)) else {
        return Vec::new();
    };
    let (row, col) = cell(app, size(map));
    let Some(point) = map.points.get(row).cloned() else {
        return Vec::new();
    };
    let columns = sweep.columns;
    app.close_whole();
    let mut commands = vec![Command::goto(point)];
    match columns {
        Columns::Head => app.head = col,
        // Another prompt may have more tokens than the pass here.
        Columns::Position if app.pass().is_some_and(|pass| col < pass.rows()) => {
            commands.push(Command::row(Which::Number(col)));
        }
        Columns::Position | Columns::Whole => {}
    }
    commands
}

/// A few words for the change and its place.
fn title(sweep: &Sweep) -> String {
    let mut words = vec![
        ("change", plain(sweep.swap.word())),
        ("part", plain(sweep.columns.word())),
        ("metric", plain(sweep.metric.word())),
    ];
    let mut ends: Vec<String> = sweep.into.iter().map(|to| row_name(&to.point)).collect();
    ends.dedup();
    if ends.is_empty() {
        return say_with("pane-sweep", &words);
    }
    words.push(("name", ends.join(", ").into()));
    say_with("pane-sweep-into", &words)
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let (Some(query), Some(sweep)) = (app.ask_whole(), asked(app)) else {
        return;
    };
    let inner = frame::draw(
        buf,
        area,
        theme,
        focused,
        Line::from(format!(" {} ", title(sweep))),
    );
    let Some(map) = map(app) else {
        let Status::Running(Some(progress)) = app.status else {
            waiting(buf, inner, app, &query);
            return;
        };
        let words = say_with(
            "pane-sweep-running",
            &[
                ("done", plain(progress.done)),
                ("all", plain(progress.total)),
            ],
        );
        text::put(buf, inner, inner.x + 1, inner.y, &words, theme.dim());
        return;
    };
    let names = Names::new(map);
    let table = table(app, area, &names);
    let page = page(&table, area, WORDS);
    let cells = map.cells.iter().flatten().flatten();
    let finite = cells
        .map(|cell| cell.effect.abs())
        .filter(|x| x.is_finite());
    let most = finite.fold(f64::MIN_POSITIVE, f64::max);
    let drawn = |row: usize, col: usize| -> Option<(String, Style)> {
        let Some(cell) = map.cells.get(row).and_then(|line| line.get(col)?.as_ref()) else {
            return Some(("–".into(), theme.dim()));
        };
        let t = cell.effect / most;
        let words = match table.cell {
            COLOUR if theme.plain() => {
                let sign = if t < 0.0 { '-' } else { '+' };
                format!("{sign}{}", shade(t.abs()))
            }
            COLOUR => String::new(),
            _ => number::signed(cell.effect),
        };
        // Effects within the noise of random changes have no colour.
        let style = if map.is_noise(cell.effect) {
            theme.dim()
        } else {
            theme.signed(t)
        };
        Some((words, style))
    };
    table.draw(buf, &page, theme, &drawn);
    page.note(buf, area, theme, "pane-points", map.points.len());
    below(buf, inner, app, &details(map, table.at));
}

/// The selected part, what the runs say, and what an effect is.
fn details(map: &SweepMap, (row, col): (usize, usize)) -> String {
    let name = map
        .points
        .get(row)
        .map_or(String::new(), |name| row_name(name));
    let part = map
        .columns
        .get(col)
        .map_or(String::new(), |name| text::token(name));
    let named = [("name", plain(name)), ("part", plain(part.trim()))];
    let mut words = Vec::new();
    match map.cells.get(row).and_then(|line| line.get(col)?.as_ref()) {
        None => words.push(say_with("pane-sweep-none", &named)),
        Some(cell) => {
            let [name, part] = named;
            let number = |x: f64| plain(number::text(x));
            let (moved, value) = (number(cell.effect), number(cell.value));
            let all = [name, part, ("effect", moved), ("value", value)];
            words.push(say_with("pane-sweep-cell", &all));
            if map.is_noise(cell.effect) {
                words.push(say("pane-sweep-noise").to_owned());
            }
            if map.pairs.len() > 1 {
                let (low, high) = (plain(effect(cell.low)), plain(effect(cell.high)));
                let all = [("low", low), ("high", high), ("n", plain(map.pairs.len()))];
                words.push(say_with("pane-sweep-quartiles", &all));
            }
            if let Some(estimate) = cell.estimate {
                let estimate = ("estimate", number(estimate));
                words.push(say_with("pane-sweep-estimate", &[estimate]));
            }
        }
    }
    let lines = error(map).into_iter().chain(runs(map));
    words.extend(lines.map(|line| line.trim().to_owned()));
    if let Some(floor) = map.floor {
        let all = [
            ("floor", plain(effect(floor))),
            ("n", plain(map.controls.len())),
        ];
        words.push(say_with("pane-sweep-floor", &all));
    }
    words.push(map.definition.clone());
    words.join(" · ")
}
