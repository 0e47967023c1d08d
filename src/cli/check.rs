//! `layerwise check`.

use std::process::ExitCode;

use color_eyre::Result;

/// Re-run recorded traces and compare every hook point
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_args: Args) -> Result<ExitCode> {
    color_eyre::eyre::bail!("to come")
}
