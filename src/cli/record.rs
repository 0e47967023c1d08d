//! `layerwise record`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use color_eyre::Result;

use super::open::{ModelOpts, checkpoint, globs, open_source};
use crate::trace::source::{Choice, Control, Progress};

/// Run a prompt and write its activations as a trace
#[derive(clap::Args)]
pub struct Args {
    /// Model folder; the embedded model if left out
    model: Option<PathBuf>,
    /// Text to run
    #[arg(short, long)]
    prompt: String,
    /// Trace to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Record only hook points with names like this, such as `blocks.*.attn.pattern`
    #[arg(long, value_name = "GLOB")]
    hooks: Vec<String>,
    /// Go on greedily for this many tokens
    #[arg(long, value_name = "N", default_value_t = 0)]
    passes: usize,
    #[command(flatten)]
    opts: ModelOpts,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let hooks = globs(&args.hooks)?;
    let checkpoint = checkpoint(args.model.as_deref())?;
    let mut source = open_source(checkpoint, &args.prompt, &args.opts)?;
    let mut control = Control::default();
    let terminal = std::io::stderr().is_terminal();
    if terminal {
        let show = |p: Progress| eprint!("\r\x1b[K{} ({}/{})", p.layer, p.done, p.total);
        control.progress = Some(Arc::new(show));
    }
    let mut work = || {
        for pass in 0..args.passes {
            source.next(pass, &Choice::Greedy, &control)?;
        }
        source.save(&args.output, &hooks, &control)
    };
    let result = work();
    if terminal {
        eprint!("\r\x1b[K");
    }
    result?;
    Ok(ExitCode::SUCCESS)
}
