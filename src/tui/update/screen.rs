//! Commands that only the screen knows: panes, heads, scrolling, colours.

use super::super::app::{Message, Pane, Status};
use super::super::panes::steps;
use super::super::{layout, view};
use super::{Driver, listed};
use crate::session::command::{Command, Focus, ScreenCommand, Scroll, Setting, TokenPick, Which};
use crate::trace::plan::Axis;

impl Driver {
    pub(super) fn screen(&mut self, command: ScreenCommand) {
        let app = &mut self.app;
        match command {
            ScreenCommand::Focus(Focus::Pane(pane)) => {
                let here = layout::layout(app).map(|l| view::focusable(app, &l));
                if here.is_some_and(|panes| panes.contains(&pane)) {
                    app.focus = pane;
                } else {
                    let why = format!("in {} nothing can be chosen, or it is hidden", pane.word());
                    app.message = Some(Message::Error(why));
                }
            }
            ScreenCommand::Focus(way) => {
                let Some(l) = layout::layout(app) else { return };
                let panes = view::focusable(app, &l);
                let at = panes.iter().position(|&p| p == app.focus).unwrap_or(0);
                let step = if way == Focus::Next {
                    1
                } else {
                    panes.len().max(1) - 1
                };
                if let Some(&pane) = panes.get((at + step) % panes.len().max(1)) {
                    app.focus = pane;
                }
            }
            ScreenCommand::Zoom => app.zoom = !app.zoom,
            ScreenCommand::Hide(pane) => {
                let pane = pane.unwrap_or(app.focus);
                if pane == Pane::Matrix {
                    let words =
                        "this pane always stays: z gives it the whole screen, tab goes to another";
                    app.message = Some(Message::Note(words.into()));
                }
                if !app.hidden.remove(&pane) && pane != Pane::Matrix {
                    app.hidden.insert(pane);
                    let words = format!("{} is hidden: X shows all panes", pane.word());
                    app.message = Some(Message::Note(words));
                }
                if app.hidden.contains(&app.focus) {
                    app.focus = Pane::Matrix;
                }
            }
            ScreenCommand::ShowAll => app.hidden.clear(),
            ScreenCommand::Head(which) => {
                let (heads, share) = view::heads(app);
                let at = app.head / share;
                if matches!(which, Which::Number(n) if n >= heads) {
                    let why = format!("there are heads 0 to {}", heads - 1);
                    app.message = Some(Message::Error(why));
                    return;
                }
                app.head = share
                    * match which {
                        Which::Next => (at + 1) % heads,
                        Which::Previous => (at + heads - 1) % heads,
                        Which::Number(n) => n,
                    };
            }
            ScreenCommand::Density(density) => {
                app.density = density.unwrap_or(app.density.next());
                let words = format!("values: {}", app.density.word());
                app.message = Some(Message::Note(words));
            }
            ScreenCommand::Scroll(to) => self.scroll(to),
            ScreenCommand::Choose => self.choose(),
            ScreenCommand::Fold => {
                let rows = steps::rows(app);
                let (line, _) = steps::window(app, &rows, 1);
                if let Some(row) = rows.get(line)
                    && !app.open.remove(&row.layer)
                {
                    app.open.insert(row.layer);
                }
            }
            ScreenCommand::Palette => self.ask(""),
            ScreenCommand::Theme(word) => {
                app.theme = word.map_or(app.theme.toggled(), |word| app.theme.named(word));
                app.message = Some(Message::Note(format!("colours: {}", app.theme.word())));
            }
            ScreenCommand::Cancel => {
                if self.worker.busy() {
                    self.worker.cancel();
                    app.status = Status::Stopping;
                    app.message = Some(Message::Note("stopping…".into()));
                } else {
                    app.quit = true;
                }
            }
            // Every key takes the message away.
            ScreenCommand::Close if app.search.take().is_some() => {}
            ScreenCommand::Close if app.zoom => app.zoom = false,
            ScreenCommand::Close => {
                let words = "nothing is open: q quits, ? lists the keys";
                app.message = Some(Message::Note(words.into()));
            }
            ScreenCommand::Redraw => self.redraw = true,
            ScreenCommand::Suspend => self.suspend = true,
            ScreenCommand::Copy(what) => self.copy(what),
        }
    }

