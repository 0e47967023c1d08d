//! The lens, which reads logits from the residual stream at any point, and the choice of the next token.

use std::ops::Range;

use tch::{Kind, Tensor};

use super::super::{EngineError, Result, view};
use super::{Live, Value};
use crate::engine::sampling;
use crate::trace::query::Choice;
use crate::trace::source::{Control, Progress, SourceError, Work};
use crate::trace::tensor::{Candidate, Distribution};
use crate::trace::token::Token;

/// The number of rows that the unembedding multiplies at once; their logits are all in memory.
const ROWS: usize = 32;

/// The lens's last result. Most steps leave the residual stream unchanged, and multiplying with a large
/// vocabulary costs more than the rest of a frame.
pub(super) struct Lens {
    /// The row that the lens read, `[1, d_model]`.
    resid: Tensor,
    /// The logits of this row, `[vocab]`.
    logits: Tensor,
}

impl Live {
    /// Logits `[vocab]` of token `row`, read from the residual stream at `point`.
    pub(super) fn lens_logits(
        &mut self,
        at: (usize, usize),
        row: usize,
        control: &Control,
    ) -> Result<Tensor> {
        let resid = self.resid(at, row..row.saturating_add(1), control)?; // [1, d_model]
        if self.changes_unembedding(at.0) {
            let logits = self.changed_logits(at, row..row + 1, true, control)?;
            return Ok(logits.f_squeeze_dim(0)?);
        }
        let resid = self.through(at.0, at.1, resid)?;
        if let Some(last) = &self.lens
            && last.resid.f_equal(&resid)?
        {
            return Ok(last.logits.shallow_clone());
        }
        let logits = self.unembed(&resid)?.f_squeeze_dim(0)?;
        self.lens = Some(Lens {
            resid,
            logits: logits.shallow_clone(),
        });
        Ok(logits)
    }

    /// Distributions of token `row`, one for each of `points`. Neighbouring points that read the same value
    /// share one distribution: a block's output is the next block's input.
    pub(super) fn lenses(
        &mut self,
        pass: usize,
        points: &[usize],
        row: usize,
        k: usize,
        temperature: f64,
        control: &Control,
    ) -> Result<Vec<Distribution>> {
        // Cancelled as `control` is; progress here is points, not layers.
        let running = Control {
            progress: None,
            ..control.clone()
        };
        let mut resids: Vec<(Tensor, usize)> = Vec::new(); // [1, d_model], and its number of points
        for (done, &point) in points.iter().enumerate() {
            control.check(Progress {
                at: Work::Layer(self.graph.node(self.node(point)?).layer),
                done,
                total: points.len(),
            })?;
            let resid = self.resid((pass, point), row..row.saturating_add(1), &running)?;
            let resid = self.through(pass, point, resid)?;
            match resids.last_mut() {
                Some((last, count)) if last.f_equal(&resid)? => *count += 1,
                _ => resids.push((resid, 1)),
            }
        }
        let mut distributions = Vec::new();
        for part in resids.chunks(ROWS) {
            let rows: Vec<&Tensor> = part.iter().map(|(resid, _)| resid).collect();
            let logits = self.unembed(&Tensor::f_cat(&rows, 0)?)?; // [resid, vocab]
            for (i, &(_, count)) in part.iter().enumerate() {
                let logits = logits.f_get(i as i64)?; // [vocab]
                let distribution = self.distribution(&logits, k, temperature)?;
                distributions.extend(std::iter::repeat_n(distribution, count));
            }
        }
        for (distribution, &point) in distributions.iter_mut().zip(points) {
            distribution.lens = self.lens_name(pass, point)?;
            if self.changes_unembedding(pass) {
                let logits = self.changed_logits((pass, point), row..row + 1, true, &running)?;
                let lens = distribution.lens.take();
                *distribution = self.distribution(&logits.f_get(0)?, k, temperature)?;
                distribution.lens = lens;
            }
        }
        Ok(distributions)
    }

