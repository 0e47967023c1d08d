//! Everything that can be wrong with a command or a file of numbers.

use std::path::{Path, PathBuf};

use super::model::MOST;
use super::words::size;
use crate::lang::{plain, say, say_with};
use crate::play::command::CommandError;
use crate::play::number::NumberError;

#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    Number(#[from] NumberError),
    #[error("{}", say("matrix-error-empty"))]
    Empty,
    #[error("{}", ragged(*.row, *.found, *.due))]
    Ragged {
        row: usize,
        found: usize,
        due: usize,
    },
    #[error("{}", large(*.rows, *.columns))]
    Large { rows: usize, columns: usize },
    #[error("{}", long_vector(*.0))]
    LongVector(usize),
    #[error("{}", with("matrix-error-no-thing", "word", &format!("{:?}", .0)))]
    NoThing(String),
    #[error("{}", no_element(*.name, .given, .size))]
    NoElement {
        name: char,
        given: String,
        size: String,
    },
    #[error("{}", unfit(*.a, *.b))]
    Unfit {
        a: (usize, usize),
        b: (usize, usize),
    },
    #[error("{}", say("matrix-error-no-steps"))]
    NoSteps,
    #[error("{}", say("matrix-error-at-end"))]
    AtEnd,
    #[error("{}", say("matrix-error-at-start"))]
    AtStart,
    #[error("{}", say("matrix-error-unfinished"))]
    Unfinished,
    #[error("{}", say("matrix-error-no-undo"))]
    NothingToUndo,
    #[error("{}: {why}", .file.display())]
    Data { file: PathBuf, why: DataError },
    #[error("{}", write(.file, .why))]
    Write { file: PathBuf, why: std::io::Error },
}

/// The fault of a file of numbers.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{0}")]
    Read(#[from] std::io::Error),
    #[error("{}", say("matrix-error-missing"))]
    Missing,
    #[error("{}", say("matrix-error-not-a-file"))]
    NotAFile,
    #[error("{}", many_bytes(*.0))]
    TooManyBytes(u64),
    #[error("{}", with("matrix-error-not-text", "line", &line.to_string()))]
    NotText { line: u64 },
    #[error("{0}")]
    Csv(String),
    #[error("{}", cell(*.line, *.column, .why))]
    Cell {
        line: u64,
        column: usize,
        why: Box<PlayError>,
    },
    #[error("{0}")]
    Matrix(Box<PlayError>),
}

/// A message with one argument.
fn with(key: &str, name: &str, value: &str) -> String {
    say_with(key, &[(name, value.to_owned().into())])
}

fn ragged(row: usize, found: usize, due: usize) -> String {
    let args = [
        ("row", plain(row)),
        ("found", plain(found)),
        ("due", plain(due)),
    ];
    say_with("matrix-error-ragged", &args)
}

fn large(rows: usize, columns: usize) -> String {
    let args = [("size", size(rows, columns).into()), ("most", plain(MOST))];
    say_with("matrix-error-large", &args)
}

fn long_vector(given: usize) -> String {
    let args = [("most", plain(MOST)), ("given", plain(given))];
    say_with("matrix-error-long-vector", &args)
}

fn no_element(name: char, given: &str, size: &str) -> String {
    let args = [
        ("name", plain(name)),
        ("given", plain(given)),
        ("size", plain(size)),
    ];
    say_with("matrix-error-no-element", &args)
}

fn unfit(a: (usize, usize), b: (usize, usize)) -> String {
    let args = [("a", size(a.0, a.1).into()), ("b", size(b.0, b.1).into())];
    say_with("matrix-error-unfit", &args)
}

fn write(file: &Path, why: &std::io::Error) -> String {
    let args = [("file", plain(file.display())), ("why", plain(why))];
    say_with("matrix-error-write", &args)
}

fn many_bytes(bytes: u64) -> String {
    let args = [("bytes", plain(bytes)), ("most", plain(MOST))];
    say_with("matrix-error-many-bytes", &args)
}

fn cell(line: u64, column: usize, why: &PlayError) -> String {
    let args = [
        ("line", plain(line)),
        ("column", plain(column)),
        ("why", plain(why)),
    ];
    say_with("matrix-error-cell", &args)
}
