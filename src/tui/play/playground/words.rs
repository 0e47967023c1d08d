//! Words of the playground's screen: the messages of its keys, names, values and steps. What commands say is
//! [`play::playground`](crate::play::playground)'s.

use super::view::{Shown, Spot};
use crate::lang::{self, say, say_with};
use crate::play::playground::inside::{Change, Moment, Moved, Slope, Sum};

/// Points of a class that are right, and wrong.
pub const PLUS: &str = "+1 ✓/✗";
pub const MINUS: &str = "−1 ✓/✗";
pub const R_SQUARED: &str = "R²";

/// Keys for the help.
pub const HELP_KEYS: &[(&str, &str)] = &[
    ("space", "playground-key-run"),
    ("s S", "playground-key-step"),
    ("5s", "playground-key-count"),
    ("i", "playground-key-inside"),
    ("e", "playground-key-details"),
    ("< >", "playground-key-speed"),
    ("r", "playground-key-reset"),
    ("g", "playground-key-regenerate"),
    ("u", "playground-key-undo"),
    ("arrows h j k l", "playground-key-arrows"),
    ("tab backtab", "playground-key-part"),
    ("enter", "playground-key-enter"),
    ("+ -", "playground-key-change"),
    ("[ ]", "playground-key-layers"),
    ("t d", "playground-key-shown"),
    ("p", "playground-key-problem"),
    ("z", "playground-key-zoom"),
    ("y", "playground-key-copy"),
    ("o", "playground-key-own"),
    ("E", "key-glossary"),
    (":", "playground-key-command"),
    ("ctrl-t ctrl-l", "playground-key-colours"),
    ("ctrl-z", "playground-key-stop"),
    ("mouse", "playground-key-mouse"),
    ("esc", "playground-key-escape"),
    ("q", "playground-quit"),
];

/// Keys in the footer: always, beside those of what is selected, and last.
pub const ALWAYS: &[(&str, &str)] = &[
    ("space", "hint-run"),
    ("s", "hint-step"),
    ("S", "hint-back"),
    ("i", "playground-hint-inside"),
];
pub const MORE: &[(&str, &str)] = &[
    ("u", "hint-undo"),
    (":", "hint-command"),
    ("tab", "playground-hint-part"),
    ("r", "hint-reset"),
    ("g", "playground-hint-regenerate"),
    ("z", "hint-zoom"),
    ("y", "playground-hint-copy"),
];
pub const LAST: &[(&str, &str)] = &[("?", "hint-help"), ("q", "hint-quit")];

/// Keys that do something with what is selected.
pub fn hints(spot: Spot) -> &'static [(&'static str, &'static str)] {
    match spot {
        Spot::Run | Spot::Step | Spot::Reset | Spot::Regenerate => {
            &[("enter", "playground-hint-act")]
        }
        Spot::Speed => &[("< >", "playground-hint-speed")],
        Spot::Set("showTestData" | "discretize") => &[("enter", "hint-switch")],
        Spot::Set("seed") | Spot::Stop | Spot::Own => &[("enter", "hint-edit")],
        Spot::Set(_) => &[
            ("enter", "playground-hint-choose"),
            ("+ -", "playground-hint-change"),
        ],
        Spot::Dataset(_) => &[("enter", "playground-hint-take")],
        Spot::Feature(_) => &[("enter", "hint-switch")],
        Spot::Layers => &[("+ -", "playground-hint-layers")],
        Spot::Width(_) => &[("+ -", "playground-hint-neurons")],
        Spot::Neuron(..) => &[
            ("enter", "playground-hint-weights"),
            ("+ -", "playground-hint-neurons"),
        ],
        Spot::Weight(..) => &[
            ("enter", "hint-edit"),
            ("+ -", "playground-hint-change"),
            ("↑↓", "playground-hint-weights"),
            ("esc", "playground-hint-neuron"),
        ],
        Spot::Output => &[("enter", "playground-hint-weights"), ("z", "hint-zoom")],
    }
}

