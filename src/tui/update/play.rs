//! Tokens one after another, at a chosen speed.

use std::time::{Duration, Instant};

use super::super::app::{Message, Play, Played, Status};
use super::super::panes::autoplay;
use super::Driver;
use crate::lang::say_with;
use crate::session::command::{Autoplay, Command, Which};
use crate::trace::query::Job;

/// How soon a token is tried again that was due while something else was at work.
const SOON: Duration = Duration::from_millis(20);

impl Driver {
    /// Begin, or go on at another speed.
    pub(super) fn autoplay(&mut self, autoplay: Autoplay) {
        let tokens = self.app.play.take().map_or(Vec::new(), |play| play.tokens);
        self.app.play = Some(Play {
            autoplay,
            paused: false,
            left: autoplay.count,
            tokens,
            ended: None,
        });
        self.due = Some(Instant::now());
    }

    /// When the next token is due, if one is.
    pub fn due(&self) -> Option<Instant> {
        let plays = self.app.play.as_ref().is_some_and(|play| !play.paused);
        self.due.filter(|_| plays && !self.disconnected)
    }

    /// A token is due: take it, unless the last one is still being computed or its probability is not known.
    pub fn play(&mut self) {
        let now = Instant::now();
        self.due = Some(now + SOON);
        // It may have been answered for before the token came.
        self.learn_probability();
        let Some(play) = self.app.play.as_ref().filter(|play| !play.paused) else {
            return;
        };
        let unknown = autoplay::ask(&self.app, play);
        let unknown = unknown.is_some_and(|query| self.app.answers.why(&query).is_none());
        if self.worker.works() || unknown || self.app.overlay.is_some() {
            return;
        }
        if play.left == Some(0) {
            self.pause_playing();
            self.dirty = true;
            return;
        }
        if let Some(pass) = self.text_ends() {
            if let Some(play) = &mut self.app.play {
                play.ended = Some(pass);
            }
            self.pause_playing();
            self.dirty = true;
            return;
        }
        let Some(debugger) = &self.debugger else {
            return;
        };
        self.due = Some(now + Duration::from_secs_f64(1.0 / play.autoplay.speed));
        let pass = debugger.at().pass;
        if pass + 1 < debugger.passes().len() {
            // It is there already, as in a trace.
            self.command(&Command::pass(Which::Number(pass + 1)));
            self.played(pass + 1);
            self.after();
        } else {
            let choice = debugger.choice(&play.autoplay);
            self.begin_at(Job::Next { pass, choice }, true);
        }
        self.dirty = true;
    }

    /// The pass of the last token, where that ends the text and nobody was told.
    fn text_ends(&self) -> Option<usize> {
        let (play, model) = (self.app.play.as_ref()?, self.app.model.as_ref()?);
        let last = play.tokens.last()?;
        let ends = model.end_tokens.contains(&last.id) && last.pass == self.app.at.pass;
        (ends && play.ended != Some(last.pass)).then_some(last.pass)
    }

    /// A key while tokens appear; whether it was one of theirs.
    pub(super) fn play_key(&mut self, name: &str) -> bool {
        let free = self.app.opened.is_none() && !self.app.zoom;
        let Some(play) = &mut self.app.play else {
            return false;
        };
        match name {
            "space" => {
                play.paused = !play.paused;
                self.due = Some(Instant::now());
            }
            // One token by hand is a step: the next ones wait.
            "t" => {
                play.paused = true;
                return false;
            }
            "esc" if free => self.stop_playing(),
            _ => return false,
        }
        true
    }

    /// Stop, and say what came of it.
    pub(super) fn stop_playing(&mut self) {
        if let Some(play) = self.app.play.take() {
            let count = play.tokens.len();
            let words = say_with("autoplay-stopped", &[("count", count.into())]);
            self.app.message = Some(Message::Note(words));
        }
        self.due = None;
    }

    /// A pass began: its token is one more, and those of dropped passes are none any more.
    pub(super) fn played(&mut self, pass: usize) {
        let text = self
            .app
            .passes
            .get(pass)
            .and_then(|pass| pass.tokens.last());
        let Some((play, token)) = self.app.play.as_mut().zip(text) else {
            return;
        };
        play.tokens.retain(|token| token.pass < pass);
        play.tokens.push(Played {
            pass,
            id: token.id,
            text: token.text.clone(),
            prob: None,
        });
        play.left = play.left.map(|left| left.saturating_sub(1));
    }

    /// Take note of how probable the last token was, once that is known.
    pub(super) fn learn_probability(&mut self) {
        let query = self
            .app
            .play
            .as_ref()
            .and_then(|play| autoplay::ask(&self.app, play));
        let Some(query) = query else { return };
        let Some(lens) = self
            .app
            .answers
            .exact(&query)
            .and_then(|answer| answer.lens())
        else {
            return;
        };
        if let Some(last) = self
            .app
            .play
            .as_mut()
            .and_then(|play| play.tokens.last_mut())
        {
            let own = lens.top.iter().find(|candidate| candidate.id == last.id);
            // A drawn token that is not among the many most probable ones is all but impossible.
            last.prob = Some(own.map_or(0.0, |own| own.prob));
        }
    }

    /// No more tokens come by themselves: there have been enough, or one did not come.
    pub(super) fn pause_playing(&mut self) {
        if let Some(play) = &mut self.app.play {
            play.paused = true;
            play.left = None;
        }
    }

    /// Whether tokens appear by themselves now.
    pub fn plays(&self) -> bool {
        self.due().is_some() && !matches!(self.app.status, Status::Failed(_))
    }
}
