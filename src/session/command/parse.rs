//! From a typed line to a [`Command`].

use strsim::levenshtein as distance;

use super::Command;
use super::arguments::{Arguments, ParseError};
use super::table::{Spec, commands};

/// Read one command line.
///
/// # Errors
/// [`ParseError`], which names the word it could not read and the nearest command or the usage.
pub fn parse(line: &str) -> Result<Command, ParseError> {
    let (word, ..) = split(line);
    if word.is_empty() {
        return Err(ParseError::Empty);
    }
    let names = commands().flat_map(Spec::names);
    read(line, commands()).unwrap_or_else(|| Err(ParseError::unknown(word, names)))
}

/// Read a line whose command is in this table; `None` for any other.
pub fn read<C: 'static>(
    line: &str,
    table: impl IntoIterator<Item = &'static Spec<C>>,
) -> Option<Result<C, ParseError>> {
    let (word, count, rest) = split(line);
    let spec = table.into_iter().find(|spec| spec.is(word))?;
    let arguments = Arguments {
        name: spec.name,
        args: spec.args,
        count,
        rest,
    };
    Some(match count {
        Some(count) if !spec.args.starts_with("[/") => Err(arguments.no_count(count)),
        _ => (spec.parse)(&arguments),
    })
}

/// The command's name, the count behind a slash as in gdb's `x/8`, and what follows.
fn split(line: &str) -> (&str, Option<&str>, &str) {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match word.split_once('/') {
        Some((name, count)) => (name, Some(count), rest.trim()),
        None => (word, None, rest.trim()),
    }
}

impl ParseError {
    /// No command has this name; the nearest of those there are has the fewest edits from it, if they are few.
    pub fn unknown(word: &str, names: impl Iterator<Item = &'static str>) -> ParseError {
        let nearest = names
            .filter(|name| name.len() > 2)
            .map(|name| (distance(word, name), name))
            .min_by_key(|&(edits, _)| edits);
        ParseError::Unknown {
            word: word.to_owned(),
            nearest: nearest
                .filter(|(edits, name)| *edits <= 1 + name.len() / 3)
                .map(|(_, name)| name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_or_alias_stands_for_two_commands() {
        let mut names: Vec<&str> = commands().flat_map(Spec::names).collect();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(twice, None);
    }

    #[test]
    fn every_example_is_a_command() {
        for spec in commands() {
            assert!(parse(spec.example).is_ok(), "{}", spec.example);
        }
    }
}
