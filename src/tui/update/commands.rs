//! The effect of the debugger's commands on the screen.

use super::super::app::{At, Confirm, Message, Overlay, Status};
use super::super::command::{self, Typed};
use super::super::panes::lens;
use super::super::widgets::text::wrap;
use super::whole::shown_in_a_pane;
use super::{Driver, listed, question};
use crate::lang::{plain, say, say_with};
use crate::session::ask::Ask;
use crate::session::command::{Command, Direction, Kind};
use crate::session::debugger::Outcome;
use crate::session::dispatch::Task;
use crate::trace::query::{Job, Query};

/// Columns of a list that a command gives: it fits a screen of 80.
const LISTED: u16 = 76;

impl Driver {
    /// Do what a line or a key asks for.
    pub fn run(&mut self, typed: &Typed) {
        match typed {
            Typed::Debugger(command) => self.command(command),
            Typed::Screen(command) => {
                self.screen(command.clone());
                self.after();
            }
        }
    }

    pub fn command(&mut self, command: &Command) {
        self.remember(command);
        let lens = lens::shown(&self.app).cloned();
        let outcome = match (&mut self.debugger, &command.kind) {
            (_, Kind::Quit) => Ok(Outcome::Quit),
            (_, Kind::Help(topic)) => Ok(Outcome::Help(topic.clone())),
            (Some(debugger), _) => command.run(debugger, lens.as_ref()),
            (None, _) => Err(say("error-opening").into()),
        };
        let before = self.app.at.clone();
        let row = before.row;
        self.sync();
        if self.app.at.row != row {
            self.app.cell.0 = self.app.at.row;
        }
        match outcome {
            Ok(Outcome::Done) => {
                self.say_end(command, &before);
                self.say_found(command);
            }
            Ok(Outcome::Note(text)) => self.app.message = Some(Message::Note(text)),
            Ok(Outcome::List { title, lines, hint }) => {
                let mut lines: Vec<String> = lines.iter().flat_map(|l| wrap(l, LISTED)).collect();
                lines.extend(hint.iter().flat_map(|hint| ["", hint]).map(str::to_owned));
                self.app.overlay = Some(listed(title, lines));
            }
            Ok(Outcome::Job(job)) => {
                self.begin(job);
                return;
            }
            Ok(Outcome::Ask(Ask::One(query))) if shown_in_a_pane(&command.kind) => {
                self.show_whole(command, query);
            }
            Ok(Outcome::Ask(ask)) => {
                if let Ask::One(query @ Query::Why { .. }) = ask {
                    self.open_why(query);
                    return self.after();
                }
                if let Ask::One(Query::Find { test, .. }) = &ask {
                    self.app.search = Some(test.to_string());
                }
                self.app.status = Status::Running(None);
                self.worker.task(Task::Ask(ask));
                // The view made way: it is asked for anew when the answer is there.
                self.asked.clear();
                return;
            }
            Ok(Outcome::Play(autoplay)) => self.autoplay(autoplay),
            Ok(Outcome::Open(beside)) => self.open(beside),
            Ok(Outcome::Source(file)) => self.source(&file),
            Ok(Outcome::Help(None)) => self.app.overlay = Some(Overlay::Help { top: 0 }),
            Ok(Outcome::Help(Some(topic))) => match command::find(&topic) {
                Some(spec) => self.app.overlay = Some(listed(spec.usage(), spec.explained())),
                None => {
                    let why = say_with("error-unknown-listed", &[("word", plain(topic))]);
                    self.app.message = Some(Message::Error(why));
                }
            },
            Ok(Outcome::Quit) => self.app.quit = true,
            Err(why) => self.app.message = Some(Message::Error(why)),
        }
        self.after();
    }

    /// Begin a job, or ask first where a person would lose passes by it.
    pub(super) fn begin(&mut self, job: Job) {
        let passes = self.app.passes.len();
        match job {
            Job::Next { pass, .. } if pass + 1 < passes && self.running.is_none() => {
                let question = question(pass, passes);
                self.app.overlay = Some(Overlay::Confirm(Confirm {
                    question,
                    job,
                    count: 1,
                }));
            }
            job => {
                let d = self.debugger.as_ref();
                let at_tip = d.is_some_and(|d| d.at().pass + 1 == d.passes().len());
                self.begin_at(job, at_tip);
            }
        }
    }

    pub(super) fn begin_at(&mut self, mut job: Job, at_tip: bool) {
        self.queue.put(&mut job, at_tip);
        self.app.status = Status::Running(None);
        self.worker.task(Task::Job(job));
    }

    /// Where a move led nowhere, or past all breakpoints, say so.
    fn say_end(&mut self, command: &Command, before: &At) {
        let moved = self.app.at.point != before.point;
        let stopped = self.app.breaks.contains(&self.app.at.point);
        let words = match &command.kind {
            Kind::Move { direction, .. } if !moved => match direction {
                Direction::Forward => self.pass_ends(),
                Direction::Back => say("pane-note-begins"),
            },
            Kind::Continue(Direction::Forward) if !moved => self.pass_ends(),
            Kind::Continue(_) if !stopped => say("pane-note-no-breakpoint"),
            _ => return,
        };
        self.app.message = Some(Message::Note(words.into()));
    }

    fn pass_ends(&self) -> &'static str {
        let goes_on = self.app.model.as_ref().is_some_and(|m| m.causal);
        if goes_on && self.app.plan().is_some_and(|plan| plan.has_logits()) {
            say("pane-note-ends-token")
        } else {
            say("pane-note-ends")
        }
    }
}
