//! A small source for tests: two blocks of two heads, values that tell where they stand.

use std::sync::Arc;

use crate::trace::hook::Layer;
use crate::trace::model_hash::ModelHash;
use crate::trace::plan::{Axis, HookPoint, Plan};
use crate::trace::query::{Answer, Job, Place, Query, Temperature};
use crate::trace::source::{Control, ModelInfo, Pass, Progress, Source, SourceError, Work, locate};
use crate::trace::tensor::{Distribution, Dtype, HostTensor, Summary, Values};
use crate::trace::token;

use Axis::*;

/// A pass of `tokens` tokens, the first `start` of which stand in the cache.
pub fn pass(tokens: usize, start: usize) -> Pass {
    let mut points = Vec::new();
    let mut add = |name: &str, axes: &[Axis]| {
        let size = |axis: &Axis| match axis {
            Token | Query => tokens - start,
            Key => tokens,
            Head => 2,
            Vocab => 30,
            _ => 8,
        };
        points.push(HookPoint {
            name: name.into(),
            axes: axes.to_vec(),
            shape: axes.iter().map(size).collect(),
        });
    };
    add("hook_embed", &[Token, DModel]);
    for i in 0..2 {
        add(&format!("blocks.{i}.hook_resid_pre"), &[Token, DModel]);
        add(&format!("blocks.{i}.attn.hook_q"), &[Token, Head, DHead]);
        add(
            &format!("blocks.{i}.attn.hook_pattern"),
            &[Head, Query, Key],
        );
        add(&format!("blocks.{i}.hook_resid_post"), &[Token, DModel]);
    }
    add("logits", &[Token, Vocab]);
    let token = |id: usize| token::Token {
        id: id as u32,
        text: format!("t{id}"),
    };
    Pass {
        tokens: (0..tokens).map(token).collect(),
        start,
        plan: Arc::new(Plan::new(points)),
    }
}

/// One pass of four tokens.
pub fn passes() -> Vec<Pass> {
    vec![pass(4, 0)]
}

/// Answers at once, unless it is told to wait for its `gate`; panics when asked to restart.
pub struct Fake {
    model: ModelInfo,
    passes: Vec<Pass>,
    /// A job takes one from here for each layer it runs.
    pub gate: Option<crossbeam_channel::Receiver<()>>,
}

impl Fake {
    /// Bytes that it says it holds.
    pub const HELD: usize = 1000;

    pub fn new() -> Fake {
        Fake {
            model: model(),
            passes: passes(),
            gate: None,
        }
    }
}

impl Fake {
    fn run_layers(&self, control: &Control) -> Result<(), SourceError> {
        for done in 0..3 {
            if let Some(gate) = &self.gate {
                let _ = gate.recv();
            }
            control.check(Progress {
                at: Work::Layer(Layer::Block(done)),
                done,
                total: 3,
            })?;
        }
        Ok(())
    }
}

/// The model that it pretends to run.
pub fn model() -> ModelInfo {
    ModelInfo {
        name: "fake".into(),
        family: "gpt2".into(),
        hash: ModelHash::Unknown,
        n_layers: 2,
        n_heads: 2,
        n_kv_heads: 2,
        d_model: 8,
        d_head: 8,
        d_mlp: 8,
        d_vocab: 30,
        n_ctx: 64,
        causal: true,
        mask_token: None,
        end_tokens: Vec::new(),
        arch: None,
        facts: None,
        warnings: Vec::new(),
        lens: None,
        dtype: Dtype::F32,
        device: "cpu".into(),
    }
}

impl Source for Fake {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn passes(&self) -> &[Pass] {
        &self.passes
    }

    fn prompt(&self) -> &str {
        "中华人民"
    }

    fn answer(&mut self, query: &Query, control: &Control) -> Result<Answer, SourceError> {
        self.run_layers(control)?;
        let at = |point: &str| locate(&self.passes, query.pass(), point);
        Ok(match query {
            Query::Values { pass, point, .. } => {
                let shape = self.passes[*pass].plan.points()[at(point)?].shape.clone();
                let data = (0..shape.iter().product::<usize>()).map(|i| i as f64);
                Answer::Values(Values::new(shape, data.collect()))
            }
            Query::Summary { point, .. } => Answer::Summary(Summary {
                count: at(point)?,
                min: 0.0,
                max: 0.0,
                mean: 0.0,
                std: 0.0,
                l2: 0.0,
                nan: 0,
                inf: 0,
            }),
            Query::Lens { temperature, .. } => Answer::Lens(nothing(*temperature)),
            Query::Lenses {
                points,
                temperature,
                ..
            } => Answer::Lenses {
                lenses: points.iter().map(|_| nothing(*temperature)).collect(),
            },
            _ => return Err(SourceError::NotRecorded("this answer".into())),
        })
    }

    fn run(&mut self, job: &Job, control: &Control) -> Result<Vec<Place>, SourceError> {
        match job {
            Job::Next { .. } => {
                self.run_layers(control)?;
                let n = self.passes[self.passes.len() - 1].tokens.len();
                self.passes.push(pass(n + 1, n));
            }
            Job::Restart { .. } => panic!("the tensors are gone"),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn tensor(&mut self, _: usize, _: usize) -> Result<HostTensor<'_>, SourceError> {
        Err(SourceError::NotRecorded("tensor".into()))
    }

    fn fork(&self) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(Fake {
            model: self.model.clone(),
            passes: self.passes.clone(),
            gate: None,
        }))
    }

    fn held(&self) -> usize {
        Fake::HELD
    }
}

fn nothing(temperature: Temperature) -> Distribution {
    Distribution {
        top: Vec::new(),
        entropy: 0.0,
        temperature: temperature.get(),
        lens: None,
    }
}
