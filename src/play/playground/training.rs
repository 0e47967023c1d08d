//! Training: epochs, batches and losses.

use super::data::{Data, Set};
use super::network::{Gradient, Network, Values};
use super::state::State;

/// The mean loss over training data and over test data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    pub train: f64,
    pub test: f64,
}

impl Losses {
    pub fn are_finite(self) -> bool {
        self.train.is_finite() && self.test.is_finite()
    }
}

/// A network in training. Points that fill no batch at the end of an epoch are carried into the next
/// one's first batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    pub network: Network,
    /// Epochs that are over.
    pub epoch: usize,
    /// Sums since the last update, over `summed` points.
    pub gradient: Vec<Gradient>,
    pub summed: usize,
    /// The values of each layer for the latest point.
    pub values: Vec<Values>,
    /// The point of this epoch that is next.
    pub point: usize,
}

impl Training {
    pub fn new(network: Network) -> Training {
        Training {
            gradient: network.no_gradient(),
            values: network.values(),
            network,
            epoch: 0,
            summed: 0,
            point: 0,
        }
    }

    /// Train on what is left of the epoch.
    pub fn finish_epoch(&mut self, data: &Data, state: &State) {
        while self.point < data.train.points.len() {
            let inputs = data.train.inputs(self.point);
            let target = data.train.points[self.point].label;
            self.network.forward(inputs, &mut self.values);
            self.network
                .backward(inputs, target, &mut self.values, &mut self.gradient);
            self.count_point();
            if self.update_is_due(state) {
                self.update(state);
            }
        }
        self.end_epoch();
    }

    /// The point's gradient has been added.
    pub fn count_point(&mut self) {
        self.summed += 1;
        self.point += 1;
    }

    /// Whether the last point was the last of a batch. Batches are counted from the epoch's start.
    pub fn update_is_due(&self, state: &State) -> bool {
        self.point.is_multiple_of(state.batch)
    }

    pub fn update(&mut self, state: &State) {
        self.network.update(&self.gradient, self.summed, state);
        self.gradient = self.network.no_gradient();
        self.summed = 0;
    }

    pub fn end_epoch(&mut self) {
        self.point = 0;
        self.epoch += 1;
    }

    pub fn losses(&self, data: &Data) -> Losses {
        let mut values = self.network.values();
        Losses {
            train: loss(&self.network, &data.train, &mut values),
            test: loss(&self.network, &data.test, &mut values),
        }
    }
}

/// The loss at one point.
pub fn loss_at(output: f64, target: f64) -> f64 {
    0.5 * (output - target) * (output - target)
}

fn loss(network: &Network, set: &Set, values: &mut [Values]) -> f64 {
    let mut sum = 0.0;
    for (at, point) in set.points.iter().enumerate() {
        sum += loss_at(network.forward(set.inputs(at), values), point.label);
    }
    sum / set.points.len() as f64
}
