//! The debugger's state: where the cursor stands, the passes, the breakpoints; moved by commands.

use std::sync::OnceLock;

use super::ask::Ask;
use super::beside::{Beside, weights};
use super::breakpoints::{self, Breakpoints};
use super::find;
use super::moves;
use super::saved::{Cursor, Kept};
use super::terms::{Autoplay, Cut, Depth, Setting, TemperatureChange, TokenPick, Which};
use super::wanted::{self, Wanted};
use super::warnings::warnings;
use crate::graph::named::Named;
use crate::lang::{plain, say, say_with};
use crate::trace::align::align;
use crate::trace::lens_file::LensInfo;
use crate::trace::meta::selected;
use crate::trace::paths;
use crate::trace::plan::Plan;
use crate::trace::query::{Choice, Direction, Job, Query, Sampling, Temperature};
use crate::trace::source::{ModelInfo, Pass};
use crate::trace::tensor::{Candidate, Distribution};

/// Where the debugger stands. A value: whoever wants to be elsewhere asks the debugger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    pub pass: usize,
    /// The hook point's place in the pass's plan.
    pub point: usize,
    /// The token that predictions are read at, counted in the pass.
    pub row: usize,
}

/// The work that is left after a command.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The cursor, the row, the temperature or the breakpoints may have changed.
    Done,
    Note(String),
    List {
        title: String,
        lines: Vec<String>,
        /// The hint that a screen shows under them.
        hint: Option<&'static str>,
    },
    Job(Job),
    /// One token after another.
    Play(Autoplay),
    /// A matrix to be looked at that is no step of the pass.
    Open(Beside),
    /// To be answered by the source, then shown.
    Ask(Ask),
    /// A file whose lines are to be run.
    Source(String),
    Help(Option<String>),
    Quit,
}

#[derive(Clone, Debug)]
pub struct Debugger {
    model: ModelInfo,
    passes: Vec<Pass>,
    at: At,
    temperature: Temperature,
    cut: Cut,
    breakpoints: Breakpoints,
    /// The last search and the place of its hit: the cursor and the element.
    wanted: Option<Wanted>,
    found: Option<(At, Vec<usize>)>,
    /// The names of the weights, after one was first asked for.
    weights: OnceLock<Vec<Named>>,
}

impl Debugger {
    /// At the first hook point of the first pass.
    pub fn new(model: ModelInfo, passes: Vec<Pass>) -> Debugger {
        let mut out = Debugger {
            model,
            passes,
            at: At::default(),
            temperature: Temperature::default(),
            cut: Cut::default(),
            breakpoints: Breakpoints::default(),
            wanted: None,
            found: None,
            weights: OnceLock::new(),
        };
        out.at.row = out.first_row();
        out
    }

    /// Every weight of the model, where its architecture is known.
    pub fn weights(&self) -> &[Named] {
        self.weights.get_or_init(|| weights(&self.model))
    }

    pub fn at(&self) -> At {
        self.at
    }

    pub fn model(&self) -> &ModelInfo {
        &self.model
    }

    pub fn passes(&self) -> &[Pass] {
        &self.passes
    }

    /// Take over the lens that a job has put in use.
    pub fn set_lens(&mut self, lens: Option<LensInfo>) {
        self.model.lens = lens;
    }

    /// Read through the lens in a file, or by the logit lens.
    pub(super) fn lens_file(&self, path: &str) -> Outcome {
        let path = (path != "none").then(|| paths::expanded(path));
        Outcome::Job(Job::Lens { path })
    }

    pub fn temperature(&self) -> Temperature {
        self.temperature
    }

    pub fn cut(&self) -> Cut {
        self.cut
    }

    pub(super) fn set_cut(&mut self, cut: Cut) {
        self.cut = cut;
    }

    pub fn plan(&self) -> &Plan {
        &self.passes[self.at.pass].plan
    }

    fn last_row(&self) -> usize {
        let pass = &self.passes[self.at.pass];
        pass.rows().saturating_sub(1)
    }

    fn first_row(&self) -> usize {
        self.model.first_row(&self.passes[self.at.pass])
    }

    /// Take over the passes after a job. A new one is looked at from where the cursor stood.
    pub fn set_passes(&mut self, passes: Vec<Pass>) {
        let grown = passes.len() > self.at.pass + 1;
        self.passes = passes;
        let last = self.passes.len().saturating_sub(1);
        self.look_at(if grown { last } else { self.at.pass });
    }

