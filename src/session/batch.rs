//! Command lines run one after the other with no screen, as gdb's `--batch -x` does.

use super::ask::Ask;
use super::beside::print;
use super::command::{self, Autoplay, Kind, SliceSpec};
use super::debugger::{Debugger, Outcome};
use super::dispatch::{Done, State, Task, perform};
use super::format;
use super::interventions::{listed, number_of, off_text};
use super::reply::Reply;
use super::reply_branches::Named;
use super::saved::Kept;
use super::warnings::lens_text;
use crate::lang::{plain, say, say_with};
use crate::trace::hook;
use crate::trace::intervention::Intervention;
use crate::trace::query::{Answer, Job, Query};
use crate::trace::source::{Control, Source};
use crate::trace::states;
use crate::trace::tensor::Distribution;

/// Candidates among which `token #N` and `token "TEXT"` look.
const CANDIDATES: usize = 100;

/// Tokens that `autoplay` takes where nothing is said.
const PLAYED: usize = 16;

/// A debugger on a source, driven by command lines.
pub struct Batch<'a> {
    source: &'a mut dyn Source,
    debugger: Debugger,
    /// How many values are printed at most, for a program to read; what a person reads where `None`.
    values: Option<usize>,
    /// Whether files may be read and written.
    files: bool,
}

