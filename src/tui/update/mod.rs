//! The only code that changes the screen's state: keys, commands, the mouse, reports.
//!
//! | file | what |
//! |---|---|
//! | here | what the worker reports, what commands do, what is asked next |
//! | `press` | keys over the panes, with the numbers before them |
//! | `search` | what `find` has found |
//! | `screen` | commands that only the screen knows |
//! | `overlay` | keys while something lies over the panes |
//! | `palette` | the command line |
//! | `script` | lines of files and of `-x` |
//! | `prompt` | the editor of the prompt |
//! | `mouse` | clicks and the wheel |
//! | `copy` | what goes to the clipboard |
//! | `queries` | what is visible and not known yet |

mod copy;
mod mouse;
mod overlay;
mod palette;
mod press;
mod prompt;
mod queries;
mod queue;
mod screen;
mod script;
mod search;

use ratatui::layout::Rect;

use super::app::{Answers, App, At, Confirm, Message, Overlay, RowOf, Save, Status, Tile, Words};
use super::widgets::text::wrap;
use super::{layout, view};
use crate::session::ask::Ask;
use crate::session::command::{self, Command, Direction};
use crate::session::debugger::{Debugger, Outcome};
use crate::session::dispatch::{Done, Task};
use crate::session::explain;
use crate::session::history::History;
use crate::session::reply::Reply;
use crate::session::script::Script;
use crate::session::warnings::warnings;
use crate::session::worker::{Worker, WorkerReport};
use crate::trace::query::{Answer, Job, Query};
use crate::trace::source::{Pass, locate};
use crate::trace::tensor::Pick;
use queue::Queue;
use script::Running;

/// Columns of a list that a command gives: it fits a screen of 80.
const LISTED: u16 = 76;

