//! A source on the screen, or as text where there is no terminal.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use color_eyre::Result;

use super::config;
use crate::session::walk::{Walked, walk};
use crate::trace::source::{Control, Source};
use crate::tui;
use crate::tui::own_keys::Screen;

/// Open the debugger on what `open` opens, on the screen's worker thread; with no terminal, or one that
/// has no cursor to move, walk through the first pass as text. On the screen `commands` are run first.
pub fn show(
    open: impl FnOnce() -> Result<Box<dyn Source>> + Send + 'static,
    commands: &[String],
) -> Result<ExitCode> {
    if has_screen() {
        let opener = Box::new(|| open().map_err(|report| format!("{report:#}")));
        let own = config::own();
        let options = tui::Options {
            commands: commands.to_vec(),
            settings: own.commands(),
            keymap: own.keys.of(Screen::Debugger),
            warnings: own.problems.clone(),
            ..tui::Options::default()
        };
        return Ok(exit_code(tui::run(opener, options)?));
    }
    let mut source = open()?;
    super::warn_of(source.as_ref());
    let first = Walked { pass: 0, row: None };
    let control = Control::default();
    walk(source.as_mut(), first, &control, &mut io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

/// The exit code of a screen that this signal ended, if one did.
pub fn exit_code(signal: Option<i32>) -> ExitCode {
    let code = signal.and_then(|signal| u8::try_from(128 + signal).ok());
    ExitCode::from(code.unwrap_or(0))
}

/// Whether there is a terminal that has a cursor to move.
pub fn has_screen() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && !dumb
}
