//! Steps inside an epoch: one point forward layer by layer, its loss, backward, and an update, with all
//! numbers of the formulas.

use serde::Serialize;

use super::activation::Activation;
use super::data::Data;
use super::names::Named;
use super::network::{Gradient, Network};
use super::state::State;
use super::training::{Training, loss_at};
use crate::trace::number;

/// The step that is next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Next {
    /// The layer that is computed next.
    Forward(usize),
    Loss,
    Backward(usize),
    Update,
    /// The next point's first layer, or the end of the epoch.
    #[default]
    Point,
}

/// The values that a step computed. Layers, neurons and inputs are counted from 1, as points are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Moment {
    Forward {
        point: usize,
        layer: usize,
        activation: &'static str,
        neurons: Vec<Sum>,
    },
    Loss {
        point: usize,
        #[serde(with = "number")]
        output: f64,
        #[serde(with = "number")]
        target: f64,
        #[serde(with = "number")]
        loss: f64,
        /// The derivative of the loss by the output.
        #[serde(with = "number")]
        by_output: f64,
    },
    Backward {
        point: usize,
        layer: usize,
        activation: &'static str,
        neurons: Vec<Slope>,
    },
    Update {
        /// The points whose gradients are averaged.
        points: usize,
        learning_rate: f64,
        layers: Vec<Vec<Change>>,
    },
    Epoch {
        epoch: usize,
    },
}

/// A neuron forward: bias + Σ weight · input = sum, and its activation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sum {
    #[serde(with = "number")]
    pub bias: f64,
    #[serde(with = "number::list")]
    pub weights: Vec<f64>,
    #[serde(with = "number::list")]
    pub inputs: Vec<f64>,
    #[serde(with = "number")]
    pub sum: f64,
    #[serde(with = "number")]
    pub output: f64,
}

/// A neuron backward: by_output · slope = by_sum, which is the bias's derivative; times each input, the
/// weights'.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slope {
    #[serde(with = "number")]
    pub by_output: f64,
    #[serde(with = "number")]
    pub slope: f64,
    #[serde(with = "number")]
    pub by_sum: f64,
    #[serde(with = "number::list")]
    pub inputs: Vec<f64>,
    #[serde(with = "number::list")]
    pub by_weights: Vec<f64>,
}

/// A neuron's update.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub bias: Moved,
    pub weights: Vec<Moved>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Moved {
    #[serde(with = "number")]
    pub before: f64,
    /// The mean derivative over the batch.
    #[serde(with = "number")]
    pub gradient: f64,
    #[serde(with = "number")]
    pub after: f64,
}

impl Training {
    /// Take one step inside the epoch. `next` says which, and moves on.
    pub fn step_inside(&mut self, next: &mut Next, data: &Data, state: &State) -> Moment {
        if *next == Next::Point {
            if self.point >= data.train.points.len() {
                self.end_epoch();
                return Moment::Epoch { epoch: self.epoch };
            }
            *next = Next::Forward(0);
        }
        let last = self.network.layers.len() - 1;
        match *next {
            Next::Forward(layer) => {
                *next = if layer == last {
                    Next::Loss
                } else {
                    Next::Forward(layer + 1)
                };
                self.forward_moment(layer, data)
            }
            Next::Loss => {
                *next = Next::Backward(last);
                let target = data.train.points[self.point].label;
                self.network.backward_loss(target, &mut self.values);
                let output = self.values[last].outputs[0];
                Moment::Loss {
                    point: self.point + 1,
                    output,
                    target,
                    loss: loss_at(output, target),
                    by_output: self.values[last].by_output[0],
                }
            }
            Next::Backward(layer) => {
                let moment = self.backward_moment(layer, data);
                if layer > 0 {
                    *next = Next::Backward(layer - 1);
                } else {
                    self.count_point();
                    *next = if self.update_is_due(state) {
                        Next::Update
                    } else {
                        Next::Point
                    };
                }
                moment
            }
            Next::Update | Next::Point => {
                *next = Next::Point;
                self.update_moment(state)
            }
        }
    }

    /// Take the steps that are left of a point that was begun.
    pub fn finish_point(&mut self, next: &mut Next, data: &Data, state: &State) {
        while *next != Next::Point {
            self.step_inside(next, data, state);
        }
    }

    fn inputs_of(&self, layer: usize, data: &Data) -> Vec<f64> {
        match layer.checked_sub(1) {
            None => data.train.inputs(self.point).to_vec(),
            Some(before) => {
                let width = self.network.layers[before].width;
                self.values[before].outputs[..width].to_vec()
            }
        }
    }

    fn forward_moment(&mut self, at: usize, data: &Data) -> Moment {
        let given = data.train.inputs(self.point);
        self.network.forward_layer(at, given, &mut self.values);
        let inputs = self.inputs_of(at, data);
        let (layer, values) = (&self.network.layers[at], &self.values[at]);
        let neurons = (0..layer.width).map(|neuron| Sum {
            bias: layer.biases[neuron],
            weights: layer.weights_of(neuron),
            inputs: inputs.clone(),
            sum: values.sums[neuron],
            output: values.outputs[neuron],
        });
        Moment::Forward {
            point: self.point + 1,
            layer: at + 1,
            activation: layer.activation.name(),
            neurons: neurons.collect(),
        }
    }

    fn backward_moment(&mut self, at: usize, data: &Data) -> Moment {
        let given = data.train.inputs(self.point);
        let (values, gradient) = (&mut self.values, &mut self.gradient);
        self.network.backward_layer(at, given, values, gradient);
        let inputs = self.inputs_of(at, data);
        let (layer, values) = (&self.network.layers[at], &self.values[at]);
        let neurons = (0..layer.width).map(|neuron| Slope {
            by_output: values.by_output[neuron],
            slope: slope(
                layer.activation,
                values.sums[neuron],
                values.outputs[neuron],
            ),
            by_sum: values.by_sum[neuron],
            by_weights: inputs.iter().map(|x| values.by_sum[neuron] * x).collect(),
            inputs: inputs.clone(),
        });
        Moment::Backward {
            point: self.point + 1,
            layer: at + 1,
            activation: layer.activation.name(),
            neurons: neurons.collect(),
        }
    }

    fn update_moment(&mut self, state: &State) -> Moment {
        let (before, gradient) = (self.network.clone(), self.gradient.clone());
        let points = self.summed;
        self.update(state);
        Moment::Update {
            points,
            learning_rate: state.learning_rate,
            layers: changes(&before, &self.network, &gradient, points),
        }
    }
}

fn slope(activation: Activation, sum: f64, output: f64) -> f64 {
    activation.slope(sum, output)
}

fn changes(
    before: &Network,
    after: &Network,
    gradient: &[Gradient],
    points: usize,
) -> Vec<Vec<Change>> {
    let n = points as f64;
    let layers = before.layers.iter().zip(&after.layers).zip(gradient);
    let layer = |((before, after), gradient): ((&super::network::Layer, _), &Gradient)| {
        let after: &super::network::Layer = after;
        let change = |neuron: usize| Change {
            bias: Moved {
                before: before.biases[neuron],
                gradient: gradient.biases[neuron] / n,
                after: after.biases[neuron],
            },
            weights: (0..before.weights.len())
                .map(|input| Moved {
                    before: before.weights[input][neuron],
                    gradient: gradient.weights[input][neuron] / n,
                    after: after.weights[input][neuron],
                })
                .collect(),
        };
        (0..before.width).map(change).collect()
    };
    layers.map(layer).collect()
}
