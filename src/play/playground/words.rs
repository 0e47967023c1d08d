//! The text of what commands answer.

use std::fmt::{self, Display};

use super::inside::{Moment, Moved, Slope, Sum};
use super::reply::{Neuron, PointValue, Reply, Setting, Shown};

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
                write!(
                    f,
                    "epoch {epoch}: training loss {train_loss}, test loss {test_loss}"
                )?;
                if let Some(stop) = stopped {
                    write!(f, "\nstopped: {stop}")?;
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
                    ("training", train_points, train),
                    ("test", test_points, test),
                ];
                for (at, (name, n, points)) in sets.into_iter().enumerate() {
                    let new_line = if at == 0 { "" } else { "\n" };
                    write!(f, "{new_line}{name}, {n} points")?;
                    for PointValue {
                        x,
                        y,
                        label,
                        output,
                    } in points
                    {
                        write!(f, "\n  ({x}, {y}) label {label}, output {output}")?;
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
                    write!(f, "\nlayer {}: {}", at + 1, joined(outputs))?;
                }
                Ok(())
            }
            Reply::Surface { rows, .. } => {
                let lines: Vec<String> = rows.iter().map(|row| shades(row)).collect();
                write!(
                    f,
                    "{}\n▓ 0.5 and more, ▒ above 0, · below 0, - below -0.5",
                    lines.join("\n")
                )
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
        write!(f, "epoch {}", self.epoch)?;
        if self.points_of_epoch > 0 {
            write!(f, " and {} points", self.points_of_epoch)?;
        }
        let (train, test) = (self.train_loss, self.test_loss);
        write!(f, ": training loss {train}, test loss {test}")?;
        let sets = [
            (
                "training",
                self.train_accuracy,
                self.train_confusion,
                self.train_r_squared,
            ),
            (
                "test",
                self.test_accuracy,
                self.test_confusion,
                self.test_r_squared,
            ),
        ];
        for (name, accuracy, confusion, r_squared) in sets {
            if let (Some(accuracy), Some(c)) = (accuracy, confusion) {
                write!(
                    f,
                    "\n{name}: accuracy {:.2} %; +1 taken for +1 {}, for -1 {}; -1 taken for +1 {}, for -1 {}",
                    accuracy * 100.0,
                    c.plus_as_plus,
                    c.plus_as_minus,
                    c.minus_as_plus,
                    c.minus_as_minus
                )?;
            }
            if let Some(r_squared) = r_squared {
                write!(f, "\n{name}: R² {r_squared:.6}")?;
            }
        }
        if let Some(stop) = &self.stop {
            write!(f, "\nstop: {stop}")?;
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
            write!(
                f,
                "{new_line}layer {}, neuron {}: bias {bias}",
                layer + 1,
                at + 1
            )?;
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
                format!(
                    "\n  neuron {}: {bias}{terms} = {sum}; {activation}({sum}) = {output}",
                    at + 1
                )
            };
            let lines: String = neurons.iter().enumerate().map(line).collect();
            format!("point {point}, layer {layer} forward{lines}")
        }
        Moment::Loss {
            point,
            output,
            target,
            loss,
            by_output,
        } => {
            let (o, t, l, d) = (s(*output), s(*target), s(*loss), s(*by_output));
            format!(
                "point {point}, loss ½({o} − {t})² = {l}; derivative by the output {o} − {t} = {d}"
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
                let weights = weights
                    .map(|(x, d)| format!("; weight: {}·{} = {}", s(n.by_sum), s(*x), s(*d)));
                let (by_output, slope, by_sum) = (s(n.by_output), s(n.slope), s(n.by_sum));
                format!(
                    "\n  neuron {}: {by_output}·{activation}′ {slope} = {by_sum}, the bias's derivative{}",
                    at + 1,
                    weights.collect::<String>()
                )
            };
            let lines: String = neurons.iter().enumerate().map(line).collect();
            format!("point {point}, layer {layer} backward{lines}")
        }
        Moment::Update {
            points,
            learning_rate,
            layers,
        } => {
            let mut out = format!(
                "update with the mean derivatives of {points} points, learning rate {learning_rate}"
            );
            for (layer, neurons) in layers.iter().enumerate() {
                for (at, change) in neurons.iter().enumerate() {
                    let (layer, at) = (layer + 1, at + 1);
                    out += &format!(
                        "\n  layer {layer}, neuron {at}: bias {}",
                        moved(change.bias, *learning_rate)
                    );
                    for weight in &change.weights {
                        out += &format!("; weight {}", moved(*weight, *learning_rate));
                    }
                }
            }
            out
        }
        Moment::Epoch { epoch } => format!("epoch {epoch} ends"),
    }
}

/// The regularisation's part is what is left between the terms and the result.
fn moved(m: Moved, learning_rate: f64) -> String {
    let rest = m.after - (m.before - learning_rate * m.gradient);
    let regularised = if rest.abs() > 1e-12 {
        format!(
            " {} regularisation {}",
            if rest < 0.0 { "−" } else { "+" },
            s(rest.abs())
        )
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
