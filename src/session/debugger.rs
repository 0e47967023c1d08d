//! The debugger's state: where the cursor stands, the passes, the breakpoints; moved by commands.

use std::path::PathBuf;

use globset::{Glob, GlobMatcher, GlobSet, GlobSetBuilder};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};

use super::ask::{About, Ask};
use super::command::{
    Command, Depth, Direction, Pick, ScreenCommand, SliceSpec, TemperatureChange, Which,
};
use super::query::Temperature;
use crate::trace::plan::Plan;
use crate::trace::source::{Choice, Pass, Sampling};
use crate::trace::tensor::Distribution;
use crate::trace::{self, hook};

/// Work that changes the source or runs it.
#[derive(Clone, Debug)]
pub enum Job {
    Next { pass: usize, choice: Choice },
    Restart(String),
    Save { path: PathBuf, hooks: GlobSet },
}

/// Hook points at which `continue` stops.
#[derive(Clone, Debug)]
pub struct Breakpoint {
    pub pattern: String,
    pub enabled: bool,
    matcher: GlobMatcher,
}

impl Breakpoint {
    /// Whether any spelling of the name matches.
    pub fn matches(&self, name: &str) -> bool {
        hook::spellings(name)
            .iter()
            .any(|s| self.matcher.is_match(s))
    }
}

/// Elements of each axis that `print` shows where the slice does not say: of the last axis, the one
/// before it, and all others.
const SHOWN: [usize; 3] = [12, 16, 4];

/// What is left to do after a command.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The cursor, the row, the temperature or the breakpoints may have changed.
    Done,
    Note(String),
    List {
        title: String,
        lines: Vec<String>,
    },
    Job(Job),
    /// To be answered by the source, then shown.
    Ask(Ask),
    Screen(ScreenCommand),
    Help(Option<String>),
    Quit,
}

#[derive(Clone, Debug)]
pub struct Debugger {
    pub passes: Vec<Pass>,
    pub pass: usize,
    pub point: usize,
    /// Counted in the pass.
    pub row: usize,
    pub temperature: Temperature,
    pub breakpoints: Vec<Breakpoint>,
}

impl Debugger {
    /// At the first hook point of the first pass.
    pub fn new(passes: Vec<Pass>) -> Debugger {
        let mut out = Debugger {
            passes,
            pass: 0,
            point: 0,
            row: 0,
            temperature: Temperature::default(),
            breakpoints: Vec::new(),
        };
        out.row = out.last_row();
        out
    }

    fn plan(&self) -> &Plan {
        &self.passes[self.pass].plan
    }

    fn last_row(&self) -> usize {
        let pass = &self.passes[self.pass];
        (pass.tokens.len() - pass.start.min(pass.tokens.len())).saturating_sub(1)
    }

    /// Take over the passes after a job. A new one is looked at from where the cursor stood.
    pub fn set_passes(&mut self, passes: Vec<Pass>) {
        let grown = passes.len() > self.pass + 1;
        self.passes = passes;
        self.pass = match grown {
            true => self.passes.len() - 1,
            false => self.pass.min(self.passes.len().saturating_sub(1)),
        };
        self.point = self.point.min(self.plan().len().saturating_sub(1));
        self.row = self.last_row();
    }

