//! A state: all that a playground is set to. It decides data, initial weights and training.

use super::activation::Activation;
use super::data::{Classes, Surface};
use super::feature::{FEATURES, Feature};
use super::names::{Named, hint};
use super::network::WIDEST;
use crate::lang::{plain, quoted, say, say_with};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    Classification,
    Regression,
}

impl Named for Problem {
    const NOUN: &'static str = "playground-noun-problem";
    const NAMES: &'static [(&'static str, Problem)] = &[
        ("classification", Problem::Classification),
        ("regression", Problem::Regression),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regularization {
    None,
    L1,
    L2,
}

impl Named for Regularization {
    const NOUN: &'static str = "playground-noun-regularization";
    const NAMES: &'static [(&'static str, Regularization)] = &[
        ("none", Regularization::None),
        ("L1", Regularization::L1),
        ("L2", Regularization::L2),
    ];
}

/// Hidden layers at most.
pub const DEEPEST: usize = 6;

/// The site's keys of a link, in the order in which it writes them.
pub const KEYS: [&str; 27] = [
    "activation",
    "regularization",
    "batchSize",
    "dataset",
    "regDataset",
    "learningRate",
    "regularizationRate",
    "noise",
    "networkShape",
    "seed",
    "showTestData",
    "discretize",
    "percTrainData",
    "x",
    "y",
    "xTimesY",
    "xSquared",
    "ySquared",
    "cosX",
    "sinX",
    "cosY",
    "sinY",
    "collectStats",
    "tutorial",
    "problem",
    "initZero",
    "hideText",
];

/// Parts of the site's screen that a `_hide` key can hide and that are no keys themselves.
pub const CONTROLS: [&str; 4] = ["playButton", "stepButton", "resetButton", "numHiddenLayers"];

/// Keys that choose nothing here: features and texts of the site alone.
const SITE_ALONE: [&str; 5] = ["cosX", "cosY", "collectStats", "hideText", "tutorial"];

#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub activation: Activation,
    pub regularization: Regularization,
    pub batch: usize,
    pub classes: Classes,
    pub surface: Surface,
    pub learning_rate: f64,
    pub regularization_rate: f64,
    pub noise: f64,
    /// Neurons of each hidden layer.
    pub hidden_layers: Vec<usize>,
    pub seed: String,
    pub show_test: bool,
    pub discretize: bool,
    /// Points in a hundred that are trained on.
    pub train_percent: f64,
    /// Which of [`FEATURES`] are switched on.
    pub switched_on: [bool; 7],
    pub problem: Problem,
    /// Whether weights and biases start at zero.
    pub zero: bool,
    /// Entries of the link that concern the site alone, kept for links written from here.
    pub site_alone: Vec<(&'static str, String)>,
    /// Parts of the site's screen that the link hides or shows. A hidden feature is switched off.
    pub hidden: Vec<(String, bool)>,
}

impl State {
    /// The site's state when it is opened first, with this seed.
    pub fn new(seed: String) -> State {
        State {
            activation: Activation::Tanh,
            regularization: Regularization::None,
            batch: 10,
            classes: Classes::Circle,
            surface: Surface::Plane,
            learning_rate: 0.03,
            regularization_rate: 0.0,
            noise: 0.0,
            hidden_layers: vec![4, 2],
            seed,
            show_test: false,
            discretize: false,
            train_percent: 50.0,
            switched_on: [true, true, false, false, false, false, false],
            problem: Problem::Classification,
            zero: false,
            site_alone: Vec::new(),
            hidden: Vec::new(),
        }
    }

    /// The features that the network is given, in their order.
    pub fn features(&self) -> Vec<Feature> {
        let on = |(at, (feature, key, _)): (usize, &(Feature, &str, &str))| {
            (self.switched_on[at] && !self.hides(key)).then_some(*feature)
        };
        FEATURES.iter().enumerate().filter_map(on).collect()
    }

    pub fn hides(&self, key: &str) -> bool {
        self.hidden.iter().any(|(hidden, on)| *on && hidden == key)
    }

