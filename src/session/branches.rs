//! Branches: sources side by side, one of which is looked at. The tree of them is a source itself, so that whoever
//! steps through a source need not know of the others.

use std::sync::Arc;

use super::difference::difference;
use crate::trace::branch::{Branch, BranchChange};
use crate::trace::intervention::{Change, Intervention, Origin, Revision};
use crate::trace::query::{Answer, Choice, Job, Place, Query};
use crate::trace::source::{Control, ModelInfo, Pair, Pass, Source, SourceError, locate};
use crate::trace::tensor::{Dtype, HostTensor};

/// The name of the branch that is there from the beginning.
const FIRST: &str = "main";
/// Bytes of values that branches keep while others are looked at.
const KEPT: usize = 512 << 20;
/// Branches at most.
const MOST: usize = 64;
/// Letters of a name.
const LONGEST: usize = 40;

/// Opens a model or a trace on a prompt.
pub type Open = Box<dyn Fn(&str, &str) -> Result<Box<dyn Source>, String> + Send>;

/// A source with its name and place in the tree.
struct Own {
    name: String,
    parent: Option<String>,
    model: Option<String>,
    source: Box<dyn Source>,
    /// Counts up: the one with the lowest number was looked at before all others.
    used: u64,
    dropped: bool,
    lost: Option<String>,
}

/// The tree of branches.
pub struct Branches {
    all: Vec<Own>,
    current: usize,
    open: Open,
    /// All of them as data.
    list: Vec<Branch>,
    kept: usize,
    used: u64,
}

impl Branches {
    /// One branch; `open` opens another model or trace.
    pub fn new(source: Box<dyn Source>, open: Open) -> Branches {
        let mut out = Branches {
            all: vec![Own {
                name: FIRST.into(),
                parent: None,
                model: None,
                source,
                used: 0,
                dropped: false,
                lost: None,
            }],
            current: 0,
            open,
            list: Vec::new(),
            kept: KEPT,
            used: 0,
        };
        out.tell();
        out
    }

    fn source(&mut self) -> &mut dyn Source {
        self.all[self.current].source.as_mut()
    }

    fn find(&self, name: &str) -> Result<usize, SourceError> {
        let found = self.all.iter().position(|own| own.name == name);
        found.ok_or_else(|| {
            let edits = |own: &&Own| strsim::levenshtein(&own.name, name);
            let near = self.all.iter().min_by_key(edits);
            SourceError::NoSuchBranch {
                name: name.to_owned(),
                nearest: near.map(|own| own.name.clone()),
            }
        })
    }

    /// The branch that a difference is to: the one of this name, or else the parent, or the one looked at before.
    fn other(&self, name: Option<&str>) -> Result<usize, SourceError> {
        let found = match (name, &self.all[self.current].parent) {
            (Some(name), _) => Some(self.find(name)?),
            (None, Some(parent)) => Some(self.find(parent)?),
            (None, None) => {
                let others = self.all.iter().enumerate();
                let others = others.filter(|(at, _)| *at != self.current);
                others.max_by_key(|(_, own)| own.used).map(|(at, _)| at)
            }
        };
        match found {
            Some(at) if at == self.current => {
                let name = &self.all[at].name;
                Err(said(format!("{name} is this branch: `branches` lists all")))
            }
            Some(at) => Ok(at),
            None => Err(said(
                "there is one branch only: `branch NAME` makes another".into(),
            )),
        }
    }

    fn change(&mut self, change: &BranchChange, control: &Control) -> Result<(), SourceError> {
        match change {
            BranchChange::Make {
                name,
                prompt,
                model,
            } => {
                self.check_name(name)?;
                let own = &self.all[self.current];
                let parent = own.name.clone();
                let mut source = match model {
                    Some(model) => {
                        let text = prompt.as_deref().unwrap_or(own.source.prompt());
                        (self.open)(model, text).map_err(said)?
                    }
                    None => own.source.fork()?,
                };
                if let (Some(prompt), None) = (prompt, model) {
                    let prompt = prompt.clone();
                    source.run(&Job::Restart { prompt }, control)?;
                }
                self.push(name.clone(), Some(parent), model.clone(), source);
            }
            BranchChange::Switch { name } => self.current = self.find(name)?,
            BranchChange::Drop { name } => self.drop_branch(name)?,
            BranchChange::Restore { branches } => self.restore(branches, control),
        }
        Ok(())
    }

    fn push(
        &mut self,
        name: String,
        parent: Option<String>,
        model: Option<String>,
        source: Box<dyn Source>,
    ) {
        self.all.push(Own {
            name,
            parent,
            model,
            source,
            used: 0,
            dropped: false,
            lost: None,
        });
        self.current = self.all.len() - 1;
    }

    fn check_name(&self, name: &str) -> Result<(), SourceError> {
        let plain = |c: char| c.is_alphanumeric() || "-_./+".contains(c);
        if name.is_empty() || name.chars().count() > LONGEST || !name.chars().all(plain) {
            return Err(said(format!(
                "{name:?} is no name for a branch: give one word of letters, digits, - and _"
            )));
        }
        if self.find(name).is_ok() {
            return Err(said(format!(
                "there is a branch {name}: `switch {name}` goes there"
            )));
        }
        if self.all.len() >= MOST {
            return Err(said(format!(
                "there are {MOST} branches: `drop NAME` makes room"
            )));
        }
        Ok(())
    }

