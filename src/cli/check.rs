//! `layerwise check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use color_eyre::Result;
use color_eyre::eyre::{WrapErr, bail, ensure};

use super::diff::{ToleranceArgs, print_table};
use super::model::{self, ModelArgs};
use super::place;
use crate::trace::compare::{Report, compare_sources};
use crate::trace::replay::Replay;
use crate::trace::source::{Choice, Control, Source};

/// Re-run recorded traces and compare every hook point
#[derive(clap::Args)]
pub struct Args {
    /// Recorded traces
    #[arg(required = true, value_name = "FIXTURE")]
    fixtures: Vec<PathBuf>,
    /// Model folder, or ORG/NAME[@REVISION]; not needed for a fixture of the embedded model
    #[arg(long)]
    model: Option<PathBuf>,
    /// Compare with this trace in place of a model's run
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    opts: ModelArgs,
    #[command(flatten)]
    tolerance: ToleranceArgs,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let mut junit = quick_junit::Report::new("layerwise check");
    let mut results = Vec::new();
    let mut failed = false;
    for path in &args.fixtures {
        let report = check(path, &args)?;
        let failure = report.first_failure(true);
        failed |= failure.is_some();
        let name = path.display().to_string();
        junit.add_test_suite(report.junit(&name));
        if args.json {
            results.push(serde_json::json!({
                "fixture": name, "holds": failure.is_none(), "hook_points": report.lines,
            }));
            continue;
        }
        print_table(&report);
        match failure {
            Some(line) => println!("{name}: first difference: {}", line.describe()),
            None => println!("{name}: {} hook points hold", report.lines.len()),
        }
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    }
    if let Some(path) = &args.junit {
        std::fs::write(path, junit.to_string()?)
            .wrap_err_with(|| format!("cannot write {}", path.display()))?;
    }
    Ok(ExitCode::from(u8::from(failed)))
}

fn check(path: &Path, args: &Args) -> Result<Report> {
    let mut fixture = Replay::open(path)?;
    let mut other: Box<dyn Source> = match &args.trace {
        Some(trace) => Box::new(Replay::open(trace)?),
        None => rerun(path, &fixture, args)?,
    };
    let report = compare_sources(&mut fixture, &mut *other, args.tolerance.into())?;
    ensure!(
        !report.lines.is_empty(),
        "{}: no hook point is recorded, so nothing can be checked",
        path.display()
    );
    Ok(report)
}

/// A live engine that has gone the way the fixture went.
fn rerun(path: &Path, fixture: &Replay, args: &Args) -> Result<Box<dyn Source>> {
    let shown = path.display();
    ensure!(
        fixture.is_described(),
        "{shown}: a cache without metadata does not say its prompt; compare it with --trace FILE"
    );
    let prompt = &fixture.meta().prompt;
    let mut source = model::open(
        place::of(args.model.as_deref())?.as_deref(),
        prompt,
        &args.opts,
    )?;
    if args.model.is_none() && source.model().hash != fixture.model().hash {
        let name = &fixture.model().name;
        bail!("{shown} was recorded from {name}, not the embedded model: give --model");
    }
    let ids = |source: &dyn Source| -> Vec<u32> {
        source.passes()[0].tokens.iter().map(|t| t.id).collect()
    };
    let (due, got) = (ids(fixture), ids(&*source));
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
