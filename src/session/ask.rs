//! Commands that print: what they ask of a source, and its answer.

use super::command::Direction;
use super::explain;
use super::format;
use super::query::Temperature;
use super::reply::{Reply, Seen};
use super::walk::{self, WalkError, Walked};
use super::wanted::{self, Test};
use crate::trace::hook;
use crate::trace::source::{Control, Source, SourceError};
use crate::trace::tensor::{Pick, Slice};

/// A printing command whose names have been resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub pass: usize,
    /// Index into the pass's plan.
    pub point: usize,
    pub what: About,
}

/// What is asked about a hook point.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    Values {
        slice: Slice,
        /// The part of it that a person reads at once.
        read: Slice,
    },
    /// The first `count` values of a slice, in their order.
    First {
        slice: Slice,
        count: usize,
    },
    /// The next value for which a test holds, behind an element of the hook point.
    Find {
        test: Test,
        direction: Direction,
        behind: Option<Vec<usize>>,
    },
    /// The `k` most probable tokens after token `row` of the pass, or in an encoder's masked place.
    Next {
        row: usize,
        k: usize,
        temperature: Temperature,
    },
    /// The same at each of these hook points, of which [`Ask::point`] is the last.
    Lenses {
        points: Vec<usize>,
        row: usize,
        k: usize,
        temperature: Temperature,
    },
    Info,
    /// These questions, one after the other.
    Each(Vec<Ask>),
    /// Nothing about the point: the tokens of the pass.
    Tokens,
    /// Nothing about the point: the model.
    Model,
    /// Nothing about the point: the whole pass, its predictions read at this row.
    Walk {
        row: usize,
    },
}

impl Ask {
    /// The same, with all values and not only what a person reads at once.
    pub fn whole(self) -> Ask {
        let what = match self.what {
            About::Values { slice, .. } => About::Values {
                read: slice.clone(),
                slice,
            },
            About::Each(asks) => About::Each(asks.into_iter().map(Ask::whole).collect()),
            what => what,
        };
        Ask { what, ..self }
    }
}

/// The shape that a slice with a part for every axis gives.
fn lengths(slice: &Slice) -> Vec<usize> {
    let length = |pick: &Pick| match pick {
        Pick::At(_) => None,
        Pick::Span(span) => Some(span.len()),
    };
    slice.0.iter().filter_map(length).collect()
}