    /// Drop a branch. Those that were made of it are its parent's then.
    fn drop_branch(&mut self, name: &str) -> Result<(), SourceError> {
        let at = self.find(name)?;
        if self.all.len() == 1 {
            return Err(said("the last branch stays".into()));
        }
        let own = self.all.remove(at);
        let heir = own.parent.as_deref().and_then(|name| self.find(name).ok());
        for child in &mut self.all {
            if child.parent.as_deref() == Some(&own.name) {
                child.parent.clone_from(&own.parent);
                child.model = child.model.take().or_else(|| own.model.clone());
            }
        }
        self.current = match self.current {
            current if current == at => heir.unwrap_or(0),
            current if current > at => current - 1,
            current => current,
        };
        Ok(())
    }

    /// Make the branches of an earlier run, until somebody asks to stop. What of one is not made again is told in the
    /// list.
    pub fn restore(&mut self, branches: &[Branch], control: &Control) {
        for (n, branch) in branches.iter().enumerate() {
            let made = match (n, &branch.parent) {
                (0, _) => self.restore_first(branch),
                (_, parent) => self.restore_place(branch, parent.as_deref(), control),
            };
            let lost = match made {
                Ok(()) => {
                    let lost = self.restore_state(branch, control).err();
                    lost.map(|why| format!("branch {} is not as it was: {why}", branch.name))
                }
                Err(why) => {
                    self.current = 0;
                    Some(format!("branch {} is lost: {why}", branch.name))
                }
            };
            let own = &mut self.all[self.current];
            own.lost = own.lost.take().or(lost);
            self.tell();
            if control.go_on().is_err() {
                break;
            }
        }
        let current = branches.iter().find(|branch| branch.current);
        let current = current.and_then(|branch| self.find(&branch.name).ok());
        self.current = current.unwrap_or(0);
        self.tell();
    }

    fn restore_first(&mut self, branch: &Branch) -> Result<(), SourceError> {
        if let Some(model) = &branch.model {
            self.all[0].source = (self.open)(model, &branch.prompt).map_err(said)?;
        }
        let own = &mut self.all[0];
        (own.name, own.model) = (branch.name.clone(), branch.model.clone());
        Ok(())
    }

    fn restore_place(
        &mut self,
        branch: &Branch,
        parent: Option<&str>,
        control: &Control,
    ) -> Result<(), SourceError> {
        self.current = match parent {
            Some(parent) => self.find(parent)?,
            None => 0,
        };
        let model = branch.model.clone();
        let make = BranchChange::Make {
            name: branch.name.clone(),
            prompt: model.is_some().then(|| branch.prompt.clone()),
            model,
        };
        self.change(&make, control)?;
        self.all[self.current].parent.clone_from(&branch.parent);
        Ok(())
    }

    /// Let the current branch have the prompt, the tokens and the interventions of another.
    fn restore_state(&mut self, branch: &Branch, control: &Control) -> Result<(), SourceError> {
        let source = self.source();
        let own = chosen(source);
        let same = own.iter().zip(&branch.chosen);
        let mut from = same.take_while(|(a, b)| a == b).count();
        if source.prompt() != branch.prompt || own.len() > branch.chosen.len() {
            let prompt = branch.prompt.clone();
            source.run(&Job::Restart { prompt }, control)?;
            from = 0;
        }
        for (pass, id) in branch.chosen.iter().enumerate().skip(from) {
            let choice = Choice::Token(*id);
            source.run(&Job::Next { pass, choice }, control)?;
        }
        if source.interventions() != branch.interventions {
            let revision = Revision::All(branch.interventions.clone());
            source.run(&Job::Intervene { revision }, control)?;
        }
        Ok(())
    }

