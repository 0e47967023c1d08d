//! What the model would say where the residual stream stands, and the choice of its next token.

use tch::{Kind, Tensor};

use super::super::decoder::unembed;
use super::super::tap::Tap;
use super::super::{EngineError, Result, view};
use super::Live;
use crate::engine::sampling;
use crate::trace::hook::Layer;
use crate::trace::source::{Choice, Control, SourceError};
use crate::trace::tensor::{Candidate, Distribution};

/// What the lens read last: most steps leave the residual stream as it was, and a large vocabulary
/// costs more than the rest of a frame.
pub(super) struct Lens {
    /// `[1, d_model]`
    resid: Tensor,
    /// `[vocab]`
    logits: Tensor,
}

impl Live {
    /// Logits `[vocab]` of token `row`, read from the residual stream at `point`.
    pub(super) fn lens_logits(&mut self, pass: usize, point: usize, row: usize) -> Result<Tensor> {
        let plan = self.plan(pass)?;
        if let Some(end) = plan.speechless() {
            return Err(SourceError::NoLogits { end }.into());
        }
        let tokens = self.passes[pass].tokens.len() - self.passes[pass].start;
        if row >= tokens {
            return Err(SourceError::Slice(format!("row {row} of {tokens} tokens")).into());
        }
        let final_layer = plan
            .points()
            .get(point)
            .is_some_and(|p| p.layer() == Layer::Unembed);
        let resid = if final_layer {
            self.run_before(pass, self.info.n_layers + 1, &Control::default())?;
            self.runs[pass].inputs[self.info.n_layers].shallow_clone()
        } else {
            let at = plan
                .residual_at(point)
                .ok_or_else(|| SourceError::Other("no residual stream stands here yet".into()))?;
            self.activation(pass, at)?.whole()?.shallow_clone()
        };
        let row = resid.f_narrow(0, row as i64, 1)?; // [1, d_model]
        if let Some(last) = &self.lens
            && last.resid.f_equal(&row)?
        {
            return Ok(last.logits.shallow_clone());
        }
        let _no_grad = tch::no_grad_guard();
        let w = self.weights.unembed()?;
        let logits = unembed(&row, w, &self.checkpoint.arch, &mut Tap::off())?.f_squeeze_dim(0)?;
        self.lens = Some(Lens {
            resid: row,
            logits: logits.shallow_clone(),
        });
        Ok(logits)
    }

    /// The last token's logits at the end of the pass.
    fn final_logits(&mut self, pass: usize) -> Result<Tensor> {
        if self.runs[pass].logits.is_none() {
            let plan = self.plan(pass)?;
            let last = self.passes[pass].tokens.len() - self.passes[pass].start - 1;
            let logits = self.lens_logits(pass, plan.len() - 1, last)?;
            self.runs[pass].logits = Some(logits);
        }
        match &self.runs[pass].logits {
            Some(logits) => Ok(logits.shallow_clone()),
            None => Err(EngineError::Torch("no logits".into())),
        }
    }

    pub(super) fn distribution(
        &self,
        logits: &Tensor,
        k: usize,
        temperature: f64,
    ) -> Result<Distribution> {
        let logits = logits.f_to_kind(Kind::Double)?; // [vocab]
        let log_p = logits.f_div_scalar(temperature)?.f_log_softmax(-1, None)?;
        let p = log_p.f_exp()?;
        // 0 · log 0 is 0; any other NaN is one.
        let terms = p.f_mul(&log_p)?.f_masked_fill(&p.f_eq(0.0)?, 0.0)?;
        // Not negated: that would make -0 of 0.
        let entropy = 0.0 - terms.f_sum(None)?.f_double_value(&[])?;
        let k = k.min(self.info.d_vocab) as i64;
        let (top, ids) = logits.f_topk(k, -1, true, true)?;
        let probs = view::to_f64(&p.f_index_select(0, &ids)?)?;
        let tokenizer = self.checkpoint.tokenizer()?;
        let top = view::to_f64(&ids)?
            .into_iter()
            .zip(view::to_f64(&top)?)
            .zip(probs)
            .map(|((id, logit), prob)| {
                let token = tokenizer.token(id as u32);
                Candidate {
                    id: token.id,
                    text: token.text,
                    logit,
                    prob,
                }
            })
            .collect();
        Ok(Distribution {
            top,
            entropy,
            temperature,
        })
    }

    pub(super) fn choose(&mut self, pass: usize, choice: &Choice) -> Result<u32> {
        let d_vocab = self.info.d_vocab;
        if let Choice::Token(id) = *choice {
            return match (id as usize) < d_vocab {
                true => Ok(id),
                false => Err(SourceError::NoSuchToken { id, d_vocab }.into()),
            };
        }
        let logits = view::to_f64(&self.final_logits(pass)?)?;
        let chosen = match choice {
            Choice::Sample(how) => {
                sampling::sample(&logits, how, self.passes[pass].tokens.len() as u64)
            }
            _ => sampling::greedy(&logits),
        };
        let none = || SourceError::Other("every logit is NaN: no token can be chosen".into());
        Ok(chosen.ok_or_else(none)? as u32)
    }
}
