//! The learning rate, step by step.

use super::Settings;

/// The end of the cosine, as a share of the largest rate.
const FINAL: f64 = 0.02;

/// The learning rate for the step after `step` steps: up in a straight line, then down along half a cosine
/// (Loshchilov & Hutter 2017).
pub fn learning_rate(settings: &Settings, step: usize) -> f64 {
    let largest = settings.learning_rate;
    if step < settings.warmup {
        return largest * (step + 1) as f64 / settings.warmup as f64;
    }
    let left = settings.steps.saturating_sub(settings.warmup).max(1);
    let done = (step - settings.warmup) as f64 / left as f64;
    let cosine = (1.0 + (std::f64::consts::PI * done.min(1.0)).cos()) / 2.0;
    largest * (FINAL + (1.0 - FINAL) * cosine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_to_the_largest_and_falls_to_a_fiftieth() {
        let settings = Settings {
            steps: 1000,
            warmup: 100,
            learning_rate: 1.0,
            ..Settings::default()
        };
        let at = |step| learning_rate(&settings, step);
        assert_eq!(at(0), 0.01);
        assert_eq!((at(99), at(100)), (1.0, 1.0));
        assert!((at(550) - 0.51).abs() < 1e-12);
        assert!((at(999) - FINAL).abs() < 1e-5);
        assert!((101..1000).all(|step| at(step) < at(step - 1)));
    }

    #[test]
    fn no_warm_up_and_more_warm_up_than_steps_are_fine() {
        for warmup in [0, 10, 20] {
            let settings = Settings {
                steps: 10,
                warmup,
                ..Settings::default()
            };
            assert!((0..10).all(|step| learning_rate(&settings, step) > 0.0));
        }
    }
}
