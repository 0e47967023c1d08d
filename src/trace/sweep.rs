//! Sweeps: one change after another, each in a run of its own, and how far each moves an answer.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::grid::Chosen;
use super::hook;
use super::number;
use super::tensor::{Pick, Slice};

/// A change made at many places of a model, one place at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// The pass whose text is the clean prompt where none is given.
    #[serde(default)]
    pub pass: usize,
    #[serde(default)]
    pub prompts: Prompts,
    #[serde(default)]
    pub swap: Swap,
    /// The hook points, a row of the map each.
    pub points: Vec<String>,
    /// The parts of each that are changed, a column each.
    pub columns: Columns,
    /// The ends of paths from the changed part, which take what comes together; without them the change goes
    /// everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub into: Vec<Receiver>,
    #[serde(default)]
    pub metric: Metric,
    /// The row that the answer is read at; the last one without it, of an encoder the first masked one.
    #[serde(default)]
    pub row: Option<usize>,
    /// Random changes of the same size that are made in each row of the map.
    #[serde(default)]
    pub controls: usize,
    #[serde(default)]
    pub seed: u64,
    /// Whether each effect is estimated from a gradient too (attribution patching).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gradient: bool,
    /// Changes that are computed together at most; as many as memory is set aside for without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<usize>,
}

/// The texts of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Prompts {
    /// One text, or two where values of the first are put into the run of the second.
    Given {
        #[serde(default)]
        clean: Option<String>,
        #[serde(default)]
        corrupted: Option<String>,
    },
    /// A file with a line for each: clean and corrupted prompt, the answer and a wrong one, parted by tabs.
    File(PathBuf),
}

impl Default for Prompts {
    fn default() -> Prompts {
        Prompts::Given {
            clean: None,
            corrupted: None,
        }
    }
}

/// The value that takes the place of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Swap {
    /// That of the clean run, in the run of the corrupted prompt (activation patching).
    #[default]
    Patch,
    Zero,
    /// The mean of all rows of all clean prompts.
    Mean,
    /// The part's own rows in a random order.
    Resample,
}

impl Swap {
    pub const ALL: [Swap; 4] = [Swap::Patch, Swap::Zero, Swap::Mean, Swap::Resample];

    /// The word for it in commands.
    pub fn word(self) -> &'static str {
        match self {
            Swap::Patch => "patch",
            Swap::Zero => "zero",
            Swap::Mean => "mean",
            Swap::Resample => "resample",
        }
    }

    pub fn named(word: &str) -> Option<Swap> {
        Swap::ALL.into_iter().find(|swap| swap.word() == word)
    }
}

/// The parts of a hook point that are changed one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Columns {
    Position,
    Head,
    Whole,
}

impl Columns {
    pub const ALL: [Columns; 3] = [Columns::Position, Columns::Head, Columns::Whole];

    /// The word for it in commands.
    pub fn word(self) -> &'static str {
        match self {
            Columns::Position => "position",
            Columns::Head => "head",
            Columns::Whole => "whole",
        }
    }

    pub fn named(word: &str) -> Option<Columns> {
        Columns::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// An end of paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    pub point: String,
    /// The part that takes what comes. A range ends where its axis ends, since texts differ in length.
    #[serde(default)]
    pub slice: Slice,
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&hook::short(&self.point))?;
        let pick = |pick: &Pick| match pick {
            Pick::At(i) => i.to_string(),
            Pick::Span(span) if span.end >= Receiver::OPEN => match span.start {
                0 => ":".into(),
                start => format!("{start}:"),
            },
            Pick::Span(span) => format!("{}:{}", span.start, span.end),
        };
        match &self.slice.0[..] {
            [] => Ok(()),
            picks => {
                let picks: Vec<String> = picks.iter().map(pick).collect();
                write!(f, " [{}]", picks.join(", "))
            }
        }
    }
}

impl Receiver {
    /// A range that ends here ends with its axis.
    pub const OPEN: usize = i64::MAX as usize;
}

/// The number that an answer is measured by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Metric {
    /// The logit of the answer less that of a wrong one. Without names they are the most probable tokens of the
    /// clean and of the corrupted run; with one run the two most probable ones.
    Diff {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Chosen>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wrong: Option<Chosen>,
    },
    /// The probability of the answer, the clean run's most probable token without a name.
    Prob {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Chosen>,
    },
    /// The Kullback-Leibler divergence from the clean run's distribution, in nats.
    Kl,
}

impl Default for Metric {
    fn default() -> Metric {
        Metric::Diff {
            answer: None,
            wrong: None,
        }
    }
}

impl Metric {
    /// The word for it in commands.
    pub fn word(&self) -> &'static str {
        match self {
            Metric::Diff { .. } => "diff",
            Metric::Prob { .. } => "prob",
            Metric::Kl => "kl",
        }
    }
}

/// The result of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepMap {
    pub points: Vec<String>,
    /// A name for each column: tokens of the first pair, numbers of heads.
    pub columns: Vec<String>,
    /// A list for each hook point; `None` where it has fewer parts than another.
    pub cells: Vec<Vec<Option<SweepCell>>>,
    /// A sentence that says how effects are counted.
    pub definition: String,
    /// The pairs that were measured, and those that were not.
    pub pairs: Vec<Pair>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
    /// Random changes of the size of a cell's own.
    pub controls: Vec<RandomChange>,
    /// The size that 95 of 100 effects of random changes stay below.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "number::optional"
    )]
    pub floor: Option<f64>,
}