    /// Look at another source from where the cursor stands: at the hook point of the same name, and at the
    /// token's counterpart.
    pub fn enter(&mut self, model: ModelInfo, passes: Vec<Pass>) {
        let (point, At { pass, row, .. }) = (self.here().to_owned(), self.at);
        let own = &self.passes[pass];
        let (tokens, token) = (own.tokens.clone(), own.start + row);
        let at_end = (pass + 1 == self.passes.len(), row + 1 == own.rows());
        if model != self.model {
            self.weights = OnceLock::new();
        }
        (self.model, self.passes, self.found) = (model, passes, None);
        let last = self.passes.len().saturating_sub(1);
        self.at.pass = if at_end.0 { last } else { pass.min(last) };
        let here = &self.passes[self.at.pass];
        let found = here.plan.position(&point);
        self.at.point = found.unwrap_or(self.at.point.min(here.plan.len().saturating_sub(1)));
        let aligned = align(&tokens, &here.tokens).get(token).copied().flatten();
        let row = aligned.and_then(|at| at.checked_sub(here.start));
        self.at.row = row.filter(|_| !at_end.1).unwrap_or(self.first_row());
    }

    /// Where it stands, to be returned to in another run.
    pub fn to_keep(&self) -> Kept {
        Kept {
            cursor: Cursor {
                pass: self.at.pass,
                point: self.here().to_owned(),
                row: self.at.row,
            },
            temperature: self.temperature,
            top_k: self.cut.top_k,
            top_p: Some(self.cut.top_p),
            breakpoints: self.breakpoints.kept(),
            ..Kept::default()
        }
    }

    /// Return to where an earlier run stood, as far as these passes have it.
    pub fn resume(&mut self, kept: &Kept) {
        self.temperature = kept.temperature;
        self.cut = Cut {
            top_k: kept.top_k,
            top_p: kept.top_p.unwrap_or(self.cut.top_p),
        };
        self.breakpoints = Breakpoints::of(&kept.breakpoints);
        self.look_at(kept.cursor.pass);
        self.at.point = self.plan().position(&kept.cursor.point).unwrap_or_default();
        self.read_at(kept.cursor.row);
    }

    /// Whether `continue` stops at this hook point.
    pub fn stops_at(&self, point: usize) -> bool {
        self.breakpoints.stop_at(&self.plan().points()[point].name)
    }

    /// Take steps of a depth, as far as the pass goes.
    pub(super) fn step(&mut self, depth: Depth, direction: Direction, count: usize) {
        for _ in 0..count {
            let to = moves::moved(self.plan(), self.at.point, depth, direction);
            if to == self.at.point {
                break;
            }
            self.at.point = to;
        }
    }

    /// Go on to a breakpoint, or to the end of the pass.
    pub(super) fn go_on(&mut self, direction: Direction) {
        self.at.point = self.continued(direction, |_| false);
        self.breakpoints
            .reached(&self.passes[self.at.pass].plan.points()[self.at.point].name);
    }

    /// Go to the first hook point of the pass.
    pub fn go_to_top(&mut self) {
        self.at.point = 0;
    }

    /// Go to the last hook point of the pass.
    pub(super) fn go_to_end(&mut self) {
        self.at.point = self.plan().len().saturating_sub(1);
    }

    /// Stop where a pattern matches; without one, at the cursor.
    pub(super) fn break_at(
        &mut self,
        pattern: Option<&str>,
        once: bool,
    ) -> Result<Outcome, String> {
        let pattern = pattern.unwrap_or(self.here()).to_owned();
        self.breakpoints
            .add(pattern, once, &self.passes[self.at.pass].plan)
            .map(Outcome::Note)
    }

    /// Turn a breakpoint on or off; without a number put one at the cursor, or take it away.
    pub(super) fn toggle(&mut self, n: Option<usize>) -> Result<Outcome, String> {
        match n {
            None => {
                let name = self.here().to_owned();
                let plan = &self.passes[self.at.pass].plan;
                self.breakpoints.put_or_take(name, plan).map(Outcome::Note)
            }
            Some(n) => self.breakpoints.toggle(n).map(|()| self.list()),
        }
    }

    /// Delete a breakpoint, or all.
    pub(super) fn delete(&mut self, n: Option<usize>) -> Result<Outcome, String> {
        self.breakpoints.delete(n).map(Outcome::Note)
    }

    /// Look at another pass.
    pub(super) fn pass(&mut self, which: Which) -> Result<Outcome, String> {
        let to = step(which, self.at.pass, self.passes.len()).ok_or_else(|| {
            let last = ("last", plain(self.passes.len() - 1));
            say_with("error-passes", &[last])
        })?;
        self.look_at(to);
        Ok(Outcome::Done)
    }

