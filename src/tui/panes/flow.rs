//! Attention from left to right, below the matrix where it is wide: scores, the pattern that they become, the values
//! that it weighs, and z, their sum.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout as Split, Rect};
use ratatui::text::Line;

use super::super::app::App;
use super::super::view::{self, heads, labels, masks};
use super::super::widgets::matrix::{self, Cells, Density, Geometry, Shape};
use super::super::widgets::scale::Scale;
use super::super::widgets::{frame, text};
use super::matrix::tile;
use super::{Export, Pane, Part, Place};
use crate::lang::say;
use crate::session::export::Sheet;
use crate::trace::hook;
use crate::trace::kept;
use crate::trace::plan::HookPoint;
use crate::trace::query::Query;
use crate::trace::tensor::{Pick, Values};

pub static PANE: Pane = Pane {
    name: "flow",
    wide: Some(Place {
        part: Part::Under,
        lines: |app, all| lines(app, all).map(Constraint::Length),
    }),
    asks: |app, area| {
        parts(app, area)
            .into_iter()
            .filter_map(|part| part.ask)
            .collect()
    },
    draw,
    export: |app, area| sheet(app, area).map(Export::Sheet),
    ..Pane::NONE
};

/// The parts that are seen, one below the other.
fn sheet(app: &App, area: Rect) -> Option<Sheet> {
    let parts = parts(app, area);
    let known = parts.iter().filter_map(|part| {
        let values = app.answers.exact(part.ask.as_ref()?)?.values()?;
        Some((part, values))
    });
    let known: Vec<_> = known.collect();
    let last = known.iter().map(|(part, _)| part.geometry.cols.end).max()?;
    let columns: Vec<String> = (0..last).map(|i| i.to_string()).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut sheet = Sheet::new("attention", ["row", "column"], &columns);
    for (part, values) in known {
        for row in part.geometry.rows.clone() {
            let label = part.row_labels.get(row).map_or("", |label| label.trim());
            let cells = (0..last).map(|col| part.get(values, row, col).unwrap_or(f64::NAN));
            sheet.push(format!("{} {label}", part.words), cells);
        }
    }
    Some(sheet)
}

/// Columns of the screen from which the four stand beside one another.
const WIDE: u16 = 160;
/// The fewest lines that are worth a box.
const LEAST: u16 = 6;

/// The steps: the hook point's last name, and what stands before it in the title.
const STEPS: [(&str, &str); 4] = [
    ("hook_attn_scores", ""),
    ("hook_pattern", "→ "),
    ("hook_v", "× "),
    ("hook_z", "= "),
];

/// The lines that it takes of so many, at scores, pattern, values and z.
pub fn lines(app: &App, all: u16) -> Option<u16> {
    let plain = app.opened.is_none() && app.whole.is_none() && app.diff.is_none();
    let (module, leaf) = app.point().filter(|_| plain)?.name.rsplit_once('.')?;
    let here = STEPS.iter().any(|(own, _)| *own == leaf);
    let plan = app.plan()?;
    let all_there = || {
        let mut names = STEPS.iter().map(|(leaf, _)| format!("{module}.{leaf}"));
        names.all(|name| plan.position(&name).is_some())
    };
    if !here || app.screen.width < WIDE || !all_there() {
        return None;
    }
    let pass = app.pass()?;
    let tokens = u16::try_from(pass.tokens.len()).ok()?;
    let matrix = u16::try_from(pass.rows()).ok()?.saturating_add(3);
    let room = match all.saturating_sub(matrix) {
        room if room >= LEAST => room,
        _ => all / 3,
    };
    let lines = tokens.saturating_add(4).min(room);
    (lines >= LEAST).then_some(lines)
}

/// One of the four as it lies in the pane.
struct Step {
    point: HookPoint,
    at: usize,
    title: Rect,
    words: String,
    geometry: Geometry,
    row_labels: Vec<String>,
    col_labels: Vec<String>,
    scale: Scale,
    /// Colours alone where numbers of all columns do not fit.
    density: Density,
    ask: Option<Query>,
}

impl Step {
    fn shape(&self) -> Shape<'_> {
        let (rows, cols) = view::size(&self.point);
        Shape {
            row_texts: None,
            rows,
            cols,
            row_labels: &self.row_labels,
            col_labels: &self.col_labels,
            scale: self.scale,
            density: self.density,
            heading: true,
            aside: None,
            fine: 1,
            order: None,
        }
    }

    fn get(&self, values: &Values, row: usize, col: usize) -> Option<f64> {
        let g = &self.geometry;
        let seen = g.rows.contains(&row) && g.cols.contains(&col);
        let at = || (row - g.rows.start) * g.cols.len() + col - g.cols.start;
        seen.then(|| values.data.get(at()).copied())?
    }
}

