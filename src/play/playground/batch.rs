//! Commands run one after the other, and what they answer.

use std::path::Path;

use super::command::{Command, help, parse};
use super::data::{Point, Set};
use super::export;
use super::figures::{Confusion, r_squared};
use super::link;
use super::now::End;
use super::own;
use super::reply::{Explained, Neuron, PointValue, Reply, Setting, Shown};
use super::run::Playground;
use super::save;
use super::state::{KEYS, Problem};
use crate::lang::{plain, say, say_with};

/// Epochs that a run without a number takes where its stop condition never holds.
const MOST_UNTIL: usize = 100_000;
/// Columns and rows of a surface that is printed.
const SURFACE_SIDE: usize = 24;

/// Run a command line. `None` after `quit`.
///
/// # Errors
/// One line that says what is wrong with the command, or why it cannot be done.
pub fn run(playground: &mut Playground, line: &str) -> Result<Option<Reply>, String> {
    let command = parse(line)?;
    let done = |text: String| Reply::Done {
        text,
        warnings: Vec::new(),
    };
    Ok(Some(match command {
        Command::Quit => return Ok(None),
        Command::Show => Reply::Show(shown(playground)),
        Command::Run(epochs) => {
            let stop = playground.now().stop;
            let epochs = match (epochs, stop) {
                (Some(epochs), _) => epochs,
                (None, Some(_)) => MOST_UNTIL,
                (None, None) => {
                    return Err(say("playground-error-run").into());
                }
            };
            let (end, not_finite) = match playground.run(epochs)? {
                End::Done => (None, None),
                End::Stopped(stop) => (Some(stop.to_string()), None),
                End::NotFinite(found) => (None, Some(found)),
            };
            let now = playground.now();
            let losses = now.training.losses(&now.data);
            Reply::Ran {
                epoch: now.training.epoch,
                train_loss: losses.train,
                test_loss: losses.test,
                stopped: end,
                not_finite: not_finite.map(Explained::new),
            }
        }
        Command::Into(steps) => Reply::Inside {
            moments: playground.into(steps)?,
        },
        Command::Back(epochs) => {
            playground.back(epochs)?;
            Reply::Show(shown(playground))
        }
        Command::Reset => {
            playground.reset()?;
            Reply::Show(shown(playground))
        }
        Command::Regenerate => {
            playground.regenerate()?;
            let seed = ("seed", plain(&playground.now().state.seed));
            done(say_with("playground-said-seed", &[seed]))
        }
        Command::Undo => {
            playground.undo()?;
            Reply::Show(shown(playground))
        }
        Command::Weights => weights(playground),
        Command::Edit {
            layer,
            neuron,
            input,
            value,
        } => {
            playground.edit(layer, neuron, input, value)?;
            Reply::Show(shown(playground))
        }
        Command::Data(n) => data(playground, n),
        Command::Value(x, y) => value(playground, x, y),
        Command::Surface(place) => surface(playground, place)?,
        Command::Set { key, value } => {
            playground.set(key, &value)?;
            let value = playground.now().state.value(key);
            done(format!("{key} {}", value.unwrap_or_else(|| "none".into())))
        }
        Command::Settings => Reply::Settings {
            settings: KEYS
                .into_iter()
                .map(|key| Setting {
                    name: key,
                    value: playground.now().state.value(key),
                })
                .collect(),
        },
        Command::Link => {
            let link = link::write(&playground.now().state);
            Reply::Link {
                link,
                warnings: beyond_the_link(playground),
            }
        }
        Command::Open(text) => {
            let opened = link::read(&text).map_err(|e| e.to_string())?;
            playground.open(opened.state)?;
            Reply::Done {
                text: say("playground-said-opened").into(),
                warnings: opened.warnings,
            }
        }
        Command::Csv { path, scaled } => {
            let mut points = own::read(&path).map_err(|e| e.to_string())?;
            if scaled {
                points = own::scaled(&points);
            }
            let (n, outside) = (points.len(), own::outside(&points));
            playground.own(points)?;
            let far = say_with("playground-said-outside", &[("n", plain(outside))]);
            Reply::Done {
                text: say_with("playground-said-points", &[("n", plain(n))]),
                warnings: (outside > 0).then_some(far).into_iter().collect(),
            }
        }
        Command::Stop(stop) => {
            playground.stop(stop)?;
            done(stop.map_or(say("playground-said-no-stop").into(), |stop| {
                format!("stop {stop}")
            }))
        }
        Command::Save(path) => {
            save::save(playground.now(), &path).map_err(|e| e.to_string())?;
            done(of_file("playground-said-saved", &path))
        }
        Command::Load(path) => {
            let warnings = save::load(playground, &path).map_err(|e| e.to_string())?;
            Reply::Done {
                text: of_file("playground-said-loaded", &path),
                warnings,
            }
        }
        Command::Export(figure, path) => {
            let text = export::csv(figure, playground.now());
            write(&path, &text)?
        }
        Command::Svg(path) => write(&path, &super::picture::svg(playground.now()))?,
        Command::Help => done(help()),
    }))
}

