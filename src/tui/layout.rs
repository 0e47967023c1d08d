//! Where each pane lies, as the table of panes says.
//!
//! ```text
//! wide (from 100 columns)                      narrow
//! ┌ header ───────────────────────────┐        ┌ header ─────────────────┐
//! │ tokens                            │        │ tokens                  │
//! ├ steps ─┬ matrix ────────┬ lens ───┤        ├ steps ─┬ matrix ────────┤
//! │        │                │         │        │        │                │
//! │        │                ├ heads ──┤        ├ lens ──┤                │
//! │        │                ├ summary ┤        │        ├ heads ─────────┤
//! ├────────┴────────────────┴─────────┤        ├────────┴────────────────┤
//! │ explain                           │        │ explain                 │
//! │ footer                            │        │ footer                  │
//! └───────────────────────────────────┘        └─────────────────────────┘
//! ```
//! In the narrow one the summary is a note in the matrix's lower line. Heads are there at hook points
//! that have them.

use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::app::App;
use super::panes::{self, PANES, Pane, Part, WIDE};
use crate::trace::query::Query;

/// Fewer columns or lines than this, and the screen says so instead.
pub const MIN: (u16, u16) = (60, 16);

/// The areas of the screen. A pane that is not shown is not there.
#[derive(Clone, Default)]
pub struct Areas {
    pub header: Rect,
    pub footer: Rect,
    panes: Vec<(&'static Pane, Rect)>,
}

impl Areas {
    /// Panes that are shown.
    pub fn panes(&self) -> impl Iterator<Item = (&'static Pane, Rect)> {
        self.panes
            .iter()
            .copied()
            .filter(|(_, area)| !area.is_empty())
    }

    /// The area of a pane, empty where it is not shown.
    pub fn of(&self, pane: &Pane) -> Rect {
        let found = self.panes().find(|(own, _)| own.name == pane.name);
        found.map_or(Rect::ZERO, |(_, area)| area)
    }

    /// The pane at a place of the screen.
    pub fn at(&self, at: Position) -> Option<(&'static Pane, Rect)> {
        self.panes().find(|(_, area)| area.contains(at))
    }

    /// Panes that can have the focus now, in order.
    pub fn focusable(&self, app: &App) -> Vec<&'static str> {
        let can = |pane: &&&Pane| {
            let here = app.zoom || pane.name == app.focus || !self.of(pane).is_empty();
            pane.takes_focus && here
        };
        PANES.iter().filter(can).map(|pane| pane.name).collect()
    }

    /// All that the screen shows and that is not known yet, the most wanted first.
    pub fn queries(&self, app: &App) -> Vec<Query> {
        let asks = self.panes().flat_map(|(pane, area)| (pane.asks)(app, area));
        app.answers.unknown(asks.collect())
    }

    /// Queries for the rest of the screen, asked when no key has come for a while.
    pub fn later(&self, app: &App) -> Vec<Query> {
        let asks = self
            .panes()
            .flat_map(|(pane, area)| (pane.asks_later)(app, area));
        app.answers.unknown(asks.collect())
    }

    /// Put the panes in the order of the table: the first ask first.
    fn in_order(mut self) -> Areas {
        let at = |pane: &Pane| PANES.iter().position(|own| own.name == pane.name);
        self.panes.sort_by_key(|(pane, _)| at(pane));
        self
    }

    /// Lay the panes of one part out in `area`, one below the other; `all` are the lines they had to choose from.
    fn stack(&mut self, app: &App, part: Part, area: Rect, all: u16) {
        let (panes, lines): (Vec<_>, Vec<_>) = in_part(app, part, all).into_iter().unzip();
        let areas = Layout::vertical(lines).split(area);
        self.panes
            .extend(panes.into_iter().zip(areas.iter().copied()));
    }
}

/// The panes of one part with what they take of so many lines.
fn in_part(app: &App, part: Part, lines: u16) -> Vec<(&'static Pane, Constraint)> {
    let here = |pane: &&'static Pane| {
        let place = pane.place(app).filter(|place| place.part == part)?;
        Some((*pane, (place.lines)(app, lines)?))
    };
    PANES.iter().filter_map(here).collect()
}

/// Lines that the panes of one part take of so many.
fn lines(app: &App, part: Part, all: u16) -> u16 {
    let own = |(_, lines)| match lines {
        Constraint::Length(lines) => lines,
        _ => 0,
    };
    in_part(app, part, all).into_iter().map(own).sum()
}

/// `None` below [`MIN`].
pub fn layout(app: &App) -> Option<Areas> {
    let screen = app.screen;
    if screen.width < MIN.0 || screen.height < MIN.1 {
        return None;
    }
    let between = screen.height - 2;
    let top = lines(app, Part::Top, between);
    let bottom = lines(app, Part::Bottom, between - top);
    let rows = [
        Constraint::Length(1),
        Constraint::Length(top),
        Constraint::Fill(1),
        Constraint::Length(bottom),
        Constraint::Length(1),
    ];
    let rows: [Rect; 5] = Layout::vertical(rows).areas(screen);
    let middle = rows[2];
    let mut areas = Areas {
        header: rows[0],
        footer: rows[4],
        panes: Vec::new(),
    };
    areas.stack(app, Part::Top, rows[1], between);
    areas.stack(app, Part::Bottom, rows[3], between - top);
    if app.zoom {
        areas.panes.push((panes::focused(app), middle));
        return Some(areas.in_order());
    }
    let (left, right) = match screen.width {
        160.. => (30, 42),
        WIDE.. => (23, 32),
        _ => (25, 32),
    };
    let wide = |part, columns| {
        let empty = in_part(app, part, middle.height).is_empty();
        Constraint::Length(if empty { 0 } else { columns })
    };
    let columns = [
        wide(Part::Left, left),
        Constraint::Fill(1),
        wide(Part::Right, right),
    ];
    let [left, centre, right] = Layout::horizontal(columns).areas(middle);
    areas.stack(app, Part::Left, left, left.height);
    areas.stack(app, Part::Right, right, right.height);
    let all = centre.height;
    let under = Constraint::Length(lines(app, Part::Under, all));
    let [centre, under] = Layout::vertical([Constraint::Fill(1), under]).areas(centre);
    areas.stack(app, Part::Middle, centre, all);
    areas.stack(app, Part::Under, under, all);
    Some(areas.in_order())
}
