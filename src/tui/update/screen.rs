//! Commands that only the screen knows: panes, heads, scrolling, colours.

use ratatui::buffer::Buffer;

use super::super::app::{App, Message, Overlay, Status};
use super::super::command::{Focus, ScreenCommand, ScreenSetting, Scroll};
use super::super::graphics::Protocol;
use super::super::panes::{self, Pane, diff, matrix, stages, steps};
use super::super::view::heads;
use super::super::{draw, glossary, layout};
use super::{Driver, branches, listed, opened};
use crate::lang::{hint, plain, say, say_with};
use crate::learn::glossary::Term;
use crate::session::command::{Command, Setting, Which};

impl Driver {
    pub(super) fn screen(&mut self, command: ScreenCommand) {
        let app = &mut self.app;
        match command {
            ScreenCommand::Focus(way) => {
                let Some(areas) = layout::layout(app) else {
                    return;
                };
                let panes = areas.focusable(app);
                let at = panes.iter().position(|&p| p == app.focus).unwrap_or(0);
                let to = match way {
                    Focus::Next => panes.get((at + 1) % panes.len().max(1)),
                    Focus::Previous => {
                        panes.get(at.checked_sub(1).unwrap_or(panes.len().max(1) - 1))
                    }
                    Focus::Pane(name) => panes.iter().find(|&&pane| pane == name),
                };
                match (to, way) {
                    (Some(to), _) => app.focus = to,
                    (None, Focus::Pane(name)) => {
                        let why = say_with("pane-note-cannot-choose", &[("pane", plain(name))]);
                        app.message = Some(Message::Error(why));
                    }
                    _ => {}
                }
            }
            ScreenCommand::Zoom(None) => app.zoom = !app.zoom,
            ScreenCommand::Zoom(Some(name)) => {
                let back = app.zoom && app.focus == name;
                if app.focus != name {
                    app.close_whole();
                }
                app.zoom = !back;
                app.focus = if back { App::FOCUS } else { name };
            }
            ScreenCommand::Hide(pane) => {
                let name = pane.unwrap_or(app.focus);
                if panes::named(name).is_some_and(|pane| pane.stays) {
                    let words = say("pane-note-stays");
                    app.message = Some(Message::Note(words.into()));
                } else if !app.hidden.remove(name) {
                    app.hidden.insert(name);
                    let words = say_with("pane-note-hidden", &[("pane", plain(name))]);
                    app.message = Some(Message::Note(words));
                }
                if app.hidden.contains(app.focus) {
                    app.focus = App::FOCUS;
                }
            }
            ScreenCommand::ShowAll => app.hidden.clear(),
            ScreenCommand::Head(which) => {
                let (heads, share) = heads::shared(app);
                let at = app.head / share;
                if matches!(which, Which::Number(n) if n >= heads) {
                    let why = say_with("error-heads", &[("last", plain(heads - 1))]);
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
                let words = say_with(
                    "pane-note-density",
                    &[("way", hint(app.density.word()).into())],
                );
                app.message = Some(Message::Note(words));
            }
            ScreenCommand::Order(largest) => {
                app.largest = largest.unwrap_or(!app.largest);
                app.cell.1 = 0;
                let words = match (matrix::is_wide(app), app.largest) {
                    (false, _) => say("pane-note-not-wide"),
                    (true, true) => say("pane-note-largest"),
                    (true, false) => say("pane-note-plain"),
                };
                app.message = Some(Message::Note(words.into()));
            }
            ScreenCommand::Curves(dims) => {
                app.message = Some(match stages::curves(app, dims) {
                    Ok(note) => Message::Note(note),
                    Err(why) => Message::Error(why),
                });
            }
            ScreenCommand::Scroll(to) => self.scroll(panes::focused(&self.app), to),
            ScreenCommand::Choose => self.choose(),
            ScreenCommand::Multiply => self.multiply(),
            ScreenCommand::Why => self.why(),
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
                app.message = Some(Message::Note(say_with(
                    "pane-note-colours",
                    &[("theme", hint(app.theme.word()).into())],
                )));
            }
            ScreenCommand::Graphics(word) => {
                let env = |name: &str| std::env::var(name).ok();
                app.theme = app.theme.with_graphics(Protocol::chosen(word, env));
                let way = Protocol::word(app.theme.graphics);
                let key = match (app.theme.graphics, app.theme.pixels()) {
                    (None, _) => "pane-note-graphics-off",
                    (_, None) => "pane-note-graphics-unable",
                    (_, Some(_)) => "pane-note-graphics",
                };
                app.message = Some(Message::Note(say_with(key, &[("way", way.into())])));
            }
            ScreenCommand::Cancel => {
                if app.play.is_some() {
                    self.stop_playing();
                } else if self.worker.busy() {
                    self.worker.cancel();
                    app.status = Status::Stopping;
                    app.message = Some(Message::Note(say("pane-header-stopping").into()));
                } else {
                    app.quit = true;
                }
            }
            // Every key takes the message away.
            ScreenCommand::Close if app.search.take().is_some() => {}
            ScreenCommand::Close if app.opened.is_some() => opened::close(app),
            ScreenCommand::Weight => self.next_weight(),
            ScreenCommand::Close if app.zoom => {
                app.zoom = false;
                if !panes::focused(app).takes_focus {
                    app.focus = App::FOCUS;
                }
            }
            ScreenCommand::Close if app.close_whole() => {}
            ScreenCommand::Close if branches::close_diff(app) => {}
            ScreenCommand::Close if std::mem::take(&mut app.scored) => {}
            ScreenCommand::Close => {
                let words = say("pane-note-nothing-open");
                app.message = Some(Message::Note(words.into()));
            }
            ScreenCommand::Redraw => self.redraw = true,
            ScreenCommand::Show(setting) => self.show(setting),
            ScreenCommand::Suspend => self.suspend = true,
            ScreenCommand::Copy(what) => self.copy(what),
            ScreenCommand::Glossary(term) => self.glossary(term),
            ScreenCommand::Picture { file, pane } => self.picture(&file, pane),
            ScreenCommand::Export { file, pane } => self.export(&file, pane),
        }
    }

