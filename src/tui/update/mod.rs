//! The only code that changes the screen's state: keys, commands, the mouse, reports.
//!
//! | file | what |
//! |---|---|
//! | here | state, debugger and worker together; what is asked next |
//! | `reports` | what the worker reports |
//! | `branches` | states side by side |
//! | `export` | what a pane shows, as a file |
//! | `commands` | what the debugger's commands do |
//! | `press` | keys over the panes, with the numbers before them |
//! | `search` | what `find` has found |
//! | `resume` | the session, kept and returned to |
//! | `screen` | commands that only the screen knows |
//! | `whole` | views of the whole model |
//! | `overlay` | keys while something lies over the panes |
//! | `palette` | the command line |
//! | `opened` | matrices that are no steps of the pass |
//! | `script` | lines of files and of `-x` |
//! | `play` | tokens one after another |
//! | `product` | a matrix product that is played |
//! | `prompt` | the editor of the prompt |
//! | `mouse` | clicks and the wheel |
//! | `copy` | what goes to the clipboard |

mod branches;
mod commands;
mod copy;
mod export;
mod mouse;
mod opened;
mod overlay;
mod palette;
mod play;
mod press;
mod product;
mod prompt;
mod queue;
mod reports;
mod resume;
mod screen;
mod script;
mod search;
mod whole;
mod why;

use std::path::Path;
use std::time::Instant;

use ratatui::layout::Rect;

use super::app::{App, At, Message, Overlay, Save, Status, Words};
use super::command;
use super::layout;
use super::overlays;
use super::panes::matrix::order;
use super::panes::matrix::panel_layout::{self, panel_layouts};
use super::panes::{self, lens, matrix};
use crate::lang::{plain, say, say_with};
use crate::session::command::Command;
use crate::session::debugger::Debugger;
use crate::session::explain;
use crate::session::history::History;
use crate::session::saved::{Keeper, Kept};
use crate::session::script::Script;
use crate::session::worker::Worker;
use crate::trace::query::Query;
use queue::Queue;
use script::Running;

/// State, debugger and worker together.
pub struct Driver {
    pub app: App,
    pub worker: Worker,
    debugger: Option<Debugger>,
    history: History,
    /// The command that an empty command line does again.
    again: Option<Command>,
    /// The number typed before a key.
    count: Option<usize>,
    running: Option<Running>,
    /// Lines that set something once the source is open, and what was wrong with a user's file.
    settings: Vec<String>,
    warnings: Vec<String>,
    /// Where the session is kept, and the earlier one that is returned to once the source is open.
    keeper: Option<Keeper>,
    resume: Option<Kept>,
    /// The queries asked last, so that the same are not asked again.
    asked: Vec<Query>,
    /// The view that was asked for last.
    generation: u64,
    /// Whether there may be something to ask when no key comes for a while.
    later: bool,
    queue: Queue,
    /// The form that the trace being written was asked for in, which comes back if that fails.
    filled: Option<Save>,
    /// When the next token is due that appears by itself.
    due: Option<Instant>,
    dirty: bool,
    redraw: bool,
    suspend: bool,
    /// The text that the terminal's clipboard is to hold, and whether it waits for an answer of the worker.
    copied: Option<String>,
    copying: bool,
    disconnected: bool,
}

impl Driver {
    pub fn new(app: App, worker: Worker) -> Driver {
        Driver {
            app,
            worker,
            debugger: None,
            history: History::default(),
            again: None,
            count: None,
            running: None,
            settings: Vec::new(),
            warnings: Vec::new(),
            keeper: None,
            resume: None,
            asked: Vec::new(),
            generation: 0,
            later: false,
            queue: Queue::default(),
            filled: None,
            due: None,
            dirty: true,
            redraw: false,
            suspend: false,
            copied: None,
            copying: false,
            disconnected: false,
        }
    }

    /// With lines of earlier runs, and lines to be run once the source is open.
    pub fn with(mut self, history: History, commands: &[String]) -> Driver {
        self.history = history;
        if !commands.is_empty() {
            self.running = Some(Running::new(Script::given(commands, |word| {
                command::find(word).is_some()
            })));
        }
        self
    }

    /// With command lines that set something, and warnings.
    pub fn with_settings(mut self, settings: Vec<String>, warnings: Vec<String>) -> Driver {
        self.settings = settings;
        self.warnings = warnings;
        self
    }

    /// With a place where the session is kept, and an earlier one to return to.
    pub fn with_session(mut self, keeper: Option<Keeper>, resume: Option<Kept>) -> Driver {
        (self.keeper, self.resume) = (keeper, resume);
        self
    }

    /// The session as the debugger has it.
    #[cfg(test)]
    pub fn to_keep(&self) -> Option<Kept> {
        self.debugger.as_ref().map(Debugger::to_keep)
    }

    /// Whether something changed since the last call.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// The screen has been lost.
    pub fn set_dirty(&mut self) {
        self.dirty = true;
    }

    pub fn take_redraw(&mut self) -> bool {
        std::mem::take(&mut self.redraw)
    }

    /// Whether the program is asked to stop until a shell lets it go on.
    pub fn take_suspend(&mut self) -> bool {
        std::mem::take(&mut self.suspend)
    }

