//! Every sentence about a perceptron that a person reads, on the screen or in batch.

use std::fmt::Write;

use super::model::Perceptron;
use super::rule::{Cycle, Status, Step};

/// Epochs whose wrong samples are listed.
pub const EPOCHS_LISTED: usize = 16;

pub const NO_LINE_HERE: &str = "A line is drawn for two inputs.";
const OFFER: &str = "A network with a hidden layer can learn them: see `layerwise play`.";

/// A number without digits that say nothing.
pub fn number(x: f64) -> String {
    let text = match x.abs() {
        a if a != 0.0 && !(1e-4..1e7).contains(&a) => return format!("{x:.2e}"),
        _ => format!("{x:.4}"),
    };
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".into(),
        short => short.into(),
    }
}

/// `weather 1 × 8 + price 0 × 4 = 8`, and what the threshold makes of it.
pub fn sum(perceptron: &Perceptron) -> String {
    let Perceptron {
        names,
        values,
        weights,
        output,
    } = perceptron;
    let terms = names.iter().zip(values).zip(&weights.each);
    let terms: Vec<String> = terms
        .map(|((name, x), w)| format!("{name} {} × {}", number(*x), number(*w)))
        .collect();
    let sum = weights.sum(values);
    let terms = terms.join(" + ");
    let (than, fires) = if sum > weights.threshold {
        ("greater", "it fires")
    } else {
        ("not greater", "it does not fire")
    };
    format!(
        "{terms} = {}. The sum {} is {than} than the threshold {}: {fires}, {output} = {}.",
        number(sum),
        number(sum),
        number(weights.threshold),
        u8::from(weights.fires(values)),
    )
}

/// The effect of a step and the reason for it.
pub fn step(step: &Step, perceptron: &Perceptron, samples: usize, rate: f64) -> String {
    let compared = if step.output { ">" } else { "≤" };
    let output = u8::from(step.output);
    let mut out = format!(
        "Epoch {}, sample {} of {samples}: sum {} {compared} threshold {}, so the output is {output}. ",
        step.epoch,
        step.sample + 1,
        number(step.sum),
        number(step.before.threshold),
    );
    if !step.changed() {
        let _ = write!(out, "The answer is {output} too: nothing changes.");
        return out;
    }
    let (answer, sign, much, way) = if step.answer {
        (1, "gains", "little", "falls")
    } else {
        (0, "loses", "much", "rises")
    };
    let rate = number(rate);
    let _ = write!(
        out,
        "The answer is {answer}: the sum was too {much}. Each weight {sign} {rate} × its input"
    );
    let after = &perceptron.weights;
    let changed = perceptron.names.iter().zip(&step.before.each);
    let changed: Vec<String> = changed
        .zip(&after.each)
        .filter(|((_, before), after)| before != after)
        .map(|((name, before), after)| format!("{name} {} → {}", number(*before), number(*after)))
        .collect();
    let changed = if changed.is_empty() {
        " (all inputs are 0: no weight changes)".into()
    } else {
        format!(" ({})", changed.join(", "))
    };
    let _ = write!(
        out,
        "{changed}, and the threshold {way} by {rate} ({} → {}).",
        number(step.before.threshold),
        number(after.threshold),
    );
    out
}

/// How learning stands: `wrong` of `samples` are left with the weights as they are. `inputs` say what
/// separates samples; `proven` is whether nothing does.
pub fn status(status: Status, inputs: usize, samples: usize, wrong: usize, proven: bool) -> String {
    let separator = match inputs {
        1 => "point",
        2 => "straight line",
        3 => "plane",
        _ => "hyperplane",
    };
    match status {
        Status::Start => format!("{samples} samples, {wrong} of them wrong with these weights."),
        Status::Learning => format!("{wrong} of {samples} samples are wrong."),
        Status::Unsettled { epochs } => {
            let why = if proven {
                format!("It never converges: no {separator} separates these samples.")
            } else {
                format!(
                    "It would converge if a {separator} separated the samples: perhaps none does, perhaps it takes \
                     longer."
                )
            };
            format!("{wrong} of {samples} samples are wrong after {epochs} epochs. {why} {OFFER}")
        }
        Status::Converged { after: 0 } => {
            format!("Converged: all {samples} samples were right from the start.")
        }
        Status::Converged { after } => format!(
            "Converged: all {samples} samples are right, since the change in epoch {}.",
            (after - 1) / samples + 1
        ),
        Status::Never(Cycle { from, to }) => {
            let from = match from {
                0 => "at the start".to_owned(),
                n => format!("after epoch {n}"),
            };
            format!(
                "It never converges: after epoch {to} weights and threshold are those {from} again, so the rule \
                 goes round for ever. No {separator} separates these samples. {OFFER}"
            )
        }
    }
}

