//! `layerwise replay`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use crate::session::walk::walk;
use crate::trace::replay::Replay;
use crate::trace::source::Source;
use crate::tui;

/// Open the debugger on a trace, without libtorch or the model; as text where there is no terminal
#[derive(clap::Args)]
pub struct Args {
    /// A trace that `layerwise record` wrote
    trace: PathBuf,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let mut source = Replay::open(&args.trace)?;
    if io::stdout().is_terminal() && io::stdin().is_terminal() {
        let source: Box<dyn Source> = Box::new(source);
        tui::run(Box::new(|| Ok(source)), tui::Options::default())?;
        return Ok(ExitCode::SUCCESS);
    }
    walk(&mut source, &mut io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}
