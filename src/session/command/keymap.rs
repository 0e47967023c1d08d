//! What keys do: as the table of commands says, but where a user's own file says otherwise.

use std::collections::BTreeMap;

use super::parse::parse;
use super::table::{Spec, commands, find};
use super::{Command, ParseError};
use strsim::levenshtein as distance;

/// What a key does.
#[derive(Clone, Debug, PartialEq)]
pub enum Press {
    Run(Command),
    /// Open the command line with this text, the cursor at its end.
    Ask(String),
}

/// Words for keys that have no character of their own.
const WORDS: [&str; 14] = [
    "space", "tab", "backtab", "enter", "esc", "left", "right", "up", "down", "pageup", "pagedown",
    "home", "end", "f1",
];

#[derive(Clone, Debug, Default)]
pub struct Keymap {
    /// The command line that each key of the user's stands for; empty for one that does nothing.
    own: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum KeymapError {
    #[error("there is no key `{key}`{}", nearest.as_ref().map_or(String::new(), |n| format!("; did you mean `{n}`?")))]
    Key {
        key: String,
        nearest: Option<String>,
    },
    #[error(transparent)]
    Line(#[from] ParseError),
}

impl Keymap {
    /// Let a key stand for a command line: for a command whose arguments are to be typed where it ends with a
    /// space, for nothing where it is empty.
    ///
    /// # Errors
    /// There is no such key, or no such command.
    pub fn bind(&mut self, key: &str, line: &str) -> Result<(), KeymapError> {
        if !is_key(key) {
            return Err(KeymapError::Key {
                key: key.to_owned(),
                nearest: nearest(key),
            });
        }
        if let Some(word) = asks(line) {
            if find(word).is_none() {
                parse(word)?;
            }
        } else if !line.is_empty() {
            parse(line)?;
        }
        self.own.insert(key.to_owned(), line.to_owned());
        Ok(())
    }

    /// What the key does, `None` for one without a meaning.
    pub fn press(&self, key: &str) -> Option<Press> {
        let line = match self.own.get(key) {
            Some(line) => line,
            None => {
                commands()
                    .flat_map(|spec| spec.keys)
                    .find(|binding| binding.key == key)?
                    .line
            }
        };
        if asks(line).is_some() {
            return Some(Press::Ask(line.to_owned()));
        }
        parse(line).ok().map(Press::Run)
    }

    /// Whether the user's file says what this key does.
    pub fn changes(&self, key: &str) -> bool {
        self.own.contains_key(key)
    }

    /// The user's own keys with their lines.
    pub fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.own.iter().map(|(key, line)| (&key[..], &line[..]))
    }

    /// The keys that stand for a command.
    pub fn keys(&self, spec: &'static Spec) -> Vec<&str> {
        let own = self.own.iter().filter(|(_, line)| {
            let word = line.split_whitespace().next();
            word.and_then(find).is_some_and(|s| s.name == spec.name)
        });
        let own = own.map(|(key, _)| key.as_str());
        let table = spec.keys.iter().map(|binding| binding.key);
        own.chain(table.filter(|key| !self.changes(key))).collect()
    }
}

/// The command that a line leaves to be completed.
fn asks(line: &str) -> Option<&str> {
    line.ends_with(' ').then(|| line.trim())
}

/// Whether a key is called so; see [`Binding`](super::Binding).
fn is_key(name: &str) -> bool {
    let rest = name.strip_prefix("ctrl-").unwrap_or(name);
    let plain = rest.strip_prefix("shift-").unwrap_or(rest);
    let is_word = |word: &str| {
        let function = word.strip_prefix('f').and_then(|n| n.parse::<u8>().ok());
        WORDS.contains(&word) || function.is_some_and(|n| (1..=24).contains(&n))
    };
    let mut letters = rest.chars();
    match (letters.next(), letters.next()) {
        // With ctrl, terminals tell no capitals apart.
        (Some(c), None) => !c.is_control() && c != ' ' && (rest == name || !c.is_uppercase()),
        _ => is_word(plain) && (plain == name || plain != "backtab"),
    }
}

fn nearest(name: &str) -> Option<String> {
    let (prefix, rest) = match name.rsplit_once(['-', '+']) {
        Some((before, rest)) if !rest.is_empty() => {
            let shift = before.to_lowercase().contains("shift") && rest.chars().count() > 1;
            (if shift { "shift-" } else { "ctrl-" }, rest)
        }
        _ => ("", name),
    };
    let lower = rest.to_lowercase();
    let word = match lower.chars().count() {
        1 => lower,
        _ => {
            let near = WORDS.into_iter().map(|word| (distance(&lower, word), word));
            let (edits, word) = near.min()?;
            (edits <= 2).then(|| word.to_owned())?
        }
    };
    Some(format!("{prefix}{word}")).filter(|found| is_key(found) && found != name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_a_key_and_has_a_meaning() {
        let map = Keymap::default();
        for binding in commands().flat_map(|spec| spec.keys) {
            assert!(map.press(binding.key).is_some(), "{}", binding.key);
            // Two in a row are what the command line makes of the first.
            assert!(
                is_key(binding.key) || binding.key == "gg",
                "{}",
                binding.key
            );
        }
    }

    #[test]
    fn own_keys_stand_before_the_tables() {
        let mut map = Keymap::default();
        let step = map.press("s");
        map.bind("ctrl-n", "step").unwrap();
        map.bind("s", "").unwrap();
        map.bind("P", "print ").unwrap();
        map.bind("shift-f5", "token sample temperature=0.8")
            .unwrap();
        assert_eq!(map.press("ctrl-n"), step);
        assert_eq!(map.press("s"), None);
        assert_eq!(map.press("P"), Some(Press::Ask("print ".into())));
        let spec = |name| find(name).unwrap();
        assert_eq!(map.keys(spec("step")), ["ctrl-n"]);
        assert_eq!(map.keys(spec("token")), ["shift-f5", "t", "T"]);
        assert!(map.changes("s") && !map.changes("n"));
    }

    #[test]
    fn what_is_no_key_or_no_command_is_named_with_the_nearest() {
        let error =
            |key: &str, line: &str| Keymap::default().bind(key, line).unwrap_err().to_string();
        for (key, near) in [
            ("Ctrl+N", "ctrl-n"),
            ("entr", "enter"),
            ("C-x", "ctrl-x"),
            ("page-up", "ctrl-up"),
            ("escape", ""),
            ("", ""),
            ("gg", ""),
        ] {
            let error = error(key, "step");
            assert!(error.contains(&format!("no key `{key}`")), "{error}");
            let due = format!("did you mean `{near}`");
            assert_eq!(!near.is_empty(), error.contains(&due), "{error}");
        }
        assert!(error("s", "stpe").contains("did you mean `step`"));
        assert!(error("s", "prnt ").contains("did you mean `print`"));
        assert!(error("s", "step x").contains("does not understand `x`"));
    }
}
