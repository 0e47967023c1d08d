//! The perceptron rule (Rosenblatt 1958), a sample at a time, forwards and back.
//!
//! Where the output is not the answer, each weight moves by `rate × (answer − output) × input`, and the
//! threshold by as much the other way. If a line (with more inputs: a plane) separates the samples, the rule
//! finds one after finitely many changes. If none does, it never stops, and weights that come back at the end
//! of an epoch prove that.

use std::collections::HashMap;

use super::data::Sample;
use super::error::PlayError;
use super::model::Weights;

/// Samples that can be stepped back over.
const MOST_STEPS: usize = 100_000;
/// Epochs that one run takes at most.
const MOST_EPOCHS: usize = 1000;

/// How far learning has come. The weights that it changes are the perceptron's.
#[derive(Clone, Debug, PartialEq)]
pub struct Learning {
    pub rate: f64,
    /// Samples learned from.
    taken: usize,
    changes: Vec<Change>,
    /// Weights at the start of epochs: which epoch.
    starts: HashMap<Vec<u64>, usize>,
    cycle: Option<Cycle>,
}

#[derive(Clone, Debug, PartialEq)]
struct Change {
    /// Which sample learned from, counted from 0.
    at: usize,
    before: Weights,
    /// Whether a weight is not exactly what the rule says, since numbers have 53 bits.
    rounded: bool,
}

/// After epoch `to` the weights are those after epoch `from` again; epochs count from 1, and 0 is the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    pub from: usize,
    pub to: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No sample has been learned from.
    Start,
    Learning,
    /// Every sample has been right since this many samples were learned from.
    Converged {
        after: usize,
    },
    /// The rule never ends.
    Never(Cycle),
    /// No end is in sight after as many epochs as a run takes.
    Unsettled {
        epochs: usize,
    },
}

/// One sample that was learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// From 1.
    pub epoch: usize,
    /// The sample's number from 0.
    pub sample: usize,
    pub answer: bool,
    /// The sum that the weights before the step gave.
    pub sum: f64,
    pub output: bool,
    pub before: Weights,
}

impl Step {
    pub fn changed(&self) -> bool {
        self.answer != self.output
    }
}

impl Learning {
    /// At the start, where the weights are these.
    pub fn new(rate: f64, weights: &Weights) -> Learning {
        Learning {
            rate,
            taken: 0,
            changes: Vec::new(),
            starts: HashMap::from([(bits(weights), 0)]),
            cycle: None,
        }
    }

    pub fn taken(&self) -> usize {
        self.taken
    }

    pub fn status(&self, samples: usize) -> Status {
        let after = self.changes.last().map_or(0, |change| change.at + 1);
        match self.cycle {
            _ if self.taken == 0 => Status::Start,
            _ if self.taken - after >= samples => Status::Converged { after },
            Some(cycle) => Status::Never(cycle),
            None if self.taken >= MOST_STEPS.min(MOST_EPOCHS * samples) => Status::Unsettled {
                epochs: self.taken / samples,
            },
            None => Status::Learning,
        }
    }

    /// Which sample comes next.
    pub fn next(&self, samples: usize) -> usize {
        self.taken % samples
    }

    /// Learn from the next sample.
    pub fn step(&mut self, weights: &mut Weights, samples: &[Sample]) -> Result<(), PlayError> {
        if self.taken >= MOST_STEPS {
            return Err(PlayError::ManySteps(MOST_STEPS));
        }
        let sample = &samples[self.next(samples.len())];
        let error = f64::from(sample.answer) - f64::from(weights.fires(&sample.values));
        if error != 0.0 {
            let before = weights.clone();
            let mut rounded = false;
            for (weight, x) in weights.each.iter_mut().zip(&sample.values) {
                rounded |= !add(weight, self.rate * error * x);
            }
            rounded |= !add(&mut weights.threshold, -self.rate * error);
            self.changes.push(Change {
                at: self.taken,
                before,
                rounded,
            });
        }
        self.taken += 1;
        if self.taken.is_multiple_of(samples.len()) && self.cycle.is_none() {
            self.end_epoch(self.taken / samples.len(), weights, samples.len());
        }
        Ok(())
    }

