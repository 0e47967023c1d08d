//! Positions as options of an architecture: a table, rotations, slopes or none.

use half::bf16;
use serde::{Deserialize, Serialize};

/// The way in which a token's position enters the computation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// A learned table is added to the embedding; the first token reads row `offset`.
    Learned {
        offset: usize,
        /// The id of padding tokens, if they are not counted. They all read the row of this number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        padding: Option<usize>,
        /// Rows of the table beyond the context.
        #[serde(default)]
        more_rows: usize,
    },
    /// A fixed table is added to the embedding: sin on even, cos on odd dimensions, wavelengths from 2π to
    /// 10000·2π (Vaswani et al. 2017, §3.5).
    Sinusoidal,
    /// A fixed table as in [`Positions::Sinusoidal`], with all sines before all cosines, and rows counted from `offset`.
    SinusoidalHalves {
        offset: usize,
        /// Whether wavelengths stay below 10000·2π, as those of [`Positions::Sinusoidal`] do, instead of ending there.
        #[serde(default)]
        open: bool,
    },
    /// Queries and keys are turned by an angle that grows with position (Su et al. 2021).
    Rotary(Rotary),
    /// Scores get a penalty that grows with distance, at a different rate in each head (Press et al. 2022).
    Alibi,
    /// [`Positions::Alibi`] whose slopes and products with positions are rounded to bf16, and then scaled as scores are.
    AlibiRounded,
    /// Positions do not enter. Only the mask tells one place from another.
    None,
}

impl Positions {
    /// A learned table whose rows are counted from `offset`.
    pub fn learned(offset: usize) -> Positions {
        Positions::Learned {
            offset,
            padding: None,
            more_rows: 0,
        }
    }

    /// One rotary embedding for all `n_layers` blocks.
    pub fn rotary(rope: Rope, n_layers: usize) -> Positions {
        Positions::Rotary(Rotary {
            ropes: vec![rope],
            by_layer: vec![Some(0); n_layers],
        })
    }
}

/// The wave that a dimension of a fixed table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    Sine,
    Cosine,
}

impl Wave {
    /// Its name in formulas.
    pub fn word(self) -> &'static str {
        match self {
            Wave::Sine => "sin",
            Wave::Cosine => "cos",
        }
    }

    pub fn of(self, angle: f64) -> f64 {
        match self {
            Wave::Sine => angle.sin(),
            Wave::Cosine => angle.cos(),
        }
    }
}

impl Positions {
    /// The wave of dimension `d` of a fixed table, and its angle at a position, as the engine computes it. `None`
    /// without such a table, and for a last dimension that is left at 0.
    pub fn wave(&self, d: usize, d_model: usize, position: usize) -> Option<(Wave, f64)> {
        match *self {
            Positions::Sinusoidal => {
                let wave = if d.is_multiple_of(2) {
                    Wave::Sine
                } else {
                    Wave::Cosine
                };
                let exponent = -(10000f64.ln()) / d_model as f64 * (d - d % 2) as f64;
                Some((wave, position as f64 * exponent.exp()))
            }
            Positions::SinusoidalHalves { offset, open } => {
                let half = d_model / 2;
                let (wave, pair) = match d.checked_sub(half) {
                    None => (Wave::Sine, d),
                    Some(pair) if pair < half => (Wave::Cosine, pair),
                    Some(_) => return None,
                };
                // The models take these angles in f32.
                let frequency = if open {
                    10000f32.powf((2 * pair) as f32 / d_model as f32).recip()
                } else {
                    let step = 10000f64.ln() / half.saturating_sub(1).max(1) as f64;
                    (pair as f32 * -step as f32).exp()
                };
                Some((wave, f64::from((position + offset) as f32 * frequency)))
            }
            _ => None,
        }
    }
}

