//! The answer before and after the interventions.

use tch::{Kind, Tensor};

use super::super::{Result, view};
use super::Live;
use crate::trace::intervention::{Effect, Moved};
use crate::trace::source::{Control, SourceError};

impl Live {
    /// The answer at a row of a pass before and after the interventions, of `k` tokens each.
    pub(super) fn effect(
        &mut self,
        (pass, row): (usize, usize),
        k: usize,
        temperature: f64,
        control: &Control,
    ) -> Result<Effect, SourceError> {
        let [before, after] = if self.changes_unembedding(pass) {
            // Logits of one row and of all rows differ in their last bits: both answers are rows of all.
            let logits = |live: &mut Live| live.row_of_logits(pass, row, control);
            let after = self.with_room(logits)?;
            let before = self.without_interventions(|live| live.with_room(logits))?;
            [before, after]
        } else {
            let end = self.plan(pass)?.len() - 1;
            let resid =
                |live: &mut Live| live.resid((pass, end), row..row.saturating_add(1), control);
            let after = self.with_room(resid)?; // [1, d_model]
            let before = self.without_interventions(|live| live.with_room(resid))?; // [1, d_model]
            self.with_room(|live| live.both_logits([&before, &after]))?
        };
        Ok(self.with_room(|live| live.compared([&before, &after], k, temperature))?)
    }

    /// The logits `[vocab]` of two rows of the last residual stream, each `[1, d_model]`. One product reads the
    /// unembedding once.
    fn both_logits(&mut self, [before, after]: [&Tensor; 2]) -> Result<[Tensor; 2]> {
        if before.f_equal(after)? {
            let logits = self.unembed(before)?.f_squeeze_dim(0)?;
            return Ok([logits.shallow_clone(), logits]);
        }
        let logits = self.unembed(&Tensor::f_cat(&[before, after], 0)?)?; // [2, vocab]
        Ok([logits.f_get(0)?, logits.f_get(1)?])
    }

    fn compared(
        &self,
        [before, after]: [&Tensor; 2],
        k: usize,
        temperature: f64,
    ) -> Result<Effect> {
        let log_p = |logits: &Tensor| -> Result<Tensor> {
            let logits = logits.f_to_kind(Kind::Double)?; // [vocab]
            let below = logits.f_sub(&logits.f_max()?)?;
            let scaled = below.f_div_scalar(temperature.max(f64::MIN_POSITIVE))?;
            Ok(scaled.f_log_softmax(-1, None)?)
        };
        let (log_p, log_q) = (log_p(before)?, log_p(after)?);
        let (p, q) = (log_p.f_exp()?, log_q.f_exp()?);
        // 0 · log 0 counts as 0.
        let terms = p.f_mul(&log_p.f_sub(&log_q)?)?;
        let terms = terms.f_masked_fill(&p.f_eq(0.0)?, 0.0)?;
        let kl = terms.f_sum(None)?.f_double_value(&[])?;
        let distance = q.f_sub(&p)?.f_abs()?;
        let (_, ids) = distance.f_topk(k.min(self.info.d_vocab) as i64, -1, true, true)?;
        let of = |t: &Tensor, ids: &Tensor| view::to_f64(&t.f_index_select(0, ids)?);
        let (was, is) = (of(&p, &ids)?, of(&q, &ids)?);
        let tokenizer = self.checkpoint.tokenizer()?;
        let moved = view::to_f64(&ids)?.into_iter().zip(was).zip(is);
        let moved = moved.filter(|((_, was), is)| was != is);
        let moved = moved.map(|((id, before), after)| {
            let token = tokenizer.token(id as u32);
            let (id, text) = (token.id, token.text);
            Moved {
                id,
                text,
                before,
                after,
            }
        });
        let moved: Vec<Moved> = moved.collect();
        let answer = self.distribution(after, k, temperature)?;
        let top: Vec<i64> = answer.top.iter().map(|c| i64::from(c.id)).collect();
        let top = Tensor::f_from_slice(&top)?.f_to_device(p.device())?;
        Ok(Effect {
            moved,
            before: self.distribution(before, k, temperature)?,
            was: of(&p, &top)?,
            after: answer,
            // Rounding may leave a tiny number below 0.
            kl: if kl < 0.0 { 0.0 } else { kl },
            same: before.f_equal(after)?,
        })
    }
}
