//! The plan as a tree: what is done, where we stand, what is ahead. Open around the cursor, folded
//! elsewhere; many folded blocks in a row are one line.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::super::app::App;
use super::super::widgets::{frame, text};
use super::{Export, Pane, Part, Place};
use crate::lang::say;
use crate::session::command::Command;
use crate::session::export::Sheet;
use crate::trace::hook::{self, Layer};

pub static PANE: Pane = Pane {
    name: "steps",
    wide: Some(Place::filling(Part::Left)),
    narrow: Some(Place::filling(Part::Left)),
    takes_focus: true,
    draw,
    scroll: Some(|app, _, (_, dy)| {
        let rows = rows(app);
        let (line, _) = window(app, &rows, 1);
        app.step = Some(super::by(line, dy, rows.len()));
        Vec::new()
    }),
    click: Some(click),
    choose: Some(|app| {
        let row = selected(app);
        row.and_then(|row| goto(app, &row)).into_iter().collect()
    }),
    copy: Some(|app, _| {
        let point = selected(app)?.points.start;
        Some(hook::short(&app.plan()?.points().get(point)?.name))
    }),
    export: |app, _| sheet(app).map(Export::Sheet),
    hints: |_| &[("↑↓", "choose"), ("enter", "go there"), ("space", "fold")],
    ..Pane::NONE
};

/// The hook points of the pass, with ones where there is a breakpoint and where an intervention reaches.
fn sheet(app: &App) -> Option<Sheet> {
    let columns = ["step", "elements", "breakpoint", "changed"];
    let mut sheet = Sheet::new("steps", ["point", ""], &columns);
    for (at, point) in app.plan()?.points().iter().enumerate() {
        let is = |yes: bool| f64::from(u8::from(yes));
        let (stops, changed) = (app.breaks.contains(&at), app.is_changed(at));
        let numbers = [
            (at + 1) as f64,
            point.numel() as f64,
            is(stops),
            is(changed),
        ];
        sheet.push(hook::short(&point.name), numbers);
    }
    Some(sheet)
}

fn click(app: &mut App, area: Rect, at: Position) -> Vec<Command> {
    let rows = rows(app);
    let (_, first) = window(app, &rows, frame::inside(area).height as usize);
    let line = at.y.checked_sub(area.y + 1).map(usize::from);
    let row = line.and_then(|line| rows.get(first + line));
    row.and_then(|row| goto(app, row)).into_iter().collect()
}

/// The selected line.
pub fn selected(app: &App) -> Option<Row> {
    let rows = rows(app);
    let (line, _) = window(app, &rows, 1);
    rows.into_iter().nth(line)
}

/// Go to the first hook point of a line.
fn goto(app: &App, row: &Row) -> Option<Command> {
    let point = app.plan()?.points().get(row.points.start)?;
    Some(Command::goto(point.name.clone()))
}

/// One line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub indent: u16,
    pub name: String,
    /// Hook points it stands for, half-open.
    pub points: std::ops::Range<usize>,
    /// A branch, and whether it is open.
    pub open: Option<bool>,
    pub layer: Layer,
}

/// The lines of the tree as it is folded now.
pub fn rows(app: &App) -> Vec<Row> {
    let Some(plan) = app.plan() else {
        return Vec::new();
    };
    let points = plan.points();
    let mut layers: Vec<(Layer, std::ops::Range<usize>)> = Vec::new();
    for (i, point) in points.iter().enumerate() {
        match layers.last_mut() {
            Some((layer, range)) if *layer == point.layer() => range.end = i + 1,
            _ => layers.push((point.layer(), i..i + 1)),
        }
    }
    let merge = layers.len() > 10;
    let is_open = |layer: &Layer, range: &std::ops::Range<usize>| {
        range.contains(&app.at.point) != app.open.contains(layer)
    };
    let mut out: Vec<Row> = Vec::new();
    for (layer, range) in layers {
        let open = is_open(&layer, &range);
        if !open
            && merge
            && let (Layer::Block(i), Some(last)) = (layer, out.last_mut())
            && let (Layer::Block(first), Some(false)) = (last.layer, last.open)
        {
            last.name = format!("blocks.{first} … {i}");
            last.points.end = range.end;
            continue;
        }
        out.push(Row {
            indent: 0,
            name: layer.to_string(),
            points: range.clone(),
            open: Some(open),
            layer,
        });
        if open {
            modules(app, layer, range, &mut out);
        }
    }
    out
}

