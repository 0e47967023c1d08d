//! The choice of a token from logits. It runs on the host, so that a seed gives one token on every device.

use super::random;
use crate::trace::query::Sampling;
use crate::trace::sampling::Cut;

/// The index of the largest logit, the first among equals. NaN never wins; `None` if all are NaN.
pub fn greedy(logits: &[f64]) -> Option<usize> {
    let numbers = (0..logits.len()).filter(|&i| !logits[i].is_nan());
    numbers.reduce(|best, i| if logits[i] > logits[best] { i } else { best })
}

/// A random index: softmax at `temperature`, cut to the `top_k` largest, then to the smallest set that holds
/// `top_p` of the rest (Holtzman et al. 2020). `step` makes successive draws with one seed differ. `None` if
/// no logit is a number.
pub fn sample(logits: &[f64], config: &Sampling, step: u64) -> Option<usize> {
    let cut = Cut::new(logits, config)?;
    let weight = |i: usize| cut.weight(logits[i]);
    let order = &cut.order;
    let total: f64 = order.iter().map(|&i| weight(i)).sum();
    let uniform = (random::output(config.seed, step.wrapping_add(1)) >> 11) as f64;
    let mut left = uniform / (1u64 << 53) as f64 * total;
    let drawn = order.iter().find(|&&i| {
        left -= weight(i);
        left < 0.0
    });
    drawn.or(order.last()).copied()
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
            // The spread is five standard deviations of a binomial.
            let spread = 5.0 * (8000.0 * p * (1.0_f64 - p)).sqrt();
            assert!((hit as f64 - 8000.0 * p).abs() < spread, "{hits:?}");
        }
    }

    #[test]
    fn top_k_and_top_p_cut_the_tail() {
        let logits = [5.0, 4.0, 1.0, 0.0];
        let draw = |change: fn(&mut Sampling), step| {
            let mut config = PLAIN;
            change(&mut config);
            sample(&logits, &config, step)
        };
        for step in 0..200 {
            assert!(draw(|c| c.top_k = 2, step).unwrap() < 2);
            assert_eq!(draw(|c| c.top_p = 0.5, step), Some(0));
            assert_eq!(draw(|c| c.temperature = 1e-3, step), Some(0));
        }
    }

    #[test]
    fn no_setting_that_is_allowed_gives_nan() {
        let logits = [1.0, 4.0, f64::NEG_INFINITY, 2.0];
        let draws = |temperature, top_p, logits: &[f64]| {
            let config = Sampling {
                temperature,
                top_p,
                ..PLAIN
            };
            let mut hits = [0; 4];
            for step in 0..400 {
                hits[sample(logits, &config, step).unwrap()] += 1;
            }
            hits
        };
        for tiny in [5e-324, 1e-310, f64::MIN_POSITIVE, 1e-300] {
            assert_eq!(draws(tiny, 1.0, &logits), [0, 400, 0, 0], "{tiny:e}");
            assert_eq!(draws(1.0, tiny, &logits), [0, 400, 0, 0], "{tiny:e}");
        }
        let flat = draws(f64::MAX, 1.0, &logits);
        assert!(flat[2] == 0 && flat[0] > 80 && flat[3] > 80, "{flat:?}");
        let certain = [1.0, f64::INFINITY, 0.0, f64::INFINITY];
        let drawn = draws(1.0, 1.0, &certain);
        assert!(drawn[0] == 0 && drawn[2] == 0 && drawn[1] > 80, "{drawn:?}");
        let none = draws(1e-310, 1.0, &[f64::NEG_INFINITY; 4]);
        assert!(none.iter().all(|&n| n > 50), "{none:?}");
    }

    #[test]
    fn the_same_seed_draws_the_same_tokens() {
        let logits: Vec<f64> = (0..50).map(|i| (i as f64 * 0.7).sin()).collect();
        let draw = |seed| {
            let config = Sampling { seed, ..PLAIN };
            [0, 1, 2, 3, 4, 5, 6, 7].map(|step| sample(&logits, &config, step))
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
