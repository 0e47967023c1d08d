//! Everything that can be wrong with a command or a data set.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use crate::lang::{FluentValue, plain, quoted, say, say_with};
use crate::play::command::CommandError;
use crate::play::number::NumberError;

#[derive(Debug)]
pub enum PlayError {
    Command(CommandError),
    Number(NumberError),
    NoInput {
        word: String,
        names: String,
    },
    Name(String),
    /// Characters that a name may have.
    LongName(usize),
    NameTaken(String),
    Answer(String),
    Rate(String),
    Count {
        due: usize,
        given: usize,
    },
    ManyInputs(usize),
    LastInput,
    NoRow {
        given: String,
        rows: usize,
    },
    LastRow,
    ManyRows(usize),
    NoData,
    AtStart,
    ManySteps(usize),
    NothingToUndo,
    Data {
        file: PathBuf,
        why: DataError,
    },
    Write {
        file: PathBuf,
        why: std::io::Error,
    },
}

/// The fault of a file of samples.
#[derive(Debug)]
pub enum DataError {
    Read(std::io::Error),
    Missing,
    NotAFile,
    Empty,
    OnlyNames,
    Ragged {
        line: u64,
        found: Columns,
        due: Columns,
    },
    OneColumn {
        line: u64,
    },
    ManyInputs {
        found: usize,
        most: usize,
    },
    Cell {
        line: u64,
        column: String,
        why: Box<PlayError>,
    },
    Header(Box<PlayError>),
    ManyRows(usize),
    Large(u64),
    NotText {
        line: u64,
    },
    Csv(String),
}

/// A number of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns(pub u64);

impl Error for PlayError {}
impl Error for DataError {}

impl From<std::io::Error> for DataError {
    fn from(error: std::io::Error) -> DataError {
        DataError::Read(error)
    }
}

impl From<CommandError> for PlayError {
    fn from(error: CommandError) -> PlayError {
        PlayError::Command(error)
    }
}

impl From<NumberError> for PlayError {
    fn from(error: NumberError) -> PlayError {
        PlayError::Number(error)
    }
}

fn path(file: &Path) -> FluentValue<'static> {
    plain(file.display())
}

impl Display for PlayError {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        use PlayError::*;
        let text = match self {
            Command(why) => why.to_string(),
            Number(why) => why.to_string(),
            NoInput { word, names } => say_with(
                "perceptron-error-no-input",
                &[("word", quoted(word)), ("names", plain(names))],
            ),
            Name(name) => say_with("perceptron-error-bad-name", &[("name", quoted(name))]),
            LongName(most) => say_with("perceptron-error-long-name", &[("most", plain(most))]),
            NameTaken(name) => say_with("perceptron-error-name-taken", &[("name", quoted(name))]),
            Answer(word) => say_with("perceptron-error-answer", &[("word", quoted(word))]),
            Rate(word) => say_with("perceptron-error-bad-rate", &[("word", quoted(word))]),
            Count { due, given } => say_with(
                "perceptron-error-count",
                &[("due", plain(due)), ("given", plain(given))],
            ),
            ManyInputs(most) => say_with("perceptron-error-many-inputs", &[("most", plain(most))]),
            LastInput => say("perceptron-error-last-input").into(),
            NoRow { given, rows } => say_with(
                "perceptron-error-no-row",
                &[("given", plain(given)), ("rows", plain(rows))],
            ),
            LastRow => say("perceptron-error-last-row").into(),
            ManyRows(most) => say_with("perceptron-error-many-rows", &[("most", plain(most))]),
            NoData => say("perceptron-error-no-data").into(),
            AtStart => say("perceptron-error-at-start").into(),
            ManySteps(most) => say_with("perceptron-error-many-steps", &[("most", plain(most))]),
            NothingToUndo => say("perceptron-error-nothing-to-undo").into(),
            Data { file, why } => say_with(
                "perceptron-error-data",
                &[("file", path(file)), ("why", plain(why))],
            ),
            Write { file, why } => say_with(
                "perceptron-error-write",
                &[("file", path(file)), ("why", plain(why))],
            ),
        };
        f.write_str(&text)
    }
}

impl Display for DataError {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        use DataError::*;
        let text = match self {
            Read(error) => error.to_string(),
            Csv(error) => error.clone(),
            Missing => say("perceptron-error-missing").into(),
            NotAFile => say("perceptron-error-not-a-file").into(),
            Empty => say("perceptron-error-empty").into(),
            OnlyNames => say("perceptron-error-only-names").into(),
            Ragged { line, found, due } => say_with(
                "perceptron-error-ragged",
                &[
                    ("line", plain(line)),
                    ("found", plain(found)),
                    ("due", plain(due)),
                ],
            ),
            OneColumn { line } => say_with("perceptron-error-one-column", &[("line", plain(line))]),
            ManyInputs { found, most } => say_with(
                "perceptron-error-file-inputs",
                &[("found", plain(found)), ("most", plain(most))],
            ),
            Cell { line, column, why } => say_with(
                "perceptron-error-cell",
                &[
                    ("line", plain(line)),
                    ("column", plain(column)),
                    ("why", plain(why)),
                ],
            ),
            Header(why) => say_with("perceptron-error-header", &[("why", plain(why))]),
            ManyRows(most) => say_with("perceptron-error-file-rows", &[("most", plain(most))]),
            Large(most) => say_with("perceptron-error-large", &[("most", plain(most))]),
            NotText { line } => say_with("perceptron-error-not-text", &[("line", plain(line))]),
        };
        f.write_str(&text)
    }
}

impl Display for Columns {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self.0 {
            1 => f.write_str(say("perceptron-error-columns-one")),
            n => f.write_str(&say_with("perceptron-error-columns", &[("n", plain(n))])),
        }
    }
}