/// Two samples, from 0, with the same inputs and different answers.
pub fn contradiction((a, b): (usize, usize)) -> String {
    format!(
        "Samples {} and {} have the same inputs and different answers: no weights make both right.",
        a + 1,
        b + 1
    )
}

/// The line between firing and not, for two inputs.
pub fn line(perceptron: &Perceptron) -> String {
    let [a, b] = perceptron.names.as_slice() else {
        return NO_LINE_HERE.into();
    };
    let weights = &perceptron.weights;
    let (wa, wb) = (number(weights.each[0]), number(weights.each[1]));
    let threshold = number(weights.threshold);
    if weights.each == [0.0, 0.0] {
        let all = if weights.threshold < 0.0 {
            "it always fires"
        } else {
            "it never fires"
        };
        return format!("Both weights are 0: there is no line, {all}.");
    }
    format!("{wa} × {a} + {wb} × {b} = {threshold}")
}

/// `wrong samples by epoch from 1: 2 3 3`.
pub fn wrong((first, wrong): &(usize, Vec<usize>)) -> String {
    let counts: Vec<String> = wrong.iter().map(usize::to_string).collect();
    match first {
        1 => format!("wrong in each epoch: {}", counts.join(" ")),
        n => format!("wrong in each epoch from {n}: {}", counts.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Weights;
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_are() {
        for (x, due) in [
            (0.0, "0"),
            (-0.0, "0"),
            (8.0, "8"),
            (-2.5, "-2.5"),
            (0.1 + 0.2, "0.3"),
            (1e-9, "1.00e-9"),
            (1e9, "1.00e9"),
            (100.0, "100"),
        ] {
            assert_eq!(number(x), due);
        }
    }

    #[test]
    fn the_sum_is_told_in_words() {
        let mut film = Perceptron::film();
        film.values[1] = 0.0;
        assert_eq!(
            sum(&film),
            "weather 1 × 8 + price 0 × 4 + company 1 × 4 = 12. The sum 12 is greater than the threshold 8: it \
             fires, film = 1."
        );
    }

    #[test]
    fn a_step_says_what_changed_and_why() {
        let mut perceptron = Perceptron::film();
        let before = Weights {
            each: vec![9.0, 4.0, 5.0],
            threshold: 7.0,
        };
        let mut taken = Step {
            epoch: 2,
            sample: 1,
            answer: false,
            sum: 14.0,
            output: true,
            before,
        };
        assert_eq!(
            step(&taken, &perceptron, 4, 1.0),
            "Epoch 2, sample 2 of 4: sum 14 > threshold 7, so the output is 1. The answer is 0: the sum was too \
             much. Each weight loses 1 × its input (weather 9 → 8, company 5 → 4), and the threshold rises by 1 \
             (7 → 8)."
        );
        taken.answer = true;
        let text = step(&taken, &perceptron, 4, 1.0);
        assert!(
            text.ends_with("The answer is 1 too: nothing changes."),
            "{text}"
        );
        taken.output = false;
        perceptron.weights = taken.before.clone();
        let text = step(&taken, &perceptron, 4, 1.0);
        assert!(text.contains("no weight changes"), "{text}");
    }

    #[test]
    fn a_line_is_an_equation() {
        let mut two = Perceptron::film();
        assert_eq!(line(&two), NO_LINE_HERE);
        two.names.pop();
        two.weights = Weights::zero(2);
        assert_eq!(
            line(&two),
            "Both weights are 0: there is no line, it never fires."
        );
        two.weights.each[0] = -1.5;
        assert_eq!(line(&two), "-1.5 × weather + 0 × price = 0");
    }
}
