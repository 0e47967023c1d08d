//! `layerwise diff`.

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::Result;

use crate::trace::compare::{Line, Outcome, Report, Tolerance, compare_sources};
use crate::trace::format::key;
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
pub struct Args {
    /// The trace that is right
    a: PathBuf,
    /// The trace in question
    b: PathBuf,
    #[command(flatten)]
    tolerance: ToleranceArgs,
    /// Print the comparison as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<ExitCode> {
    let (mut a, mut b) = (Replay::open(&args.a)?, Replay::open(&args.b)?);
    let report = compare_sources(&mut a, &mut b, args.tolerance.into())?;
    let only_b: Vec<String> = recorded(&b)
        .into_iter()
        .filter(|(pass, name)| !(report.lines.iter()).any(|l| l.pass == *pass && l.name == *name))
        .map(|(pass, name)| key(pass, &name))
        .collect();
    let compared = |l: &&Line| l.outcome != Outcome::Missing;
    let n = report.lines.iter().filter(compared).count();
    let failure = report.first_failure(false);
    if args.json {
        let json = serde_json::json!({
            "holds": failure.is_none(), "compared": n, "hook_points": report.lines, "only_in_b": only_b,
        });
        println!("{}", serde_json::to_string_pretty(&json)?);
    } else {
        print_table(&report);
        for name in &only_b {
            println!("{name}: only in {}", args.b.display());
        }
        match failure {
            Some(line) => println!("first difference: {}", line.describe()),
            None => println!("{n} hook points hold"),
        }
    }
    if n == 0 {
        color_eyre::eyre::bail!("the two traces have no hook point in common");
    }
    Ok(ExitCode::from(u8::from(failure.is_some())))
}

/// Pass and name of every hook point whose values a trace holds.
fn recorded(trace: &Replay) -> Vec<(usize, String)> {
    let passes = trace.passes().iter().enumerate();
    let points = passes.flat_map(|(p, pass)| {
        let named = pass.plan.points().iter().enumerate();
        named.map(move |(i, hook)| (p, i, hook.name.clone()))
    });
    (points.filter(|&(p, i, _)| trace.has(p, i)))
        .map(|(p, _, name)| (p, name))
        .collect()
}

/// A line for each hook point: how it fared, and by how much.
pub fn print_table(report: &Report) {
    let keys = report.lines.iter().map(|l| key(l.pass, &l.name).len());
    let width = keys.max().unwrap_or(0);
    println!(
        "    {:width$}  {:>9}  {:>9}  cosine",
        "hook point", "max error", "rel. L2"
    );
    for line in &report.lines {
        let name = key(line.pass, &line.name);
        match &line.outcome {
            Outcome::Compared(c) => println!(
                "{}  {name:width$}  {:>9.1e}  {:>9.1e}  {:.6}",
                if c.holds { "ok" } else { "NO" },
                c.max_abs.0,
                c.rel_l2.0,
                c.cosine.0
            ),
            Outcome::Missing => println!("--  {name:width$}  only in the first"),
            Outcome::Shapes { expected, found } => {
                println!("NO  {name:width$}  shape {expected:?} against {found:?}");
            }
        }
    }
}
