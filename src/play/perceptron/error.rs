//! Everything that can be wrong with a command or a data set.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error("there is no command {word:?}: {}", nearest(.near))]
    NoCommand { word: String, near: Option<String> },
    #[error("usage: {0}")]
    Usage(String),
    #[error("{word:?} is no input: the inputs are {names}, or their numbers from 1")]
    NoInput { word: String, names: String },
    #[error("{0:?} cannot be a name: a name is one line of text, and no number")]
    Name(String),
    #[error("a name has at most {0} characters")]
    LongName(usize),
    #[error("another input has the name {0:?}")]
    NameTaken(String),
    #[error("{0:?} is no number")]
    Number(String),
    #[error("{0} is not a finite number")]
    NotFinite(String),
    #[error("{0} is too large: numbers lie between -1e9 and 1e9")]
    LargeNumber(String),
    #[error("{0:?} is no answer: an answer is 0 or 1")]
    Answer(String),
    #[error("{0:?} is no rate: a rate is greater than 0, and at most 1000")]
    Rate(String),
    #[error("there are {due} inputs, not {given}")]
    Count { due: usize, given: usize },
    #[error("a perceptron has at most {0} inputs here")]
    ManyInputs(usize),
    #[error("the last input stays")]
    LastInput,
    #[error("there is no row {given}: the data set has rows 1 to {rows}")]
    NoRow { given: String, rows: usize },
    #[error("the last row stays: `data` with another name takes another data set")]
    LastRow,
    #[error("a data set has at most {0} samples here")]
    ManyRows(usize),
    #[error(
        "there is no data set: `data and`, `data or`, `data xor`, `data table` or `data FILE.csv`"
    )]
    NoData,
    #[error("no sample has been learned yet: already at the start")]
    AtStart,
    #[error("{0} samples have been learned, and more are not kept: `reset` begins again")]
    ManySteps(usize),
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

/// The fault of a file of samples.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{0}")]
    Read(#[from] std::io::Error),
    #[error("it is not there; a data set is `and`, `or`, `xor`, `table`, or a CSV file")]
    Missing,
    #[error("it is not an ordinary file")]
    NotAFile,
    #[error("it is empty: give a line of names, then a sample a line, with the answer 0 or 1 last")]
    Empty,
    #[error("it has names and no sample: give a sample a line, with the answer 0 or 1 last")]
    OnlyNames,
    #[error("line {line} has {found}, and the first has {due}")]
    Ragged {
        line: u64,
        found: Columns,
        due: Columns,
    },
    #[error(
        "line {line} has one column: at least one input and the answer are needed, with commas between them"
    )]
    OneColumn { line: u64 },
    #[error("it has {found} inputs, and a perceptron has at most {most} here")]
    ManyInputs { found: usize, most: usize },
    #[error("line {line}, column {column}: {why}")]
    Cell {
        line: u64,
        column: String,
        why: Box<PlayError>,
    },
    #[error("line 1: {0}")]
    Header(Box<PlayError>),
    #[error("it has more than {0} samples; take a part of it, as with `head -n {0}`")]
    ManyRows(usize),
    #[error("it has more than {0} bytes; take a part of it, as with `head -n 1000`")]
    Large(u64),
    #[error("line {line} is not UTF-8 text")]
    NotText { line: u64 },
    #[error("{0}")]
    Csv(String),
}

/// A number of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns(pub u64);

impl std::fmt::Display for Columns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            1 => write!(f, "1 column"),
            n => write!(f, "{n} columns"),
        }
    }
}