/// A message about a file.
fn of_file(key: &'static str, path: &Path) -> String {
    say_with(key, &[("file", plain(path.display()))])
}

fn write(path: &Path, text: &str) -> Result<Reply, String> {
    save::write(path, text.as_bytes()).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(Reply::Done {
        text: of_file("play-wrote", path),
        warnings: Vec::new(),
    })
}

fn shown(playground: &Playground) -> Shown {
    let now = playground.now();
    let (network, data) = (&now.training.network, &*now.data);
    let losses = now.training.losses(data);
    let is_classes = now.state.problem == Problem::Classification;
    let confusion = |set: &Set| is_classes.then(|| Confusion::new(network, set));
    let explained = |set: &Set| {
        if is_classes {
            None
        } else {
            r_squared(network, set)
        }
    };
    let (train, test) = (confusion(&data.train), confusion(&data.test));
    Shown {
        epoch: now.training.epoch,
        points_of_epoch: now.training.point,
        train_loss: losses.train,
        test_loss: losses.test,
        train_accuracy: train.and_then(Confusion::accuracy),
        test_accuracy: test.and_then(Confusion::accuracy),
        train_confusion: train,
        test_confusion: test,
        train_r_squared: explained(&data.train),
        test_r_squared: explained(&data.test),
        stop: now.stop.map(|stop| stop.to_string()),
        not_finite: now.not_finite.clone().map(Explained::new),
    }
}

fn weights(playground: &Playground) -> Reply {
    let now = playground.now();
    let layers = now.training.network.layers.iter().map(|layer| {
        let neuron = |neuron: usize| Neuron {
            bias: layer.biases[neuron],
            weights: layer.weights_of(neuron),
        };
        (0..layer.width).map(neuron).collect()
    });
    Reply::Weights {
        epoch: now.training.epoch,
        features: now.state.features().iter().map(|f| f.label()).collect(),
        layers: layers.collect(),
    }
}

fn data(playground: &Playground, n: usize) -> Reply {
    let now = playground.now();
    let network = &now.training.network;
    let mut values = network.values();
    let mut first = |set: &Set| -> Vec<PointValue> {
        let points = set.points.iter().take(n).enumerate();
        let shown = points.map(|(at, &Point { x, y, label })| PointValue {
            x,
            y,
            label,
            output: network.forward(set.inputs(at), &mut values),
        });
        shown.collect()
    };
    Reply::Data {
        train_points: now.data.train.points.len(),
        test_points: now.data.test.points.len(),
        train: first(&now.data.train),
        test: first(&now.data.test),
    }
}

fn value(playground: &Playground, x: f64, y: f64) -> Reply {
    let now = playground.now();
    let features = now.state.features();
    let inputs: Vec<f64> = features.iter().map(|f| f.of(x, y)).collect();
    let network = &now.training.network;
    let mut values = network.values();
    let output = network.forward(&inputs, &mut values);
    let outputs = network.layers.iter().zip(&values);
    Reply::Value {
        x,
        y,
        features: features.iter().map(|f| f.label()).collect(),
        inputs,
        layers: outputs
            .map(|(layer, values)| values.outputs[..layer.width].to_vec())
            .collect(),
        output,
    }
}

fn surface(playground: &Playground, place: Option<(usize, usize)>) -> Result<Reply, String> {
    let now = playground.now();
    let last = now.training.network.layers.len() - 1;
    let (layer, neuron) = place.unwrap_or((last, 0));
    now.training.network.clone().place(layer, neuron, None)?;
    let grid = export::grid(now, layer, neuron, SURFACE_SIDE);
    let rows = grid.chunks(SURFACE_SIDE).rev();
    Ok(Reply::Surface {
        layer: layer + 1,
        neuron: neuron + 1,
        rows: rows
            .map(|row| row.iter().map(|(_, _, output)| *output).collect())
            .collect(),
    })
}

/// The parts of this playground that a link cannot say.
fn beyond_the_link(playground: &Playground) -> Vec<String> {
    let now = playground.now();
    let own = now.own.is_some().then(|| say("playground-said-link-own"));
    let activation = now.state.activation;
    let unknown = (!activation.on_the_site()).then(|| say("playground-said-link-activation"));
    own.into_iter().chain(unknown).map(str::to_owned).collect()
}
