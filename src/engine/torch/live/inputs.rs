//! Input attribution by gradients at the embeddings.

use tch::{Kind, Tensor};

use super::super::{EngineError, Result, view};
use super::Live;
use super::factors::Row;
use crate::trace::grid::Chosen;
use crate::trace::inputs::{InputAttribution, InputShare};
use crate::trace::source::{Control, Progress, SourceError, Work};
use crate::trace::token::Token;

/// Points on the way from the mean to the embeddings that are computed together.
const AT_ONCE: usize = 8;

/// The embeddings, the metric, and its gradient summed over points on the way from their mean.
type Sloped = (Tensor, f64, Tensor);

impl Live {
    /// The shares of a text's tokens in a logit at `row`, or in the difference of two. The text runs as one pass,
    /// without interventions.
    pub(super) fn inputs(
        &mut self,
        at: Row,
        token: Option<&Chosen>,
        against: Option<&Chosen>,
        steps: usize,
        control: &Control,
    ) -> Result<InputAttribution> {
        if let Some(end) = self.plan(at.pass)?.output_without_logits() {
            return Err(SourceError::NoLogits { end }.into());
        }
        let pass = &self.passes[at.pass];
        let (tokens, row) = (pass.tokens.clone(), pass.start + at.row);
        if row >= tokens.len() {
            let why = format!("row {} of {} tokens", at.row, pass.rows());
            return Err(SourceError::Slice(why).into());
        }
        if steps == 0 {
            return Err(
                SourceError::Slice("integrated gradients take at least 1 step".into()).into(),
            );
        }
        let none = || EngineError::Torch("the model has no embedding".into());
        let embed = self.graph.find("hook_embed").ok_or_else(none)?;
        let logits = self.graph.find("logits").ok_or_else(none)?;
        let row = row as i64;
        let quiet = Control {
            progress: None,
            ..control.clone()
        };
        let _no_grad = tch::no_grad_guard();
        let mut answer = None;
        let (context, run) = self.begun(&tokens)?;
        self.each_layer(&context, run, &[logits], [0, 0], &quiet, |_, logits| {
            answer = Some(logits.f_select(0, row));
        })?;
        let answer = answer.ok_or_else(none)??; // [vocab]
        let best = view::to_f64(&answer.f_argmax(-1, false)?)?;
        let best = best.first().map_or(0, |id| *id as u32);
        let token = token.map_or(Ok(best), |token| self.id_of(token))?;
        let against = against.map(|token| self.id_of(token)).transpose()?;
        let metric = |logits: &Tensor| -> Result<Tensor> {
            let logits = logits.f_to_kind(Kind::Double)?;
            let own = logits.f_select(-1, i64::from(token))?;
            match against {
                Some(other) => Ok(own.f_sub(&logits.f_select(-1, i64::from(other))?)?),
                None => Ok(own),
            }
        };
        let parts = steps.div_ceil(AT_ONCE) + 2;
        let mut done = 0;
        let mut sloped = |live: &mut Live, along: &[f64]| -> Result<Sloped> {
            let layer = live.graph.node(embed).layer;
            control.check(Progress {
                at: Work::Layer(layer),
                done,
                total: parts,
            })?;
            done += 1;
            let (context, run) = live.begun(&tokens)?;
            let along = Tensor::f_from_slice(along)?.f_to_device(live.place.1)?;
            let (found, value) = tch::with_grad(|| {
                live.gradients(&context, run, &[embed], Some(&along), row, &metric, &quiet)
            })?;
            let (value_at, gradient) = found.into_iter().next().ok_or_else(none)?;
            let gradient = gradient.f_to_kind(Kind::Double)?; // [copy, token, d_model]
            let gradient = gradient.f_sum_dim_intlist(0, false, Kind::Double)?; // [token, d_model]
            Ok((value_at.f_to_kind(Kind::Double)?, value, gradient))
        };
        let (_, baseline, _) = sloped(self, &[0.0])?;
        let (embedding, value, gradient) = sloped(self, &[1.0])?; // [token, d_model]
        // Midpoints of as many stretches.
        let middles = (0..steps).map(|i| (i as f64 + 0.5) / steps as f64);
        let middles: Vec<f64> = middles.collect();
        let mut mean = gradient.f_zeros_like()?; // [token, d_model]
        for some in middles.chunks(AT_ONCE) {
            let part = sloped(self, some)?.2;
            mean = mean.f_add(&part.f_div_scalar(steps as f64)?)?;
        }
        let rows = |x: &Tensor| -> Result<Vec<f64>> {
            view::to_f64(&x.f_sum_dim_intlist(-1, false, Kind::Double)?)
        };
        let lengths = view::to_f64(
            &gradient
                .f_square()?
                .f_sum_dim_intlist(-1, false, Kind::Double)?
                .f_sqrt()?,
        )?;
        let products = rows(&gradient.f_mul(&embedding)?)?;
        let way = embedding.f_sub(&embedding.f_mean_dim(0, true, Kind::Double)?)?;
        let integrated = rows(&mean.f_mul(&way)?)?;
        let tokenizer = self.checkpoint.tokenizer()?;
        let share = |(i, token): (usize, &Token)| InputShare {
            id: token.id,
            text: token.text.clone(),
            gradient: lengths[i],
            product: products[i],
            integrated: integrated[i],
        };
        Ok(InputAttribution {
            token: tokenizer.token(token),
            against: against.map(|id| tokenizer.token(id)),
            value,
            baseline,
            sum: integrated.iter().sum(),
            steps,
            tokens: tokens.iter().enumerate().map(share).collect(),
        })
    }
}