/// Run as far as the question needs and answer it.
///
/// # Errors
/// Whatever the source has to say, among it [`SourceError::Cancelled`].
pub fn answer(source: &mut dyn Source, ask: &Ask, control: &Control) -> Result<Reply, SourceError> {
    let Ask { pass, point, .. } = *ask;
    // Those of several run on one after the other; a walk and a search run from layer to layer.
    if !matches!(
        ask.what,
        About::Each(_) | About::Model | About::Walk { .. } | About::Find { .. }
    ) {
        source.run_to(pass, point, control)?;
    }
    let hook = source.passes()[pass].plan.points()[point].clone();
    let name = hook::short(&hook.name);
    Ok(match &ask.what {
        About::Values { slice, read } => {
            let values = source.values(pass, point, read)?;
            Reply::Values {
                name,
                of: hook.shape,
                asked: lengths(slice),
                shape: values.shape,
                values: values.data,
                recomputed: values.recomputed,
            }
        }
        About::First { slice, count } => {
            let mut values = source.values(pass, point, slice)?;
            values.data.truncate(*count);
            let shape = vec![values.data.len()];
            Reply::Values {
                name,
                of: hook.shape,
                asked: shape.clone(),
                shape,
                values: values.data,
                recomputed: values.recomputed,
            }
        }
        About::Find {
            test,
            direction,
            behind,
        } => {
            let from = (point, behind.as_deref());
            let found = wanted::next_value(source, pass, from, *test, *direction, control)?;
            let none = || SourceError::Other(format!("no value of this pass is {test}"));
            let found = found.ok_or_else(none)?;
            Reply::Found {
                name: hook::short(&source.passes()[pass].plan.points()[found.point].name),
                pass,
                found,
            }
        }
        About::Next {
            row,
            k,
            temperature,
        } => Reply::Next {
            read: source.passes()[pass]
                .plan
                .read_at(point)
                .unwrap_or_else(|| name.clone()),
            name,
            target: (source.model())
                .prediction_target(&source.passes()[pass], *row)
                .to_string(),
            distribution: source.lens(pass, point, *row, *k, temperature.get())?,
        },
        About::Lenses {
            points,
            row,
            k,
            temperature,
        } => {
            let lenses = source.lenses(pass, points, *row, *k, temperature.get(), control)?;
            let of = &source.passes()[pass];
            let seen = points
                .iter()
                .zip(lenses)
                .map(|(&point, distribution)| Seen {
                    name: hook::short(&of.plan.points()[point].name),
                    distribution,
                });
            Reply::Lenses {
                target: source.model().prediction_target(of, *row).to_string(),
                at: of.tokens[of.start + row].text.clone(),
                seen: seen.collect(),
            }
        }
        About::Info => {
            let summary = source.summary(pass, point, control)?;
            let explained = explain::explain(source.model(), &source.passes()[pass], point);
            Reply::Info {
                name,
                axes: format::shape(&hook),
                shape: hook.shape.clone(),
                formula: explained.formula,
                text: explained.text,
                masked: source.model().masked(&source.passes()[pass], &hook),
                summary,
            }
        }
        About::Each(asks) => {
            let replies = asks.iter().map(|ask| answer(source, ask, control));
            Reply::Each {
                replies: replies.collect::<Result<_, _>>()?,
            }
        }
        About::Tokens => Reply::Tokens {
            tokens: source.details(pass)?,
        },
        About::Model => {
            let model = source.model();
            Reply::Model {
                name: model.name.clone(),
                family: model.family.clone(),
                computed_in: format!("{} on {}", model.dtype, model.device),
                layers: model.n_layers,
                hash: source.hash_status(),
            }
        }
        About::Walk { row } => {
            let mut text = Vec::new();
            let walked = Walked {
                pass,
                row: Some(*row),
            };
            walk::walk(source, walked, control, &mut text).map_err(|e| match e {
                WalkError::Source(error) => error,
                WalkError::Write(error) => SourceError::Other(error.to_string()),
            })?;
            Reply::Text {
                text: String::from_utf8_lossy(&text).trim_end().to_owned(),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::super::fake::Fake;
    use super::*;
    use crate::trace::source::Choice;

    fn walk(source: &mut Fake, pass: usize, control: &Control) -> Result<Reply, SourceError> {
        let what = About::Walk { row: 0 };
        let ask = Ask {
            pass,
            point: 0,
            what,
        };
        answer(source, &ask, control)
    }

    #[test]
    fn a_walk_is_of_the_pass_asked_for_and_can_be_stopped() {
        let mut source = Fake::new();
        let control = Control::default();
        source.next(0, &Choice::Greedy, &control).unwrap();
        let text = walk(&mut source, 1, &control).unwrap().text();
        assert!(text.contains("pass 1: t0│t1│t2│t3│t4 (5 tokens)"), "{text}");
        assert!(text.contains("[head 2, query 1, key 5]"), "{text}");
        let row = text.lines().skip_while(|l| !l.contains("head 0:")).nth(1);
        assert!(row.unwrap().trim_start().starts_with("t4 "), "{text}");
        let text = walk(&mut source, 0, &control).unwrap().text();
        assert!(text.contains("prompt: t0│t1│t2│t3 (4 tokens)"), "{text}");
        control.cancel.store(true, Ordering::Relaxed);
        let stopped = walk(&mut source, 0, &control);
        assert!(matches!(stopped, Err(SourceError::Cancelled)));
    }
}
