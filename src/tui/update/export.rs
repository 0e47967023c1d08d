//! The content of a pane as a file for other programs.

use super::super::app::{Message, Status};
use super::super::layout;
use super::super::panes::{self, Export};
use super::{Driver, wrote};
use crate::lang::{plain, say_with};
use crate::session::ask::Ask;
use crate::session::dispatch::Task;
use crate::session::export::Format;
use crate::trace::paths;

impl Driver {
    /// Write what the pane of this name shows, or the focused one.
    pub(super) fn export(&mut self, file: &str, pane: Option<&str>) {
        let path = paths::expanded(file);
        if let Err(why) = Format::of(&path) {
            return self.fail(&why.to_string());
        }
        let pane = pane.and_then(panes::named);
        let pane = pane.unwrap_or_else(|| panes::focused(&self.app));
        let area = layout::layout(&self.app).map(|areas| areas.of(pane));
        let export = (pane.export)(&self.app, area.unwrap_or_default());
        match export {
            None => {
                let args = [("pane", plain(pane.name))];
                self.fail(&say_with("pane-note-no-export", &args));
            }
            Some(Export::Ask(query)) => {
                self.app.status = Status::Running(None);
                self.worker.task(Task::Ask(Ask::Export { query, path }));
                // The view made way: it is asked for anew when the file is there.
                self.asked.clear();
            }
            Some(Export::Sheet(sheet)) => match sheet.write(&path) {
                Ok(()) => self.app.message = Some(Message::Note(wrote(&path))),
                Err(why) => self.fail(&why.to_string()),
            },
        }
    }
}
