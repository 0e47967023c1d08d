//! Keys by their names, and what a user's own file says of them.

use std::collections::BTreeMap;

use strsim::levenshtein as distance;

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
}

impl Keymap {
    /// Let a key stand for a line, which nobody checks here.
    ///
    /// # Errors
    /// There is no such key.
    pub fn set(&mut self, key: &str, line: &str) -> Result<(), KeymapError> {
        if !is_key(key) {
            return Err(KeymapError::Key {
                key: key.to_owned(),
                nearest: nearest(key),
            });
        }
        self.own.insert(key.to_owned(), line.to_owned());
        Ok(())
    }

    /// The user's line for a key.
    pub fn line(&self, key: &str) -> Option<&str> {
        self.own.get(key).map(String::as_str)
    }

    /// Whether the user's file says what this key does.
    pub fn changes(&self, key: &str) -> bool {
        self.own.contains_key(key)
    }

    /// The user's own keys with their lines.
    pub fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.own.iter().map(|(key, line)| (&key[..], &line[..]))
    }
}

/// Whether a key is called so; see [`Binding`](crate::session::command::Binding).
pub fn is_key(name: &str) -> bool {
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