    /// The worker is gone.
    pub fn disconnected(&self) -> bool {
        self.disconnected
    }

    /// Whether answers are under way.
    pub fn waiting(&self) -> bool {
        !self.disconnected && self.app.model.is_some() && self.worker.busy()
    }

    /// Whether something is to be asked when no key comes for a while.
    pub fn waits_for_rest(&self) -> bool {
        self.later && self.app.status == Status::Ready && !self.disconnected && !self.worker.busy()
    }

    /// No key has come for a while: ask what can wait, and keep the session in case the program ends badly.
    pub fn rest(&mut self) {
        self.later = false;
        if let Err(why) = self.keep() {
            self.app.message = Some(Message::Error(why));
            self.dirty = true;
        }
        let areas = layout::layout(&self.app);
        let queries = areas.map_or(Vec::new(), |areas| areas.later(&self.app));
        if !queries.is_empty() {
            self.generation = self.worker.view(queries);
        }
    }

    pub fn lost(&mut self) {
        self.disconnected = true;
        if !matches!(self.app.status, Status::Failed(_)) {
            self.app.status = Status::Failed(say("pane-thread-ended").into());
        }
        self.dirty = true;
    }

    pub fn resize(&mut self, screen: Rect) {
        self.app.screen = screen;
        self.after();
    }

    /// Copy what the debugger says into the state.
    fn sync(&mut self) {
        let Some(d) = &self.debugger else { return };
        let app = &mut self.app;
        let cursor = d.at();
        let at = At {
            pass: cursor.pass,
            point: cursor.point,
            row: cursor.row,
            temperature: d.temperature(),
            cut: d.cut(),
        };
        if at != app.at {
            app.candidate = 0;
            if let Some(lens) = lens::here(app) {
                app.answers.before = Some(lens.clone());
            }
        }
        if (at.pass, at.point) != (app.at.pass, app.at.point) {
            app.step = None;
            app.open.clear();
            app.answers.forgive();
            opened::close(app);
        }
        app.at = at;
        app.passes.clear();
        app.passes.extend_from_slice(d.passes());
        app.breaks = (0..d.plan().len()).filter(|&i| d.stops_at(i)).collect();
        if let (Some(model), Some(pass)) = (&app.model, app.passes.get(cursor.pass)) {
            let e = explain::explain(model, pass, cursor.point);
            let changes = app.interventions_at(cursor.point).filter(|one| one.on);
            let changes: Vec<String> = changes.map(ToString::to_string).collect();
            let told = |text: String| {
                if changes.is_empty() {
                    return text;
                }
                let args = [
                    ("changes", changes.join(", ").into()),
                    ("text", text.into()),
                ];
                say_with("pane-note-changed-by", &args)
            };
            app.is_product = e.is_product;
            app.words = Words {
                formula: e.formula,
                text: told(e.text),
                short: told(e.short),
            };
        }
    }

    /// Keep selection and scroll inside, and ask for what is visible and not known.
    fn after(&mut self) {
        self.dirty = true;
        order::refresh(&mut self.app);
        let areas = match layout::layout(&self.app) {
            Some(areas) if self.debugger.is_some() => areas,
            _ => return,
        };
        let steps = if panes::diff::is_shown(&self.app) {
            0
        } else {
            2
        };
        panes::diff::follow(&mut self.app, areas.of(&panes::diff::PANE));
        for _ in 0..steps {
            let panels = panel_layouts(&self.app, areas.of(&matrix::PANE));
            let Some(main) = panel_layout::main(&self.app, panels) else {
                return;
            };
            self.app.cell.0 = self.app.cell.0.min(main.rows.max(1) - 1);
            self.app.cell.1 = self.app.cell.1.min(main.cols.max(1) - 1);
            self.app.scroll = main.geometry.follow(self.app.cell);
        }
        panes::opened::follow(&mut self.app, areas.of(&panes::opened::PANE));
        self.later = true;
        let mut queries: Vec<Query> = overlays::asks(&self.app).into_iter().collect();
        queries.extend(areas.queries(&self.app));
        let stopped = matches!(self.app.status, Status::Stopping | Status::Stopped);
        if stopped || queries.is_empty() || queries == self.asked {
            return;
        }
        self.generation = self.worker.view(queries.clone());
        self.asked = queries;
    }
}

/// The words for a file that was written.
fn wrote(path: &Path) -> String {
    say_with("play-wrote", &[("file", plain(path.display()))])
}

/// The question before a token at the end of `pass` drops later passes, where `passes` are there.
fn question(pass: usize, passes: usize) -> String {
    let lost = later(pass + 1, passes);
    say_with("pane-ask-drop", &[("passes", lost.into())])
}

/// The passes of a number and on, in words.
fn later(first: usize, passes: usize) -> String {
    match passes - first {
        1 => say_with("pane-pass", &[("pass", plain(first))]),
        _ => {
            let args = [("first", plain(first)), ("last", plain(passes - 1))];
            say_with("pane-passes", &args)
        }
    }
}

/// Text that lies over the panes.
fn listed(title: String, lines: Vec<String>) -> Overlay {
    Overlay::Text {
        title,
        lines,
        top: 0,
        left: 0,
        under: None,
    }
}
