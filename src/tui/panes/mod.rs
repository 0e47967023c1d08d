//! The table of panes. A pane is a file here and an entry in [`PANES`]: layout, focus, mouse, help, footer and
//! what is asked of the source follow from the entries.

pub mod attribution;
pub mod autoplay;
pub mod branches;
pub mod diff;
pub mod explain;
pub mod flow;
pub mod grid;
pub mod head_map;
pub mod heads;
pub mod inputs;
pub mod lens;
pub mod matrix;
pub mod opened;
mod parts;
pub mod rollout;
pub mod score;
pub mod split;
pub mod stages;
pub mod steps;
pub mod summary;
pub mod sweep;
pub mod tokens;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Position, Rect};

use super::app::App;
use super::widgets::scale::shade;
use super::widgets::table::{Page, Table};
use super::widgets::{frame, text};
use crate::lang::say;
use crate::session::command::Command;
use crate::session::export::Sheet;
use crate::trace::query::Query;
use crate::trace::tensor::{Pick, Slice};

/// A key and what it does, in the footer.
pub type Hint = (&'static str, &'static str);

/// Selects something in a pane that lies here; the commands that follow from it.
pub type Select<Way> = fn(&mut App, Rect, Way) -> Vec<Command>;

/// Columns from which a screen is wide.
pub const WIDE: u16 = 100;

/// The part of the screen a pane lies in; panes of one part lie below one another in the table's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Top,
    Bottom,
    Left,
    Right,
    /// Below what is in the middle.
    Under,
    Middle,
}

/// Where a pane lies, and how many lines it takes of so many that there are; none where it is not needed.
#[derive(Clone, Copy)]
pub struct Place {
    pub part: Part,
    pub lines: fn(&App, u16) -> Option<Constraint>,
}

impl Place {
    /// All lines that others leave.
    pub const fn filling(part: Part) -> Place {
        let lines = |_: &App, _: u16| Some(Constraint::Fill(1));
        Place { part, lines }
    }
}

/// The content of a pane for a file: all of it, also where the screen shows a part.
pub enum Export {
    /// The answer to this question.
    Ask(Query),
    /// Numbers that are known.
    Sheet(Sheet),
}

pub struct Pane {
    /// The word for it in commands.
    pub name: &'static str,
    /// Where it lies on a wide screen and on a narrow one, if at all.
    pub wide: Option<Place>,
    pub narrow: Option<Place>,
    /// Whether the focus comes to it.
    pub takes_focus: bool,
    /// Whether it cannot be hidden.
    pub stays: bool,
    /// Queries for its content, the most wanted first.
    pub asks: fn(&App, Rect) -> Vec<Query>,
    /// Queries for the rest of its content, asked when no key has come for a while.
    pub asks_later: fn(&App, Rect) -> Vec<Query>,
    pub draw: fn(&mut Buffer, Rect, &App),
    /// Move what is selected by so many columns and lines. Where a pane has nothing to select, the matrix moves.
    pub scroll: Option<Select<(isize, isize)>>,
    /// Select what is at this place of the screen.
    pub click: Option<Select<Position>>,
    /// The commands of enter; a pane without it takes the whole screen, or gives it back.
    pub choose: Option<fn(&mut App) -> Vec<Command>>,
    /// The text of what is selected, for the clipboard. Where a pane has none, it is the matrix's value.
    pub copy: Option<fn(&App, Rect) -> Option<String>>,
    /// The sheet that it shows, for a file; `None` while it shows nothing.
    pub export: fn(&App, Rect) -> Option<Export>,
    /// Its keys.
    pub hints: fn(&App) -> &'static [Hint],
}

impl Pane {
    /// A pane that shows nothing anywhere: entries say what differs.
    pub const NONE: Pane = Pane {
        name: "",
        wide: None,
        narrow: None,
        takes_focus: false,
        stays: false,
        asks: |_, _| Vec::new(),
        asks_later: |_, _| Vec::new(),
        draw: |_, _, _| {},
        scroll: None,
        click: None,
        choose: None,
        copy: None,
        export: |_, _| None,
        hints: |_| &[],
    };

    /// Where it lies on this screen; `None` for one that is hidden.
    pub fn place(&self, app: &App) -> Option<Place> {
        let wide = app.screen.width >= WIDE;
        let place = if wide { self.wide } else { self.narrow };
        place.filter(|_| !app.hidden.contains(self.name))
    }
}

/// Every pane, in the order in which the focus goes round.
pub static PANES: [&Pane; 22] = [
    &tokens::PANE,
    &score::PANE,
    &autoplay::PANE,
    &steps::PANE,
    &branches::PANE,
    &matrix::PANE,
    &opened::PANE,
    &diff::PANE,
    &flow::PANE,
    &grid::BELOW,
    &stages::PANE,
    &grid::PANE,
    &attribution::PANE,
    &inputs::PANE,
    &split::PANE,
    &head_map::PANE,
    &rollout::PANE,
    &sweep::PANE,
    &lens::PANE,
    &heads::PANE,
    &summary::PANE,
    &explain::PANE,
];