fn parts(app: &App, area: Rect) -> Vec<Step> {
    let inner = frame::inside(area);
    let areas: [Rect; 4] = Split::horizontal([Constraint::Fill(1); 4])
        .spacing(1)
        .areas(inner);
    let module = app.point().and_then(|point| point.name.rsplit_once('.'));
    let (Some((module, _)), Some(plan), Some(pass)) = (module, app.plan(), app.pass()) else {
        return Vec::new();
    };
    let step = |((leaf, before), area): (&(&str, &str), Rect)| {
        let name = format!("{module}.{leaf}");
        let at = plan.position(&name)?;
        let own = &plan.points()[at];
        // The values of earlier passes are weighed too.
        let stored = hook::short(module) + ".values";
        let stored = kept::name(&stored).filter(|_| *leaf == "hook_v" && pass.start > 0);
        let point = match &stored {
            Some(stored) => kept::point(pass, stored)?,
            None => own.clone(),
        };
        let (row, col) = view::matrix_axes(&point);
        let mut step = Step {
            title: Rect { height: 1, ..area },
            words: format!(
                "{before}{}",
                leaf.trim_start_matches("hook_").replace("attn_", "")
            ),
            geometry: Geometry::default(),
            row_labels: labels::labels(pass, &point, row),
            col_labels: labels::labels(pass, &point, col),
            scale: view::scale(app, at),
            density: app.density,
            ask: None,
            at,
            point,
        };
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        // Keys lie along the columns of scores and the rows of values, queries along the rows of the others.
        let first = match *leaf {
            "hook_v" => (0, app.scroll.1),
            _ => (app.at.row.saturating_sub(usize::from(below.height / 2)), 0),
        };
        step.geometry = Geometry::new(below, &step.shape(), first);
        if step.geometry.cols.len() < view::size(&step.point).1 {
            step.density = Density::Colours;
            step.geometry = Geometry::new(below, &step.shape(), first);
        }
        let g = &step.geometry;
        if !g.rows.is_empty() && !g.cols.is_empty() {
            let (rows, cols) = (Pick::Span(g.rows.clone()), Pick::Span(g.cols.clone()));
            let slice = tile::slice(&step.point, heads::head_of(app, &step.point), rows, cols);
            step.ask = Some(match stored {
                Some(name) => Query::Kept {
                    pass: app.at.pass,
                    name,
                    slice,
                },
                None => app.ask_values(at, slice),
            });
        }
        Some(step)
    };
    STEPS.iter().zip(areas).filter_map(step).collect()
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let title = format!(" {} ", say("pane-flow"));
    frame::draw(buf, area, theme, false, Line::from(title));
    for step in parts(app, area) {
        let here = step.at == app.at.point;
        let style = if here {
            theme.current()
        } else {
            theme.strong()
        };
        text::put(
            buf,
            step.title,
            step.title.x,
            step.title.y,
            &step.words,
            style,
        );
        let Some(ask) = &step.ask else { continue };
        let Some(values) = app.answers.exact(ask).and_then(|answer| answer.values()) else {
            let words = app.answers.why(ask).unwrap_or(say("pane-computing"));
            text::put(
                buf,
                step.title,
                step.title.x,
                step.title.y + 1,
                words,
                theme.dim(),
            );
            continue;
        };
        let pass = app.pass();
        let row = app.at.row;
        let hidden = |r, c| pass.is_some_and(|pass| masks::masked(app, pass, &step.point, r, c));
        let cells = Cells {
            value: &|r, c| step.get(values, r, c),
            aside: &|_| None,
            masked: &|r, c| hidden(r, c) || step.get(values, r, c).is_some_and(|x| x < -1e30),
            // The row that is followed from left to right.
            selected: (!step.words.starts_with('×')).then_some((row, usize::MAX)),
            stale: false,
        };
        matrix::draw(buf, theme, &step.shape(), &step.geometry, &cells);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{draw, fake};
    use super::*;

    fn screen(app: &App) -> String {
        let mut buf = Buffer::empty(app.screen);
        draw::draw(&mut buf, app);
        draw::text(&buf)
    }

    #[test]
    fn attention_reads_from_left_to_right_where_it_is_wide() {
        for name in ["1.attn_scores", "1.pattern", "1.v", "1.z"] {
            let mut app = fake::app(name, 200, 50);
            fake::answer(&mut app);
            let shown = screen(&app);
            let line = shown.lines().find(|line| line.contains("→ pattern"));
            let line = line.unwrap_or_else(|| panic!("{name}: {shown}"));
            let at = |words: &str| {
                line.find(words)
                    .unwrap_or_else(|| panic!("{words}: {line}"))
            };
            assert!(
                at("scores") < at("→ pattern") && at("→ pattern") < at("× v"),
                "{line}"
            );
            assert!(at("× v") < at("= z"), "{line}");
            assert!(!shown.contains("computing…"), "{shown}");
        }
        for (name, width) in [("1.pattern", 120), ("1.q", 200), ("logits", 200)] {
            let mut app = fake::app(name, width, 50);
            fake::answer(&mut app);
            assert!(!screen(&app).contains("→ pattern"), "{name} {width}");
        }
    }
}