impl<'a> Batch<'a> {
    /// With `whole`, `print` gives all of what it is asked for, not only what a person reads at once.
    pub fn new(source: &'a mut dyn Source, whole: bool) -> Batch<'a> {
        let debugger = Debugger::new(source.model().clone(), source.passes().to_vec());
        Batch::resume(source, debugger, whole)
    }

    /// Go on from where another batch on the same source stood.
    pub fn resume(source: &'a mut dyn Source, debugger: Debugger, whole: bool) -> Batch<'a> {
        Batch {
            source,
            debugger,
            values: whole.then_some(usize::MAX),
            files: true,
        }
    }

    /// Go to where an earlier session was left.
    pub fn return_to(&mut self, kept: &Kept) {
        self.debugger.resume(kept);
    }

    /// Where the debugger stands at the end.
    pub fn into_debugger(self) -> Debugger {
        self.debugger
    }

    pub(super) fn debugger(&self) -> &Debugger {
        &self.debugger
    }

    /// Print no more values than about so many.
    pub(super) fn limit(&mut self, values: usize) {
        self.values = Some(values);
    }

    /// Read and write no files.
    pub(super) fn refuse_files(&mut self) {
        self.files = false;
    }

    /// Whether a command may use files.
    ///
    /// # Errors
    /// It may not.
    pub(super) fn may_use_files(&self, what: &str) -> Result<(), String> {
        if self.files {
            return Ok(());
        }
        Err(format!(
            "this session is read-only: {what} needs `layerwise serve --allow-files`"
        ))
    }

    /// Run one command line. `None` after `quit`.
    ///
    /// # Errors
    /// One line that says what is wrong with the command, or why it cannot be done here.
    pub fn run(&mut self, line: &str) -> Result<Option<Reply>, String> {
        self.run_with(line, &Control::default())
    }

    /// Run one command line under a `control`, which hears of progress and can stop it. `None` after `quit`.
    ///
    /// # Errors
    /// The errors of [`Batch::run`].
    pub fn run_with(&mut self, line: &str, control: &Control) -> Result<Option<Reply>, String> {
        let command = command::parse(line).map_err(|e| e.to_string())?;
        let before = self.debugger.at();
        let lens = match &command.kind {
            Kind::Token(command::TokenPick::Rank(_)) => Some(self.lens(before.point, control)?),
            // Where nothing can be read the vocabulary still has its tokens.
            Kind::Token(command::TokenPick::Text(_)) => self.lens(before.point, control).ok(),
            // The logit that is asked about is that of the most probable token.
            Kind::Why(name) if self.is_of_logits(name.as_deref()) => {
                let end = self.debugger.plan().len() - 1;
                self.lens(end, control).ok()
            }
            _ => None,
        };
        let outcome = command.run(&mut self.debugger, lens.as_ref())?;
        let moving = matches!(
            command.kind,
            Kind::Move { .. } | Kind::Continue(_) | Kind::Until
        );
        if moving && before == self.debugger.at() {
            let first = before.point == 0;
            return Err(say(if first {
                "error-first-point"
            } else {
                "error-last-point"
            })
            .into());
        }
        Ok(Some(match outcome {
            Outcome::Done => self.at(),
            Outcome::Note(text) => Reply::Text { text },
            Outcome::List { lines, .. } => Reply::Text {
                text: lines.join("\n"),
            },
            Outcome::Job(job) => self.job(job, control)?,
            Outcome::Play(play) => self.play(&play, control)?,
            // Opened means printed where there is no screen.
            Outcome::Open(beside) => {
                self.ask(print(&beside, &SliceSpec::default(), None)?, control)?
            }
            Outcome::Ask(ask) => self.ask(ask, control)?,
            // Who gives the lines reads it: see `Script`.
            Outcome::Source(file) => return Err(format!("{file} is not read here")),
            Outcome::Help(topic) => Reply::Text {
                text: help(topic.as_deref())?,
            },
            Outcome::Quit => return Ok(None),
        }))
    }

    /// Take one token after another, without waiting between them: a line each, and the text at the end.
    fn play(&mut self, play: &Autoplay, control: &Control) -> Result<Reply, String> {
        let mut replies = Vec::new();
        for _ in 0..play.count.unwrap_or(PLAYED) {
            let pass = self.debugger.at().pass;
            let next = if pass + 1 < self.debugger.passes().len() {
                self.look_on(pass, control)
            } else {
                let choice = self.debugger.choice(play);
                self.job(Job::Next { pass, choice }, control)
            };
            match next {
                Ok(reply) => {
                    let ended = self.ended(&reply);
                    replies.push(reply);
                    if let Some(text) = ended {
                        replies.push(Reply::Text { text });
                        break;
                    }
                }
                Err(why) if replies.is_empty() => return Err(why),
                // The context, or the recording, may end before the count.
                Err(why) => {
                    replies.push(Reply::Text { text: why });
                    break;
                }
            }
        }
        let pass = &self.debugger.passes()[self.debugger.at().pass];
        let text = pass
            .tokens
            .iter()
            .map(|token| token.text.as_str())
            .collect();
        replies.push(Reply::Text { text });
        Ok(Reply::Each { replies })
    }

    /// A note where the token of a reply ends the text.
    fn ended(&self, reply: &Reply) -> Option<String> {
        let Reply::Pass { token, id, .. } = reply else {
            return None;
        };
        let ends = self.debugger.model().end_tokens.contains(id);
        ends.then(|| say_with("autoplay-ended", &[("token", plain(format::token(token)))]))
    }

    /// Look at the pass after `pass`, which is there already.
    fn look_on(&mut self, pass: usize, control: &Control) -> Result<Reply, String> {
        // A trace does not know values that it has not recorded.
        let lens = self.last_lens(pass, control).ok();
        self.debugger.look_at(pass + 1);
        let new = self.debugger.passes()[pass + 1].tokens.last();
        let new = new.ok_or("the pass has no token")?;
        let own = lens.and_then(|lens| lens.top.into_iter().find(|c| c.id == new.id));
        Ok(Reply::Pass {
            pass: pass + 1,
            token: new.text.clone(),
            id: new.id,
            prob: own.map(|own| own.prob),
            dropped: 0,
        })
    }

    /// The reply to the question of a command; the cursor goes to a value that was found.
    fn ask(&mut self, ask: Ask, control: &Control) -> Result<Reply, String> {
        let ask = match self.values {
            Some(most) => ask.whole(most),
            None => ask,
        };
        let Done::Reply(reply) = self.perform(&Task::Ask(ask), control)? else {
            return Err("the command has no reply".into());
        };
        if let Reply::Found {
            pass, name, index, ..
        } = &reply
        {
            self.debugger.found(*pass, name, index);
        }
        Ok(reply)
    }

    pub(super) fn perform(&mut self, task: &Task, control: &Control) -> Result<Done, String> {
        if let Task::Ask(Ask::Export { .. }) = task {
            self.may_use_files("writing a file")?;
        }
        if let Task::Query(query) | Task::Ask(Ask::One(query) | Ask::Export { query, .. }) = task
            && let Some(what) = query.uses_file()
        {
            self.may_use_files(what)?;
        }
        perform(self.source, task, control).map_err(|e| e.to_string())
    }

    fn at(&self) -> Reply {
        let at = self.debugger.at();
        let plan = self.debugger.plan();
        let found = &plan.points()[at.point];
        Reply::At {
            pass: at.pass,
            step: at.point + 1,
            steps: plan.len(),
            name: hook::short(&found.name),
            shape: found.shape.clone(),
            axes: format::shape(found),
        }
    }

    /// Whether this name, or the cursor, is of the logits.
    fn is_of_logits(&self, name: Option<&str>) -> bool {
        let plan = self.debugger.plan();
        let here = &plan.points()[self.debugger.at().point].name;
        name.unwrap_or(here) == "logits"
    }

    /// The most probable tokens at a hook point of the cursor's pass.
    fn lens(&mut self, point: usize, control: &Control) -> Result<Distribution, String> {
        let name = self.debugger.plan().points()[point].name.clone();
        let query = self.debugger.lens(name, CANDIDATES);
        self.distribution(query, control)
    }

    fn distribution(&mut self, query: Query, control: &Control) -> Result<Distribution, String> {
        match self.perform(&Task::Query(query), control)? {
            Done::Answer(Answer::Lens(distribution)) => Ok(distribution),
            _ => Err("the source has no distribution".into()),
        }
    }

    /// The most probable tokens at the end of a pass.
    fn last_lens(&mut self, pass: usize, control: &Control) -> Result<Distribution, String> {
        let at = self.debugger.at();
        let end = self.debugger.passes()[pass].plan.len() - 1;
        if pass == at.pass {
            return self.lens(end, control);
        }
        let query = Query::Lens {
            pass,
            point: self.debugger.passes()[pass].plan.points()[end].name.clone(),
            row: self.source.model().first_row(&self.debugger.passes()[pass]),
            k: CANDIDATES,
            temperature: self.debugger.temperature(),
        };
        self.distribution(query, control)
    }

    /// Do a job, and let the debugger follow it.
    pub(super) fn job(&mut self, job: Job, control: &Control) -> Result<Reply, String> {
        if let Some(what) = job.uses_file() {
            self.may_use_files(what)?;
        }
        let before = self.source.interventions().to_vec();
        let task = Task::Job(job);
        let Done::Job { state, reached } = self.perform(&task, control)? else {
            return Err("the job has no passes".into());
        };
        let State {
            model,
            passes,
            interventions,
            branches,
            ..
        } = *state;
        match task {
            Task::Job(Job::Next { pass, .. }) => {
                // Before the cursor leaves: how probable the token was where it was chosen.
                let lens = self.last_lens(pass, control)?;
                let passes_before = self.debugger.passes().len();
                self.debugger.set_passes(passes);
                self.debugger.look_at(pass + 1);
                let new = self.debugger.passes()[pass + 1].tokens.last();
                let new = new.ok_or("the new pass has no token")?;
                let prob = lens.top.iter().find(|c| c.id == new.id).map(|c| c.prob);
                let reply = Reply::Pass {
                    pass: pass + 1,
                    token: new.text.clone(),
                    id: new.id,
                    prob,
                    // Batch mode asks nothing before it drops them, and neither does gdb with no screen.
                    dropped: passes_before - (pass + 1),
                };
                Ok(with_off(reply, &before, &interventions))
            }
            Task::Job(Job::Save { path, hooks }) => {
                let wrote = format!("wrote {}", path.display());
                let note = states::left_out(&passes, &hooks);
                let parts = [Some(wrote), note].into_iter().flatten();
                Ok(Reply::Text {
                    text: parts.collect::<Vec<_>>().join("\n"),
                })
            }
            Task::Job(Job::Restart { .. }) => {
                self.debugger.set_passes(passes);
                self.debugger.go_to_top();
                Ok(with_off(self.at(), &before, &interventions))
            }
            Task::Job(Job::Lens { .. }) => {
                let text = lens_text(model.lens.as_ref());
                self.debugger.set_lens(model.lens);
                Ok(Reply::Text { text })
            }
            Task::Job(Job::Replace { .. }) => Ok(Reply::Replaced { reached }),
            Task::Job(Job::Intervene { revision }) => Ok(Reply::Intervened {
                number: number_of(&revision, &interventions),
                list: listed(&interventions),
                reached,
            }),
            Task::Job(Job::Branch { change }) => {
                self.debugger.enter(model, passes);
                let list = Named::tree(&branches);
                let reply = Reply::Branches { list };
                if change.shares_interventions() {
                    return Ok(with_off(reply, &before, &interventions));
                }
                Ok(reply)
            }
            _ => Ok(self.at()),
        }
    }
}

/// A reply, and what to say of interventions that were turned off.
fn with_off(reply: Reply, before: &[Intervention], now: &[Intervention]) -> Reply {
    match off_text(before, now) {
        Some(text) => Reply::Each {
            replies: vec![reply, Reply::Text { text }],
        },
        None => reply,
    }
}

/// The commands that batch mode has, or one of them.
fn help(topic: Option<&str>) -> Result<String, String> {
    let wanted = command::commands().filter(|s| topic.is_none_or(|t| s.is(t)));
    let lines: Vec<String> = wanted
        .map(|s| format!("{} {}", format::fit(&s.usage(), 36), s.told()))
        .collect();
    if lines.is_empty() {
        Err(say("error-unknown-help").into())
    } else {
        Ok(lines.join("\n"))
    }
}
