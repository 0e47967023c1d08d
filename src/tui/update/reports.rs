//! The effect of the worker's reports on the screen.

use super::super::answers::Answers;
use super::super::app::{Message, Overlay, Status};
use super::super::command;
use super::super::panes::matrix::order;
use super::super::widgets::text;
use super::{Driver, later, listed, question, wrote};
use crate::lang::{plain, say, say_with};
use crate::session::debugger::Debugger;
use crate::session::dispatch::{Done, State, Task};
use crate::session::interventions::{self, changed, listed as listed_interventions, off_text};
use crate::session::reply::Reply;
use crate::session::stages::Calculations;
use crate::session::warnings::{lens_text, warnings};
use crate::session::worker::WorkerReport;
use crate::trace::intervention::{Intervention, Revision};
use crate::trace::query::{Job, Place, Query};
use crate::trace::source::Pass;
use crate::trace::states;

impl Driver {
    pub fn report(&mut self, report: WorkerReport) {
        self.worker.heard(&report);
        self.dirty = true;
        match report {
            WorkerReport::Ready(state) => {
                self.take_over(&state);
                self.app.status = Status::Ready;
                let mut all = warnings(&state.model, &state.passes);
                all.append(&mut self.warnings);
                self.debugger = Some(Debugger::new(state.model, state.passes));
                self.sync();
                let settings = std::mem::take(&mut self.settings);
                for typed in settings.iter().filter_map(|line| command::parse(line).ok()) {
                    self.run(&typed);
                }
                let first = all.into_iter().next();
                self.app.message = first.map(|text| Message::Note(format!("warning: {text}")));
                self.app.cell = (self.app.at.row, 0);
                if self.begin_resume() {
                    return;
                }
                self.after();
                self.go_on_with_script();
            }
            WorkerReport::Failed(why) | WorkerReport::Panicked(why) => {
                self.app.quit = self.app.model.is_none();
                self.app.status = Status::Failed(why);
                self.disconnected = true;
            }
            // A view that made way for another may have failed for that alone.
            WorkerReport::Answered {
                generation,
                answer: Err(_),
                ..
            } if generation < self.generation => {}
            WorkerReport::Answered { query, answer, .. } => {
                // The answer of the other branch is asked for where this says that its token stands.
                let leads_on = matches!(query, Query::Difference { .. });
                self.app.answers.put(query, answer);
                self.learn_probability();
                if leads_on {
                    self.after();
                }
                // Other columns are seen then.
                if self.app.largest && order::refresh(&mut self.app) {
                    self.after();
                }
            }
            WorkerReport::Viewed { .. } => {
                if !self.worker.busy() {
                    self.set_idle();
                }
            }
            WorkerReport::Progress(_) if self.app.status == Status::Stopping => {}
            WorkerReport::Progress(p) => self.app.status = Status::Running(Some(p)),
            WorkerReport::Done { task, result } => {
                match task {
                    Task::Job(job) => self.job_done(&job, result),
                    Task::Query(query) => self.answered(query, result),
                    Task::Ask(_) => self.replied(result),
                }
                self.after();
                self.go_on_with_script();
            }
        }
    }

    /// Keep the answer to a question that was a task of its own.
    fn answered(&mut self, query: Query, result: Result<Done, String>) {
        self.set_idle();
        match result {
            Ok(Done::Answer(answer)) => self.app.answers.put(query, Ok(answer)),
            // The next key goes on with what was stopped.
            Err(_) if self.app.status == Status::Stopped => {}
            Err(why) => self.app.answers.put(query, Err(why)),
            Ok(_) => {}
        }
    }

    /// Show the reply of a printing command.
    fn replied(&mut self, result: Result<Done, String>) {
        self.set_idle();
        let copying = std::mem::take(&mut self.copying);
        match result {
            Ok(Done::Reply(Reply::Values { values, .. })) if copying => self.put_row(&values),
            Ok(Done::Reply(Reply::Found {
                name,
                pass,
                index,
                value,
            })) => self.show_found(&name, pass, &index, value),
            Ok(Done::Reply(Reply::Interventions { list })) if !list.is_empty() => {
                let lines = interventions::text(&list);
                let lines = lines
                    .lines()
                    .chain(["", say("pane-note-interventions")])
                    .map(str::to_owned);
                self.app.overlay = Some(listed(say("pane-interventions").into(), lines.collect()));
            }
            Ok(Done::Reply(reply @ Reply::Wrote { .. })) => {
                self.app.message = Some(Message::Note(reply.text()));
            }
            Ok(Done::Reply(Reply::There { branch, reply })) if matches!(*reply, Reply::Why(_)) => {
                if let Reply::Why(why) = *reply {
                    self.why_there(&branch, &why);
                }
            }
            Ok(Done::Reply(reply)) => self.app.overlay = Some(reply_overlay(&reply)),
            Ok(_) => {}
            Err(why) => self.app.message = Some(Message::Error(why)),
        }
    }