    /// Whether interventions change the unembedding that lenses of a pass read through.
    pub(super) fn changes_unembedding(&self, pass: usize) -> bool {
        let last = self.info.n_layers + 1;
        let changed = self.runs[pass].changes.keys();
        changed
            .into_iter()
            .any(|id| self.graph.position_of(*id) == last)
    }

    /// The logits `[row, vocab]` of the logit lens at a point, or of the lens `in_use`, through the unembedding as
    /// interventions change it. They may depend on all rows of the pass.
    pub(super) fn changed_logits(
        &mut self,
        (pass, point): (usize, usize),
        rows: Range<usize>,
        in_use: bool,
        control: &Control,
    ) -> Result<Tensor> {
        let last = self.info.n_layers + 1;
        let none = || EngineError::Torch("no logits".into());
        let logits = self.graph.find("logits").ok_or_else(none)?;
        if self.graph.position_of(self.node(point)?) == last {
            // The answer itself.
            let logits = self.activation(pass, logits, control)?; // [token, vocab]
            return logits.rows(rows);
        }
        let tokens = self.runs[pass].context.tokens as usize;
        let mut resid = self.resid((pass, point), 0..tokens, control)?;
        if in_use {
            resid = self.through(pass, point, resid)?;
        }
        let logits = self.unembedded(pass, &resid, true)?;
        Ok(logits.f_narrow(0, rows.start as i64, rows.len() as i64)?)
    }

    /// The logits `[vocab]` of a row as the pass has them, after all interventions.
    pub(super) fn row_of_logits(
        &mut self,
        pass: usize,
        row: usize,
        control: &Control,
    ) -> Result<Tensor> {
        let none = || EngineError::Torch("no logits".into());
        let logits = self.graph.find("logits").ok_or_else(none)?;
        let logits = self.activation(pass, logits, control)?; // [token, vocab]
        Ok(logits.rows(row..row + 1)?.f_squeeze_dim(0)?)
    }

    /// The residual stream `[row, d_model]` of the tokens `rows` that a lens at `point` reads. It is a copy, so
    /// that the other tokens' rows can be dropped.
    pub(super) fn resid(
        &mut self,
        (pass, point): (usize, usize),
        rows: Range<usize>,
        control: &Control,
    ) -> Result<Tensor> {
        let plan = self.plan(pass)?;
        if let Some(end) = plan.output_without_logits() {
            return Err(SourceError::NoLogits { end }.into());
        }
        let tokens = self.runs[pass].context.tokens;
        if rows.end > tokens as usize {
            let row = rows.start;
            return Err(SourceError::Slice(format!("row {row} of {tokens} tokens")).into());
        }
        let none = || SourceError::Other("no residual stream stands here yet".into());
        let id = self.node(plan.residual_at(point).ok_or_else(none)?)?;
        // A block's output is kept for the next block.
        let resid = match self.runs[pass].crossing.get(&id) {
            Some(resid) => resid.clone(),
            None => self.activation(pass, id, control)?,
        }; // [token, d_model]
        let (first, count) = (rows.start as i64, rows.len() as i64);
        Ok(resid.whole()?.f_narrow_copy(0, first, count)?)
    }

    /// Logits `[row, vocab]` of rows of the residual stream `[row, d_model]`.
    pub(super) fn unembed(&mut self, resid: &Tensor) -> Result<Tensor> {
        self.unembedded(0, resid, false)
    }

    fn unembedded(&mut self, pass: usize, resid: &Tensor, change: bool) -> Result<Tensor> {
        let graph = self.graph.clone();
        let last = self.info.n_layers + 1;
        let streams = graph.entering(last).iter();
        let known = streams.map(|id| (*id, Value::Whole(resid.shallow_clone())));
        let none = || EngineError::Torch("no logits".into());
        let logits = graph.find("logits").ok_or_else(none)?;
        let mut evaluated = self.evaluate(pass, last, known.collect(), &[logits], change)?;
        let logits = evaluated.values.pop().ok_or_else(none)?;
        logits.tensor()
    }

