//! All state of the screen of matrices and vectors.

use ratatui::layout::Rect;

use super::super::super::theme::Theme;
use super::super::super::widgets::input::Input;
use crate::play::matrix::command::Thing;
use crate::play::matrix::{Kind, Play};

/// A line that is typed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The text before it on the screen.
    pub label: String,
    /// The text before it in the command line.
    pub prefix: String,
    pub input: Input,
    /// How many lines back in those typed before.
    pub back: usize,
}

#[derive(Clone, Debug)]
pub enum Message {
    Note(String),
    Error(String),
}

/// A text over everything else.
#[derive(Clone, Debug)]
pub struct Overlay {
    pub title: String,
    pub lines: Vec<String>,
    pub top: usize,
}

#[derive(Debug)]
pub struct View {
    pub theme: Theme,
    pub screen: Rect,
    pub play: Play,
    /// The matrix that the cursor is in, and the vector that keys change.
    pub matrix: Thing,
    pub vector: Thing,
    /// Row and column of the chosen number of the matrix, and the place of that of the vector.
    pub cell: (usize, usize),
    pub number: usize,
    pub message: Option<Message>,
    pub entry: Option<Entry>,
    pub overlay: Option<Overlay>,
    /// A number that is typed before a key.
    pub count: usize,
    /// Lines that were typed, the newest last.
    pub typed: Vec<String>,
    pub redraw: bool,
    pub quit: bool,
}

impl View {
    pub fn new(theme: Theme) -> View {
        View {
            theme,
            screen: Rect::default(),
            play: Play::default(),
            matrix: Thing::A,
            vector: Thing::U,
            cell: (0, 0),
            number: 0,
            message: None,
            entry: None,
            overlay: None,
            count: 0,
            typed: Vec::new(),
            redraw: false,
            quit: false,
        }
    }

    /// What keys change now.
    pub fn focus(&self) -> Thing {
        match self.play.kind() {
            Kind::Product => self.matrix,
            Kind::Vectors => self.vector,
        }
    }

    /// Rows and columns of the matrix that the cursor is in.
    pub fn size(&self) -> (usize, usize) {
        let product = self.play.product();
        let matrix = match self.matrix {
            Thing::B => &product.b,
            _ => &product.a,
        };
        (matrix.rows(), matrix.columns())
    }

    /// The vector that keys change.
    pub fn numbers(&self) -> &[f64] {
        match self.vector {
            Thing::V => &self.play.vectors().v,
            _ => &self.play.vectors().u,
        }
    }

    /// Keep the cursor on what there is.
    pub fn keep_cursor(&mut self) {
        let (rows, columns) = self.size();
        self.cell = (self.cell.0.min(rows - 1), self.cell.1.min(columns - 1));
        self.number = self.number.min(self.numbers().len() - 1);
    }
}