    fn job_done(&mut self, job: &Job, result: Result<Done, String>) {
        let follows = self.queue.done(job, result.is_ok());
        let filled = match job {
            Job::Save { .. } => self.filled.take(),
            _ => None,
        };
        self.set_idle();
        match result {
            Ok(Done::Job { state, reached }) => {
                let off = off_text(&self.app.interventions, &state.interventions);
                self.app.interventions.clone_from(&state.interventions);
                self.app.branches.clone_from(&state.branches);
                if let Some(model) = &mut self.app.model {
                    model.lens.clone_from(&state.model.lens);
                }
                if let Some(debugger) = &mut self.debugger {
                    debugger.set_lens(state.model.lens.clone());
                }
                let message = match job {
                    Job::Branch { change } => Some(self.branched(change, *state)),
                    job => self.done(job, state.passes, &reached),
                };
                let off = off.filter(|_| match job {
                    Job::Intervene { .. } => false,
                    Job::Branch { change } => change.shares_interventions(),
                    _ => true,
                });
                if job.restores() {
                    if self.app.status == Status::Stopped {
                        self.resume_stopped();
                    } else {
                        self.resume();
                    }
                    self.asked.clear();
                    return;
                }
                self.app.message = off
                    .map(|off| {
                        Message::Note(say_with("pane-note-lists-them", &[("off", off.into())]))
                    })
                    .or(message);
            }
            Ok(_) => {}
            // Why the first one failed is what counts.
            Err(_) if follows => {}
            Err(why) => {
                self.app.message = Some(Message::Error(why));
                self.pause_playing();
                if let Some(filled) = filled {
                    self.app.overlay = Some(Overlay::Save(filled));
                }
            }
        }
        self.asked.clear();
    }

    /// Copy what the source says of itself into the state.
    pub(super) fn take_over(&mut self, state: &State) {
        let app = &mut self.app;
        app.prompt.clone_from(&state.prompt);
        app.interventions.clone_from(&state.interventions);
        app.branches.clone_from(&state.branches);
        app.changed = changed(&state.model, &state.passes, &state.interventions);
        let plan = state.passes.first().map(|pass| &*pass.plan);
        app.calculations = plan.map(|plan| Calculations::new(&state.model, plan));
        app.model = Some(state.model.clone());
    }

    /// Nothing runs any more.
    fn set_idle(&mut self) {
        self.app.status = match self.app.status {
            Status::Stopping | Status::Stopped => Status::Stopped,
            _ => Status::Ready,
        };
        if self.app.status == Status::Stopped {
            let words = say("pane-note-stopped");
            self.app.message = Some(Message::Note(words.into()));
        }
    }

    /// A job went well; what there is to say about it.
    fn done(&mut self, job: &Job, passes: Vec<Pass>, reached: &[Place]) -> Option<Message> {
        if let Job::Save { path, .. } = job {
            let note = states::left_out_of(job, &passes);
            let parts = [Some(wrote(path)), note].into_iter().flatten();
            return Some(Message::Note(parts.collect::<Vec<_>>().join("; ")));
        }
        if let Job::Restart { prompt } = job {
            self.app.prompt.clone_from(prompt);
            self.app.play = None;
        }
        let (before, now) = (self.app.passes.len(), passes.len());
        if let Some(model) = &self.app.model {
            self.app.changed = changed(model, &passes, &self.app.interventions);
        }
        if let Job::Intervene { revision } = job {
            // The cursor, the row and the cell stay.
            self.app.answers = Answers::default();
            self.sync();
            return Some(Message::Note(said(
                revision,
                &self.app.interventions,
                reached,
            )));
        }
        if let Job::Lens { .. } = job {
            self.app.answers = Answers::default();
            self.sync();
            let lens = self
                .app
                .model
                .as_ref()
                .and_then(|model| model.lens.as_ref());
            return Some(Message::Note(lens_text(lens)));
        }
        self.debugger.as_mut()?.set_passes(passes);
        // The subject of a question may have changed while it stood there.
        if let Some(Overlay::Confirm(confirm)) = &mut self.app.overlay
            && let Job::Next { pass, .. } = confirm.job
        {
            if pass + 1 < now {
                confirm.question = question(pass, now);
            } else {
                self.app.overlay = None;
            }
        }
        self.app.answers = Answers::default();
        self.sync();
        self.app.cell.0 = self.app.at.row;
        match job {
            Job::Next { .. } => {
                self.played(self.app.at.pass);
                let token = self.app.pass()?.tokens.last()?;
                let text = text::token(&token.text);
                let n = self.app.at.pass;
                let lost = match before {
                    before if before >= now => {
                        let passes = later(now - 1, before);
                        say_with("pane-note-dropped", &[("passes", passes.into())])
                    }
                    _ => say("pane-note-back").into(),
                };
                // The pane says it of each token that appears by itself.
                if self.plays() {
                    return None;
                }
                let kept = self.app.pass()?.start;
                Some(Message::Note(say_with(
                    "pane-note-next",
                    &[
                        ("token", plain(text)),
                        ("pass", plain(n)),
                        ("back", lost.into()),
                        ("kept", plain(kept)),
                    ],
                )))
            }
            _ => None,
        }
    }
}

/// The effect of a change to the interventions, in a line.
fn said(revision: &Revision, all: &[Intervention], reached: &[Place]) -> String {
    let followed = interventions::reached_text(reached);
    let number = interventions::number_of(revision, all);
    let list = listed_interventions(all);
    match number.and_then(|n| list.get(n - 1)) {
        Some(one) if one.on => {
            let met = match one.points.len() {
                0 => String::new(),
                1 => " at 1 hook point".into(),
                n => format!(" at {n} hook points"),
            };
            format!("{} {}{met} · {followed}", one.number, one.command)
        }
        Some(one) => {
            let change = format!("{} {}", one.number, one.command);
            say_with("pane-note-off", &[("change", change.into())])
        }
        None if all.is_empty() && *revision == Revision::Clear => say("pane-note-cleared").into(),
        None if all.is_empty() => say("pane-note-none-left").into(),
        None => {
            let on = list.iter().filter(|one| one.on).count();
            say_with(
                "pane-note-some-on",
                &[("on", on.into()), ("n", list.len().into())],
            )
        }
    }
}

/// An overlay with the text of a reply, its first line as the title.
fn reply_overlay(reply: &Reply) -> Overlay {
    let text = reply.text();
    let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let lines: Vec<String> = rest.lines().map(str::to_owned).collect();
    listed(title.to_owned(), lines)
}