/// The rotary position embeddings of a model's blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rotary {
    pub ropes: Vec<Rope>,
    /// The index into `ropes` for each block; `None` if positions do not enter the block.
    pub by_layer: Vec<Option<usize>>,
}

/// One rotary position embedding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rope {
    pub theta: f64,
    /// The number of leading dimensions of each head that turn.
    pub d_rotary: usize,
    pub pairs: RopePairs,
    pub scaling: RopeScaling,
    /// A factor that multiplies turned queries and keys.
    pub magnitude: f64,
    /// Whether the last dimensions of a head turn instead of the first.
    #[serde(default)]
    pub trailing: bool,
    /// Whether frequencies are those of one dimension less: of an odd number, one more turns.
    #[serde(default)]
    pub odd: bool,
}

impl Rope {
    /// An unstretched embedding that turns the first `d_rotary` dimensions of each head, paired half-split.
    pub fn new(theta: f64, d_rotary: usize) -> Rope {
        Rope {
            theta,
            d_rotary,
            pairs: RopePairs::HalfSplit,
            scaling: RopeScaling::None,
            magnitude: 1.0,
            trailing: false,
            odd: false,
        }
    }
}

impl Rope {
    /// The first dimension that turns of a head of `d_head`.
    pub fn first(&self, d_head: usize) -> usize {
        if self.trailing {
            d_head.saturating_sub(self.d_rotary)
        } else {
            0
        }
    }

    /// The pair that dimension `d` of a head of `d_head` turns in: its number, and its two dimensions in the order in
    /// which (a, b) becomes (a cos − b sin, b cos + a sin). `None` for a dimension that does not turn.
    pub fn pair(&self, d: usize, d_head: usize) -> Option<(usize, [usize; 2])> {
        let (half, first) = (self.d_rotary / 2, self.first(d_head));
        let d = d.checked_sub(first).filter(|d| *d < 2 * half)?;
        let split = d % half;
        let (pair, dims) = match self.pairs {
            RopePairs::HalfSplit => (split, [split, split + half]),
            RopePairs::HalfReversed => (split, [split + half, split]),
            RopePairs::Interleaved => (d / 2, [d / 2 * 2, d / 2 * 2 + 1]),
        };
        Some((pair, dims.map(|d| first + d)))
    }

    /// The cosine and the sine of the angle by which `before` has turned to become `after`.
    pub fn turn(&self, [a, b]: [f64; 2], [c, d]: [f64; 2]) -> (f64, f64) {
        let size = (a * a + b * b) * self.magnitude;
        ((a * c + b * d) / size, (a * d - b * c) / size)
    }
}

/// The pairing of a head's dimensions that turn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RopePairs {
    /// Dimension i turns with i + d_rotary / 2, as in NeoX.
    #[serde(rename = "halves")]
    HalfSplit,
    /// Dimension i + d_rotary / 2 turns with i: the other way round.
    #[serde(rename = "halves_reversed")]
    HalfReversed,
    /// Dimension 2i turns with 2i + 1, as in GPT-J.
    #[serde(rename = "neighbours")]
    Interleaved,
}

/// The change of the rotary frequencies for a longer context.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RopeScaling {
    None,
    /// All frequencies are divided by `factor`: positions are interpolated (Chen et al. 2023).
    Linear {
        factor: f64,
    },
    /// The base grows with the number of tokens past `original_n_ctx` (NTK-aware interpolation).
    Dynamic {
        factor: f64,
        original_n_ctx: usize,
    },
    /// Low frequencies are divided by `factor`, high ones are kept, those between are blended (Llama 3.1).
    Llama3 {
        factor: f64,
        low_freq_factor: f64,
        high_freq_factor: f64,
        original_n_ctx: usize,
    },
    /// Frequencies that turn at least `beta_fast` times within `original_n_ctx` are kept. Those that turn
    /// less than `beta_slow` times are divided by `factor`. Those between are blended (Peng et al. 2023).
    Yarn {
        factor: f64,
        beta_fast: f64,
        beta_slow: f64,
        original_n_ctx: usize,
        /// Whether the bounds of the blended range are rounded to whole pairs.
        truncate: bool,
    },
    /// The first `turning` pairs turn, with frequencies divided by `factor`; those behind them do not (Gemma Team 2026).
    Proportional {
        turning: usize,
        factor: f64,
    },
    /// Each frequency is divided by a number of its own: from `long` if there are more than `original_n_ctx`
    /// tokens, else from `short` (Ding et al. 2024).
    Longrope {
        short: Vec<f64>,
        long: Vec<f64>,
        original_n_ctx: usize,
    },
}