/// State, debugger and worker together.
pub struct Driver {
    pub app: App,
    pub worker: Worker,
    debugger: Option<Debugger>,
    history: History,
    /// What an empty command line does again.
    again: Option<Command>,
    /// The number typed before a key.
    count: Option<usize>,
    running: Option<Running>,
    /// Lines that set something once the source is open, and what was wrong with a user's file.
    settings: Vec<String>,
    warnings: Vec<String>,
    /// What was asked last, so that the same is not asked again.
    asked: Vec<Query>,
    queue: Queue,
    /// The form that the trace being written was asked for in, which comes back if that fails.
    filled: Option<Save>,
    dirty: bool,
    redraw: bool,
    suspend: bool,
    /// What the terminal's clipboard is to hold, and whether it waits for an answer of the worker.
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
            asked: Vec::new(),
            queue: Queue::default(),
            filled: None,
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
            self.running = Some(Running::new(Script::given(commands)));
        }
        self
    }

    /// With command lines that set something, and warnings.
    pub fn with_settings(mut self, settings: Vec<String>, warnings: Vec<String>) -> Driver {
        self.settings = settings;
        self.warnings = warnings;
        self
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

    pub fn lost(&mut self) {
        self.disconnected = true;
        if !matches!(self.app.status, Status::Failed(_)) {
            self.app.status = Status::Failed("the model's thread ended".into());
        }
        self.dirty = true;
    }

    pub fn resize(&mut self, screen: Rect) {
        self.app.screen = screen;
        self.after();
    }

    pub fn report(&mut self, report: WorkerReport) {
        self.worker.heard(&report);
        self.dirty = true;
        match report {
            WorkerReport::Ready {
                model,
                prompt,
                passes,
            } => {
                self.app.prompt = prompt;
                self.app.model = Some((*model).clone());
                self.app.status = Status::Ready;
                let mut all = warnings(&model, &passes);
                all.append(&mut self.warnings);
                self.debugger = Some(Debugger::new(*model, passes));
                self.sync();
                let settings = std::mem::take(&mut self.settings);
                for command in settings.iter().filter_map(|line| command::parse(line).ok()) {
                    self.command(&command);
                }
                let first = all.into_iter().next();
                self.app.message = first.map(|text| Message::Note(format!("warning: {text}")));
                self.app.cell = (self.app.at.row, 0);
                self.after();
                self.go_on_with_script();
            }
            WorkerReport::Failed(why) | WorkerReport::Panicked(why) => {
                self.app.quit = self.app.model.is_none();
                self.app.status = Status::Failed(why);
                self.disconnected = true;
            }
            WorkerReport::Answered { query, answer, .. } => self.answered(&query, answer),
            WorkerReport::Viewed { .. } => {
                if !self.worker.busy() {
                    self.set_idle();
                }
            }
            WorkerReport::Progress(_) if self.app.status == Status::Stopping => {}
            WorkerReport::Progress(p) => self.app.status = Status::Running(Some(p)),
            WorkerReport::Done { task, result } => {
                match task {
                    Task::Job(job) => self.job_done(&job, result),
                    Task::Query(_) | Task::Ask(_) => self.replied(result),
                }
                self.after();
                self.go_on_with_script();
            }
        }
    }

    /// What a printing command has to say.
    fn replied(&mut self, result: Result<Done, String>) {
        self.set_idle();
        let copying = std::mem::take(&mut self.copying);
        match result {
            Ok(Done::Reply(Reply::Values { values, .. })) if copying => self.put_row(&values),
            Ok(Done::Reply(Reply::Found {
                name,
                pass,
                index,
                value,
            })) => self.show_found(&name, pass, &index, value),
            Ok(Done::Reply(reply)) => self.app.overlay = Some(reply_overlay(&reply)),
            Ok(_) => {}
            Err(why) => self.app.message = Some(Message::Error(why)),
        }
    }

    fn job_done(&mut self, job: &Job, result: Result<Done, String>) {
        let follows = self.queue.done(job, result.is_ok());
        let filled = match job {
            Job::Save { .. } => self.filled.take(),
            _ => None,
        };
        self.set_idle();
        match result {
            Ok(Done::Job { passes, .. }) => self.app.message = self.done(job, passes),
            Ok(_) => {}
            // Why the first one failed is what counts.
            Err(_) if follows => {}
            Err(why) => {
                self.app.message = Some(Message::Error(why));
                if let Some(filled) = filled {
                    self.app.overlay = Some(Overlay::Save(filled));
                }
            }
        }
        self.asked.clear();
    }

    /// An answer for the view, or why there is none.
    fn answered(&mut self, query: &Query, answer: Result<Answer, String>) {
        let pass = query.pass();
        let point = query.point().unwrap_or_default();
        let Ok(point) = locate(&self.app.passes, pass, point) else {
            return;
        };
        match (answer, query) {
            (Ok(answer), _) => self.learn(query, point, answer),
            (Err(why), Query::Lens { row, .. }) => {
                let mut at = self.app.at.clone();
                (at.pass, at.point, at.row) = (pass, point, *row);
                self.app.answers.lens_error = Some((at, why));
            }
            (Err(why), _) => {
                if pass == self.app.at.pass {
                    self.app.answers.missing.insert(point, why);
                }
            }
        }
    }

    /// Nothing runs any more.
    fn set_idle(&mut self) {
        self.app.status = match self.app.status {
            Status::Stopping | Status::Stopped => Status::Stopped,
            _ => Status::Ready,
        };
        if self.app.status == Status::Stopped {
            let words = "stopped before all was computed: any key goes on";
            self.app.message = Some(Message::Note(words.into()));
        }
    }

    /// A job went well; what there is to say about it.
    fn done(&mut self, job: &Job, passes: Vec<Pass>) -> Option<Message> {
        if let Job::Save { path, .. } = job {
            return Some(Message::Note(format!("wrote {}", path.display())));
        }
        if let Job::Restart { prompt } = job {
            self.app.prompt.clone_from(prompt);
        }
        let (before, now) = (self.app.passes.len(), passes.len());
        self.debugger.as_mut()?.set_passes(passes);
        self.app.answers = Answers::default();
        self.sync();
        self.app.cell.0 = self.app.at.row;
        match job {
            Job::Next { .. } => {
                let token = self.app.pass()?.tokens.last()?;
                let text = super::widgets::text::token(&token.text);
                let n = self.app.at.pass;
                let lost = match before {
                    before if before >= now => {
                        format!("{} dropped", later(now - 1, before))
                    }
                    _ => "( goes back to the one before".into(),
                };
                Some(Message::Note(format!(
                    "next token: {text} · this is pass {n}, {lost}"
                )))
            }
            _ => None,
        }
    }

    fn learn(&mut self, query: &Query, point: usize, answer: Answer) {
        let pass = query.pass();
        let (key, plan) = ((pass, point), self.app.passes[pass].plan.clone());
        let answers = &mut self.app.answers;
        match (answer, query) {
            (Answer::Values(values), Query::Values { slice, .. }) => {
                let hook = &plan.points()[point];
                let (row, col) = view::matrix_axes(hook);
                if let (Some(Pick::At(at)), Some(Pick::At(head))) =
                    (row.and_then(|i| slice.0.get(i)), slice.0.first())
                    && hook.head_axis() == Some(0)
                {
                    let of = RowOf {
                        pass,
                        point,
                        head: *head,
                        row: *at,
                    };
                    answers.row = Some((of, values.data));
                    return;
                }
                let span = |axis: Option<usize>| match axis.and_then(|i| slice.0.get(i)) {
                    Some(Pick::Span(range)) => range.clone(),
                    _ => 0..1,
                };
                let head = hook.head_axis().and_then(|i| match slice.0.get(i) {
                    Some(Pick::At(head)) => Some(*head),
                    _ => None,
                });
                let tile = Tile {
                    rows: span(row),
                    cols: span(col),
                    head,
                    values,
                };
                answers.tiles.insert(key, tile);
            }
            (Answer::Summary(summary), _) => {
                answers.summaries.insert(key, summary);
            }
            (Answer::Heads(values), _) => {
                answers.heads.insert(key, values);
            }
            (
                Answer::Lens(lens),
                Query::Lens {
                    row, temperature, ..
                },
            ) => {
                let at = At {
                    pass,
                    point,
                    row: *row,
                    temperature: temperature.get(),
                };
                if point + 1 == plan.len() {
                    answers.predictions.insert((pass, *row), lens.clone());
                }
                if at == self.app.at {
                    answers.lens_error = None;
                    answers.lens = Some((at, lens));
                }
            }
            _ => {}
        }
    }

    /// Begin a job, or ask first where a person would lose passes by it.
    fn begin(&mut self, job: Job) {
        let passes = self.app.passes.len();
        match job {
            Job::Next { pass, .. } if pass + 1 < passes && self.running.is_none() => {
                let lost = later(pass + 1, passes);
                let question = format!("Another token here drops {lost}. Take it?");
                self.app.overlay = Some(Overlay::Confirm(Confirm {
                    question,
                    job,
                    count: 1,
                }));
            }
            job => {
                let d = self.debugger.as_ref();
                let at_tip = d.is_some_and(|d| d.at().pass + 1 == d.passes().len());
                self.begin_at(job, at_tip);
            }
        }
    }

    fn begin_at(&mut self, mut job: Job, at_tip: bool) {
        self.queue.put(&mut job, at_tip);
        self.app.status = Status::Running(None);
        self.worker.task(Task::Job(job));
    }

    /// Where a move led nowhere, or past all breakpoints, say so.
    fn say_end(&mut self, command: &Command, before: &At) {
        let moved = self.app.at.point != before.point;
        let stopped = self.app.breaks.contains(&self.app.at.point);
        let words = match command {
            Command::Move { direction, .. } if !moved => match direction {
                Direction::Forward => self.pass_ends(),
                Direction::Back => "the pass begins here: s steps on",
            },
            Command::Continue(Direction::Forward) if !moved => self.pass_ends(),
            Command::Continue(_) if !stopped => {
                "no breakpoint on the way: b puts one at the cursor, B at a pattern"
            }
            _ => return,
        };
        self.app.message = Some(Message::Note(words.into()));
    }

    fn pass_ends(&self) -> &'static str {
        let goes_on = self.app.model.as_ref().is_some_and(|m| m.causal);
        if goes_on && self.app.plan().is_some_and(|plan| plan.has_logits()) {
            "the pass ends here: t takes the next token"
        } else {
            "the pass ends here"
        }
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
            temperature: d.temperature().get(),
        };
        if at != app.at {
            app.candidate = 0;
        }
        if (at.pass, at.point) != (app.at.pass, app.at.point) {
            app.step = None;
            app.open.clear();
            app.answers.missing.clear();
        }
        app.at = at;
        app.passes.clear();
        app.passes.extend_from_slice(d.passes());
        app.breaks = (0..d.plan().len()).filter(|&i| d.stops_at(i)).collect();
        if let (Some(model), Some(pass)) = (&app.model, app.passes.get(cursor.pass)) {
            let e = explain::explain(model, pass, cursor.point);
            app.words = Words {
                formula: e.formula,
                text: e.text,
                short: e.short,
            };
        }
    }

    /// Keep selection and scroll inside, and ask for what is visible and not known.
    fn after(&mut self) {
        self.dirty = true;
        let (Some(d), Some(l)) = (&self.debugger, layout::layout(&self.app)) else {
            return;
        };
        for _ in 0..2 {
            let panels = view::panel_layouts(&self.app, &l);
            let Some(main) = panels
                .iter()
                .find(|p| p.spec.point == d.at().point)
                .or(panels.last())
            else {
                return;
            };
            self.app.cell.0 = self.app.cell.0.min(main.rows.max(1) - 1);
            self.app.cell.1 = self.app.cell.1.min(main.cols.max(1) - 1);
            self.app.scroll = main.geometry.follow(self.app.cell);
        }
        let queries = queries::queries(&self.app, d, &l);
        let stopped = matches!(self.app.status, Status::Stopping | Status::Stopped);
        if stopped || queries.is_empty() || queries == self.asked {
            return;
        }
        self.worker.view(queries.clone());
        self.asked = queries;
    }

    pub fn command(&mut self, command: &Command) {
        if let Command::Screen(command) = command {
            self.screen(*command);
            self.after();
            return;
        }
        self.remember(command);
        if let Command::Show(setting) = command {
            self.show(*setting);
            return;
        }
        let lens = self.app.answers.lens.as_ref().map(|(_, lens)| lens.clone());
        let outcome = match (&mut self.debugger, command) {
            (_, Command::Quit) => Ok(Outcome::Quit),
            (_, Command::Help(topic)) => Ok(Outcome::Help(topic.clone())),
            (Some(debugger), command) => debugger.run(command, lens.as_ref()),
            (None, _) => Err("the model is still being opened".into()),
        };
        let before = self.app.at.clone();
        let row = before.row;
        self.sync();
        if self.app.at.row != row {
            self.app.cell.0 = self.app.at.row;
        }
        match outcome {
            Ok(Outcome::Done) => {
                self.say_end(command, &before);
                self.say_found(command);
            }
            Ok(Outcome::Note(text)) => self.app.message = Some(Message::Note(text)),
            Ok(Outcome::List { title, lines, hint }) => {
                let mut lines: Vec<String> = lines.iter().flat_map(|l| wrap(l, LISTED)).collect();
                lines.extend(hint.iter().flat_map(|hint| ["", hint]).map(str::to_owned));
                self.app.overlay = Some(listed(title, lines));
            }
            Ok(Outcome::Job(job)) => {
                self.begin(job);
                return;
            }
            Ok(Outcome::Ask(ask)) => {
                if let Ask::One(Query::Find { test, .. }) = &ask {
                    self.app.search = Some(test.to_string());
                }
                self.app.status = Status::Running(None);
                self.worker.task(Task::Ask(ask));
                // The view made way: it is asked for anew when the answer is there.
                self.asked.clear();
                return;
            }
            Ok(Outcome::Source(file)) => self.source(&file),
            Ok(Outcome::Help(None)) => self.app.overlay = Some(Overlay::Help { top: 0 }),
            Ok(Outcome::Help(Some(topic))) => match command::find(&topic) {
                Some(spec) => self.app.overlay = Some(listed(spec.usage(), spec.explained())),
                None => {
                    let why = format!("there is no command {topic}: ? lists them all");
                    self.app.message = Some(Message::Error(why));
                }
            },
            Ok(Outcome::Quit) => self.app.quit = true,
            Err(why) => self.app.message = Some(Message::Error(why)),
        }
        self.after();
    }
}

/// The passes of a number and on, in words.
fn later(first: usize, passes: usize) -> String {
    match passes - first {
        1 => format!("pass {first}"),
        _ => format!("passes {first} to {}", passes - 1),
    }
}

/// What a command printed, its first line as the title.
fn reply_overlay(reply: &Reply) -> Overlay {
    let text = reply.text();
    let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let lines: Vec<String> = rest.lines().map(str::to_owned).collect();
    listed(title.to_owned(), lines)
}

fn listed(title: String, lines: Vec<String>) -> Overlay {
    Overlay::Text {
        title,
        lines,
        top: 0,
        left: 0,
    }
}
