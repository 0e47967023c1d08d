//! The numbers that answers of a sweep are measured by.

use tch::{Kind, Tensor};

use super::super::super::{Result, view};
use super::super::Live;
use crate::trace::grid::Chosen;
use crate::trace::source::SourceError;
use crate::trace::sweep::{Metric, Prompts, Sweep};

/// A metric whose tokens are known.
pub(super) enum Measure {
    Diff {
        answer: u32,
        wrong: u32,
    },
    Prob {
        answer: u32,
    },
    /// With the logarithms of the clean run's probabilities, `[vocab]`.
    Kl(Tensor),
}

impl Measure {
    /// The metric of each row of logits `[row, vocab]`.
    pub fn of(&self, logits: &Tensor) -> Result<Vec<f64>> {
        let logits = logits.f_to_kind(Kind::Double)?;
        let column = |id: u32| logits.f_select(-1, i64::from(id));
        view::to_f64(&match self {
            Measure::Diff { answer, wrong } => column(*answer)?.f_sub(&column(*wrong)?)?,
            Measure::Prob { answer } => {
                log_p(&logits)?.f_select(-1, i64::from(*answer))?.f_exp()?
            }
            Measure::Kl(clean) => {
                let p = clean.f_exp()?;
                let terms = p.f_mul(&clean.f_sub(&log_p(&logits)?)?)?;
                // 0 · log 0 counts as 0, and rounding may leave a tiny number below 0.
                let terms = terms.f_masked_fill(&p.f_eq(0.0)?, 0.0)?;
                terms.f_sum_dim_intlist(-1, false, None)?.f_clamp_min(0.0)?
            }
        })
    }

    /// The ids of its tokens.
    pub fn tokens(&self) -> [Option<u32>; 2] {
        match self {
            Measure::Diff { answer, wrong } => [Some(*answer), Some(*wrong)],
            Measure::Prob { answer } => [Some(*answer), None],
            Measure::Kl(_) => [None, None],
        }
    }
}

/// The logarithms of probabilities. `[…, vocab]`
fn log_p(logits: &Tensor) -> Result<Tensor> {
    Ok(logits.f_log_softmax(-1, None)?)
}

impl Live {
    /// The metric of a sweep; tokens that nobody named are read from the answers of the clean run and of the other.
    pub(super) fn measure(
        &self,
        asked: &Sweep,
        named: [Option<&Chosen>; 2],
        [clean, corrupted]: [Option<&Tensor>; 2],
    ) -> Result<Measure> {
        let id = |chosen: Option<&Chosen>| chosen.map(|chosen| self.id_of(chosen)).transpose();
        let none = || SourceError::Other("there is no answer to measure".into());
        let clean = clean.ok_or_else(none)?.f_reshape([-1])?; // [vocab]
        let (_, best) = clean.f_topk(2.min(clean.numel() as i64), -1, true, true)?;
        let best = view::to_f64(&best)?;
        let first = best.first().map_or(0, |id| *id as u32);
        Ok(match &asked.metric {
            Metric::Kl => Measure::Kl(log_p(&clean.f_to_kind(Kind::Double)?)?),
            Metric::Prob { answer } => Measure::Prob {
                answer: id(named[0].or(answer.as_ref()))?.unwrap_or(first),
            },
            Metric::Diff { answer, wrong } => {
                let answer = id(named[0].or(answer.as_ref()))?.unwrap_or(first);
                let wrong = match (id(named[1].or(wrong.as_ref()))?, corrupted) {
                    (Some(wrong), _) => wrong,
                    (None, Some(other)) => view::to_f64(&other.f_argmax(-1, false)?)?
                        .first()
                        .map_or(0, |id| *id as u32),
                    (None, None) => best.get(1).map_or(0, |id| *id as u32),
                };
                if answer == wrong {
                    let text = self.checkpoint.tokenizer()?.token(answer).text;
                    let how = match asked.prompts {
                        Prompts::Given { .. } => "name two tokens (diff A B), or measure kl",
                        Prompts::File(_) => "write two tokens behind the prompts, or measure kl",
                    };
                    let why = format!(
                        "answer and wrong answer are both {text:?}, so their logits do not differ: {how}"
                    );
                    return Err(SourceError::Slice(why).into());
                }
                Measure::Diff { answer, wrong }
            }
        })
    }
}
