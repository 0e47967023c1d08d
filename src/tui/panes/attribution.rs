//! Direct logit attribution: layers × heads with the MLP and biases beside them, and all parts by size.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::widgets::matrix::Density;
use super::super::widgets::scale::shade;
use super::super::widgets::table::{Page, Table};
use super::super::widgets::{frame, number, text};
use super::parts::{Parts, named};
use super::{Export, Pane, all_lines, cell, move_cell, select, waiting, whole};
use crate::lang::{plain, say, say_with};
use crate::session::command::Command;
use crate::session::export::Sheet;
use crate::session::reply_views::{cap, logit, name};
use crate::trace::attribution::{Attribution, PartKind};
use crate::trace::query::Answer;

pub static PANE: Pane = Pane {
    name: "attribution",
    wide: whole(|app, _| all_lines(app, "attribution")),
    narrow: whole(|app, _| all_lines(app, "attribution")),
    takes_focus: true,
    stays: true,
    asks: |app, _| app.ask_whole().into_iter().collect(),
    draw,
    scroll: Some(|app, _, way| {
        let size = found(app).map(|a| Map::new(a).size());
        move_cell(app, size, way)
    }),
    click: Some(|app, area, at: Position| {
        let map = found(app).map(Map::new);
        let hit = map.and_then(|map| Places::new(app, area, &map).page.hit(at));
        select(app, hit)
    }),
    choose: Some(choose),
    copy: Some(|app, _| {
        let map = Map::new(found(app)?);
        let (row, col) = cell(app, map.size());
        map.cells.get(row)?.get(col)?.map(number::exact)
    }),
    export: |app, _| found(app).map(|a| Export::Sheet(sheet(a))),
    hints: |_| {
        &[
            ("arrows", "part"),
            ("enter", "go there"),
            (", .", "another row"),
            ("esc", "close"),
        ]
    },
    ..Pane::NONE
};

fn found(app: &App) -> Option<&Attribution> {
    match app.answers.exact(&app.ask_whole()?)? {
        Answer::Attribute(attribution) => Some(attribution),
        _ => None,
    }
}

/// The parts of blocks in rows and columns: heads, then the MLP or all experts, then all biases.
struct Map {
    layers: Vec<String>,
    columns: Vec<String>,
    /// The columns' names where a cell has no room for a word.
    letters: Vec<String>,
    cells: Vec<Vec<Option<f64>>>,
}

impl Map {
    fn new(a: &Attribution) -> Map {
        let layers = a.parts.iter().filter_map(|part| part.layer).max();
        let layers = layers.map_or(0, |last| last + 1);
        let of_heads = a.parts.iter().filter(|part| part.kind == PartKind::Head);
        let heads = of_heads.filter_map(|part| part.index).max();
        let heads = heads.map_or(0, |last| last + 1);
        let mut cells = vec![vec![None; heads + 2]; layers];
        let mut biased = false;
        for part in &a.parts {
            let column = match (part.kind, part.index) {
                (PartKind::Head, Some(head)) => head,
                (PartKind::Mlp | PartKind::Expert, _) => heads,
                (PartKind::Bias, _) => heads + 1,
                _ => continue,
            };
            let Some(layer) = part.layer else { continue };
            biased |= column > heads;
            let cell: &mut Option<f64> = &mut cells[layer][column];
            *cell = Some(cell.unwrap_or(0.0) + part.value);
        }
        let mut columns: Vec<String> = (0..heads).map(|head| head.to_string()).collect();
        columns.push("mlp".into());
        if biased {
            columns.push("bias".into());
        }
        let number = |name: &String| name.starts_with(|c: char| c.is_ascii_digit());
        let letter = |name: &String| {
            let most = if number(name) { usize::MAX } else { 1 };
            name.chars().take(most).collect()
        };
        Map {
            letters: columns.iter().map(letter).collect(),
            layers: (0..layers).map(|layer| layer.to_string()).collect(),
            columns,
            cells,
        }
    }

    fn size(&self) -> (usize, usize) {
        (self.layers.len(), self.columns.len())
    }

    fn table(&self, app: &App, cell: u16) -> Table<'_> {
        Table {
            rows: &self.layers,
            cols: if cell > 2 {
                &self.columns
            } else {
                &self.letters
            },
            cell,
            at: self::cell(app, self.size()),
        }
    }
}

/// The map, and below it what lies outside of blocks.
fn sheet(a: &Attribution) -> Sheet {
    let map = Map::new(a);
    let columns = map.columns.iter().map(String::as_str).chain(["other"]);
    let columns: Vec<&str> = columns.collect();
    let mut sheet = Sheet::new(logit(a), ["layer", "part"], &columns);
    for (layer, cells) in map.layers.iter().zip(&map.cells) {
        let cells = cells.iter().take(map.columns.len());
        sheet.push(layer, cells.map(|cell| cell.unwrap_or(f64::NAN)));
    }
    let mapped = [
        PartKind::Head,
        PartKind::Mlp,
        PartKind::Expert,
        PartKind::Bias,
    ];
    let others = a.parts.iter();
    for part in others.filter(|part| part.layer.is_none() || !mapped.contains(&part.kind)) {
        let none = vec![f64::NAN; map.columns.len()];
        sheet.push(name(part), none.into_iter().chain([part.value]));
    }
    sheet
}

