//! The debugger's state: where the cursor stands, the passes, the breakpoints; moved by commands.

use super::ask::Ask;
use super::breakpoints::{self, Breakpoints};
use super::find;
use super::moves;
use super::paths;
use super::terms::{Depth, Setting, TemperatureChange, TokenPick, Which};
use super::wanted::{self, Wanted};
use super::warnings::warnings;
use crate::trace::hook;
use crate::trace::meta::patterns;
use crate::trace::plan::{HookPoint, Plan};
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

/// What is left to do after a command.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The cursor, the row, the temperature or the breakpoints may have changed.
    Done,
    Note(String),
    List {
        title: String,
        lines: Vec<String>,
        /// What a screen says under them.
        hint: Option<&'static str>,
    },
    Job(Job),
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
    breakpoints: Breakpoints,
    /// What was looked for last, and where it was found: the cursor and the element.
    wanted: Option<Wanted>,
    found: Option<(At, Vec<usize>)>,
}

impl Debugger {
    /// At the first hook point of the first pass.
    pub fn new(model: ModelInfo, passes: Vec<Pass>) -> Debugger {
        let mut out = Debugger {
            model,
            passes,
            at: At::default(),
            temperature: Temperature::default(),
            breakpoints: Breakpoints::default(),
            wanted: None,
            found: None,
        };
        out.at.row = out.first_row();
        out
    }

    pub fn at(&self) -> At {
        self.at
    }

    pub fn passes(&self) -> &[Pass] {
        &self.passes
    }

    pub fn temperature(&self) -> Temperature {
        self.temperature
    }

    pub fn plan(&self) -> &Plan {
        &self.passes[self.at.pass].plan
    }

    fn last_row(&self) -> usize {
        let pass = &self.passes[self.at.pass];
        (pass.tokens.len() - pass.start.min(pass.tokens.len())).saturating_sub(1)
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
        let to = step(which, self.at.pass, self.passes.len())
            .ok_or_else(|| format!("there are passes 0 to {}", self.passes.len() - 1))?;
        self.look_at(to);
        Ok(Outcome::Done)
    }

