//! All state of the screen. It changes in `update` only; drawing reads it.

use std::collections::HashSet;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::answers::Answers;
use super::keymap::Keymap;
use super::palette::Palette;
use super::theme::Theme;
use super::widgets::editor::Editor;
use super::widgets::input::Input;
use super::widgets::matrix::Density;
use crate::play::matrix::pace::Pace;
use crate::session::beside::Beside;
use crate::session::command::{Autoplay, Cut};
use crate::session::stages::Calculations;
use crate::trace::branch::Branch;
use crate::trace::hook::Layer;
use crate::trace::intervention::Intervention;
use crate::trace::plan::{HookPoint, Plan};
use crate::trace::query::{Job, Query, Sampling, Temperature};
use crate::trace::source::{ModelInfo, Pass, Progress};
use crate::trace::tensor::{Slice, Summary};
use crate::trace::token::Token;

/// The state of the worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    Opening,
    Ready,
    Running(Option<Progress>),
    /// Asked to stop, and not there yet.
    Stopping,
    /// Stopped as asked, before all that the screen shows was known: the next key goes on.
    Stopped,
    /// Nothing can be asked any more.
    Failed(String),
}

/// Where the debugger stands, copied from it after every command.
#[derive(Clone, Debug, PartialEq)]
pub struct At {
    pub pass: usize,
    pub point: usize,
    /// The token after which the next one is predicted, counted in the pass.
    pub row: usize,
    pub temperature: Temperature,
    pub cut: Cut,
}

/// The hook point at the cursor in plain words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub formula: String,
    pub text: String,
    /// For narrow screens.
    pub short: String,
}

/// Columns in another order than their own, and the question whose answer it follows from.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub of: Query,
    pub columns: Arc<[usize]>,
}

/// A view of the whole model in the middle of the screen: the question it answers, and the selected cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    pub query: Query,
    pub cell: (usize, usize),
}

/// A matrix that is no step of the pass and is looked at in the place of the one at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub beside: Beside,
    pub words: Words,
    /// The selected cell, and the first one shown.
    pub cell: (usize, usize),
    pub scroll: (usize, usize),
}

/// Tokens that appear one after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    pub autoplay: Autoplay,
    pub paused: bool,
    /// How many more, where that is bounded.
    pub left: Option<usize>,
    /// Those that have come.
    pub tokens: Vec<Played>,
    /// The pass whose token ends the text, once that is told.
    pub ended: Option<usize>,
}

/// A token that has come, and how probable it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The pass that it began.
    pub pass: usize,
    pub id: u32,
    pub text: String,
    /// Not known yet where `None`.
    pub prob: Option<f64>,
}

/// A line of text for the person, in the footer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Note(String),
    Error(String),
}

/// An overlay above the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    Help {
        top: usize,
    },
    /// Text a command printed.
    Text {
        title: String,
        lines: Vec<String>,
        top: usize,
        left: usize,
        /// The overlay that it lies over, and gives its place back to.
        under: Option<Box<Overlay>>,
    },
    Palette(Palette),
    Prompt(Box<Prompt>),
    Save(Save),
    Confirm(Confirm),
    Product(Product),
    Why(Why),
}

/// A matrix product of the model that is played at one element.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// The question for its terms.
    pub query: Query,
    /// Steps done: a term each, then what follows the sum, then the comparison with the stored value.
    pub at: usize,
    pub pace: Pace,
    /// Whether terms with large contributions come first.
    pub largest: bool,
    /// Whether its keys are shown instead.
    pub help: bool,
    /// The derivation that it was opened from.
    pub under: Option<Why>,
}

/// The derivation of an element, and the way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// From the element that was asked about first to the one that is shown; never empty.
    pub trail: Vec<Asked>,
    /// The message of the last key.
    pub note: Option<String>,
    pub help: bool,
}

/// A question of a trail.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub query: Query,
    /// The selected operand.
    pub selected: usize,
}

/// A question before something is lost.
#[derive(Clone, Debug)]
pub struct Confirm {
    pub question: String,
    /// The job that a yes does, and how many times.
    pub job: Job,
    pub count: usize,
}

/// The editor of the prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    pub editor: Editor,
    pub error: Option<String>,
}

