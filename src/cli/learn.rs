//! `layerwise learn`: lessons on the demo model.

use std::io::{Write, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use color_eyre::Result;
use color_eyre::eyre::{Report, eyre};

use super::batch::BatchArgs;
use super::examples;
use super::output::Output;
use super::show::{exit_code, has_screen};
use crate::checkpoint::Checkpoint;
use crate::engine::{self, Options};
use crate::lang::{say, say_with};
use crate::learn::lessons::{LESSONS, named};
use crate::learn::progress::{self, Progress};
use crate::learn::room::{self, Reply, Room, WORDS};
use crate::learn::{Files, Model, glossary, recordings};
use crate::play::{matrix, perceptron, playground};
use crate::session::command;
use crate::trace::source::Source;
use crate::tui;

/// Learn what a language model does, in fifteen lessons on the demo model
///
/// Each lesson is a page of text beside something live, with a task that is checked. It opens at the first lesson
/// that is not done. --batch alone walks all lessons and checks that each can be solved.
#[derive(clap::Args)]
#[command(after_help = examples::LEARN)]
pub struct Args {
    /// A lesson's number, or its name
    lesson: Option<String>,
    /// Print a numbered line for each lesson; ✓ marks those that are done
    #[arg(long, conflicts_with_all = ["reset", "glossary"])]
    list: bool,
    /// Forget which lessons are done
    #[arg(long, conflicts_with = "glossary")]
    reset: bool,
    /// Explain a term, such as logit; all of them without one
    #[arg(long, value_name = "TERM", num_args = 0..=1, default_missing_value = "")]
    glossary: Option<String>,
    #[command(flatten)]
    batch: BatchArgs,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    if let Some(term) = &args.glossary {
        writeln!(
            stdout(),
            "{}",
            glossary::explained(term).map_err(Report::msg)?
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut progress = Progress::open(progress::place());
    if args.reset {
        progress.reset().map_err(Report::msg)?;
        writeln!(stdout(), "{}", say("learn-reset"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.list {
        writeln!(
            stdout(),
            "{}",
            room::list(|lesson| progress.is_done(lesson))
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let at = match &args.lesson {
        Some(word) => {
            let last = LESSONS.len().into();
            let unknown = || {
                say_with(
                    "learn-no-lesson",
                    &[("word", word.as_str().into()), ("last", last)],
                )
            };
            named(word).ok_or_else(|| Report::msg(unknown()))?
        }
        None => progress.next(),
    };
    let model = model()?;
    if args.batch.wanted() && args.batch.commands().is_empty() {
        let lessons = match args.lesson {
            Some(_) => at..at + 1,
            None => 0..LESSONS.len(),
        };
        return walk(&model, lessons, args.batch.json());
    }
    if args.batch.wanted() {
        let mut room = Room::enter(model, at, None).map_err(Report::msg)?;
        let mut kept = Ok(());
        let run = |line: &str| {
            let said = room.run(line)?;
            if room.is_solved() {
                kept = progress.finish(room.lesson());
            }
            Ok(said)
        };
        let code = args.batch.run_lines(is_command, run, Reply::text)?;
        super::warn(kept.err());
        return Ok(code);
    }
    if has_screen() {
        let theme = super::play::theme();
        return Ok(exit_code(tui::learn::run(theme, model, progress, at)?));
    }
    let room = Room::enter(model, at, None).map_err(Report::msg)?;
    writeln!(stdout(), "{}", room.page().text())?;
    Ok(ExitCode::SUCCESS)
}

/// Whether a word begins a line of a lesson, rather than naming a file of lines.
fn is_command(word: &str) -> bool {
    WORDS.contains(&word)
        || command::find(word).is_some()
        || matrix::command::COMMANDS.has(word)
        || perceptron::command::COMMANDS.has(word)
        || playground::command::is_command(word)
}

/// Walk lessons. Exit code 1 where one cannot be solved, or a wrong answer passes for a right one.
fn walk(model: &Model, lessons: std::ops::Range<usize>, json: bool) -> Result<ExitCode> {
    let mut out = Output::default();
    let mut all = true;
    for at in lessons {
        let walked = room::walk(model, at).map_err(|why| eyre!("{}: {why}", LESSONS[at].name))?;
        all &= walked.solved && walked.wrong_told;
        if json {
            writeln!(out, "{}", serde_json::to_string(&walked)?)?;
        } else {
            let mark = |yes| if yes { "✓" } else { "✗" };
            let told = say_with(
                "learn-walk-wrong",
                &[("mark", mark(walked.wrong_told).into())],
            );
            let solved = say_with("learn-walk-solved", &[("mark", mark(walked.solved).into())]);
            let title = room::title(&LESSONS[at]);
            writeln!(out, "{:>2} {title}: {told} {solved}", walked.number)?;
        }
    }
    out.end()?;
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The demo model, live where there is an engine and recorded where there is none.
fn model() -> Result<Model> {
    let checkpoint = Checkpoint::embedded()?;
    let files = Files {
        parameters: checkpoint
            .layer_sizes()
            .iter()
            .map(|layer| layer.parameters as u64)
            .sum(),
        weights_bytes: Checkpoint::embedded_bytes().0,
        tokenizer_bytes: Checkpoint::embedded_bytes().1,
    };
    let open: crate::learn::Open = if engine::AVAILABLE {
        Arc::new(|prompt| live(prompt).map_err(|report| format!("{report:#}")))
    } else {
        Arc::new(recordings::open)
    };
    Ok(Model {
        open,
        recorded: !engine::AVAILABLE,
        files,
    })
}

fn live(prompt: &str) -> Result<Box<dyn Source>> {
    Ok(engine::open(
        Checkpoint::embedded()?,
        prompt,
        &Options::default(),
    )?)
}
