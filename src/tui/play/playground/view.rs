//! All state of the playground's screen.

use std::time::{Duration, Instant};

use super::super::base::Base;
use super::super::line::{CommandLine, words as command_words};
use super::thumbnails::Thumbnails;
use crate::lang::say;
use crate::play::playground::choices::{choices, figures};
use crate::play::playground::command::{COMMANDS, help_of};
use crate::play::playground::feature::{FEATURES, Feature};
use crate::play::playground::run::Playground;
use crate::play::playground::snapshot::Snapshot;
use crate::play::playground::state::KEYS;
use crate::play::playground::trainer::{Ask, Trainer};
use crate::session::command::Words;
use crate::session::history::History;
use crate::tui::keymap::Keymap;
use crate::tui::theme::Theme;

/// A place of the screen that can be selected. Layers, neurons and inputs count from 0; the last layer is the
/// output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Run,
    Step,
    Reset,
    Speed,
    /// A setting by its key in a link.
    Set(&'static str),
    /// One of the data sets of the problem.
    Dataset(usize),
    /// Points of one's own.
    Own,
    Regenerate,
    Stop,
    /// One of all features.
    Feature(usize),
    /// The number of hidden layers, and of a layer's neurons.
    Layers,
    Width(usize),
    Neuron(usize, usize),
    /// A weight by its input; without one it is the bias.
    Weight(usize, usize, Option<usize>),
    Output,
}

/// Parts of the screen that tab goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Controls,
    Data,
    Network,
    Output,
}

impl Spot {
    pub fn part(self) -> Part {
        match self {
            Spot::Run | Spot::Step | Spot::Reset | Spot::Speed => Part::Controls,
            Spot::Set("percTrainData" | "noise" | "batchSize" | "seed") => Part::Data,
            Spot::Set("showTestData" | "discretize") | Spot::Output => Part::Output,
            Spot::Set(_) => Part::Controls,
            Spot::Dataset(_) | Spot::Own | Spot::Regenerate | Spot::Stop => Part::Data,
            Spot::Feature(_)
            | Spot::Layers
            | Spot::Width(_)
            | Spot::Neuron(..)
            | Spot::Weight(..) => Part::Network,
        }
    }
}

/// The surface that is shown large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Feature(Feature),
    /// Layer and neuron; the last layer is the output.
    Neuron(usize, usize),
}

/// Values of a setting to choose from.
#[derive(Clone, Debug)]
pub struct Menu {
    pub spot: Spot,
    pub values: Vec<String>,
    pub at: usize,
}

/// Epochs a second; the last one is as many as can be.
pub const SPEEDS: [Option<u32>; 5] = [Some(1), Some(10), Some(60), Some(300), None];
/// The pace of the site.
const USUAL_SPEED: usize = 2;

/// How long an answer may take before the screen says that it is waited for.
pub const A_WHILE: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub struct View {
    pub base: Base,
    pub trainer: Trainer,
    pub now: Snapshot,
    pub running: bool,
    /// Asks of the trainer, and those that it has not obeyed yet.
    pub asked: u64,
    pub waiting: u64,
    /// When the oldest of these was asked, at the latest.
    pub since: Instant,
    /// Which of [`SPEEDS`].
    pub speed: usize,
    /// Epochs a second of the run, as the last second had them.
    pub rate: Rate,
    pub spot: Spot,
    pub zoom: bool,
    pub menu: Option<Menu>,
    pub thumbnails: Thumbnails,
    /// A text for the terminal's clipboard.
    pub copied: Option<String>,
}

/// Epochs a second, measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    pub since: Option<(Instant, usize)>,
    pub epochs: Option<f64>,
}

impl View {
    /// # Errors
    /// The system gives no thread to train on.
    pub fn new(
        theme: Theme,
        playground: Playground,
        history: History,
        keymap: Keymap,
    ) -> std::io::Result<View> {
        let now = Snapshot::new(playground.now(), None);
        let trainer = Trainer::start(playground)?;
        let mut view = View {
            base: Base::new(
                theme,
                CommandLine::new(history, commands(), placeholder),
                keymap,
            ),
            trainer,
            now,
            running: false,
            asked: 0,
            waiting: 0,
            since: Instant::now(),
            speed: USUAL_SPEED,
            rate: Rate::default(),
            spot: Spot::Run,
            zoom: false,
            menu: None,
            thumbnails: Thumbnails::default(),
            copied: None,
        };
        view.ask(Ask::Speed(SPEEDS[USUAL_SPEED]));
        Ok(view)
    }

    /// Whether the trainer is at something that takes a while, such as many epochs back.
    pub fn is_working(&self) -> bool {
        self.waiting > 0 && self.since.elapsed() >= A_WHILE
    }

    /// The surface that is shown large: that of what is selected, else the output's.
    pub fn shown(&self) -> Shown {
        match self.spot {
            Spot::Feature(at) => Shown::Feature(FEATURES[at].0),
            Spot::Neuron(layer, neuron) | Spot::Weight(layer, neuron, _) => {
                Shown::Neuron(layer, neuron)
            }
            _ => Shown::Neuron(self.output_layer(), 0),
        }
    }

    pub fn output_layer(&self) -> usize {
        self.now.training.network.layers.len() - 1
    }

    /// Keep what is selected on what there is.
    pub fn keep_spot(&mut self) {
        let layers = &self.now.training.network.layers;
        let output = layers.len() - 1;
        let width = |layer: usize| layers[layer].width;
        self.spot = match self.spot {
            Spot::Width(layer) if layer >= output => Spot::Layers,
            Spot::Neuron(layer, neuron) if layer < output => {
                Spot::Neuron(layer, neuron.min(width(layer) - 1))
            }
            Spot::Neuron(..) => Spot::Output,
            Spot::Weight(layer, neuron, input) => {
                let layer = layer.min(output);
                let inputs = layers[layer].weights.len();
                let input = input.map(|i| i.min(inputs.saturating_sub(1)));
                let neuron = neuron.min(width(layer) - 1);
                Spot::Weight(layer, neuron, input.filter(|_| inputs > 0))
            }
            spot => spot,
        };
    }

    /// The value of a setting, as command lines take it.
    pub fn value(&self, key: &str) -> String {
        let value = self.now.state.value(key);
        value.unwrap_or_else(|| "none".to_owned())
    }
}

/// Every command and setting, for completions and help.
fn commands() -> Vec<Words> {
    let own = COMMANDS.map(|(name, args)| command_words(name, args, help_of(name)));
    let settings = KEYS.map(|key| {
        // A placeholder of its own, by which its values are found.
        let args: &'static str = Box::leak(key.to_uppercase().into_boxed_str());
        command_words(key, args, say("playground-setting"))
    });
    let rest = [
        command_words("help", "", say("playground-commands-help")),
        command_words("quit", "", say("playground-quit")),
    ];
    own.into_iter().chain(settings).chain(rest).collect()
}

/// The words that a placeholder of a usage stands for.
fn placeholder(name: &str) -> Vec<&'static str> {
    match name {
        "FIGURE" => figures(),
        _ => {
            let key = KEYS.into_iter().find(|key| key.to_uppercase() == name);
            key.map_or_else(Vec::new, choices)
        }
    }
}
