//! `layerwise train`.

use std::process::ExitCode;

use color_eyre::Result;

/// Train a small decoder on a text file
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_args: Args) -> Result<ExitCode> {
    color_eyre::eyre::bail!("to come")
}
