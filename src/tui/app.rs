//! All state of the screen. It changes in `update` only; drawing reads it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ratatui::layout::Rect;

use super::theme::Theme;
use super::widgets::editor::Editor;
use super::widgets::input::Input;
use crate::trace::hook::Layer;
use crate::trace::plan::Plan;
use crate::trace::source::{ModelInfo, Pass, Progress};
use crate::trace::tensor::{Distribution, Summary, Values};
use crate::trace::token::Token;

use crate::session::command::Keymap;
pub use crate::session::command::{Density, Pane};
use crate::trace::query::Job;

/// What the worker is at.
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
    pub temperature: f64,
}

/// A rectangle of one hook point's values, as asked for and answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub rows: std::ops::Range<usize>,
    pub cols: std::ops::Range<usize>,
    pub head: Option<usize>,
    pub values: Values,
}

impl Tile {
    pub fn get(&self, row: usize, col: usize) -> Option<f64> {
        if !self.rows.contains(&row) || !self.cols.contains(&col) {
            return None;
        }
        let at = (row - self.rows.start) * self.cols.len() + col - self.cols.start;
        self.values.data.get(at).copied()
    }
}

/// Which row of which head of which hook point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowOf {
    pub pass: usize,
    pub point: usize,
    pub head: usize,
    pub row: usize,
}

/// What has been answered, by pass and hook point. Old answers stay until newer ones come.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    pub tiles: HashMap<(usize, usize), Tile>,
    pub summaries: HashMap<(usize, usize), Summary>,
    pub heads: HashMap<(usize, usize), Values>,
    pub lens: Option<(At, Distribution)>,
    /// Why a hook point of this pass cannot be shown; forgotten when the cursor moves.
    pub missing: HashMap<usize, String>,
    /// Where there is no lens, and why.
    pub lens_error: Option<(At, String)>,
    /// One row of a pattern too wide to be shown whole.
    pub row: Option<(RowOf, Vec<f64>)>,
    /// The distributions after the tokens of a pass, by pass and row, with their temperature.
    pub predictions: HashMap<(usize, usize), Distribution>,
}

/// The hook point at the cursor in plain words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub formula: String,
    pub text: String,
    /// For narrow screens.
    pub short: String,
}

/// A line of text for the person, in the footer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Note(String),
    Error(String),
}

/// What lies over the panes.
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
    },
    Palette(Palette),
    Prompt(Box<Prompt>),
    Save(Save),
    Confirm(Confirm),
}

/// A question before something is lost.
#[derive(Clone, Debug)]
pub struct Confirm {
    pub question: String,
    /// What is done for a yes, and how many times.
    pub job: Job,
    pub count: usize,
}

/// The editor of the prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    pub editor: Editor,
    pub error: Option<String>,
}

/// The command line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Palette {
    pub input: Input,
    /// What fits the text typed so far; found when it changes, not while drawing.
    pub offers: Vec<Offer>,
    pub choice: usize,
    pub error: Option<String>,
    /// How the command is used whose arguments are being typed.
    pub usage: Option<String>,
    /// How many lines back in the history, and what was typed before that.
    pub back: usize,
    pub draft: String,
    /// Whether what is typed is looked for in the history.
    pub searching: bool,
    /// What a key typed on opening, and the number before that key; until the next one.
    pub opened: Option<(String, Option<usize>)>,
}

/// A line that the command line offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub line: String,
    pub args: String,
    pub words: String,
}

/// The form that writes a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Save {
    pub path: Input,
    /// Patterns parted by spaces.
    pub hooks: Input,
    /// Whether keys go to `hooks`.
    pub on_hooks: bool,
    /// What would be written, or why it cannot be.
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
    pub focus: Pane,
    pub zoom: bool,
    pub hidden: HashSet<Pane>,
    pub density: Density,
    pub status: Status,
    pub model: Option<ModelInfo>,
    /// The text of pass 0, as it was given.
    pub prompt: String,
    pub passes: Vec<Pass>,
    pub at: At,
    /// Hook points of the pass that have a breakpoint.
    pub breaks: HashSet<usize>,
    /// Layers opened by hand.
    pub open: HashSet<Layer>,
    /// The chosen head; hook points with fewer take the one that serves it.
    pub head: usize,
    /// The selected cell, and the first one shown.
    pub cell: (usize, usize),
    pub scroll: (usize, usize),
    /// The selected line of the steps; the cursor's own when `None`.
    pub step: Option<usize>,
    pub candidate: usize,
    pub answers: Answers,
    pub words: Words,
    pub message: Option<Message>,
    pub overlay: Option<Overlay>,
    /// What n and N look for, until esc.
    pub search: Option<String>,
    pub quit: bool,
}

impl App {
    pub fn new(theme: Theme) -> App {
        App {
            theme,
            keymap: Keymap::default(),
            screen: Rect::default(),
            focus: Pane::Matrix,
            zoom: false,
            hidden: HashSet::new(),
            density: Density::default(),
            status: Status::Opening,
            model: None,
            prompt: String::new(),
            passes: Vec::new(),
            at: At {
                pass: 0,
                point: 0,
                row: 0,
                temperature: 1.0,
            },
            breaks: HashSet::new(),
            open: HashSet::new(),
            head: 0,
            cell: (0, 0),
            scroll: (0, 0),
            step: None,
            candidate: 0,
            answers: Answers::default(),
            words: Words::default(),
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

    pub fn shows(&self, pane: Pane) -> bool {
        !self.hidden.contains(&pane)
    }
}
