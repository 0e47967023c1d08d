//! Lines of a file, or of `-x`, run one after the other; what they print is shown together at the end.

use super::super::app::{Message, Overlay};
use super::super::command;
use super::{Driver, listed};
use crate::lang::say;
use crate::session::script::{Line, Script};

/// Lines under way.
#[derive(Default)]
pub(super) struct Running {
    script: Script,
    /// The line that was begun last.
    line: Option<Line>,
    /// The lines that they have printed.
    said: Vec<String>,
}

impl Running {
    pub fn new(script: Script) -> Running {
        Running {
            script,
            ..Running::default()
        }
    }
}

impl Driver {
    /// Run the lines of a file.
    pub(super) fn source(&mut self, file: &str) {
        let mut script = Script::default();
        match script.source(file) {
            Ok(()) => {
                self.running = Some(Running::new(script));
                self.go_on_with_script();
            }
            Err(why) => self.app.message = Some(Message::Error(why)),
        }
    }

    /// Run on until a line has to wait for the worker, one fails, or none is left.
    pub(super) fn go_on_with_script(&mut self) {
        while let Some(running) = &mut self.running {
            if let Some(Overlay::Text { title, lines, .. }) = &self.app.overlay {
                running.said.push(title.clone());
                running
                    .said
                    .extend(lines.iter().map(|line| format!("  {line}")));
                self.app.overlay = None;
            }
            let failed = match (&running.line, &self.app.message) {
                (Some(line), Some(Message::Error(why))) => Some(line.complaint(why)),
                _ => None,
            };
            if self.worker.works() && failed.is_none() {
                return;
            }
            let next = match (failed, self.app.quit) {
                (Some(why), _) => Err(why),
                (None, true) => Ok(None),
                (None, false) => running
                    .script
                    .next_line()
                    .map_err(|(l, why)| l.complaint(&why)),
            };
            match next {
                Ok(Some(line)) => {
                    let parsed = command::parse(&line.text);
                    running.line = Some(line);
                    self.app.message = None;
                    match parsed {
                        Ok(typed) => self.run(&typed),
                        Err(e) => self.app.message = Some(Message::Error(e.to_string())),
                    }
                }
                Ok(None) => self.end_script(),
                Err(why) => {
                    self.end_script();
                    self.app.message = Some(Message::Error(why));
                }
            }
        }
    }

    /// Show what was printed.
    fn end_script(&mut self) {
        let said = self.running.take().map(|running| running.said);
        if let Some(said) = said.filter(|said| !said.is_empty()) {
            self.app.overlay = Some(listed(say("pane-note-script").into(), said));
        }
    }
}