    /// A revision with the numbers of patches from other branches, which a source by itself does not know of.
    fn with_patches(
        &mut self,
        revision: &Revision,
        control: &Control,
    ) -> Result<Revision, SourceError> {
        Ok(match revision {
            Revision::Put(one) => Revision::Put(self.with_patch(one, control)?),
            Revision::PutEach(each) => {
                let each = each.iter().map(|one| self.with_patch(one, control));
                Revision::PutEach(each.collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        })
    }

    fn with_patch(
        &mut self,
        one: &Intervention,
        control: &Control,
    ) -> Result<Intervention, SourceError> {
        let Change::Patch {
            from: Origin::Branch(name),
            row,
        } = &one.change
        else {
            return Ok(one.clone());
        };
        if one.value.is_some() {
            return Ok(one.clone());
        }
        if row.is_some() {
            return Err(said(
                "patch branch NAME takes each row's counterpart: leave out `row`".into(),
            ));
        }
        let passes = self.passes();
        let at = locate(passes, one.pass, &one.point)?;
        let hook = &passes[one.pass].plan.points()[at];
        let ranges = one.slice.ranges(&hook.axes, &hook.shape)?;
        let shape: Vec<usize> = ranges.iter().map(ExactSizeIterator::len).collect();
        let query = Query::Difference {
            branch: Some(name.clone()),
            pass: one.pass,
            point: one.point.clone(),
            slice: one.slice.clone(),
        };
        let Answer::Difference(found) = self.answer(&query, control)? else {
            return Err(said("there is no difference".into()));
        };
        let there: Option<Vec<f64>> = found.there.iter().copied().collect();
        let there = there.ok_or_else(|| {
            let lacks = found.tokens.iter().filter(|(_, there)| there.is_none());
            let lacks: Vec<String> = lacks.map(|(here, _)| format!("{here:?}")).collect();
            let lacks = if lacks.is_empty() {
                "a token".to_owned()
            } else {
                lacks.join(", ")
            };
            said(format!(
                "{lacks} has no counterpart in {name}: a slice takes tokens that have one"
            ))
        })?;
        Ok(Intervention {
            value: Some(Arc::new(HostTensor::new(Dtype::F64, shape, there))),
            ..one.clone()
        })
    }

    /// Write the list anew, and drop values of branches that were not looked at for the longest time.
    fn tell(&mut self) {
        self.used += 1;
        self.all[self.current].used = self.used;
        self.all[self.current].dropped = false;
        loop {
            let others = self.all.iter().enumerate();
            let held = others.filter(|(at, own)| *at != self.current && !own.dropped);
            let held: Vec<(usize, usize, u64)> = held
                .map(|(at, own)| (at, own.source.held(), own.used))
                .collect();
            let all: usize = held.iter().map(|(_, bytes, _)| bytes).sum();
            let oldest = held.iter().min_by_key(|(_, _, used)| *used);
            let Some((at, ..)) = oldest.filter(|_| all > self.kept) else {
                break;
            };
            self.all[*at].source.release();
            self.all[*at].dropped = true;
        }
        let list = self.all.iter().enumerate().map(|(at, own)| Branch {
            name: own.name.clone(),
            parent: own.parent.clone(),
            model: own.model.clone(),
            prompt: own.source.prompt().to_owned(),
            chosen: chosen(own.source.as_ref()),
            text: text(own.source.as_ref()),
            interventions: own.source.interventions().to_vec(),
            current: at == self.current,
            dropped: own.dropped,
            lost: own.lost.clone(),
        });
        self.list = list.collect();
    }
}

/// The tokens behind the prompt.
fn chosen(source: &dyn Source) -> Vec<u32> {
    let later = source.passes().iter().skip(1);
    later
        .filter_map(|pass| pass.tokens.last())
        .map(|token| token.id)
        .collect()
}

/// Their texts.
fn text(source: &dyn Source) -> String {
    let later = source.passes().iter().skip(1);
    let last = later.filter_map(|pass| pass.tokens.last());
    last.map(|token| token.text.as_str()).collect()
}

fn said(why: String) -> SourceError {
    SourceError::Other(why)
}

impl Source for Branches {
    fn model(&self) -> &ModelInfo {
        self.all[self.current].source.model()
    }

    fn passes(&self) -> &[Pass] {
        self.all[self.current].source.passes()
    }

    fn prompt(&self) -> &str {
        self.all[self.current].source.prompt()
    }

    fn interventions(&self) -> &[Intervention] {
        self.all[self.current].source.interventions()
    }

    fn answer(&mut self, query: &Query, control: &Control) -> Result<Answer, SourceError> {
        match query {
            Query::Difference {
                branch,
                pass,
                point,
                slice,
            } => {
                let pair = self.pair(branch.as_deref())?;
                let found = difference(pair, (*pass, point, slice), control)?;
                Ok(Answer::Difference(found))
            }
            Query::There { branch, query } => {
                let at = self.find(branch)?;
                self.all[at].source.answer(query, control)
            }
            query => self.source().answer(query, control),
        }
    }

    fn run(&mut self, job: &Job, control: &Control) -> Result<Vec<Place>, SourceError> {
        let done = match job {
            Job::Branch { change } => self.change(change, control).map(|()| Vec::new()),
            Job::Intervene { revision } => {
                let revision = self.with_patches(revision, control);
                revision
                    .and_then(|revision| self.source().run(&Job::Intervene { revision }, control))
            }
            job => self.source().run(job, control),
        };
        self.tell();
        done
    }

    fn tensor(&mut self, pass: usize, point: usize) -> Result<HostTensor<'_>, SourceError> {
        self.source().tensor(pass, point)
    }

    fn branches(&self) -> &[Branch] {
        &self.list
    }

    fn pair(&mut self, other: Option<&str>) -> Result<Pair<'_>, SourceError> {
        let at = self.other(other)?;
        let name = self.all[at].name.clone();
        // Both are borrowed at once.
        let [here, there] = self
            .all
            .get_disjoint_mut([self.current, at])
            .map_err(|_| SourceError::NoBranches)?;
        let (here, there) = (here.source.as_mut(), there.source.as_mut());
        Ok(Pair { name, here, there })
    }
}

#[cfg(test)]
mod tests;