    /// The last token's logits at the end of the pass.
    fn final_logits(&mut self, pass: usize) -> Result<Tensor> {
        if let Some(logits) = &self.runs[pass].logits {
            return Ok(logits.shallow_clone());
        }
        let (end, tokens) = (self.plan(pass)?.len(), self.runs[pass].context.tokens);
        let at = (pass, end - 1);
        let logits = self.lens_logits(at, tokens as usize - 1, &Control::default())?;
        self.runs[pass].logits = Some(logits.shallow_clone());
        Ok(logits)
    }

    pub(super) fn distribution(
        &self,
        logits: &Tensor,
        k: usize,
        temperature: f64,
    ) -> Result<Distribution> {
        let logits = logits.f_to_kind(Kind::Double)?; // [vocab]
        // Less the largest first: divided by a tiny temperature no difference to it is one of infinities, nor
        // is the temperature's reciprocal infinite, by which a GPU multiplies.
        let below = logits.f_sub(&logits.f_max()?)?;
        let temperature_used = temperature.max(f64::MIN_POSITIVE);
        let log_p = below
            .f_div_scalar(temperature_used)?
            .f_log_softmax(-1, None)?;
        let p = log_p.f_exp()?;
        // 0 · log 0 counts as 0. Any other NaN stays NaN.
        let terms = p.f_mul(&log_p)?.f_masked_fill(&p.f_eq(0.0)?, 0.0)?;
        // Subtracting from 0 instead of negating avoids -0.
        let entropy = 0.0 - terms.f_sum(None)?.f_double_value(&[])?;
        let k = k.min(self.info.d_vocab) as i64;
        let (top, ids) = logits.f_topk(k, -1, true, true)?;
        let probs = view::to_f64(&p.f_index_select(0, &ids)?)?;
        let tokenizer = self.checkpoint.tokenizer()?;
        let (top, ids) = (view::to_f64(&top)?, view::to_f64(&ids)?);
        let top = ids.into_iter().zip(top).zip(probs);
        let top = top.map(|((id, logit), prob)| {
            let Token { id, text, .. } = tokenizer.token(id as u32);
            Candidate {
                id,
                text,
                logit,
                prob,
            }
        });
        Ok(Distribution {
            top: top.collect(),
            entropy,
            temperature,
            lens: None,
        })
    }

    pub(super) fn choose(&mut self, pass: usize, choice: &Choice) -> Result<u32> {
        let named = match choice {
            Choice::Token(id) => Some(*id),
            Choice::Text(text) => Some(self.token_of(text)?),
            Choice::Greedy | Choice::Sample(_) => None,
        };
        if let Some(id) = named {
            self.check_token(id)?;
            return Ok(id);
        }
        let logits = view::to_f64(&self.final_logits(pass)?)?;
        let step = self.passes[pass].tokens.len() as u64;
        let chosen = match choice {
            Choice::Sample(config) => sampling::sample(&logits, config, step),
            _ => sampling::greedy(&logits),
        };
        let none = || SourceError::Other("every logit is NaN: no token can be chosen".into());
        Ok(chosen.ok_or_else(none)? as u32)
    }

    /// The token with this text, or with a space before it.
    pub(super) fn token_of(&self, text: &str) -> Result<u32> {
        let tokenizer = self.checkpoint.tokenizer()?;
        if let Some(id) = tokenizer.named(text) {
            return Ok(id);
        }
        let tokens = tokenizer.encode_with(text, false)?;
        Err(SourceError::NotOneToken {
            text: text.to_owned(),
            tokens: tokens.into_iter().map(|token| token.text).collect(),
        }
        .into())
    }
}
