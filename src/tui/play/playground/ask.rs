//! Questions to the trainer, and where its answers are shown. Nothing here waits for the trainer.

use std::time::Instant;

use super::super::super::widgets::text;
use super::super::text::Text;
use super::view::{Rate, View};
use super::words;
use crate::lang::say;
use crate::play::playground::command::parse;
use crate::play::playground::now::End;
use crate::play::playground::reply::Reply;
use crate::play::playground::state::KEYS;
use crate::play::playground::trainer::{Ask, Report, Said};

impl View {
    /// Give the trainer a command line. What is wrong with it by itself is said at once; whether it went off.
    pub fn command(&mut self, line: &str) -> bool {
        self.base.message = None;
        if let Err(why) = parse(line) {
            self.base.error(why);
            return false;
        }
        self.ask(Ask::Line(line.to_owned()))
    }

    /// Run the first command lines, up to one that is wrong, and say what is to be known.
    pub fn start(&mut self, lines: &[String], warnings: &[String]) {
        for line in lines {
            if !self.command(line) {
                return;
            }
        }
        if let [first, ..] = warnings {
            self.base.error(first.clone());
        }
    }

    /// Give the trainer something to do; whether it is there.
    pub fn ask(&mut self, ask: Ask) -> bool {
        let there = self.trainer.ask(ask);
        if self.waiting == 0 {
            self.since = Instant::now();
        }
        self.asked += 1;
        self.waiting += 1;
        if !there {
            self.base.error(say("playground-ended"));
        }
        there
    }

    /// Take what the trainer tells.
    pub fn report(&mut self, report: Report) {
        self.measure(&report);
        let waiting = self.asked - report.obeyed;
        if std::mem::replace(&mut self.waiting, waiting) != waiting {
            self.since = Instant::now();
        }
        self.now = report.snapshot;
        self.running = report.running;
        if self.now.is_inside() && self.running {
            self.now.moment = None;
        }
        self.keep_spot();
        match report.said {
            None => {}
            Some(Said::Quit) => self.base.quit = true,
            Some(Said::Reply { line, reply }) => self.say(&line, &reply),
            Some(Said::Failed { line, why }) => {
                if self.base.line.is_open() || self.base.text.is_some() {
                    self.base.error(why);
                } else if typed(&line) {
                    self.base.line.refuse(&line, &why);
                } else {
                    self.base.error(why);
                }
            }
            Some(Said::Ended(End::Done)) => {}
            Some(Said::Ended(End::Stopped(stop))) => {
                self.base.note(&words::stopped(&stop.to_string()));
            }
            Some(Said::Ended(End::NotFinite(found))) => {
                self.base.error(found.to_string());
            }
        }
    }

    /// Count epochs a second while a run goes on.
    fn measure(&mut self, report: &Report) {
        let epoch = report.snapshot.training.epoch;
        if !report.running {
            self.rate = Rate::default();
            return;
        }
        let now = Instant::now();
        match self.rate.since {
            Some((since, first)) if epoch >= first => {
                let passed = now.duration_since(since).as_secs_f64();
                if passed >= 0.5 {
                    self.rate.epochs = Some((epoch - first) as f64 / passed);
                    self.rate.since = Some((now, epoch));
                }
            }
            _ => self.rate.since = Some((now, epoch)),
        }
    }

    /// Show a reply, unless the screen shows it anyway.
    fn say(&mut self, line: &str, reply: &Reply) {
        let word = line.split_whitespace().next().unwrap_or_default();
        for warning in reply.warnings() {
            self.base.error(warning.clone());
        }
        match (word, reply) {
            ("help", _) => self.help(),
            ("undo", _) => self.base.note(&words::undone(self.now.training.epoch)),
            (_, Reply::Link { link, .. }) => {
                let link = link.clone();
                self.copy(&link);
                self.show(line, &link);
            }
            (_, Reply::Done { text, warnings }) if warnings.is_empty() => {
                if !KEYS.contains(&word) && typed(line) {
                    self.base.note(text);
                }
            }
            ("show", reply) => self.show(line, &reply.to_string()),
            (_, Reply::Show(_) | Reply::Ran { .. } | Reply::Inside { .. } | Reply::Done { .. }) => {
            }
            (_, reply) => self.show(line, &reply.to_string()),
        }
    }

    pub(super) fn show(&mut self, title: &str, words: &str) {
        let width = self.base.screen.width.saturating_sub(6).max(20);
        let lines = words.lines().flat_map(|line| text::wrap(line, width));
        self.base.text = Some(Text::new(title, lines.collect()));
    }

    pub(super) fn copy(&mut self, link: &str) {
        self.copied = Some(link.to_owned());
        self.base.note(&words::copied(link));
    }
}

/// Whether a person typed such a line: a key makes no mistakes that could be mended.
fn typed(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    let by_key = ["run", "step", "back", "into", "reset", "regenerate", "undo"];
    !by_key.contains(&word)
}
