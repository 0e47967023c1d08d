//! `layerwise record`.

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::{OptionExt, WrapErr, bail, ensure, eyre};
use indicatif::ProgressBar;
use serde::Deserialize;

use super::model::{self, ModelArgs, Prompt};
use super::progress;
use super::prompt::PromptArgs;
use super::resolve_model;
use crate::graph::arch::Arch;
use crate::session::breakpoints;
use crate::session::find::unmatched;
use crate::trace::glob::Pattern;
use crate::trace::plan::Plan;
use crate::trace::query::{Choice, Job};
use crate::trace::source::{Control, ModelInfo, Source, SourceError};
use crate::trace::source_ext::SourceExt;
use crate::trace::states;

/// Run a prompt and write its activations as a trace
#[derive(clap::Args)]
#[command(after_help = super::examples::RECORD)]
pub struct Args {
    /// A model's folder or GGUF file, or ORG/NAME[@REVISION][:GGUF] on the Hugging Face hub; the
    /// embedded model if left out
    model: Option<PathBuf>,
    #[command(flatten)]
    prompt: PromptArgs,
    /// The trace to write (safetensors)
    #[arg(short, long)]
    output: PathBuf,
    /// Write only hook points that match, such as `blocks.*.attn.pattern`; may be repeated. States after each token are
    /// written where a pattern names them: `--hooks '*' --hooks '*.state'`
    #[arg(long, default_value = "*")]
    hooks: Vec<String>,
    /// Passes in the trace: the prompt's, and one for each token that it goes on by greedily
    #[arg(long, value_name = "N", default_value = "1", value_parser = passes)]
    passes: usize,
    /// The text is what a user says to a chat model: apply the model's own chat template
    #[arg(long)]
    chat: bool,
    #[command(flatten)]
    options: ModelArgs,
}

pub fn run(mut args: Args) -> Result<ExitCode> {
    Pattern::all(&args.hooks).wrap_err("--hooks")?;
    let prompt = std::mem::take(&mut args.prompt).text()?;
    let prompt =
        prompt.ok_or_eyre("no prompt: give -p TEXT, -p - with a pipe, or --prompt-file FILE")?;
    let model = resolve_model::if_named(args.model.as_deref())?;
    let mut source = model::open(
        model.as_deref(),
        Prompt::new(&prompt, args.chat),
        &args.options,
    )?;
    super::warn_of(source.as_ref());
    source.start_hash()?;
    let tokens = source.passes()[0].tokens.len();
    if let Some(most) = most_tokens(source.model()) {
        let more = args.passes - 1;
        ensure!(
            more <= most.saturating_sub(tokens),
            "--passes {}: the prompt's {tokens} tokens and {more} more are past the model's context of {most}",
            args.passes
        );
    }
    check_hooks(&args.hooks, &source.passes()[0].plan)?;
    let (control, bar, stop) = progress::control()?;
    bar.set_prefix("running");
    let recorded = record(source.as_mut(), &args, &control, &bar);
    bar.finish_and_clear();
    match (recorded, stop.code()) {
        (Err(SourceError::Cancelled), Some(code)) => {
            super::complain(&SourceError::Cancelled.to_string());
            Ok(code)
        }
        (recorded, _) => {
            recorded?;
            if let Some(note) = states::left_out(source.passes(), &args.hooks) {
                super::complain(&note);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn passes(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("a trace holds at least one pass, the prompt's".into()),
        Ok(passes) => Ok(passes),
        Err(_) => Err("give a number of passes of at least 1".into()),
    }
}

/// Check that a pattern matches something, before anything runs.
fn check_hooks(patterns: &[String], plan: &Plan) -> Result<()> {
    let mut none = None;
    for pattern in patterns {
        let hits = breakpoints::matching(pattern, plan).map_err(|why| eyre!("--hooks: {why}"))?;
        if !hits.is_empty() {
            return Ok(());
        }
        none.get_or_insert(pattern);
    }
    none.map_or(Ok(()), |pattern| {
        bail!("--hooks: {}", unmatched(plan, pattern))
    })
}

/// How many tokens the model can have, where there is an end.
fn most_tokens(model: &ModelInfo) -> Option<usize> {
    let arch = Arch::deserialize(model.arch.as_ref()?).ok()?;
    arch.most_tokens()
}

fn record(
    source: &mut dyn Source,
    args: &Args,
    control: &Control,
    bar: &ProgressBar,
) -> Result<(), SourceError> {
    for pass in 0..args.passes - 1 {
        let choice = Choice::Greedy;
        source.run(&Job::Next { pass, choice }, control)?;
    }
    bar.set_prefix("writing");
    let (path, hooks) = (args.output.clone(), args.hooks.clone());
    source.run(&Job::Save { path, hooks }, control).map(|_| ())
}
