//! From a typed line or a key to a [`Command`].

use super::Command;
use super::arguments::{Arguments, ParseError};
use super::table::{commands, find};

/// Read one command line.
///
/// # Errors
/// [`ParseError`], which names the word it could not read and the nearest command or the usage.
pub fn parse(line: &str) -> Result<Command, ParseError> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if word.is_empty() {
        return Err(ParseError::Empty);
    }
    let spec = find(word).ok_or_else(|| ParseError::Unknown {
        word: word.to_owned(),
        nearest: nearest(word),
    })?;
    (spec.parse)(&Arguments {
        name: spec.name,
        args: spec.args,
        rest: rest.trim(),
    })
}

/// What a key does.
#[derive(Clone, Debug, PartialEq)]
pub enum Press {
    Run(Command),
    /// Open the palette with this text, the cursor at its end.
    Ask(&'static str),
}

/// What the key does, `None` for one without a meaning.
pub fn press(name: &str) -> Option<Press> {
    let mut bindings = commands().flat_map(|spec| spec.keys);
    let binding = bindings.find(|binding| binding.key == name)?;
    if binding.line.ends_with(' ') {
        return Some(Press::Ask(binding.line));
    }
    parse(binding.line).ok().map(Press::Run)
}

/// The command name or alias with the fewest edits from `word`, if they are few.
fn nearest(word: &str) -> Option<&'static str> {
    let names = commands().flat_map(|spec| std::iter::once(&spec.name).chain(spec.aliases));
    let (edits, name) = names
        .filter(|name| name.len() > 2)
        .map(|&name| (distance(word, name), name))
        .min_by_key(|&(edits, _)| edits)?;
    (edits <= 1 + name.len() / 3).then_some(name)
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
