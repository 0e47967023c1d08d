//! Texts for the terminal's clipboard.

use super::super::app::{Message, Status};
use super::super::command::Copied;
use super::super::draw::draw;
use super::super::layout;
use super::super::panes::{self, Pane, matrix};
use super::super::picture::svg;
use super::super::view::{self, heads};
use super::super::widgets::number;
use ratatui::buffer::Buffer;

use super::{Driver, wrote};
use crate::lang::{plain, say, say_with};
use crate::session::command;
use crate::session::debugger::Outcome;
use crate::session::dispatch::Task;
use crate::trace::{atomic_file, hook, paths};

/// Bytes that terminals take at once: what 100,000 characters of base64 hold.
const MOST: usize = 74_994;

impl Driver {
    /// Take the text that the terminal's clipboard is to hold from now on.
    pub fn take_copied(&mut self) -> Option<String> {
        self.copied.take()
    }

    pub(super) fn copy(&mut self, what: Option<Copied>) {
        let done = match what {
            Some(Copied::Name) => self.name(),
            Some(Copied::Row) => return self.ask_row(),
            Some(Copied::Value) => self.selected(&matrix::PANE),
            None => self.selected(panes::focused(&self.app)),
        };
        match done {
            Some(text) => self.put(text),
            None => self.fail(say("pane-note-no-copy")),
        }
    }

    /// Write what stands on the screen, without what lies on top of it.
    pub(super) fn picture(&mut self, file: &str, pane: Option<&str>) {
        let path = paths::expanded(file);
        if path.extension().is_none_or(|ending| ending != "svg") {
            self.fail(&say_with("pane-note-no-svg", &[("file", plain(file))]));
            return;
        }
        let mut buf = Buffer::empty(self.app.screen);
        let overlay = self.app.overlay.take();
        draw(&mut buf, &self.app);
        self.app.overlay = overlay;
        let pane = pane.and_then(panes::named);
        let area = layout::layout(&self.app)
            .zip(pane)
            .map(|(areas, pane)| areas.of(pane));
        let picture = svg(&buf, area.unwrap_or(self.app.screen), self.app.theme.ground);
        match atomic_file::write(&path, picture.as_bytes()) {
            Ok(()) => self.app.message = Some(Message::Note(wrote(&path))),
            Err(e) => {
                let args = [("file", plain(path.display())), ("why", plain(e))];
                self.fail(&say_with("error-write", &args));
            }
        }
    }

    fn selected(&self, pane: &Pane) -> Option<String> {
        let areas = layout::layout(&self.app)?;
        match pane.copy {
            Some(copy) => copy(&self.app, areas.of(pane)),
            None => matrix::PANE.copy?(&self.app, areas.of(&matrix::PANE)),
        }
    }

    fn name(&self) -> Option<String> {
        self.app.point().map(|point| hook::short(&point.name))
    }

    /// The screen knows what it shows of a row: the worker is asked for all of it.
    fn ask_row(&mut self) {
        let Some(point) = self.app.point() else {
            return;
        };
        let head = heads::head_of(&self.app, point).unwrap_or(0);
        let (row, col) = view::matrix_axes(point);
        let parts = (0..point.shape.len()).map(|axis| match Some(axis) {
            axis if axis == row => self.app.cell.0.to_string(),
            axis if axis == col => ":".into(),
            _ => head.to_string(),
        });
        let line = format!("print [{}]", parts.collect::<Vec<_>>().join(", "));
        let parsed = command::parse(&line).map_err(|e| e.to_string());
        let asked = parsed.and_then(|command| match &mut self.debugger {
            Some(debugger) => command.run(debugger, None),
            None => Err(say("error-opening").into()),
        });
        match asked {
            Ok(Outcome::Ask(ask)) => {
                self.copying = true;
                self.app.status = Status::Running(None);
                self.worker.task(Task::Ask(ask.whole(usize::MAX)));
                self.asked.clear();
            }
            Ok(_) => {}
            Err(why) => self.fail(&why),
        }
    }

    /// Put a row into the clipboard as a list that Python reads.
    pub(super) fn put_row(&mut self, values: &[f64]) {
        let all: Vec<String> = values.iter().copied().map(number::exact).collect();
        self.put(format!("[{}]", all.join(", ")));
    }

    fn put(&mut self, text: String) {
        if text.len() > MOST {
            let args = [("n", plain(text.len())), ("most", plain(MOST))];
            self.fail(&say_with("pane-note-large-copy", &args));
            return;
        }
        let shown = crate::session::format::fit(&crate::session::format::token(&text), 40);
        let words = say_with("pane-note-copied", &[("text", plain(shown.trim_end()))]);
        self.app.message = Some(Message::Note(words));
        self.copied = Some(text);
    }

    pub(super) fn fail(&mut self, why: &str) {
        self.app.message = Some(Message::Error(why.to_owned()));
    }
}
