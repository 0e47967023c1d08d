//! A playground in use: changes, each of which can be undone.

use std::sync::Arc;

use super::data::Point;
use super::inside::Moment;
use super::now::{End, Now};
use super::state::State;
use super::stop::Stop;
use super::training::{Losses, Training};
use crate::lang::{plain, say, say_with};

/// States that undo can go back to.
const UNDONE_AT_MOST: usize = 32;

/// Settings that change nothing about data and initial weights; training goes on with them.
pub const WITHOUT_RESET: [&str; 8] = [
    "learningRate",
    "showTestData",
    "discretize",
    "cosX",
    "cosY",
    "collectStats",
    "tutorial",
    "hideText",
];

/// A playground, and what undo goes back to.
#[derive(Clone, Debug)]
pub struct Playground {
    now: Now,
    before: Vec<Now>,
}

impl Playground {
    /// # Errors
    /// The points have labels that the state's problem does not take.
    pub fn new(state: State, own: Option<Vec<Point>>) -> Result<Playground, String> {
        Ok(Playground {
            now: Now::new(state, own.map(Arc::from))?,
            before: Vec::new(),
        })
    }

    pub fn now(&self) -> &Now {
        &self.now
    }

    /// Make a change that can be undone. One that fails changes nothing.
    fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Now) -> Result<T, String>,
    ) -> Result<T, String> {
        let before = self.now.clone();
        match change(&mut self.now) {
            Ok(said) => {
                self.before.push(before);
                let surplus = self.before.len().saturating_sub(UNDONE_AT_MOST);
                self.before.drain(..surplus);
                Ok(said)
            }
            Err(why) => {
                self.now = before;
                Err(why)
            }
        }
    }

    /// Take back the last change, run or step.
    ///
    /// # Errors
    /// There is none.
    pub fn undo(&mut self) -> Result<(), String> {
        self.now = self
            .before
            .pop()
            .ok_or_else(|| say("playground-error-undo"))?;
        Ok(())
    }

    /// Train for so many epochs, or until the stop condition holds or a number is no longer finite.
    ///
    /// # Errors
    /// A number already is not finite.
    pub fn run(&mut self, epochs: usize) -> Result<End, String> {
        self.change(|now| now.train(epochs))
    }

    /// Train on in a run that has begun: undo takes back all of it at once.
    ///
    /// # Errors
    /// A number already is not finite.
    pub fn go_on(&mut self, epochs: usize) -> Result<End, String> {
        self.now.train(epochs)
    }

    /// Take steps inside the epoch.
    ///
    /// # Errors
    /// Never.
    pub fn into(&mut self, steps: usize) -> Result<Vec<Moment>, String> {
        self.change(|now| {
            let mut moments = Vec::new();
            for _ in 0..steps {
                let (training, next) = (&mut now.training, &mut now.next);
                let moment = training.step_inside(next, &now.data, &now.state);
                if matches!(moment, Moment::Epoch { .. }) {
                    now.note_epoch();
                }
                moments.push(moment);
            }
            Ok(moments)
        })
    }

    /// Go back by epochs; the first step inside an epoch goes to its start.
    ///
    /// # Errors
    /// There are not so many epochs, or they are no longer kept.
    pub fn back(&mut self, epochs: usize) -> Result<(), String> {
        self.change(|now| {
            let inside = usize::from(!now.at_start_of_epoch());
            let passed = now.training.epoch + inside;
            match passed.checked_sub(epochs) {
                Some(epoch) => now.back_to(epoch),
                None => Err(say_with("playground-error-back", &[("n", plain(passed))])),
            }
        })
    }

    /// Go to epoch 0, with the state's initial weights.
    ///
    /// # Errors
    /// Never, as the state has been built before.
    pub fn reset(&mut self) -> Result<(), String> {
        self.change(|now| {
            *now = now.anew(now.state.clone(), now.own.clone())?;
            Ok(())
        })
    }

    /// Begin again with a new seed, which is drawn as the site draws it.
    ///
    /// # Errors
    /// Never, as the state has been built before.
    pub fn regenerate(&mut self) -> Result<(), String> {
        self.change(|now| {
            let mut state = now.state.clone();
            state.seed = now.next_seed();
            *now = now.anew(state, now.own.clone())?;
            Ok(())
        })
    }

    /// Change a setting by its key in a link. Most settings begin again at epoch 0.
    ///
    /// # Errors
    /// The key or the value is none.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        self.change(|now| {
            let mut state = now.state.clone();
            state.set(key, value)?;
            if WITHOUT_RESET.contains(&key) {
                now.state = state;
                now.keep(true);
                return Ok(());
            }
            // A data set that is named takes the place of points of one's own.
            let own = match key {
                "dataset" | "regDataset" => None,
                _ => now.own.clone(),
            };
            *now = now.anew(state, own)?;
            Ok(())
        })
    }

    /// Begin again with another state.
    ///
    /// # Errors
    /// Never: a state's own data always fit it.
    pub fn open(&mut self, state: State) -> Result<(), String> {
        self.change(|now| {
            *now = now.anew(state, None)?;
            Ok(())
        })
    }

    /// Begin again with points of one's own.
    ///
    /// # Errors
    /// Their labels are not those of the problem.
    pub fn own(&mut self, points: Vec<Point>) -> Result<(), String> {
        self.change(|now| {
            *now = now.anew(now.state.clone(), Some(points.into()))?;
            Ok(())
        })
    }

    /// Set a weight, or a bias where there is no input; counted from 0. A weight that L1 had ended lives
    /// again.
    ///
    /// # Errors
    /// There is no such layer, neuron or input.
    pub fn edit(
        &mut self,
        layer: usize,
        neuron: usize,
        input: Option<usize>,
        value: f64,
    ) -> Result<(), String> {
        self.change(|now| {
            let (at, input) = now.training.network.place(layer, neuron, input)?;
            match input {
                None => at.biases[neuron] = value,
                Some(input) => {
                    at.weights[input][neuron] = value;
                    at.dead[input][neuron] = false;
                }
            }
            now.edited();
            Ok(())
        })
    }

    /// # Errors
    /// Never.
    pub fn stop(&mut self, stop: Option<Stop>) -> Result<(), String> {
        self.change(|now| {
            now.stop = stop;
            Ok(())
        })
    }

    /// Go on with a training that was saved.
    ///
    /// # Errors
    /// The points have labels that the state's problem does not take, or the training is not of this state.
    pub fn restore(
        &mut self,
        state: State,
        own: Option<Vec<Point>>,
        stop: Option<Stop>,
        training: impl FnOnce(&mut Training) -> Result<Vec<Losses>, String>,
    ) -> Result<(), String> {
        self.change(|now| {
            let mut restored = now.anew(state, own.map(Arc::from))?;
            restored.losses = training(&mut restored.training)?;
            restored.stop = stop;
            restored.begin_here();
            *now = restored;
            Ok(())
        })
    }
}