    /// Read predictions at another token.
    pub(super) fn row(&mut self, which: Which) -> Result<Outcome, String> {
        let last = self.last_row();
        self.at.row = step(which, self.at.row, last + 1)
            .ok_or_else(|| say_with("error-rows", &[("last", plain(last))]))?;
        Ok(Outcome::Done)
    }

    pub(super) fn change_temperature(&mut self, change: TemperatureChange) {
        self.temperature = match change {
            TemperatureChange::Up => self.temperature.up(),
            TemperatureChange::Down => self.temperature.down(),
            TemperatureChange::To(t) => t,
        };
    }

    /// Write a trace of what the patterns choose.
    pub(super) fn save(&self, path: &str, hooks: &[String]) -> Result<Outcome, String> {
        self.chosen(hooks)?;
        let (path, hooks) = (paths::expanded(path), hooks.to_vec());
        Ok(Outcome::Job(Job::Save { path, hooks }))
    }

    /// The breakpoints with their numbers.
    pub(super) fn list(&self) -> Outcome {
        Outcome::List {
            title: say("pane-breakpoints").into(),
            lines: self.breakpoints.lines(),
            hint: Some(say("pane-note-breakpoints")),
        }
    }

    /// The reasons to doubt the numbers.
    pub(super) fn warnings(&self) -> Outcome {
        let lines = warnings(&self.model, &self.passes);
        if lines.is_empty() {
            return Outcome::Note(say("pane-note-no-warning").into());
        }
        Outcome::List {
            title: say("pane-warnings").into(),
            lines,
            hint: None,
        }
    }

    fn here(&self) -> &str {
        &self.plan().points()[self.at.point].name
    }

    /// The choice of one token of many in a row; draws with one seed differ from pass to pass.
    pub fn choice(&self, play: &Autoplay) -> Choice {
        if play.sample {
            Choice::Sample(self.sampling())
        } else {
            Choice::Greedy
        }
    }

    /// Choose the next token; `lens` is the distribution at the cursor.
    pub(super) fn token(
        &self,
        pick: &TokenPick,
        lens: Option<&Distribution>,
    ) -> Result<Outcome, String> {
        let top = lens.map_or(&[][..], |l| &l.top);
        let choice = match pick {
            TokenPick::Greedy => Choice::Greedy,
            TokenPick::Sample {
                temperature,
                top_k,
                top_p,
                seed,
            } => Choice::Sample(Sampling {
                temperature: temperature.unwrap_or(self.temperature).get(),
                top_k: top_k.unwrap_or(self.cut.top_k),
                top_p: top_p.unwrap_or(self.cut.top_p),
                seed: *seed,
            }),
            TokenPick::Id(id) => Choice::Token(*id),
            TokenPick::Rank(rank) => {
                let found = rank.checked_sub(1).and_then(|i| top.get(i));
                Choice::Token(found.ok_or_else(|| say("error-no-candidate"))?.id)
            }
            TokenPick::Text(text) => {
                let exact = top.iter().find(|c| c.text == *text);
                let like = |c: &&Candidate| c.text.trim_start() == text.trim_start();
                // The vocabulary knows those that are not probable.
                match exact.or_else(|| top.iter().find(like)) {
                    Some(found) => Choice::Token(found.id),
                    None => Choice::Text(text.clone()),
                }
            }
        };
        let pass = self.at.pass;
        Ok(Outcome::Job(Job::Next { pass, choice }))
    }

    pub(super) fn goto(&mut self, name: &str) -> Result<Outcome, String> {
        if let Some(beside) = self.beside(name)? {
            return Ok(Outcome::Open(beside));
        }
        self.at.point = self.fuzzy(name)?;
        Ok(Outcome::Done)
    }

    pub(super) fn fuzzy(&self, name: &str) -> Result<usize, String> {
        find::resolve(self.plan(), name)
    }

    /// On to the first hook point of this name behind the cursor, or to a breakpoint before it.
    pub(super) fn until(&mut self, name: &str) -> Result<Outcome, String> {
        let plan = &self.passes[self.at.pass].plan;
        let mut targets = breakpoints::matching(name, plan)?;
        if targets.is_empty() {
            let ahead = find::nearest(plan, name)
                .into_iter()
                .find(|&i| i > self.at.point);
            targets.extend(ahead);
        }
        if targets.is_empty() {
            find::resolve(plan, name)?;
        }
        if !targets.iter().any(|&i| i > self.at.point) {
            return Err(say_with("error-behind", &[("name", plain(name))]));
        }
        self.at.point = self.continued(Direction::Forward, |i| targets.contains(&i));
        let name = &self.passes[self.at.pass].plan.points()[self.at.point].name;
        self.breakpoints.reached(name);
        Ok(Outcome::Done)
    }

