//! `layerwise play matrix`.

use std::io::{Write, stdout};
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::eyre;

use super::super::batch::BatchArgs;
use super::super::examples;
use super::super::show::{exit_code, has_screen};
use crate::play::matrix::Play;
use crate::play::matrix::command::COMMANDS;
use crate::play::matrix::reply::Reply;
use crate::session::script::Script;
use crate::tui;

/// The product of two matrices step by step; two vectors with their sum, dot product, angle and projection
#[derive(clap::Args)]
#[command(after_help = examples::PLAY)]
pub struct Args {
    #[command(flatten)]
    batch: BatchArgs,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let mut play = Play::default();
    if args.batch.wanted() {
        let run = |line: &str| play.run(line).map_err(|e| e.to_string());
        return args
            .batch
            .run_lines(|word| COMMANDS.has(word), run, Reply::text);
    }
    if !has_screen() {
        let shown = play.run("end")?.map(|reply| reply.text());
        writeln!(stdout(), "{}", shown.unwrap_or_default())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut script = Script::given(args.batch.commands(), |word| COMMANDS.has(word));
    let mut lines = Vec::new();
    while let Some(line) = script
        .next_line()
        .map_err(|(line, why)| eyre!(line.complaint(&why)))?
    {
        lines.push(line.text);
    }
    Ok(exit_code(tui::play::matrix::run(super::theme(), &lines)?))
}
