//! Everything that can be wrong with a command or a file of numbers.

use std::path::PathBuf;

use super::model::MOST;
use super::words::{count, size};

#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error("there is no command {word:?}: {}", nearest(.near))]
    NoCommand { word: String, near: Option<String> },
    #[error("usage: {0}")]
    Usage(String),
    #[error("{0:?} is no number")]
    Number(String),
    #[error("{0} is not a finite number")]
    NotFinite(String),
    #[error("{0} is too large: numbers lie between -1e9 and 1e9")]
    LargeNumber(String),
    #[error(
        "it is empty: give numbers parted by spaces, and rows parted by semicolons, as in `1 2; 3 4`"
    )]
    Empty,
    #[error("row {row} has {}, and the first row has {}", count(*found), count(*due))]
    Ragged {
        row: usize,
        found: usize,
        due: usize,
    },
    #[error("{} is too large: a matrix has at most {MOST} rows and {MOST} columns here", size(*rows, *columns))]
    Large { rows: usize, columns: usize },
    #[error("a vector has 1 to {MOST} numbers here, not {0}")]
    LongVector(usize),
    #[error("{0:?} is nothing here: there are the matrices a and b and the vectors u and v")]
    NoThing(String),
    #[error("{name} has no element {given}: it is {size}")]
    NoElement {
        name: char,
        given: String,
        size: String,
    },
    #[error("A is {} and B is {}: a row of A must be as long as a column of B", size(a.0, a.1), size(b.0, b.1))]
    Unfit {
        a: (usize, usize),
        b: (usize, usize),
    },
    #[error("two vectors have no steps: `product` shows the matrices")]
    NoSteps,
    #[error("all cells have landed: already at the end")]
    AtEnd,
    #[error("nothing has been multiplied yet: already at the start")]
    AtStart,
    #[error("C has cells that have not landed: `end` multiplies to the end")]
    Unfinished,
    #[error("nothing to undo")]
    NothingToUndo,
    #[error("{}: {why}", .file.display())]
    Data { file: PathBuf, why: DataError },
    #[error("{} cannot be written: {why}", .file.display())]
    Write { file: PathBuf, why: std::io::Error },
}

fn nearest(near: &Option<String>) -> String {
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`help` lists them all".into(),
    }
}

/// The fault of a file of numbers.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{0}")]
    Read(#[from] std::io::Error),
    #[error("it is not there")]
    Missing,
    #[error("it is not an ordinary file")]
    NotAFile,
    #[error("it has more than {0} bytes: a matrix has at most {MOST} rows and {MOST} columns here")]
    TooManyBytes(u64),
    #[error("line {line} is not UTF-8 text")]
    NotText { line: u64 },
    #[error("{0}")]
    Csv(String),
    #[error("line {line}, column {column}: {why}")]
    Cell {
        line: u64,
        column: usize,
        why: Box<PlayError>,
    },
    #[error("{0}")]
    Matrix(Box<PlayError>),
}
