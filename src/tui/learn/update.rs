//! Keys, the mouse and pasted text, and what becomes of a lesson's task after them.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::app::Message;
use super::super::draw::text as lines_of;
use super::super::keys;
use super::super::widgets::input::Input;
use super::draw;
use super::overlay::Overlay;
use super::stage::Stage;
use super::view::{Focus, View};
use crate::lang::say;
use crate::learn::lessons::LESSONS;
use crate::learn::room::{Page, said};
use crate::learn::task::{Task, Verdict};
use crate::play::playground::trainer::Report;
use crate::session::worker::WorkerReport;

impl View {
    pub fn resize(&mut self, screen: Rect) {
        self.screen = screen;
        let stage = self.halves().stage;
        if !stage.is_empty() {
            self.stage.resize(stage);
        }
    }

    /// Go to another lesson, or open this one anew.
    pub fn open(&mut self, at: usize) {
        let Some(lesson) = LESSONS.get(at) else {
            let end = if at > self.at {
                say("learn-last")
            } else {
                say("learn-first")
            };
            return self.note(end);
        };
        let (theme, model, progress) = (self.theme, self.model.clone(), self.progress.clone());
        match View::new(theme, model, progress, at) {
            Ok(new) => {
                let screen = self.screen;
                *self = new;
                self.resize(screen);
            }
            Err(why) => self.message = Some(Message::Error(format!("{}: {why}", lesson.name))),
        }
    }

    fn note(&mut self, text: &str) {
        self.message = Some(Message::Note(text.to_owned()));
    }

    fn fail(&mut self, text: &str) {
        self.message = Some(Message::Error(text.to_owned()));
    }

    pub fn key(&mut self, key: KeyEvent) {
        let name = keys::name(key).unwrap_or_default();
        if self.overlay.is_some() {
            return self.overlay_key(&name);
        }
        if self.entry.is_some() {
            return self.entry_key(key);
        }
        if name == "ctrl-g" {
            self.whole = false;
            self.focus = match self.focus {
                Focus::Page => Focus::Stage,
                Focus::Stage => Focus::Page,
            };
            self.message = None;
            return self.resize(self.screen);
        }
        if self.focus == Focus::Stage {
            self.stage.key(key);
            return self.after();
        }
        self.message = None;
        self.page_key(&name);
    }

    fn page_key(&mut self, name: &str) {
        match name {
            "q" | "ctrl-c" => self.quit = true,
            "ctrl-z" => self.suspend = true,
            "ctrl-l" => self.redraw = true,
            "ctrl-t" => {
                self.theme = self.theme.toggled();
                self.stage.set_theme(self.theme);
            }
            "n" | "right" => self.open(self.at + 1),
            "p" | "left" => match self.at.checked_sub(1) {
                Some(at) => self.open(at),
                None => self.note(say("learn-first")),
            },
            "r" => self.open(self.at),
            "tab" | "enter" => {
                self.whole = false;
                self.focus = Focus::Stage;
                self.resize(self.screen);
            }
            "z" => {
                self.whole = !self.whole;
                self.resize(self.screen);
            }
            "h" => {
                self.hint = !self.hint;
                self.top = usize::MAX;
                self.clamp();
            }
            "a" => match self.lesson().task {
                Task::Answer(_) => self.entry = Some(Input::default()),
                Task::Do(_) => self.note(said(Verdict::NothingAsked)),
            },
            "l" => self.overlay = Some(Overlay::lessons(&self.progress, self.at)),
            "g" | "?" => {
                let mut buf = Buffer::empty(self.screen);
                draw::draw(&mut buf, self);
                self.overlay = Some(Overlay::glossary(&lines_of(&buf)));
            }
            "w" => self.switch(),
            "down" | "j" => self.scroll(1),
            "up" | "k" => self.scroll(-1),
            "space" | "pagedown" => self.scroll(self.screen.height as isize / 3),
            "pageup" => self.scroll(-(self.screen.height as isize / 3)),
            "home" => self.top = 0,
            "end" => self.scroll(isize::MAX),
            _ => self.note(say("learn-no-key")),
        }
    }

    /// Switch off the part that the lesson proposes, or on again.
    fn switch(&mut self) {
        let lesson = self.lesson();
        let Some(part) = lesson.without else {
            return self.fail(say("learn-nothing-to-switch-off"));
        };
        if self.model.recorded {
            return self.fail(say("learn-recorded-what-if"));
        }
        let without = if self.without.is_none() {
            Some(part)
        } else {
            None
        };
        match Stage::open(self.theme, &self.model, lesson, without) {
            Ok(stage) => {
                self.stage = stage;
                self.without = without;
                self.page = Page::of(lesson, &self.facts, self.model.recorded, without);
                self.resize(self.screen);
            }
            Err(why) => self.fail(&why),
        }
    }

