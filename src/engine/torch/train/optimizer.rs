//! AdamW (Loshchilov & Hutter 2019) on all parameters at once, as one vector.

use tch::Tensor;

use super::super::Result;
use crate::checkpoint::create::Slot;
use crate::engine::training::folder::State;

const BETA1: f64 = 0.9;
/// The decay of the mean of squares: a short memory, since the gradients of a small model on a small text
/// change fast.
const BETA2: f64 = 0.99;
const EPS: f64 = 1e-8;
/// The largest norm of a gradient; longer ones are scaled down to it.
const LARGEST_GRADIENT: f64 = 1.0;

/// The parameters in training and the running means of their gradients. Each vector is `[parameter]`, in the
/// order of the slots.
pub struct Optimizer {
    pub weights: Tensor,
    mean: Tensor,
    square: Tensor,
    /// The share of the learning rate by which each parameter shrinks in a step: 0 for biases and norms.
    decay: Tensor,
    steps: usize,
}

impl Optimizer {
    /// An optimizer that continues from `state`.
    pub fn new(state: &State, slots: &[Slot]) -> Result<Optimizer> {
        let weight_decay = state.settings.weight_decay as f32;
        let mut decay = Vec::with_capacity(state.weights.len());
        for slot in slots {
            let matrix = slot.shape.len() > 1;
            let of_slot = if matrix { weight_decay } else { 0.0 };
            decay.resize(decay.len() + slot.numel(), of_slot);
        }
        Ok(Optimizer {
            weights: Tensor::f_from_slice(&state.weights)?,
            mean: Tensor::f_from_slice(&state.mean)?,
            square: Tensor::f_from_slice(&state.square)?,
            decay: Tensor::f_from_slice(&decay)?,
            steps: state.step,
        })
    }

    /// Take one step against `gradient`, `[parameter]`.
    pub fn step(&mut self, gradient: &Tensor, learning_rate: f64) -> Result<()> {
        self.steps += 1;
        let length = gradient.f_norm()?;
        let shorten = (length.f_add_scalar(1e-6)?.f_reciprocal()?)
            .f_mul_scalar(LARGEST_GRADIENT)?
            .f_clamp_max(1.0)?;
        let gradient = gradient.f_mul(&shorten)?;
        let _ = self.mean.f_lerp_(&gradient, 1.0 - BETA1)?;
        let _ = self.square.f_lerp_(&gradient.f_square()?, 1.0 - BETA2)?;
        // The running means begin at zero. Dividing by this factor corrects them in the first steps.
        let whole = |beta: f64| 1.0 - beta.powi(self.steps.min(i32::MAX as usize) as i32);
        let spread = (self.square.f_div_scalar(whole(BETA2))?)
            .f_sqrt()?
            .f_add_scalar(EPS)?;
        let change = (self.mean.f_div(&spread)?).f_mul_scalar(learning_rate / whole(BETA1))?;
        let shrink = (self.weights.f_mul(&self.decay)?).f_mul_scalar(learning_rate)?;
        let _ = self.weights.f_sub_(&shrink)?;
        let _ = self.weights.f_sub_(&change)?;
        Ok(())
    }

    /// Copy parameters and running means into `state`.
    pub fn store(&self, state: &mut State) -> Result<()> {
        state.step = self.steps;
        for (tensor, values) in [
            (&self.weights, &mut state.weights),
            (&self.mean, &mut state.mean),
            (&self.square, &mut state.square),
        ] {
            tensor.f_copy_data(values, tensor.numel())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::training::Settings;
    use crate::graph::role::{Param, Role};

    /// A step follows the update rule, written out for one number, with weight decay and without.
    #[test]
    fn it_follows_the_rule() {
        for (shape, decay) in [(vec![1, 1], 0.1), (vec![1], 0.0)] {
            let slot = Slot {
                name: "w".into(),
                shape,
                role: Role::MlpIn,
                param: Param::Weight,
                inputs: 1,
            };
            let mut state = State::new(Settings::default(), "", vec![1.0]);
            state.settings.weight_decay = 0.1;
            let mut optimizer = Optimizer::new(&state, &[slot]).unwrap();
            let (mut w, mut m, mut v) = (1.0f64, 0.0f64, 0.0f64);
            // The last gradient is scaled down to a norm of 1.
            for (i, g) in [0.3f32, -0.1, 5.0].into_iter().enumerate() {
                optimizer.step(&Tensor::from_slice(&[g]), 0.01).unwrap();
                let (g, i) = (f64::from(g).min(1.0), i as i32 + 1);
                m = BETA1 * m + (1.0 - BETA1) * g;
                v = BETA2 * v + (1.0 - BETA2) * g * g;
                let (m, v) = (m / (1.0 - BETA1.powi(i)), v / (1.0 - BETA2.powi(i)));
                w -= 0.01 * decay * w;
                w -= 0.01 * m / (v.sqrt() + EPS);
            }
            optimizer.store(&mut state).unwrap();
            assert_eq!(state.step, 3);
            assert!((f64::from(state.weights[0]) - w).abs() < 1e-6);
        }
    }
}
