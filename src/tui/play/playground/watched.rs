//! The screen without a terminal, drawn while the playground trains at full speed: for measuring.

use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::super::keymap::Keymap;
use super::super::super::theme::Theme;
use super::{View, draw};
use crate::play::playground::run::Playground;
use crate::play::playground::trainer::Ask;
use crate::session::history::History;

/// A playground in a run whose frames are drawn into a buffer.
#[derive(Debug)]
pub struct Watched {
    view: View,
    buf: Buffer,
}

impl Watched {
    /// Begin a run at full speed, on a screen of this size.
    ///
    /// # Errors
    /// The system gives no thread to train on.
    pub fn run(playground: Playground, (width, height): (u16, u16)) -> io::Result<Watched> {
        let theme = Theme::detect(|name| (name == "COLORTERM").then(|| "truecolor".to_owned()));
        let mut view = View::new(theme, playground, History::default(), Keymap::default())?;
        view.base.screen = Rect::new(0, 0, width, height);
        view.ask(Ask::Speed(None));
        view.command("run");
        Ok(Watched {
            buf: Buffer::empty(view.base.screen),
            view,
        })
    }

    /// Wait until the trainer reports, as it does thirty times a second, and take the report. Returns the epoch;
    /// `None` where the trainer has ended.
    pub fn wait(&mut self) -> Option<usize> {
        let report = self.view.trainer.reports().recv().ok()?;
        self.view.report(report);
        Some(self.view.now.training.epoch)
    }

    pub fn draw(&mut self) {
        self.buf.reset();
        draw(&mut self.buf, &self.view);
    }
}
