//! Commands whose whole effect stands in their declaration.

use std::fmt;
use std::sync::Arc;

use super::super::debugger::{Debugger, Outcome};
use super::Command;
use super::arguments::Arguments;

type Run = dyn Fn(&mut Debugger) -> Result<Outcome, String> + Send + Sync;

/// The effect of a command on the debugger, its arguments with it.
#[derive(Clone)]
pub struct Effect {
    name: &'static str,
    /// By which two commands of one name are told apart.
    given: String,
    run: Arc<Run>,
}

impl Effect {
    /// Do it.
    ///
    /// # Errors
    /// One line that says why not.
    pub fn run(&self, debugger: &mut Debugger) -> Result<Outcome, String> {
        (self.run)(debugger)
    }
}

impl PartialEq for Effect {
    fn eq(&self, other: &Effect) -> bool {
        (self.name, &self.given) == (other.name, &other.given)
    }
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.name, self.given)
    }
}

impl Arguments<'_> {
    /// A command that does this with what it was given.
    pub(super) fn does<T: fmt::Debug + Send + Sync + 'static>(
        &self,
        given: T,
        run: fn(&mut Debugger, &T) -> Result<Outcome, String>,
    ) -> Command {
        Command::Effect(Effect {
            name: self.name,
            given: format!("{given:?}"),
            run: Arc::new(move |debugger| run(debugger, &given)),
        })
    }
}
