//! `layerwise step`, and `layerwise` alone.

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use super::model::{self, ModelArgs};
use super::show::show;

/// Step through a forward pass; as text where there is no terminal (the default command)
#[derive(clap::Args)]
pub struct Args {
    /// A model's folder in Hugging Face's layout; the embedded demo model if left out
    model: Option<PathBuf>,
    /// The text to run
    #[arg(short, long)]
    prompt: Option<String>,
    #[command(flatten)]
    options: ModelArgs,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let prompt = match (args.prompt, &args.model) {
        (Some(prompt), _) => prompt,
        (None, None) => "中华人民".to_owned(),
        (None, Some(_)) => "The capital of France is".to_owned(),
    };
    show(move || model::open(args.model.as_deref(), &prompt, &args.options))
}