    fn scroll(&mut self, by: isize) {
        self.top = self.top.saturating_add_signed(by);
        self.clamp();
    }

    fn clamp(&mut self) {
        self.top = self.top.min(draw::last_top(self));
    }

    fn overlay_key(&mut self, name: &str) {
        let Some(overlay) = &mut self.overlay else {
            return;
        };
        match name {
            "down" | "j" => overlay.go(1),
            "up" | "k" => overlay.go(-1),
            "pagedown" | "space" => overlay.go(8),
            "pageup" => overlay.go(-8),
            "home" => overlay.go(isize::MIN),
            "end" => overlay.go(isize::MAX),
            "enter" => {
                let at = overlay
                    .entries
                    .get(overlay.chosen)
                    .map(|entry| entry.lesson);
                self.overlay = None;
                if let Some(at) = at {
                    self.open(at);
                }
            }
            _ => self.overlay = None,
        }
    }

    fn entry_key(&mut self, key: KeyEvent) {
        let Some(entry) = &mut self.entry else {
            return;
        };
        match key.code {
            KeyCode::Esc => self.entry = None,
            KeyCode::Enter => {
                let answer = std::mem::take(entry);
                let verdict = self.lesson().task.answer(answer.text(), &self.facts);
                match verdict {
                    Verdict::Right => {
                        self.entry = None;
                        self.finish();
                    }
                    // The answer stays, to be changed.
                    _ => {
                        self.entry = Some(answer);
                        self.fail(said(verdict));
                    }
                }
            }
            _ => {
                entry.key(key);
                self.message = None;
            }
        }
    }

    /// The lesson is done.
    fn finish(&mut self) {
        self.solved = true;
        let kept = self.progress.finish(self.lesson());
        self.focus = Focus::Page;
        self.resize(self.screen);
        match kept {
            Ok(()) if self.progress.done() == LESSONS.len() => self.note(say("learn-all-done")),
            Ok(()) => self.note(say("learn-done")),
            Err(why) => self.fail(&why),
        }
    }

    /// Whether the person left what is live, or brought it where the task wants it.
    fn after(&mut self) {
        if self.stage.take_quit() {
            self.focus = Focus::Page;
            self.resize(self.screen);
        }
        if self.solved {
            return;
        }
        if let Task::Do(done) = self.lesson().task
            && self.stage.seen(|seen| done(seen, &self.facts)) == Some(true)
        {
            self.finish();
        }
    }

    pub fn mouse(&mut self, mouse: MouseEvent) {
        let halves = self.halves();
        let at = Position::new(mouse.column, mouse.row);
        let page = halves.page.contains(at);
        if self.overlay.is_some() || self.entry.is_some() {
            return;
        }
        match mouse.kind {
            MouseEventKind::ScrollDown if page => return self.scroll(2),
            MouseEventKind::ScrollUp if page => return self.scroll(-2),
            MouseEventKind::Down(_) => {
                self.focus = if page { Focus::Page } else { Focus::Stage };
            }
            _ => {}
        }
        if !page {
            self.stage.mouse(mouse);
            self.after();
        }
    }

    pub fn paste(&mut self, text: &str) {
        match (&mut self.entry, self.focus) {
            (Some(entry), _) => entry.insert(text),
            (None, Focus::Stage) => {
                self.stage.paste(text);
                self.after();
            }
            (None, Focus::Page) => {}
        }
    }

    /// A report of the debugger's worker; none where it is gone.
    pub fn report(&mut self, report: Option<WorkerReport>) {
        if let Stage::Debugger(driver) = &mut self.stage {
            match report {
                Some(report) => driver.report(report),
                None => driver.lost(),
            }
        }
        self.after();
    }

    /// The next step of what goes on by itself.
    pub fn tick(&mut self) {
        self.stage.tick();
        self.after();
    }

    /// A report of the playground's trainer; none where it is gone.
    pub fn trained(&mut self, report: Option<Report>) {
        match (&mut self.stage, report) {
            (Stage::Play(view), Some(report)) => view.report(report),
            (Stage::Play(_), None) => self.open(self.at),
            _ => {}
        }
        self.after();
    }

    pub fn rest(&mut self) {
        if let Stage::Debugger(driver) = &mut self.stage {
            driver.rest();
        }
    }

    pub fn take_copied(&mut self) -> Option<String> {
        match &mut self.stage {
            Stage::Debugger(driver) => driver.take_copied(),
            Stage::Play(view) => view.take_copied(),
            _ => None,
        }
    }

    pub fn take_suspend(&mut self) -> bool {
        let stage = match &mut self.stage {
            Stage::Debugger(driver) => {
                self.redraw |= driver.take_redraw();
                driver.take_suspend()
            }
            Stage::Play(view) => {
                self.redraw |= std::mem::take(&mut view.base_mut().redraw);
                false
            }
            Stage::Console(_) => false,
        };
        std::mem::take(&mut self.suspend) || stage
    }
}
