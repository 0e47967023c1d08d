//! A playground at one moment: its state, data and training, runs, and the way back to earlier epochs.

use std::sync::Arc;

use super::data::{Data, Point};
use super::inside::Next;
use super::network::Network;
use super::not_finite::NotFinite;
use super::own;
use super::random::Random;
use super::state::State;
use super::stop::{Stop, Watch};
use super::training::{Losses, Training};
use crate::lang::{plain, say_with};

/// Trainings that are kept for stepping back, and those that are kept because something was changed.
const KEPT_AT_MOST: usize = 64;
const CHANGES_AT_MOST: usize = 256;

/// The state of a playground at one moment.
#[derive(Clone, Debug)]
pub struct Now {
    pub state: State,
    /// Points of one's own, in place of those of a data set.
    pub own: Option<Arc<[Point]>>,
    pub data: Arc<Data>,
    pub training: Training,
    /// The step inside the epoch that is next.
    pub next: Next,
    /// Losses after each epoch, the first before any.
    pub losses: Vec<Losses>,
    /// The losses of the run before.
    pub ghost: Arc<[Losses]>,
    pub stop: Option<Stop>,
    pub not_finite: Option<NotFinite>,
    random: Random,
    kept: Vec<Kept>,
    /// Epochs from one kept training to the next.
    spacing: usize,
}

/// A training that stepping back starts from.
#[derive(Clone, Debug)]
struct Kept {
    training: Training,
    next: Next,
    learning_rate: f64,
    /// Whether it is kept because the training was changed here.
    changed: bool,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Done,
    Stopped(Stop),
    NotFinite(NotFinite),
}

impl Now {
    pub(super) fn new(state: State, own: Option<Arc<[Point]>>) -> Result<Now, String> {
        let given = own.as_deref().map(|own| own::labelled(own, state.problem));
        let given: Option<Arc<[Point]>> = given.transpose()?.map(Arc::from);
        let mut random = Random::seeded(&state.seed);
        let data = Data::new(&state, given.as_ref(), &mut random);
        let training = Training::new(Network::new(&state, &mut random));
        let mut now = Now {
            losses: vec![training.losses(&data)],
            data: Arc::new(data),
            training,
            next: Next::Point,
            ghost: Arc::from([]),
            stop: None,
            not_finite: None,
            random,
            kept: Vec::new(),
            spacing: 1,
            state,
            own,
        };
        now.keep(true);
        Ok(now)
    }

    /// This playground anew, with another state or other points.
    pub(super) fn anew(&self, state: State, own: Option<Arc<[Point]>>) -> Result<Now, String> {
        let ghost = match self.losses.len() {
            1 => self.ghost.clone(),
            _ => Arc::from(&self.losses[..]),
        };
        Ok(Now {
            ghost,
            stop: self.stop,
            ..Now::new(state, own)?
        })
    }

    pub(super) fn keep(&mut self, changed: bool) {
        self.kept.push(Kept {
            training: self.training.clone(),
            next: self.next,
            learning_rate: self.state.learning_rate,
            changed,
        });
        if self.kept.iter().filter(|kept| !kept.changed).count() > KEPT_AT_MOST {
            self.spacing *= 2;
            let spacing = self.spacing;
            self.kept
                .retain(|kept| kept.changed || kept.training.epoch.is_multiple_of(spacing));
        }
        if self.kept.len() > KEPT_AT_MOST + CHANGES_AT_MOST {
            self.kept.drain(..CHANGES_AT_MOST / 2);
        }
    }

    /// Whether no point of the epoch was trained on yet.
    pub fn at_start_of_epoch(&self) -> bool {
        self.training.point == 0 && self.next == Next::Point
    }

    /// Train to the end of the epoch. Returns what stopped being finite in it.
    fn epoch(&mut self) -> Option<NotFinite> {
        let (before, next) = (self.training.clone(), self.next);
        self.training
            .finish_point(&mut self.next, &self.data, &self.state);
        self.training.finish_epoch(&self.data, &self.state);
        self.note_epoch();
        let losses = self.losses[self.losses.len() - 1];
        if !losses.are_finite() || self.training.network.not_finite().is_some() {
            self.not_finite = NotFinite::find(&before, next, &self.data, &self.state);
        }
        self.not_finite.clone()
    }

    /// An epoch has ended.
    pub(super) fn note_epoch(&mut self) {
        self.losses.push(self.training.losses(&self.data));
        if self.training.epoch.is_multiple_of(self.spacing) {
            self.keep(false);
        }
    }

    /// Train for so many epochs, or until the stop condition holds or a number is no longer finite.
    pub(super) fn train(&mut self, epochs: usize) -> Result<End, String> {
        if let Some(found) = &self.not_finite {
            return Err(say_with(
                "playground-error-diverged",
                &[("found", plain(found))],
            ));
        }
        let mut watch = self.stop.map(|stop| Watch::new(stop, &self.losses));
        for _ in 0..epochs {
            if let Some(found) = self.epoch() {
                return Ok(End::NotFinite(found));
            }
            let losses = self.losses[self.losses.len() - 1];
            if let Some(watch) = &mut watch
                && watch.ends(losses)
            {
                return Ok(End::Stopped(watch.stop));
            }
        }
        Ok(End::Done)
    }

    /// Go to the start of an epoch that is over, or of the one that is running.
    pub(super) fn back_to(&mut self, epoch: usize) -> Result<(), String> {
        let starts = |kept: &Kept| {
            let at = kept.training.epoch;
            at < epoch || at == epoch && kept.training.point == 0 && kept.next == Next::Point
        };
        let Some(found) = self.kept.iter().rposition(starts) else {
            let first = self.kept.first().map_or(0, |kept| kept.training.epoch);
            return Err(say_with(
                "playground-error-not-kept",
                &[("first", plain(first))],
            ));
        };
        self.kept.truncate(found + 1);
        let kept = self.kept[found].clone();
        self.training = kept.training;
        self.next = kept.next;
        self.state.learning_rate = kept.learning_rate;
        self.not_finite = None;
        while self.training.epoch < epoch {
            self.training
                .finish_point(&mut self.next, &self.data, &self.state);
            self.training.finish_epoch(&self.data, &self.state);
        }
        self.losses.truncate(epoch + 1);
        Ok(())
    }

    /// A weight or bias was edited.
    pub(super) fn edited(&mut self) {
        self.not_finite = None;
        if self.at_start_of_epoch() {
            let losses = self.training.losses(&self.data);
            if let Some(last) = self.losses.last_mut() {
                *last = losses;
            }
        }
        self.keep(true);
    }

    /// A seed for other data, drawn as the site draws it.
    pub(super) fn next_seed(&self) -> String {
        self.random.clone().seed()
    }

    /// There is no way back behind what is now.
    pub(super) fn begin_here(&mut self) {
        self.kept.clear();
        self.keep(true);
    }
}
