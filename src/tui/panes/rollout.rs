//! Attention rollout: how much of the row comes from each token, before each block.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::widgets::matrix::Density;
use super::super::widgets::table::Table;
use super::super::widgets::{frame, number, text};
use super::{
    COLOUR, Export, Pane, all_lines, below, cell, coloured, move_cell, page, select, waiting, whole,
};
use crate::lang::{plain, say, say_with};
use crate::session::command::Command;
use crate::session::export::Sheet;
use crate::trace::head_map::Rollout;
use crate::trace::query::Answer;

/// Lines of words below the table.
const WORDS: u16 = 4;

pub static PANE: Pane = Pane {
    name: "rollout",
    wide: whole(|app, _| all_lines(app, "rollout")),
    narrow: whole(|app, _| all_lines(app, "rollout")),
    takes_focus: true,
    stays: true,
    asks: |app, _| app.ask_whole().into_iter().collect(),
    draw,
    scroll: Some(|app, _, way| {
        let size = rollout(app).map(size);
        move_cell(app, size, way)
    }),
    click: Some(|app, area, at: Position| {
        let names = rollout(app).map(|rollout| names(app, rollout));
        let hit = names.and_then(|names| page(&table(app, &names), area, WORDS).hit(at));
        select(app, hit)
    }),
    choose: Some(choose),
    copy: Some(|app, _| {
        let rollout = rollout(app)?;
        let (row, col) = cell(app, size(rollout));
        rollout
            .layers
            .get(row)?
            .shares
            .get(col)
            .map(|x| number::exact(*x))
    }),
    export: |app, _| rollout(app).map(|rollout| Export::Sheet(sheet(app, rollout))),
    hints: |_| {
        &[
            ("arrows", "cell"),
            ("enter", "pattern"),
            (", .", "another row"),
            ("esc", "close"),
        ]
    },
    ..Pane::NONE
};

fn rollout(app: &App) -> Option<&Rollout> {
    match app.answers.exact(&app.ask_whole()?)? {
        Answer::Rollout(rollout) => Some(rollout),
        _ => None,
    }
}

fn size(rollout: &Rollout) -> (usize, usize) {
    (rollout.layers.len(), rollout.token + 1)
}

/// The names of layers and of tokens.
type Names = (Vec<String>, Vec<String>);

fn names(app: &App, rollout: &Rollout) -> Names {
    let layers = rollout.layers.iter().map(|row| row.layer.to_string());
    let tokens = app.pass().map_or(&[][..], |pass| &pass.tokens);
    let tokens = tokens.iter().take(rollout.token + 1);
    (
        layers.collect(),
        tokens.map(|t| text::token(&t.text)).collect(),
    )
}

fn sheet(app: &App, rollout: &Rollout) -> Sheet {
    let (_, tokens) = names(app, rollout);
    let tokens: Vec<&str> = tokens.iter().map(|token| token.trim()).collect();
    let mut sheet = Sheet::new("rollout", ["layer", "token"], &tokens);
    for row in &rollout.layers {
        let shares = row.shares.iter().copied().take(tokens.len());
        sheet.push(row.layer.to_string(), shares);
    }
    sheet
}

fn table<'a>(app: &App, (rows, cols): &'a Names) -> Table<'a> {
    Table {
        rows,
        cols,
        cell: match app.density {
            Density::Colours => COLOUR,
            _ => 7,
        },
        at: cell(app, (rows.len(), cols.len())),
    }
}

/// Go to the block's pattern.
fn choose(app: &mut App) -> Vec<Command> {
    let Some(found) = rollout(app) else {
        return Vec::new();
    };
    let (row, _) = cell(app, size(found));
    let Some(layer) = found.layers.get(row).map(|row| row.layer) else {
        return Vec::new();
    };
    app.close_whole();
    vec![Command::goto(format!("blocks.{layer}.attn.hook_pattern"))]
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let Some(query) = app.ask_whole() else { return };
    let title = Line::from(format!(" {} ", say("pane-rollout")));
    let inner = frame::draw(buf, area, theme, focused, title);
    let Some(rollout) = rollout(app) else {
        waiting(buf, inner, app, &query);
        return;
    };
    let names = names(app, rollout);
    let (table, page) = (table(app, &names), page(&table(app, &names), area, WORDS));
    let drawn = |row: usize, col: usize| -> Option<(String, Style)> {
        let share = *rollout.layers[row].shares.get(col)?;
        let words = match table.cell {
            COLOUR => coloured(app, share),
            _ => format!("{:5.1}%", share * 100.0),
        };
        Some((words, theme.level(share)))
    };
    table.draw(buf, &page, theme, &drawn);
    page.note(buf, area, theme, "pane-blocks", rollout.layers.len());
    let (row, col) = table.at;
    let share = rollout.layers.get(row).and_then(|row| row.shares.get(col));
    let share = share.map_or(String::new(), |share| format!("{:.1} %", share * 100.0));
    let of = names.1.get(rollout.token).map_or("", |token| token.trim());
    let from = names.1.get(col).map_or("", |token| token.trim());
    let layer = names.0.get(row).map_or("", |layer| layer);
    let words = say_with(
        "pane-rollout-cell",
        &[
            ("share", share.into()),
            ("token", plain(of)),
            ("from", plain(from)),
            ("layer", plain(layer)),
            ("definition", Rollout::DEFINITION.into()),
        ],
    );
    below(buf, inner, app, &words);
}
