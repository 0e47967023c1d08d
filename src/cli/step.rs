//! `layerwise step`, and `layerwise` alone.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use super::model::{self, ModelArgs};
use crate::session::walk::{WalkError, walk};

/// Walk through a forward pass (the default command)
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
    let prompt = match (&args.prompt, &args.model) {
        (Some(prompt), _) => prompt,
        (None, None) => "中华人民",
        (None, Some(_)) => "The capital of France is",
    };
    let mut source = model::open(args.model.as_deref(), prompt, &args.options)?;
    match walk(source.as_mut(), &mut io::stdout().lock()) {
        // A reader such as `head` that has seen enough is no failure.
        Err(WalkError::Write(e)) if e.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        done => Ok(done.map(|()| ExitCode::SUCCESS)?),
    }
}
