//! Activations: what a neuron makes of its sum. The first four are the site's.

use super::names::Named;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    Relu,
    Tanh,
    Sigmoid,
    Linear,
    LeakyRelu,
    Elu,
    Softplus,
    Swish,
    Sine,
}

impl Named for Activation {
    const NOUN: &'static str = "playground-noun-activation";
    const NAMES: &'static [(&'static str, Activation)] = &[
        ("relu", Activation::Relu),
        ("tanh", Activation::Tanh),
        ("sigmoid", Activation::Sigmoid),
        ("linear", Activation::Linear),
        ("leakyRelu", Activation::LeakyRelu),
        ("elu", Activation::Elu),
        ("softplus", Activation::Softplus),
        ("swish", Activation::Swish),
        ("sine", Activation::Sine),
    ];
}

/// The slope of a leaky ReLU below zero.
const LEAK: f64 = 0.01;

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Activation {
    /// Whether the site has it.
    pub fn on_the_site(self) -> bool {
        matches!(
            self,
            Activation::Relu | Activation::Tanh | Activation::Sigmoid | Activation::Linear
        )
    }

    #[inline]
    pub fn output(self, x: f64) -> f64 {
        match self {
            // NaN stays NaN, which `f64::max` would hide.
            Activation::Relu if x <= 0.0 => 0.0,
            Activation::Relu | Activation::Linear => x,
            Activation::Tanh => x.tanh(),
            Activation::Sigmoid => sigmoid(x),
            Activation::LeakyRelu if x <= 0.0 => LEAK * x,
            Activation::LeakyRelu => x,
            Activation::Elu if x <= 0.0 => x.exp_m1(),
            Activation::Elu => x,
            // This is ln(1 + eˣ), without overflow.
            Activation::Softplus if x > 0.0 => x + (-x).exp().ln_1p(),
            Activation::Softplus => x.exp().ln_1p(),
            Activation::Swish => x * sigmoid(x),
            Activation::Sine => x.sin(),
        }
    }

    /// The derivative at the sum `x`, whose output is `y`.
    #[inline]
    pub fn slope(self, x: f64, y: f64) -> f64 {
        match self {
            Activation::Relu if x <= 0.0 => 0.0,
            Activation::Relu | Activation::Linear => 1.0,
            Activation::Tanh => 1.0 - y * y,
            Activation::Sigmoid => y * (1.0 - y),
            Activation::LeakyRelu if x <= 0.0 => LEAK,
            Activation::LeakyRelu => 1.0,
            Activation::Elu if x <= 0.0 => y + 1.0,
            Activation::Elu => 1.0,
            Activation::Softplus => sigmoid(x),
            Activation::Swish => y + sigmoid(x) * (1.0 - y),
            Activation::Sine => x.cos(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_the_curves() {
        for (name, activation) in Activation::NAMES {
            for x in [-3.0, -0.7, 0.4, 2.5] {
                let h = 1e-6;
                let due = (activation.output(x + h) - activation.output(x - h)) / (2.0 * h);
                let got = activation.slope(x, activation.output(x));
                assert!((got - due).abs() < 1e-8, "{name} at {x}: {got}, not {due}");
            }
        }
    }

    #[test]
    fn nan_stays_nan() {
        for (name, activation) in Activation::NAMES {
            assert!(activation.output(f64::NAN).is_nan(), "{name}");
        }
    }
}
