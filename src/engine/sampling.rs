//! Choosing a token from logits, on the host: the same seed gives the same token on every device.

use crate::trace::source::Sampling;

/// The index of the largest logit, the first of equals; NaN never wins.
pub fn greedy(logits: &[f64]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (i, &x) in logits.iter().enumerate() {
        if !x.is_nan() && best.is_none_or(|b| x > logits[b]) {
            best = Some(i);
        }
    }
    best
}

/// Draw an index: softmax at `temperature`, cut to the `top_k` largest, then to the smallest set of
/// them that holds `top_p` of what is left (Holtzman et al. 2020). `step` makes successive draws of
/// one seed differ. `None` if no logit is a number.
pub fn sample(logits: &[f64], config: &Sampling, step: u64) -> Option<usize> {
    let mut order: Vec<usize> = (0..logits.len()).filter(|&i| !logits[i].is_nan()).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]).then(a.cmp(&b)));
    if config.top_k > 0 {
        order.truncate(config.top_k);
    }
    let largest = logits[*order.first()?];
    let weight = |i: usize| ((logits[i] - largest) / config.temperature).exp();
    let total: f64 = order.iter().map(|&i| weight(i)).sum();
    let mut kept = 0.0;
    let nucleus = order.iter().position(|&i| {
        kept += weight(i);
        kept >= config.top_p * total
    });
    order.truncate(nucleus.map_or(order.len(), |i| i + 1));

    let total: f64 = order.iter().map(|&i| weight(i)).sum();
    let mut left = uniform(config.seed, step) * total;
    order
        .iter()
        .copied()
        .find(|&i| {
            left -= weight(i);
            left < 0.0
        })
        .or(order.last().copied())
}

/// A number in [0, 1) from a seed and a counter: SplitMix64's output function (Steele et al. 2014).
fn uniform(seed: u64, step: u64) -> f64 {
    let mut z = seed.wrapping_add(step.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Sampling = Sampling {
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
        seed: 7,
    };

    #[test]
    fn greedy_takes_the_first_largest_and_never_nan() {
        assert_eq!(greedy(&[1.0, 3.0, f64::NAN, 3.0]), Some(1));
        assert_eq!(greedy(&[f64::NAN]), None);
        assert_eq!(greedy(&[f64::NEG_INFINITY]), Some(0));
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let logits = [0.0, 1.0_f64.ln(), 2.0_f64.ln()]; // probabilities 1/4, 1/4, 1/2
        let mut hits = [0; 3];
        for step in 0..8000 {
            hits[sample(&logits, &PLAIN, step).unwrap()] += 1;
        }
        for (hit, p) in hits.into_iter().zip([0.25, 0.25, 0.5]) {
            // Five standard deviations of a binomial.
            let spread = 5.0 * (8000.0 * p * (1.0_f64 - p)).sqrt();
            assert!((hit as f64 - 8000.0 * p).abs() < spread, "{hits:?}");
        }
    }

    #[test]
    fn top_k_and_top_p_cut_the_tail() {
        let logits = [5.0, 4.0, 1.0, 0.0];
        for step in 0..200 {
            assert!(sample(&logits, &Sampling { top_k: 2, ..PLAIN }, step).unwrap() < 2);
            assert_eq!(
                sample(
                    &logits,
                    &Sampling {
                        top_p: 0.5,
                        ..PLAIN
                    },
                    step
                ),
                Some(0)
            );
            assert_eq!(
                sample(
                    &logits,
                    &Sampling {
                        temperature: 1e-3,
                        ..PLAIN
                    },
                    step
                ),
                Some(0)
            );
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_tokens() {
        let logits: Vec<f64> = (0..50).map(|i| (i as f64 * 0.7).sin()).collect();
        let draw = |seed| -> Vec<_> {
            (0..20)
                .map(|s| sample(&logits, &Sampling { seed, ..PLAIN }, s))
                .collect()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