/// The slopes of ALiBi for n heads (Press et al. 2022): a geometric series from 2^(-8/n) to 2^-8 if n is a power of
/// two. The heads beyond the largest power of two take every second slope of the series for twice as many.
pub fn alibi_slopes(n_heads: usize) -> Vec<f32> {
    let series = |n: usize| {
        let ratio = 2f32.powf(-8.0 / n as f32);
        (1..=n as i32).map(move |i| ratio.powi(i))
    };
    let whole = (n_heads / 2 + 1).next_power_of_two();
    let between = series(2 * whole).step_by(2).take(n_heads - whole);
    series(whole).chain(between).collect()
}

/// The gain of a head's scores with a key's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alibi {
    Exact,
    /// Rounded to bf16, and then scaled as scores are.
    Rounded,
}

impl Alibi {
    /// The gain of one head's scores, all of which are scaled by `scale`, for the key at a position.
    pub fn gain(self, slope: f32, position: usize, scale: f64) -> f64 {
        match self {
            Alibi::Exact => f64::from(slope) * position as f64,
            Alibi::Rounded => {
                let [slope, at] = [slope, position as f32].map(|x| bf16::from_f32(x).to_f32());
                f64::from(bf16::from_f32(slope * at).to_f32()) * scale
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Alibi, Rope, RopePairs, alibi_slopes as slopes};

    #[test]
    fn each_pairing_turns_every_dimension_once() {
        let rope = |pairs| Rope {
            pairs,
            ..Rope::new(1e4, 4)
        };
        let pair = |pairs, d| rope(pairs).pair(d, 6);
        assert_eq!(pair(RopePairs::HalfSplit, 3), Some((1, [1, 3])));
        assert_eq!(pair(RopePairs::HalfReversed, 3), Some((1, [3, 1])));
        assert_eq!(pair(RopePairs::Interleaved, 3), Some((1, [2, 3])));
        assert_eq!(pair(RopePairs::Interleaved, 4), None);
        let last = Rope {
            trailing: true,
            ..rope(RopePairs::HalfSplit)
        };
        assert_eq!(last.pair(1, 6), None);
        assert_eq!(last.pair(5, 6), Some((1, [3, 5])));
        let (cos, sin) = rope(RopePairs::HalfSplit).turn([2.0, 0.0], [0.0, 2.0]);
        assert_eq!((cos, sin), (0.0, 1.0));
    }

    #[test]
    fn a_gain_may_be_rounded() {
        assert_eq!(Alibi::Exact.gain(0.25, 3, 0.5), 0.75);
        assert_eq!(Alibi::Rounded.gain(0.25, 3, 0.5), 0.375);
        // 257 has more than eight binary digits.
        assert_eq!(Alibi::Rounded.gain(0.5, 257, 1.0), 128.0);
    }

    #[test]
    fn slopes_are_those_of_the_paper() {
        assert_eq!(slopes(4), [0.25, 0.0625, 0.015625, 0.00390625]);
        let six = slopes(6);
        assert_eq!(six[..4], slopes(4)[..]);
        assert_eq!(six[4..], [0.5, 0.125]);
        assert_eq!(slopes(1).len(), 1);
        assert_eq!(slopes(9).len(), 9);
    }
}
