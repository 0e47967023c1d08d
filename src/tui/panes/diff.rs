//! The value at the cursor in this branch, in another, and their difference: three matrices that scroll together.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout as Split, Position, Rect};
use ratatui::text::{Line, Span};

use super::super::app::App;
use super::super::view::{self, heads, labels, masks};
use super::super::widgets::matrix::{self, Cells, Geometry, Shape};
use super::super::widgets::scale::Scale;
use super::super::widgets::{frame, number, text};
use super::matrix::{row_follows, tile};
use super::{Export, Pane, Part, Place, lens, whole_of};
use crate::lang::{plain, say, say_with};
use crate::session::format;
use crate::trace::branch::{Difference, Spot};
use crate::trace::hook;
use crate::trace::plan::HookPoint;
use crate::trace::query::{Answer, Query};
use crate::trace::tensor::Pick;

pub static PANE: Pane = Pane {
    name: "diff",
    wide: Some(PLACE),
    narrow: Some(PLACE),
    takes_focus: true,
    asks,
    draw,
    scroll: Some(|app, area, (dx, dy)| {
        let size = Layout::new(app, area).map(|layout| (layout.rows, layout.cols));
        if let Some((rows, cols)) = size {
            app.cell = (
                super::by(app.cell.0, dy, rows),
                super::by(app.cell.1, dx, cols),
            );
        }
        row_follows(app).into_iter().collect()
    }),
    click: Some(|app, area, at: Position| {
        let layout = Layout::new(app, area);
        let hit = layout.and_then(|layout| layout.parts.iter().find_map(|g| g.hit(at)));
        if let Some(cell) = hit {
            app.cell = cell;
        }
        row_follows(app).into_iter().collect()
    }),
    copy: Some(|app, area| {
        let layout = Layout::new(app, area)?;
        let at = layout.place(app.cell)?;
        layout.found(app)?.change(at).map(number::exact)
    }),
    export: |app, area| {
        let mut query = Layout::new(app, area)?.ask;
        if let Query::Difference { slice, .. } = &mut query {
            *slice = whole_of(&app.point()?.shape);
        }
        Some(Export::Ask(query))
    },
    hints: |_| {
        &[
            ("arrows", "cell"),
            ("enter", "why"),
            ("d", "values"),
            ("s n c", "both step"),
            ("esc", "close"),
        ]
    },
    ..Pane::NONE
};

const PLACE: Place = Place {
    part: Part::Middle,
    lines: |app, _| is_shown(app).then_some(Constraint::Fill(1)),
};

/// Whether the difference has the matrix's place.
pub fn is_shown(app: &App) -> bool {
    app.diff.is_some() && app.opened.is_none() && app.whole.is_none()
}

/// Columns from which the three stand side by side.
const BESIDE: u16 = 96;
/// Candidates of the other's answer.
const K: usize = 3;

/// The three matrices as they lie in the pane.
struct Layout<'a> {
    point: &'a HookPoint,
    /// This branch's, the other's, their difference.
    parts: [Geometry; 3],
    titles: [Rect; 3],
    rows: usize,
    cols: usize,
    /// Tokens with room for a mark before them, and those of the other branch once they are known.
    row_labels: Vec<String>,
    others: Vec<String>,
    col_labels: Vec<String>,
    /// Whether the columns of each are labelled.
    labelled: bool,
    ask: Query,
}

