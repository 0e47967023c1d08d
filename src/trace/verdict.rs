//! The verdict on a fixture: a run holds, differs by noise, or diverges.
//!
//! The run is compared hook point by hook point. If something differs, the model runs twice more: in the fixture's
//! dtype, for the noise of that dtype on this machine, and in float64, from which both sides are measured.

use serde::Serialize;

use super::compare::{Comparison, ComparisonReport, Line, LineOutcome, Tolerance, compare_sources};
use super::meta::key;
use super::model_hash::{ModelHash, SameModel};
use super::noise::{Noise, measure};
use super::number::Number;
use super::replay::Replay;
use super::source::{Control, Source, SourceError};
use super::source_ext::SourceExt;
use super::tensor::Dtype;

/// The verdict in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every hook point holds within the tolerance.
    Same,
    /// Hook points differ, by no more than rounding explains.
    Noise,
    /// A hook point differs by more than rounding explains.
    Divergence,
    /// Hook points differ or are missing, and no model ran to judge that.
    Unjudged,
}

/// A fixture compared with a run.
#[derive(Clone, Debug)]
pub struct Checked {
    pub report: ComparisonReport,
    /// Whether the fixture was recorded from this model.
    pub same_model: SameModel,
    /// The first difference, and the first divergence if that is another hook point.
    pub judged: Vec<Judged>,
}

/// The kind of the difference at one hook point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    pub name: String,
    /// Whether it is within the tolerance.
    pub holds: bool,
    #[serde(flatten)]
    pub noise: Noise,
    /// The run's own distance, if it ran in another dtype than was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

/// How far a run's values lie from float64.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Found {
    pub dtype: Dtype,
    pub distance: Number,
}

impl Checked {
    pub fn verdict(&self) -> Verdict {
        let judged = |line: &Line| line.outcome != LineOutcome::Missing;
        match self.report.first_failure(true) {
            None => Verdict::Same,
            Some(_) if self.judged.iter().any(|judged| judged.noise.real) => Verdict::Divergence,
            Some(line) if !self.judged.is_empty() && judged(line) => Verdict::Noise,
            Some(_) => Verdict::Unjudged,
        }
    }
}

impl Judged {
    /// The verdict on this hook point in one line.
    pub fn describe(&self) -> String {
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

/// Opens the model that a fixture was recorded from, on its tokens, in this dtype.
pub type Rerun<'a, E> = &'a mut dyn FnMut(Dtype) -> Result<Box<dyn Source>, E>;

/// Compare a fixture with a run, and judge what differs; without `rerun` nothing is judged.
///
/// # Errors
/// A source cannot answer, or the model cannot be run again.
pub fn check<E: From<SourceError>>(
    fixture: &Replay,
    found: &mut dyn Source,
    tolerance: Tolerance,
    rerun: Option<Rerun<E>>,
) -> Result<Checked, E> {
    let hash = &fixture.model().hash;
    if let ModelHash::Whole(_) = hash {
        found.start_hash()?;
    }
    let report = compare_sources(fixture, found, tolerance)?;
    let judged = match rerun {
        Some(rerun) if report.lines.iter().any(Line::differs) => {
            let mut ours = rerun(fixture.model().dtype)?;
            let mut truth = rerun(Dtype::F64)?;
            judge(fixture, found, &report, &mut *ours, &mut *truth)?
        }
        _ => Vec::new(),
    };
    let same_model = if report.lines.is_empty() {
        SameModel::NotSaid
    } else {
        found.same_model(hash, &Control::default())?
    };
    Ok(Checked {
        report,
        same_model,
        judged,
    })
}

/// Judge the first difference and, if that is noise, the first that is not. `ours` is the model in the fixture's
/// dtype, `truth` in float64. A divergence is looked for in hook points that hold too: a tolerance that fits every
/// hook point is wide for most, and a divergence that begins inside it may leave it layers later.
///
/// # Errors
/// A source cannot answer.
pub fn judge(
    fixture: &Replay,
    found: &mut dyn Source,
    report: &ComparisonReport,
    ours: &mut dyn Source,
    truth: &mut dyn Source,
) -> Result<Vec<Judged>, SourceError> {
    let dtype = fixture.model().dtype;
    let control = Control::default();
    let mut judged = Vec::new();
    let (mut real, mut first) = (false, false);
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
            &fixture.host(line.pass, due)?,
            &ours.tensor(line.pass, at)?,
            &truth.tensor(line.pass, at)?,
            dtype,
        );
        if noise.real && !real || !holds && !first {
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
            judged.push(Judged {
                found: other,
                holds,
                name: key(line.pass, &line.name),
                noise,
            });
        }
        // The first difference is judged too, wherever the divergence begins.
        real |= noise.real;
        first |= !holds;
        if real && first {
            break;
        }
    }
    Ok(judged)
}
