//! Every command of the debugger, declared once in [`table`]. A front end declares commands of its own in the
//! same form, and reads lines with [`read`] from its table before this one.

pub mod arguments;
mod effect;
mod parse;
mod run;
pub mod slice;
pub mod table;

pub use super::terms::{Depth, Setting, TemperatureChange, TokenPick, Which};
pub use arguments::{Arguments, ParseError};
pub use effect::Effect;
pub use parse::{parse, read};
pub use slice::SliceSpec;
pub use table::{Binding, Group, Spec, Words, commands, find, key};

pub use crate::trace::query::Direction;

use super::wanted::Wanted;

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
    /// The next name or value that fits, on from the cursor; `None` looks for the same again.
    Find {
        what: Option<Wanted>,
        direction: Direction,
    },
    /// Run the lines of a file.
    Source(String),
    /// How something is set; `None` for all that can be.
    Show(Option<Setting>),
    Help(Option<String>),
    Quit,
    /// A command that no front end treats in a way of its own.
    Effect(Effect),
}
