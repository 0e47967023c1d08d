//! The screen of matrices and vectors: a product step by step, and two arrows on the plane.
//!
//! | file | what |
//! |---|---|
//! | `view` | all state of the screen |
//! | `update` | keys, the mouse and pasted text change it |
//! | `draw` | state to frame; `product` and `plane` draw what is shown |
//! | `words` | keys, with the messages that say what they do |

mod draw;
mod plane;
mod product;
#[cfg(test)]
mod tests;
mod update;
mod view;
mod words;

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::super::keymap::Keymap;
use super::super::run::TuiError;
use super::super::theme::Theme;
use super::base::Base;
use super::screen::{PlayScreen, show};
use crate::learn::task::Seen;
use crate::session::history::History;
pub(in super::super) use view::View;

/// Show the matrices until the person leaves, or the signal comes that is returned. `commands` are run first.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(theme: Theme, keymap: Keymap, commands: &[String]) -> Result<Option<i32>, TuiError> {
    let history = History::open(super::history("matrix"));
    let mut view = View::new(theme, history, keymap);
    for line in commands {
        view.command(line);
    }
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
        draw::draw(buf, self)
    }

    fn key(&mut self, key: KeyEvent) {
        self.key(key);
    }

    fn mouse(&mut self, mouse: MouseEvent) {
        self.mouse(mouse);
    }

    fn wait(&self) -> Option<Duration> {
        self.play.pace.wait()
    }

    fn tick(&mut self) {
        self.tick();
    }

    fn seen(&self) -> Seen<'_> {
        Seen::Matrix(&self.play)
    }
}
