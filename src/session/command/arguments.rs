//! The arguments that follow a command's name.

use super::slice::SliceError;
use super::{Command, Setting, SliceSpec, TokenPick, Which, parse};
use crate::trace::query::Temperature;

/// Why a line is not a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("type a command; `help` lists them")]
    Empty,
    #[error("there is no command `{word}`{}", nearest.map_or(String::new(), |n| format!("; did you mean `{n}`?")))]
    Unknown {
        word: String,
        nearest: Option<&'static str>,
    },
    #[error("{command} takes no argument, and `{word}` is one")]
    TooMany { command: &'static str, word: String },
    #[error("{command} needs {what}: {usage}")]
    Missing {
        command: &'static str,
        what: &'static str,
        usage: String,
    },
    #[error("{command} does not understand `{word}`: {usage}")]
    Wrong {
        command: &'static str,
        word: String,
        usage: String,
    },
    #[error("{command}: {name} is {wanted}; this is `{word}`")]
    Range {
        command: &'static str,
        name: &'static str,
        wanted: &'static str,
        word: String,
    },
    #[error("{command}: {error}")]
    Slice {
        command: &'static str,
        error: SliceError,
    },
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

    pub fn which(&self) -> Result<Which, ParseError> {
        which(self.rest).ok_or_else(|| self.wrong(self.rest))
    }

    pub fn temperature(&self, text: &str) -> Result<Temperature, ParseError> {
        text.parse()
            .ok()
            .and_then(Temperature::new)
            .ok_or_else(|| self.outside("a temperature", "a number above 0", text))
    }

    fn outside(&self, name: &'static str, wanted: &'static str, word: &str) -> ParseError {
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

pub fn token(a: &Arguments) -> Result<Command, ParseError> {
    let wrong = || a.wrong(a.rest);
    let pick = if a.rest.is_empty() || a.rest == "greedy" {
        TokenPick::Greedy
    } else if let Some(rank) = a.rest.strip_prefix('#') {
        let rank = rank.parse().ok().filter(|&n| n > 0);
        TokenPick::Rank(rank.ok_or_else(wrong)?)
    } else if let Some(text) = a.rest.strip_prefix('"') {
        let text = text.strip_suffix('"').filter(|t| !t.is_empty());
        TokenPick::Text(text.ok_or_else(wrong)?.to_owned())
    } else if let Ok(id) = a.rest.parse() {
        TokenPick::Id(id)
    } else {
        let mut words = a.rest.split_whitespace();
        match words.next() {
            Some("sample") => sample(a, words)?,
            _ => return Err(wrong()),
        }
    };
    Ok(Command::Token(pick))
}

fn sample<'w>(
    a: &Arguments,
    words: impl Iterator<Item = &'w str>,
) -> Result<TokenPick, ParseError> {
    let (mut temperature, mut top_k, mut top_p, mut seed) = (None, 0, 1.0, 0);
    for word in words {
        let wrong = || a.wrong(word);
        let (name, value) = word.split_once('=').ok_or_else(wrong)?;
        match name {
            "temperature" | "t" => temperature = Some(a.temperature(value)?),
            "top_k" => {
                let k = value.parse();
                top_k = k.map_err(|_| a.outside("top_k", "a whole number", value))?;
            }
            "top_p" => {
                let p = value.parse().ok().filter(|&p| p > 0.0 && p <= 1.0);
                top_p = p.ok_or_else(|| a.outside("top_p", "above 0 and at most 1", value))?;
            }
            "seed" => {
                let n = value.parse();
                seed = n.map_err(|_| a.outside("seed", "a whole number", value))?;
            }
            _ => return Err(wrong()),
        }
    }
    Ok(TokenPick::Sample {
        temperature,
        top_k,
        top_p,
        seed,
    })
}

/// The hook point or pattern, the slice, and how many values in their order rather than a matrix.
pub fn print(a: &Arguments) -> Result<(Option<String>, SliceSpec, Option<usize>), ParseError> {
    let (name, slice) = a.rest.split_at(a.rest.find('[').unwrap_or(a.rest.len()));
    let slice = SliceSpec::parse(slice).map_err(|error| ParseError::Slice {
        command: a.name,
        error,
    })?;
    let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    let first = match a.count {
        None => None,
        Some(text) => {
            // A number is what values are: gdb's letter for that changes nothing.
            let count = text.strip_suffix('f').unwrap_or(text).parse();
            let count = count.ok().filter(|&n: &usize| n > 0);
            Some(count.ok_or_else(|| a.outside("/N", "a whole number from 1", text))?)
        }
    };
    Ok((name, slice, first))
}

/// How many candidates, and the hook point or pattern.
pub fn topk(a: &Arguments) -> Result<(Option<usize>, Option<String>), ParseError> {
    let (first, rest) = a
        .rest
        .split_once(char::is_whitespace)
        .unwrap_or((a.rest, ""));
    let (k, name) = match first.parse() {
        Ok(0) => return Err(a.outside("K", "a whole number from 1", first)),
        Ok(k) => (Some(k), rest.trim()),
        Err(_) if first.parse::<f64>().is_ok() => {
            return Err(a.outside("K", "a whole number from 1", first));
        }
        Err(_) => (None, a.rest),
    };
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    Ok((k, name))
}

pub fn save(a: &Arguments) -> Result<Command, ParseError> {
    let mut words = words(a.rest).ok_or_else(|| a.wrong(a.rest))?.into_iter();
    let path = words.next().ok_or_else(|| a.missing("FILE"))?;
    Ok(Command::Save {
        path,
        hooks: words.collect(),
    })
}

/// `set NAME VALUE` is the command `NAME VALUE`.
pub fn set(a: &Arguments) -> Result<Command, ParseError> {
    let (word, value) = a.setting();
    let setting = Setting::named(word).ok_or_else(|| a.wrong(word))?;
    match value {
        "" => Err(a.missing("VALUE")),
        value => parse(&format!("{} {value}", setting.word())),
    }
}

pub fn show(a: &Arguments) -> Result<Command, ParseError> {
    match a.rest {
        "" => Ok(Command::Show(None)),
        word => match Setting::named(word) {
            Some(setting) => Ok(Command::Show(Some(setting))),
            None => Err(a.wrong(word)),
        },
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
fn words(text: &str) -> Option<Vec<String>> {
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
