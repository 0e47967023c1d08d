//! Comparing recorded activations, hook point by hook point.
//!
//! An element is equal if `|found - expected| <= atol + rtol * |expected|`. Sums in another order (another
//! BLAS, threads, hardware) move every element by a small part of the tensor's own scale, even small
//! elements. The default `atol` is therefore a fraction of the expected tensor's root mean square. A wrong
//! operation moves values by about that whole scale, which is 20 times the loosest default or more.

use std::ops::Range;

use serde::Serialize;

use super::hook;
use super::host::BLOCK;
use super::number::Number;
use super::plan::Axis;
use super::replay::Replay;
use super::source::{Control, Pass, Source, SourceError};
use super::source_ext::SourceExt;
use super::tensor::{Dtype, HostTensor, Pick, Slice, index};

/// Tolerances that the user gave instead of the defaults.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tolerance {
    pub rtol: Option<f64>,
    /// The absolute tolerance. The default is relative to the expected tensor's root mean square.
    pub atol: Option<f64>,
}

/// The default of the relative tolerance, both of elements and of the tensor's scale.
pub fn default_tolerance(dtype: Dtype) -> f64 {
    match dtype {
        Dtype::F64 => 1e-9,
        Dtype::F32 => 1e-4,
        Dtype::F16 => 1e-2,
        Dtype::BF16 => 5e-2,
    }
}

/// The difference of two tensors of one shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    pub holds: bool,
    /// The index of the element furthest outside the tolerance, or nearest to its edge.
    pub worst: Vec<usize>,
    /// The expected tensor's element at this index.
    pub expected: Number,
    pub found: Number,
    pub max_abs: Number,
    /// The norm of the difference divided by the norm of the expected tensor, without masked places. It is
    /// infinite, and the cosine NaN, if one side has a NaN or an infinity that the other does not have.
    pub rel_l2: Number,
    pub cosine: Number,
}

/// The result of one hook point.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum LineOutcome {
    Compared(Comparison),
    /// The other side does not have these values.
    Missing,
    Shapes {
        expected: Vec<usize>,
        found: Vec<usize>,
    },
}

/// One hook point of a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub pass: usize,
    /// The name as people read it.
    pub name: String,
    #[serde(flatten)]
    pub outcome: LineOutcome,
}

impl Line {
    /// Whether values differ or cannot be compared.
    pub fn differs(&self) -> bool {
        match &self.outcome {
            LineOutcome::Compared(c) => !c.holds,
            LineOutcome::Missing => false,
            LineOutcome::Shapes { .. } => true,
        }
    }

    /// The name and the difference, in one line.
    pub fn describe(&self) -> String {
        let name = match self.pass {
            0 => self.name.clone(),
            n => format!("pass {n} {}", self.name),
        };
        match &self.outcome {
            LineOutcome::Missing => format!("{name}: the other side has no such values"),
            LineOutcome::Shapes { expected, found } => {
                format!("{name}: expected shape {expected:?}, found {found:?}")
            }
            LineOutcome::Compared(c) => format!(
                "{name}{:?}: expected {}, found {} (relative L2 error {:.1e}, cosine {:.6})",
                c.worst, c.expected.0, c.found.0, c.rel_l2.0, c.cosine.0
            ),
        }
    }
}

/// The comparison of a fixture with another source, in plan order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ComparisonReport {
    pub lines: Vec<Line>,
}

impl ComparisonReport {
    /// The first hook point that fails. Values that the other side lacks count as a failure if `missing`.
    pub fn first_failure(&self, missing: bool) -> Option<&Line> {
        (self.lines.iter()).find(|l| l.differs() || missing && l.outcome == LineOutcome::Missing)
    }
}

/// Compare two tensors of one shape, a block at a time. NaN equals NaN, and an infinity equals itself; any
/// other pair that is not finite differs. The default tolerance is that of the least precise dtype among the
/// two and `computed_in`, the dtype of the model they come from.
pub fn compare(
    expected: &HostTensor,
    found: &HostTensor,
    computed_in: Dtype,
    tolerance: Tolerance,
) -> Comparison {
    let dtypes = [expected.dtype, found.dtype, computed_in];
    let default = dtypes
        .map(default_tolerance)
        .into_iter()
        .fold(0.0, f64::max);
    let summary = expected.summary();
    let finite = summary.count - summary.nan - summary.inf;
    let rms = match finite {
        0 => 0.0,
        n => summary.l2 / (n as f64).sqrt(),
    };
    let rtol = tolerance.rtol.unwrap_or(default);
    let atol = tolerance.atol.unwrap_or(default * rms);

    let (mut worst, mut at, mut max_abs) = (-1.0, 0, 0.0f64);
    let (mut dot, mut ee, mut ff, mut dd) = (0.0, 0.0, 0.0, 0.0);
    let (mut value_e, mut value_f) = (f64::NAN, f64::NAN);
    let mut holds = true;
    let mut buffer = vec![0.0; BLOCK];
    expected.for_each_block(|start, block| {
        let other = &mut buffer[..block.len()];
        found.read(start, other);
        for (i, (&e, &f)) in block.iter().zip(other.iter()).enumerate() {
            // The difference in multiples of the tolerance.
            let excess = if e == f || e.is_nan() && f.is_nan() {
                0.0
            } else if !e.is_finite() || !f.is_finite() {
                max_abs = f64::INFINITY;
                f64::INFINITY
            } else {
                let d = (e - f).abs();
                max_abs = max_abs.max(d);
                d / (atol + rtol * e.abs())
            };
            if e.is_finite() && f.is_finite() {
                dot += e * f;
                ee += e * e;
                ff += f * f;
                dd += (e - f) * (e - f);
            }
            holds &= excess <= 1.0;
            if excess > worst {
                (worst, at, value_e, value_f) = (excess, start + i, e, f);
            }
        }
    });
    let ratio = |a: f64, b: f64, empty: f64| if a == 0.0 && b == 0.0 { empty } else { a / b };
    Comparison {
        holds,
        worst: index(at, &expected.shape),
        expected: Number(value_e),
        found: Number(value_f),
        max_abs: Number(max_abs),
        rel_l2: Number(if max_abs.is_finite() {
            ratio(dd.sqrt(), ee.sqrt(), 0.0)
        } else {
            f64::INFINITY
        }),
        cosine: Number(if max_abs.is_finite() {
            ratio(dot, ee.sqrt() * ff.sqrt(), 1.0)
        } else {
            f64::NAN
        }),
    }
}

