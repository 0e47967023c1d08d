//! Heads at a glance: layers × heads, coloured by a number that names what a head does.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::widgets::matrix::Density;
use super::super::widgets::table::Table;
use super::super::widgets::{frame, number};
use super::{
    COLOUR, Export, Pane, all_lines, below, cell, coloured, move_cell, page, select, waiting, whole,
};
use crate::lang::{plain, say, say_with};
use crate::session::command::Command;
use crate::session::export::Sheet;
use crate::trace::head_map::{HeadMap, HeadText};
use crate::trace::query::{Answer, Query};

/// Lines of words below the table.
const WORDS: u16 = 4;

pub static PANE: Pane = Pane {
    name: "head-map",
    wide: whole(|app, _| all_lines(app, "head-map")),
    narrow: whole(|app, _| all_lines(app, "head-map")),
    takes_focus: true,
    stays: true,
    asks: |app, _| app.ask_whole().into_iter().collect(),
    draw,
    scroll: Some(|app, _, way| {
        let size = map(app).map(size);
        move_cell(app, size, way)
    }),
    click: Some(|app, area, at: Position| {
        let names = map(app).map(names);
        let hit = names.and_then(|names| page(&table(app, area, &names), area, WORDS).hit(at));
        select(app, hit)
    }),
    choose: Some(choose),
    copy: Some(|app, _| {
        let map = map(app)?;
        let (row, col) = cell(app, size(map));
        map.layers
            .get(row)?
            .heads
            .get(col)
            .map(|x| number::exact(*x))
    }),
    export: |app, _| map(app).map(|map| Export::Sheet(sheet(map))),
    hints: |_| {
        &[
            ("arrows", "head"),
            ("enter", "go there"),
            ("A", "next statistic"),
            ("esc", "close"),
        ]
    },
    ..Pane::NONE
};

fn map(app: &App) -> Option<&HeadMap> {
    match app.answers.exact(&app.ask_whole()?)? {
        Answer::HeadMap(map) => Some(map),
        _ => None,
    }
}

fn size(map: &HeadMap) -> (usize, usize) {
    let heads = map.layers.iter().map(|row| row.heads.len()).max();
    (map.layers.len(), heads.unwrap_or(0))
}

/// The names of layers and of heads.
type Names = (Vec<String>, Vec<String>);

fn names(map: &HeadMap) -> Names {
    let layers = map.layers.iter().map(|row| row.layer.to_string());
    let heads = (0..size(map).1).map(|head| head.to_string());
    (layers.collect(), heads.collect())
}

fn sheet(map: &HeadMap) -> Sheet {
    let (_, heads) = names(map);
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut sheet = Sheet::new(map.statistic.word(), ["layer", "head"], &heads);
    for row in &map.layers {
        sheet.push(row.layer.to_string(), row.heads.iter().copied());
    }
    sheet
}

fn table<'a>(app: &App, area: Rect, (rows, cols): &'a Names) -> Table<'a> {
    let table = |cell| Table {
        rows,
        cols,
        cell,
        at: self::cell(app, (rows.len(), cols.len())),
    };
    let numbers = table(6);
    let fits = numbers.width() <= frame::inside(area).width;
    if fits && app.density != Density::Colours {
        numbers
    } else {
        table(COLOUR)
    }
}

/// Go to the head's pattern.
fn choose(app: &mut App) -> Vec<Command> {
    let Some(map) = map(app) else {
        return Vec::new();
    };
    let (row, head) = cell(app, size(map));
    let Some(point) = map.layers.get(row).map(|row| row.point.clone()) else {
        return Vec::new();
    };
    app.head = head;
    app.close_whole();
    vec![Command::goto(point)]
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let Some(query) = app.ask_whole() else { return };
    let Query::HeadMap {
        statistic, text, ..
    } = &query
    else {
        return;
    };
    let named = ("statistic", statistic.word().into());
    let title = match text {
        HeadText::Prompt => say_with("pane-head-map", &[named]),
        HeadText::Repeated { tokens, .. } => {
            let tokens = ("tokens", plain(tokens));
            say_with("pane-head-map-repeated", &[named, tokens])
        }
    };
    let title = format!(" {title} ");
    let inner = frame::draw(buf, area, theme, focused, Line::from(title));
    let Some(map) = map(app) else {
        waiting(buf, inner, app, &query);
        return;
    };
    let names = names(map);
    let (table, page) = (
        table(app, area, &names),
        page(&table(app, area, &names), area, WORDS),
    );
    let all = map.layers.iter().flat_map(|row| &row.heads);
    let most = if statistic.is_share() {
        1.0
    } else {
        all.copied().fold(f64::MIN_POSITIVE, f64::max)
    };
    let drawn = |row: usize, col: usize| -> Option<(String, Style)> {
        let Some(&x) = map.layers[row].heads.get(col) else {
            return Some(("–".into(), theme.dim()));
        };
        let words = match table.cell {
            COLOUR => coloured(app, x / most),
            _ if statistic.is_share() => format!("{x:5.2}"),
            _ => format!("{x:5.1}"),
        };
        Some((words, theme.level(x / most)))
    };
    table.draw(buf, &page, theme, &drawn);
    page.note(buf, area, theme, "pane-blocks", map.layers.len());
    let (row, head) = table.at;
    let layer = map.layers.get(row).map_or(0, |row| row.layer);
    let value = map.layers.get(row).and_then(|row| row.heads.get(head));
    let value = value.map_or_else(|| say("pane-not-there").to_owned(), |x| number::text(*x));
    let missing = map.missing.as_ref();
    let missing = missing.map(|why| say_with("pane-not-all", &[("why", plain(why))]));
    let words = say_with(
        "pane-head-map-cell",
        &[
            ("layer", plain(layer)),
            ("head", plain(head)),
            ("value", value.into()),
            ("definition", plain(&map.definition)),
            ("tokens", plain(map.queries)),
        ],
    );
    let words: Vec<String> = std::iter::once(words).chain(missing).collect();
    below(buf, inner, app, &words.join(" · "));
}
