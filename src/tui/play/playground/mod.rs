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
mod controls;
mod data;
mod draw;
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

use crossbeam_channel::{after, never, select};
use crossterm::event::{Event, KeyEventKind};

use super::super::events;
use super::super::keymap::Keymap;
use super::super::run::TuiError;
use super::super::terminal::Screen;
use super::super::theme::Theme;
use crate::lang::say;
use crate::play::playground::run::Playground;
use crate::session::history::History;

pub use draw::draw;
pub(in super::super) use layout::MIN as LEAST;
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
    /// What a person should know of the link that was opened.
    pub warnings: Vec<String>,
}

/// Show the playground until the person leaves, or the signal comes that is returned.
///
/// # Errors
/// When the terminal cannot be used, or there is no thread to train on.
pub fn run(playground: Playground, options: Options) -> Result<Option<i32>, TuiError> {
    let signals = events::signals()?;
    let history = History::open(super::history("playground"));
    let mut view = View::new(options.theme, playground, history, options.keymap)?;
    let mut screen = Screen::take()?;
    view.start(&options.commands, &options.warnings);
    let input = events::input();
    while !view.quit {
        view.screen = screen.size()?;
        if std::mem::take(&mut view.redraw) {
            screen.redraw()?;
        }
        if let Some(text) = view.copied.take() {
            screen.copy(&text)?;
        }
        screen.terminal.draw(|frame| {
            if let Some(at) = draw(frame.buffer_mut(), &view) {
                frame.set_cursor_position(at);
            }
        })?;
        let reports = view.trainer.reports().clone();
        let late = if view.waiting > 0 && !view.is_working() {
            after(A_WHILE)
        } else {
            never()
        };
        select! {
            recv(late) -> _ => {}
            recv(input) -> event => {
                let Ok(event) = event else {
                    return Ok(signals.try_recv().ok());
                };
                handle(&mut view, event);
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
            handle(&mut view, event);
        }
        while let Ok(report) = reports.try_recv() {
            view.report(report);
        }
    }
    Ok(None)
}

fn handle(view: &mut View, event: Event) {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => view.key(key),
        Event::Mouse(mouse) => view.mouse(mouse),
        Event::Paste(text) => view.paste(&text),
        _ => {}
    }
}