    /// Say how something is set, or everything.
    pub(super) fn show(&mut self, setting: Option<Setting>) {
        let line = |setting: Setting| {
            let own = |s: &Setting| match s {
                Setting::Head => Some(format!("head {}", self.app.head)),
                Setting::Density => Some(format!("density {}", self.app.density.word())),
                Setting::Theme => Some(format!("theme {}", self.app.theme.word())),
                Setting::Temperature | Setting::Row => None,
            };
            let mut session = self.debugger.iter().flat_map(|d| d.settings());
            let found = session.find(|(s, _)| *s == setting).map(|(_, line)| line);
            own(&setting).or(found).unwrap_or_default()
        };
        match setting {
            Some(setting) => self.app.message = Some(Message::Note(line(setting))),
            None => {
                let lines = Setting::ALL.into_iter().map(line).collect();
                self.app.overlay = Some(listed("settings".into(), lines));
            }
        }
    }

    fn choose(&mut self) {
        match self.app.focus {
            Pane::Steps => {
                let rows = steps::rows(&self.app);
                let (line, _) = steps::window(&self.app, &rows, 1);
                if let Some(row) = rows.get(line) {
                    self.go(row.points.start);
                }
            }
            Pane::Lens => {
                let rank = self.app.candidate + 1;
                self.command(&Command::Token(TokenPick::Rank(rank)));
            }
            _ => self.app.zoom = !self.app.zoom,
        }
    }

    pub(super) fn go(&mut self, point: usize) {
        let name = self.app.plan().and_then(|p| p.points().get(point));
        if let Some(name) = name.map(|p| p.name.clone()) {
            self.command(&Command::Goto(name));
        }
    }

    pub(super) fn scroll(&mut self, to: Scroll) {
        let app = &mut self.app;
        let Some(l) = layout::layout(app) else { return };
        let by =
            |at: usize, way: isize, len: usize| at.saturating_add_signed(way).min(len.max(1) - 1);
        let (dx, dy): (isize, isize) = match to {
            Scroll::Left => (-1, 0),
            Scroll::Right => (1, 0),
            Scroll::Up => (0, -1),
            Scroll::Down => (0, 1),
            Scroll::PageLeft => (-10, 0),
            Scroll::PageRight => (10, 0),
            Scroll::PageUp => (0, -10),
            Scroll::PageDown => (0, 10),
            Scroll::Home => (isize::MIN / 2, 0),
            Scroll::End => (isize::MAX / 2, 0),
        };
        match app.focus {
            Pane::Steps => {
                let rows = steps::rows(app);
                let (line, _) = steps::window(app, &rows, 1);
                app.step = Some(by(line, dy, rows.len()));
            }
            Pane::Lens => app.candidate = by(app.candidate, dy, view::candidates(&l)),
            Pane::Heads => {
                let (heads, share) = view::heads(app);
                app.head = share * by(app.head / share, dx.signum() + dy.signum(), heads);
            }
            _ => {
                let panels = view::panel_layouts(app, &l);
                let Some(main) = panels.last() else { return };
                app.cell.1 = by(app.cell.1, dx, main.cols);
                app.cell.0 = by(app.cell.0, dy, main.rows);
                self.row_follows();
            }
        }
    }

    /// The selected row of a matrix of tokens is the token after which we predict.
    pub(super) fn row_follows(&mut self) {
        let point = self
            .app
            .plan()
            .and_then(|p| p.points().get(self.app.at.point));
        let tokens = point.is_some_and(|p| {
            let row = view::matrix_axes(p).0.map(|i| p.axes[i]);
            matches!(row, Some(Axis::Token | Axis::Query))
        });
        if let (true, Some(debugger)) = (tokens, &mut self.debugger) {
            debugger.read_at(self.app.cell.0);
            self.sync();
        }
    }
}
