//! The text of what commands answer.

use std::fmt::{self, Display};

use super::inside::{Moment, Moved, Slope, Sum};
use super::reply::{Neuron, PointValue, Reply, Setting, Shown};
use crate::lang::{plain, say, say_with};

impl Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Reply::Show(shown) => shown.fmt(f),
            Reply::Ran {
                epoch,
                train_loss,
                test_loss,
                stopped,
                not_finite,
            } => {
                f.write_str(&say_with(
                    "playground-said-losses",
                    &[
                        ("epoch", plain(epoch)),
                        ("train", plain(train_loss)),
                        ("test", plain(test_loss)),
                    ],
                ))?;
                if let Some(stop) = stopped {
                    let stopped = say_with("playground-stopped", &[("condition", plain(stop))]);
                    write!(f, "\n{stopped}")?;
                }
                match not_finite {
                    Some(found) => write!(f, "\n{}", found.text),
                    None => Ok(()),
                }
            }
            Reply::Inside { moments } => {
                let lines = moments.iter().map(moment).collect::<Vec<_>>();
                f.write_str(&lines.join("\n"))
            }
            Reply::Weights {
                features, layers, ..
            } => weights(f, features, layers),
            Reply::Data {
                train_points,
                test_points,
                train,
                test,
            } => {
                let sets = [
                    (say("playground-training"), train_points, train),
                    (say("playground-test"), test_points, test),
                ];
                for (at, (name, n, points)) in sets.into_iter().enumerate() {
                    let new_line = if at == 0 { "" } else { "\n" };
                    let args = [("set", name.into()), ("n", plain(n))];
                    write!(f, "{new_line}{}", say_with("playground-said-set", &args))?;
                    for PointValue {
                        x,
                        y,
                        label,
                        output,
                    } in points
                    {
                        let point = say_with(
                            "playground-said-point",
                            &[
                                ("x", plain(x)),
                                ("y", plain(y)),
                                ("label", plain(label)),
                                ("output", plain(output)),
                            ],
                        );
                        write!(f, "\n  {point}")?;
                    }
                }
                Ok(())
            }
            Reply::Value {
                features,
                inputs,
                layers,
                ..
            } => {
                let named = features.iter().zip(inputs);
                let named: Vec<_> = named.map(|(name, x)| format!("{name} = {x}")).collect();
                f.write_str(&named.join(", "))?;
                for (at, outputs) in layers.iter().enumerate() {
                    let args = [
                        ("layer", plain(at + 1)),
                        ("numbers", joined(outputs).into()),
                    ];
                    write!(f, "\n{}", say_with("playground-said-layer", &args))?;
                }
                Ok(())
            }
            Reply::Surface { rows, .. } => {
                let lines: Vec<String> = rows.iter().map(|row| shades(row)).collect();
                let legend = say("playground-said-shades");
                write!(f, "{}\n{legend}", lines.join("\n"))
            }
            Reply::Settings { settings } => {
                let value = |s: &Setting| s.value.clone().unwrap_or_else(|| "none".into());
                let lines = settings
                    .iter()
                    .map(|s| format!("{:<20}{}", s.name, value(s)));
                f.write_str(&lines.collect::<Vec<_>>().join("\n"))
            }
            Reply::Link { link, .. } => f.write_str(link),
            Reply::Done { text, .. } => f.write_str(text),
        }
    }
}

impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut args = vec![
            ("epoch", plain(self.epoch)),
            ("train", plain(self.train_loss)),
            ("test", plain(self.test_loss)),
        ];
        f.write_str(&match self.points_of_epoch {
            0 => say_with("playground-said-losses", &args),
            points => {
                args.push(("points", plain(points)));
                say_with("playground-said-inside", &args)
            }
        })?;
        let sets = [
            (
                say("playground-training"),
                self.train_accuracy,
                self.train_confusion,
                self.train_r_squared,
            ),
            (
                say("playground-test"),
                self.test_accuracy,
                self.test_confusion,
                self.test_r_squared,
            ),
        ];
        for (name, accuracy, confusion, r_squared) in sets {
            if let (Some(accuracy), Some(c)) = (accuracy, confusion) {
                let said = say_with(
                    "playground-said-accuracy",
                    &[
                        ("set", name.into()),
                        ("share", format!("{:.2}", accuracy * 100.0).into()),
                        ("pp", plain(c.plus_as_plus)),
                        ("pm", plain(c.plus_as_minus)),
                        ("mp", plain(c.minus_as_plus)),
                        ("mm", plain(c.minus_as_minus)),
                    ],
                );
                write!(f, "\n{said}")?;
            }
            if let Some(r_squared) = r_squared {
                write!(f, "\n{name}: R² {r_squared:.6}")?;
            }
        }
        if let Some(stop) = &self.stop {
            let said = say_with("playground-said-stop", &[("condition", plain(stop))]);
            write!(f, "\n{said}")?;
        }
        match &self.not_finite {
            Some(found) => write!(f, "\n{}", found.text),
            None => Ok(()),
        }
    }
}

