//! `layerwise replay`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use crate::session::walk::walk;
use crate::trace::replay::Replay;

/// Walk through a trace, without libtorch or the model
#[derive(clap::Args)]
pub struct Args {
    /// A trace that `layerwise record` wrote
    trace: PathBuf,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let mut source = Replay::open(&args.trace)?;
    walk(&mut source, &mut io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}
