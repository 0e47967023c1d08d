//! Matrices that are no steps of the pass: opened, closed, and one after the other.

use super::super::app::{App, Message, Opened, Words};
use super::super::panes::{self, lens};
use super::Driver;
use crate::lang::say;
use crate::session::beside::Beside;
use crate::session::explain;
use crate::trace::kept;
use crate::trace::plan::Axis;

/// Give the place back to the matrix at the cursor.
pub(super) fn close(app: &mut App) {
    app.opened = None;
    if app.focus == panes::opened::PANE.name {
        app.focus = App::FOCUS;
    }
}

/// The cell that is looked at first: in a table the row of the token that predictions are read at, or of its
/// place; in the unembedding the column of the most probable token.
fn first_cell(app: &App, beside: &Beside) -> (usize, usize) {
    let token = app
        .pass()
        .and_then(|pass| pass.tokens.get(pass.start + app.at.row));
    match (beside.point().axes.first(), beside.point().axes.last()) {
        (Some(Axis::Vocab), _) => (token.map_or(0, |token| token.id as usize), 0),
        (Some(Axis::Position), _) => {
            let start = app.pass().map_or(0, |pass| pass.start);
            (start + app.at.row, 0)
        }
        (_, Some(Axis::Vocab)) => {
            let best = lens::shown(app).and_then(|lens| lens.top.first());
            (0, best.map_or(0, |best| best.id as usize))
        }
        _ => (0, 0),
    }
}

impl Driver {
    pub(super) fn open(&mut self, beside: Beside) {
        let app = &mut self.app;
        let words = app.model.as_ref().zip(app.pass()).map(|(model, pass)| {
            let point = beside.point();
            match &beside {
                Beside::Weight(_) => explain::weight(model, pass, &point.name),
                Beside::Kept { .. } => {
                    let source = kept::source(&pass.plan, &point.name);
                    explain::explain(model, pass, source.unwrap_or_default())
                }
            }
        });
        let mut words = words.map_or_else(Words::default, |e| Words {
            formula: e.formula,
            text: e.text,
            short: e.short,
        });
        if let Beside::Kept { .. } = &beside {
            let kept = say("explain-kept");
            words.text = format!("{kept} · {}", words.text);
        }
        let cell = first_cell(app, &beside);
        app.close_whole();
        app.opened = Some(Opened {
            beside,
            words,
            cell,
            scroll: (0, 0),
        });
        app.zoom = false;
        app.focus = panes::opened::PANE.name;
    }

    /// Open the weight after the one that is open, of those that the hook point at the cursor is computed with.
    pub(super) fn next_weight(&mut self) {
        let Some(debugger) = &self.debugger else {
            return;
        };
        let here = debugger.weights_here();
        let opened = self.app.opened.as_ref().map(|opened| opened.beside.point());
        let at = opened.and_then(|open| here.iter().position(|point| *point == open));
        let next = match at {
            Some(at) => here.get((at + 1) % here.len()),
            None => here.first(),
        };
        match next.map(|point| Beside::Weight((*point).clone())) {
            Some(beside) => self.open(beside),
            None => {
                let words = say("pane-note-no-weight");
                self.app.message = Some(Message::Note(words.into()));
            }
        }
    }
}
