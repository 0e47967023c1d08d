//! Each question to a source as a method with types of its own, for whoever holds a plan.

use std::path::Path;

use super::detail::Detail;
use super::intervention::{Effect, Revision};
use super::model_hash::{ModelHash, SameModel};
use super::query::{Answer, Choice, Given, Job, Place, Query, Temperature};
use super::source::{Control, Source, SourceError};
use super::tensor::{Distribution, HostTensor, Slice, Summary, Values};

/// Questions and jobs as methods; points are places in the pass's plan. See [`Query`] and [`Job`] for each.
pub trait SourceExt: Source {
    /// Run the layers up to the point's own.
    fn run_to(&mut self, pass: usize, point: usize, control: &Control) -> Result<(), SourceError> {
        let point = name(self, pass, point)?;
        self.run(&Job::Run { pass, point }, control).map(|_| ())
    }

    /// The elements of a slice.
    fn values(&mut self, pass: usize, point: usize, slice: &Slice) -> Result<Values, SourceError> {
        let point = name(self, pass, point)?;
        let slice = slice.clone();
        match self.answer(&Query::Values { pass, point, slice }, &Control::default())? {
            Answer::Values(values) => Ok(values),
            other => Err(unasked(&other)),
        }
    }

    fn summary(
        &mut self,
        pass: usize,
        point: usize,
        control: &Control,
    ) -> Result<Summary, SourceError> {
        let point = name(self, pass, point)?;
        match self.answer(&Query::Summary { pass, point }, control)? {
            Answer::Summary(summary) => Ok(summary),
            other => Err(unasked(&other)),
        }
    }

    /// Every head as a picture of at most `rows`×`cols`.
    fn heads(
        &mut self,
        pass: usize,
        point: usize,
        rows: usize,
        cols: usize,
        control: &Control,
    ) -> Result<Values, SourceError> {
        let query = Query::Heads {
            pass,
            point: name(self, pass, point)?,
            rows,
            cols,
        };
        match self.answer(&query, control)? {
            Answer::Heads(values) => Ok(values),
            other => Err(unasked(&other)),
        }
    }

    /// The model's prediction at a hook point.
    fn lens(
        &mut self,
        pass: usize,
        point: usize,
        row: usize,
        k: usize,
        temperature: f64,
    ) -> Result<Distribution, SourceError> {
        let query = Query::Lens {
            pass,
            point: name(self, pass, point)?,
            row,
            k,
            temperature: checked(temperature)?,
        };
        match self.answer(&query, &Control::default())? {
            Answer::Lens(distribution) => Ok(distribution),
            other => Err(unasked(&other)),
        }
    }

    /// The model's prediction at each of several hook points.
    fn lenses(
        &mut self,
        pass: usize,
        points: &[usize],
        row: usize,
        k: usize,
        temperature: f64,
        control: &Control,
    ) -> Result<Vec<Distribution>, SourceError> {
        let names = points.iter().map(|&point| name(self, pass, point));
        let query = Query::Lenses {
            pass,
            points: names.collect::<Result<_, _>>()?,
            row,
            k,
            temperature: checked(temperature)?,
        };
        match self.answer(&query, control)? {
            Answer::Lenses { lenses } => Ok(lenses),
            other => Err(unasked(&other)),
        }
    }

    /// The parts of each token of a pass.
    fn details(&mut self, pass: usize) -> Result<Vec<Detail>, SourceError> {
        match self.answer(&Query::Tokens { pass }, &Control::default())? {
            Answer::Tokens { tokens } => Ok(tokens),
            other => Err(unasked(&other)),
        }
    }

    /// Begin to take the hash of the model's files; nothing waits.
    fn start_hash(&mut self) -> Result<(), SourceError> {
        self.run(&Job::StartHash, &Control::default()).map(|_| ())
    }

    /// Whether the model is the one that `hash` is of.
    fn same_model(
        &mut self,
        hash: &ModelHash,
        control: &Control,
    ) -> Result<SameModel, SourceError> {
        let hash = hash.clone();
        match self.answer(&Query::SameModel { hash }, control)? {
            Answer::SameModel { same } => Ok(same),
            other => Err(unasked(&other)),
        }
    }

