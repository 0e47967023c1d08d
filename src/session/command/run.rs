//! The effects of commands that a front end knows too, and so are data.

use super::super::debugger::{Debugger, Outcome};
use super::Command;
use crate::trace::query::Job;
use crate::trace::tensor::Distribution;

impl Debugger {
    /// Do what a command says; `lens` is the distribution at the cursor, for a picked candidate.
    ///
    /// # Errors
    /// One line that says why not.
    pub fn run(
        &mut self,
        command: &Command,
        lens: Option<&Distribution>,
    ) -> Result<Outcome, String> {
        match command {
            Command::Move {
                depth,
                direction,
                count,
            } => self.step(*depth, *direction, *count),
            Command::Continue(direction) => self.go_on(*direction),
            Command::Until(name) => return self.until(name),
            Command::Goto(name) => return self.goto(name),
            Command::Top => self.go_to_top(),
            Command::End => self.go_to_end(),
            Command::Token(pick) => return self.token(pick, lens),
            Command::Pass(which) => return self.pass(*which),
            Command::Prompt(text) => {
                let prompt = text.clone();
                return Ok(Outcome::Job(Job::Restart { prompt }));
            }
            Command::Save { path, hooks } => return self.save(path, hooks),
            Command::Row(which) => return self.row(*which),
            Command::Temperature(change) => self.change_temperature(*change),
            Command::Find { what, direction } => return self.find(what.clone(), *direction),
            Command::Source(file) => return Ok(Outcome::Source(file.clone())),
            Command::Show(setting) => return Ok(self.show(*setting)),
            Command::Help(topic) => return Ok(Outcome::Help(topic.clone())),
            Command::Quit => return Ok(Outcome::Quit),
            Command::Effect(effect) => return effect.run(self),
        }
        Ok(Outcome::Done)
    }
}
