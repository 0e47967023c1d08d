//! `layerwise replay`.

use std::process::ExitCode;

use color_eyre::Result;

/// Open the debugger on a trace, without libtorch or the model
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_args: Args) -> Result<ExitCode> {
    color_eyre::eyre::bail!("to come")
}
