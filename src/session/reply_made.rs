//! The reply that the answer to a question gives.

use super::beside::weights;
use super::reply::{Reply, Seen};
use super::reply_branches::Largest;
use super::{explain, format};
use crate::graph::named;
use crate::trace::hook;
use crate::trace::kept;
use crate::trace::plan::HookPoint;
use crate::trace::query::{Answer, Query};
use crate::trace::source::{ModelInfo, Pass, SourceError, locate};
use crate::trace::tensor::index;

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
