//! `layerwise play`: one file a thing to play with; the playground opens where none is named.

use std::process::ExitCode;

use clap::Subcommand;
use color_eyre::Result;

use super::{config, examples};
use crate::tui::graphics::Protocol;
use crate::tui::theme::Theme;

mod matrix;
mod perceptron;
mod playground;

/// Play with what a language model is made of: the playground, a small network on points of the plane, the
/// perceptron, or matrices and vectors
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = examples::PLAY)]
pub struct Args {
    #[command(subcommand)]
    thing: Option<Thing>,
    #[command(flatten)]
    playground: playground::Args,
}

#[derive(Subcommand)]
enum Thing {
    Perceptron(perceptron::Args),
    Matrix(matrix::Args),
}

pub fn run(args: Args) -> Result<ExitCode> {
    match args.thing {
        Some(Thing::Perceptron(args)) => perceptron::run(&args),
        Some(Thing::Matrix(args)) => matrix::run(&args),
        None => playground::run(&args.playground),
    }
}

/// The theme of the environment, or of the user's file.
pub(super) fn theme() -> Theme {
    let env = |name: &str| std::env::var(name).ok();
    let theme = Theme::detect(env);
    let own = config::own().commands();
    let set = |name: &str| own.iter().find_map(|line| line.strip_prefix(name));
    let theme = set("theme ").map_or(theme, |word| theme.named(word));
    let graphics = set("graphics ").map(|word| Protocol::chosen(word, env));
    graphics.map_or(theme, |graphics| theme.with_graphics(graphics))
}
