//! `layerwise replay`.

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use super::batch::BatchArgs;
use super::model::{self, ModelArgs};
use super::sessions::Session;
use super::show::show;
use crate::session::branches::Branches;
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
        let session = Session::new(Some(&args.trace), false, &ModelArgs::default());
        return open(Replay::open(&args.trace)?, &args.batch, session);
    }
    let trace = args.trace;
    let session = Session::new(Some(&trace), false, &ModelArgs::default());
    show(
        move || Ok(with_branches(Replay::open(&trace)?)),
        args.batch.commands(),
        session,
    )
}

fn with_branches(trace: Replay) -> Box<Branches> {
    model::with_branches(Box::new(trace), &ModelArgs::default())
}

/// The debugger on a trace that is open, in a session that may be returned to.
pub fn open(trace: Replay, batch: &BatchArgs, session: Session) -> Result<ExitCode> {
    let mut source = with_branches(trace);
    if batch.wanted() {
        session.restore(&mut source);
        return batch.run_in(source.as_mut(), session.resume.as_ref());
    }
    show(move || Ok(source), batch.commands(), session)
}
