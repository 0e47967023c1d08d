//! Replies of commands, as data made of the answers to their questions. `reply_text` has them as text.

use std::ops::Range;
use std::path::PathBuf;

use serde::Serialize;

use super::beside::weights;
use super::interventions::{Listed, listed};
use super::reply_branches::order;
use super::stages::Stages;
use super::{explain, format};
use crate::graph::named;
use crate::trace::attribution::{Attribution, Neuron};
use crate::trace::branch::{Branch, Difference};
use crate::trace::detail::Detail;
use crate::trace::fidelity::Fidelity;
use crate::trace::grid::LensGrid;
use crate::trace::head_map::{HeadMap, Rollout};
use crate::trace::hook;
use crate::trace::inputs::InputAttribution;
use crate::trace::intervention::Effect;
use crate::trace::kept;
use crate::trace::number;
use crate::trace::plan::HookPoint;
use crate::trace::query::{Answer, Place, Query};
use crate::trace::score::Score;
use crate::trace::source::{ModelInfo, Pass, SourceError, locate};
use crate::trace::split::Split;
use crate::trace::sweep::SweepMap;
use crate::trace::tensor::{Distribution, Summary};
use crate::trace::why::Why;

/// The reply of a command.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    /// Where the cursor stands.
    At {
        pass: usize,
        step: usize,
        steps: usize,
        name: String,
        shape: Vec<usize>,
        axes: String,
    },
    /// Elements of a hook point; in JSON a NaN or an infinity is a string, as in a trace.
    Values {
        name: String,
        of: Vec<usize>,
        /// The shape of what was asked for; `shape` is shorter where a person is shown a part of it.
        #[serde(skip)]
        asked: Vec<usize>,
        shape: Vec<usize>,
        #[serde(serialize_with = "number::list::serialize")]
        values: Vec<f64>,
        /// The error in [`Values`](crate::trace::tensor::Values::recomputed).
        #[serde(
            skip_serializing_if = "Option::is_none",
            serialize_with = "number::optional::serialize"
        )]
        recomputed: Option<f64>,
    },
    /// A value that was looked for, where the cursor stands now.
    Found {
        name: String,
        pass: usize,
        index: Vec<usize>,
        #[serde(serialize_with = "number::serialize")]
        value: f64,
    },
    /// One after the other.
    Each {
        replies: Vec<Reply>,
    },
    /// The most probable tokens, read at a hook point: what they are candidates for is `target`.
    Next {
        name: String,
        /// The value of the residual stream that stands there, which is what was read.
        read: String,
        #[serde(rename = "told")]
        target: String,
        distribution: Distribution,
    },
    /// The most probable tokens at several hook points, read at the token `at`.
    Lenses {
        #[serde(rename = "told")]
        target: String,
        at: String,
        seen: Vec<Seen>,
    },
    /// The lens at hook points × tokens.
    Grid {
        #[serde(rename = "told")]
        target: String,
        points: Vec<String>,
        /// The rows of the pass, and the token in each.
        rows: Range<usize>,
        tokens: Vec<String>,
        #[serde(flatten)]
        grid: LensGrid,
    },
    /// The fidelity of lenses, over so many rows of the pass.
    Fidelity {
        rows: usize,
        #[serde(flatten)]
        fidelity: Fidelity,
    },
    /// The parts of the logit that is predicted at the token `at`.
    Attribution {
        at: String,
        #[serde(flatten)]
        attribution: Attribution,
    },
    /// The parts of the score of these tokens.
    Split {
        tokens: [String; 2],
        #[serde(flatten)]
        split: Split,
    },
    /// The shares of the text's tokens in the logit that is predicted at the token `at`.
    Inputs {
        at: String,
        #[serde(flatten)]
        inputs: InputAttribution,
    },
    HeadMap(HeadMap),
    /// Where the token `at` comes from.
    Rollout {
        at: String,
        tokens: Vec<String>,
        #[serde(flatten)]
        rollout: Rollout,
    },
    /// The neurons of a block that write most at the token `at`.
    Neurons {
        layer: usize,
        at: String,
        neurons: Vec<Neuron>,
    },
    Score(Score),
    Sweep(SweepMap),
    Info {
        name: String,
        axes: String,
        shape: Vec<usize>,
        formula: String,
        text: String,
        summary: Summary,
        /// Elements that are −∞ because a query may not look there.
        masked: usize,
    },
    /// A calculation, stage by stage.
    Stages {
        name: String,
        #[serde(flatten)]
        stages: Stages,
    },
    /// Why an element is what it is.
    Why(Why),
    /// The reply of another branch.
    There {
        branch: String,
        reply: Box<Reply>,
    },
    /// The model that runs.
    Model {
        name: String,
        family: String,
        computed_in: String,
        layers: usize,
        /// The hash of its files, or how far that is known.
        hash: String,
    },
    /// A pass that began.
    Pass {
        pass: usize,
        token: String,
        id: u32,
        #[serde(serialize_with = "number::optional::serialize")]
        prob: Option<f64>,
        /// How many later passes there were before it.
        #[serde(skip_serializing_if = "is_none")]
        dropped: usize,
    },
    /// A value that was replaced or taken back: the hook points that follow from it.
    Replaced {
        reached: Vec<Place>,
    },
    /// The interventions.
    Interventions {
        list: Vec<Listed>,
    },
    /// The interventions after a change to them.
    Intervened {
        list: Vec<Listed>,
        /// The number of the one that was put or turned on or off.
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<usize>,
        /// The hook points whose values change.
        reached: Vec<Place>,
    },
    /// The answer before and after the interventions.
    Effect {
        #[serde(rename = "told")]
        target: String,
        #[serde(flatten)]
        effect: Effect,
    },
    /// The branches.
    Branches {
        list: Vec<Named>,
    },
    /// A value in this branch and in another.
    Difference {
        #[serde(flatten)]
        difference: Difference,
        /// The largest change, and the index of its element in the slice.
        largest: Option<Largest>,
    },
    /// The parts of each token of the pass.
    Tokens {
        tokens: Vec<Detail>,
    },
    /// A file with values of this shape.
    Wrote {
        path: PathBuf,
        shape: Vec<usize>,
    },
    Text {
        text: String,
    },
}

