//! A number for each attention head that tells what it does, made of its pattern and the tokens alone.

use serde::{Deserialize, Serialize};

use super::number;

/// A number that names what a head does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    Previous,
    First,
    Same,
    Induction,
    Entropy,
    Distance,
}

impl Statistic {
    pub const ALL: [Statistic; 6] = [
        Statistic::Previous,
        Statistic::First,
        Statistic::Same,
        Statistic::Induction,
        Statistic::Entropy,
        Statistic::Distance,
    ];

    /// The word for it in commands.
    pub fn word(self) -> &'static str {
        match self {
            Statistic::Previous => "previous",
            Statistic::First => "first",
            Statistic::Same => "same",
            Statistic::Induction => "induction",
            Statistic::Entropy => "entropy",
            Statistic::Distance => "distance",
        }
    }

    /// The statistic of this word.
    pub fn named(word: &str) -> Option<Statistic> {
        Statistic::ALL.into_iter().find(|s| s.word() == word)
    }

    /// The definition of the number.
    pub fn definition(self) -> &'static str {
        match self {
            Statistic::Previous => {
                "attention to the token before: mean of pattern[i, i−1] over tokens i ≥ 1"
            }
            Statistic::First => {
                "attention to the first token, a sink: mean of pattern[i, 0] over tokens i ≥ 1"
            }
            Statistic::Same => {
                "attention to the same token elsewhere: Σ pattern[i, j] over j ≠ i with the token of i, mean over \
                 tokens i that have one"
            }
            Statistic::Induction => {
                "attention to what followed the same token: Σ pattern[i, j] over j < i whose token before is that \
                 of i, mean over tokens i that have one"
            }
            Statistic::Entropy => {
                "spread, in nats: −Σ p ln p of each row of the pattern, mean over tokens"
            }
            Statistic::Distance => "reach, in tokens: Σ pattern[i, j] · |i − j|, mean over tokens",
        }
    }

    /// Whether it is a share of attention, from 0 to 1.
    pub fn is_share(self) -> bool {
        !matches!(self, Statistic::Entropy | Statistic::Distance)
    }

    /// The number for one row of a pattern: query `i` of a text with these tokens. `None` for a query that
    /// does not count.
    pub fn of_row(self, ids: &[u32], i: usize, row: &[f64]) -> Option<f64> {
        let picked = |fits: &dyn Fn(usize) -> bool| {
            let mut fitting = (0..row.len()).filter(|&j| fits(j)).peekable();
            fitting.peek()?;
            Some(fitting.map(|j| row[j]).sum())
        };
        match self {
            Statistic::Previous => row.get(i.checked_sub(1)?).copied(),
            Statistic::First => row.first().copied().filter(|_| i > 0),
            Statistic::Same => {
                picked(&|j| j != i && ids.get(j) == ids.get(i) && !hidden(row, j, i))
            }
            Statistic::Induction => picked(&|j| j > 0 && j < i && ids.get(j - 1) == ids.get(i)),
            Statistic::Entropy => {
                let terms = row.iter().filter(|p| **p != 0.0).map(|p| p * p.ln());
                Some(0.0 - terms.sum::<f64>())
            }
            Statistic::Distance => Some(
                (row.iter().enumerate())
                    .map(|(j, p)| p * i.abs_diff(j) as f64)
                    .sum(),
            ),
        }
    }
}

/// Whether a decoder's mask hides key `j` from query `i`: a later token without attention.
fn hidden(row: &[f64], j: usize, i: usize) -> bool {
    j > i && row[i + 1..].iter().all(|p| *p == 0.0)
}

/// The text whose patterns are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadText {
    /// The pass's own.
    #[default]
    Prompt,
    /// So many random tokens, twice, in a pass of their own that leaves the session as it is.
    Repeated { tokens: usize, seed: u64 },
}

/// A number for each head of each block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadMap {
    pub statistic: Statistic,
    pub definition: String,
    /// The tokens that the mean is over.
    pub queries: usize,
    pub layers: Vec<HeadRow>,
    /// The first pattern that a trace does not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// The heads of one block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadRow {
    /// The hook point of the pattern.
    pub point: String,
    pub layer: usize,
    /// A number a head; empty where the pattern is not there.
    #[serde(with = "number::list")]
    pub heads: Vec<f64>,
}

/// Attention rollout (Abnar & Zuidema 2020): how much of one row, after a block, comes from each token's row
/// before each block. Patterns are averaged over heads, half of each row is the residual connection, and the
/// blocks' matrices are multiplied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// The row, counted in the text.
    pub token: usize,
    /// From block 0 up to the last one that counts; the first is the rollout down to the tokens.
    pub layers: Vec<RolloutRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolloutRow {
    pub layer: usize,
    /// A share for each token, together 1.
    #[serde(with = "number::list")]
    pub shares: Vec<f64>,
}

impl Rollout {
    pub const DEFINITION: &str = "rollout: the mean pattern of a block's heads, half identity for the residual stream, multiplied from the \
         block down (Abnar & Zuidema 2020)";
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [u32; 5] = [7, 8, 9, 7, 8];

    /// A row in which query 3 looks at keys 0 to 3.
    const ROW: [f64; 5] = [0.1, 0.2, 0.3, 0.4, 0.0];

    #[test]
    fn a_row_counts_as_its_definition_says() {
        let of = |s: Statistic, i: usize| s.of_row(&IDS, i, &ROW);
        assert_eq!(of(Statistic::Previous, 3), Some(0.3));
        assert_eq!(of(Statistic::Previous, 0), None);
        assert_eq!(of(Statistic::First, 3), Some(0.1));
        assert_eq!(of(Statistic::First, 0), None);
        assert_eq!(of(Statistic::Same, 3), Some(0.1));
        // Token 9 occurs once, and a decoder does not see the later 8.
        assert_eq!(of(Statistic::Same, 2), None);
        assert_eq!(
            Statistic::Same.of_row(&IDS, 1, &[0.5, 0.5, 0.0, 0.0, 0.0]),
            None
        );
        assert_eq!(
            Statistic::Same.of_row(&IDS, 1, &[0.2, 0.2, 0.2, 0.1, 0.3]),
            Some(0.3)
        );
        // Behind the earlier 7 stands 8.
        assert_eq!(of(Statistic::Induction, 3), Some(0.2));
        assert_eq!(of(Statistic::Induction, 2), None);
        let entropy = of(Statistic::Entropy, 3).unwrap();
        let due: f64 = -[0.1f64, 0.2, 0.3, 0.4]
            .iter()
            .map(|p| p * p.ln())
            .sum::<f64>();
        assert!((entropy - due).abs() < 1e-15);
        assert!((of(Statistic::Distance, 3).unwrap() - 1.0).abs() < 1e-15);
        assert_eq!(Statistic::Entropy.of_row(&IDS, 0, &[1.0]), Some(0.0));
    }

    #[test]
    fn every_statistic_has_a_word_and_a_definition() {
        for s in Statistic::ALL {
            assert_eq!(Statistic::named(s.word()), Some(s));
            assert!(s.definition().chars().count() > 30);
        }
    }
}
