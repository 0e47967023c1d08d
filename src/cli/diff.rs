//! `layerwise diff`.

use std::io::{self, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use super::trace_summary::commands;
use crate::trace::compare::{ComparisonReport, Line, LineOutcome, Tolerance, compare_sources};
use crate::trace::hook;
use crate::trace::meta::key;
use crate::trace::model_hash::SameModel;
use crate::trace::replay::Replay;
use crate::trace::source::Source;

/// When two values count as the same.
#[derive(clap::Args, Clone, Copy)]
pub struct ToleranceArgs {
    /// Relative tolerance (default by dtype)
    #[arg(long, value_parser = tolerance)]
    rtol: Option<f64>,
    /// Absolute tolerance (default: by dtype, of the tensor's root mean square)
    #[arg(long, value_parser = tolerance)]
    atol: Option<f64>,
}

impl From<ToleranceArgs> for Tolerance {
    fn from(ToleranceArgs { rtol, atol }: ToleranceArgs) -> Tolerance {
        Tolerance { rtol, atol }
    }
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(x) if x >= 0.0 => Ok(x),
        _ => Err("a tolerance is a number of at least 0".into()),
    }
}

/// Compare two traces hook point by hook point
#[derive(clap::Args)]
#[command(after_help = super::examples::DIFF)]
pub struct Args {
    /// The trace that is right
    a: PathBuf,
    /// The trace in question
    b: PathBuf,
    #[command(flatten)]
    tolerance: ToleranceArgs,
    /// Print a line for every hook point, also for those that hold
    #[arg(long)]
    all: bool,
    /// Print the comparison as JSON
    #[arg(long, conflicts_with = "all")]
    json: bool,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let (mut a, mut b) = (Replay::open(&args.a)?, Replay::open(&args.b)?);
    a.doubt_logits(b.model());
    b.doubt_logits(a.model());
    let report = compare_sources(&a, &mut b, args.tolerance.into())?;
    let only_b: Vec<String> = recorded(&b)
        .into_iter()
        .filter(|(pass, name)| !(report.lines.iter()).any(|l| l.pass == *pass && l.name == *name))
        .map(|(pass, name)| key(pass, &name))
        .collect();
    let compared = |l: &&Line| l.outcome != LineOutcome::Missing;
    let n = report.lines.iter().filter(compared).count();
    let failure = report.first_failure(false);
    if args.json {
        let json = serde_json::json!({
            "holds": failure.is_none(), "compared": n, "hook_points": report.lines, "only_in_b": only_b,
            "interventions": [commands(&a), commands(&b)],
        });
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&json)?)?;
    } else {
        let out = &mut stdout().lock();
        for note in strangers(&a, &b) {
            writeln!(out, "note: {note}")?;
        }
        print_table(out, &report, args.all)?;
        for name in &only_b {
            writeln!(out, "{name}: only in {}", args.b.display())?;
        }
        match failure {
            Some(line) => writeln!(out, "first difference: {}", line.describe())?,
            None => writeln!(out, "{n} hook points hold")?,
        }
    }
    if n == 0 {
        color_eyre::eyre::bail!("the two traces have no hook point in common");
    }
    Ok(ExitCode::from(u8::from(failure.is_some())))
}

/// Why two traces may differ without anything being wrong.
fn strangers(a: &Replay, b: &Replay) -> Vec<String> {
    let mut notes = Vec::new();
    let (ours, theirs) = (a.model(), b.model());
    match ours.hash.same(&theirs.hash) {
        SameModel::No => notes.push(format!(
            "the models differ: {} in the first, {} in the second",
            ours.name, theirs.name
        )),
        unknown @ (SameModel::OtherKind | SameModel::NotRead) => {
            notes.push(unknown.describe().into());
        }
        SameModel::Yes | SameModel::SamplesAgree | SameModel::NotSaid => {}
    }
    let ids = |trace: &Replay| -> Vec<u32> {
        let tokens = trace.passes().first().map_or(&[][..], |pass| &pass.tokens);
        tokens.iter().map(|t| t.id).collect()
    };
    let (ours, theirs) = (ids(a), ids(b));
    let (first, second) = (commands(a), commands(b));
    if first != second {
        let told = |side: &[String]| match side {
            [] => "none".to_owned(),
            all => all.join(", "),
        };
        notes.push(format!(
            "interventions differ: {} in the first, {} in the second",
            told(&first),
            told(&second)
        ));
    } else if !first.is_empty() {
        notes.push(format!("interventions changed both: {}", first.join(", ")));
    }
    if a.is_described() && b.is_described() && ours != theirs {
        notes.push(format!(
            "the prompts differ: tokens {ours:?} in the first, {theirs:?} in the second"
        ));
    }
    notes
}

/// Pass and name of every hook point whose values a trace holds.
fn recorded(trace: &Replay) -> Vec<(usize, String)> {
    let passes = trace.passes().iter().enumerate();
    let points = passes.flat_map(|(p, pass)| {
        let named = pass.plan.points().iter().enumerate();
        named.map(move |(i, point)| (p, i, hook::short(&point.name)))
    });
    (points.filter(|&(p, i, _)| trace.has(p, i)))
        .map(|(p, _, name)| (p, name))
        .collect()
}

/// Lines that are shown of those that differ: after the first wrong operation all do.
const SHOWN: usize = 10;

/// A line for each hook point that differs, or for `all`: how it fared, and by how much.
///
/// # Errors
/// Where it cannot be written.
pub fn print_table(out: &mut impl Write, report: &ComparisonReport, all: bool) -> io::Result<()> {
    let holds = |l: &&Line| !l.differs() && l.outcome != LineOutcome::Missing;
    let mut lines: Vec<&Line> = report.lines.iter().collect();
    if !all {
        lines.retain(|line| !holds(line));
    }
    let rest = if all {
        0
    } else {
        lines.len().saturating_sub(SHOWN)
    };
    lines.truncate(lines.len() - rest);
    if lines.is_empty() {
        return Ok(());
    }
    let keys = lines.iter().map(|l| key(l.pass, &l.name).len());
    let width = keys.max().unwrap_or(0);
    writeln!(
        out,
        "    {:width$}  {:>9}  {:>9}  cosine",
        "hook point", "max error", "rel. L2"
    )?;
    for line in lines {
        let name = key(line.pass, &line.name);
        match &line.outcome {
            LineOutcome::Compared(c) => writeln!(
                out,
                "{}  {name:width$}  {:>9}  {:>9}  {:.6}",
                if c.holds { "ok" } else { "NO" },
                error(c.max_abs.0),
                error(c.rel_l2.0),
                c.cosine.0
            ),
            LineOutcome::Missing => writeln!(out, "--  {name:width$}  only in the first"),
            LineOutcome::Shapes { expected, found } => writeln!(
                out,
                "NO  {name:width$}  shape {expected:?} against {found:?}"
            ),
        }?;
    }
    if rest > 0 {
        writeln!(out, "    … and {rest} more that differ: --all shows them")?;
    }
    Ok(())
}

fn error(x: f64) -> String {
    if x == 0.0 {
        "0".into()
    } else {
        format!("{x:.1e}")
    }
}