/// A branch in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    pub name: String,
    pub parent: Option<String>,
    pub model: Option<String>,
    pub prompt: String,
    /// The text that was generated after it.
    pub text: String,
    /// The commands of its interventions that are on.
    pub interventions: Vec<String>,
    pub current: bool,
    pub dropped: bool,
    /// How far below the first one it stands in the tree.
    #[serde(skip)]
    pub depth: usize,
}

impl Named {
    /// The tree in the order in which it is read.
    pub fn tree(list: &[Branch]) -> Vec<Named> {
        let all = order(list).into_iter();
        all.map(|(branch, depth)| Named::of(branch, depth))
            .collect()
    }

    fn of(branch: &Branch, depth: usize) -> Named {
        let on = listed(&branch.interventions).into_iter();
        let on = on.filter(|one| one.on).map(|one| one.command);
        Named {
            name: branch.name.clone(),
            parent: branch.parent.clone(),
            model: branch.model.clone(),
            prompt: branch.prompt.clone(),
            text: branch.text.clone(),
            interventions: on.collect(),
            current: branch.current,
            dropped: branch.dropped,
            depth,
        }
    }
}

/// The largest change of a difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Largest {
    pub index: Vec<usize>,
    #[serde(serialize_with = "number::serialize")]
    pub change: f64,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

/// The most probable tokens as read at one hook point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Seen {
    pub name: String,
    pub distribution: Distribution,
}

