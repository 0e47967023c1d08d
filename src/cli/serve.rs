//! `layerwise serve`.

use std::io::{self, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::bail;

use super::model::{self, LensArgs, ModelArgs, Prompt};
use super::prompt::PromptArgs;
use super::{resolve_model, step};
use crate::lang::{self, Language};
use crate::session::serve::{End, LIMIT, Options, serve};
use crate::trace::source::Source;

/// Serve the debugger to another program: requests and answers are lines of JSON (docs/session.md)
#[derive(clap::Args)]
#[command(after_help = super::examples::SERVE)]
pub struct Args {
    /// A trace, a model's folder or GGUF file, or ORG/NAME[@REVISION][:GGUF] on the Hugging Face hub; the
    /// embedded model if left out
    model: Option<PathBuf>,
    #[command(flatten)]
    prompt: PromptArgs,
    /// Read requests from standard input and write answers to standard output
    #[arg(long, required = true)]
    stdio: bool,
    /// Bytes of an answer; what is cut is said. A request's field `limit` comes first
    #[arg(long, value_name = "BYTES", default_value_t = LIMIT)]
    limit: usize,
    /// Allow `save` to write files and `source` to read them
    #[arg(long)]
    allow_files: bool,
    /// The text is what a user says to a chat model: apply the model's own chat template
    #[arg(long)]
    chat: bool,
    #[command(flatten)]
    lens: LensArgs,
    #[command(flatten)]
    options: ModelArgs,
}

pub fn run(args: Args) -> Result<ExitCode> {
    // Programs read it.
    lang::set(Language::English);
    let options = Options {
        limit: args.limit,
        files: args.allow_files,
    };
    let mut source = open(args)?;
    let input = BufReader::new(io::stdin());
    Ok(match serve(source.as_mut(), options, input, io::stdout()) {
        End::Asked => ExitCode::SUCCESS,
        End::Broken => ExitCode::from(2),
    })
}

fn open(args: Args) -> Result<Box<dyn Source>> {
    if let Some(file) = args.model.as_deref().filter(|file| file.is_file())
        && let Some(trace) = step::trace(file)?
    {
        if args.prompt.given() || args.chat || args.lens.lens.is_some() {
            bail!(
                "{} is a trace, which has a prompt and lenses of its own: leave out the prompt, --chat and --lens",
                file.display()
            );
        }
        return Ok(model::with_branches(Box::new(trace), &args.options));
    }
    let prompt = match (args.prompt.text_without_stdin()?, &args.model) {
        (Some(prompt), _) => prompt,
        (None, model) => step::default_prompt(model.is_some()).to_owned(),
    };
    let model = resolve_model::if_named(args.model.as_deref())?;
    let prompt = Prompt::new(&prompt, args.chat);
    let mut source = model::open(model.as_deref(), prompt, &args.options)?;
    args.lens.put(source.as_mut())?;
    Ok(model::with_branches(source, &args.options))
}
