//! The screen of the lessons: a page of text beside something live.
//!
//! | file | what |
//! |---|---|
//! | `view` | all state of the screen, and where its two halves lie |
//! | `stage` | what is live: the debugger, a screen of play, or five marks |
//! | `console` | the marks, with a line to type on |
//! | `update` | keys, the mouse and pasted text change it |
//! | `draw` | state to frame |
//! | `overlay` | lists over the screen: lessons, terms |

mod console;
mod draw;
mod overlay;
mod stage;
#[cfg(test)]
mod tests;
mod update;
mod view;

use std::time::{Duration, Instant};

use crossbeam_channel::{after, never, select};
use crossterm::event::{Event, KeyEventKind};

use super::events;
use super::run::TuiError;
use super::terminal::{self, Screen};
use super::theme::Theme;
use crate::learn::Model;
use crate::learn::progress::Progress;
use stage::Stage;
use view::View;

/// How long a frame waits for answers that may be under way.
const PATIENCE: Duration = Duration::from_millis(12);
/// After so long without a key what can wait is asked.
const REST: Duration = Duration::from_millis(200);

/// Show the lesson at this place until the person leaves, or the signal comes that is returned.
///
/// # Errors
/// The terminal cannot be used, or the lesson not be opened.
pub fn run(
    theme: Theme,
    model: Model,
    progress: Progress,
    at: usize,
) -> Result<Option<i32>, TuiError> {
    let mut view = View::new(theme, model, progress, at).map_err(TuiError::Open)?;
    let signals = events::signals()?;
    let mut screen = Screen::take()?;
    let input = events::input();
    while !view.quit {
        view.resize(screen.size()?);
        if let Some(text) = view.take_copied() {
            screen.copy(&text)?;
        }
        if std::mem::take(&mut view.redraw) {
            screen.redraw()?;
        }
        screen.draw(view.theme, |buf| draw::draw(buf, &view))?;
        let driver = view.driver();
        let reports = driver.map_or_else(never, |driver| driver.worker.reports().clone());
        let rest = if driver.is_some_and(|driver| driver.waits_for_rest()) {
            after(REST)
        } else {
            never()
        };
        let tick = view.stage.wait().map_or_else(never, after);
        let trained = match &view.stage {
            Stage::Play(view) => view.reports(),
            _ => never(),
        };
        let ready = screen.ready();
        select! {
            recv(ready) -> made => screen.keep(made),
            recv(trained) -> report => view.trained(report.ok()),
            recv(tick) -> _ => view.tick(),
            recv(rest) -> _ => view.rest(),
            recv(input) -> event => match event {
                Ok(event) => handle(&mut view, event),
                Err(_) => return Ok(signals.recv_timeout(PATIENCE).ok()),
            },
            recv(reports) -> report => view.report(report.ok()),
            recv(signals) -> signal => {
                let Ok(signal) = signal else { return Ok(None) };
                if let Some(signal) = screen.obey(signal)? {
                    return Ok(Some(signal));
                }
            }
        }
        while let Ok(event) = input.try_recv() {
            handle(&mut view, event);
        }
        let patient = Instant::now() + PATIENCE;
        while let Some(driver) = view.driver().filter(|driver| driver.waiting()) {
            let reports = driver.worker.reports().clone();
            match reports.recv_deadline(patient) {
                Ok(report) => view.report(Some(report)),
                Err(_) => break,
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
    if view.take_suspend() {
        terminal::ask_to_stop();
    }
}
