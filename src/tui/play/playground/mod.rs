//! The playground's screen: controls, data, features, hidden layers and output, while the training has a thread
//! of its own.
//!
//! | file | what |
//! |---|---|
//! | `view` | all state of the screen, and the places that can be selected |
//! | `layout` | where each of them lies |
//! | `update`, `mouse` | keys, the mouse, pasted text and the trainer's reports change it |
//! | `draw` | state to frame; `controls`, `data`, `network`, `about` and `output` are its parts |
//! | `surface`, `thumbnails` | surfaces and small pictures |
//! | `words` | every word of the screen |
//! | `watched` | the screen without a terminal, for measuring |

mod about;
mod ask;
mod change;
mod controls;
mod data;
mod draw;
mod go;
mod layout;
mod mouse;
mod network;
mod output;
mod surface;
#[cfg(test)]
mod tests;
mod thumbnails;
mod update;
mod view;
mod watched;
mod words;

use std::time::Duration;

use crossbeam_channel::Receiver;
use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::super::keymap::Keymap;
use super::super::run::TuiError;
use super::super::theme::Theme;
use super::base::Base;
use super::screen::{PlayScreen, show};
use crate::learn::task::Seen;
use crate::play::playground::run::Playground;
use crate::play::playground::trainer::Report;
use crate::session::history::History;

use draw::draw;
use view::A_WHILE;
pub use view::View;
pub use watched::Watched;

/// How the screen starts.
#[derive(Clone, Debug)]
pub struct Options {
    pub theme: Theme,
    /// Keys that a user's own file changes.
    pub keymap: Keymap,
    /// Command lines that are run first.
    pub commands: Vec<String>,
    /// Notes on the link that was opened, such as keys that are unknown.
    pub warnings: Vec<String>,
}

/// Show the playground until the person leaves, or the signal comes that is returned.
///
/// # Errors
/// When the terminal cannot be used, or there is no thread to train on.
pub fn run(playground: Playground, options: Options) -> Result<Option<i32>, TuiError> {
    let history = History::open(super::history("playground"));
    let mut view = View::new(options.theme, playground, history, options.keymap)?;
    view.start(&options.commands, &options.warnings);
    show(&mut view)
}

impl PlayScreen for View {
    fn base(&self) -> &Base {
        &self.base
    }

    fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    fn command(&mut self, line: &str) -> bool {
        self.command(line)
    }

    fn draw(&self, buf: &mut Buffer) -> Option<Position> {
        draw(buf, self)
    }

    fn key(&mut self, key: KeyEvent) {
        self.key(key);
    }

    fn mouse(&mut self, mouse: MouseEvent) {
        self.mouse(mouse);
    }

    fn paste(&mut self, text: &str) {
        self.paste(text);
    }

    fn least(&self) -> (u16, u16) {
        layout::MIN
    }

    /// Until an answer is late, which the header then says.
    fn wait(&self) -> Option<Duration> {
        (self.waiting > 0 && !self.is_working()).then_some(A_WHILE)
    }

    #[cfg(test)]
    fn is_busy(&self) -> bool {
        self.waiting > 0 || self.running
    }

    fn reports(&self) -> Receiver<Report> {
        self.trainer.reports().clone()
    }

    fn report(&mut self, report: Report) {
        self.report(report);
    }

    fn take_copied(&mut self) -> Option<String> {
        self.copied.take()
    }

    fn seen(&self) -> Seen<'_> {
        Seen::Playground(self.now.losses)
    }
}