/// One part of one hook point. With several pairs its numbers are medians over them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepCell {
    /// The metric with this part changed.
    #[serde(with = "number")]
    pub value: f64,
    /// With two prompts the share of the distance from the corrupted run's metric to the clean run's: 0 where the
    /// change does nothing, 1 where it restores the answer. With one, the metric less that of the run itself.
    #[serde(with = "number")]
    pub effect: f64,
    /// The quartiles of the effect over all pairs.
    #[serde(with = "number")]
    pub low: f64,
    #[serde(with = "number")]
    pub high: f64,
    /// The effect as change times gradient estimates it, where that was asked for.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "number::optional"
    )]
    pub estimate: Option<f64>,
}

/// How far estimates lie from the effects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EstimateError {
    /// The mean and the largest distance.
    #[serde(with = "number")]
    pub mean: f64,
    #[serde(with = "number")]
    pub largest: f64,
    /// The row and the column of the largest one.
    pub at: [usize; 2],
    /// Pearson's correlation of estimates and effects.
    #[serde(with = "number")]
    pub correlation: f64,
}

/// A pair that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The metric of the clean run.
    #[serde(with = "number")]
    pub clean: f64,
    /// The metric of the corrupted run, where there is one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "number::optional"
    )]
    pub corrupted: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<String>,
}

/// A line of a file that cannot be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub line: usize,
    pub why: String,
}

/// The effect of a random change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomChange {
    pub row: usize,
    pub column: usize,
    #[serde(with = "number")]
    pub effect: f64,
}

impl SweepMap {
    /// The effects of all cells as a matrix; NaN where there is no cell.
    pub fn effects(&self) -> Vec<f64> {
        let cells = self.cells.iter().flatten();
        cells
            .map(|cell| cell.as_ref().map_or(f64::NAN, |cell| cell.effect))
            .collect()
    }

    /// How far the estimates lie from the effects, where there are some.
    pub fn estimate_error(&self) -> Option<EstimateError> {
        let mut pairs = Vec::new();
        for (row, line) in self.cells.iter().enumerate() {
            for (column, cell) in line.iter().enumerate() {
                let cell = cell
                    .as_ref()
                    .and_then(|cell| Some((cell.effect, cell.estimate?)));
                pairs.extend(cell.map(|(effect, estimate)| ([row, column], effect, estimate)));
            }
        }
        let far = |(_, a, b): &([usize; 2], f64, f64)| (a - b).abs();
        let furthest = pairs.iter().max_by(|a, b| far(a).total_cmp(&far(b)))?;
        let n = pairs.len() as f64;
        let mean = |of: &dyn Fn(f64, f64) -> f64| {
            pairs.iter().map(|(_, a, b)| of(*a, *b)).sum::<f64>() / n
        };
        let (a, b) = (mean(&|a, _| a), mean(&|_, b| b));
        let product = mean(&|x, y| (x - a) * (y - b));
        let sizes = mean(&|x, _| (x - a).powi(2)) * mean(&|_, y| (y - b).powi(2));
        Some(EstimateError {
            mean: mean(&|a, b| (a - b).abs()),
            largest: far(furthest),
            at: furthest.0,
            correlation: product / sizes.sqrt(),
        })
    }

    /// Whether an effect is no larger than that of random changes.
    pub fn is_noise(&self, effect: f64) -> bool {
        self.floor.is_some_and(|floor| effect.abs() <= floor)
    }
}

/// The value below which a share of sorted numbers lies, interpolated between its neighbours.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = share * last as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    if low == high {
        return low;
    }
    low + (high - low) * at.fract()
}

/// Median and quartiles.
pub fn spread(mut numbers: Vec<f64>) -> [f64; 3] {
    numbers.sort_by(f64::total_cmp);
    [0.5, 0.25, 0.75].map(|share| quantile(&numbers, share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_compared_with_effects() {
        let cell = |effect: f64, estimate: Option<f64>| {
            Some(SweepCell {
                value: 0.0,
                effect,
                low: effect,
                high: effect,
                estimate,
            })
        };
        let map = |cells| SweepMap {
            points: Vec::new(),
            columns: Vec::new(),
            cells: vec![cells],
            definition: String::new(),
            pairs: Vec::new(),
            refused: Vec::new(),
            controls: Vec::new(),
            floor: None,
        };
        let found = map(vec![
            cell(1.0, Some(2.0)),
            None,
            cell(2.0, Some(4.0)),
            cell(3.0, Some(6.0)),
        ]);
        let error = found.estimate_error().unwrap();
        assert_eq!((error.mean, error.largest, error.at), (2.0, 3.0, [0, 3]));
        assert!((error.correlation - 1.0).abs() < 1e-12);
        assert_eq!(map(vec![cell(1.0, None)]).estimate_error(), None);
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(spread(vec![3.0, 1.0, 2.0, 4.0]), [2.5, 1.75, 3.25]);
        assert_eq!(spread(vec![7.0]), [7.0; 3]);
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(quantile(&[1.0, f64::INFINITY], 0.0), 1.0);
    }
}