fn joined(numbers: &[f64]) -> String {
    numbers
        .iter()
        .map(f64::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn shades(row: &[f64]) -> String {
    let shade = |x: &f64| match *x {
        x if x.is_nan() => "??",
        x if x >= 0.5 => "▓▓",
        x if x >= 0.0 => "▒▒",
        x if x > -0.5 => "··",
        _ => "--",
    };
    row.iter().map(shade).collect()
}

fn weights(f: &mut fmt::Formatter, features: &[&str], layers: &[Vec<Neuron>]) -> fmt::Result {
    for (layer, neurons) in layers.iter().enumerate() {
        for (at, Neuron { bias, weights }) in neurons.iter().enumerate() {
            let new_line = if layer + at == 0 { "" } else { "\n" };
            let said = say_with(
                "playground-said-neuron",
                &[
                    ("layer", plain(layer + 1)),
                    ("neuron", plain(at + 1)),
                    ("bias", plain(bias)),
                ],
            );
            write!(f, "{new_line}{said}")?;
            for (input, weight) in weights.iter().enumerate() {
                match features.get(input) {
                    Some(name) if layer == 0 => write!(f, ", {name} {weight}")?,
                    _ => write!(f, ", {} {weight}", input + 1)?,
                }
            }
        }
    }
    Ok(())
}

/// A step inside an epoch, as its formulas with six digits.
fn moment(moment: &Moment) -> String {
    match moment {
        Moment::Forward {
            point,
            layer,
            activation,
            neurons,
        } => {
            let line = |(at, n): (usize, &Sum)| {
                let terms = n.weights.iter().zip(&n.inputs);
                let terms: String = terms
                    .map(|(w, x)| format!(" + {}·{}", s(*w), s(*x)))
                    .collect();
                let (bias, sum, output) = (s(n.bias), s(n.sum), s(n.output));
                let terms = format!("{bias}{terms} = {sum}; {activation}({sum}) = {output}");
                let args = [("neuron", plain(at + 1)), ("terms", terms.into())];
                format!("\n  {}", say_with("playground-said-forward-neuron", &args))
            };
            let lines: String = neurons.iter().enumerate().map(line).collect();
            let args = [("point", plain(point)), ("layer", plain(layer))];
            say_with("playground-said-forward", &args) + &lines
        }
        Moment::Loss {
            point,
            output,
            target,
            loss,
            by_output,
        } => {
            let (o, t, l, d) = (s(*output), s(*target), s(*loss), s(*by_output));
            say_with(
                "playground-said-loss",
                &[
                    ("point", plain(point)),
                    ("loss", format!("½({o} − {t})² = {l}").into()),
                    ("slope", format!("{o} − {t} = {d}").into()),
                ],
            )
        }
        Moment::Backward {
            point,
            layer,
            activation,
            neurons,
        } => {
            let line = |(at, n): (usize, &Slope)| {
                let weights = n.inputs.iter().zip(&n.by_weights);
                let weights = weights.map(|(x, d)| {
                    let slope = format!("{}·{} = {}", s(n.by_sum), s(*x), s(*d));
                    let weight = ("slope", slope.into());
                    format!(
                        "; {}",
                        say_with("playground-said-backward-weight", &[weight])
                    )
                });
                let (by_output, slope, by_sum) = (s(n.by_output), s(n.slope), s(n.by_sum));
                let slope = format!("{by_output}·{activation}′ {slope} = {by_sum}");
                let args = [("neuron", plain(at + 1)), ("slope", slope.into())];
                let neuron = say_with("playground-said-backward-neuron", &args);
                format!("\n  {neuron}{}", weights.collect::<String>())
            };
            let lines: String = neurons.iter().enumerate().map(line).collect();
            let args = [("point", plain(point)), ("layer", plain(layer))];
            say_with("playground-said-backward", &args) + &lines
        }
        Moment::Update {
            points,
            learning_rate,
            layers,
        } => {
            let args = [("points", plain(points)), ("rate", plain(learning_rate))];
            let mut out = say_with("playground-said-update", &args);
            for (layer, neurons) in layers.iter().enumerate() {
                for (at, change) in neurons.iter().enumerate() {
                    let neuron = say_with(
                        "playground-said-neuron",
                        &[
                            ("layer", plain(layer + 1)),
                            ("neuron", plain(at + 1)),
                            ("bias", moved(change.bias, *learning_rate).into()),
                        ],
                    );
                    out += &format!("\n  {neuron}");
                    for weight in &change.weights {
                        let args = [("moved", moved(*weight, *learning_rate).into())];
                        out += &format!("; {}", say_with("playground-said-updated-weight", &args));
                    }
                }
            }
            out
        }
        Moment::Epoch { epoch } => say_with("playground-epoch-ends", &[("epoch", plain(epoch))]),
    }
}

/// The regularisation's part is what is left between the terms and the result.
fn moved(m: Moved, learning_rate: f64) -> String {
    let rest = m.after - (m.before - learning_rate * m.gradient);
    let regularised = if rest.abs() > 1e-12 {
        let said = say_with(
            "playground-said-regularised",
            &[("x", s(rest.abs()).into())],
        );
        format!(" {} {said}", if rest < 0.0 { "−" } else { "+" })
    } else {
        String::new()
    };
    format!(
        "{} − {learning_rate}·{}{regularised} = {}",
        s(m.before),
        s(m.gradient),
        s(m.after)
    )
}

/// Six digits, and an exponent where the number is small or large.
fn s(x: f64) -> String {
    match x.abs() {
        size if size == 0.0 || (1e-3..1e6).contains(&size) => {
            let text = format!("{x:.6}");
            match text.trim_end_matches('0').trim_end_matches('.') {
                "-0" => "0".to_owned(),
                short => short.to_owned(),
            }
        }
        _ if x.is_finite() => format!("{x:.5e}"),
        _ => x.to_string(),
    }
}
