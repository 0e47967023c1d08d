//! The answers of a source.

use serde::{Deserialize, Serialize};

use super::attribution::{Attribution, Neuron};
use super::branch::Difference;
use super::detail::Detail;
use super::fidelity::Fidelity;
use super::grid::LensGrid;
use super::head_map::{HeadMap, Rollout};
use super::inputs::InputAttribution;
use super::intervention::Effect;
use super::model_hash::SameModel;
use super::operands::Operands;
use super::query::Found;
use super::sampling::SamplingStages;
use super::score::Score;
use super::split::Split;
use super::sweep::SweepMap;
use super::tensor::{Distribution, HostTensor, Summary, Values};
use super::why::Why;

/// The answer to a [`Query`](super::query::Query), of the variant with the same name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    Values(Values),
    Summary(Summary),
    /// `[head, row, column]`
    Heads(Values),
    Lens(Distribution),
    Lenses {
        lenses: Vec<Distribution>,
    },
    Grid(LensGrid),
    Fidelity(Fidelity),
    Attribute(Attribution),
    Inputs(InputAttribution),
    Split(Split),
    HeadMap(HeadMap),
    Rollout(Rollout),
    Neurons {
        neurons: Vec<Neuron>,
    },
    Score(Score),
    /// `None` where no value of the pass fits.
    Find {
        found: Option<Found>,
    },
    Tokens {
        tokens: Vec<Detail>,
    },
    Model {
        hash: String,
    },
    SameModel {
        same: SameModel,
    },
    Effect(Effect),
    Sweep(SweepMap),
    Operands(Operands),
    Why(Why),
    Evaluate(HostTensor<'static>),
    Kept(Values),
    Sampling(SamplingStages),
    /// `[pair]`
    Frequencies(Values),
    Weight(Values),
    WeightSummary(Summary),
    Texts {
        texts: Vec<String>,
    },
    Difference(Difference),
}

/// The parts of an answer that most readers want.
impl Answer {
    pub fn values(&self) -> Option<&Values> {
        match self {
            Answer::Values(values)
            | Answer::Heads(values)
            | Answer::Weight(values)
            | Answer::Frequencies(values)
            | Answer::Kept(values) => Some(values),
            _ => None,
        }
    }

    pub fn effect(&self) -> Option<&Effect> {
        match self {
            Answer::Effect(effect) => Some(effect),
            _ => None,
        }
    }

    pub fn summary(&self) -> Option<&Summary> {
        match self {
            Answer::Summary(summary) => Some(summary),
            _ => None,
        }
    }

    pub fn lens(&self) -> Option<&Distribution> {
        match self {
            Answer::Lens(lens) => Some(lens),
            _ => None,
        }
    }
}
