//! The command line: one file a subcommand, thin. The only place where all parts meet.
//!
//! Exit codes: 0 all well; 1 a comparison did not hold or a batch command failed; 2 bad input; 130
//! training stopped as asked.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use color_eyre::Result;

mod bars;
mod check;
mod contents;
mod diff;
mod inspect;
mod model;
mod place;
mod progress;
mod record;
mod replay;
mod show;
mod step;
mod tokens;
mod train;

/// A debugger for the inside of language models: step through a forward pass in the terminal.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    step: step::Args,
}

#[derive(Subcommand)]
enum Command {
    Step(step::Args),
    Inspect(inspect::Args),
    Record(record::Args),
    Replay(replay::Args),
    Check(check::Args),
    Diff(diff::Args),
    Tokens(tokens::Args),
    Train(train::Args),
}

/// Run the program on the process's arguments.
pub fn main() -> ExitCode {
    end_quietly_on_closed_pipe();
    match install_hooks().and_then(|()| run(Cli::parse())) {
        Ok(code) => code,
        Err(report) => {
            eprintln!("layerwise: {report:#}");
            ExitCode::from(2)
        }
    }
}

/// `layerwise … | head` has seen enough: end as other programs do, in place of an error.
fn end_quietly_on_closed_pipe() {
    // SAFETY: before any other thread runs; sets the default that Rust's start-up took away.
    #[cfg(unix)]
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}

fn install_hooks() -> Result<()> {
    color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .install()
}

fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command.unwrap_or(Command::Step(cli.step)) {
        Command::Step(args) => step::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Record(args) => record::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Check(args) => check::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Tokens(args) => tokens::run(args),
        Command::Train(args) => train::run(args),
    }
}
