//! Gradients of an answer with respect to values of a run, by libtorch's autograd: estimates of what a patch would do
//! (attribution patching, Nanda 2023).

use std::collections::HashMap;

use tch::Tensor;

use super::super::super::pass::PassContext;
use super::super::super::{EngineError, Result, view};
use super::super::Live;
use super::change::{Changes, Part, narrowed};
use super::run::Values;
use crate::graph::NodeId;
use crate::trace::source::Control;

/// The text that is changed and the clean one, as they begin, and the points whose parts are estimated.
pub(super) struct Estimated<'a> {
    pub context: &'a PassContext,
    pub base: Values,
    pub clean: Option<Values>,
    pub points: &'a [NodeId],
    pub row: i64,
}

impl Live {
    /// The first-order effect on the metric of changing each part: change times gradient, summed. The metric is a
    /// function of the logits `[1, vocab]`.
    pub(super) fn estimates(
        &mut self,
        given: Estimated,
        parts: &[Vec<Part>],
        changes: &Changes,
        metric: &dyn Fn(&Tensor) -> Result<Tensor>,
        control: &Control,
    ) -> Result<Vec<f64>> {
        let Estimated {
            context,
            base,
            clean,
            points,
            row,
        } = given;
        let mut sources: HashMap<usize, Tensor> = HashMap::new();
        let quiet = Control {
            progress: None,
            ..control.clone()
        };
        if let Some(clean) = clean {
            self.each_layer(context, clean, points, [0, 0], &quiet, |i, value| {
                sources.insert(i, value.shallow_clone());
            })?;
        }
        let found =
            tch::with_grad(|| self.gradients(context, base, points, None, row, metric, &quiet))?;
        let (found, _) = found;
        let mut estimates = Vec::new();
        for (i, (value, gradient)) in found.iter().enumerate() {
            let source = changes.source(i, value, sources.get(&i))?;
            let product = source.f_sub(value)?.f_mul(gradient)?;
            // Elements that are −∞ in both runs do not change.
            let product = product.f_nan_to_num(0.0, None, None)?;
            for part in parts[i].iter().filter(|part| part.random.is_none()) {
                let sum = narrowed(&product, &part.ranges)?.f_sum(tch::Kind::Double)?;
                estimates.push(view::to_f64(&sum)?[0]);
            }
        }
        Ok(estimates)
    }

    /// The value of each point in a run, and the metric's gradient there; and the metric. With `along` the run goes on
    /// with a copy for each number: how far the value has come from the mean of its rows. The gradient then has a
    /// leading axis of copies.
    #[allow(clippy::too_many_arguments)]
    pub(in super::super) fn gradients(
        &mut self,
        context: &PassContext,
        mut run: Values,
        points: &[NodeId],
        along: Option<&Tensor>,
        row: i64,
        metric: &dyn Fn(&Tensor) -> Result<Tensor>,
        control: &Control,
    ) -> Result<(Vec<(Tensor, Tensor)>, f64)> {
        let graph = self.graph.clone();
        let none = || EngineError::Torch("no logits".into());
        let logits = graph.find("logits").ok_or_else(none)?;
        let last = graph.layers().count() - 1;
        let mut found: Vec<Option<(Tensor, Tensor)>> = points.iter().map(|_| None).collect();
        for position in 0..=last {
            control.go_on()?;
            let mut here: Vec<usize> = (0..points.len())
                .filter(|i| graph.position_of(points[*i]) == position)
                .collect();
            here.sort_by_key(|i| points[*i]);
            for i in here {
                self.step(context, position, &mut run, &[points[i]])?;
                let value = &run[&points[i]];
                let goes_on = match along {
                    Some(along) => {
                        let mut size = vec![1; value.dim() + 1];
                        size[0] = -1;
                        let along = along.f_to_kind(value.kind())?.f_view(&size[..])?;
                        let mean = value.f_mean_dim(0, true, value.kind())?;
                        let way = value.f_sub(&mean)?.f_unsqueeze(0)?;
                        mean.f_add(&way.f_mul(&along)?)? // [copy, …]
                    }
                    None => value.shallow_clone(),
                };
                // A number that is added to the value has the value's gradient.
                let added = goes_on.f_zeros_like()?.f_detach()?;
                let added = added.f_set_requires_grad(true)?;
                let with = goes_on.f_add(&added)?;
                found[i] = Some((value.f_detach()?, added));
                run.insert(points[i], with);
            }
            let wanted = if position == last {
                vec![logits]
            } else {
                graph.crossing(position).to_vec()
            };
            self.step(context, position, &mut run, &wanted)?;
        }
        let logits = run.remove(&logits).ok_or_else(none)?; // [token, vocab]
        let answer = metric(&logits.f_narrow(-2, row, 1)?)?;
        let answer = answer.f_sum(tch::Kind::Double)?;
        answer.f_backward()?;
        let answer = answer.f_double_value(&[])?;
        let of = |one: Option<(Tensor, Tensor)>| {
            let (value, added) = one.ok_or_else(none)?;
            let gradient = added.grad();
            // A value that the answer does not follow from has none.
            let gradient = if gradient.defined() {
                gradient
            } else {
                added.f_zeros_like()?
            };
            Ok((value, gradient))
        };
        let found: Result<_> = found.into_iter().map(of).collect();
        Ok((found?, answer))
    }
}