pub fn run(running: bool) -> &'static str {
    if running {
        say("playground-pause")
    } else {
        say("playground-run")
    }
}

pub fn epoch(n: usize) -> String {
    match n {
        0..1_000_000 => format!("{:03},{:03}", n / 1000, n % 1000),
        _ => n.to_string(),
    }
}

pub fn speed(epochs: Option<u32>) -> String {
    epochs.map_or_else(
        || say("playground-full-speed").to_owned(),
        |n| format!("{n}/s"),
    )
}

pub fn rate(epochs: f64) -> String {
    say_with("playground-rate", &[("n", format!("{epochs:.0}").into())])
}

pub fn points(train: usize, test: usize) -> String {
    let args = [
        ("train", train.to_string().into()),
        ("test", test.to_string().into()),
    ];
    say_with("playground-points", &args)
}

pub fn layers(n: usize) -> String {
    format!(
        " − {} + ",
        say_with("playground-layers", &[("n", n.into())])
    )
}

pub fn width(n: usize) -> String {
    format!("− {n} +")
}

/// The name of a setting over its value, or beside it.
pub fn setting(key: &str, wide: bool) -> &'static str {
    match (key, wide) {
        ("learningRate", true) => say("playground-learning-rate"),
        ("learningRate", false) => say("playground-learning-rate-short"),
        ("activation", true) => say("playground-activation"),
        ("activation", false) => say("playground-activation-short"),
        ("regularization", true) => say("playground-regularization"),
        ("regularization", false) => say("playground-regularization-short"),
        ("regularizationRate", true) => say("playground-regularization-rate"),
        ("regularizationRate", false) => say("playground-regularization-rate-short"),
        ("problem", _) => say("playground-problem"),
        ("percTrainData", true) => say("playground-ratio"),
        ("percTrainData", false) => say("playground-ratio-short"),
        ("noise", _) => say("playground-noise"),
        ("batchSize", true) => say("playground-batch"),
        ("batchSize", false) => say("playground-batch-short"),
        ("seed", _) => say("playground-seed"),
        ("showTestData", true) => say("playground-show-test"),
        ("showTestData", false) => say("playground-show-test-short"),
        ("discretize", _) => say("playground-discretize"),
        _ => "",
    }
}

/// A setting's value as people read it.
pub fn value(key: &str, value: &str, wide: bool) -> String {
    match (key, value, wide) {
        ("activation", "relu", _) => "ReLU".into(),
        ("problem", "classification", true) => say("playground-classification").into(),
        ("problem", "classification", false) => say("playground-classification-short").into(),
        ("problem", "regression", true) => say("playground-regression").into(),
        ("problem", "regression", false) => say("playground-regression-short").into(),
        ("regularization", "none", _) => say("playground-none").into(),
        ("percTrainData", n, _) => format!("{n} %"),
        _ => value.to_owned(),
    }
}

pub fn switch(key: &str, on: bool, wide: bool) -> String {
    let mark = if on { "[✓]" } else { "[ ]" };
    format!("{mark} {}", setting(key, wide))
}

pub fn own(points: Option<usize>) -> String {
    match points {
        Some(n) => say_with("playground-own-points", &[("n", n.to_string().into())]),
        None => say("playground-own").into(),
    }
}

pub fn dataset(name: &str) -> String {
    say_with(&format!("playground-set-{name}"), &[])
}

pub fn stop(condition: Option<String>) -> String {
    condition.unwrap_or_else(|| say("playground-no-stop").to_owned())
}

pub fn shown(shown: Shown, output: usize) -> String {
    match shown {
        Shown::Feature(feature) => say_with(
            "playground-feature-shown",
            &[("name", feature.label().into())],
        ),
        Shown::Neuron(layer, _) if layer == output => say("playground-output").into(),
        Shown::Neuron(layer, neuron) => neuron_of(layer, neuron),
    }
}