    fn end_epoch(&mut self, to: usize, weights: &Weights, samples: usize) {
        let from = *self.starts.entry(bits(weights)).or_insert(to);
        let converged = matches!(self.status(samples), Status::Converged { .. });
        let since = self
            .changes
            .iter()
            .rev()
            .take_while(|c| c.at >= from * samples);
        if from < to && !converged && !since.clone().any(|c| c.rounded) {
            self.cycle = Some(Cycle { from, to });
        }
    }

    /// Take the last sample back; whether there was one.
    pub fn back(&mut self, weights: &mut Weights, samples: usize) -> bool {
        if self.taken == 0 {
            return false;
        }
        if self.taken.is_multiple_of(samples) {
            let epoch = self.taken / samples;
            if self.starts.get(&bits(weights)) == Some(&epoch) {
                self.starts.remove(&bits(weights));
            }
            self.cycle = self.cycle.filter(|cycle| cycle.to < epoch);
        }
        self.taken -= 1;
        if let Some(change) = self.changes.pop_if(|change| change.at == self.taken) {
            *weights = change.before;
        }
        true
    }

    /// Go on until it converges, or surely never does, or many epochs have passed.
    pub fn run(&mut self, weights: &mut Weights, samples: &[Sample]) -> Result<(), PlayError> {
        for _ in 0..MOST_EPOCHS.saturating_mul(samples.len()) {
            let more = self.taken < MOST_STEPS;
            match self.status(samples.len()) {
                Status::Converged { .. } | Status::Never(_) => break,
                _ if more => self.step(weights, samples)?,
                _ => break,
            }
        }
        Ok(())
    }

    /// The sample learned from last, where the weights are these now.
    pub fn last(&self, weights: &Weights, samples: &[Sample]) -> Option<Step> {
        let at = self.taken.checked_sub(1)?;
        let sample = &samples[at % samples.len()];
        let change = self.changes.last().filter(|change| change.at == at);
        let before = change.map_or(weights, |change| &change.before);
        Some(Step {
            epoch: at / samples.len() + 1,
            sample: at % samples.len(),
            answer: sample.answer,
            sum: before.sum(&sample.values),
            output: before.fires(&sample.values),
            before: before.clone(),
        })
    }

    /// Wrong samples of the last `most` epochs, from epoch `.0` (from 1) to the one that is not yet over.
    pub fn wrong(&self, samples: usize, most: usize) -> (usize, Vec<usize>) {
        let epochs = self.taken.div_ceil(samples);
        let first = epochs.saturating_sub(most);
        let mut wrong = vec![0; epochs - first];
        let shown = self.changes.iter().rev().map(|c| c.at / samples);
        for epoch in shown.take_while(|&epoch| epoch >= first) {
            wrong[epoch - first] += 1;
        }
        (first + 1, wrong)
    }
}

/// Whether it is known that no weights are right for all samples: whole numbers learned with rate 1 from 0 are
/// exact, and prove it where they come back.
pub fn inseparable(samples: &[Sample]) -> bool {
    let mut weights = Weights::zero(samples[0].values.len());
    let mut learning = Learning::new(1.0, &weights);
    let ran = learning.run(&mut weights, samples);
    ran.is_ok() && matches!(learning.status(samples.len()), Status::Never(_))
}

/// Add, and say whether the sum is exact (Knuth's TwoSum).
fn add(to: &mut f64, x: f64) -> bool {
    let sum = *to + x;
    let part = sum - *to;
    let lost = (*to - (sum - part)) + (x - part);
    *to = sum;
    lost == 0.0
}

