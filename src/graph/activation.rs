//! Activations as functions of one number, for curves; the engine computes them on tensors.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::arch::Activation;
use super::operation::Gate;

impl Activation {
    /// The activation of `x`, in float64; `None` for one that has learned numbers.
    pub fn of(self, x: f64) -> Option<f64> {
        Some(match self {
            Activation::Gelu => x * 0.5 * (1.0 + libm::erf(x * FRAC_1_SQRT_2)),
            Activation::GeluTanh => {
                let inner = (2.0 / PI).sqrt() * (x + 0.044715 * x.powi(3));
                0.5 * x * (1.0 + inner.tanh())
            }
            Activation::Relu => x.max(0.0),
            Activation::Relu2 => x.max(0.0).powi(2),
            Activation::Silu => x * sigmoid(x),
            Activation::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Activation::Swish(beta) => x * sigmoid(beta * x),
            Activation::Tanh => x.tanh(),
            Activation::Xielu => return None,
        })
    }
}

impl Gate {
    /// `x` and the linear half as the gate reads them: within the clamp, and with the offset.
    pub fn read(&self, x: f64, linear: f64) -> (f64, f64) {
        let (x, linear) = self.clamped(x, linear);
        (x, linear + self.offset)
    }

    /// `x` and the linear half within the clamp.
    pub fn clamped(&self, x: f64, linear: f64) -> (f64, f64) {
        match self.clamp {
            Some(clamp) => (x.min(clamp), linear.clamp(-clamp, clamp)),
            None => (x, linear),
        }
    }
}

/// `σ(x)`
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
