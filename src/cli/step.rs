//! `layerwise step`, and `layerwise` alone.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::bail;

use super::batch::BatchArgs;
use super::model::{self, LensArgs, ModelArgs, Prompt};
use super::prompt::PromptArgs;
use super::replay;
use super::resolve_model;
use super::show::show;
use crate::trace::replay::{Replay, TraceError};

/// Step through a forward pass; as text where there is no terminal (the default command)
#[derive(clap::Args)]
#[command(after_help = super::examples::STEP)]
pub struct Args {
    /// A model's folder or GGUF file, or ORG/NAME[@REVISION][:GGUF] on the Hugging Face hub; the
    /// embedded model if left out. A trace is opened as `layerwise replay` opens it
    model: Option<PathBuf>,
    #[command(flatten)]
    prompt: PromptArgs,
    #[command(flatten)]
    batch: BatchArgs,
    /// The text is what a user says to a chat model: apply the model's own chat template
    #[arg(long)]
    chat: bool,
    #[command(flatten)]
    lens: LensArgs,
    #[command(flatten)]
    options: ModelArgs,
}

pub fn run(args: Args) -> Result<ExitCode> {
    if let Some(file) = args.model.as_deref().filter(|file| file.is_file())
        && let Some(trace) = trace(file)?
    {
        if args.prompt.given() || args.chat || args.lens.lens.is_some() {
            bail!(
                "{} is a trace, which has a prompt and lenses of its own: leave out the prompt, --chat and --lens",
                file.display()
            );
        }
        return replay::open(trace, &args.batch);
    }
    let prompt = match (args.prompt.text()?, &args.model) {
        (Some(prompt), _) => prompt,
        (None, model) => default_prompt(model.is_some()).to_owned(),
    };
    // Fetched before the screen opens: the bars need the terminal to themselves.
    let model = resolve_model::if_named(args.model.as_deref())?;
    if args.batch.wanted() {
        let mut source = model::open(
            model.as_deref(),
            Prompt::new(&prompt, args.chat),
            &args.options,
        )?;
        args.lens.put(source.as_mut())?;
        return args.batch.run(source.as_mut());
    }
    let open = move || {
        let mut source = model::open(
            model.as_deref(),
            Prompt::new(&prompt, args.chat),
            &args.options,
        )?;
        args.lens.put(source.as_mut())?;
        Ok(source)
    };
    show(open, args.batch.commands())
}

/// The prompt where nobody gives one: for a model that was named, or for the embedded one.
pub(super) fn default_prompt(named: bool) -> &'static str {
    if named {
        "The capital of France is"
    } else {
        "中华人民"
    }
}

/// The trace that a file is, if it is one.
///
/// # Errors
/// It is one that cannot be read.
pub(super) fn trace(file: &Path) -> Result<Option<Replay>> {
    match Replay::open(file) {
        Ok(trace) => Ok(Some(trace)),
        Err(error @ (TraceError::Version { .. } | TraceError::Meta { .. })) => Err(error.into()),
        // Whoever opens models says what is wrong with it.
        Err(_) => Ok(None),
    }
}
