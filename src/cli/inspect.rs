//! `layerwise inspect`.

use std::process::ExitCode;

use color_eyre::Result;

/// Show a model's architecture, hook points, parameters and tokenizer
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_args: Args) -> Result<ExitCode> {
    color_eyre::eyre::bail!("to come")
}
