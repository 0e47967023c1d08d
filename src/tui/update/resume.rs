//! The session: kept in the user's file, and returned to in another run.

use super::super::app::{App, Message, Whole};
use super::super::panes;
use super::super::widgets::matrix::Density;
use super::Driver;
use crate::lang::say;
use crate::session::saved::{Kept, Layout};
use crate::trace::branch::BranchChange;
use crate::trace::query::Job;

impl Driver {
    /// Keep the session as it is now.
    ///
    /// # Errors
    /// Why it is not kept from here on; told once.
    pub fn keep(&mut self) -> Result<(), String> {
        // Until the earlier session is back, what is there is not yet a session to keep.
        if self.resume.is_some() {
            return Ok(());
        }
        let (Some(keeper), Some(debugger)) = (&mut self.keeper, &self.debugger) else {
            return Ok(());
        };
        keeper.keep(Kept {
            branches: self.app.branches.clone(),
            layout: layout(&self.app),
            ..debugger.to_keep()
        })
    }

    /// Begin to return to an earlier session: its branches run their passes again; whether there is one.
    pub(super) fn begin_resume(&mut self) -> bool {
        let Some(kept) = &self.resume else {
            return false;
        };
        let branches = kept.branches.clone();
        self.begin(Job::Branch {
            change: BranchChange::Restore { branches },
        });
        let words = say("pane-session-coming");
        self.app.message = Some(Message::Note(words.into()));
        true
    }

    /// The branches were stopped on the way back: the file keeps the session as it was left, for the next time.
    pub(super) fn resume_stopped(&mut self) {
        self.resume = None;
        self.keeper = None;
        let words = say("pane-session-stopped");
        self.app.message = Some(Message::Error(words.into()));
    }

    /// Return to an earlier session, whose branches are there.
    pub(super) fn resume(&mut self) {
        let Some(kept) = self.resume.take() else {
            return;
        };
        if let Some(debugger) = &mut self.debugger {
            debugger.resume(&kept);
        }
        self.sync();
        show(&mut self.app, &kept.layout);
        let lost = self.app.branches.iter().filter_map(|one| one.lost.clone());
        let lost: Vec<String> = lost.collect();
        self.app.message = Some(match &lost[..] {
            [] => Message::Note(say("pane-session-back").into()),
            lost => Message::Error(lost.join(" · ")),
        });
    }
}

fn layout(app: &App) -> Layout {
    let mut hidden: Vec<String> = app.hidden.iter().map(|&name| name.to_owned()).collect();
    hidden.sort_unstable();
    Layout {
        focus: app.focus.to_owned(),
        hidden,
        zoom: app.zoom,
        density: app.density.word().to_owned(),
        largest: app.largest,
        head: app.head,
        cell: app.cell,
        scored: app.scored,
        diff: app.diff.clone(),
        whole: app.whole.as_ref().map(|whole| whole.query.clone()),
    }
}

/// Lay the screen out as it was, as far as it has what was there.
fn show(app: &mut App, kept: &Layout) {
    let pane = |name: &str| panes::named(name).map(|pane| pane.name);
    app.hidden = kept.hidden.iter().filter_map(|name| pane(name)).collect();
    app.focus = pane(&kept.focus).unwrap_or(App::FOCUS);
    app.zoom = kept.zoom;
    let density = Density::ALL.into_iter().find(|d| d.word() == kept.density);
    app.density = density.unwrap_or_default();
    app.largest = kept.largest;
    app.head = kept.head;
    app.cell = kept.cell;
    app.scored = kept.scored;
    let others = app.branches.iter().filter(|one| !one.current);
    let mut others = others.map(|one| &one.name);
    app.diff = kept
        .diff
        .clone()
        .filter(|name| others.any(|own| own == name));
    app.whole = kept.whole.clone().map(|query| Whole {
        query,
        cell: (0, 0),
    });
    let gone = |name| name == panes::opened::PANE.name && app.opened.is_none();
    if gone(app.focus) || app.focus == panes::diff::PANE.name && app.diff.is_none() {
        app.focus = App::FOCUS;
    }
}
