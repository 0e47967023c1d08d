//! Rounding or not: the differences of two sides, both measured against a run in float64.
//!
//! Two correct implementations in f32 differ from each other, and each differs by about as much from exact
//! arithmetic. The size of the difference depends on the hook point: it grows with depth and with
//! cancellation, and no fixed tolerance fits it. It is therefore measured.

use serde::Serialize;

use super::host::BLOCK;
use super::number::Number;
use super::tensor::{Dtype, HostTensor};

/// The largest rounding error of another implementation, in multiples of our own.
const FACTOR: f64 = 4.0;

/// One hook point of two runs in `dtype`, measured against float64.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Noise {
    /// The largest distance of an element of the expected run from float64.
    pub expected: Number,
    /// The largest distance of an element of our run from float64: the noise of this hook point.
    pub ours: Number,
    /// Whether the expected run is off by more than rounding explains.
    pub real: bool,
    #[serde(skip)]
    dtype: Dtype,
}

impl Noise {
    /// The verdict in one line.
    pub fn describe(&self) -> String {
        let (expected, ours, dtype) = (self.expected.0, self.ours.0, self.dtype);
        let size = |x: f64| {
            if x == 0.0 {
                "0".into()
            } else {
                format!("{x:.1e}")
            }
        };
        let (expected, ours) = (size(expected), size(ours));
        let distances =
            format!("{expected} from the model in float64, whose own {dtype} noise is {ours}");
        if self.real {
            format!("a real divergence: what was recorded lies {distances}")
        } else {
            format!("within noise: what was recorded lies {distances}")
        }
    }
}

/// Measure the recorded values and ours, both of one shape, against `truth`. Rounding is that of
/// `dtype`, in which `ours` was computed.
pub fn measure(
    expected: &HostTensor,
    ours: &HostTensor,
    truth: &HostTensor,
    dtype: Dtype,
) -> Noise {
    let mut sides = [vec![0.0; BLOCK], vec![0.0; BLOCK]];
    let mut off = [0.0f64; 2];
    let mut scale = 0.0f64;
    truth.for_each_block(|start, block| {
        for (side, (tensor, off)) in sides
            .iter_mut()
            .zip([expected, ours].into_iter().zip(&mut off))
        {
            let values = &mut side[..block.len()];
            tensor.read(start, values);
            for (&value, &true_value) in values.iter().zip(block) {
                *off = off.max(distance(value, true_value));
            }
        }
        let finite = block.iter().filter(|x| x.is_finite());
        scale = finite.fold(scale, |max, x| max.max(x.abs()));
    });
    let [expected, ours] = off;
    // Even if ours happens to be exact, the other may round its last bit.
    let bound = FACTOR * ours + dtype.epsilon() * scale;
    Noise {
        expected: Number(expected),
        ours: Number(ours),
        // The comparison is negated so that NaN counts as a divergence.
        real: !matches!(expected.partial_cmp(&bound), Some(o) if o.is_le()),
        dtype,
    }
}

/// The distance of two numbers. It is infinite if one of them is not finite and the other is not the same.
fn distance(a: f64, b: f64) -> f64 {
    if a == b || a.is_nan() && b.is_nan() {
        0.0
    } else if a.is_finite() && b.is_finite() {
        (a - b).abs()
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(expected: &[f64], ours: &[f64]) -> Noise {
        let t = |dtype, x: &[f64]| HostTensor::new(dtype, vec![x.len()], x.iter().copied());
        let truth = t(Dtype::F64, &[1.0, -2.0, f64::NEG_INFINITY]);
        let (expected, ours) = (t(Dtype::F32, expected), t(Dtype::F32, ours));
        measure(&expected, &ours, &truth, Dtype::F32)
    }

    #[test]
    fn what_is_as_far_from_float64_as_we_are_is_noise() {
        let dark = f64::NEG_INFINITY;
        let ours = [1.0 + 1e-5, -2.0, dark];
        let near = verdict(&[1.0, -2.0 - 3e-5, dark], &ours);
        assert!(!near.real, "{near:?}");
        assert!(
            near.describe().starts_with("within noise"),
            "{}",
            near.describe()
        );
        let far = verdict(&[1.0, -2.0 - 5e-5, dark], &ours);
        assert!(far.real, "{far:?}");
        assert!(far.describe().contains("5.0e-5"), "{}", far.describe());
        assert!(verdict(&[1.0, -2.0, 0.0], &ours).real);
        assert!(verdict(&[1.0, f64::NAN, dark], &ours).real);
        // Ours is exact, and a last bit is not a divergence.
        assert!(!verdict(&[1.0 + 1e-7, -2.0, dark], &[1.0, -2.0, dark]).real);
    }
}
