//! `layerwise completions`: what a shell needs to complete the command line.

use std::io::{Write, stdout};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::{Shell, generate};
use color_eyre::Result;

use super::Cli;

/// Print the completions of the command line for a shell
#[derive(clap::Args)]
#[command(after_help = super::examples::COMPLETIONS)]
pub struct Args {
    shell: Shell,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "layerwise", &mut script);
    stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
