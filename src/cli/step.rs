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
use super::sessions::Session;
use super::show::show;
use crate::session::branches::Branches;
use crate::session::saved::Saved;
use crate::trace::replay::{Replay, TraceError};
use crate::trace::source::Source;

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
    /// Return to the session of the model that was left last, or of any model where none is named: prompt, tokens,
    /// cursor, breakpoints, interventions, branches and layout. Flags that are given hold; with another prompt only
    /// breakpoints and layout come back
    #[arg(long)]
    resume: bool,
}

pub fn run(mut args: Args) -> Result<ExitCode> {
    let mut resume = None;
    if args.resume {
        resume = Session::find(args.model.as_deref());
    }
    let mut chat = args.chat;
    if let Some(saved) = &mut resume {
        let origin = saved.origin.clone();
        args.model = origin.model.clone();
        args.options = args.options.resumed(&origin, super::is_given);
        if args.prompt.given() {
            saved.kept.branches.clear();
        } else {
            chat = origin.chat;
        }
    }
    let mut session = Session::new(args.model.as_deref(), chat, &args.options);
    session.resume = resume;
    if let Some(file) = args.model.as_deref().filter(|file| file.is_file())
        && let Some(trace) = trace(file)?
    {
        if args.prompt.given() || args.chat || args.lens.lens.is_some() {
            bail!(
                "{} is a trace, which has a prompt and lenses of its own: leave out the prompt, --chat and --lens",
                file.display()
            );
        }
        return replay::open(trace, &args.batch, session);
    }
    let left = session.resume.as_ref().and_then(Saved::prompt);
    let is_left = left.is_some();
    let prompt = match left {
        Some(prompt) => prompt.to_owned(),
        None => match (args.prompt.text()?, &args.model) {
            (Some(prompt), _) => prompt,
            (None, model) => default_prompt(model.is_some()).to_owned(),
        },
    };
    // Fetched before the screen opens: the bars need the terminal to themselves.
    let model = resolve_model::if_named(args.model.as_deref())?;
    let options = args.options;
    let lens = args.lens;
    let open = move || -> Result<Box<Branches>> {
        let prompt = if chat && is_left {
            Prompt::Rendered(&prompt)
        } else {
            Prompt::new(&prompt, chat)
        };
        let mut source = model::open(model.as_deref(), prompt, &options)?;
        lens.put(source.as_mut())?;
        Ok(model::with_branches(source, &options))
    };
    if args.batch.wanted() {
        let mut source = open()?;
        session.restore(&mut source);
        return args.batch.run_in(source.as_mut(), session.resume.as_ref());
    }
    show(
        move || Ok(open()? as Box<dyn Source>),
        args.batch.commands(),
        session,
    )
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
