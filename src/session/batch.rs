//! Command lines run one after the other with no screen, as gdb's `--batch -x` does.

use super::command::{self, Command};
use super::debugger::{Debugger, Job, Outcome};
use super::reply::Reply;
use super::{ask, format};
use crate::trace::hook;
use crate::trace::source::{Control, Source};
use crate::trace::tensor::Distribution;

/// Candidates among which `token #N` and `token "TEXT"` look.
const CANDIDATES: usize = 100;

/// A debugger on a source, driven by command lines.
pub struct Batch<'a> {
    source: &'a mut dyn Source,
    debugger: Debugger,
    /// Whether values are printed whole, for a program to read.
    whole: bool,
}

impl<'a> Batch<'a> {
    /// With `whole`, `print` gives all of what it is asked for, not only what a person reads at once.
    pub fn new(source: &'a mut dyn Source, whole: bool) -> Batch<'a> {
        let debugger = Debugger::new(source.model().clone(), source.passes().to_vec());
        Batch {
            source,
            debugger,
            whole,
        }
    }

    /// Run one command line. `None` after `quit`.
    ///
    /// # Errors
    /// One line that says what is wrong with the command, or why it cannot be done here.
    pub fn run(&mut self, line: &str) -> Result<Option<Reply>, String> {
        let command = command::parse(line).map_err(|e| e.to_string())?;
        let before = (self.debugger.pass, self.debugger.point);
        let lens = match &command {
            Command::Token(command::TokenPick::Rank(_)) => {
                Some(self.lens(self.debugger.point, CANDIDATES)?)
            }
            // Where nothing can be read the vocabulary still has its tokens.
            Command::Token(command::TokenPick::Text(_)) => {
                self.lens(self.debugger.point, CANDIDATES).ok()
            }
            _ => None,
        };
        let outcome = self.debugger.run(&command, lens.as_ref())?;
        let moving = matches!(
            command,
            Command::Move { .. } | Command::Continue(_) | Command::Until(_)
        );
        if moving && before == (self.debugger.pass, self.debugger.point) {
            let end = if self.debugger.point == 0 {
                "first"
            } else {
                "last"
            };
            return Err(format!("already at the {end} hook point of the pass"));
        }
        Ok(Some(match outcome {
            Outcome::Done => self.at(),
            Outcome::Note(text) => Reply::Text { text },
            Outcome::List { lines, .. } => Reply::Text {
                text: lines.join("\n"),
            },
            Outcome::Job(job) => self.job(job)?,
            Outcome::Ask(ask) => {
                let ask = if self.whole { ask.whole() } else { ask };
                let reply = ask::answer(self.source, &ask, &Control::default());
                let reply = reply.map_err(|e| e.to_string())?;
                if let Reply::Found { pass, found, .. } = &reply {
                    self.debugger.found(*pass, found);
                }
                reply
            }
            // Who gives the lines reads it: see `Script`.
            Outcome::Source(file) => return Err(format!("{file} is not read here")),
            Outcome::Help(topic) => Reply::Text {
                text: help(topic.as_deref())?,
            },
            Outcome::Quit => return Ok(None),
        }))
    }

    fn at(&self) -> Reply {
        let point = self.debugger.point;
        let plan = &self.debugger.passes[self.debugger.pass].plan;
        let found = &plan.points()[point];
        Reply::At {
            pass: self.debugger.pass,
            step: point + 1,
            steps: plan.len(),
            name: hook::short(&found.name),
            shape: found.shape.clone(),
            axes: format::shape(found),
        }
    }

    fn lens(&mut self, point: usize, k: usize) -> Result<Distribution, String> {
        let Debugger {
            pass,
            row,
            temperature,
            ..
        } = self.debugger;
        self.source
            .lens(pass, point, row, k, temperature.get())
            .map_err(|e| e.to_string())
    }

    fn job(&mut self, job: Job) -> Result<Reply, String> {
        let control = Control::default();
        let done = match &job {
            Job::Next { pass, choice } => self.source.next(*pass, choice, &control),
            Job::Restart(prompt) => self.source.restart(prompt),
            Job::Save { path, hooks } => self.source.save(path, hooks, &control),
        };
        done.map_err(|e| e.to_string())?;
        match job {
            Job::Next { pass, .. } => {
                // Before the cursor leaves: how probable the token was where it was chosen.
                let end = self.debugger.passes[pass].plan.len() - 1;
                let lens = self.lens(end, CANDIDATES)?;
                let before = self.debugger.passes.len();
                self.debugger.set_passes(self.source.passes().to_vec());
                self.debugger.pass = pass + 1;
                let new = self.debugger.passes[pass + 1].tokens.last();
                let new = new.ok_or("the new pass has no token")?;
                let prob = lens.top.iter().find(|c| c.id == new.id).map(|c| c.prob);
                Ok(Reply::Pass {
                    pass: pass + 1,
                    token: new.text.clone(),
                    id: new.id,
                    prob,
                    // As gdb does with no screen, where it would ask.
                    dropped: before - (pass + 1),
                })
            }
            Job::Restart(_) => {
                self.debugger.set_passes(self.source.passes().to_vec());
                self.debugger.point = 0;
                Ok(self.at())
            }
            Job::Save { path, .. } => Ok(Reply::Text {
                text: format!("wrote {}", path.display()),
            }),
        }
    }
}

/// The commands that batch mode has, or one of them.
fn help(topic: Option<&str>) -> Result<String, String> {
    let wanted = command::commands().filter(|s| topic.is_none_or(|t| s.is(t)));
    let lines: Vec<String> = wanted
        .map(|s| format!("{} {}", format::fit(&s.usage(), 36), s.help))
        .collect();
    if lines.is_empty() {
        Err("no such command: `help` lists them all".into())
    } else {
        Ok(lines.join("\n"))
    }
}
