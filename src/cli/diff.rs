//! `layerwise diff`.

use std::process::ExitCode;

use color_eyre::Result;

/// Compare two traces hook point by hook point
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_args: Args) -> Result<ExitCode> {
    color_eyre::eyre::bail!("to come")
}
