//! A playground as a screen shows it: small enough to be handed over thirty times a second.

use std::sync::Arc;

use super::data::{Data, Set};
use super::figures::{Confusion, r_squared};
use super::inside::{Moment, Next};
use super::not_finite::NotFinite;
use super::now::Now;
use super::state::{Problem, State};
use super::stop::Stop;
use super::training::{Losses, Training};

/// Places of a curve at most.
const PLACES: usize = 512;

#[derive(Clone, Debug)]
pub struct Snapshot {
    pub state: State,
    pub data: Arc<Data>,
    /// Points of one's own, if the data are these.
    pub own: Option<usize>,
    pub training: Training,
    pub next: Next,
    pub losses: Losses,
    /// The losses by epoch, and those of the run before.
    pub curve: Curve,
    pub ghost: Curve,
    pub stop: Option<Stop>,
    pub not_finite: Option<NotFinite>,
    /// The training data's, then the test data's.
    pub quality: [Quality; 2],
    /// The latest step inside the epoch.
    pub moment: Option<Moment>,
}

/// Losses by epoch, thinned out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    pub epochs: usize,
    pub places: Vec<(usize, Losses)>,
}

/// How well a set of points is met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quality {
    Classes(Confusion),
    /// R²; `None` where the labels do not vary.
    Numbers(Option<f64>),
}

impl Curve {
    pub fn new(losses: &[Losses]) -> Curve {
        let last = losses.len().saturating_sub(1);
        let steps = last.clamp(1, PLACES);
        let epochs = (0..=steps).map(|step| step * last / steps);
        let mut places: Vec<_> = epochs
            .filter_map(|epoch| Some((epoch, *losses.get(epoch)?)))
            .collect();
        places.dedup_by_key(|(epoch, _)| *epoch);
        Curve {
            epochs: last,
            places,
        }
    }
}

impl Snapshot {
    pub fn new(now: &Now, moment: Option<Moment>) -> Snapshot {
        let training = &now.training;
        let losses = match now.losses.last() {
            Some(last) if now.at_start_of_epoch() => *last,
            _ => training.losses(&now.data),
        };
        let quality = |set: &Set| match now.state.problem {
            Problem::Classification => Quality::Classes(Confusion::new(&training.network, set)),
            Problem::Regression => Quality::Numbers(r_squared(&training.network, set)),
        };
        Snapshot {
            quality: [quality(&now.data.train), quality(&now.data.test)],
            state: now.state.clone(),
            data: now.data.clone(),
            own: now.own.as_ref().map(|own| own.len()),
            training: training.clone(),
            next: now.next,
            losses,
            curve: Curve::new(&now.losses),
            ghost: Curve::new(&now.ghost),
            stop: now.stop,
            not_finite: now.not_finite.clone(),
            moment,
        }
    }

    /// Whether a step inside an epoch was the last thing that happened.
    pub fn is_inside(&self) -> bool {
        self.moment.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_keeps_both_ends() {
        let losses = |n: usize| -> Vec<Losses> {
            let loss = |epoch| Losses {
                train: epoch as f64,
                test: 0.0,
            };
            (0..n).map(loss).collect()
        };
        for n in [1, 2, 3, 500, 513, 514, 100_000] {
            let curve = Curve::new(&losses(n));
            let first = curve.places.first().unwrap();
            let last = curve.places.last().unwrap();
            assert_eq!((first.0, last.0, last.1.train), (0, n - 1, (n - 1) as f64));
            assert!(curve.places.len() <= PLACES + 1);
            assert!(curve.places.is_sorted_by(|a, b| a.0 < b.0));
        }
        assert_eq!(Curve::new(&[]).places, []);
    }
}
