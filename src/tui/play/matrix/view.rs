//! All state of the screen of matrices and vectors.

use super::super::super::keymap::Keymap;
use super::super::super::theme::Theme;
use super::super::base::Base;
use super::super::line::CommandLine;
use crate::play::matrix::command::{COMMANDS, Thing};
use crate::play::matrix::{Kind, Play};
use crate::session::history::History;

#[derive(Debug)]
pub struct View {
    pub base: Base,
    pub play: Play,
    /// The matrix that the cursor is in, and the vector that keys change.
    pub matrix: Thing,
    pub vector: Thing,
    /// Row and column of the chosen number of the matrix, and the place of that of the vector.
    pub cell: (usize, usize),
    pub number: usize,
}

impl View {
    pub fn new(theme: Theme, history: History, keymap: Keymap) -> View {
        View {
            base: Base::new(theme, CommandLine::of(&COMMANDS, history), keymap),
            play: Play::default(),
            matrix: Thing::A,
            vector: Thing::U,
            cell: (0, 0),
            number: 0,
        }
    }

    /// The part that keys change now.
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
