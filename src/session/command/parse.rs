//! From a typed line or a key to a [`Command`].

use strsim::levenshtein as distance;

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
    // As in gdb's `x/8`.
    let (word, count) = match word.split_once('/') {
        Some((name, count)) => (name, Some(count)),
        None => (word, None),
    };
    let spec = find(word).ok_or_else(|| ParseError::Unknown {
        word: word.to_owned(),
        nearest: nearest(word),
    })?;
    let arguments = Arguments {
        name: spec.name,
        args: spec.args,
        count,
        rest: rest.trim(),
    };
    match count {
        Some(count) if !spec.args.starts_with("[/") => Err(arguments.no_count(count)),
        _ => (spec.parse)(&arguments),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_alias_or_key_stands_for_two_commands() {
        let names = commands().flat_map(|s| std::iter::once(&s.name).chain(s.aliases));
        let mut names: Vec<&str> = names.copied().collect();
        let mut keys: Vec<&str> = commands().flat_map(|s| s.keys).map(|k| k.key).collect();
        for all in [&mut names, &mut keys] {
            all.sort_unstable();
            let twice = all.windows(2).find(|pair| pair[0] == pair[1]);
            assert_eq!(twice, None);
        }
    }

    #[test]
    fn every_example_is_a_command() {
        for spec in commands() {
            assert!(parse(spec.example).is_ok(), "{}", spec.example);
        }
    }
}
