//! `layerwise replay`.

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use super::batch::BatchArgs;
use super::show::show;
use crate::trace::replay::Replay;

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
        move || Ok(Box::new(Replay::open(&trace)?)),
        args.batch.commands(),
    )
}

/// The debugger on a trace that is open.
pub fn open(mut trace: Replay, batch: &BatchArgs) -> Result<ExitCode> {
    if batch.wanted() {
        return batch.run(&mut trace);
    }
    show(move || Ok(Box::new(trace)), batch.commands())
}
