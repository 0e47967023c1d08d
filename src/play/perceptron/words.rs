//! Sentences about a perceptron, on the screen or in batch; the sentences are messages.

use super::model::Perceptron;
use super::rule::{Cycle, Status, Step};
use crate::lang::{FluentValue, flow, say, say_with};

/// Epochs whose wrong samples are listed.
pub const EPOCHS_LISTED: usize = 16;

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
    let args = [
        ("terms", terms.join(" + ").into()),
        ("sum", shown(weights.sum(values))),
        ("threshold", shown(weights.threshold)),
        ("output", output.as_str().into()),
    ];
    if weights.fires(values) {
        say_with("perceptron-sum-fires", &args)
    } else {
        say_with("perceptron-sum-rests", &args)
    }
}

/// A number as an argument: as text, since a message would write it in its own way.
fn shown(x: f64) -> FluentValue<'static> {
    number(x).into()
}

fn count(n: usize) -> FluentValue<'static> {
    n.to_string().into()
}

/// The effect of a step and the reason for it.
pub fn step(step: &Step, perceptron: &Perceptron, samples: usize, rate: f64) -> String {
    let output = count(step.output.into());
    let compared = if step.output { ">" } else { "≤" };
    let args = [
        ("epoch", count(step.epoch)),
        ("sample", count(step.sample + 1)),
        ("samples", count(samples)),
        ("sum", shown(step.sum)),
        ("compared", compared.into()),
        ("threshold", shown(step.before.threshold)),
        ("output", output.clone()),
    ];
    let seen = say_with("perceptron-step", &args);
    let effect = if step.changed() {
        effect(step, perceptron, rate)
    } else {
        say_with("perceptron-step-right", &[("output", output)])
    };
    flow([seen.as_str(), &effect])
}

/// How weights and threshold changed in a step.
fn effect(step: &Step, perceptron: &Perceptron, rate: f64) -> String {
    let after = &perceptron.weights;
    let changed = perceptron.names.iter().zip(&step.before.each);
    let changed: Vec<String> = changed
        .zip(&after.each)
        .filter(|((_, before), after)| before != after)
        .map(|((name, before), after)| format!("{name} {} → {}", number(*before), number(*after)))
        .collect();
    let changed = if changed.is_empty() {
        say("perceptron-step-no-weight").to_owned()
    } else {
        changed.join(", ")
    };
    let args = [
        ("rate", shown(rate)),
        ("changed", changed.into()),
        ("before", shown(step.before.threshold)),
        ("after", shown(after.threshold)),
    ];
    if step.answer {
        say_with("perceptron-step-gains", &args)
    } else {
        say_with("perceptron-step-loses", &args)
    }
}

/// How learning stands: `wrong` of `samples` are left with the weights as they are. `inputs` say what
/// separates samples; `proven` is whether nothing does.
pub fn status(status: Status, inputs: usize, samples: usize, wrong: usize, proven: bool) -> String {
    let separator = match inputs {
        1 => say("perceptron-separator-point"),
        2 => say("perceptron-separator-line"),
        3 => say("perceptron-separator-plane"),
        _ => say("perceptron-separator-hyperplane"),
    };
    let separator = [("separator", separator.into())];
    let counts = [("samples", count(samples)), ("wrong", count(wrong))];
    match status {
        Status::Start => say_with("perceptron-start", &counts),
        Status::Learning => say_with("perceptron-learning", &counts),
        Status::Unsettled { epochs } => {
            let [samples, wrong] = counts;
            let args = [samples, wrong, ("epochs", count(epochs))];
            let why = if proven {
                say_with("perceptron-unsettled-never", &separator)
            } else {
                say_with("perceptron-unsettled-perhaps", &separator)
            };
            let now = say_with("perceptron-unsettled", &args);
            flow([now.as_str(), &why, say("perceptron-offer")])
        }
        Status::Converged { after: 0 } => say_with("perceptron-converged-at-once", &counts[..1]),
        Status::Converged { after } => {
            let epoch = (after - 1) / samples + 1;
            let args = [("samples", count(samples)), ("epoch", count(epoch))];
            say_with("perceptron-converged", &args)
        }
        Status::Never(Cycle { from, to }) => {
            let [separator] = separator;
            let args = [separator, ("to", count(to)), ("from", count(from))];
            let why = match from {
                0 => say_with("perceptron-never-from-start", &args),
                _ => say_with("perceptron-never", &args),
            };
            flow([why.as_str(), say("perceptron-offer")])
        }
    }
}

/// Two samples, from 0, with the same inputs and different answers.
pub fn contradiction((a, b): (usize, usize)) -> String {
    let args = [("a", count(a + 1)), ("b", count(b + 1))];
    say_with("perceptron-contradiction", &args)
}

/// The line between firing and not, for two inputs.
pub fn line(perceptron: &Perceptron) -> String {
    let [a, b] = perceptron.names.as_slice() else {
        return say("perceptron-no-line-here").into();
    };
    let weights = &perceptron.weights;
    let (wa, wb) = (number(weights.each[0]), number(weights.each[1]));
    let threshold = number(weights.threshold);
    if weights.each != [0.0, 0.0] {
        return format!("{wa} × {a} + {wb} × {b} = {threshold}");
    }
    if weights.threshold < 0.0 {
        say("perceptron-always-fires").into()
    } else {
        say("perceptron-never-fires").into()
    }
}

/// `wrong samples by epoch from 1: 2 3 3`.
pub fn wrong((first, wrong): &(usize, Vec<usize>)) -> String {
    let counts: Vec<String> = wrong.iter().map(usize::to_string).collect();
    let counts = ("counts", counts.join(" ").into());
    match first {
        1 => say_with("perceptron-wrong", &[counts]),
        n => say_with("perceptron-wrong-from", &[counts, ("from", count(*n))]),
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
        assert_eq!(line(&two), "A line is drawn for two inputs.");
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
