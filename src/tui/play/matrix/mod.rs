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

use crossbeam_channel::{after, never, select};
use crossterm::event::{Event, KeyEventKind};

use super::super::events;
use super::super::run::TuiError;
use super::super::terminal::Screen;
use super::super::theme::Theme;
pub(in super::super) use draw::draw;
pub(in super::super) use view::View;

/// Show the matrices until the person leaves, or the signal comes that is returned. `commands` are run first.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(theme: Theme, commands: &[String]) -> Result<Option<i32>, TuiError> {
    let signals = events::signals()?;
    let mut screen = Screen::take()?;
    let mut view = View::new(theme);
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
        let next = view.play.pace.wait().map_or_else(never, after);
        select! {
            recv(next) -> _ => view.tick(),
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
