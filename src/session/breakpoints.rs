//! Where `continue` stops.

use super::find::unmatched;
use super::saved::Break;
use crate::lang::{plain, say, say_with};
use crate::trace::glob::Pattern;
use crate::trace::hook;
use crate::trace::plan::Plan;

/// Hook points at which `continue` stops.
#[derive(Clone, Debug)]
pub struct Breakpoint {
    pub pattern: String,
    pub enabled: bool,
    /// Gone once something has stopped there.
    once: bool,
    matcher: Pattern,
}

impl Breakpoint {
    fn new(pattern: String, once: bool) -> Result<Breakpoint, String> {
        Ok(Breakpoint {
            matcher: Pattern::new(&pattern).map_err(|e| e.to_string())?,
            enabled: true,
            once,
            pattern,
        })
    }

    /// Whether any spelling of the name matches.
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.matches(name)
    }
}

/// The hook points of `plan` that `pattern` matches in any spelling.
///
/// # Errors
/// One line, for a pattern that cannot be read.
pub fn matching(pattern: &str, plan: &Plan) -> Result<Vec<usize>, String> {
    let pattern = Pattern::new(pattern).map_err(|e| e.to_string())?;
    let names = plan.points().iter().enumerate();
    let hits = names.filter(|(_, hook)| pattern.matches(&hook.name));
    Ok(hits.map(|(i, _)| i).collect())
}

/// All of them, numbered from 1 in the order they were made.
#[derive(Clone, Debug, Default)]
pub struct Breakpoints(Vec<Breakpoint>);

impl Breakpoints {
    /// Whether a hook point of this name is one to stop at.
    pub fn stop_at(&self, name: &str) -> bool {
        self.0.iter().any(|b| b.enabled && b.matches(name))
    }

    /// Take note that something stopped at a hook point.
    pub fn reached(&mut self, name: &str) {
        self.0.retain(|b| !(b.once && b.enabled && b.matches(name)));
    }

    /// Stop where `pattern` matches, only the first time with `once`; says at how many hook points of `plan`
    /// that is.
    ///
    /// # Errors
    /// One line, for a pattern that cannot be read or matches nothing.
    pub fn add(&mut self, pattern: String, once: bool, plan: &Plan) -> Result<String, String> {
        let point = Breakpoint::new(pattern, once)?;
        let hits = plan.points().iter().filter(|p| point.matches(&p.name));
        let hits: Vec<String> = hits.map(|p| hook::short(&p.name)).collect();
        let many = [("pattern", plain(&point.pattern)), ("n", plain(hits.len()))];
        let words = match (&hits[..], once) {
            ([], _) => return Err(unmatched(plan, &point.pattern)),
            ([name], false) => say_with("pane-note-breakpoint", &[("name", plain(name))]),
            ([name], true) => say_with("pane-note-breakpoint-once", &[("name", plain(name))]),
            (_, false) => say_with("pane-note-breakpoint-many", &many),
            (_, true) => say_with("pane-note-breakpoint-many-once", &many),
        };
        self.0.push(point);
        Ok(words)
    }

    /// Put a breakpoint at one hook point, or take it away where there is one.
    ///
    /// # Errors
    /// The errors of [`Breakpoints::add`].
    pub fn put_or_take(&mut self, name: String, plan: &Plan) -> Result<String, String> {
        match self.0.iter().position(|b| b.pattern == name) {
            Some(i) => {
                self.0.remove(i);
                Ok(say("pane-note-breakpoint-gone").into())
            }
            None => self.add(name, false, plan),
        }
    }

    /// Turn breakpoint `n` on or off.
    ///
    /// # Errors
    /// One line, where there is no such breakpoint.
    pub fn toggle(&mut self, n: usize) -> Result<(), String> {
        let i = self.numbered(n)?;
        self.0[i].enabled = !self.0[i].enabled;
        Ok(())
    }

    /// Delete breakpoint `n`, or all; says what is gone.
    ///
    /// # Errors
    /// One line, where there is no such breakpoint.
    pub fn delete(&mut self, n: Option<usize>) -> Result<String, String> {
        let Some(n) = n else {
            self.0.clear();
            return Ok(say("pane-note-breakpoints-gone").into());
        };
        let i = self.numbered(n)?;
        let gone = hook::short(&self.0.remove(i).pattern);
        Ok(say_with("pane-note-deleted", &[("name", plain(gone))]))
    }

    fn numbered(&self, n: usize) -> Result<usize, String> {
        let i = n.checked_sub(1).filter(|&i| i < self.0.len());
        i.ok_or_else(|| say_with("error-no-breakpoint", &[("n", plain(n))]))
    }

    /// All of them, to be kept between runs.
    pub fn kept(&self) -> Vec<Break> {
        let kept = |b: &Breakpoint| Break {
            pattern: b.pattern.clone(),
            on: b.enabled,
            once: b.once,
        };
        self.0.iter().map(kept).collect()
    }

    /// Those of an earlier run, without any whose pattern cannot be read.
    pub fn of(kept: &[Break]) -> Breakpoints {
        let made = kept.iter().filter_map(|kept| {
            let made = Breakpoint::new(kept.pattern.clone(), kept.once).ok()?;
            Some(Breakpoint {
                enabled: kept.on,
                ..made
            })
        });
        Breakpoints(made.collect())
    }

    /// A line for each.
    pub fn lines(&self) -> Vec<String> {
        let line = |(i, b): (usize, &Breakpoint)| {
            let state = if b.enabled { "●" } else { "○" };
            let once = if b.once { say("pane-once") } else { "" };
            let line = format!("{state} {}  {}  {once}", i + 1, hook::short(&b.pattern));
            line.trim_end().to_owned()
        };
        let lines: Vec<_> = self.0.iter().enumerate().map(line).collect();
        if lines.is_empty() {
            vec![say("pane-note-no-breakpoints").into()]
        } else {
            lines
        }
    }
}
