//! `layerwise step`.

use std::process::ExitCode;

use color_eyre::Result;

/// Step through a forward pass (the default command)
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_args: Args) -> Result<ExitCode> {
    color_eyre::eyre::bail!("to come")
}
