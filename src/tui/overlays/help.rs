//! All commands with their keys, under a heading for each group.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin};
use ratatui::text::Line;

use super::super::app::App;
use super::super::command::commands;
use super::super::command::keys::keys as command_keys;
use super::super::widgets::{frame, text};
use crate::lang::{self, say};
use crate::session::command::Group;

/// Columns of the keys and of the names before the explanation.
const KEYS: u16 = 11;
const NAMES: u16 = 18;

/// A line of help: keys, name, words; a heading has words alone.
pub struct Row {
    keys: String,
    name: &'static str,
    words: String,
}

/// Columns of a box that has one list, and from which on there is room for two beside each other.
const ONE: u16 = 112;
const TWO: u16 = 150;

pub fn size(app: &App) -> (u16, u16) {
    let width = match app.screen.width {
        wide @ TWO.. => wide.min(2 * ONE),
        narrow => narrow.min(ONE),
    };
    let lines = longest(&lists_in(app, width)) + 2;
    (width, app.screen.height.min(lines as u16))
}

/// Lines of the longer list.
pub fn longest(lists: &[Vec<Row>]) -> usize {
    lists.iter().map(Vec::len).max().unwrap_or(0)
}

/// The lists in their box: one, or two of about as many lines.
pub fn lists(app: &App) -> Vec<Vec<Row>> {
    lists_in(app, size(app).0)
}

fn lists_in(app: &App, width: u16) -> Vec<Vec<Row>> {
    let columns = if width >= TWO { 2 } else { 1 };
    let groups: Vec<Vec<Row>> = Group::ALL
        .into_iter()
        .map(|g| lines(app, g, width / columns))
        .collect();
    let all: usize = groups.iter().map(|group| group.len() + 1).sum();
    let mut lists: Vec<Vec<Row>> = vec![Vec::new()];
    let mut before = 0;
    for group in groups {
        // A group goes to the list in which its middle lies.
        let middle = before + group.len() / 2;
        before += group.len() + 1;
        if columns == 2 && lists.len() == 1 && middle > all / 2 {
            lists.push(Vec::new());
        }
        if let Some(list) = lists.last_mut() {
            if !list.is_empty() {
                list.push(row(String::new(), "", String::new()));
            }
            list.extend(group);
        }
    }
    lists
}

/// The lines of a group in `width` columns.
fn lines(app: &App, group: Group, width: u16) -> Vec<Row> {
    let room = width.saturating_sub(4 + KEYS + NAMES).max(20);
    let mut out = vec![row(
        String::new(),
        "",
        lang::of_table("group", group.title(), group.title()).to_owned(),
    )];
    for spec in commands().iter().filter(|s| s.group == group) {
        let mut keys = String::new();
        for key in command_keys(&app.keymap, spec) {
            if text::width(&keys) + text::width(key) + 1 < KEYS {
                keys += if keys.is_empty() { "" } else { " " };
                keys += key;
            }
        }
        let mut words = text::wrap(spec.told(), room).into_iter();
        out.push(row(keys, spec.name, words.next().unwrap_or_default()));
        out.extend(words.map(|words| Row {
            keys: " ".into(),
            name: "",
            words,
        }));
    }
    out
}

fn row(keys: String, name: &'static str, words: String) -> Row {
    Row { keys, name, words }
}

pub fn render(buf: &mut Buffer, app: &App, top: usize) {
    let theme = app.theme;
    let size = size(app);
    let lists = lists(app);
    let title = Line::styled(format!(" {} ", say("help")), theme.strong());
    let area = frame::popup(buf, app.screen, theme, size, title);
    let outer = area.outer(Margin::new(1, 1));
    frame::note(buf, outer, say("hint-help-keys"), theme.dim());
    let area = area.inner(Margin::new(1, 0));
    let columns = Layout::horizontal(vec![Constraint::Fill(1); lists.len()]).split(area);
    let most = longest(&lists);
    let top = top.min(most.saturating_sub(area.height as usize));
    for (list, area) in lists.iter().zip(columns.iter()) {
        let shown = list.iter().skip(top).take(area.height as usize);
        for (row, y) in shown.zip(area.y..) {
            if row.keys.is_empty() && row.name.is_empty() {
                text::put(buf, *area, area.x, y, &row.words, theme.current());
                continue;
            }
            text::put(buf, *area, area.x, y, &row.keys, theme.accent());
            text::put(buf, *area, area.x + KEYS, y, row.name, theme.strong());
            let x = area.x + KEYS + NAMES;
            text::put(buf, *area, x, y, &row.words, theme.text());
        }
    }
}
