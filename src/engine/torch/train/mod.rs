//! Training: the code that runs decoders, on a batch, with gradients.

use std::collections::HashMap;

use tch::{Device, Kind, Reduction, Tensor};

use super::evaluate::{Given, evaluate};
use super::pass::PassContext;
use super::value::Value;
use super::weights::{Loader, Weights};
use super::{EngineError, Result, device, threads};
use crate::checkpoint::Checkpoint;
use crate::checkpoint::create::Slot;
use crate::engine::training::folder::Run;
use crate::engine::training::schedule::learning_rate;
use crate::engine::training::{Event, TrainError, TrainingEnd, TrainingJob, Watch};
use crate::graph::Graph;
use optimizer::Optimizer;

mod optimizer;

/// Train a model as `job` says and report each step to `watch`.
///
/// One job gives the same files on the same kind of CPU, even if it is stopped and resumed.
///
/// # Errors
/// A bad setting, corpus or folder, a full disk, a loss that is not a number. The last checkpoint stays.
pub fn train(job: &TrainingJob, watch: &mut Watch) -> Result<TrainingEnd> {
    device::keep_freed_memory();
    threads::limit();
    tch::set_num_threads(i32::try_from(job.threads).unwrap_or(i32::MAX));
    let mut run = Run::open(job)?;
    let mut optimizer = Optimizer::new(&run.state, &run.slots)?;
    let model = Model::new(
        &run.checkpoint,
        &run.slots,
        run.state.settings.n_ctx,
        Kind::Float,
    )?;
    let mut flow = watch(&Event::Begin {
        parameters: run.state.weights.len(),
        d_vocab: run.checkpoint.arch.d_vocab,
        lines: (run.data.training.len(), run.data.held_out.len()),
        step: run.state.step,
    });
    let held_out = run.data.held_out_rows(&run.state.settings);
    let mut step = run.state.step;
    while step < run.state.settings.steps && flow.is_continue() {
        let rows = run.data.rows(&run.state.settings, step);
        let (loss, gradient) = model.gradient(&optimizer.weights, &rows)?;
        if !loss.is_finite() {
            return Err(TrainError::Diverged { step }.into());
        }
        optimizer.step(&gradient, learning_rate(&run.state.settings, step))?;
        step += 1;
        flow = watch(&Event::Step { step, loss });
        if step.is_multiple_of(job.save_every)
            || step == run.state.settings.steps
            || flow.is_break()
        {
            optimizer.store(&mut run.state)?;
            run.save()?;
            let validation = (held_out.as_ref())
                .map(|rows| model.mean_loss(&optimizer.weights, rows, run.state.settings.batch))
                .transpose()?;
            if watch(&Event::Saved { validation }).is_break() {
                break;
            }
        }
    }
    if step < run.state.settings.steps {
        return Ok(TrainingEnd::Stopped { step });
    }
    run.finish()?;
    Ok(TrainingEnd::Finished)
}

/// A decoder on rows with one token more than its pass: each token but the last predicts the next one.
struct Model<'a> {
    checkpoint: &'a Checkpoint,
    slots: &'a [Slot],
    graph: Graph,
    pass: PassContext,
}

