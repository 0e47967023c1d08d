//! The values that the site offers for a setting. Others in between can be typed.

use super::activation::Activation;
use super::data::{Classes, Surface};
use super::export::Figure;
use super::names::Named;
use super::state::{Problem, Regularization};

const LEARNING_RATES: &[&str] = &[
    "0.00001", "0.0001", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3", "10",
];
const REGULARIZATION_RATES: &[&str] = &[
    "0", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3", "10",
];
const PERCENTS: &[&str] = &["10", "20", "30", "40", "50", "60", "70", "80", "90"];
const NOISES: &[&str] = &[
    "0", "5", "10", "15", "20", "25", "30", "35", "40", "45", "50",
];
const BATCHES: &[&str] = &[
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17",
    "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30",
];
const SWITCHES: &[&str] = &["false", "true"];

/// The values of a setting by its key, in order; none where any text will do.
pub fn choices(key: &str) -> Vec<&'static str> {
    match key {
        "activation" => names::<Activation>(),
        "regularization" => names::<Regularization>(),
        "dataset" => names::<Classes>(),
        "regDataset" => names::<Surface>(),
        "problem" => names::<Problem>(),
        "learningRate" => LEARNING_RATES.to_vec(),
        "regularizationRate" => REGULARIZATION_RATES.to_vec(),
        "percTrainData" => PERCENTS.to_vec(),
        "noise" => NOISES.to_vec(),
        "batchSize" => BATCHES.to_vec(),
        "seed" | "networkShape" | "tutorial" => Vec::new(),
        _ => SWITCHES.to_vec(),
    }
}

/// The figures that can be exported.
pub fn figures() -> Vec<&'static str> {
    names::<Figure>()
}

fn names<T: Named>() -> Vec<&'static str> {
    T::NAMES.iter().map(|(name, _)| *name).collect()
}

/// The value `by` places after `value`, which need not be one of them; the first or the last at the ends.
pub fn beside(key: &str, value: &str, by: isize) -> Option<&'static str> {
    let all = choices(key);
    let last = all.len().checked_sub(1)?;
    let at = match all.iter().position(|choice| *choice == value) {
        Some(at) => at.saturating_add_signed(by).min(last),
        // Between two of them: the next one is a step already.
        None => {
            let number = |text: &str| text.parse::<f64>().ok();
            let value = number(value)?;
            let above = all
                .iter()
                .position(|c| number(c).is_some_and(|c| c > value));
            match (above, by < 0) {
                (Some(above), true) => above.saturating_sub(1),
                (Some(above), false) => above,
                (None, _) => last,
            }
        }
    };
    Some(all[at])
}

#[cfg(test)]
mod tests {
    use super::super::state::{KEYS, State};
    use super::*;

    #[test]
    fn every_choice_is_a_value() {
        let mut state = State::new("1".into());
        for key in KEYS {
            for choice in choices(key) {
                state.set(key, choice).unwrap();
            }
        }
    }

    #[test]
    fn values_beside_others_are_found() {
        for (key, value, by, due) in [
            ("learningRate", "0.03", 1, "0.1"),
            ("learningRate", "0.05", 1, "0.1"),
            ("learningRate", "0.05", -1, "0.03"),
            ("learningRate", "10", 1, "10"),
            ("noise", "0", -1, "0"),
            ("noise", "50", -1, "45"),
            ("activation", "tanh", -1, "relu"),
            ("percTrainData", "33", 1, "40"),
            ("percTrainData", "99", 1, "90"),
        ] {
            assert_eq!(beside(key, value, by), Some(due), "{key} {value} {by}");
        }
        assert_eq!(beside("seed", "0.5", 1), None);
    }
}
