//! A network: its layers, forward, backward, and the update of its weights.

use super::activation::Activation;
use super::random::Random;
use super::state::{Problem, Regularization, State};
use crate::lang::{plain, say_with};

/// Neurons of a layer at most. A row of this length is what the processor works on at once.
pub const WIDEST: usize = 8;

/// Something for each neuron of a layer; what lies behind the last neuron is zero.
pub type Row = [f64; WIDEST];

/// The bias that neurons start with.
const BIAS: f64 = 0.1;

/// Neurons that read the same inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its neurons.
    pub width: usize,
    pub activation: Activation,
    pub biases: Row,
    /// The weights of each input, one a neuron.
    pub weights: Vec<Row>,
    /// Weights that L1 has set to zero for good.
    pub dead: Vec<[bool; WIDEST]>,
}

/// Derivatives of the loss by biases and weights, summed over points.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    pub biases: Row,
    pub weights: Vec<Row>,
}

/// The values of a layer for one point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    pub sums: Row,
    pub outputs: Row,
    /// The loss's derivatives by the outputs, and by the sums.
    pub by_output: Row,
    pub by_sum: Row,
}

/// Hidden layers, then the layer of the one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    pub n_inputs: usize,
    pub layers: Vec<Layer>,
}

impl Network {
    /// A network as a state begins with it.
    pub fn new(state: &State, random: &mut Random) -> Network {
        let output = match state.problem {
            Problem::Classification => Activation::Tanh,
            Problem::Regression => Activation::Linear,
        };
        let n_inputs = state.features().len();
        let hidden = state.hidden_layers.iter().map(|w| (*w, state.activation));
        let mut inputs = n_inputs;
        let mut layers = Vec::new();
        for (width, activation) in hidden.chain([(1, output)]) {
            layers.push(Layer::new(inputs, width, activation, state.zero, random));
            inputs = width;
        }
        Network { n_inputs, layers }
    }

    /// Room for what a point makes of each layer.
    pub fn values(&self) -> Vec<Values> {
        vec![Values::default(); self.layers.len()]
    }

    /// Gradients of which nothing is summed yet.
    pub fn no_gradient(&self) -> Vec<Gradient> {
        let none = |layer: &Layer| Gradient {
            biases: [0.0; WIDEST],
            weights: vec![[0.0; WIDEST]; layer.weights.len()],
        };
        self.layers.iter().map(none).collect()
    }

    /// The output for these inputs.
    pub fn forward(&self, inputs: &[f64], values: &mut [Values]) -> f64 {
        for at in 0..self.layers.len() {
            self.forward_layer(at, inputs, values);
        }
        values.last().map_or(0.0, |last| last.outputs[0])
    }

    pub fn forward_layer(&self, at: usize, inputs: &[f64], values: &mut [Values]) {
        let (before, values) = values.split_at_mut(at);
        let inputs = before.last().map_or(inputs, |layer| &layer.outputs);
        let (layer, values) = (&self.layers[at], &mut values[0]);
        // Each sum is taken in the order of the inputs, as the site does, so that its bits are the site's.
        let mut sums = layer.biases;
        for (weights, x) in layer.weights.iter().zip(inputs) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight * x;
            }
        }
        values.sums = sums;
        for (output, sum) in values.outputs.iter_mut().zip(&sums).take(layer.width) {
            *output = layer.activation.output(*sum);
        }
    }

    /// The derivatives of the loss ½(o − target)², added to `gradient`.
    pub fn backward(
        &self,
        inputs: &[f64],
        target: f64,
        values: &mut [Values],
        gradient: &mut [Gradient],
    ) {
        self.backward_loss(target, values);
        for at in (0..self.layers.len()).rev() {
            self.backward_layer(at, inputs, values, gradient);
        }
    }

    /// The derivative by the output.
    pub fn backward_loss(&self, target: f64, values: &mut [Values]) {
        if let Some(last) = values.last_mut() {
            last.by_output[0] = last.outputs[0] - target;
        }
    }

    pub fn backward_layer(
        &self,
        at: usize,
        inputs: &[f64],
        values: &mut [Values],
        gradient: &mut [Gradient],
    ) {
        let (before, values) = values.split_at_mut(at);
        let (layer, values, gradient) = (&self.layers[at], &mut values[0], &mut gradient[at]);
        for neuron in 0..layer.width {
            let slope = layer
                .activation
                .slope(values.sums[neuron], values.outputs[neuron]);
            values.by_sum[neuron] = values.by_output[neuron] * slope;
            gradient.biases[neuron] += values.by_sum[neuron];
        }
        let source = before.last().map_or(inputs, |layer| &layer.outputs);
        for (sums, x) in gradient.weights.iter_mut().zip(source) {
            for (sum, by_sum) in sums.iter_mut().zip(&values.by_sum) {
                *sum += by_sum * x;
            }
        }
        if let Some(before) = before.last_mut() {
            for (by_output, weights) in before.by_output.iter_mut().zip(&layer.weights) {
                let terms = weights.iter().zip(&values.by_sum).take(layer.width);
                *by_output = terms.fold(0.0, |sum, (weight, by_sum)| sum + weight * by_sum);
            }
        }
    }

    /// Take a step against the mean of the gradients of `points` points.
    pub fn update(&mut self, gradient: &[Gradient], points: usize, state: &State) {
        let n = points as f64;
        for (layer, gradient) in self.layers.iter_mut().zip(gradient) {
            for (bias, sum) in layer.biases.iter_mut().zip(&gradient.biases) {
                *bias -= state.learning_rate * sum / n;
            }
            for (input, sums) in gradient.weights.iter().enumerate() {
                for (neuron, sum) in sums.iter().enumerate().take(layer.width) {
                    if !layer.dead[input][neuron] {
                        let weight = &mut layer.weights[input][neuron];
                        let pull = pull(*weight, state);
                        *weight -= state.learning_rate / n * sum;
                        layer.dead[input][neuron] = shrink(weight, pull, state);
                    }
                }
            }
        }
    }

    /// The first value that is infinite or NaN: its layer, its neuron and its place among the weights,
    /// `None` for a bias.
    pub fn not_finite(&self) -> Option<(usize, usize, Option<usize>)> {
        for (at, layer) in self.layers.iter().enumerate() {
            for neuron in 0..layer.width {
                if !layer.biases[neuron].is_finite() {
                    return Some((at, neuron, None));
                }
                let bad = |weights: &Row| !weights[neuron].is_finite();
                if let Some(input) = layer.weights.iter().position(bad) {
                    return Some((at, neuron, Some(input)));
                }
            }
        }
        None
    }
}