impl<'a> Layout<'a> {
    fn new(app: &'a App, area: Rect) -> Option<Layout<'a>> {
        let (pass, point) = (app.pass()?, app.point()?);
        let branch = app.diff.clone()?;
        let inner = frame::inside(area);
        let inner = Rect {
            height: inner.height.saturating_sub(1),
            ..inner
        };
        let (rows, cols) = view::size(point);
        let beside = inner.width >= BESIDE;
        let labelled = beside || usize::from(inner.height / 3) >= rows + 2;
        let areas: [Rect; 3] = if beside {
            Split::horizontal([Constraint::Fill(1); 3])
                .spacing(1)
                .areas(inner)
        } else if labelled {
            let lines = [Constraint::Length(inner.height / 3); 3];
            Split::vertical(lines).areas(inner)
        } else {
            // The first one's labels are those of all.
            let each = inner.height.saturating_sub(1) / 3;
            let lines = [each + 1, each, each].map(Constraint::Length);
            Split::vertical(lines).areas(inner)
        };
        let width = areas.iter().map(|area| area.width).min()?;
        let (row, col) = view::matrix_axes(point);
        let mut layout = Layout {
            point,
            parts: Default::default(),
            titles: areas.map(|area| Rect { height: 1, ..area }),
            rows,
            cols,
            row_labels: marked(labels::labels(pass, point, row)),
            others: Vec::new(),
            col_labels: labels::labels(pass, point, col),
            labelled,
            ask: Query::Model,
        };
        let part = |part: usize| {
            let area = Rect {
                y: areas[part].y + 1,
                height: areas[part].height.saturating_sub(1),
                width,
                ..areas[part]
            };
            let shape = layout.shape(app, Scale::Signed(1.0), part);
            Geometry::new(area, &shape, app.scroll)
        };
        layout.parts = [part(0), part(1), part(2)];
        let g = &layout.parts[0];
        if g.rows.is_empty() || g.cols.is_empty() {
            return None;
        }
        let (rows, cols) = (Pick::Span(g.rows.clone()), Pick::Span(g.cols.clone()));
        let slice = tile::slice(point, heads::head_of(app, point), rows, cols);
        layout.ask = Query::Difference {
            branch: Some(branch),
            pass: app.at.pass,
            point: point.name.clone(),
            slice,
        };
        Some(layout)
    }

    fn shape<'b>(&'b self, app: &App, scale: Scale, part: usize) -> Shape<'b> {
        Shape {
            row_texts: None,
            rows: self.rows,
            cols: self.cols,
            row_labels: match part {
                1 if !self.others.is_empty() => &self.others,
                _ => &self.row_labels,
            },
            col_labels: &self.col_labels,
            scale,
            density: app.density,
            heading: self.labelled || part == 0,
            aside: None,
            fine: app.theme.fine(),
            order: None,
        }
    }

    fn found<'b>(&self, app: &'b App) -> Option<&'b Difference> {
        match app.answers.exact(&self.ask)? {
            Answer::Difference(found) => Some(found),
            _ => None,
        }
    }

    /// The place of a cell among the values that are seen.
    fn place(&self, (row, col): (usize, usize)) -> Option<usize> {
        let g = &self.parts[0];
        let seen = g.rows.contains(&row) && g.cols.contains(&col);
        seen.then(|| (row - g.rows.start) * g.cols.len() + col - g.cols.start)
    }

    /// The counterpart of the cursor's row.
    fn spot(&self, app: &App) -> Option<Spot> {
        let found = self.found(app)?;
        let at = app.at.row.checked_sub(self.parts[0].rows.start)?;
        found.rows.get(at).copied().flatten()
    }

    /// The question for what the other branch would say at the counterpart.
    fn ask_lens(&self, app: &App) -> Option<Query> {
        let Spot { pass, row } = self.spot(app)?;
        app.plan()?.residual_at(app.at.point)?;
        let lens = Query::Lens {
            pass,
            point: self.point.name.clone(),
            row,
            k: K,
            temperature: app.at.temperature,
        };
        Some(Query::There {
            branch: app.diff.clone()?,
            query: Box::new(lens),
        })
    }
}

/// Labels with room for a mark.
fn marked(labels: Vec<String>) -> Vec<String> {
    labels.iter().map(|label| format!("  {label}")).collect()
}

fn asks(app: &App, area: Rect) -> Vec<Query> {
    let Some(layout) = Layout::new(app, area) else {
        return Vec::new();
    };
    let lens = layout.ask_lens(app);
    let mut asks = vec![layout.ask, app.ask_summary(app.at.point)];
    asks.extend(lens);
    asks
}

