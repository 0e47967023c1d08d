//! `layerwise check`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::{Report as Problem, WrapErr, bail, ensure, eyre};

use super::diff::{ToleranceArgs, print_table};
use super::junit;
use super::model::{self, ModelArgs, Prompt};
use super::output::Output;
use super::resolve_model;
use super::trace_summary::commands;
use crate::engine::EngineError;
use crate::trace::atomic_file;
use crate::trace::intervention::Revision;
use crate::trace::meta::KEY;
use crate::trace::model_hash::SameModel;
use crate::trace::query::Choice;
use crate::trace::replay::Replay;
use crate::trace::source::{Control, Source, SourceError};
use crate::trace::source_ext::SourceExt;
use crate::trace::tensor::Dtype;
use crate::trace::verdict::{self, Checked, Rerun};

/// Re-run recorded traces and compare every hook point
#[derive(clap::Args)]
#[command(after_help = super::examples::CHECK)]
pub struct Args {
    /// Recorded traces
    #[arg(required = true, value_name = "FIXTURE")]
    fixtures: Vec<PathBuf>,
    /// A model's folder or GGUF file, or ORG/NAME[@REVISION][:GGUF]; not needed for a fixture of the embedded model
    #[arg(long)]
    model: Option<PathBuf>,
    /// Compare with this trace in place of a model's run
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    opts: ModelArgs,
    #[command(flatten)]
    tolerance: ToleranceArgs,
    /// Print a line for every hook point, also for those that hold
    #[arg(long)]
    all: bool,
    /// Print the results as JSON
    #[arg(long, conflicts_with = "all")]
    json: bool,
    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let mut suites = quick_junit::Report::new("layerwise check");
    let mut results = Vec::new();
    let mut out = Output::default();
    let (mut failed, mut broken) = (false, false);
    for path in &args.fixtures {
        let name = path.display().to_string();
        let (checked, interventions) = match check(path, &args) {
            Ok(checked) => checked,
            // The other fixtures are still worth knowing about.
            Err(error) => {
                broken = true;
                let error = format!("{error:#}");
                super::complain(&error);
                suites.add_test_suite(junit::unread(&name, &error));
                results.push(serde_json::json!({ "fixture": name, "error": error }));
                continue;
            }
        };
        let failure = checked.report.first_failure(true);
        failed |= failure.is_some();
        suites.add_test_suite(junit::suite(&name, &checked));
        if args.json {
            results.push(serde_json::json!({
                "fixture": name, "holds": failure.is_none(), "hook_points": checked.report.lines,
                "same_model": checked.same_model.known(), "model_compared": checked.same_model.describe(),
                "verdicts": checked.judged, "interventions": interventions,
            }));
            continue;
        }
        for one in &interventions {
            writeln!(out, "{name}: changed by: {one}")?;
        }
        tell(&mut out, &name, &checked, &args)?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&results)?)?;
    }
    if let Some(path) = &args.junit {
        atomic_file::write(path, suites.to_string()?.as_bytes())
            .wrap_err_with(|| format!("cannot write {}", path.display()))?;
    }
    out.end()?;
    Ok(ExitCode::from(match (broken, failed) {
        (true, _) => 2,
        (false, failed) => u8::from(failed),
    }))
}

/// Print the outcome of the fixture called `name`, for people.
fn tell(out: &mut Output, name: &str, checked: &Checked, args: &Args) -> Result<()> {
    writeln!(out, "{name}: {}", checked.same_model.describe())?;
    print_table(out, &checked.report, args.all)?;
    match checked.report.first_failure(true) {
        Some(line) => writeln!(out, "{name}: first difference: {}", line.describe())?,
        None => writeln!(
            out,
            "{name}: {} hook points hold",
            checked.report.lines.len()
        )?,
    }
    for judged in &checked.judged {
        writeln!(out, "{name}: {}: {}", judged.name, judged.describe())?;
    }
    Ok(())
}

