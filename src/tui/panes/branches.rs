//! The tree of branches, beside the steps while there are several.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Position, Rect};
use ratatui::text::Line;

use super::super::app::App;
use super::super::widgets::{frame, text};
use super::{Export, Pane, Part, Place};
use crate::lang::say;
use crate::session::command::{self, Command};
use crate::session::export::Sheet;
use crate::session::interventions::listed;
use crate::session::reply_branches::order;
use crate::trace::branch::Branch;

pub static PANE: Pane = Pane {
    name: "branches",
    wide: Some(PLACE),
    narrow: Some(PLACE),
    takes_focus: true,
    draw,
    scroll: Some(|app, _, (_, dy)| {
        app.branch = super::by(app.branch, dy, app.branches.len());
        Vec::new()
    }),
    click: Some(|app, area, at: Position| {
        let line = at.y.checked_sub(area.y + 1).map(usize::from);
        let first = first(app, frame::inside(area).height.into());
        let line = line.filter(|line| first + line < app.branches.len());
        let Some(line) = line else { return Vec::new() };
        app.branch = first + line;
        choose(app)
    }),
    choose: Some(choose),
    copy: Some(|app, _| Some(selected(app)?.name.clone())),
    export: |app, _| Some(Export::Sheet(sheet(app))),
    hints: |_| &[("↑↓", "branch"), ("enter", "go there"), ("&", "compare")],
    ..Pane::NONE
};

fn sheet(app: &App) -> Sheet {
    let columns = ["tokens", "interventions", "current"];
    let mut sheet = Sheet::new("branches", ["branch", ""], &columns);
    for (branch, _) in order(&app.branches) {
        let current = f64::from(u8::from(branch.current));
        let numbers = [branch.chosen.len(), branch.interventions.len()];
        let numbers = numbers.map(|n| n as f64).into_iter().chain([current]);
        sheet.push(&branch.name, numbers);
    }
    sheet
}

/// Lines of the steps that stay above it.
const STEPS: u16 = 9;

const PLACE: Place = Place {
    part: Part::Left,
    lines: |app, all| {
        let wanted = app.branches.len() as u16 + 2;
        let room = all.saturating_sub(STEPS).min(10);
        (app.branches.len() > 1 && room >= 4).then(|| Constraint::Length(wanted.min(room)))
    },
};

/// The branch of the selected line.
fn selected(app: &App) -> Option<&Branch> {
    let (branch, _) = *order(&app.branches).get(app.branch)?;
    Some(branch)
}

/// Go to the selected branch.
fn choose(app: &mut App) -> Vec<Command> {
    let name = selected(app).map(|branch| branch.name.clone());
    let line = name.map(|name| format!("switch {name}"));
    line.and_then(|line| command::parse(&line).ok())
        .into_iter()
        .collect()
}

/// The first line that is seen of so many.
fn first(app: &App, lines: usize) -> usize {
    let last = app.branches.len().saturating_sub(lines);
    app.branch.saturating_sub(lines / 2).min(last)
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let inner = frame::draw(
        buf,
        area,
        theme,
        focused,
        Line::from(format!(" {} ", say("pane-branches"))),
    );
    let first = first(app, inner.height.into());
    let rows = order(&app.branches);
    for (i, ((branch, depth), y)) in rows
        .iter()
        .skip(first)
        .zip(inner.y..inner.bottom())
        .enumerate()
    {
        let compared = app.diff.as_deref() == Some(&branch.name);
        let mark = match (branch.current, compared) {
            (true, _) => "▶",
            (_, true) => "≠",
            _ => " ",
        };
        let style = match (branch.current, compared) {
            (true, _) => theme.current(),
            (_, true) => theme.accent(),
            _ => theme.text(),
        };
        let x = text::put(buf, inner, inner.x, y, mark, style);
        let on = listed(&branch.interventions)
            .iter()
            .filter(|one| one.on)
            .count();
        let mut facts = String::new();
        if !branch.chosen.is_empty() {
            facts += &format!(" +{}", branch.chosen.len());
        }
        if on > 0 {
            facts += &format!(" ✎{on}");
        }
        if branch.dropped {
            facts += " ∅";
        }
        let stem = match depth {
            0 => " ".to_owned(),
            depth => format!("{}└", " ".repeat(*depth)),
        };
        let room = inner
            .right()
            .saturating_sub(x + text::width(&stem) + text::width(&facts));
        let name = text::cut(&branch.name, room);
        let x = text::put(buf, inner, x, y, &stem, theme.dim());
        let style = if focused && first + i == app.branch {
            theme.selected()
        } else {
            style
        };
        text::put(buf, inner, x, y, &name, style);
        text::put_right(buf, inner, y, &facts, theme.dim());
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{draw, fake};
    use super::*;

    fn branch(name: &str, parent: Option<&str>, current: bool) -> Branch {
        Branch {
            name: name.into(),
            parent: parent.map(str::to_owned),
            model: None,
            prompt: "中华人民".into(),
            chosen: vec![1, 2],
            text: String::new(),
            interventions: Vec::new(),
            current,
            dropped: false,
            lost: None,
        }
    }

    #[test]
    fn the_tree_stands_beside_the_steps_while_there_are_several() {
        for (width, height) in [(120, 36), (80, 24)] {
            let mut app = fake::app("1.q", width, height);
            let shown = |app: &App| {
                let mut buf = Buffer::empty(app.screen);
                draw::draw(&mut buf, app);
                draw::text(&buf)
            };
            app.branches = vec![branch("main", None, true)];
            assert!(!shown(&app).contains("branches"), "one branch is no tree");
            app.branches.push(branch("other", Some("main"), false));
            app.branches.push(branch("third", Some("other"), false));
            app.diff = Some("other".into());
            fake::answer(&mut app);
            let screen = shown(&app);
            for part in ["branches", "▶ main", "≠ └other", "  └third", "⑂ main"] {
                assert!(screen.contains(part), "{part}: {screen}");
            }
            app.branch = 2;
            assert_eq!(choose(&mut app), [command::parse("switch third").unwrap()]);
        }
    }
}
