//! The perceptron's screen: diagram, truth table, samples and the line between them.
//!
//! | file | what |
//! |---|---|
//! | `view` | all state of the screen |
//! | `update` | keys, the mouse and pasted text change it |
//! | `draw` | state to frame; `diagram`, `grid` and `plot` are its panes |
//! | `words` | every word of the screen |

mod diagram;
mod draw;
mod grid;
mod plot;
#[cfg(test)]
mod tests;
mod update;
mod view;
mod words;

use crossbeam_channel::select;
use crossterm::event::{Event, KeyEventKind};

use super::super::events;
use super::super::keymap::Keymap;
use super::super::run::TuiError;
use super::super::terminal::Screen;
use super::super::theme::Theme;
use crate::session::history::History;
pub(in super::super) use draw::draw;
pub(in super::super) use view::View;

/// Show the perceptron until the person leaves, or the signal comes that is returned. `commands` are run first.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(theme: Theme, keymap: Keymap, commands: &[String]) -> Result<Option<i32>, TuiError> {
    let signals = events::signals()?;
    let history = History::open(super::history("perceptron"));
    let mut view = View::new(theme, history, keymap);
    let mut screen = Screen::take()?;
    for line in commands {
        view.command(line);
    }
    let input = events::input();
    while !view.quit {
        view.screen = screen.size()?;
        if std::mem::take(&mut view.redraw) {
            screen.redraw()?;
        }
        screen.terminal.draw(|frame| {
            if let Some(at) = draw(frame.buffer_mut(), &view) {
                frame.set_cursor_position(at);
            }
        })?;
        select! {
            recv(input) -> event => {
                let Ok(event) = event else {
                    return Ok(signals.try_recv().ok());
                };
                handle(&mut view, event);
                while let Ok(event) = input.try_recv() {
                    handle(&mut view, event);
                }
            }
            recv(signals) -> signal => {
                let Ok(signal) = signal else { return Ok(None) };
                if let Some(signal) = screen.obey(signal)? {
                    return Ok(Some(signal));
                }
            }
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
