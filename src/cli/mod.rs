//! The command line: one file a subcommand, thin. The only place where all parts meet.
//!
//! Exit codes: 0 all well; 1 a comparison did not hold or a batch command failed; 2 bad input, or output
//! that cannot be written; 128 and the signal's number where a signal ended it (130 for Ctrl-C).

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write, stderr};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use color_eyre::Result;

use crate::lang::{self, Language};
use crate::panics;
use crate::session::walk::WalkError;
use crate::session::warnings::warnings;
use crate::trace::printable::printable;
use crate::trace::source::Source;

mod batch;
mod check;
mod completions;
mod config;
mod diff;
mod download_progress;
mod examples;
mod graph_listing;
mod inspect;
mod junit;
mod learn;
mod man;
mod model;
mod output;
mod play;
mod progress;
mod prompt;
mod record;
mod replay;
mod resolve_model;
mod serve;
mod show;
mod step;
mod tokens;
mod trace_summary;
mod train;

/// A debugger for the inside of language models: step through a forward pass in the terminal.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = examples::STEP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    step: step::Args,
    /// The language of screens, lessons and explanations; the one of LC_ALL, LC_MESSAGES or LANG if left out. Names
    /// and JSON stay as they are
    #[arg(long, global = true, value_enum, ignore_case = true)]
    lang: Option<Language>,
}

#[derive(Subcommand)]
enum Command {
    Step(step::Args),
    Inspect(inspect::Args),
    Record(record::Args),
    Replay(replay::Args),
    Serve(serve::Args),
    Check(check::Args),
    Diff(diff::Args),
    Tokens(tokens::Args),
    Train(train::Args),
    Config(config::Args),
    Completions(completions::Args),
    Man(man::Args),
    Play(play::Args),
    Learn(learn::Args),
}

/// Run the program on the process's arguments.
pub fn main() -> ExitCode {
    set_signals();
    match install_hooks().and_then(|()| run(parse())) {
        Ok(code) => code,
        Err(report) if is_read_no_more(&report) => end_unread(),
        Err(report) => {
            complain(&message(&report));
            ExitCode::from(2)
        }
    }
}

/// Whether printing failed since `layerwise … | head` has seen enough.
fn is_read_no_more(report: &color_eyre::Report) -> bool {
    let printed = match report.downcast_ref() {
        Some(WalkError::Write(error)) => Some(error),
        _ => report.downcast_ref::<std::io::Error>(),
    };
    printed.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// End as other programs do whose output nobody reads any more: without a word, by the signal that says it.
fn end_unread() -> ExitCode {
    // SAFETY: sets a default and sends a signal, which ends the program.
    #[cfg(unix)]
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        libc::raise(libc::SIGPIPE);
    }
    ExitCode::from(141)
}

/// A report in one line. Where nothing else is said of an error of the system's, it is of printing.
fn message(report: &color_eyre::Report) -> String {
    match (report.is::<std::io::Error>(), report.chain().nth(1)) {
        (true, None) => format!("cannot write the output: {report}"),
        _ => format!("{report:#}"),
    }
}

/// Say on standard error what is wrong, in one line. What a message quotes from files cannot move the
/// cursor or worse, and where nobody can be told there is nothing left to do.
fn complain(message: &str) {
    let _ = writeln!(stderr(), "layerwise: {}", printable(message));
}

/// Say on standard error what a user should know before trusting what is printed; each thing once, however
/// many fixtures are checked.
fn warn(warnings: impl IntoIterator<Item = String>) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    for warning in warnings {
        if !said.contains(&warning) {
            complain(&format!("warning: {warning}"));
            said.insert(warning);
        }
    }
}

/// Say what a user should know of a source that no screen shows.
fn warn_of(source: &dyn Source) {
    warn(warnings(source.model(), source.passes()));
}

/// A file that grows past the size allowed is an error of that write. So is output that nobody reads: Rust's
/// start-up has seen to that.
fn set_signals() {
    // SAFETY: before any other thread runs; ignores a signal.
    #[cfg(unix)]
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Reports of errors and panics, but not of panics that are caught.
fn install_hooks() -> Result<()> {
    let builder = color_eyre::config::HookBuilder::default().display_env_section(false);
    let (panic, error) = builder.into_hooks();
    error.install()?;
    std::panic::set_hook(Box::new(move |info| {
        if !panics::are_caught() {
            let _ = writeln!(stderr(), "{}", panic.panic_report(info));
        }
    }));
    Ok(())
}

/// The process's arguments, with defaults from the user's file. Sets the language that they ask for.
fn parse() -> Cli {
    lang::set(lang::of_environment(|name| std::env::var(name).ok()));
    let matches = config::with_defaults(Cli::command()).try_get_matches();
    let matches = matches.unwrap_or_else(|error| refuse(&error));
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| refuse(&error));
    match cli.lang {
        _ if is_for_programs(&matches) => lang::set(Language::English),
        Some(language) => lang::set(language),
        None => {}
    }
    cli
}

/// Whether programs read what is printed.
fn is_for_programs(matches: &ArgMatches) -> bool {
    let json = matches.try_get_one::<bool>("json").ok().flatten();
    json.is_some_and(|json| *json)
        || matches.try_contains_id("junit").unwrap_or_default()
        || matches
            .subcommand()
            .is_some_and(|(_, matches)| is_for_programs(matches))
}

/// End with what is wrong with the arguments, in the reader's language if that is the language.
fn refuse(error: &clap::Error) -> ! {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    if !text(ContextKind::InvalidArg).starts_with("--lang ") {
        error.exit();
    }
    let word = ("word", lang::plain(text(ContextKind::InvalidValue)));
    let tags = Language::ALL.map(Language::tag).join(", ");
    complain(&lang::say_with(
        "error-language",
        &[word, ("tags", tags.into())],
    ));
    std::process::exit(2)
}

/// The names of flags of `step` and their defaults in the program itself.
fn flag_defaults() -> Vec<(String, String)> {
    let command = Cli::command();
    let default = |arg: &clap::Arg| {
        let values = arg.get_default_values().first()?;
        Some((
            arg.get_id().to_string(),
            values.to_string_lossy().into_owned(),
        ))
    };
    command.get_arguments().filter_map(default).collect()
}

fn run(cli: Cli) -> Result<ExitCode> {
    let silent = |command: &Command| {
        matches!(
            command,
            Command::Config(_) | Command::Completions(_) | Command::Man(_)
        )
    };
    if !cli.command.as_ref().is_some_and(silent) {
        warn(config::own().problems.iter().cloned());
    }
    match cli.command.unwrap_or(Command::Step(cli.step)) {
        Command::Step(args) => step::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Record(args) => record::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Check(args) => check::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Tokens(args) => tokens::run(args),
        Command::Train(args) => train::run(args),
        Command::Config(args) => config::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Play(args) => play::run(args),
        Command::Learn(args) => learn::run(&args),
    }
}
