//! Interventions at the cursor's pass, and what is printed of them.

use std::collections::HashSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::ask::Ask;
use super::command::change::Changed;
use super::debugger::{Debugger, Outcome};
use super::{breakpoints, find, format};
use crate::graph::arch::Arch;
use crate::graph::{Graph, NodeId};
use crate::trace::glob::is_pattern;
use crate::trace::grid::Chosen;
use crate::trace::hook;
use crate::trace::intervention::{Change, Effect, Glob, Intervention, Revision, entries};
use crate::trace::query::{Job, Place, Query};
use crate::trace::source::{ModelInfo, Pass};
use crate::trace::tensor::Slice;

/// An intervention in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    pub number: usize,
    /// The command that makes it.
    pub command: String,
    pub on: bool,
    pub pass: usize,
    /// Whether it holds in later passes too.
    pub later: bool,
    /// The hook points that its pattern meets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<String>,
    #[serde(skip)]
    holds: String,
}

impl Debugger {
    /// Make an intervention in the cursor's pass.
    pub(super) fn intervene(&self, changed: &Changed) -> Result<Outcome, String> {
        if let Some(pattern) = changed.name.as_deref().filter(|name| is_pattern(name)) {
            return self.intervene_at_each(pattern, changed);
        }
        let name = self.meant(changed.name.as_deref())?;
        let point = self.plan().find(&name).ok_or("no such hook point")?;
        let slice = changed.slice.resolve(&self.plan().points()[point]);
        let slice = slice.map_err(|e| e.to_string())?;
        let one = Intervention::new(self.at().pass, &name, slice, changed.change.clone());
        let revision = Revision::Put(one);
        Ok(Outcome::Job(Job::Intervene { revision }))
    }

    /// Make an intervention at every hook point of the cursor's pass that a pattern meets.
    fn intervene_at_each(&self, pattern: &str, changed: &Changed) -> Result<Outcome, String> {
        let points = self.plan().points();
        let met = breakpoints::matching(pattern, self.plan())?;
        if met.is_empty() {
            return Err(find::unmatched(self.plan(), pattern));
        }
        let count = met.len();
        let one = |(index, at): (usize, usize)| {
            let hook = &points[at];
            let slice = changed.slice.resolve(hook);
            let slice = slice.map_err(|why| format!("{}: {why}", hook::short(&hook.name)))?;
            let pattern = pattern.to_owned();
            let glob = Some(Glob {
                pattern,
                count,
                index,
            });
            let change = changed.change.clone();
            let one = Intervention::new(self.at().pass, &hook.name, slice, change);
            Ok(Intervention { glob, ..one })
        };
        let each = met.into_iter().enumerate().map(one);
        let revision = Revision::PutEach(each.collect::<Result<_, String>>()?);
        Ok(Outcome::Job(Job::Intervene { revision }))
    }

    /// Forbid a token in the cursor's pass and those after it.
    pub(super) fn forbid(&self, token: &Chosen) -> Result<Outcome, String> {
        if !self.plan().has_logits() {
            return Err("this model has no logits, and no token to forbid".into());
        }
        let change = Change::Forbid(token.clone());
        let one = Intervention::new(self.at().pass, "logits", Slice::default(), change);
        let revision = Revision::Put(one);
        Ok(Outcome::Job(Job::Intervene { revision }))
    }

    /// The answer at the cursor's row before and after the interventions.
    pub(super) fn effect(&self, k: usize) -> Outcome {
        let at = self.at();
        Outcome::Ask(Ask::One(Query::Effect {
            pass: at.pass,
            row: at.row,
            k,
            temperature: self.temperature(),
        }))
    }
}

/// Interventions with their numbers.
pub fn listed(all: &[Intervention]) -> Vec<Listed> {
    let entry = |(i, entry): (usize, Range<usize>)| {
        let each = &all[entry];
        let one = each.iter().find(|one| one.on).unwrap_or(&each[0]);
        let points = each.iter().filter(|one| one.glob.is_some());
        Listed {
            number: i + 1,
            command: one.to_string(),
            on: one.on,
            pass: one.pass,
            later: one.later,
            points: points.map(|one| hook::short(&one.point)).collect(),
            holds: one.holds(),
        }
    };
    entries(all).into_iter().enumerate().map(entry).collect()
}