    /// Set what `key` names. The keys are [`KEYS`].
    ///
    /// # Errors
    /// The value is none of that key's, or out of range.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        if let Some(at) = FEATURES.iter().position(|(_, name, _)| *name == key) {
            self.switched_on[at] = switch(value)?;
            return Ok(());
        }
        if let Some(name) = SITE_ALONE.into_iter().find(|name| *name == key) {
            self.site_alone.retain(|(old, _)| *old != name);
            // The site's own value, which a link need not say.
            if value != "false" {
                self.site_alone.push((name, value.to_owned()));
            }
            return Ok(());
        }
        match key {
            "activation" => self.activation = Named::named(value)?,
            "regularization" => self.regularization = Named::named(value)?,
            "batchSize" => self.batch = number(value, 1.0, 30.0, true)? as usize,
            "dataset" => self.classes = Named::named(value)?,
            "regDataset" => self.surface = Named::named(value)?,
            "learningRate" => self.learning_rate = number(value, 0.00001, 10.0, false)?,
            "regularizationRate" => self.regularization_rate = number(value, 0.0, 10.0, false)?,
            "noise" => self.noise = number(value, 0.0, 50.0, false)?,
            "networkShape" => self.hidden_layers = layers(value)?,
            "seed" => self.seed = seed(value)?,
            "showTestData" => self.show_test = switch(value)?,
            "discretize" => self.discretize = switch(value)?,
            "percTrainData" => self.train_percent = number(value, 10.0, 90.0, false)?,
            "problem" => self.problem = Named::named(value)?,
            "initZero" => self.zero = switch(value)?,
            _ => {
                let near = ("near", hint(key, KEYS).into());
                return Err(say_with("playground-error-setting", &[near]));
            }
        }
        Ok(())
    }

    /// The value of `key`, as a link says it; `None` where the site leaves the key out.
    pub fn value(&self, key: &str) -> Option<String> {
        if let Some(at) = FEATURES.iter().position(|(_, name, _)| *name == key) {
            return Some(self.switched_on[at].to_string());
        }
        if SITE_ALONE.contains(&key) {
            let said = self.site_alone.iter().find(|(name, _)| *name == key);
            let unsaid = (key != "tutorial").then(|| "false".to_owned());
            return said.map(|(_, value)| value.clone()).or(unsaid);
        }
        Some(match key {
            "activation" => self.activation.name().to_owned(),
            "regularization" if self.regularization == Regularization::None => return None,
            "regularization" => self.regularization.name().to_owned(),
            "batchSize" => self.batch.to_string(),
            "dataset" => self.classes.name().to_owned(),
            "regDataset" => self.surface.name().to_owned(),
            "learningRate" => self.learning_rate.to_string(),
            "regularizationRate" => self.regularization_rate.to_string(),
            "noise" => self.noise.to_string(),
            "networkShape" => {
                let widths = self.hidden_layers.iter().map(usize::to_string);
                widths.collect::<Vec<_>>().join(",")
            }
            "seed" => self.seed.clone(),
            "showTestData" => self.show_test.to_string(),
            "discretize" => self.discretize.to_string(),
            "percTrainData" => self.train_percent.to_string(),
            "problem" => self.problem.name().to_owned(),
            "initZero" => self.zero.to_string(),
            _ => return None,
        })
    }
}

fn switch(value: &str) -> Result<bool, String> {
    match value {
        "true" | "on" | "1" | "yes" => Ok(true),
        "false" | "off" | "0" | "no" => Ok(false),
        _ => Err(say_with(
            "playground-error-switch",
            &[("word", quoted(value))],
        )),
    }
}

fn number(value: &str, least: f64, most: f64, whole: bool) -> Result<f64, String> {
    let said = |key, word| {
        let args = [
            ("word", word),
            ("least", plain(least)),
            ("most", plain(most)),
        ];
        Err(say_with(key, &args))
    };
    match (value.parse::<f64>(), whole) {
        (Ok(x), _) if x >= least && x <= most && (!whole || x.fract() == 0.0) => Ok(x),
        (Ok(_), false) => said("playground-error-range", plain(value)),
        (Ok(_), true) => said("playground-error-range-whole", plain(value)),
        (Err(_), false) => said("playground-error-number", quoted(value)),
        (Err(_), true) => said("playground-error-number-whole", quoted(value)),
    }
}

fn layers(value: &str) -> Result<Vec<usize>, String> {
    if matches!(value.trim(), "" | "none") {
        return Ok(Vec::new());
    }
    let width = |text: &str| match text.trim().parse() {
        Ok(width @ 1..=WIDEST) => Ok(width),
        _ => Err(say_with(
            "playground-error-width",
            &[("word", quoted(text)), ("most", plain(WIDEST))],
        )),
    };
    let layers = value.split(',').map(width).collect::<Result<Vec<_>, _>>()?;
    match layers.len() {
        0..=DEEPEST => Ok(layers),
        n => Err(say_with(
            "playground-error-deep",
            &[("n", plain(n)), ("most", plain(DEEPEST))],
        )),
    }
}

/// A seed stands in a link as it is.
fn seed(value: &str) -> Result<String, String> {
    match value {
        "" => Err(say("playground-error-seed-empty").into()),
        _ if value.contains(['&', '=', '#']) || value.contains(char::is_whitespace) => Err(
            say_with("playground-error-seed", &[("word", quoted(value))]),
        ),
        _ => Ok(value.to_owned()),
    }
}