    /// Say what a term means, or every term, over the overlay that is open.
    pub(super) fn glossary(&mut self, term: Option<&'static Term>) {
        let screen = self.app.screen;
        let width = screen.width.min(100).saturating_sub(6);
        let lines = match term {
            Some(term) => glossary::entry(term, width),
            None => {
                let mut buf = Buffer::empty(screen);
                draw::draw(&mut buf, &self.app);
                glossary::lines(&draw::text(&buf), width)
            }
        };
        let mut text = listed(say("glossary").into(), lines);
        if let Overlay::Text { under, .. } = &mut text {
            *under = self.app.overlay.take().map(Box::new);
        }
        self.app.overlay = Some(text);
    }

    /// Say how something is set, or everything.
    fn show(&mut self, setting: Option<ScreenSetting>) {
        let own = |setting| match setting {
            ScreenSetting::Head => format!("head {}", self.app.head),
            ScreenSetting::Density => format!("density {}", self.app.density.word()),
            ScreenSetting::Theme => format!("theme {}", self.app.theme.word()),
            ScreenSetting::Graphics => {
                format!("graphics {}", Protocol::word(self.app.theme.graphics))
            }
        };
        match setting {
            Some(setting) => self.app.message = Some(Message::Note(own(setting))),
            None => {
                let debugger = self.debugger.iter();
                let session = debugger.flat_map(|d| Setting::ALL.map(|s| d.setting(s)));
                let lines = session.chain(ScreenSetting::ALL.map(own)).collect();
                self.app.overlay = Some(listed("settings".into(), lines));
            }
        }
    }

    fn choose(&mut self) {
        match panes::focused(&self.app).choose {
            Some(choose) => {
                for command in choose(&mut self.app) {
                    self.command(&command);
                }
            }
            None if [App::FOCUS, diff::PANE.name].contains(&self.app.focus) => self.why(),
            None => self.app.zoom = !self.app.zoom,
        }
    }

    pub(super) fn go(&mut self, point: usize) {
        let name = self.app.plan().and_then(|p| p.points().get(point));
        if let Some(name) = name.map(|p| p.name.clone()) {
            self.command(&Command::goto(name));
        }
    }

    /// Move inside a pane.
    pub(super) fn scroll(&mut self, pane: &Pane, to: Scroll) {
        let way = match to {
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
        let Some(areas) = layout::layout(&self.app) else {
            return;
        };
        let (scroll, area) = match pane.scroll {
            Some(scroll) => (Some(scroll), areas.of(pane)),
            None => (matrix::PANE.scroll, areas.of(&matrix::PANE)),
        };
        let commands = scroll.map(|scroll| scroll(&mut self.app, area, way));
        for command in commands.into_iter().flatten() {
            self.command(&command);
        }
    }
}
