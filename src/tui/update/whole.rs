//! Views of the whole model, which take the matrix's place until esc.

use super::super::app::{App, Message, Status, Whole};
use super::super::panes::{self, lens};
use super::{Driver, opened, product};
use crate::lang::say;
use crate::session::command::{self, Command, Kind};
use crate::session::dispatch::Task;
use crate::session::views::Stage;
use crate::trace::grid::Chosen;
use crate::trace::head_map::Statistic;
use crate::trace::query::Query;

/// Whether the screen shows what such a command asks in a pane, and prints nothing.
pub(super) fn shown_in_a_pane(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Grid
            | Kind::Attribute
            | Kind::Inputs
            | Kind::Split
            | Kind::Heads
            | Kind::Rollout
            | Kind::Score
            | Kind::Sweep
    )
}

impl Driver {
    /// Show the view that a command asks for. The plain command of a view that is there shows its next kind.
    pub(super) fn show_whole(&mut self, command: &Command, mut query: Query) {
        if command.kind == Kind::Score {
            self.app.scored = !self.app.scored;
            let words = if self.app.scored {
                say("pane-note-surprisal")
            } else {
                say("pane-note-no-surprisal")
            };
            self.app.message = Some(Message::Note(words.into()));
            return;
        }
        let plain = |line: &str| command::parse(line).is_ok_and(|plain| plain == *command);
        let before = self.app.whole.as_ref().map(|whole| &whole.query);
        match (&mut query, before) {
            (
                Query::Grid { points, of, .. },
                Some(Query::Grid {
                    points: own,
                    of: was,
                    ..
                }),
            ) if plain("grid") => {
                *points = self.next_stage(own).unwrap_or(own.clone());
                of.clone_from(was);
            }
            (Query::Grid { of, .. }, _) if of.is_none() => {
                *of = Some(candidate(&self.app).map_or(Chosen::Next, Chosen::Id));
            }
            (
                Query::HeadMap {
                    statistic, text, ..
                },
                Some(Query::HeadMap {
                    statistic: own,
                    text: was,
                    ..
                }),
            ) if plain("heads") => {
                let at = Statistic::ALL.iter().position(|s| s == own).unwrap_or(0);
                *statistic = Statistic::ALL[(at + 1) % Statistic::ALL.len()];
                *text = *was;
            }
            (Query::Split { head, row, key, .. }, _) => {
                let here = self.app.point().cloned();
                if let Some(point) = here.filter(|_| plain("split"))
                    && let [own, query, looked_at] = product::chosen(&self.app, &point)[..]
                {
                    (*head, *row, *key) = (own, query, looked_at);
                }
                self.app.head = *head;
            }
            (Query::Attribute { token, .. } | Query::Inputs { token, .. }, _)
                if token.is_none() =>
            {
                *token = candidate(&self.app).map(Chosen::Id);
            }
            _ => {}
        }
        let same =
            before.is_some_and(|own| panes::of_whole(own).name == panes::of_whole(&query).name);
        let cell = match (&self.app.whole, &query) {
            (Some(whole), _) if same => whole.cell,
            // The last block stands next to what the model says.
            (_, Query::Grid { points, .. }) => (points.len().saturating_sub(1), self.app.at.row),
            (_, Query::Attribute { .. } | Query::Inputs { .. } | Query::Rollout { .. }) => {
                (usize::MAX, 0)
            }
            _ => (0, 0),
        };
        opened::close(&mut self.app);
        self.app.focus = panes::of_whole(&query).name;
        if let Query::Sweep(_) = query {
            // It may take minutes: moving about the screen does not begin it anew.
            self.app.status = Status::Running(None);
            self.worker.task(Task::Query(query.clone()));
            self.asked.clear();
        }
        self.app.whole = Some(Whole { query, cell });
    }

    /// The hook points of the grid's next stage that this model has.
    fn next_stage(&self, points: &[String]) -> Option<Vec<String>> {
        let debugger = self.debugger.as_ref()?;
        let mut points = points.to_vec();
        for _ in 0..3 {
            let stage = Stage::next(&points);
            match debugger.points_of(&stage) {
                Ok(next) => return Some(next),
                // Blocks whose halves read one value have no middle.
                Err(_) => points.clear(),
            }
        }
        None
    }
}

/// The candidate that is selected in the lens, once that is known.
fn candidate(app: &App) -> Option<u32> {
    Some(lens::here(app)?.top.get(app.candidate)?.id)
}
