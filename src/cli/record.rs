//! `layerwise record`.

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::WrapErr;
use globset::{Glob, GlobSetBuilder};

use super::model::{self, ModelArgs, Prompt};
use super::place;
use super::progress;
use crate::trace::source::Choice;

/// Run a prompt and write its activations as a trace
#[derive(clap::Args)]
pub struct Args {
    /// A model's folder, or ORG/NAME[@REVISION] on the Hugging Face hub; the embedded model if left out
    model: Option<PathBuf>,
    /// The text to run
    #[arg(short, long)]
    prompt: String,
    /// The trace to write (safetensors)
    #[arg(short, long)]
    output: PathBuf,
    /// Write only hook points that match, such as `blocks.*.attn.pattern`; may be repeated
    #[arg(long, default_value = "*")]
    hooks: Vec<String>,
    /// Go on greedily for this many tokens
    #[arg(long, default_value_t = 0)]
    passes: usize,
    /// The text is what a user says to a chat model: apply the model's own chat template
    #[arg(long)]
    chat: bool,
    #[command(flatten)]
    options: ModelArgs,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let mut hooks = GlobSetBuilder::new();
    for pattern in &args.hooks {
        hooks.add(Glob::new(pattern).wrap_err("--hooks")?);
    }
    let hooks = hooks.build().wrap_err("--hooks")?;
    let place = place::of(args.model.as_deref())?;
    let mut source = model::open(
        place.as_deref(),
        Prompt::new(&args.prompt, args.chat),
        &args.options,
    )?;
    let (control, bar) = progress::control()?;
    bar.set_prefix("running");
    for pass in 0..args.passes {
        source.next(pass, &Choice::Greedy, &control)?;
    }
    bar.set_prefix("writing");
    source.save(&args.output, &hooks, &control)?;
    bar.finish_and_clear();
    Ok(ExitCode::SUCCESS)
}