/// The form that writes a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Save {
    pub path: Input,
    /// Patterns parted by spaces.
    pub hooks: Input,
    /// Whether keys go to `hooks`.
    pub on_hooks: bool,
    /// The facts of the trace that would be written, or why it cannot be.
    pub facts: Result<String, String>,
    /// This file is there; Enter replaces it.
    pub replace: Option<String>,
    /// Nothing was typed yet: the first letter takes the offered name's place.
    pub fresh: bool,
}

pub struct App {
    pub theme: Theme,
    pub keymap: Keymap,
    pub screen: Rect,
    /// The pane that has the focus, by its name.
    pub focus: &'static str,
    pub zoom: bool,
    /// Panes hidden by hand.
    pub hidden: HashSet<&'static str>,
    pub density: Density,
    /// Whether wide matrices show columns with large values first, and the order that follows.
    pub largest: bool,
    pub order: Option<Order>,
    pub status: Status,
    pub model: Option<ModelInfo>,
    /// The text of pass 0, as it was given.
    pub prompt: String,
    pub passes: Vec<Pass>,
    /// The changes to values, and the hook points of each pass that they may reach.
    pub interventions: Vec<Intervention>,
    pub changed: Vec<HashSet<usize>>,
    /// The states side by side, and the one that this one is compared with at the cursor.
    pub branches: Vec<Branch>,
    pub diff: Option<String>,
    /// The selected line of the tree of branches.
    pub branch: usize,
    /// The calculations that can be looked at stage by stage.
    pub calculations: Option<Calculations>,
    /// Dimensions of the positions whose curves are shown together, beside the cursor's own.
    pub curves: Vec<usize>,
    pub at: At,
    /// Hook points of the pass that have a breakpoint.
    pub breaks: HashSet<usize>,
    /// Layers opened by hand.
    pub open: HashSet<Layer>,
    /// The chosen head; hook points with fewer take the one that serves it.
    pub head: usize,
    /// The selected cell, and the first one shown: places on the screen, whatever the order of columns.
    pub cell: (usize, usize),
    pub scroll: (usize, usize),
    /// The selected line of the steps; the cursor's own when `None`.
    pub step: Option<usize>,
    pub candidate: usize,
    /// The view that takes the matrix's place.
    pub whole: Option<Whole>,
    /// Whether surprisal stands under the tokens.
    pub scored: bool,
    pub answers: Answers,
    pub words: Words,
    /// Whether a matrix product makes the values of the hook point at the cursor.
    pub is_product: bool,
    pub opened: Option<Opened>,
    pub play: Option<Play>,
    pub message: Option<Message>,
    pub overlay: Option<Overlay>,
    /// The text that n and N look for, until esc.
    pub search: Option<String>,
    pub quit: bool,
}

impl App {
    /// The pane that has the focus first.
    pub const FOCUS: &str = "matrix";

    pub fn new(theme: Theme) -> App {
        App {
            theme,
            keymap: Keymap::default(),
            screen: Rect::default(),
            focus: App::FOCUS,
            zoom: false,
            hidden: HashSet::new(),
            density: Density::default(),
            largest: false,
            order: None,
            status: Status::Opening,
            model: None,
            prompt: String::new(),
            passes: Vec::new(),
            interventions: Vec::new(),
            changed: Vec::new(),
            branches: Vec::new(),
            diff: None,
            branch: 0,
            calculations: None,
            curves: Vec::new(),
            at: At {
                pass: 0,
                point: 0,
                row: 0,
                temperature: Temperature::default(),
                cut: Cut::default(),
            },
            breaks: HashSet::new(),
            open: HashSet::new(),
            head: 0,
            cell: (0, 0),
            scroll: (0, 0),
            step: None,
            candidate: 0,
            whole: None,
            scored: false,
            answers: Answers::default(),
            words: Words::default(),
            is_product: false,
            opened: None,
            play: None,
            message: None,
            overlay: None,
            search: None,
            quit: false,
        }
    }

    pub fn pass(&self) -> Option<&Pass> {
        self.passes.get(self.at.pass)
    }

    /// The tokens of this pass and those that later passes have added.
    pub fn text(&self) -> &[Token] {
        let here = self.pass().map_or(&[][..], |pass| &pass.tokens);
        let later = self.passes.iter().rev().map(|pass| &pass.tokens[..]);
        later
            .into_iter()
            .find(|all| all.starts_with(here))
            .unwrap_or(here)
    }

