//! The arguments that follow a command's name.

use super::Which;
use super::slice::SliceError;
use crate::lang::{plain, say, say_with};
use crate::trace::query::Temperature;

/// Why a line is not a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("{}", say("error-empty"))]
    Empty,
    #[error("{}", unknown(word, *nearest))]
    Unknown {
        word: String,
        nearest: Option<&'static str>,
    },
    #[error("{}", say_with("error-no-argument", &[("command", plain(command)), ("word", plain(word))]))]
    TooMany { command: &'static str, word: String },
    #[error("{}", say_with("error-missing", &[("command", plain(command)), ("what", plain(what)), ("usage", plain(usage))]))]
    Missing {
        command: &'static str,
        what: &'static str,
        usage: String,
    },
    #[error("{}", say_with("error-wrong", &[("command", plain(command)), ("word", plain(word)), ("usage", plain(usage))]))]
    Wrong {
        command: &'static str,
        word: String,
        usage: String,
    },
    #[error("{}", say_with("error-range", &[
        ("command", plain(command)), ("name", plain(name)), ("wanted", say(wanted).into()), ("word", plain(word))
    ]))]
    Range {
        command: &'static str,
        name: &'static str,
        /// The message's key for what the value should be.
        wanted: &'static str,
        word: String,
    },
    #[error("{}", say_with("error-of-command", &[("command", plain(command)), ("why", plain(error))]))]
    Slice {
        command: &'static str,
        error: SliceError,
    },
}

fn unknown(word: &str, nearest: Option<&str>) -> String {
    match nearest {
        Some(near) => {
            let args = [("word", plain(word)), ("near", plain(near))];
            say_with("error-unknown-near", &args)
        }
        None => say_with("error-unknown", &[("word", plain(word))]),
    }
}

/// The arguments that follow a command's name, not read yet.
pub struct Arguments<'a> {
    /// The command's own, as in its [`Spec`](super::Spec).
    pub name: &'static str,
    pub args: &'static str,
    /// The text behind a slash right after the name: `8` in `x/8`.
    pub count: Option<&'a str>,
    pub rest: &'a str,
}

impl Arguments<'_> {
    pub fn none<C>(&self, command: C) -> Result<C, ParseError> {
        match self.rest {
            "" => Ok(command),
            rest => Err(ParseError::TooMany {
                command: self.name,
                word: rest.to_owned(),
            }),
        }
    }

    pub fn no_count(&self, count: &str) -> ParseError {
        ParseError::TooMany {
            command: self.name,
            word: format!("/{count}"),
        }
    }

    pub fn wrong(&self, word: &str) -> ParseError {
        match word {
            "" => self.missing(self.args),
            word => ParseError::Wrong {
                command: self.name,
                word: word.to_owned(),
                usage: usage(self.name, self.args),
            },
        }
    }

    /// The setting's name and its value: `NAME VALUE`, `NAME = VALUE`.
    pub fn setting(&self) -> (&str, &str) {
        let between = |c: char| c.is_whitespace() || c == '=';
        let (word, value) = self.rest.split_once(between).unwrap_or((self.rest, ""));
        (word, value.trim_start_matches(between))
    }

    pub fn missing(&self, what: &'static str) -> ParseError {
        ParseError::Missing {
            command: self.name,
            what,
            usage: usage(self.name, self.args),
        }
    }

    /// A number of times, 1 when not given.
    pub fn count(&self) -> Result<usize, ParseError> {
        match self.optional_number("COUNT")? {
            None => Ok(1),
            Some(0) => Err(self.wrong("0")),
            Some(n) => Ok(n),
        }
    }

    pub fn optional_number(&self, what: &'static str) -> Result<Option<usize>, ParseError> {
        match self.rest {
            "" => Ok(None),
            _ => self.number(what).map(Some),
        }
    }

    pub fn number(&self, what: &'static str) -> Result<usize, ParseError> {
        self.required(what)?
            .parse()
            .map_err(|_| self.wrong(self.rest))
    }

    pub fn required(&self, what: &'static str) -> Result<String, ParseError> {
        self.optional().ok_or_else(|| self.missing(what))
    }

    pub fn optional(&self) -> Option<String> {
        (!self.rest.is_empty()).then(|| self.rest.to_owned())
    }

    /// A file's name, in quotes where it has spaces, and what follows it.
    pub fn file(&self) -> Result<(String, &str), ParseError> {
        let (file, rest) = match self.rest.strip_prefix('"') {
            Some(quoted) => quoted
                .split_once('"')
                .ok_or_else(|| self.wrong(self.rest))?,
            None => self
                .rest
                .split_once(char::is_whitespace)
                .unwrap_or((self.rest, "")),
        };
        match file {
            "" => Err(self.missing("FILE")),
            file => Ok((file.to_owned(), rest.trim())),
        }
    }

    pub fn which(&self) -> Result<Which, ParseError> {
        which(self.rest).ok_or_else(|| self.wrong(self.rest))
    }

    pub fn temperature(&self, text: &str) -> Result<Temperature, ParseError> {
        text.parse()
            .ok()
            .and_then(Temperature::new)
            .ok_or_else(|| self.outside(say("error-temperature"), "error-wanted-above-0", text))
    }

    pub fn outside(&self, name: &'static str, wanted: &'static str, word: &str) -> ParseError {
        ParseError::Range {
            command: self.name,
            name,
            wanted,
            word: word.to_owned(),
        }
    }
}

/// `topk [K] [NAME]`
pub fn usage(name: &str, args: &str) -> String {
    match args {
        "" => name.to_owned(),
        // Right behind the name, as in `x/8`.
        args if args.starts_with("[/") => format!("{name}{args}"),
        args => format!("{name} {args}"),
    }
}

/// Read a [`Which`] from `next`, `prev` or a number.
fn which(text: &str) -> Option<Which> {
    match text {
        "next" => Some(Which::Next),
        "prev" | "previous" => Some(Which::Previous),
        number => number.parse().ok().map(Which::Number),
    }
}

/// `text` without double quotes around the whole of it.
pub fn unquoted(text: &str) -> &str {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).unwrap_or(text)
}

/// Words parted by spaces; double quotes keep spaces together. `None` for an open quote.
pub fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = None::<String>;
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}
