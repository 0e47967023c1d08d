//! `layerwise check`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::{Report as Problem, WrapErr, bail, ensure, eyre};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::diff::{ToleranceArgs, print_table};
use super::model::{self, ModelArgs, Prompt};
use super::output::Output;
use super::resolve_model;
use crate::engine::EngineError;
use crate::trace::atomic_file;
use crate::trace::compare::{Comparison, ComparisonReport, Line, LineOutcome, compare_sources};
use crate::trace::meta::{KEY, key};
use crate::trace::model_hash::{ModelHash, SameModel};
use crate::trace::noise::{Noise, measure};
use crate::trace::number::Number;
use crate::trace::query::Choice;
use crate::trace::replay::Replay;
use crate::trace::source::{Control, Source, SourceError};
use crate::trace::source_ext::SourceExt;
use crate::trace::tensor::Dtype;

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
    let mut junit = quick_junit::Report::new("layerwise check");
    let mut results = Vec::new();
    let mut out = Output::default();
    let (mut failed, mut broken) = (false, false);
    for path in &args.fixtures {
        let name = path.display().to_string();
        let checked = match check(path, &args) {
            Ok(checked) => checked,
            // The other fixtures are still worth knowing about.
            Err(error) => {
                broken = true;
                let error = format!("{error:#}");
                super::complain(&error);
                junit.add_test_suite(unread(&name, &error));
                results.push(serde_json::json!({ "fixture": name, "error": error }));
                continue;
            }
        };
        let failure = checked.report.first_failure(true);
        failed |= failure.is_some();
        let mut suite = checked.report.junit(&name);
        suite.add_property(("model_compared", checked.same_model.describe()));
        junit.add_test_suite(suite);
        if args.json {
            results.push(serde_json::json!({
                "fixture": name, "holds": failure.is_none(), "hook_points": checked.report.lines,
                "same_model": checked.same_model.known(), "model_compared": checked.same_model.describe(),
                "verdicts": checked.verdicts,
            }));
            continue;
        }
        tell(&mut out, &name, &checked, &args)?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&results)?)?;
    }
    if let Some(path) = &args.junit {
        atomic_file::write(path, junit.to_string()?.as_bytes())
            .wrap_err_with(|| format!("cannot write {}", path.display()))?;
    }
    out.end()?;
    Ok(ExitCode::from(match (broken, failed) {
        (true, _) => 2,
        (false, failed) => u8::from(failed),
    }))
}

/// What became of the fixture called `name`, for people.
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
    for verdict in &checked.verdicts {
        let (point, verdict) = (&verdict.name, verdict.describe());
        writeln!(out, "{name}: {point}: {verdict}")?;
    }
    Ok(())
}

/// The suite of a fixture that could not be run.
fn unread(name: &str, error: &str) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(error);
    let mut case = TestCase::new("fixture", status);
    case.set_classname(name);
    let mut suite = TestSuite::new(name);
    suite.add_test_case(case);
    suite
}

/// What became of one fixture.
struct Checked {
    report: ComparisonReport,
    /// Whether it was recorded from this model.
    same_model: SameModel,
    verdicts: Vec<Verdict>,
}

/// What a difference at one hook point is.
#[derive(Serialize)]
struct Verdict {
    name: String,
    /// Whether it is no difference within the tolerance.
    holds: bool,
    #[serde(flatten)]
    noise: Noise,
    /// Where the model ran in another dtype than was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Found>,
}

/// How far this run's values lie from float64.
#[derive(Serialize)]
struct Found {
    dtype: Dtype,
    distance: Number,
}

impl Verdict {
    fn describe(&self) -> String {
        let mut noise = self.noise.describe();
        if self.holds {
            noise += ", inside the tolerance";
        }
        match &self.found {
            None => noise,
            Some(Found { dtype, distance }) => {
                format!(
                    "{noise}; this run's, in {dtype}, lies {:.1e} from it",
                    distance.0
                )
            }
        }
    }
}

fn check(path: &Path, args: &Args) -> Result<Checked> {
    let mut fixture = Replay::open(path)?;
    let mut other: Box<dyn Source> = match &args.trace {
        Some(trace) => {
            let mut trace = Replay::open(trace)?;
            trace.doubt_logits(fixture.model());
            fixture.doubt_logits(trace.model());
            Box::new(trace)
        }
        None => rerun(path, &fixture, args, args.opts.dtype)?,
    };
    super::warn_of(&*other);
    if let ModelHash::Whole(_) = fixture.model().hash {
        other.start_hash()?;
    }
    let report = compare_sources(&mut fixture, &mut *other, args.tolerance.into())?;
    ensure!(
        !report.lines.is_empty(),
        "{}: no hook point is recorded, so nothing can be checked",
        path.display()
    );
    let verdicts = match (&args.trace, report.lines.iter().any(Line::differs)) {
        (None, true) => judge(path, &mut fixture, &mut *other, &report, args)?,
        _ => Vec::new(),
    };
    let hash = fixture.model().hash.clone();
    Ok(Checked {
        report,
        same_model: other.same_model(&hash, &Control::default())?,
        verdicts,
    })
}

/// What the first difference is and, where it is noise, also the first that is not: the model runs
/// again in float64, and in the fixture's dtype for the noise that this dtype has here. A divergence is
/// looked for in what holds too: a tolerance that fits every hook point is wide for most, and what begins
/// inside it may leave it layers later.
fn judge(
    path: &Path,
    fixture: &mut Replay,
    found: &mut dyn Source,
    report: &ComparisonReport,
    args: &Args,
) -> Result<Vec<Verdict>> {
    let dtype = fixture.model().dtype;
    let mut ours = rerun(path, fixture, args, dtype)?;
    let mut truth = rerun(path, fixture, args, Dtype::F64)?;
    let control = Control::default();
    let mut verdicts = Vec::new();
    let (mut real, mut judged) = (false, false);
    for line in &report.lines {
        let LineOutcome::Compared(Comparison { holds, max_abs, .. }) = line.outcome else {
            continue;
        };
        if holds && (real || max_abs.0 == 0.0) {
            continue;
        }
        let find = |source: &dyn Source| source.passes()[line.pass].plan.find(&line.name);
        let (Some(due), Some(at)) = (find(fixture), find(&*truth)) else {
            continue;
        };
        ours.run_to(line.pass, at, &control)?;
        truth.run_to(line.pass, at, &control)?;
        let noise = measure(
            &fixture.tensor(line.pass, due)?,
            &ours.tensor(line.pass, at)?,
            &truth.tensor(line.pass, at)?,
            dtype,
        );
        if noise.real && !real || !holds && !judged {
            let run_in = found.model().dtype;
            let other = if run_in == dtype {
                None
            } else {
                found.run_to(line.pass, at, &control)?;
                let theirs = found.tensor(line.pass, at)?;
                let truth = truth.tensor(line.pass, at)?;
                let distance = measure(&theirs, &theirs, &truth, run_in).expected;
                Some(Found {
                    dtype: run_in,
                    distance,
                })
            };
            verdicts.push(Verdict {
                found: other,
                holds,
                name: key(line.pass, &line.name),
                noise,
            });
        }
        // The first difference is judged too, wherever the divergence begins.
        real |= noise.real;
        judged |= !holds;
        if real && judged {
            break;
        }
    }
    Ok(verdicts)
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
