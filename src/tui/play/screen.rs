//! A screen of play as a terminal or a lesson shows it, and the loop that shows it until the person leaves.

use std::time::Duration;

use crossbeam_channel::{Receiver, after, never, select};
use crossterm::event::{Event, KeyEvent, KeyEventKind, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::super::layout::MIN;
use super::super::run::TuiError;
use super::super::terminal::Screen;
use super::super::{draw, events, glossary};
use super::base::Base;
use super::text::Text;
use crate::lang::say;
use crate::learn::task::Seen;
use crate::play::playground::trainer::Report;

pub trait PlayScreen {
    fn base(&self) -> &Base;
    fn base_mut(&mut self) -> &mut Base;

    /// Run a command line and show what it says; whether it could be run.
    fn command(&mut self, line: &str) -> bool;

    /// Draw the whole screen; returns where the terminal's cursor belongs, if anywhere.
    fn draw(&self, buf: &mut Buffer) -> Option<Position>;

    /// Explain the terms that it shows, and all others.
    fn glossary(&mut self) {
        let screen = self.base().screen;
        let mut buf = Buffer::empty(screen);
        self.draw(&mut buf);
        let width = screen.width.min(100).saturating_sub(6);
        let lines = glossary::lines(&draw::text(&buf), width);
        self.base_mut().text = Some(Text::new(say("glossary"), lines));
    }

    fn key(&mut self, key: KeyEvent);
    fn mouse(&mut self, mouse: MouseEvent);

    fn paste(&mut self, text: &str) {
        self.base_mut().line.paste(text);
    }

    /// Columns and lines that it needs at least.
    fn least(&self) -> (u16, u16) {
        MIN
    }

    /// How long it waits until it is to be drawn again by itself.
    fn wait(&self) -> Option<Duration> {
        None
    }

    /// The wait is over.
    fn tick(&mut self) {}

    /// Whether reports will come of what it asked for.
    #[cfg(test)]
    fn is_busy(&self) -> bool {
        false
    }

    /// Reports of a thread at work for it.
    fn reports(&self) -> Receiver<Report> {
        never()
    }

    fn report(&mut self, _report: Report) {}

    /// A text for the terminal's clipboard, once.
    fn take_copied(&mut self) -> Option<String> {
        None
    }

    /// Its state, as the task of a lesson looks at it.
    fn seen(&self) -> Seen<'_>;
}

/// Show the screen until the person leaves or the signal comes that is returned.
///
/// # Errors
/// When the terminal cannot be used, or the thread at work is gone.
pub fn show(view: &mut dyn PlayScreen) -> Result<Option<i32>, TuiError> {
    let signals = events::signals()?;
    let mut screen = Screen::take()?;
    let input = events::input();
    while !view.base().quit {
        view.base_mut().screen = screen.size()?;
        if std::mem::take(&mut view.base_mut().redraw) {
            screen.redraw()?;
        }
        if let Some(text) = view.take_copied() {
            screen.copy(&text)?;
        }
        screen.draw(view.base().theme, |buf| view.draw(buf))?;
        let next = view.wait().map_or_else(never, after);
        let reports = view.reports();
        let ready = screen.ready();
        select! {
            recv(next) -> _ => view.tick(),
            recv(ready) -> made => screen.keep(made),
            recv(input) -> event => {
                let Ok(event) = event else {
                    return Ok(signals.try_recv().ok());
                };
                handle(view, event);
            }
            recv(reports) -> report => match report {
                Ok(report) => view.report(report),
                Err(_) => return Err(TuiError::Open(say("playground-ended").into())),
            },
            recv(signals) -> signal => {
                let Ok(signal) = signal else { return Ok(None) };
                if let Some(signal) = screen.obey(signal)? {
                    return Ok(Some(signal));
                }
            }
        }
        // Whatever has come meanwhile belongs in the same frame.
        while let Ok(event) = input.try_recv() {
            handle(view, event);
        }
        while let Ok(report) = reports.try_recv() {
            view.report(report);
        }
    }
    Ok(None)
}

fn handle(view: &mut dyn PlayScreen, event: Event) {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => view.key(key),
        Event::Mouse(mouse) => view.mouse(mouse),
        Event::Paste(text) => view.paste(&text),
        _ => {}
    }
}
