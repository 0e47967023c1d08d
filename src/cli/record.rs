//! `layerwise record`.

use std::process::ExitCode;

use color_eyre::Result;

/// Run a prompt and write its activations as a trace
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_args: Args) -> Result<ExitCode> {
    color_eyre::eyre::bail!("to come")
}
