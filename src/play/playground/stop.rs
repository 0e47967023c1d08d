//! A stop condition: what ends a run before its epochs are over.

use std::fmt;

use super::training::Losses;
use crate::lang::{quoted, say, say_with};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stop {
    TrainBelow(f64),
    TestBelow(f64),
    /// The test loss has not been lower for so many epochs.
    TestStalls(usize),
}

impl Stop {
    /// Read `train < 0.01`, `test < 0.01` or `test stalls 20`.
    ///
    /// # Errors
    /// The words are none of these.
    pub fn parse(text: &str) -> Result<Stop, String> {
        let spaced = text.replace('<', " < ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let loss = |text: &str| match text.parse::<f64>() {
            Ok(x) if x > 0.0 && x.is_finite() => Ok(x),
            _ => Err(say_with("playground-error-loss", &[("word", quoted(text))])),
        };
        match words[..] {
            ["train" | "train_loss", "<", x] => Ok(Stop::TrainBelow(loss(x)?)),
            ["test" | "test_loss", "<", x] => Ok(Stop::TestBelow(loss(x)?)),
            ["test" | "test_loss", "stalls", n] => match n.parse() {
                Ok(n @ 1..) => Ok(Stop::TestStalls(n)),
                _ => Err(say_with("playground-error-epochs", &[("word", quoted(n))])),
            },
            _ => Err(say("playground-error-stop").into()),
        }
    }
}

/// A stop condition during a run.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    pub stop: Stop,
    lowest: f64,
    /// Epochs since the test loss was lowest.
    since: usize,
}

impl Watch {
    /// Begin after these losses.
    pub fn new(stop: Stop, losses: &[Losses]) -> Watch {
        let mut watch = Watch {
            stop,
            lowest: f64::INFINITY,
            since: 0,
        };
        for losses in losses {
            watch.ends(*losses);
        }
        watch
    }

    /// Whether the run ends after an epoch with these losses.
    pub fn ends(&mut self, losses: Losses) -> bool {
        self.since += 1;
        if losses.test < self.lowest {
            (self.lowest, self.since) = (losses.test, 0);
        }
        match self.stop {
            Stop::TrainBelow(x) => losses.train < x,
            Stop::TestBelow(x) => losses.test < x,
            Stop::TestStalls(n) => self.since >= n,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Stop::TrainBelow(x) => write!(f, "train < {x}"),
            Stop::TestBelow(x) => write!(f, "test < {x}"),
            Stop::TestStalls(n) => write!(f, "test stalls {n}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_hold() {
        let ends = |stop: Stop, tests: &[f64]| {
            let losses = |test: &f64| Losses {
                train: 1.0,
                test: *test,
            };
            let losses: Vec<Losses> = tests.iter().map(losses).collect();
            let (last, before) = losses.split_last().unwrap();
            Watch::new(stop, before).ends(*last)
        };
        let below = Stop::parse("test<0.1").unwrap();
        assert_eq!(below.to_string(), "test < 0.1");
        assert!(ends(below, &[0.5, 0.09]));
        assert!(!ends(below, &[0.05, 0.1]));
        let stalls = Stop::parse("test stalls 2").unwrap();
        assert!(!ends(stalls, &[0.5, 0.4]));
        assert!(!ends(stalls, &[0.5, 0.6, 0.4]));
        assert!(ends(stalls, &[0.5, 0.6, 0.5]));
        for wrong in [
            "",
            "test",
            "test < much",
            "test stalls 0",
            "train < -1",
            "loss < 1",
        ] {
            assert!(Stop::parse(wrong).is_err(), "{wrong}");
        }
    }
}
