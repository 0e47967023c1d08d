//! The fidelity of lenses: how near they come to the answer at the end of the pass.

use std::ops::Range;

use tch::{Kind, Tensor};

use super::super::Result;
use super::Live;
use super::grid::rows_at_once;
use crate::trace::fidelity::{Agreement, Fidelity, PointFidelity};
use crate::trace::source::{Control, Progress, SourceError, Work};

/// The answers of several rows.
struct Answers {
    log_p: Tensor, // [row, vocab]
    top: Tensor,   // [row]
}

/// The sums of the numbers of an [`Agreement`] over rows.
#[derive(Default)]
struct Sums {
    kl: f64,
    same_top: f64,
}

impl Sums {
    fn add(&mut self, answers: &Answers, logits: &Tensor) -> Result<()> {
        let Answers { log_p, top } = Answers::of(logits)?;
        // A token that the answer rules out adds nothing, whatever the lens says of it.
        let p = answers.log_p.f_exp()?;
        let terms = p.f_mul(&answers.log_p.f_sub(&log_p)?)?;
        let terms = terms.f_masked_fill(&p.f_eq(0.0)?, 0.0)?;
        self.kl += terms.f_sum(Kind::Double)?.f_double_value(&[])?;
        let same = top.f_eq_tensor(&answers.top)?;
        self.same_top += same.f_sum(Kind::Int64)?.f_double_value(&[])?;
        Ok(())
    }

    fn over(&self, rows: usize) -> Agreement {
        let rows = rows.max(1) as f64;
        Agreement {
            // Rounding may take equal distributions below 0.
            kl: (self.kl / rows).max(0.0),
            same_top: self.same_top / rows,
        }
    }
}

impl Answers {
    fn of(logits: &Tensor) -> Result<Answers> {
        let kind = match logits.kind() {
            Kind::Double => Kind::Double,
            _ => Kind::Float,
        };
        Ok(Answers {
            log_p: logits.f_log_softmax(-1, kind)?,
            top: logits.f_argmax(-1, false)?,
        })
    }
}

impl Live {
    /// The distance of the lens in use and of the logit lens to the answers of rows of a pass.
    pub(super) fn fidelity(
        &mut self,
        pass: usize,
        (names, points): (&[String], &[usize]),
        rows: Option<Range<usize>>,
        control: &Control,
    ) -> Result<Fidelity> {
        let plan = self.plan(pass)?;
        let tokens = self.runs[pass].context.tokens as usize;
        let rows = rows.unwrap_or(0..tokens);
        if rows.start > rows.end || rows.end > tokens {
            let why = format!("rows {} to {} of {tokens} tokens", rows.start, rows.end);
            return Err(SourceError::Slice(why).into());
        }
        // Cancelled as `control` is; progress here is points, not layers.
        let running = Control {
            progress: None,
            ..control.clone()
        };
        let end = plan.len() - 1;
        let mut sums: Vec<[Sums; 2]> = points.iter().map(|_| Default::default()).collect();
        let at_once = rows_at_once(self.info.d_vocab);
        for start in rows.clone().step_by(at_once) {
            let part = start..rows.end.min(start + at_once);
            let answers = Answers::of(&self.logits_at(pass, end, part.clone(), &running)?.0)?;
            for (done, (&point, sums)) in points.iter().zip(&mut sums).enumerate() {
                control.check(Progress {
                    at: Work::Layer(self.graph.node(self.node(point)?).layer),
                    done,
                    total: points.len(),
                })?;
                let (plain, mapped) = self.logits_at(pass, point, part.clone(), &running)?;
                sums[0].add(&answers, &plain)?;
                if let Some(mapped) = mapped {
                    sums[1].add(&answers, &mapped)?;
                }
            }
        }
        let mut found = Vec::new();
        for ((name, &point), [plain, mapped]) in names.iter().zip(points).zip(&sums) {
            let has = self.lens_name(pass, point)?.is_some();
            found.push(PointFidelity {
                point: name.clone(),
                lens: has.then(|| mapped.over(rows.len())),
                logit_lens: plain.over(rows.len()),
            });
        }
        Ok(Fidelity {
            lens: self.info.lens.as_ref().map(ToString::to_string),
            points: found,
        })
    }

    /// Logits `[row, vocab]` of rows by the logit lens, and by the lens in use where it has a map.
    fn logits_at(
        &mut self,
        pass: usize,
        point: usize,
        rows: Range<usize>,
        control: &Control,
    ) -> Result<(Tensor, Option<Tensor>)> {
        if self.changes_unembedding(pass) {
            let at = (pass, point);
            let plain = self.changed_logits(at, rows.clone(), false, control)?;
            let mapped = match self.lens_name(pass, point)? {
                Some(_) => Some(self.changed_logits(at, rows, true, control)?),
                None => None,
            };
            return Ok((plain, mapped));
        }
        let resid = self.resid((pass, point), rows, control)?; // [row, d_model]
        let plain = self.unembed(&resid)?;
        let mapped = match self.lens_name(pass, point)? {
            Some(_) => {
                let mapped = self.through(pass, point, resid)?;
                Some(self.unembed(&mapped)?)
            }
            None => None,
        };
        Ok((plain, mapped))
    }
}