/// The number of the intervention that a revision was about, in the list after it.
pub fn number_of(revision: &Revision, all: &[Intervention]) -> Option<usize> {
    match revision {
        Revision::Put(_) | Revision::PutEach(_) => Some(entries(all).len()),
        Revision::Toggle(n) => Some(*n),
        Revision::All(_) | Revision::Undo | Revision::Redo | Revision::Clear => None,
    }
}

/// The hook points of each pass whose values may be other than the model's own, by their places in its plan.
pub fn changed(model: &ModelInfo, passes: &[Pass], all: &[Intervention]) -> Vec<HashSet<usize>> {
    if !all.iter().any(|one| one.on) {
        return vec![HashSet::new(); passes.len()];
    }
    let arch = model.arch.as_ref();
    let graph = arch.and_then(|arch| Arch::deserialize(arch).ok());
    let graph = graph.map(|arch| Graph::new(&arch));
    let mut states = Vec::new();
    let mut out = Vec::new();
    for (number, pass) in passes.iter().enumerate() {
        let here = all.iter().filter(|one| one.holds_in(number));
        let here = here.filter_map(|one| pass.plan.position(&one.point));
        let here: Vec<usize> = here.collect();
        let points = pass.plan.points();
        out.push(match &graph {
            Some(graph) => {
                let roots = here.iter().filter_map(|i| graph.find(&points[*i].name));
                let roots: Vec<NodeId> = roots.chain(std::mem::take(&mut states)).collect();
                let reached = graph.dependents(&roots);
                states = graph.changed_states(&reached);
                let names = reached.iter().map(|id| &graph.node(*id).name);
                names.filter_map(|name| pass.plan.position(name)).collect()
            }
            // Nothing tells more than the order.
            None => here
                .iter()
                .min()
                .map_or(0..0, |i| *i..points.len())
                .collect(),
        });
    }
    out
}

/// The list as people read it.
pub fn text(list: &[Listed]) -> String {
    let lines = list.iter().map(|one| {
        let mark = if one.on { "●" } else { "○" };
        format!("{mark} {} {} · {}", one.number, one.command, one.holds)
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return "there is no intervention".into();
    }
    lines.join("\n")
}

/// The effect of a change to the list.
pub fn reached_text(reached: &[Place]) -> String {
    match reached {
        [] => "it changes nothing: the value there stays as it is".into(),
        [first, ..] if reached.iter().all(|place| place.point == first.point) => {
            "only this value changes: no hook point follows from it".into()
        }
        all => format!("{} hook points change and are computed anew", all.len()),
    }
}

/// The words for interventions that were turned off, since they do not fit the passes that there are now.
pub fn off_text(before: &[Intervention], now: &[Intervention]) -> Option<String> {
    let on = |all: &[Intervention]| {
        let entries = entries(all).into_iter();
        entries
            .filter(|entry| all[entry.clone()].iter().any(|one| one.on))
            .count()
    };
    match on(before).saturating_sub(on(now)) {
        0 => None,
        1 => Some("1 intervention does not fit these tokens and is off now".into()),
        n => Some(format!(
            "{n} interventions do not fit these tokens and are off now"
        )),
    }
}

/// The effect as people read it.
pub fn effect_text(effect: &Effect, target: &str) -> String {
    if effect.same {
        return format!("{target}: the interventions change nothing, every logit has its bits");
    }
    let mut text = format!("{target}, before → after · KL {:.4} nats", effect.kl);
    let widest = effect.seen().map(|m| format::token(&m.text));
    let widest = widest.map(|t| unicode_width::UnicodeWidthStr::width(&*t));
    let widest = widest.max().unwrap_or(0);
    for moved in effect.seen() {
        let token = format::fit(&format::token(&moved.text), widest);
        let (before, after) = (moved.before, moved.after);
        text += &format!(
            "\n  {token} {} → {} ({:+.1})",
            format::percent(before),
            format::percent(after),
            100.0 * (after - before)
        );
    }
    text
}