pub fn neuron_of(layer: usize, neuron: usize) -> String {
    let args = [
        ("layer", (layer + 1).into()),
        ("neuron", (neuron + 1).into()),
    ];
    say_with("playground-neuron", &args)
}

/// A loss with four decimals, or as many digits with an exponent.
pub fn loss(x: f64) -> String {
    match x.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e4).contains(&size) => format!("{x:.4}"),
        _ if x.is_finite() => format!("{x:.2e}"),
        _ => x.to_string(),
    }
}

pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

pub fn counts(right: usize, wrong: usize) -> String {
    format!("{right}/{wrong}")
}

/// Three decimals, or an exponent.
pub fn brief(x: f64) -> String {
    match x.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e4).contains(&size) => {
            let text = format!("{x:.3}");
            let short = text.trim_end_matches('0').trim_end_matches('.');
            short.replace('-', "−")
        }
        _ if x.is_finite() => format!("{x:.1e}").replace('-', "−"),
        _ => x.to_string(),
    }
}

/// `0.1 + 0.2·x1 − 0.3·x2`: a bias and products.
fn sum(bias: f64, terms: impl Iterator<Item = (f64, String)>) -> String {
    let mut out = brief(bias);
    for (weight, input) in terms {
        let sign = if weight < 0.0 { '−' } else { '+' };
        out += &format!(" {sign} {}·{input}", brief(weight.abs()));
    }
    out
}

/// A neuron as a formula of its inputs' names.
pub fn formula(activation: &str, bias: f64, weights: &[f64], names: &[String]) -> String {
    let terms = weights.iter().copied().zip(names.iter().cloned());
    format!("{activation}({})", sum(bias, terms))
}

/// A weight and its value, with all digits.
pub fn weight(value: f64, input: &str, layer: usize, neuron: usize) -> String {
    let args = [
        ("value", value.to_string().into()),
        ("input", input.into()),
        ("neuron", neuron_of(layer, neuron).into()),
    ];
    say_with("playground-weight", &args)
}

pub fn bias(value: f64, layer: usize, neuron: usize) -> String {
    let args = [
        ("value", value.to_string().into()),
        ("neuron", neuron_of(layer, neuron).into()),
    ];
    say_with("playground-bias", &args)
}

/// The name of a weight, or of a bias where there is no input.
pub fn weight_of(input: Option<&str>, layer: usize, neuron: usize) -> String {
    let neuron = ("neuron", neuron_of(layer, neuron).into());
    match input {
        Some(input) => say_with("playground-weight-of", &[("input", input.into()), neuron]),
        None => say_with("playground-bias-of", &[neuron]),
    }
}

pub fn feature(label: &str, on: bool) -> String {
    let args = [("name", label.into())];
    if on {
        say_with("playground-feature-on", &args)
    } else {
        say_with("playground-feature-off", &args)
    }
}

/// A line about what is selected; nothing about that which says everything itself.
pub fn about(spot: Spot) -> &'static str {
    match spot {
        Spot::Run => say("playground-about-run"),
        Spot::Step => say("playground-about-step"),
        Spot::Reset => say("playground-about-reset"),
        Spot::Speed => say("playground-about-speed"),
        Spot::Regenerate => say("playground-about-regenerate"),
        Spot::Stop => say("playground-about-stop"),
        Spot::Own => say("playground-about-own"),
        Spot::Dataset(_) => say("playground-about-dataset"),
        Spot::Layers => say("playground-about-layers"),
        Spot::Width(_) => say("playground-about-width"),
        Spot::Output => say("playground-about-output"),
        Spot::Set(key) => lang::find(&format!("playground-about-{key}")).unwrap_or_default(),
        Spot::Feature(_) | Spot::Neuron(..) | Spot::Weight(..) => "",
    }
}