impl Reply {
    /// The reply that the answer to a question gives.
    ///
    /// # Errors
    /// Nothing was found, or the question is about a pass or a hook point that there is not.
    pub fn new(
        model: &ModelInfo,
        passes: &[Pass],
        query: &Query,
        answer: Answer,
    ) -> Result<Reply, SourceError> {
        let pass = query.pass();
        let point = |name: &str| locate(passes, pass, name);
        let hook = |name: &str| Ok::<_, SourceError>(&passes[pass].plan.points()[point(name)?]);
        let name = || {
            let name = query
                .point()
                .map(|name| hook(name).map(|hook| hook::short(&hook.name)));
            name.transpose().map(Option::unwrap_or_default)
        };
        Ok(match (answer, query) {
            (Answer::Values(values) | Answer::Heads(values), _) => Reply::Values {
                name: name()?,
                of: hook(query.point().unwrap_or_default())?.shape.clone(),
                asked: values.shape.clone(),
                shape: values.shape,
                values: values.data,
                recomputed: values.recomputed,
            },
            (Answer::Summary(summary), _) => {
                let point = point(query.point().unwrap_or_default())?;
                let explained = explain::explain(model, &passes[pass], point);
                let hook = &passes[pass].plan.points()[point];
                Reply::Info {
                    name: hook::short(&hook.name),
                    axes: format::shape(hook),
                    shape: hook.shape.clone(),
                    formula: explained.formula,
                    text: explained.text,
                    masked: model.masked(&passes[pass], hook),
                    summary,
                }
            }
            (Answer::Lens(distribution), Query::Lens { row, point: at, .. }) => {
                let name = name()?;
                let read = passes[pass].plan.read_at(point(at)?);
                Reply::Next {
                    read: read.unwrap_or_else(|| name.clone()),
                    name,
                    target: model.prediction_target(&passes[pass], *row).to_string(),
                    distribution,
                }
            }
            (Answer::Lenses { lenses }, Query::Lenses { points, row, .. }) => {
                let of = passes.get(pass).ok_or_else(|| other("another pass"))?;
                let seen = points.iter().zip(lenses).map(|(point, distribution)| Seen {
                    name: hook::short(point),
                    distribution,
                });
                Reply::Lenses {
                    target: model.prediction_target(of, *row).to_string(),
                    at: token_at(passes, pass, *row),
                    seen: seen.collect(),
                }
            }
            (
                Answer::Grid(grid),
                Query::Grid {
                    points, rows: some, ..
                },
            ) => {
                let of = passes.get(pass).ok_or_else(|| other("another pass"))?;
                let tokens = of.tokens.get(of.start..).unwrap_or_default();
                let rows = some.clone().unwrap_or(0..tokens.len());
                let here = tokens.get(rows.clone()).unwrap_or_default();
                let row = rows.end.saturating_sub(1);
                Reply::Grid {
                    target: model.prediction_target(of, row).to_string(),
                    points: points.iter().map(|point| hook::short(point)).collect(),
                    tokens: here.iter().map(|token| token.text.clone()).collect(),
                    rows,
                    grid,
                }
            }
            (Answer::Fidelity(mut fidelity), Query::Fidelity { rows, .. }) => {
                for at in &mut fidelity.points {
                    at.point = hook::short(&at.point);
                }
                let all = passes.get(pass).map_or(0, Pass::rows);
                Reply::Fidelity {
                    rows: rows.as_ref().map_or(all, ExactSizeIterator::len),
                    fidelity,
                }
            }
            (Answer::Attribute(attribution), Query::Attribute { row, .. }) => Reply::Attribution {
                at: token_at(passes, pass, *row),
                attribution,
            },
            (Answer::Split(split), _) => {
                let text = |at: usize| {
                    let token = passes.get(pass).and_then(|pass| pass.tokens.get(at));
                    token.map_or(String::new(), |token| token.text.clone())
                };
                Reply::Split {
                    tokens: [split.query, split.key].map(text),
                    split,
                }
            }
            (Answer::Inputs(inputs), Query::Inputs { row, .. }) => Reply::Inputs {
                at: token_at(passes, pass, *row),
                inputs,
            },
            (Answer::HeadMap(map), _) => Reply::HeadMap(map),
            (Answer::Rollout(rollout), Query::Rollout { row, .. }) => {
                let tokens = passes.get(pass).map_or(&[][..], |pass| &pass.tokens);
                Reply::Rollout {
                    at: token_at(passes, pass, *row),
                    tokens: tokens.iter().map(|token| token.text.clone()).collect(),
                    rollout,
                }
            }
            (Answer::Neurons { neurons }, Query::Neurons { row, layer, .. }) => Reply::Neurons {
                layer: *layer,
                at: token_at(passes, pass, *row),
                neurons,
            },
            (Answer::Score(score), _) => Reply::Score(score),
            (Answer::Sweep(map), _) => Reply::Sweep(map),
            (Answer::Kept(values), Query::Kept { name, .. }) => Reply::Values {
                name: name.clone(),
                of: kept::point(&passes[pass], name).map_or(Vec::new(), |point| point.shape),
                asked: values.shape.clone(),
                shape: values.shape,
                values: values.data,
                recomputed: None,
            },
            (Answer::Weight(values), Query::Weight { name, .. }) => Reply::Values {
                name: name.clone(),
                of: weight(model, name)?.shape,
                asked: values.shape.clone(),
                shape: values.shape,
                values: values.data,
                recomputed: None,
            },
            (Answer::WeightSummary(summary), Query::WeightSummary { name }) => {
                let point = weight(model, name)?;
                let explained = explain::weight(model, &passes[0], name);
                Reply::Info {
                    axes: format::shape(&point),
                    name: point.name,
                    shape: point.shape,
                    formula: explained.formula,
                    text: explained.text,
                    masked: 0,
                    summary,
                }
            }
            (Answer::Why(why), _) => Reply::Why(why),
            (Answer::Find { found: Some(found) }, _) => Reply::Found {
                name: hook::short(&found.point),
                pass,
                index: found.index,
                value: found.value,
            },
            (Answer::Find { found: None }, Query::Find { test, .. }) => {
                let none = format!("no value of this pass is {test}");
                return Err(SourceError::Other(none));
            }
            (Answer::Model { hash }, _) => Reply::Model {
                name: model.name.clone(),
                family: model.family.clone(),
                computed_in: format!("{} on {}", model.dtype, model.device),
                layers: model.n_layers,
                hash,
            },
            (Answer::Tokens { tokens }, _) => Reply::Tokens { tokens },
            (Answer::Effect(effect), Query::Effect { row, .. }) => {
                let of = passes.get(pass).ok_or_else(|| other("another pass"))?;
                let target = model.prediction_target(of, *row).to_string();
                Reply::Effect { target, effect }
            }
            (Answer::Difference(difference), _) => {
                let largest = difference.largest().map(|(at, change)| Largest {
                    index: index(at, &difference.shape),
                    change,
                });
                Reply::Difference {
                    difference,
                    largest,
                }
            }
            (Answer::Evaluate(value), _) => {
                let mut values = vec![0.0; value.numel()];
                value.read(0, &mut values);
                Reply::Values {
                    name: name()?,
                    of: value.shape.clone(),
                    asked: value.shape.clone(),
                    shape: value.shape,
                    values,
                    recomputed: None,
                }
            }
            (Answer::Frequencies(values), Query::Frequencies { .. }) => Reply::Values {
                name: name()?,
                of: values.shape.clone(),
                asked: values.shape.clone(),
                shape: values.shape,
                values: values.data,
                recomputed: None,
            },
            (_, query) => return Err(other(&format!("{query:.40?}"))),
        })
    }