/// The derivative of the regularisation's term by a weight.
fn pull(weight: f64, state: &State) -> f64 {
    match state.regularization {
        Regularization::None => 0.0,
        Regularization::L1 if weight < 0.0 => -1.0,
        Regularization::L1 if weight > 0.0 => 1.0,
        Regularization::L1 => 0.0,
        Regularization::L2 => weight,
    }
}

/// Regularise a weight that has just been changed; `pull` is that of the weight before. Returns whether
/// L1 took it over zero, where it stays for good.
fn shrink(weight: &mut f64, pull: f64, state: &State) -> bool {
    let smaller = *weight - state.learning_rate * state.regularization_rate * pull;
    let crossed = state.regularization == Regularization::L1 && *weight * smaller < 0.0;
    *weight = if crossed { 0.0 } else { smaller };
    crossed
}

impl Layer {
    fn new(
        inputs: usize,
        width: usize,
        activation: Activation,
        zero: bool,
        random: &mut Random,
    ) -> Layer {
        let mut weights = vec![[0.0; WIDEST]; inputs];
        let mut biases = [0.0; WIDEST];
        for neuron in 0..width {
            for weights in &mut weights {
                // The number is drawn even where it is not used, as on the site.
                let drawn = random.number() - 0.5;
                weights[neuron] = if zero { 0.0 } else { drawn };
            }
            biases[neuron] = if zero { 0.0 } else { BIAS };
        }
        Layer {
            width,
            activation,
            biases,
            dead: vec![[false; WIDEST]; inputs],
            weights,
        }
    }

    /// The weights that one neuron reads its inputs with.
    pub fn weights_of(&self, neuron: usize) -> Vec<f64> {
        self.weights.iter().map(|row| row[neuron]).collect()
    }
}

impl Network {
    /// A layer to edit, once its neuron and input are known to be there. Places are counted from 0 here and
    /// from 1 in messages.
    ///
    /// # Errors
    /// There is no such layer, neuron or input.
    pub fn place(
        &mut self,
        layer: usize,
        neuron: usize,
        input: Option<usize>,
    ) -> Result<(&mut Layer, Option<usize>), String> {
        let layers = self.layers.len();
        let Some(found) = self.layers.get_mut(layer) else {
            return Err(say_with(
                "playground-error-layer",
                &[
                    ("layer", plain(layer.saturating_add(1))),
                    ("layers", plain(layers)),
                ],
            ));
        };
        let (neurons, inputs) = (found.width, found.weights.len());
        if neuron >= neurons {
            return Err(say_with(
                "playground-error-neuron",
                &[
                    ("layer", plain(layer + 1)),
                    ("neuron", plain(neuron.saturating_add(1))),
                    ("neurons", plain(neurons)),
                ],
            ));
        }
        match input {
            Some(input) if input >= inputs => Err(say_with(
                "playground-error-input",
                &[
                    ("layer", plain(layer + 1)),
                    ("input", plain(input.saturating_add(1))),
                    ("inputs", plain(inputs)),
                ],
            )),
            _ => Ok((found, input)),
        }
    }
}
