//! Every command of the debugger, declared once in [`table`]. A front end declares commands of its own in the
//! same form, and reads lines with [`read`] from its table before this one.

pub mod arguments;
mod parse;
pub mod slice;
pub mod table;

pub use arguments::{Arguments, ParseError};
pub use parse::{parse, read};
pub use slice::SliceSpec;
pub use table::{Binding, Group, Spec, Words, commands, find, key};

use super::query::Temperature;
use super::wanted::Wanted;

/// Which way in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Back,
}

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
        /// 0 keeps all.
        top_k: usize,
        /// In (0, 1]; 1 keeps all.
        top_p: f64,
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

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Move {
        depth: Depth,
        direction: Direction,
        /// How many times, at least 1.
        count: usize,
    },
    Continue(Direction),
    Goto(String),
    Top,
    End,
    /// On to a hook point of this name or pattern, or to a breakpoint before it.
    Until(String),
    Break {
        /// A glob over any spelling; `None` is the hook point at the cursor.
        pattern: Option<String>,
        /// Gone once `continue` has stopped there.
        once: bool,
    },
    Breakpoints,
    /// Turn a breakpoint on or off; `None` puts one at the cursor or takes it away.
    Toggle(Option<usize>),
    /// `None` deletes all.
    Delete(Option<usize>),
    Token(TokenPick),
    Pass(Which),
    Prompt(String),
    Save {
        path: String,
        hooks: Vec<String>,
    },
    /// Which token of the pass the distribution is read after.
    Row(Which),
    Temperature(TemperatureChange),
    Print {
        name: Option<String>,
        slice: SliceSpec,
        /// So many values in their order, rather than a matrix.
        first: Option<usize>,
    },
    /// What there is of a kind, on from the cursor; `None` looks for the same again.
    Find {
        what: Option<Wanted>,
        direction: Direction,
    },
    Topk {
        k: Option<usize>,
        name: Option<String>,
    },
    Info(Option<String>),
    Where,
    Tokens,
    Warnings,
    Walk,
    /// Run the lines of a file.
    Source(String),
    /// How something is set; `None` for all that can be.
    Show(Option<Setting>),
    Help(Option<String>),
    Quit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemperatureChange {
    Up,
    Down,
    To(Temperature),
}

/// What can be set with `set` and is told by `show`. The word for each is the command that sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Temperature,
    Row,
}

impl Setting {
    pub const ALL: [Setting; 2] = [Setting::Temperature, Setting::Row];

    pub fn word(self) -> &'static str {
        match self {
            Setting::Temperature => "temperature",
            Setting::Row => "row",
        }
    }

    /// The setting of this word.
    pub fn named(word: &str) -> Option<Setting> {
        Setting::ALL.into_iter().find(|s| s.word() == word)
    }
}