    pub fn plan(&self) -> Option<&Arc<Plan>> {
        self.pass().map(|pass| &pass.plan)
    }

    /// The hook point at the cursor.
    pub fn point(&self) -> Option<&HookPoint> {
        self.plan()?.points().get(self.at.point)
    }

    /// A pass and the name of a hook point of it, as questions have them.
    fn place(&self, point: usize) -> (usize, String) {
        let point = self.plan().and_then(|plan| plan.points().get(point));
        (
            self.at.pass,
            point.map_or(String::new(), |p| p.name.clone()),
        )
    }

    /// The question for values of a hook point.
    pub fn ask_values(&self, point: usize, slice: Slice) -> Query {
        let (pass, point) = self.place(point);
        Query::Values { pass, point, slice }
    }

    /// The question for the numbers that summarise a hook point.
    pub fn ask_summary(&self, point: usize) -> Query {
        let (pass, point) = self.place(point);
        Query::Summary { pass, point }
    }

    /// How tokens are drawn, where nothing else is said.
    pub fn sampling(&self) -> Sampling {
        Sampling {
            temperature: self.at.temperature.get(),
            top_k: self.at.cut.top_k,
            top_p: self.at.cut.top_p,
            seed: 0,
        }
    }

    /// The question for all heads of a hook point.
    pub fn ask_heads(&self, point: usize, rows: usize, cols: usize) -> Query {
        let (pass, point) = self.place(point);
        Query::Heads {
            pass,
            point,
            rows,
            cols,
        }
    }

    /// The question for the distribution at a hook point, after a token of the pass.
    pub fn ask_lens(&self, point: usize, row: usize, k: usize) -> Query {
        let (pass, point) = self.place(point);
        Query::Lens {
            pass,
            point,
            row,
            k,
            temperature: self.at.temperature,
        }
    }

    /// The question for the answer before and after the interventions, if one is on.
    pub fn ask_effect(&self, k: usize) -> Option<Query> {
        let on = self.interventions.iter().any(|one| one.on);
        on.then_some(Query::Effect {
            pass: self.at.pass,
            row: self.at.row,
            k,
            temperature: self.at.temperature,
        })
    }

    /// The interventions in this pass at a hook point, whether on or off.
    pub fn interventions_at(&self, point: usize) -> impl Iterator<Item = &Intervention> {
        let here = self.plan().and_then(|plan| plan.points().get(point));
        let pass = self.at.pass;
        let holds = move |one: &&Intervention| {
            let in_pass = one.pass == pass || one.later && one.pass < pass;
            in_pass && here.is_some_and(|here| here.name == one.point)
        };
        self.interventions.iter().filter(holds)
    }

    /// Whether interventions may change a hook point's value.
    pub fn is_changed(&self, point: usize) -> bool {
        let changed = self.changed.get(self.at.pass);
        changed.is_some_and(|changed| changed.contains(&point))
    }

    /// The question of the view of the whole model, at the cursor's pass, row and temperature.
    pub fn ask_whole(&self) -> Option<Query> {
        let mut query = self.whole.as_ref()?.query.clone();
        let at = &self.at;
        match &mut query {
            Query::Grid {
                pass, temperature, ..
            } => (*pass, *temperature) = (at.pass, at.temperature),
            Query::Attribute { pass, row, .. }
            | Query::Inputs { pass, row, .. }
            | Query::Rollout { pass, row, .. } => {
                (*pass, *row) = (at.pass, at.row);
            }
            Query::HeadMap { pass, .. } => *pass = at.pass,
            Query::Split { head, .. } => *head = self.head,
            _ => {}
        }
        Some(query)
    }

    /// The question for the text's score.
    pub fn ask_score(&self) -> Query {
        let pass = self.at.pass;
        Query::Score { pass }
    }

    /// Give the middle of the screen back to the matrix; whether it was not the matrix's.
    pub fn close_whole(&mut self) -> bool {
        let was = self.whole.take().is_some();
        if was {
            self.focus = App::FOCUS;
        }
        was
    }

    /// The numbers that summarise a hook point.
    pub fn summary(&self, point: usize) -> Option<&Summary> {
        self.answers.latest(&self.ask_summary(point))?.1.summary()
    }
}
