//! `layerwise play perceptron`.

use std::io::{Write, stdout};
use std::process::ExitCode;

use color_eyre::Result;

use super::super::batch::BatchArgs;
use super::super::show::{exit_code, has_screen};
use super::super::{config, examples};
use crate::play::perceptron::Play;
use crate::play::perceptron::command::COMMANDS;
use crate::play::perceptron::reply::Reply;
use crate::tui;
use crate::tui::own_keys::Screen;

/// A perceptron: switch its inputs, change its weights, let it learn AND, OR, XOR or a CSV file
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
        let table = play.run("table")?.map(|reply| reply.text());
        writeln!(stdout(), "{}\n\n{}", table.unwrap_or_default(), play.why())?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = args.batch.lines(|word| COMMANDS.has(word))?;
    let keymap = config::own().keys.of(Screen::Perceptron);
    Ok(exit_code(tui::play::perceptron::run(
        super::theme(),
        keymap,
        &lines,
    )?))
}
