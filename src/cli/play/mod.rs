//! `layerwise play`: one file a thing to play with.

use std::process::ExitCode;

use clap::Subcommand;
use color_eyre::Result;

use super::{config, examples};
use crate::tui::theme::Theme;

mod perceptron;

/// Play with what a language model is made of
#[derive(clap::Args)]
#[command(after_help = examples::PLAY)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    /// The playground opens where there is none.
    #[command(subcommand)]
    thing: Thing,
}

#[derive(Subcommand)]
enum Thing {
    Perceptron(perceptron::Args),
}

pub fn run(args: Args) -> Result<ExitCode> {
    match args.thing {
        Thing::Perceptron(args) => perceptron::run(&args),
    }
}

/// The theme of the environment, or of the user's file.
fn theme() -> Theme {
    let theme = Theme::detect(|name| std::env::var(name).ok());
    let own = config::own().commands();
    let word = own.iter().find_map(|line| line.strip_prefix("theme "));
    word.map_or(theme, |word| theme.named(word))
}
