//! The weights that training starts from.

use crate::checkpoint::create::Slot;
use crate::engine::random::Random;
use crate::graph::role::{Param, Role};

/// The standard deviation of token and position embeddings. The fixed sines have a root mean square of 0.7;
/// much smaller embeddings would drown in them at first.
const EMBEDDING: f64 = 0.15;

/// The elements of all `slots`, one tensor after the other, for a model of `n_layers` blocks.
///
/// Matrices are normal with the variance that keeps their output as large as their input. Those that write to
/// the residual stream get smaller with the number of blocks (Radford et al. 2019, §2.3).
pub fn values(slots: &[Slot], n_layers: usize, seed: u64) -> Vec<f32> {
    let mut values = Vec::with_capacity(slots.iter().map(Slot::numel).sum());
    for (i, slot) in slots.iter().enumerate() {
        let fan_in = 1.0 / (slot.inputs as f64).sqrt();
        let deviation = match (slot.param, slot.role) {
            (Param::Bias, _) => 0.0,
            // Vectors are a norm's weights.
            _ if slot.shape.len() == 1 => {
                values.resize(values.len() + slot.numel(), 1.0);
                continue;
            }
            (_, Role::Embed | Role::PosEmbed) => EMBEDDING,
            (_, Role::AttnOut | Role::MlpOut) => fan_in / (2.0 * n_layers as f64).sqrt(),
            _ => fan_in,
        };
        let mut random = Random::new(seed, i as u64);
        values.extend((0..slot.numel()).map(|_| (deviation * random.normal()) as f32));
    }
    values
}