/// Columns of the list of parts, and of a cell with a number.
const LIST: u16 = 34;
const NUMBER: u16 = 6;

/// Where the map and the list lie.
struct Places {
    map: Rect,
    list: Rect,
    cell: u16,
    page: Page,
}

impl Places {
    fn new(app: &App, area: Rect, map: &Map) -> Places {
        let inner = frame::inside(area);
        let [_, inner, _] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Fill(1),
            Constraint::Length(3.min(inner.height / 4)),
        ])
        .areas(inner);
        let wide = |cell| map.table(app, cell).width() + 1;
        let beside = |cell| wide(cell) + LIST <= inner.width;
        let cell = match app.density {
            Density::Colours => 2,
            _ if beside(NUMBER) => NUMBER,
            _ if beside(2) || wide(NUMBER) > inner.width => 2,
            _ => NUMBER,
        };
        let [map_area, list] = if beside(cell) {
            let split = [Constraint::Length(wide(cell)), Constraint::Fill(1)];
            Layout::horizontal(split).areas(inner)
        } else {
            let most = map.layers.len().min(usize::from(u16::MAX / 2)) as u16 + 2;
            let lines = most.min(inner.height / 2);
            Layout::vertical([Constraint::Length(lines), Constraint::Fill(1)]).areas(inner)
        };
        Places {
            map: map_area,
            list,
            cell,
            page: map.table(app, cell).page(map_area),
        }
    }
}

/// Go to what the selected part reads: a head's z, or what the MLP writes.
fn choose(app: &mut App) -> Vec<Command> {
    let Some(map) = found(app).map(Map::new) else {
        return Vec::new();
    };
    let (layer, column) = cell(app, map.size());
    let heads = map
        .columns
        .iter()
        .filter(|name| name.parse::<usize>().is_ok());
    let heads = heads.count();
    app.close_whole();
    if column < heads {
        app.head = column;
        vec![Command::goto(format!("blocks.{layer}.attn.hook_z"))]
    } else {
        vec![Command::goto(format!("blocks.{layer}.hook_mlp_out"))]
    }
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let Some(query) = app.ask_whole() else { return };
    let title = Line::from(format!(" {} ", say("pane-attribution")));
    let inner = frame::draw(buf, area, theme, focused, title);
    let Some(a) = found(app) else {
        waiting(buf, inner, app, &query);
        return;
    };
    let map = Map::new(a);
    let places = Places::new(app, area, &map);
    let heading = say_with(
        "pane-attribution-sum",
        &[
            ("logit", logit(a).into()),
            ("value", format!("{:.3}", a.logit).into()),
            ("n", a.parts.len().into()),
        ],
    );
    text::put(buf, inner, inner.x + 1, inner.y, &heading, theme.strong());
    let all = map.cells.iter().flatten().flatten();
    let most = all.fold(f64::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let drawn = |row: usize, col: usize| -> Option<(String, Style)> {
        let Some(x) = map.cells[row][col] else {
            return Some(("–".into(), theme.dim()));
        };
        let t = x / most;
        let words = match places.cell {
            2 if theme.plain() => {
                let sign = if x < 0.0 { '-' } else { '+' };
                format!("{sign}{}", shade(t.abs()))
            }
            2 => String::new(),
            _ => number::signed(x),
        };
        Some((words, theme.signed(t)))
    };
    let table = map.table(app, places.cell);
    table.draw(buf, &places.page, theme, &drawn);
    let rows = named(&a.parts);
    let list = Parts {
        rows: &rows,
        others: (0, 0.0),
        at: None,
        name: 24,
    };
    list.draw(buf, places.list, theme);
    places
        .page
        .note(buf, area, theme, "pane-blocks", map.layers.len());
    let (row, col) = table.at;
    let value = map.cells.get(row).and_then(|cells| *cells.get(col)?);
    let value = value.map_or_else(|| say("pane-nothing").into(), number::signed);
    let part = match map.columns.get(col).map(String::as_str) {
        Some("mlp") => say("pane-part-mlp").to_owned(),
        Some("bias") => say("pane-part-bias").to_owned(),
        head => say_with(
            "pane-part-head",
            &[("head", plain(head.unwrap_or_default()))],
        ),
    };
    let cap = cap(a).map_or(String::new(), |cap| format!(" · {cap}"));
    let words = say_with(
        "pane-attribution-cell",
        &[
            ("layer", plain(row)),
            ("part", part.into()),
            ("value", value.into()),
        ],
    ) + &cap;
    let lower = Rect {
        y: places.list.bottom().max(places.map.bottom()),
        ..inner
    };
    let lower = Rect {
        height: inner.bottom().saturating_sub(lower.y),
        ..lower
    };
    for (line, y) in text::wrap(&words, lower.width.saturating_sub(2))
        .iter()
        .zip(lower.y..lower.bottom())
    {
        text::put(buf, lower, lower.x + 1, y, line, theme.dim());
    }
}
