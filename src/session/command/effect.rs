//! A command: its effect on the debugger, and as much of it as a front end looks at.

use std::fmt;
use std::sync::Arc;

use super::super::debugger::{Debugger, Outcome};
use super::super::terms::{Depth, TokenPick, Which};
use super::super::wanted::Wanted;
use super::arguments::Arguments;
use crate::trace::query::Direction;
use crate::trace::tensor::Distribution;

type Effect = dyn Fn(&mut Debugger, Option<&Distribution>) -> Result<Outcome, String> + Send + Sync;

/// A command with its arguments.
#[derive(Clone)]
pub struct Command {
    pub kind: Kind,
    /// The arguments, by which two commands of one kind are told apart.
    given: String,
    effect: Arc<Effect>,
}

/// Commands that a front end treats in a way of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Move {
        depth: Depth,
        direction: Direction,
    },
    Continue(Direction),
    Until,
    Top,
    End,
    Token(TokenPick),
    Pass(Which),
    Row(Which),
    Temperature,
    Find(Option<Wanted>),
    /// Why an element of the hook point of this name, or of the cursor's, is what it is.
    Why(Option<String>),
    Grid,
    /// This branch and another at the cursor.
    Diff,
    Attribute,
    Inputs,
    Split,
    Heads,
    Rollout,
    Score,
    Sweep,
    /// A file is written by the command of this name.
    Write(&'static str),
    /// Run the lines of a file.
    Source(String),
    Help(Option<String>),
    Quit,
    /// Any other, by its name.
    Other(&'static str),
}

impl Command {
    /// A command that does this with what it was given.
    pub fn new<T: fmt::Debug + Send + Sync + 'static>(
        kind: Kind,
        given: T,
        effect: fn(&mut Debugger, &T) -> Result<Outcome, String>,
    ) -> Command {
        Command {
            kind,
            given: format!("{given:?}"),
            effect: Arc::new(move |debugger, _| effect(debugger, &given)),
        }
    }

    /// A command whose effect depends on the distribution at the cursor too.
    pub fn reading_the_lens<T: fmt::Debug + Send + Sync + 'static>(
        kind: Kind,
        given: T,
        effect: fn(&mut Debugger, &T, Option<&Distribution>) -> Result<Outcome, String>,
    ) -> Command {
        Command {
            kind,
            given: format!("{given:?}"),
            effect: Arc::new(move |debugger, lens| effect(debugger, &given, lens)),
        }
    }

    /// Do it; `lens` is the distribution at the cursor.
    ///
    /// # Errors
    /// One line that says why not.
    pub fn run(
        &self,
        debugger: &mut Debugger,
        lens: Option<&Distribution>,
    ) -> Result<Outcome, String> {
        (self.effect)(debugger, lens)
    }
}

impl Arguments<'_> {
    /// A command that no front end treats in a way of its own.
    pub(super) fn does<T: fmt::Debug + Send + Sync + 'static>(
        &self,
        given: T,
        effect: fn(&mut Debugger, &T) -> Result<Outcome, String>,
    ) -> Command {
        Command::new(Kind::Other(self.name), given, effect)
    }
}

impl PartialEq for Command {
    fn eq(&self, other: &Command) -> bool {
        (&self.kind, &self.given) == (&other.kind, &other.given)
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.given)
    }
}