    pub(super) fn find(
        &mut self,
        what: Option<Wanted>,
        direction: Direction,
    ) -> Result<Outcome, String> {
        let wanted = what.or(self.wanted.clone());
        let wanted = wanted.ok_or_else(|| say("error-nothing-wanted"))?;
        self.wanted = Some(wanted.clone());
        match wanted {
            Wanted::Name(text) => {
                self.at.point = wanted::next_name(self.plan(), &text, self.at.point, direction)?;
                Ok(Outcome::Done)
            }
            Wanted::Value(test) => {
                let last = self.found.as_ref();
                let behind =
                    last.filter(|(at, _)| (at.pass, at.point) == (self.at.pass, self.at.point));
                Ok(Outcome::Ask(Ask::One(Query::Find {
                    pass: self.at.pass,
                    point: self.meant(None)?,
                    behind: behind.map(|(_, index)| index.clone()),
                    test,
                    direction,
                })))
            }
        }
    }

    /// Go to a value that was found in a pass; whether the cursor is there.
    pub fn found(&mut self, pass: usize, point: &str, index: &[usize]) -> bool {
        let found = self.plan().find(point).filter(|_| pass == self.at.pass);
        if let Some(point) = found {
            self.at.point = point;
            self.found = Some((self.at, index.to_vec()));
        }
        found.is_some()
    }

    /// Read predictions at a row of the pass, or at its last where it has fewer.
    pub fn read_at(&mut self, row: usize) {
        self.at.row = row.min(self.last_row());
    }

    /// Look at a pass that began, or at the last where there are fewer.
    pub fn look_at(&mut self, pass: usize) {
        self.at.pass = pass.min(self.passes.len().saturating_sub(1));
        self.at.point = self.at.point.min(self.plan().len().saturating_sub(1));
        self.at.row = self.first_row();
    }

    /// Say how something is set, or everything.
    pub(super) fn show(&self, setting: Option<Setting>) -> Outcome {
        match setting {
            Some(setting) => Outcome::Note(self.setting(setting)),
            None => Outcome::List {
                title: "settings".into(),
                lines: Setting::ALL.map(|s| self.setting(s)).to_vec(),
                hint: None,
            },
        }
    }

    /// How something is set, as text.
    pub fn setting(&self, setting: Setting) -> String {
        match setting {
            Setting::Temperature => format!("temperature {}", self.temperature),
            Setting::Row => format!("row {}", self.at.row),
            Setting::Lens => match &self.model.lens {
                Some(lens) => format!("lens-file {}: {lens}", lens.path.display()),
                None => "lens-file none: the logit lens".into(),
            },
        }
    }

    /// How many tensors of all passes the patterns choose, and their elements.
    ///
    /// # Errors
    /// One line, for a pattern that cannot be read and for patterns that choose nothing.
    pub fn chosen(&self, hooks: &[String]) -> Result<(usize, usize), String> {
        let found = selected(&self.passes, hooks).map_err(|e| e.to_string())?;
        let sizes = found.points.iter();
        let sizes: Vec<usize> = sizes
            .map(|&(pass, point)| self.passes[pass].plan.points()[point].numel())
            .collect();
        if sizes.is_empty() {
            let plan = self.plan();
            Err(match hooks {
                [pattern] => find::unmatched(plan, pattern),
                _ => {
                    let pattern = ("pattern", hooks.join(" ").into());
                    say_with("error-no-match", &[pattern, ("near", "".into())])
                }
            })
        } else {
            Ok((sizes.len(), sizes.iter().sum()))
        }
    }

    /// Hook points whose name is like `text`, the nearest first.
    pub fn matches(&self, text: &str) -> Vec<usize> {
        find::nearest(self.plan(), text)
    }

    /// Where a breakpoint stops, or something else does.
    fn continued(&self, direction: Direction, stops: impl Fn(usize) -> bool) -> usize {
        let last = self.plan().len().saturating_sub(1);
        let stops = |&i: &usize| self.stops_at(i) || stops(i);
        match direction {
            Direction::Forward => (self.at.point + 1..=last).find(stops).unwrap_or(last),
            Direction::Back => (0..self.at.point).rev().find(stops).unwrap_or(0),
        }
    }
}

fn step(which: Which, at: usize, len: usize) -> Option<usize> {
    let to = match which {
        Which::Next => at + 1,
        Which::Previous => at.checked_sub(1)?,
        Which::Number(n) => n,
    };
    (to < len).then_some(to)
}

#[cfg(test)]
mod tests;