impl<'a> Model<'a> {
    /// A model for rows of `n_ctx + 1` tokens; `kind` is the kind of its weights.
    fn new(
        checkpoint: &'a Checkpoint,
        slots: &'a [Slot],
        n_ctx: usize,
        kind: Kind,
    ) -> Result<Model<'a>> {
        let (graph, lengths) = (checkpoint.graph(), [n_ctx as i64, 0]);
        let place = (kind, Device::Cpu);
        let pass = PassContext::new(&checkpoint.arch, &graph, lengths, usize::MAX, place)?;
        Ok(Model {
            checkpoint,
            slots,
            graph,
            pass,
        })
    }

    /// The mean loss with these weights, in nats a token, and its gradient, `[parameter]`.
    fn gradient(&self, weights: &Tensor, rows: &[i64]) -> Result<(f64, Tensor)> {
        let parameters = self.parameters(weights)?;
        for tensor in &parameters {
            let _ = tensor.f_set_requires_grad(true)?;
        }
        let loss = self.loss(&parameters, rows)?;
        let gradients = Tensor::f_run_backward(&[&loss], &parameters, false, false)?;
        let flat: Result<Vec<_>, _> = gradients.iter().map(|g| g.f_flatten(0, -1)).collect();
        Ok((loss.f_double_value(&[])?, Tensor::f_cat(&flat?, 0)?))
    }

    /// The mean loss over many rows, `batch` of them at a time.
    fn mean_loss(&self, weights: &Tensor, rows: &[i64], batch: usize) -> Result<f64> {
        let _no_grad = tch::no_grad_guard();
        let parameters = self.parameters(weights)?;
        let mut sum = 0.0;
        for some in rows.chunks(batch * (self.pass.tokens as usize + 1)) {
            sum += self.loss(&parameters, some)?.f_double_value(&[])? * some.len() as f64;
        }
        Ok(sum / rows.len() as f64)
    }

    /// A tensor for each slot, in its stored shape, sharing the memory of `weights`.
    fn parameters(&self, weights: &Tensor) -> Result<Vec<Tensor>> {
        let lengths = self.slots.iter().map(|slot| slot.numel() as i64);
        let parts = weights.f_split_with_sizes(lengths.collect::<Vec<_>>(), 0)?;
        let shaped = |(part, slot): (&Tensor, &Slot)| {
            let shape: Vec<i64> = slot.shape.iter().map(|&n| n as i64).collect();
            Ok(part.f_view(&shape[..])?.f_detach()?)
        };
        parts.iter().zip(self.slots).map(shaped).collect()
    }

    /// The cross-entropy of each token given the tokens before it, averaged over all rows.
    fn loss(&self, parameters: &[Tensor], rows: &[i64]) -> Result<Tensor> {
        let n_ctx = self.pass.tokens;
        let rows = Tensor::f_from_slice(rows)?.f_view([-1, n_ctx + 1])?; // [row, token + 1]
        let (ids, next) = (rows.f_narrow(1, 0, n_ctx)?, rows.f_narrow(1, 1, n_ctx)?);
        let logits = self.logits(parameters, &ids)?; // [row, token, vocab]
        Ok(logits.f_flatten(0, 1)?.f_cross_entropy_loss(
            &next.f_flatten(0, 1)?,
            None::<&Tensor>,
            Reduction::Mean,
            -100,
            0.0,
        )?)
    }

    /// Logits `[row, token, vocab]` of `ids` `[row, token]`.
    fn logits(&self, parameters: &[Tensor], ids: &Tensor) -> Result<Tensor> {
        let named: HashMap<&str, &Tensor> = (self.slots.iter())
            .map(|slot| slot.name.as_str())
            .zip(parameters)
            .collect();
        let loader = Loader {
            checkpoint: self.checkpoint,
            kind: self.pass.kind,
            device: Device::Cpu,
            instead: Some(&named),
        };
        let graph = &self.graph;
        let none =
            || EngineError::Torch("a model without token ids or logits cannot be trained".into());
        let tokens = graph.find("tokens").ok_or_else(none)?;
        let logits = graph.find("logits").ok_or_else(none)?;
        let mut given = Given {
            pass: &self.pass,
            values: HashMap::from([(tokens, Value::Whole(ids.shallow_clone()))]),
            states: &HashMap::new(),
            changes: &HashMap::new(),
        };
        for position in 0..graph.layers().count() {
            let wanted = match graph.crossing(position) {
                [] => &[logits], // The last layer leaves no state.
                crossing => crossing,
            };
            let mut weights = Weights::default();
            let evaluated = evaluate(graph, position, &given, wanted, |nodes| {
                loader.load(graph, nodes, &mut weights)?;
                Ok(&weights)
            })?;
            (given.values).extend(wanted.iter().copied().zip(evaluated.values));
        }
        let logits = given.values.get(&logits).ok_or_else(none)?;
        logits.tensor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::create::slots;
    use crate::engine::random::Random;

    /// Gradients in float64, along random directions, equal the difference of two losses. The families cover
    /// GPT-2's fused and transposed weights, Llama's rotary positions, shared key heads and gated MLP.
    #[test]
    fn gradients_are_the_slopes_of_the_loss() {
        for (family, prefix) in [("gpt2", "transformer."), ("llama", "model.")] {
            let dir = std::path::Path::new("fixtures/models").join(family);
            let checkpoint = Checkpoint::open(&dir).unwrap();
            let config = dir.join("config.json");
            let mut slots = slots(&config, &std::fs::read(&config).unwrap()).unwrap();
            for slot in &mut slots {
                if !slot.name.starts_with("lm_head") {
                    slot.name = format!("{prefix}{}", slot.name);
                }
            }
            let model = Model::new(&checkpoint, &slots, 5, Kind::Double).unwrap();
            let mut random = Random::new(1, 1);
            let count: usize = slots.iter().map(Slot::numel).sum();
            let mut normal = |scale: f64| {
                let draws: Vec<f64> = (0..count).map(|_| scale * random.normal()).collect();
                Tensor::from_slice(&draws)
            };
            let weights = normal(0.3);
            let rows = [3, 1, 4, 1, 5, 9, 2, 7, 1, 8, 2, 8];
            let (loss, gradient) = model.gradient(&weights, &rows).unwrap();
            assert_eq!(gradient.size(), [count as i64]);
            assert!((model.mean_loss(&weights, &rows, 1).unwrap() - loss).abs() < 1e-12);
            for _ in 0..3 {
                let way = normal(1e-5);
                let after = |sign: f64| {
                    let moved = &weights + &way * sign;
                    model.mean_loss(&moved, &rows, 2).unwrap()
                };
                let slope = (after(1.0) - after(-1.0)) / 2.0;
                let expected = gradient.dot(&way).double_value(&[]);
                let scale = gradient.norm().double_value(&[]) * 1e-5;
                let far = (slope - expected).abs();
                assert!(far < 1e-5 * scale, "{family}: {slope} {expected}");
            }
        }
    }
}
