//! `layerwise step`, and `layerwise` alone.

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use super::batch::BatchArgs;
use super::model::{self, ModelArgs, Prompt};
use super::resolve_model;
use super::show::show;

/// Step through a forward pass; as text where there is no terminal (the default command)
#[derive(clap::Args)]
pub struct Args {
    /// A model's folder or GGUF file, or ORG/NAME[@REVISION][:GGUF] on the Hugging Face hub; the
    /// embedded model if left out
    model: Option<PathBuf>,
    /// The text to run
    #[arg(short, long)]
    prompt: Option<String>,
    #[command(flatten)]
    batch: BatchArgs,
    /// The text is what a user says to a chat model: apply the model's own chat template
    #[arg(long)]
    chat: bool,
    #[command(flatten)]
    options: ModelArgs,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let prompt = match (args.prompt, &args.model) {
        (Some(prompt), _) => prompt,
        (None, None) => "中华人民".to_owned(),
        (None, Some(_)) => "The capital of France is".to_owned(),
    };
    // Fetched before the screen opens: the bars need the terminal to themselves.
    let model = resolve_model::if_named(args.model.as_deref())?;
    if args.batch.wanted() {
        let mut source = model::open(
            model.as_deref(),
            Prompt::new(&prompt, args.chat),
            &args.options,
        )?;
        return args.batch.run(source.as_mut());
    }
    show(move || {
        model::open(
            model.as_deref(),
            Prompt::new(&prompt, args.chat),
            &args.options,
        )
    })
}