fn modules(app: &App, layer: Layer, range: std::ops::Range<usize>, out: &mut Vec<Row>) {
    let Some(plan) = app.plan() else { return };
    let points = plan.points();
    let leaf = |i: usize, indent| Row {
        indent,
        name: hook::inside(&points[i].name),
        points: i..i + 1,
        open: None,
        layer,
    };
    let mut i = range.start;
    while i < range.end {
        let module = hook::module_of(&points[i].name);
        let same = |p: &&crate::trace::plan::HookPoint| hook::module_of(&p.name) == module;
        let end = i + points[i..range.end].iter().take_while(same).count();
        match module {
            None => out.extend((i..end).map(|i| leaf(i, 1))),
            Some(name) => {
                let open = (i..end).contains(&app.at.point);
                out.push(Row {
                    indent: 1,
                    name: name.to_owned(),
                    points: i..end,
                    open: Some(open),
                    layer,
                });
                if open {
                    out.extend((i..end).map(|i| leaf(i, 2)));
                }
            }
        }
        i = end;
    }
}

/// The line the cursor is on, and the first one shown in `height` lines.
pub fn window(app: &App, rows: &[Row], height: usize) -> (usize, usize) {
    let own = rows.iter().rposition(|r| r.points.contains(&app.at.point));
    let line = app
        .step
        .or(own)
        .unwrap_or(0)
        .min(rows.len().saturating_sub(1));
    let first = line.saturating_sub(height / 2);
    (line, first.min(rows.len().saturating_sub(height)))
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let inner = frame::draw(
        buf,
        area,
        theme,
        focused,
        Line::from(format!(" {} ", say("pane-steps"))),
    );
    let rows = rows(app);
    let (line, first) = window(app, &rows, inner.height as usize);
    for (i, row) in rows
        .iter()
        .enumerate()
        .skip(first)
        .take(inner.height as usize)
    {
        let y = inner.y + (i - first) as u16;
        let here = row.points.contains(&app.at.point);
        let (mark, style) = match row.open {
            None if here => ("▶", theme.current()),
            Some(false) | None if row.points.clone().any(|p| app.is_changed(p)) => {
                ("~", theme.accent())
            }
            Some(true) => ("▾", if here { theme.strong() } else { theme.text() }),
            _ if row.points.end <= app.at.point => ("✓", theme.done()),
            _ => ("·", theme.dim()),
        };
        let x = inner.x + row.indent * 2;
        if i == line && focused {
            let bar = Rect::new(inner.x, y, inner.width, 1);
            buf.set_style(bar, theme.selected());
        }
        text::put(buf, inner, x + 1, y, mark, style);
        let label = if here || row.points.end <= app.at.point {
            theme.text()
        } else {
            theme.dim()
        };
        let label = if mark == "▶" {
            theme.current()
        } else {
            label
        };
        text::put(buf, inner, x + 3, y, &row.name, label);
        if row.points.clone().any(|p| app.breaks.contains(&p)) {
            text::put(buf, inner, inner.x, y, "●", theme.alarm());
        }
        let changes = row.points.clone().flat_map(|p| app.interventions_at(p));
        let changes = changes.filter(|_| row.open != Some(true)).map(|one| one.on);
        if let Some(on) = changes.reduce(|a, b| a || b) {
            // Inner lines have room for it beside a breakpoint.
            let x = inner.x + u16::from(row.indent > 0);
            let style = if on { theme.accent() } else { theme.dim() };
            text::put(buf, inner, x, y, "✎", style);
        }
    }
}