    /// Whether `continue` stops at this hook point.
    pub fn stops_at(&self, point: usize) -> bool {
        let name = &self.plan().points()[point].name;
        self.breakpoints
            .iter()
            .any(|b| b.enabled && b.matches(name))
    }

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
            } => {
                for _ in 0..*count {
                    let to = self.moved(*depth, *direction);
                    if to == self.point {
                        break;
                    }
                    self.point = to;
                }
                Ok(Outcome::Done)
            }
            Command::Continue(direction) => {
                self.point = self.continued(*direction);
                Ok(Outcome::Done)
            }
            Command::Goto(name) => self.goto(name),
            Command::Top => {
                self.point = 0;
                Ok(Outcome::Done)
            }
            Command::End => {
                self.point = self.plan().len().saturating_sub(1);
                Ok(Outcome::Done)
            }
            Command::Break(pattern) => {
                let here = || self.plan().points()[self.point].name.clone();
                let pattern = pattern.clone().unwrap_or_else(here);
                self.add(pattern)
            }
            Command::Breakpoints => Ok(self.list()),
            Command::Toggle(None) => {
                let name = self.plan().points()[self.point].name.clone();
                match self.breakpoints.iter().position(|b| b.pattern == name) {
                    Some(i) => {
                        self.breakpoints.remove(i);
                        Ok(Outcome::Note("breakpoint taken away".into()))
                    }
                    None => self.add(name),
                }
            }
            Command::Toggle(Some(n)) => {
                let i = self.numbered(*n)?;
                self.breakpoints[i].enabled = !self.breakpoints[i].enabled;
                Ok(self.list())
            }
            Command::Delete(None) => {
                self.breakpoints.clear();
                Ok(Outcome::Note("all breakpoints deleted".into()))
            }
            Command::Delete(Some(n)) => {
                let i = self.numbered(*n)?;
                let gone = self.breakpoints.remove(i);
                Ok(Outcome::Note(format!("deleted {}", gone.pattern)))
            }
            Command::Token(pick) => self.token(pick, lens),
            Command::Pass(which) => {
                let to = step(*which, self.pass, self.passes.len())
                    .ok_or_else(|| format!("there are passes 0 to {}", self.passes.len() - 1))?;
                self.pass = to;
                self.point = self.point.min(self.plan().len().saturating_sub(1));
                self.row = self.last_row();
                Ok(Outcome::Done)
            }
            Command::Prompt(text) => Ok(Outcome::Job(Job::Restart(text.clone()))),
            Command::Save { path, hooks } => {
                let mut set = GlobSetBuilder::new();
                let all = ["*".to_owned()];
                for glob in if hooks.is_empty() { &all[..] } else { hooks } {
                    set.add(Glob::new(glob).map_err(|e| e.to_string())?);
                }
                let hooks = set.build().map_err(|e| e.to_string())?;
                let path = PathBuf::from(path);
                Ok(Outcome::Job(Job::Save { path, hooks }))
            }
            Command::Row(which) => {
                let last = self.last_row();
                self.row = step(*which, self.row, last + 1)
                    .ok_or_else(|| format!("this pass has rows 0 to {last}"))?;
                Ok(Outcome::Done)
            }
            Command::Temperature(change) => {
                self.temperature = match change {
                    TemperatureChange::Up => self.temperature.up(),
                    TemperatureChange::Down => self.temperature.down(),
                    TemperatureChange::To(t) => *t,
                };
                Ok(Outcome::Done)
            }
            Command::Where => {
                let (plan, point) = (self.plan(), self.point);
                let name = &plan.points()[point].name;
                let words = format!(
                    "pass {} · {name} · step {}/{}",
                    self.pass,
                    point + 1,
                    plan.len()
                );
                Ok(Outcome::Note(words))
            }
            Command::Info(name) => self.ask(name.as_deref(), About::Info),
            Command::Topk { k, name } => {
                let (row, temperature, k) = (self.row, self.temperature, *k);
                let next = About::Next {
                    row,
                    k,
                    temperature,
                };
                self.ask(name.as_deref(), next)
            }
            Command::Print { name, slice } => self.print(name.as_deref(), slice),
            Command::Walk => self.ask(None, About::Walk),
            Command::Help(topic) => Ok(Outcome::Help(topic.clone())),
            Command::Quit => Ok(Outcome::Quit),
            Command::Screen(command) => Ok(Outcome::Screen(*command)),
        }
    }

    /// A question about the hook point that `name` means, without going there; the cursor's for none.
    fn ask(&self, name: Option<&str>, what: About) -> Result<Outcome, String> {
        let point = name.map_or(Ok(self.point), |name| self.fuzzy(name))?;
        let pass = self.pass;
        Ok(Outcome::Ask(Ask { pass, point, what }))
    }

    fn print(&self, name: Option<&str>, slice: &SliceSpec) -> Result<Outcome, String> {
        let at = name.map_or(Ok(self.point), |name| self.fuzzy(name))?;
        let point = &self.plan().points()[at];
        let mut slice = slice.resolve(point).map_err(|e| e.to_string())?;
        let axes = point.shape.len();
        for axis in slice.0.len()..axes {
            let shown = SHOWN[(axes - 1 - axis).min(SHOWN.len() - 1)];
            let part = 0..point.shape[axis].min(shown);
            slice.0.push(trace::tensor::Pick::Span(part));
        }
        self.ask(name, About::Values(slice))
    }

    fn add(&mut self, pattern: String) -> Result<Outcome, String> {
        let glob = Glob::new(&pattern).map_err(|e| e.to_string())?;
        let point = Breakpoint {
            matcher: glob.compile_matcher(),
            enabled: true,
            pattern,
        };
        let hits = self
            .plan()
            .points()
            .iter()
            .filter(|p| point.matches(&p.name))
            .count();
        if hits == 0 {
            return Err(format!("no hook point matches {}", point.pattern));
        }
        let words = format!("breakpoint at {}: {hits} hook points", point.pattern);
        self.breakpoints.push(point);
        Ok(Outcome::Note(words))
    }

    fn numbered(&self, n: usize) -> Result<usize, String> {
        let i = n.checked_sub(1).filter(|&i| i < self.breakpoints.len());
        i.ok_or_else(|| format!("there is no breakpoint {n}: `breakpoints` lists them"))
    }

    fn list(&self) -> Outcome {
        let line = |(i, b): (usize, &Breakpoint)| {
            let state = if b.enabled { "●" } else { "○" };
            format!("{state} {}  {}", i + 1, b.pattern)
        };
        let mut lines: Vec<_> = self.breakpoints.iter().enumerate().map(line).collect();
        if lines.is_empty() {
            lines.push("none: b puts one at the cursor, break PATTERN at many".into());
        }
        Outcome::List {
            title: "breakpoints".into(),
            lines,
        }
    }

    fn token(&self, pick: &Pick, lens: Option<&Distribution>) -> Result<Outcome, String> {
        let top = lens.map_or(&[][..], |l| &l.top);
        let choice = match pick {
            Pick::Greedy => Choice::Greedy,
            Pick::Sample {
                temperature,
                top_k,
                top_p,
                seed,
            } => Choice::Sample(Sampling {
                temperature: temperature.unwrap_or(self.temperature).get(),
                top_k: *top_k,
                top_p: *top_p,
                seed: *seed,
            }),
            Pick::Id(id) => Choice::Token(*id),
            Pick::Rank(rank) => {
                let found = rank.checked_sub(1).and_then(|i| top.get(i));
                Choice::Token(found.ok_or("the distribution shows no such candidate")?.id)
            }
            Pick::Text(text) => {
                let found = top
                    .iter()
                    .find(|c| c.text.trim_start() == text.trim_start());
                let found = found.ok_or_else(|| format!("{text} is not among the candidates"))?;
                Choice::Token(found.id)
            }
        };
        let pass = self.pass;
        Ok(Outcome::Job(Job::Next { pass, choice }))
    }

    fn goto(&mut self, name: &str) -> Result<Outcome, String> {
        self.point = self.fuzzy(name)?;
        Ok(Outcome::Done)
    }

    fn fuzzy(&self, name: &str) -> Result<usize, String> {
        let found = self
            .plan()
            .find(name)
            .or_else(|| self.matches(name).first().copied());
        found.ok_or_else(|| format!("no hook point is like {name}"))
    }

    /// Hook points whose name is like `text`, the nearest first.
    pub fn matches(&self, text: &str) -> Vec<usize> {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
        let mut chars = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (i, point) in self.plan().points().iter().enumerate() {
            let name = hook::short(&point.name);
            let text = nucleo_matcher::Utf32Str::new(&name, &mut chars);
            if let Some(score) = pattern.score(text, &mut matcher) {
                scored.push((score, i));
            }
        }
        scored.sort_by_key(|&(score, i)| (std::cmp::Reverse(score), i));
        scored.into_iter().map(|(_, i)| i).collect()
    }

    fn moved(&self, depth: Depth, direction: Direction) -> usize {
        let points = self.plan().points();
        let last = points.len().saturating_sub(1);
        let same = |i: usize, j: usize| match depth {
            Depth::Point => i == j,
            Depth::Module => {
                points[i].layer() == points[j].layer()
                    && hook::module_of(&points[i].name) == hook::module_of(&points[j].name)
                    && (i == j || hook::module_of(&points[i].name).is_some())
            }
            Depth::Layer => points[i].layer() == points[j].layer(),
        };
        match direction {
            Direction::Forward => (self.point..=last)
                .find(|&i| !same(i, self.point))
                .unwrap_or(last),
            Direction::Back => {
                let start = |i: usize| {
                    (0..=i)
                        .rev()
                        .take_while(|&j| same(j, i))
                        .last()
                        .unwrap_or(i)
                };
                match start(self.point) {
                    own if own < self.point || own == 0 => own,
                    own => start(own - 1),
                }
            }
        }
    }

    fn continued(&self, direction: Direction) -> usize {
        let last = self.plan().len().saturating_sub(1);
        match direction {
            Direction::Forward => (self.point + 1..=last)
                .find(|&i| self.stops_at(i))
                .unwrap_or(last),
            Direction::Back => (0..self.point)
                .rev()
                .find(|&i| self.stops_at(i))
                .unwrap_or(0),
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
