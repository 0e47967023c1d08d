//! The loop: input, worker and signals come in, frames go out.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, after, at, never, select};
use crossterm::event::{Event, KeyEventKind};

use super::app::{App, Status};
use super::draw;
use super::events;
use super::keymap::Keymap;
use super::terminal::{self, Screen};
use super::theme::Theme;
use super::update::Driver;
use crate::session::history::{self, History};
use crate::session::saved::{Keeper, Kept};
use crate::session::worker::{Opener, Worker};

/// How the screen starts.
#[derive(Clone, Debug)]
pub struct Options {
    pub theme: Theme,
    /// Where lines of the command line are kept between runs.
    pub history: Option<PathBuf>,
    /// Keys that a user's own file changes.
    pub keymap: Keymap,
    /// Command lines of settings, from a user's file; nothing is said of them.
    pub settings: Vec<String>,
    /// Command lines that are run first.
    pub commands: Vec<String>,
    /// Warnings beside those of the model itself.
    pub warnings: Vec<String>,
    /// Where the session is kept, and the earlier one that is returned to.
    pub keeper: Option<Keeper>,
    pub resume: Option<Kept>,
}

impl Default for Options {
    /// The options that the environment gives.
    fn default() -> Options {
        let env = |name: &str| std::env::var(name).ok();
        Options {
            theme: Theme::detect(env),
            history: history::place(env),
            keymap: Keymap::default(),
            settings: Vec::new(),
            commands: Vec::new(),
            warnings: Vec::new(),
            keeper: None,
            resume: None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    #[error("the terminal does not answer")]
    Terminal(#[from] std::io::Error),
    /// The source could not be opened: why, in one text.
    #[error("{0}")]
    Open(String),
}

/// How long a frame waits for answers that may be under way, so that no half-filled one is shown: as long as
/// the lens takes on a model of some 100M parameters. Drawing meanwhile would take a processor from it.
const PATIENCE: Duration = Duration::from_millis(12);

/// After so long without a key what can wait is asked: it would take the processor from the next frame.
const REST: Duration = Duration::from_millis(200);

/// Show the debugger on what `opener` opens, until the person leaves, or the signal comes that is
/// returned.
///
/// # Errors
/// When the terminal cannot be used, or the source not be opened.
pub fn run(opener: Opener, options: Options) -> Result<Option<i32>, TuiError> {
    let worker = Worker::start(opener);
    let signals = events::signals()?;
    let mut screen = Screen::take()?;
    let mut app = App::new(options.theme);
    app.keymap = options.keymap;
    let mut driver = Driver::new(app, worker)
        .with(History::open(options.history), &options.commands)
        .with_settings(options.settings, options.warnings)
        .with_session(options.keeper, options.resume);
    let ended = follow(&mut driver, &mut screen, &signals);
    // The last word of a session, however it ends; whoever has left cannot be told of a failure.
    let _ = driver.keep();
    ended
}

/// The loop, until the person leaves or a signal comes.
fn follow(
    driver: &mut Driver,
    screen: &mut Screen,
    signals: &Receiver<i32>,
) -> Result<Option<i32>, TuiError> {
    let input = events::input();
    loop {
        let size = screen.size()?;
        if size != driver.app.screen {
            driver.resize(size);
        }
        if let Some(text) = driver.take_copied() {
            screen.copy(&text)?;
        }
        if driver.take_dirty() {
            let app = &driver.app;
            screen.draw(app.theme, |buf| draw::draw(buf, app))?;
        }
        let reports = if driver.disconnected() {
            never()
        } else {
            driver.worker.reports().clone()
        };
        let rest = if driver.waits_for_rest() {
            after(REST)
        } else {
            never()
        };
        let due = driver.due().map_or_else(never, at);
        let step = driver.next_step().map_or_else(never, after);
        let ready = screen.ready();
        select! {
            recv(rest) -> _ => driver.rest(),
            recv(ready) -> made => {
                screen.keep(made);
                driver.set_dirty();
            }
            recv(due) -> _ => driver.play(),
            recv(step) -> _ => driver.step_product(),
            recv(input) -> event => match event {
                Ok(event) => handle(driver, screen, event)?,
                // A terminal that is gone also sends a signal, which says more.
                Err(_) => return Ok(signals.recv_timeout(PATIENCE).ok()),
            },
            recv(reports) -> report => match report {
                Ok(report) => driver.report(report),
                Err(_) => driver.lost(),
            },
            recv(signals) -> signal => {
                let Ok(signal) = signal else { return Ok(None) };
                if let Some(signal) = screen.obey(signal)? {
                    return Ok(Some(signal));
                }
                driver.set_dirty();
            }
        }
        // Events that queued up meanwhile, and answers about to come, belong in the same frame.
        while let Ok(event) = input.try_recv() {
            handle(driver, screen, event)?;
        }
        let reports = driver.worker.reports().clone();
        let patient = Instant::now() + PATIENCE;
        while driver.waiting() {
            match reports.recv_deadline(patient) {
                Ok(report) => driver.report(report),
                Err(_) => break,
            }
        }
        if driver.app.quit {
            return match &driver.app.status {
                Status::Failed(why) if driver.app.model.is_none() => {
                    Err(TuiError::Open(why.clone()))
                }
                _ => Ok(None),
            };
        }
    }
}

fn handle(driver: &mut Driver, screen: &mut Screen, event: Event) -> std::io::Result<()> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => driver.key(key),
        Event::Mouse(mouse) => driver.mouse(mouse),
        Event::Paste(text) => driver.paste(&text),
        _ => {}
    }
    if driver.take_redraw() {
        screen.redraw()?;
    }
    if driver.take_suspend() {
        terminal::ask_to_stop();
    }
    Ok(())
}