    /// Read predictions at another token.
    pub(super) fn row(&mut self, which: Which) -> Result<Outcome, String> {
        let last = self.last_row();
        self.at.row = step(which, self.at.row, last + 1)
            .ok_or_else(|| format!("this pass has rows 0 to {last}"))?;
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
            title: "breakpoints".into(),
            lines: self.breakpoints.lines(),
            hint: Some(":toggle N turns one off or on · :delete N or all removes"),
        }
    }

    /// The reasons to doubt the numbers.
    pub(super) fn warnings(&self) -> Outcome {
        let lines = warnings(&self.model, &self.passes);
        if lines.is_empty() {
            return Outcome::Note("there is no warning".into());
        }
        Outcome::List {
            title: "warnings".into(),
            lines,
            hint: None,
        }
    }

    fn here(&self) -> &str {
        &self.plan().points()[self.at.point].name
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
                top_k: *top_k,
                top_p: *top_p,
                seed: *seed,
            }),
            TokenPick::Id(id) => Choice::Token(*id),
            TokenPick::Rank(rank) => {
                let found = rank.checked_sub(1).and_then(|i| top.get(i));
                Choice::Token(found.ok_or("the distribution shows no such candidate")?.id)
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
            return Err(format!("{name} is not ahead in this pass: goto goes back"));
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
        let wanted = wanted.ok_or("nothing was looked for yet: find NAME, find nan, find >10")?;
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
        }
    }

    /// How many tensors of all passes the patterns choose, and their elements.
    ///
    /// # Errors
    /// One line, for a pattern that cannot be read and for patterns that choose nothing.
    pub fn chosen(&self, hooks: &[String]) -> Result<(usize, usize), String> {
        let set = patterns(hooks).map_err(|e| e.to_string())?;
        let points = self.passes.iter().flat_map(|p| p.plan.points());
        let sizes: Vec<usize> = points
            .filter(|p| hook::spellings(&p.name).iter().any(|s| set.is_match(s)))
            .map(HookPoint::numel)
            .collect();
        if sizes.is_empty() {
            let plan = self.plan();
            Err(match hooks {
                [pattern] => find::unmatched(plan, pattern),
                _ => format!("no hook point matches {}", hooks.join(" ")),
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
mod tests {
    use proptest::prelude::*;

    use super::super::command::{commands, parse};
    use super::super::fake;
    use super::*;
    use crate::trace::tensor::Candidate;

    fn run(d: &mut Debugger, line: &str) -> Result<Outcome, String> {
        let lens = Distribution {
            top: vec![Candidate {
                id: 7,
                text: " seven".into(),
                logit: 1.0,
                prob: 1.0,
            }],
            entropy: 0.0,
            temperature: 1.0,
        };
        d.run(&parse(line).unwrap(), Some(&lens))
    }

    fn at(d: &mut Debugger, lines: &[&str]) -> String {
        for line in lines {
            run(d, line).unwrap();
        }
        hook::short(d.here())
    }

    #[test]
    fn each_depth_steps_forward_and_back() {
        let mut d = Debugger::new(fake::model(), fake::passes());
        assert_eq!(at(&mut d, &["step"]), "blocks.0.resid_pre");
        assert_eq!(at(&mut d, &["next"]), "blocks.0.attn.q");
        assert_eq!(at(&mut d, &["next"]), "blocks.0.resid_post");
        assert_eq!(at(&mut d, &["reverse-next"]), "blocks.0.attn.q");
        assert_eq!(at(&mut d, &["out"]), "blocks.1.resid_pre");
        assert_eq!(at(&mut d, &["step 2", "reverse-out"]), "blocks.1.resid_pre");
        assert_eq!(at(&mut d, &["reverse-out"]), "blocks.0.resid_pre");
        assert_eq!(at(&mut d, &["end", "step", "out"]), "logits");
        assert_eq!(at(&mut d, &["top", "reverse-step"]), "embed");
    }

    #[test]
    fn breakpoints_stop_both_ways_until_they_are_off() {
        let mut d = Debugger::new(fake::model(), fake::passes());
        let pattern = ["break *.pattern", "continue"];
        assert_eq!(at(&mut d, &pattern), "blocks.0.attn.pattern");
        assert_eq!(at(&mut d, &["c"]), "blocks.1.attn.pattern");
        assert_eq!(at(&mut d, &["end", "rc", "rc"]), "blocks.0.attn.pattern");
        assert_eq!(at(&mut d, &["toggle 1", "c"]), "logits");
        assert_eq!(at(&mut d, &["delete 1", "rc"]), "embed");
        // At the cursor: put, found again, taken away.
        assert_eq!(
            at(&mut d, &["step", "toggle", "top", "c"]),
            "blocks.0.resid_pre"
        );
        assert_eq!(at(&mut d, &["toggle", "c"]), "logits");
        for (line, why) in [
            ("break nothing.*", "no hook point matches"),
            ("break [", "error parsing glob"),
            ("delete 3", "there is no breakpoint 3"),
        ] {
            let error = run(&mut d, line).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }

    #[test]
    fn names_are_found_by_what_is_typed_of_them() {
        let mut d = Debugger::new(fake::model(), fake::passes());
        assert_eq!(at(&mut d, &["goto 1.pattern"]), "blocks.1.attn.pattern");
        assert_eq!(at(&mut d, &["goto b1pat"]), "blocks.1.attn.pattern");
        let full = ["goto 0.hook_resid_post"];
        assert_eq!(at(&mut d, &full), "blocks.0.resid_post");
        assert_eq!(at(&mut d, &["goto 1.pattern"]), "blocks.1.attn.pattern");
        assert!(run(&mut d, "goto zzz").is_err());
        assert!(matches!(run(&mut d, "info logits"), Ok(Outcome::Ask(_))));
        assert_eq!(hook::short(d.here()), "blocks.1.attn.pattern");
    }

    #[test]
    fn a_new_pass_is_looked_at_from_the_same_hook_point() {
        let mut d = Debugger::new(fake::model(), fake::passes());
        run(&mut d, "goto 0.pattern").unwrap();
        let mut passes = fake::passes();
        passes.push(fake::pass(5, 4));
        d.set_passes(passes);
        assert_eq!((d.at.pass, d.at.row), (1, 0));
        assert_eq!(hook::short(d.here()), "blocks.0.attn.pattern");
        run(&mut d, "pass prev").unwrap();
        assert_eq!((d.at.pass, d.at.row), (0, 3));
        assert!(run(&mut d, "pass 2").is_err());
        assert!(run(&mut d, "row 4").is_err());
    }

    #[test]
    fn the_next_token_is_picked_in_every_way() {
        let mut d = Debugger::new(fake::model(), fake::passes());
        let mut choice = |line: &str| match run(&mut d, line) {
            Ok(Outcome::Job(Job::Next { choice, .. })) => Ok(choice),
            Ok(other) => panic!("{other:?}"),
            Err(why) => Err(why),
        };
        assert_eq!(choice("token"), Ok(Choice::Greedy));
        assert_eq!(choice("token #1"), Ok(Choice::Token(7)));
        assert_eq!(choice("token \"seven\""), Ok(Choice::Token(7)));
        assert_eq!(choice("token 3"), Ok(Choice::Token(3)));
        assert!(choice("token #2").is_err());
        // What is not among the candidates is looked for in the vocabulary.
        assert_eq!(choice("token \"华\""), Ok(Choice::Text("华".into())));
        let sampled = choice("token sample temperature=0.5 top_k=4 top_p=0.9 seed=3");
        let Ok(Choice::Sample(s)) = sampled else {
            panic!("{sampled:?}");
        };
        assert_eq!((s.temperature, s.top_k, s.top_p, s.seed), (0.5, 4, 0.9, 3));
    }

    #[test]
    fn gdbs_words_work() {
        let mut d = Debugger::new(fake::model(), fake::passes());
        // Gone after it has stopped once; a pattern stops at its first hook point alone.
        assert_eq!(
            at(&mut d, &["tbreak *.pattern", "c"]),
            "blocks.0.attn.pattern"
        );
        assert_eq!(at(&mut d, &["c"]), "logits");
        assert_eq!(at(&mut d, &["top", "until 1.q"]), "blocks.1.attn.q");
        assert_eq!(
            at(&mut d, &["top", "until pattern"]),
            "blocks.0.attn.pattern"
        );
        assert_eq!(at(&mut d, &["u *.pattern"]), "blocks.1.attn.pattern");
        let why = run(&mut d, "until 0.q").unwrap_err();
        assert!(why.contains("is not ahead"), "{why}");
        assert_eq!(
            at(&mut d, &["top", "break 0.resid_post", "advance logits"]),
            "blocks.0.resid_post"
        );
        for (line, same) in [
            ("info breakpoints", "breakpoints"),
            ("info tokens", "tokens"),
            ("p 0.q [0]", "print 0.q [0]"),
            ("x/8f 0.q", "print/8 0.q"),
            ("set temperature 0.5", "temperature 0.5"),
            ("set row = 2", "row 2"),
        ] {
            assert_eq!(parse(line), parse(same), "{line}");
        }
        for (line, why) in [
            ("step/8", "step takes no argument, and `/8` is one"),
            ("x/0", "/N is a whole number from 1"),
            ("set volume 3", "set does not understand `volume`"),
            ("set row", "set needs VALUE"),
            ("show nothing", "show does not understand"),
            ("find >x", "find does not understand"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(why), "{line}: {error}");
        }
        run(&mut d, "set temperature 0.5").unwrap();
        let Ok(Outcome::Note(shown)) = run(&mut d, "show temperature") else {
            panic!("no note");
        };
        assert_eq!(shown, "temperature 0.5");
    }

    #[test]
    fn a_name_is_looked_for_both_ways_and_round() {
        let mut d = Debugger::new(fake::model(), fake::passes());
        assert_eq!(at(&mut d, &["find resid"]), "blocks.0.resid_pre");
        assert_eq!(at(&mut d, &["find"]), "blocks.0.resid_post");
        assert_eq!(at(&mut d, &["find *.pattern"]), "blocks.1.attn.pattern");
        assert_eq!(at(&mut d, &["find"]), "blocks.0.attn.pattern");
        assert_eq!(at(&mut d, &["reverse-find"]), "blocks.1.attn.pattern");
        assert_eq!(at(&mut d, &["rf hook_embed"]), "embed");
        let why = run(&mut d, "find *.patern").unwrap_err();
        assert!(why.contains("did you mean *.pattern"), "{why}");
        let mut fresh = Debugger::new(fake::model(), fake::passes());
        assert!(run(&mut fresh, "find").is_err());
    }

    #[test]
    fn names_are_shown_in_one_form() {
        let mut d = Debugger::new(fake::model(), fake::passes());
        run(&mut d, "goto 1.pattern").unwrap();
        for line in ["toggle", "breakpoints", "where", "print [9]", "delete 1"] {
            let shown = match run(&mut d, line) {
                Ok(Outcome::Note(text)) | Err(text) => text,
                Ok(Outcome::List { lines, .. }) => lines.join(" "),
                Ok(other) => panic!("{other:?}"),
            };
            assert!(shown.contains("blocks.1.attn.pattern"), "{line}: {shown}");
        }
    }

    #[test]
    fn saving_tells_what_it_chooses() {
        let d = Debugger::new(fake::model(), fake::passes());
        let all = d.passes[0].plan.points();
        let elements = all.iter().map(HookPoint::numel).sum();
        assert_eq!(d.chosen(&[]), Ok((all.len(), elements)));
        assert_eq!(d.chosen(&["*.pattern".into()]), Ok((2, 2 * 2 * 4 * 4)));
        assert!(d.chosen(&["nothing".into()]).is_err());
    }

    proptest! {
        /// Whatever is typed, the parser and the debugger answer, and the cursor stays in the plan.
        #[test]
        fn no_line_panics(lines in proptest::collection::vec(line(), 1..12)) {
            let mut d = Debugger::new(fake::model(), fake::passes());
            for line in lines {
                if let Ok(command) = parse(&line) {
                    let _ = d.run(&command, None);
                }
                prop_assert!(d.at.pass < d.passes.len());
                prop_assert!(d.at.point < d.plan().len());
                prop_assert!(d.at.row <= d.last_row());
            }
        }
    }

    /// A command or nonsense, followed by arguments or nonsense.
    fn line() -> impl Strategy<Value = String> {
        let names: Vec<&str> = commands().map(|spec| spec.name).collect();
        let examples: Vec<&str> = commands().map(|spec| spec.example).collect();
        let word = prop_oneof![
            proptest::sample::select(names).prop_map(str::to_owned),
            ".*"
        ];
        let argument =
            "(next|prev|all|[0-9]{1,21}|-[0-9]|\\[[-0-9:, ]*\\]?|[#\"*.a-z0-9=]{0,9}| |中)*";
        prop_oneof![
            proptest::sample::select(examples).prop_map(str::to_owned),
            (word, argument).prop_map(|(word, rest)| format!("{word} {rest}")),
        ]
    }
}
