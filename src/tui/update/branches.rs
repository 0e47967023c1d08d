//! Branches on the screen: the one that is looked at, and the one that it is compared with.

use super::super::answers::Answers;
use super::super::app::{App, Message};
use super::super::panes;
use super::{Driver, opened};
use crate::lang::{plain, say, say_with};
use crate::session::dispatch::State;
use crate::trace::branch::BranchChange;
use crate::trace::query::Query;

impl Driver {
    /// The branches have changed; what there is to say about it.
    pub(super) fn branched(&mut self, change: &BranchChange, state: State) -> Message {
        self.take_over(&state);
        let app = &mut self.app;
        app.answers = Answers::default();
        app.play = None;
        opened::close(app);
        let here = app.branches.iter().find(|one| one.current);
        let here = here.map_or(String::new(), |one| one.name.clone());
        // A branch is not compared with itself, nor with one that is gone.
        let others = |name: &String| app.branches.iter().any(|one| one.name == *name);
        let other = app.diff.take().filter(|name| *name != here && others(name));
        let dropped = app.branches.iter().filter(|one| one.dropped);
        let dropped: Vec<&str> = dropped.map(|one| one.name.as_str()).collect();
        let mut words = match change {
            BranchChange::Make { .. } => say_with("pane-branch-made", &[("name", plain(&here))]),
            BranchChange::Drop { name } => {
                let words = [("name", plain(name)), ("here", plain(&here))];
                say_with("pane-branch-dropped", &words)
            }
            BranchChange::Switch { .. } | BranchChange::Restore { .. } => {
                say_with("pane-branch-here", &[("here", plain(&here))])
            }
        };
        if !dropped.is_empty() {
            let names = dropped.join(", ");
            words += " · ";
            words += &say_with("pane-branch-values", &[("names", plain(&names))]);
        }
        app.diff = other;
        if app.diff.is_none() {
            close_diff(app);
        }
        if let Some(debugger) = &mut self.debugger {
            debugger.enter(state.model, state.passes);
        }
        self.sync();
        self.app.cell.0 = self.app.at.row;
        Message::Note(words)
    }

    /// Compare with a branch at the cursor, or no longer. Without a name, with the parent or the one made last.
    pub(super) fn show_diff(&mut self, query: Query) {
        let Query::Difference { branch, point, .. } = query else {
            return;
        };
        let app = &mut self.app;
        let point = app.plan().and_then(|plan| plan.position(&point));
        let moves = point.filter(|point| *point != app.at.point);
        if app.diff.is_some() && (branch.is_none() || branch == app.diff) && moves.is_none() {
            close_diff(app);
            app.message = Some(Message::Note(say("pane-diff-closed").into()));
            return;
        }
        match other(app, branch.as_deref()) {
            Ok(name) => {
                opened::close(app);
                app.close_whole();
                app.diff = Some(name);
                app.focus = panes::diff::PANE.name;
            }
            Err(why) => {
                app.message = Some(Message::Error(why));
                return;
            }
        }
        if let Some(point) = moves {
            self.go(point);
        }
    }
}

/// Give the middle back to the matrix.
pub(super) fn close_diff(app: &mut App) -> bool {
    let was = app.diff.take().is_some();
    if app.focus == panes::diff::PANE.name {
        app.focus = App::FOCUS;
    }
    was
}

/// The branch of this name, or the one that is meant where none is named.
fn other(app: &App, name: Option<&str>) -> Result<String, String> {
    let names = || app.branches.iter().map(|one| one.name.as_str());
    let here = app.branches.iter().find(|one| one.current);
    if app.branches.len() < 2 {
        return Err("there is one branch only: `branch NAME` makes another".into());
    }
    match name {
        Some(name) if here.is_some_and(|here| here.name == name) => {
            Err(format!("{name} is this branch: `branches` lists all"))
        }
        Some(name) if names().any(|own| own == name) => Ok(name.to_owned()),
        Some(name) => {
            let near = names().min_by_key(|own| strsim::levenshtein(own, name));
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            Err(format!("there is no branch {name}{near}"))
        }
        None => {
            let parent = here.and_then(|here| here.parent.clone());
            let last = app.branches.iter().rev().find(|one| !one.current);
            let last = || last.map(|one| one.name.clone());
            Ok(parent.or_else(last).unwrap_or_default())
        }
    }
}
