//! `layerwise step`, and `layerwise` alone.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use super::model::{self, ModelArgs, Prompt};
use super::place;
use super::show::show;
use crate::session::batch::Batch;
use crate::trace::source::Source;

/// Step through a forward pass; as text where there is no terminal (the default command)
#[derive(clap::Args)]
pub struct Args {
    /// A model's folder or GGUF file, or ORG/NAME[@REVISION][:GGUF] on the Hugging Face hub; the
    /// embedded model if left out
    model: Option<PathBuf>,
    /// The text to run
    #[arg(short, long)]
    prompt: Option<String>,
    /// No screen: run the commands of -x, print what they say, and stop at the first that fails
    #[arg(long)]
    batch: bool,
    /// A debugger command, such as 'break blocks.*.attn.pattern'; may be repeated; needs --batch
    #[arg(short = 'x', value_name = "COMMAND", requires = "batch")]
    commands: Vec<String>,
    /// One JSON value a command; needs --batch
    #[arg(long, requires = "batch")]
    json: bool,
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
    let place = place::of(args.model.as_deref())?;
    if args.batch {
        let mut source = model::open(
            place.as_deref(),
            Prompt::new(&prompt, args.chat),
            &args.options,
        )?;
        return batch(source.as_mut(), &args.commands, args.json);
    }
    show(move || {
        model::open(
            place.as_deref(),
            Prompt::new(&prompt, args.chat),
            &args.options,
        )
    })
}

/// Exit code 1 at the first command that fails.
fn batch(source: &mut dyn Source, commands: &[String], json: bool) -> Result<ExitCode> {
    let mut batch = Batch::new(source, json);
    let mut out = io::stdout().lock();
    for line in commands {
        match batch.run(line) {
            Ok(Some(reply)) if json => {
                let said = serde_json::json!({ "command": line, "reply": reply });
                writeln!(out, "{said}")?;
            }
            Ok(Some(reply)) => writeln!(out, "{}", reply.text())?,
            Ok(None) => break,
            Err(why) => {
                if json {
                    let said = serde_json::json!({ "command": line, "error": why });
                    writeln!(out, "{said}")?;
                }
                super::complain(&format!("{line}: {why}"));
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