/// The selected cell is inside, and all three are scrolled so that it is seen.
pub fn follow(app: &mut App, area: Rect) {
    for _ in 0..2 {
        let Some(layout) = Layout::new(app, area) else {
            return;
        };
        let (rows, cols) = (layout.rows.max(1), layout.cols.max(1));
        let cell = (app.cell.0.min(rows - 1), app.cell.1.min(cols - 1));
        let scroll = layout.parts[0].follow(cell);
        (app.cell, app.scroll) = (cell, scroll);
    }
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let Some((point, other)) = app.point().zip(app.diff.as_deref()) else {
        return;
    };
    let here = app.branches.iter().find(|one| one.current);
    let here = here.map_or("here", |one| &one.name);
    let mut title = vec![
        Span::raw(" "),
        Span::styled(format!("{} ", hook::short(&point.name)), theme.strong()),
    ];
    if let (Some(axis), Some(head)) = (point.head_axis(), heads::head_of(app, point)) {
        let words = format!(" head {head} of {} ", point.shape[axis]);
        title.push(Span::styled(words, theme.accent()));
    }
    let words = format!(" {here} → {other} ");
    title.push(Span::styled(words, theme.accent()));
    let inner = frame::draw(buf, area, theme, focused, Line::from(title));
    let Some(mut layout) = Layout::new(app, area) else {
        return;
    };
    let Some(found) = layout.found(app) else {
        let words = app.answers.why(&layout.ask).unwrap_or("computing…");
        let lines = text::wrap(words, inner.width.saturating_sub(2));
        for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
            text::put(buf, inner, inner.x + 1, y, line, theme.dim());
        }
        return;
    };
    let unmatched = found.rows.iter().filter(|spot| spot.is_none()).count();
    let first = layout.parts[0].rows.start;
    layout.others.clone_from(&layout.row_labels);
    for (i, (own, there)) in found.tokens.iter().enumerate() {
        let (Some(label), Some(other)) = (
            layout.row_labels.get_mut(first + i),
            layout.others.get_mut(first + i),
        ) else {
            break;
        };
        match there {
            Some(there) if there != own => {
                *other = format!("≠ {}", text::token(there).trim_start());
                *label = format!("≠ {}", label.trim_start());
            }
            Some(_) => {}
            None => {
                other.clear();
                *label = format!("✗ {}", label.trim_start());
            }
        }
    }
    let pass = app.pass();
    let value = |part: usize, cell| {
        let at = layout.place(cell)?;
        match part {
            0 => found.here.get(at).copied(),
            1 => found.there.get(at).copied()?,
            _ => found.change(at),
        }
    };
    let changes = (0..found.here.len()).filter_map(|at| found.change(at));
    let most = changes.filter(|x| x.is_finite()).map(f64::abs);
    let most = most.fold(0.0, f64::max);
    let scale = view::scale(app, app.at.point);
    let change = Scale::Signed(if most > 0.0 { most } else { 1.0 });
    let said = if most > 0.0 {
        let most = format::number(most, 0).trim().to_owned();
        say_with("pane-diff-largest", &[("most", plain(&most))])
    } else {
        say("pane-diff-none").to_owned()
    };
    let parts = [here.to_owned(), other.to_owned(), said];
    for (part, words) in parts.iter().enumerate() {
        let line = layout.titles[part];
        let style = if part == 2 {
            theme.accent()
        } else {
            theme.strong()
        };
        text::put(buf, line, line.x + 1, line.y, words, style);
        let hidden = |r, c| pass.is_some_and(|pass| masks::masked(app, pass, point, r, c));
        let cells = Cells {
            value: &|r, c| value(part, (r, c)),
            aside: &|_| None,
            masked: &|r, c| {
                hidden(r, c)
                    || value(part, (r, c)).is_none_or(|x| x < -1e30 || x.is_nan() && part == 2)
            },
            selected: Some(app.cell),
            stale: false,
        };
        let shape = layout.shape(app, if part == 2 { change } else { scale }, part);
        matrix::draw(buf, theme, &shape, &layout.parts[part], &cells);
    }
    let below = Rect::new(inner.x, inner.bottom().saturating_sub(1), inner.width, 1);
    text::put(
        buf,
        below,
        below.x + 1,
        below.y,
        &answers(app, &layout),
        theme.text(),
    );
    let mut note = Vec::new();
    let (row, col) = app.cell;
    if let (Some(a), Some(b), Some(c)) =
        (value(0, app.cell), value(1, app.cell), value(2, app.cell))
    {
        let [a, b, c] = [a, b, c].map(|x| format::number(x, 0).trim().to_owned());
        note.push(format!("[{row}, {col}] {a} → {b} · {c}"));
    }
    if unmatched > 0 {
        note.push(say("pane-diff-unmatched").to_owned());
    }
    frame::note(buf, area, &note.join(" · "), theme.dim());
}

/// The most probable tokens of both at the cursor's row.
fn answers(app: &App, layout: &Layout) -> String {
    let first = |lens: &crate::trace::tensor::Distribution| {
        let top = lens.top.first();
        top.map(|c| {
            format!(
                "{} {}",
                text::token(&c.text).trim(),
                format::percent(c.prob)
            )
        })
    };
    let here = lens::here(app).and_then(first);
    let there = layout
        .ask_lens(app)
        .and_then(|query| app.answers.exact(&query).cloned());
    let there = there.and_then(|answer| first(answer.lens()?));
    match (here, there) {
        (Some(here), Some(there)) => {
            let words = [("here", plain(&here)), ("there", plain(&there))];
            say_with("pane-diff-both", &words)
        }
        (Some(here), None) => say_with("pane-diff-here", &[("here", plain(&here))]),
        _ => String::new(),
    }
}