/// The rows that two passes share, if one of them begins after tokens that were not recorded.
fn common_rows<'a>(
    sides: [HostTensor<'a>; 2],
    axes: &[Axis],
    spans: &[Option<Range<usize>>; 2],
) -> [HostTensor<'a>; 2] {
    let [Some(a), Some(b)] = spans else {
        return sides;
    };
    let common = a.start.max(b.start)..a.end.min(b.end);
    if a.start == b.start || common.is_empty() {
        return sides;
    }
    let cut = |side: &HostTensor, span: &Range<usize>| {
        let picks = axes.iter().zip(&side.shape).map(|(axis, &n)| {
            Pick::Span(match axis {
                Axis::Token | Axis::Query => common.start - span.start..common.end - span.start,
                Axis::Key => 0..common.end.min(n),
                _ => 0..n,
            })
        });
        let values = side.values(axes, &Slice(picks.collect())).ok()?;
        Some(HostTensor::new(side.dtype, values.shape, values.data))
    };
    match (cut(&sides[0], a), cut(&sides[1], b)) {
        (Some(a), Some(b)) => [a, b],
        _ => sides,
    }
}

/// Compare every recorded hook point of `fixture` with the one of the same name in `other`.
pub fn compare_sources(
    fixture: &Replay,
    other: &mut dyn Source,
    tolerance: Tolerance,
) -> Result<ComparisonReport, SourceError> {
    let mut report = ComparisonReport::default();
    let dtypes = [fixture.model().dtype, other.model().dtype];
    let loosest = |a: &Dtype, b: &Dtype| default_tolerance(*a).total_cmp(&default_tolerance(*b));
    let computed_in = dtypes.into_iter().max_by(loosest).unwrap_or(Dtype::F32);
    let control = Control::default();
    for pass in 0..fixture.passes().len() {
        let plan = fixture.passes()[pass].plan.clone();
        let others = other.passes().get(pass).map(|p| p.plan.clone());
        let span = |passes: &[Pass]| passes.get(pass).map(|p| p.start..p.tokens.len());
        let spans = [span(fixture.passes()), span(other.passes())];
        for (point, of) in plan.points().iter().enumerate() {
            if !fixture.has(pass, point) {
                continue;
            }
            let at = others.as_ref().and_then(|plan| plan.position(&of.name));
            let outcome = match at {
                None => LineOutcome::Missing,
                Some(at) => {
                    other.run_to(pass, at, &control)?;
                    match other.tensor(pass, at) {
                        Err(SourceError::NotRecorded(_)) => LineOutcome::Missing,
                        Err(e) => return Err(e),
                        Ok(found) => {
                            let expected = fixture.host(pass, point)?;
                            let [expected, found] =
                                common_rows([expected, found], &of.axes, &spans);
                            if expected.shape != found.shape {
                                report.lines.push(Line {
                                    pass,
                                    name: hook::short(&of.name),
                                    outcome: LineOutcome::Shapes {
                                        expected: expected.shape,
                                        found: found.shape,
                                    },
                                });
                                continue;
                            }
                            LineOutcome::Compared(compare(
                                &expected,
                                &found,
                                computed_in,
                                tolerance,
                            ))
                        }
                    }
                }
            };
            report.lines.push(Line {
                pass,
                name: hook::short(&of.name),
                outcome,
            });
        }
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(e: &[f64], f: &[f64]) -> Comparison {
        let t = |x: &[f64]| HostTensor::new(Dtype::F32, vec![1, x.len()], x.iter().copied());
        compare(&t(e), &t(f), Dtype::F32, Tolerance::default())
    }

    #[test]
    fn the_worst_element_is_named_and_masks_hold() {
        let inf = f64::NEG_INFINITY;
        let c = pair(&[1.0, inf, f64::NAN, 1e-9], &[1.00001, inf, f64::NAN, 2e-6]);
        assert!(c.holds, "{c:?}");
        let c = pair(&[1.0, 2.0, 3.0], &[1.0, 2.5, 3.0]);
        assert_eq!((c.holds, c.worst.as_slice()), (false, &[0, 1][..]));
        assert_eq!((c.expected.0, c.found.0, c.max_abs.0), (2.0, 2.5, 0.5));
        assert!((c.rel_l2.0 - 0.5 / 14f64.sqrt()).abs() < 1e-12);
        for f in [f64::NAN, f64::INFINITY, 1.0] {
            let c = pair(&[0.0, inf], &[0.0, f]);
            assert!(
                !c.holds && c.rel_l2.0.is_infinite() && c.cosine.0.is_nan(),
                "{f}"
            );
        }
        assert!(!pair(&[0.0], &[1e-30]).holds);
        assert!(pair(&[0.0], &[0.0]).holds);
    }
}
