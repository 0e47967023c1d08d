//! Where each pane lies.
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

use ratatui::layout::Rect;

use super::app::{App, Pane};

/// Fewer columns or lines than this, and the screen says so instead.
pub const MIN: (u16, u16) = (60, 16);

/// An empty rectangle is a pane that is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub header: Rect,
    pub tokens: Rect,
    pub steps: Rect,
    pub matrix: Rect,
    pub lens: Rect,
    pub heads: Rect,
    pub summary: Rect,
    pub explain: Rect,
    pub footer: Rect,
}

impl Layout {
    /// The pane at a place of the screen.
    pub fn pane_at(&self, at: ratatui::layout::Position) -> Option<Pane> {
        [
            (self.tokens, Pane::Tokens),
            (self.steps, Pane::Steps),
            (self.matrix, Pane::Matrix),
            (self.lens, Pane::Lens),
            (self.heads, Pane::Heads),
            (self.summary, Pane::Summary),
            (self.explain, Pane::Explain),
        ]
        .into_iter()
        .find_map(|(area, pane)| area.contains(at).then_some(pane))
    }
}

fn cut_top(rest: &mut Rect, lines: u16) -> Rect {
    let lines = lines.min(rest.height);
    let out = Rect::new(rest.x, rest.y, rest.width, lines);
    rest.y += lines;
    rest.height -= lines;
    out
}

fn cut_bottom(rest: &mut Rect, lines: u16) -> Rect {
    let lines = lines.min(rest.height);
    rest.height -= lines;
    Rect::new(rest.x, rest.y + rest.height, rest.width, lines)
}

fn cut_left(rest: &mut Rect, columns: u16) -> Rect {
    let columns = columns.min(rest.width);
    let out = Rect::new(rest.x, rest.y, columns, rest.height);
    rest.x += columns;
    rest.width -= columns;
    out
}

fn cut_right(rest: &mut Rect, columns: u16) -> Rect {
    let columns = columns.min(rest.width);
    rest.width -= columns;
    Rect::new(rest.x + rest.width, rest.y, columns, rest.height)
}

/// `None` below [`MIN`].
pub fn layout(app: &App) -> Option<Layout> {
    let mut rest = app.screen;
    if rest.width < MIN.0 || rest.height < MIN.1 {
        return None;
    }
    let mut l = Layout {
        header: cut_top(&mut rest, 1),
        footer: cut_bottom(&mut rest, 1),
        ..Layout::default()
    };
    if app.shows(Pane::Tokens) {
        l.tokens = cut_top(&mut rest, 1);
    }
    if app.shows(Pane::Explain) {
        // Words wrap where it is narrow.
        let roomy = rest.height >= 28 || rest.width < 100 && rest.height >= 20;
        let lines = if roomy { 3 } else { 2 };
        l.explain = cut_bottom(&mut rest, lines);
    }
    if app.zoom {
        match app.focus {
            Pane::Steps => l.steps = rest,
            Pane::Lens => l.lens = rest,
            Pane::Heads => l.heads = rest,
            Pane::Summary => l.summary = rest,
            _ => l.matrix = rest,
        }
        return Some(l);
    }
    let wide = rest.width >= 100;
    let has_heads = app.plan().is_some_and(|plan| {
        let point = plan.points().get(app.at.point);
        point.is_some_and(|p| p.head_axis().is_some())
    });
    if wide {
        let columns = if rest.width >= 160 { 42 } else { 32 };
        if [Pane::Lens, Pane::Heads, Pane::Summary]
            .iter()
            .any(|&p| app.shows(p))
        {
            let mut side = cut_right(&mut rest, columns);
            if app.shows(Pane::Summary) {
                l.summary = cut_bottom(&mut side, 6);
            }
            if app.shows(Pane::Heads) && has_heads {
                let lines = if app.shows(Pane::Lens) {
                    side.height / 2
                } else {
                    side.height
                };
                l.heads = cut_bottom(&mut side, lines);
            }
            if app.shows(Pane::Lens) {
                l.lens = side;
            }
        }
        if app.shows(Pane::Steps) {
            l.steps = cut_left(&mut rest, if app.screen.width >= 160 { 30 } else { 23 });
        }
    } else {
        let (steps, lens) = (app.shows(Pane::Steps), app.shows(Pane::Lens));
        if steps || lens {
            let mut side = cut_left(&mut rest, 25);
            if lens {
                let lines = if steps { side.height / 2 } else { side.height };
                l.lens = cut_bottom(&mut side, lines);
            }
            if steps {
                l.steps = side;
            }
        }
        if app.shows(Pane::Heads) && has_heads && rest.height >= 16 {
            let lines = (rest.height * 3 / 10).clamp(5, 14);
            l.heads = cut_bottom(&mut rest, lines);
        }
    }
    l.matrix = rest;
    Some(l)
}
