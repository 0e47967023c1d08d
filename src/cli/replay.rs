//! `layerwise replay`.

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use super::batch::BatchArgs;
use super::model::{self, ModelArgs};
use super::show::show;
use crate::trace::replay::Replay;
use crate::trace::source::Source;

/// Open the debugger on a trace, without libtorch or the model
#[derive(clap::Args)]
#[command(after_help = super::examples::REPLAY)]
pub struct Args {
    /// A trace that `layerwise record` wrote
    trace: PathBuf,
    #[command(flatten)]
    batch: BatchArgs,
}

pub fn run(args: Args) -> Result<ExitCode> {
    if args.batch.wanted() {
        return open(Replay::open(&args.trace)?, &args.batch);
    }
    let trace = args.trace;
    show(
        move || Ok(with_branches(Replay::open(&trace)?)),
        args.batch.commands(),
    )
}

fn with_branches(trace: Replay) -> Box<dyn Source> {
    model::with_branches(Box::new(trace), &ModelArgs::default())
}

/// The debugger on a trace that is open.
pub fn open(trace: Replay, batch: &BatchArgs) -> Result<ExitCode> {
    if batch.wanted() {
        return batch.run(with_branches(trace).as_mut());
    }
    show(move || Ok(with_branches(trace)), batch.commands())
}