/// The outcome of a fixture, and the interventions that changed its run.
fn check(path: &Path, args: &Args) -> Result<(Checked, Vec<String>)> {
    let mut fixture = Replay::open(path)?;
    let mut other: Box<dyn Source> = match &args.trace {
        Some(trace) => {
            let mut trace = Replay::open(trace)?;
            trace.doubt_logits(fixture.model());
            ensure!(
                trace.interventions() == fixture.interventions(),
                "{}: interventions changed the two runs in different ways: [{}] here, [{}] in the other trace; `diff` \
                 compares them",
                path.display(),
                commands(&fixture).join(", "),
                commands(&trace).join(", ")
            );
            fixture.doubt_logits(trace.model());
            Box::new(trace)
        }
        None => rerun(path, &fixture, args, args.opts.dtype)?,
    };
    super::warn_of(&*other);
    let mut again = |dtype| rerun(path, &fixture, args, dtype);
    let again: Option<Rerun<_>> = match args.trace {
        None => Some(&mut again),
        Some(_) => None,
    };
    let checked = verdict::check(&fixture, &mut *other, args.tolerance.into(), again)?;
    ensure!(
        !checked.report.lines.is_empty(),
        "{}: no hook point is recorded, so nothing can be checked",
        path.display()
    );
    Ok((checked, commands(&fixture)))
}

/// A live engine that has gone the way the fixture went.
fn rerun(path: &Path, fixture: &Replay, args: &Args, dtype: Dtype) -> Result<Box<dyn Source>> {
    let shown = path.display();
    ensure!(
        fixture.is_described(),
        "{shown}: a cache without metadata does not say its prompt; compare it with --trace FILE"
    );
    let prompt = &fixture.meta().prompt;
    let opts = args.opts.in_dtype(dtype);
    let model = resolve_model::if_named(args.model.as_deref())?;
    let open = |prompt| model::open(model.as_deref(), prompt, &opts);
    let mut source = open(Prompt::Text(prompt)).map_err(|error| {
        if says_nothing(&error) {
            nothing_to_run(path)
        } else {
            error
        }
    })?;
    let mut same = || source.same_model(&fixture.model().hash, &Control::default());
    if args.model.is_none() && !matches!(same()?, SameModel::Yes | SameModel::SamplesAgree) {
        let name = &fixture.model().name;
        bail!("{shown} was recorded from {name}, not the embedded model: give --model");
    }
    let ids = |source: &dyn Source| -> Vec<u32> {
        source.passes()[0].tokens.iter().map(|t| t.id).collect()
    };
    let due = ids(fixture);
    if ids(&*source) != due {
        // A chat is recorded as its template's output, which has its special tokens.
        source = open(Prompt::Rendered(prompt))?;
    }
    let got = ids(&*source);
    if due != got && prompt.is_empty() {
        return Err(nothing_to_run(path));
    }
    ensure!(
        due == got,
        "{shown}: the tokenizer differs: the prompt was recorded as tokens {due:?}, now it is {got:?}"
    );
    for (before, pass) in fixture.passes().iter().skip(1).enumerate() {
        let token = Choice::Token(pass.tokens[pass.start].id);
        source.next(before, &token, &Control::default())?;
    }
    for one in fixture.interventions() {
        let revision = Revision::Put(one.clone());
        source.intervene(revision, &Control::default())?;
    }
    Ok(source)
}

/// Whether the model could not be opened because its prompt has no tokens.
fn says_nothing(error: &Problem) -> bool {
    matches!(
        error.downcast_ref(),
        Some(EngineError::Source(SourceError::EmptyPrompt))
    )
}

fn nothing_to_run(path: &Path) -> Problem {
    eyre!(
        "{}: metadata `{KEY}`: field `prompt` is missing or has no tokens, so there is nothing to run; \
         compare it with --trace FILE",
        path.display()
    )
}
