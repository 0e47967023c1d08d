//! Terms that commands are given: how far, which one, which token.

use crate::trace::query::Temperature;

/// How far a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// One hook point (`step`).
    Point,
    /// Past the module, such as all of `attn` (`next`).
    Module,
    /// Past the layer (`out`).
    Layer,
}

/// Which token comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenPick {
    Greedy,
    /// The temperature is `None` where the debugger's own is meant.
    Sample {
        temperature: Option<Temperature>,
        /// The cut is `None` where the debugger's own is meant.
        top_k: Option<usize>,
        top_p: Option<f64>,
        seed: u64,
    },
    Id(u32),
    /// The token whose text is this, or this after a leading space.
    Text(String),
    /// This candidate, from 1, of the distribution at the cursor.
    Rank(usize),
}

/// One of several: the one after, the one before, or this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Next,
    Previous,
    /// Counted from 0.
    Number(usize),
}

/// Another temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TemperatureChange {
    Up,
    Down,
    To(Temperature),
}

/// A setting that `set` changes and `show` tells. The word for each is the command that sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Temperature,
    Row,
    Lens,
}

impl Setting {
    pub const ALL: [Setting; 3] = [Setting::Temperature, Setting::Row, Setting::Lens];

    pub fn word(self) -> &'static str {
        match self {
            Setting::Temperature => "temperature",
            Setting::Row => "row",
            // `show lens` is the pane of that name.
            Setting::Lens => "lens-file",
        }
    }

    /// The setting of this word.
    pub fn named(word: &str) -> Option<Setting> {
        let own = |s: &Setting| s.word() == word || (*s == Setting::Lens && word == "lens");
        Setting::ALL.into_iter().find(own)
    }
}

/// How many of the most probable tokens may be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// 0 keeps all.
    pub top_k: usize,
    /// In (0, 1]; 1 keeps all.
    pub top_p: f64,
}

impl Default for Cut {
    /// Every token may be drawn.
    fn default() -> Cut {
        Cut {
            top_k: 0,
            top_p: 1.0,
        }
    }
}

/// Tokens one after another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Autoplay {
    /// Tokens a second, above 0.
    pub speed: f64,
    /// Whether each is drawn, with the temperature and the cut that are set, instead of the most probable one.
    pub sample: bool,
    /// How many at most; without one until they are stopped.
    pub count: Option<usize>,
}