    /// Values that are a part of what was asked for, which has this shape.
    pub(super) fn part_of(mut self, shape: Vec<usize>) -> Reply {
        if let Reply::Values { asked, .. } = &mut self {
            *asked = shape;
        }
        self
    }

    /// No more than the first `count` values, as a list.
    pub(super) fn first(mut self, count: usize) -> Reply {
        if let Reply::Values {
            asked,
            shape,
            values,
            ..
        } = &mut self
        {
            values.truncate(count);
            *shape = vec![values.len()];
            asked.clone_from(shape);
        }
        self
    }
}

/// The index of an element of a tensor by its place among all.
pub(super) fn index(mut place: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (at, length) in index.iter_mut().zip(shape).rev() {
        *at = place % length.max(&1);
        place /= length.max(&1);
    }
    index
}

/// The text of the token in a row of a pass.
fn token_at(passes: &[Pass], pass: usize, row: usize) -> String {
    let token = passes
        .get(pass)
        .and_then(|of| of.tokens.get(of.start + row));
    token.map_or_else(String::new, |token| token.text.clone())
}

/// A weight's name, axes and shape.
fn weight(model: &ModelInfo, name: &str) -> Result<HookPoint, SourceError> {
    let all = weights(model);
    let found = named::find(&all, name).map(|named| named.point.clone());
    found.ok_or_else(|| other("a weight"))
}

/// A source that answers another question than it was asked is broken.
fn other(asked: &str) -> SourceError {
    SourceError::Other(format!("the source answers another question than {asked}"))
}
