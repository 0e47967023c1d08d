//! The interventions of a source, and the way back and forth.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Intervention, Origin};
use crate::trace::intervention::Change;
use crate::trace::source::SourceError;

/// A step from one list of interventions to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Revision {
    /// One more, behind all others.
    Put(Intervention),
    /// One more that holds at several hook points, all those that a pattern meets.
    PutEach(Vec<Intervention>),
    /// These in the place of all.
    All(Vec<Intervention>),
    /// Turn number N on or off; they count from 1.
    Toggle(usize),
    Undo,
    Redo,
    /// Take all away.
    Clear,
}

/// The interventions that are one in a list: those that a pattern has made at once, or one alone.
pub fn entries(all: &[Intervention]) -> Vec<Range<usize>> {
    let mut entries: Vec<Range<usize>> = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let goes_on = one.glob.as_ref().filter(|glob| glob.index > 0);
        match (goes_on, entries.last_mut()) {
            (Some(_), Some(last)) => last.end = at + 1,
            _ => entries.push(at..at + 1),
        }
    }
    entries
}

/// All interventions, with the lists before and after.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interventions {
    all: Vec<Intervention>,
    undo: Vec<Vec<Intervention>>,
    redo: Vec<Vec<Intervention>>,
}

impl Interventions {
    /// Interventions that were read from a file.
    pub fn of(all: Vec<Intervention>) -> Interventions {
        Interventions {
            all,
            ..Interventions::default()
        }
    }

    pub fn all(&self) -> &[Intervention] {
        &self.all
    }

    /// The list after a step.
    ///
    /// # Errors
    /// There is no intervention of this number, or no list to go to.
    pub fn revised(&self, revision: &Revision) -> Result<Interventions, SourceError> {
        let other = |why: &str| SourceError::Other(why.to_owned());
        let mut new = self.clone();
        match revision {
            Revision::Put(intervention) => {
                let mut all = self.all.clone();
                all.push(intervention.clone());
                new.go_to(all);
            }
            Revision::PutEach(each) => {
                let mut all = self.all.clone();
                let count = each.len();
                all.extend(each.iter().cloned().enumerate().map(|(index, mut one)| {
                    if let Some(glob) = &mut one.glob {
                        (glob.index, glob.count) = (index, count);
                    }
                    one
                }));
                new.go_to(all);
            }
            Revision::All(these) => new.go_to(these.clone()),
            Revision::Toggle(n) => {
                let mut all = self.all.clone();
                let entry = self.entry(*n)?;
                let on = all[entry.clone()].iter().any(|one| one.on);
                for one in &mut all[entry] {
                    one.on = !on;
                }
                new.go_to(all);
            }
            Revision::Clear if self.all.is_empty() => {
                return Err(other("there is no intervention to clear"));
            }
            Revision::Clear => new.go_to(Vec::new()),
            Revision::Undo => {
                let none = || other("there is no intervention to undo");
                let before = new.undo.pop().ok_or_else(none)?;
                new.redo.push(std::mem::replace(&mut new.all, before));
            }
            Revision::Redo => {
                let none = || other("there is no intervention to redo");
                let after = new.redo.pop().ok_or_else(none)?;
                new.undo.push(std::mem::replace(&mut new.all, after));
            }
        }
        Ok(new)
    }

    /// The list in which given numbers stand in the place of a hook point's value, or no longer do.
    #[must_use]
    pub fn replaced(&self, at: (usize, &str), value: Option<Intervention>) -> Interventions {
        let given = |i: &Intervention| {
            let from = Origin::Values;
            i.change == Change::Patch { from, row: None } && (i.pass, &*i.point) == at
        };
        let mut new = self.clone();
        let others = self.all.iter().filter(|i| !given(i)).cloned();
        new.go_to(others.chain(value).collect());
        new
    }

    /// Turn off what does not fit: no step back leads to that.
    pub fn turn_off(&mut self, fits: impl Fn(&Intervention) -> bool) {
        for one in &mut self.all {
            one.on &= fits(one);
        }
    }

    /// The interventions of a number.
    ///
    /// # Errors
    /// There is none.
    pub fn entry(&self, n: usize) -> Result<Range<usize>, SourceError> {
        let found = n
            .checked_sub(1)
            .and_then(|i| entries(&self.all).into_iter().nth(i));
        found.ok_or_else(|| self.no_such(n))
    }

    fn go_to(&mut self, all: Vec<Intervention>) {
        self.undo.push(std::mem::replace(&mut self.all, all));
        self.redo.clear();
    }

    fn no_such(&self, n: usize) -> SourceError {
        SourceError::Other(match entries(&self.all).len() {
            0 => {
                "there is no intervention: zero, mean, resample, put, scale, add, patch and forbid make one"
                    .into()
            }
            1 => format!("there is no intervention {n}, only number 1"),
            last => format!("there is no intervention {n}: there are 1 to {last}"),
        })
    }
}