    /// The value of `wanted`, computed from nothing but the values that are given.
    fn evaluate(
        &mut self,
        pass: usize,
        given: &[(usize, HostTensor<'static>)],
        wanted: usize,
    ) -> Result<HostTensor<'static>, SourceError> {
        let given = given.iter().map(|(point, value)| {
            let (point, value) = (name(self, pass, *point)?, value.clone());
            Ok(Given { point, value })
        });
        let query = Query::Evaluate {
            pass,
            given: given.collect::<Result<_, SourceError>>()?,
            point: name(self, pass, wanted)?,
        };
        match self.answer(&query, &Control::default())? {
            Answer::Evaluate(value) => Ok(value),
            other => Err(unasked(&other)),
        }
    }

    /// Put a value in the place of a hook point's own, or take it back; the hook points that follow from it
    /// come back, as (pass, point).
    fn replace(
        &mut self,
        pass: usize,
        point: usize,
        value: Option<&HostTensor<'static>>,
    ) -> Result<Vec<(usize, usize)>, SourceError> {
        let job = Job::Replace {
            pass,
            point: name(self, pass, point)?,
            value: value.cloned(),
        };
        let reached = self.run(&job, &Control::default())?;
        Ok(places(self, &reached))
    }

    /// Change the list of interventions; the hook points that follow come back, as (pass, point).
    fn intervene(
        &mut self,
        revision: Revision,
        control: &Control,
    ) -> Result<Vec<(usize, usize)>, SourceError> {
        let reached = self.run(&Job::Intervene { revision }, control)?;
        Ok(places(self, &reached))
    }

    /// The answer at a row of a pass before and after the interventions.
    fn effect(&mut self, pass: usize, row: usize, k: usize) -> Result<Effect, SourceError> {
        let query = Query::Effect {
            pass,
            row,
            k,
            temperature: Temperature::default(),
        };
        match self.answer(&query, &Control::default())? {
            Answer::Effect(effect) => Ok(effect),
            other => Err(unasked(&other)),
        }
    }

    /// Choose the token after `pass` and begin a pass with it.
    fn next(&mut self, pass: usize, choice: &Choice, control: &Control) -> Result<(), SourceError> {
        let choice = choice.clone();
        self.run(&Job::Next { pass, choice }, control).map(|_| ())
    }

    /// Start again from another prompt.
    fn restart(&mut self, prompt: &str) -> Result<(), SourceError> {
        let prompt = prompt.to_owned();
        let job = Job::Restart { prompt };
        self.run(&job, &Control::default()).map(|_| ())
    }

    /// Write the passes so far as a trace, only hook points that one of the patterns matches.
    fn save(&mut self, path: &Path, hooks: &[&str], control: &Control) -> Result<(), SourceError> {
        let (path, hooks) = (path.to_owned(), hooks.iter().map(|&h| h.to_owned()));
        let hooks = hooks.collect();
        self.run(&Job::Save { path, hooks }, control).map(|_| ())
    }
}

impl<S: Source + ?Sized> SourceExt for S {}

/// Hook points as (pass, place in its plan).
fn places<S: Source + ?Sized>(source: &S, reached: &[Place]) -> Vec<(usize, usize)> {
    let place = |place: &Place| {
        let plan = &source.passes()[place.pass].plan;
        Some((place.pass, plan.position(&place.point)?))
    };
    reached.iter().filter_map(place).collect()
}

/// The name of a place in a plan.
fn name<S: Source + ?Sized>(source: &S, pass: usize, point: usize) -> Result<String, SourceError> {
    let found = source.passes().get(pass);
    let found = found.and_then(|pass| pass.plan.points().get(point));
    let none = || SourceError::Slice(format!("there is no hook point {point} of pass {pass}"));
    found.map(|point| point.name.clone()).ok_or_else(none)
}

fn checked(temperature: f64) -> Result<Temperature, SourceError> {
    let why = || {
        SourceError::Slice(format!(
            "the temperature must be above 0, not {temperature}"
        ))
    };
    Temperature::new(temperature).ok_or_else(why)
}

/// A source that answers another question than it was asked is broken.
fn unasked(answer: &Answer) -> SourceError {
    SourceError::Other(format!(
        "the source answers another question: {answer:.60?}"
    ))
}
