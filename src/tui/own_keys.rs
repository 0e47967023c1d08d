//! The user's own keys, for each screen that has commands: a line holds on every screen that knows its command, or
//! on one alone.

use super::command;
use super::keymap::{Keymap, KeymapError};
use crate::play::{matrix, perceptron, playground};
use crate::session::command::ParseError;

/// A screen with commands of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    Debugger,
    Perceptron,
    Playground,
    Matrix,
}

impl Screen {
    pub const ALL: [Screen; 4] = [
        Screen::Debugger,
        Screen::Perceptron,
        Screen::Playground,
        Screen::Matrix,
    ];

    /// Its name in the user's file.
    pub fn name(self) -> &'static str {
        match self {
            Screen::Debugger => "debugger",
            Screen::Perceptron => "perceptron",
            Screen::Playground => "playground",
            Screen::Matrix => "matrix",
        }
    }

    /// Whether it has a command of this name.
    fn has(self, word: &str) -> bool {
        match self {
            Screen::Debugger => command::find(word).is_some(),
            Screen::Perceptron => perceptron::command::COMMANDS.has(word),
            Screen::Playground => playground::command::is_command(word),
            Screen::Matrix => matrix::command::COMMANDS.has(word),
        }
    }

    /// Whether a line can be bound to a key here: it has a command's name, and arguments that can be read without the
    /// screen's state. One that ends with a space leaves its arguments to be typed.
    fn check(self, line: &str) -> Result<(), String> {
        let word = line.split_whitespace().next().unwrap_or_default();
        if line.is_empty() {
            return Ok(());
        }
        if !self.has(word) {
            return Err(unknown(word, &[self]));
        }
        match self {
            _ if line.ends_with(' ') => Ok(()),
            Screen::Debugger => command::parse(line).map(drop).map_err(|e| e.to_string()),
            Screen::Playground => playground::command::parse(line).map(drop),
            Screen::Perceptron | Screen::Matrix => Ok(()),
        }
    }

    fn names(self) -> Vec<&'static str> {
        match self {
            Screen::Debugger => {
                let all = command::commands().iter();
                all.flat_map(|spec| spec.names()).collect()
            }
            Screen::Perceptron => {
                let all = perceptron::command::COMMANDS.iter();
                all.map(|spec| spec.name).collect()
            }
            Screen::Playground => playground::command::names().collect(),
            Screen::Matrix => {
                let all = matrix::command::COMMANDS.iter();
                all.map(|spec| spec.name).collect()
            }
        }
    }
}

/// No command of these screens has this name.
fn unknown(word: &str, screens: &[Screen]) -> String {
    let names = screens.iter().flat_map(|screen| screen.names());
    ParseError::unknown(word, names).to_string()
}

/// The keys of all screens.
#[derive(Clone, Debug, Default)]
pub struct OwnKeys([Keymap; Screen::ALL.len()]);

impl OwnKeys {
    /// Let a key stand for a command line: for a command whose arguments are to be typed where it ends with a space,
    /// for nothing where it is empty. Without a screen it does so wherever the command is known.
    ///
    /// # Errors
    /// A line that says what is wrong: there is no such key, or no screen knows the command.
    pub fn bind(&mut self, screen: Option<Screen>, key: &str, line: &str) -> Result<(), String> {
        let screens = match &screen {
            Some(one) => std::slice::from_ref(one),
            None => &Screen::ALL[..],
        };
        let checked = screens.iter().map(|&screen| (screen, screen.check(line)));
        let (known, wrong): (Vec<_>, Vec<_>) = checked.partition(|(_, checked)| checked.is_ok());
        if known.is_empty() {
            Keymap::default().set(key, line).map_err(said)?;
            let word = line.split_whitespace().next().unwrap_or_default();
            let found = wrong.into_iter().find(|(screen, _)| screen.has(word));
            let why = found.and_then(|(_, checked)| checked.err());
            return Err(why.unwrap_or_else(|| unknown(word, screens)));
        }
        for (screen, _) in known {
            self.0[screen as usize].set(key, line).map_err(said)?;
        }
        Ok(())
    }

    /// The keys of a screen.
    pub fn of(&self, screen: Screen) -> Keymap {
        self.0[screen as usize].clone()
    }
}

fn said(error: KeymapError) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The screens on which a key has this line.
    fn screens(keys: &OwnKeys, key: &str) -> Vec<(&'static str, String)> {
        let line = |screen: Screen| Some((screen.name(), keys.of(screen).line(key)?.to_owned()));
        Screen::ALL.into_iter().filter_map(line).collect()
    }

    #[test]
    fn a_line_holds_where_its_command_is_known() {
        let mut keys = OwnKeys::default();
        for (key, line, due) in [
            ("w", "regenerate", &["playground"][..]),
            ("v", "threshold 3", &["perceptron"]),
            ("y", "transpose a", &["matrix"]),
            ("m", "print logits", &["debugger"]),
            ("n", "networkShape ", &["playground"]),
            // Known to several, and to each as it reads it.
            (
                "f",
                "step 2",
                &["debugger", "perceptron", "playground", "matrix"],
            ),
            ("h", "learningRate 0.3", &["playground"]),
            ("u", "", &["debugger", "perceptron", "playground", "matrix"]),
        ] {
            keys.bind(None, key, line)
                .unwrap_or_else(|why| panic!("{line}: {why}"));
            let found: Vec<&str> = screens(&keys, key)
                .into_iter()
                .map(|(name, _)| name)
                .collect();
            assert_eq!(found, due, "{line}");
        }
    }

    #[test]
    fn one_screen_may_have_a_line_of_its_own() {
        let mut keys = OwnKeys::default();
        keys.bind(None, "w", "step").unwrap();
        keys.bind(Some(Screen::Playground), "w", "run 100").unwrap();
        assert!(screens(&keys, "w").contains(&("playground", "run 100".into())));
        assert!(screens(&keys, "w").contains(&("debugger", "step".into())));
        let why = keys.bind(Some(Screen::Matrix), "w", "run 100").unwrap_err();
        assert!(why.contains("no command `run`"), "{why}");
    }

    #[test]
    fn what_is_no_key_or_no_command_is_named_with_the_nearest() {
        let error = |key: &str, line: &str| OwnKeys::default().bind(None, key, line).unwrap_err();
        for (key, near) in [
            ("Ctrl+N", "ctrl-n"),
            ("entr", "enter"),
            ("C-x", "ctrl-x"),
            ("page-up", "ctrl-up"),
            ("escape", ""),
            ("", ""),
            ("gg", ""),
        ] {
            for line in ["step", "stpe"] {
                let error = error(key, line);
                assert!(error.contains(&format!("no key `{key}`")), "{error}");
                let due = format!("did you mean `{near}`");
                assert_eq!(!near.is_empty(), error.contains(&due), "{error}");
            }
        }
        for (line, due) in [
            ("stpe", "did you mean `step`"),
            ("prnt ", "did you mean `print`"),
            ("thresold 3", "did you mean `threshold`"),
            ("regenrate", "did you mean `regenerate`"),
            ("goto", "goto needs"),
            ("noise", "usage: noise VALUE"),
        ] {
            assert!(
                error("s", line).contains(due),
                "{line}: {}",
                error("s", line)
            );
        }
    }
}
