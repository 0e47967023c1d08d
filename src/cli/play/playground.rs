//! `layerwise play ['#link']`: the playground.

use std::io::{Write, stdout};
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::Report;

use super::super::batch::BatchArgs;
use super::super::config;
use super::super::show::{exit_code, has_screen};
use crate::play::playground::command::is_command;
use crate::play::playground::reply::Reply;
use crate::play::playground::run::Playground;
use crate::play::playground::state::State;
use crate::play::playground::{batch, link};
use crate::tui;
use crate::tui::own_keys::Screen;

#[derive(clap::Args)]
#[group(id = "playground")]
pub struct Args {
    /// A link to playground.tensorflow.org, or the part of one from # on; quote it for the shell
    #[arg(value_name = "LINK")]
    link: Option<String>,
    #[command(flatten)]
    batch: BatchArgs,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let (state, warnings) = match &args.link {
        None => (State::new(link::new_seed()), Vec::new()),
        Some(text) => {
            let opened = link::read(text)?;
            (opened.state, opened.warnings)
        }
    };
    let mut playground = Playground::new(state, None).map_err(Report::msg)?;
    if args.batch.wanted() {
        super::super::warn(warnings);
        let run = |line: &str| {
            let reply = batch::run(&mut playground, line)?;
            if let Some(reply) = &reply {
                super::super::warn(reply.warnings().iter().cloned());
            }
            Ok(reply)
        };
        return args.batch.run_lines(is_command, run, Reply::to_string);
    }
    if !has_screen() {
        super::super::warn(warnings);
        for line in ["show", "surface", "link"] {
            if let Some(reply) = batch::run(&mut playground, line).map_err(Report::msg)? {
                writeln!(stdout(), "{reply}\n")?;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let lines = args.batch.lines(is_command)?;
    let options = tui::play::playground::Options {
        theme: super::theme(),
        keymap: config::own().keys.of(Screen::Playground),
        commands: lines,
        warnings,
    };
    Ok(exit_code(tui::play::playground::run(playground, options)?))
}