fn bits(weights: &Weights) -> Vec<u64> {
    let all = weights.each.iter().chain([&weights.threshold]);
    // -0 is 0.
    all.map(|x| (x + 0.0).to_bits()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::data::known;
    use super::*;

    fn begin(word: &str) -> (Vec<Sample>, Weights, Learning) {
        let samples = known(word).unwrap().samples;
        let weights = Weights::zero(2);
        let learning = Learning::new(1.0, &weights);
        (samples, weights, learning)
    }

    /// By hand, sample by sample: AND from zero weights with rate 1.
    #[test]
    fn and_is_learned_as_by_hand() {
        let (samples, mut weights, mut learning) = begin("and");
        let mut seen = Vec::new();
        for _ in 0..8 {
            learning.step(&mut weights, &samples).unwrap();
            seen.push((weights.each[0], weights.each[1], weights.threshold));
        }
        let due = [
            (0.0, 0.0, 0.0),
            (0.0, 0.0, 0.0),
            (0.0, 0.0, 0.0),
            // 1 1 sums to 0, which is not greater than 0, and should fire.
            (1.0, 1.0, -1.0),
            // 0 > -1 fires and should not.
            (1.0, 1.0, 0.0),
            (1.0, 0.0, 1.0),
            (1.0, 0.0, 1.0),
            (2.0, 1.0, 0.0),
        ];
        assert_eq!(seen, due);
        let step = learning.last(&weights, &samples).unwrap();
        assert_eq!(
            (step.epoch, step.sample, step.sum, step.output),
            (2, 3, 1.0, false)
        );
        assert_eq!(step.before.threshold, 1.0);
    }

    #[test]
    fn and_and_or_converge_and_exclusive_or_never_does() {
        for word in ["and", "or"] {
            let (samples, mut weights, mut learning) = begin(word);
            learning.run(&mut weights, &samples).unwrap();
            assert!(
                matches!(learning.status(4), Status::Converged { .. }),
                "{word}"
            );
            assert!(samples.iter().all(|s| weights.fires(&s.values) == s.answer));
        }
        let (samples, mut weights, mut learning) = begin("xor");
        learning.run(&mut weights, &samples).unwrap();
        let Status::Never(cycle) = learning.status(4) else {
            panic!("{:?}", learning.status(4));
        };
        // The weights really are those of the earlier epoch.
        let (_, mut again, mut earlier) = begin("xor");
        for _ in 0..cycle.from * 4 {
            earlier.step(&mut again, &samples).unwrap();
        }
        assert_eq!(again, weights);
    }

    #[test]
    fn numbers_that_were_rounded_prove_nothing() {
        // A rate so small that weights stay as they are.
        let samples = known("and").unwrap().samples;
        let mut weights = Weights {
            each: vec![1e9, 1e9],
            threshold: 0.0,
        };
        let mut learning = Learning::new(1e-9, &weights);
        learning.run(&mut weights, &samples).unwrap();
        assert_eq!(learning.status(4), Status::Unsettled { epochs: 1000 });
        assert!(!inseparable(&samples));
        assert!(inseparable(&known("xor").unwrap().samples));
        let (mut sum, mut rounded) = (0.1, 1e9);
        assert!(add(&mut sum, 0.1) && !add(&mut rounded, 1e-9));
    }

    #[test]
    fn a_run_over_many_samples_ends() {
        let many: Vec<Sample> = (0..10_000)
            .map(|i| Sample {
                values: vec![f64::from(i)],
                answer: i % 2 == 0,
            })
            .collect();
        let mut weights = Weights::zero(1);
        let mut learning = Learning::new(1.0, &weights);
        learning.run(&mut weights, &many).unwrap();
        let status = learning.status(many.len());
        assert!(
            !matches!(status, Status::Learning | Status::Converged { .. }),
            "{status:?}"
        );
        learning.run(&mut weights, &many).unwrap();
        assert!(learning.taken() <= MOST_STEPS);
    }

    #[test]
    fn every_step_goes_back() {
        for word in ["and", "xor"] {
            let (samples, mut weights, mut learning) = begin(word);
            let mut states = Vec::new();
            for _ in 0..60 {
                states.push((weights.clone(), learning.clone()));
                learning.step(&mut weights, &samples).unwrap();
            }
            for (before, state) in states.into_iter().rev() {
                assert!(learning.back(&mut weights, samples.len()));
                assert_eq!((&weights, &learning), (&before, &state));
            }
            assert!(!learning.back(&mut weights, samples.len()));
        }
    }

    #[test]
    fn wrong_samples_are_counted_by_epoch() {
        let (samples, mut weights, mut learning) = begin("and");
        assert_eq!(learning.wrong(4, 5), (1, vec![]));
        learning.run(&mut weights, &samples).unwrap();
        let (first, wrong) = learning.wrong(4, 100);
        assert_eq!((first, &wrong[..2]), (1, &[1, 3][..]));
        assert_eq!(learning.wrong(4, 1).0, wrong.len());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (samples, mut weights, mut learning) = begin("xor");
        for _ in 0..MOST_STEPS {
            learning.step(&mut weights, &samples).unwrap();
        }
        let why = learning.step(&mut weights, &samples).unwrap_err();
        assert!(why.to_string().contains("`reset`"), "{why}");
    }
}
