//! Replies of commands, as data; `words` is the text of them.

use serde::{Serialize, Serializer};

use super::figures::Confusion;
use super::inside::Moment;
use super::not_finite::NotFinite;
use crate::trace::number::{self, Number};

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    Show(Shown),
    Ran {
        epoch: usize,
        #[serde(with = "number")]
        train_loss: f64,
        #[serde(with = "number")]
        test_loss: f64,
        /// The stop condition that ended the run.
        #[serde(skip_serializing_if = "Option::is_none")]
        stopped: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        not_finite: Option<Explained>,
    },
    Inside {
        moments: Vec<Moment>,
    },
    Weights {
        epoch: usize,
        features: Vec<&'static str>,
        layers: Vec<Vec<Neuron>>,
    },
    Data {
        train_points: usize,
        test_points: usize,
        train: Vec<PointValue>,
        test: Vec<PointValue>,
    },
    Value {
        x: f64,
        y: f64,
        features: Vec<&'static str>,
        #[serde(with = "number::list")]
        inputs: Vec<f64>,
        #[serde(serialize_with = "lists")]
        layers: Vec<Vec<f64>>,
        #[serde(with = "number")]
        output: f64,
    },
    /// Rows from the highest y to the lowest.
    Surface {
        layer: usize,
        neuron: usize,
        #[serde(serialize_with = "lists")]
        rows: Vec<Vec<f64>>,
    },
    Settings {
        settings: Vec<Setting>,
    },
    Link {
        link: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<String>,
    },
    Done {
        text: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    pub epoch: usize,
    /// Points of the epoch that it has been trained on; not 0 inside an epoch.
    pub points_of_epoch: usize,
    #[serde(with = "number")]
    pub train_loss: f64,
    #[serde(with = "number")]
    pub test_loss: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_accuracy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_accuracy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_confusion: Option<Confusion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_confusion: Option<Confusion>,
    #[serde(skip_serializing_if = "Option::is_none", with = "number::optional")]
    pub train_r_squared: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", with = "number::optional")]
    pub test_r_squared: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_finite: Option<Explained>,
}

/// The place that stopped being finite, in numbers and in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    #[serde(flatten)]
    place: NotFinite,
    pub(super) text: String,
}

impl Explained {
    pub fn new(place: NotFinite) -> Explained {
        Explained {
            text: place.to_string(),
            place,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Neuron {
    #[serde(with = "number")]
    pub bias: f64,
    #[serde(with = "number::list")]
    pub weights: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PointValue {
    pub x: f64,
    pub y: f64,
    pub label: f64,
    #[serde(with = "number")]
    pub output: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    pub name: &'static str,
    pub value: Option<String>,
}

fn lists<S: Serializer>(lists: &[Vec<f64>], s: S) -> Result<S::Ok, S::Error> {
    let numbers = |list: &Vec<f64>| list.iter().copied().map(Number).collect::<Vec<_>>();
    s.collect_seq(lists.iter().map(numbers))
}

impl Reply {
    /// Warnings that come with the reply.
    pub fn warnings(&self) -> &[String] {
        match self {
            Reply::Link { warnings, .. } | Reply::Done { warnings, .. } => warnings,
            _ => &[],
        }
    }
}