/// The title of a step inside an epoch, and a line for each neuron: its number and text.
pub fn moment(moment: &Moment) -> (String, Vec<(usize, String)>) {
    match moment {
        Moment::Forward {
            point,
            layer,
            activation,
            neurons,
        } => {
            let args = [
                ("point", point.to_string().into()),
                ("layer", (*layer).into()),
                ("activation", (*activation).into()),
            ];
            let lines = neurons.iter().map(forward).enumerate();
            (say_with("playground-forward", &args), lines.collect())
        }
        Moment::Loss {
            point,
            output,
            target,
            loss,
            by_output,
        } => {
            let (o, t) = (brief(*output), bracketed(*target));
            let loss = format!("½({o} − {t})² = {}", brief(*loss));
            let slope = format!("{o} − {t} = {}", brief(*by_output));
            let lines = [
                say_with("playground-loss-is", &[("formula", loss.into())]),
                say_with("playground-loss-slope", &[("formula", slope.into())]),
            ];
            let title = say_with(
                "playground-loss-step",
                &[("point", point.to_string().into())],
            );
            (title, lines.into_iter().map(|line| (0, line)).collect())
        }
        Moment::Backward {
            point,
            layer,
            activation,
            neurons,
        } => {
            let args = [
                ("point", point.to_string().into()),
                ("layer", (*layer).into()),
                ("activation", (*activation).into()),
            ];
            let lines = neurons.iter().map(backward).enumerate();
            (say_with("playground-backward", &args), lines.collect())
        }
        Moment::Update {
            points,
            learning_rate,
            layers,
        } => {
            let args = [
                ("points", (*points).into()),
                ("rate", learning_rate.to_string().into()),
            ];
            let lines = layers.iter().enumerate().flat_map(|(layer, neurons)| {
                let line = move |(at, change): (usize, &Change)| {
                    let text = updated(change, *learning_rate);
                    (at, format!("{}: {text}", layer + 1))
                };
                neurons.iter().enumerate().map(line)
            });
            (say_with("playground-update", &args), lines.collect())
        }
        Moment::Epoch { epoch } => {
            let args = [("epoch", epoch.to_string().into())];
            (say_with("playground-epoch-ends", &args), Vec::new())
        }
    }
}

fn forward(n: &Sum) -> String {
    let terms = n.weights.iter().zip(&n.inputs);
    let terms = terms.map(|(weight, input)| (*weight, bracketed(*input)));
    format!(
        "{} = {} → {}",
        sum(n.bias, terms),
        brief(n.sum),
        brief(n.output)
    )
}

fn backward(n: &Slope) -> String {
    let weights = n.inputs.iter().zip(&n.by_weights);
    let weights: Vec<String> = weights
        .map(|(input, d)| format!("{}·{} = {}", brief(n.by_sum), bracketed(*input), brief(*d)))
        .collect();
    let (by_output, slope, by_sum) = (brief(n.by_output), bracketed(n.slope), brief(n.by_sum));
    format!("{by_output}·{slope} = {by_sum}; {}", weights.join(", "))
}

fn updated(change: &Change, rate: f64) -> String {
    let one = |m: &Moved| {
        let (before, after) = (brief(m.before), brief(m.after));
        format!("{before} − {rate}·{} = {after}", bracketed(m.gradient))
    };
    let weights: Vec<String> = change.weights.iter().map(one).collect();
    let args = [
        ("bias", one(&change.bias).into()),
        ("weights", weights.join(", ").into()),
    ];
    say_with("playground-updated", &args)
}

/// A factor, in brackets where it is negative.
fn bracketed(x: f64) -> String {
    let text = brief(x);
    if text.starts_with('−') {
        format!("({text})")
    } else {
        text
    }
}

pub fn stopped(condition: &str) -> String {
    say_with("playground-stopped", &[("condition", condition.into())])
}

pub fn copied(link: &str) -> String {
    say_with("playground-copied", &[("link", link.into())])
}

pub fn undone(epoch: usize) -> String {
    say_with("playground-undone", &[("epoch", epoch.to_string().into())])
}