/// The pane of this name.
pub fn named(name: &str) -> Option<&'static Pane> {
    PANES.into_iter().find(|pane| pane.name == name)
}

/// The pane of the view of the whole model that answers such a question.
pub fn of_whole(query: &Query) -> &'static Pane {
    match query {
        Query::Attribute { .. } => &attribution::PANE,
        Query::Inputs { .. } => &inputs::PANE,
        Query::Split { .. } => &split::PANE,
        Query::HeadMap { .. } => &head_map::PANE,
        Query::Rollout { .. } => &rollout::PANE,
        Query::Sweep(_) => &sweep::PANE,
        _ => &grid::PANE,
    }
}

/// The middle of the screen, for the pane of a view of the whole model while that is shown.
const fn whole(lines: fn(&App, u16) -> Option<Constraint>) -> Option<Place> {
    let part = Part::Middle;
    Some(Place { part, lines })
}

/// All lines, where the view is this pane's.
fn all_lines(app: &App, name: &str) -> Option<Constraint> {
    let own = app
        .whole
        .as_ref()
        .is_some_and(|whole| of_whole(&whole.query).name == name);
    own.then_some(Constraint::Fill(1))
}

/// The whole value at the cursor, for a file.
fn value(app: &App) -> Option<Export> {
    let all = whole_of(&app.point()?.shape);
    Some(Export::Ask(app.ask_values(app.at.point, all)))
}

/// The slice that has all of a shape.
fn whole_of(shape: &[usize]) -> Slice {
    Slice(shape.iter().map(|&n| Pick::Span(0..n)).collect())
}

/// Move the selected cell of the view of the whole model, where its size is known.
fn move_cell(
    app: &mut App,
    size: Option<(usize, usize)>,
    (dx, dy): (isize, isize),
) -> Vec<Command> {
    let moved = size.map(|(rows, cols)| {
        let (row, col) = cell(app, (rows, cols));
        (by(row, dy, rows), by(col, dx, cols))
    });
    select(app, moved)
}

/// Select a cell of the view of the whole model.
fn select(app: &mut App, hit: Option<(usize, usize)>) -> Vec<Command> {
    if let (Some(hit), Some(whole)) = (hit, &mut app.whole) {
        whole.cell = hit;
    }
    Vec::new()
}

/// The selected cell, within so many rows and columns.
fn cell(app: &App, (rows, cols): (usize, usize)) -> (usize, usize) {
    let cell = app.whole.as_ref().map_or((0, 0), |whole| whole.cell);
    (cell.0.min(rows.max(1) - 1), cell.1.min(cols.max(1) - 1))
}

/// Draw what stands in the place of an answer that is not there: why, or that it comes.
fn waiting(buf: &mut Buffer, area: Rect, app: &App, query: &Query) {
    let why = app.answers.why(query).unwrap_or(say("pane-computing"));
    let lines = text::wrap(why, area.width.saturating_sub(2));
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        text::put(buf, area, area.x + 1, y, line, app.theme.dim());
    }
}

/// Columns of a cell that is a colour alone.
const COLOUR: u16 = 2;

/// The text of such a cell: a shade where there are no colours.
fn coloured(app: &App, share: f64) -> String {
    if app.theme.plain() {
        shade(share).to_string().repeat(COLOUR.into())
    } else {
        String::new()
    }
}

/// The part of a table that a framed pane shows above so many lines of words.
fn page(table: &Table, area: Rect, words: u16) -> Page {
    let inner = frame::inside(area);
    table.page(Rect {
        height: inner.height.saturating_sub(words.min(inner.height / 3)),
        ..inner
    })
}

/// Draw lines at the lower end of an area; what is left above them.
fn below(buf: &mut Buffer, area: Rect, app: &App, words: &str) -> Rect {
    let mut lines = text::wrap(words, area.width.saturating_sub(2));
    lines.truncate(usize::from(area.height / 3));
    let height = area.height - lines.len() as u16;
    for (line, y) in lines.iter().zip(area.y + height..) {
        text::put(buf, area, area.x + 1, y, line, app.theme.dim());
    }
    Rect { height, ..area }
}

/// The pane that has the focus.
pub fn focused(app: &App) -> &'static Pane {
    named(app.focus).unwrap_or(&matrix::PANE)
}

/// A place of a list, moved within it.
fn by(at: usize, way: isize, len: usize) -> usize {
    at.saturating_add_signed(way).min(len.max(1) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pane_has_a_name_and_a_place() {
        let mut names = PANES.map(|pane| pane.name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PANES.len());
        for pane in PANES {
            assert!(
                !pane.name.is_empty() && pane.wide.is_some(),
                "{}",
                pane.name
            );
            assert!(!pane.takes_focus || pane.scroll.is_some(), "{}", pane.name);
        }
        assert!(
            PANES
                .iter()
                .any(|pane| pane.stays && pane.name == App::FOCUS)
        );
    }
}
