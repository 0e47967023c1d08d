//! `layerwise play matrix`.

use std::io::{Write, stdout};
use std::process::ExitCode;

use color_eyre::Result;

use super::super::batch::BatchArgs;
use super::super::show::{exit_code, has_screen};
use super::super::{config, examples};
use crate::play::matrix::Play;
use crate::play::matrix::command::COMMANDS;
use crate::play::matrix::reply::Reply;
use crate::tui;
use crate::tui::own_keys::Screen;

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
    let lines = args.batch.lines(|word| COMMANDS.has(word))?;
    let keymap = config::own().keys.of(Screen::Matrix);
    Ok(exit_code(tui::play::matrix::run(
        super::theme(),
        keymap,
        &lines,
    )?))
}
