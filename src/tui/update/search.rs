//! Results of `find` on the screen.

use super::super::app::Message;
use super::super::panes::matrix;
use super::super::view::{self, heads};
use super::super::widgets::number;
use super::Driver;
use crate::lang::say_with;
use crate::session::command::{Command, Kind};
use crate::trace::hook;

impl Driver {
    /// Go to a value that was looked for.
    pub(super) fn show_found(&mut self, name: &str, pass: usize, index: &[usize], value: f64) {
        let debugger = self.debugger.as_mut();
        if !debugger.is_some_and(|d| d.found(pass, name, index)) {
            return;
        }
        self.sync();
        let Some(point) = self.app.point().cloned() else {
            return;
        };
        let at = |axis: Option<usize>| axis.and_then(|i| index.get(i)).copied();
        if let Some(head) = at(point.head_axis()) {
            self.app.head = head * heads::shared(&self.app).1;
        }
        let (row, col) = view::matrix_axes(&point);
        self.app.largest = false;
        self.app.cell = (at(row).unwrap_or(0), at(col).unwrap_or(0));
        if let Some(command) = matrix::row_follows(&self.app) {
            self.command(&command);
        }
        let value = number::text(value);
        let what = format!("{name}{index:?} = {value}");
        let words = say_with("pane-note-found", &[("what", what.into())]);
        self.app.message = Some(Message::Note(words));
    }

    /// A name was looked for, and found.
    pub(super) fn say_found(&mut self, command: &Command) {
        let (Kind::Find(what), Some(plan)) = (&command.kind, self.app.plan()) else {
            return;
        };
        let name = hook::short(&plan.points()[self.app.at.point].name);
        if let Some(what) = what {
            self.app.search = Some(what.to_string());
        }
        let words = say_with("pane-note-found", &[("what", name.into())]);
        self.app.message = Some(Message::Note(words));
    }
}
