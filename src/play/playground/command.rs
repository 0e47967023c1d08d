//! Commands of the playground: the table that help prints, and how a line is read.

use std::path::PathBuf;

use super::export::Figure;
use super::names::{Named, hint};
use super::state::KEYS;
use super::stop::Stop;
use crate::lang::{self, plain, quoted, say, say_with};
use crate::play::typed_path as file;

/// Epochs and steps of one command at most.
pub const MOST_EPOCHS: usize = 1_000_000;
const MOST_STEPS: usize = 10_000;

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Show,
    /// So many epochs; without a number until the stop condition holds.
    Run(Option<usize>),
    Into(usize),
    Back(usize),
    Reset,
    Regenerate,
    Undo,
    Weights,
    /// Places are counted from 0; without an input it is the bias.
    Edit {
        layer: usize,
        neuron: usize,
        input: Option<usize>,
        value: f64,
    },
    Data(usize),
    Value(f64, f64),
    Surface(Option<(usize, usize)>),
    Set {
        key: &'static str,
        value: String,
    },
    Settings,
    Link,
    Open(String),
    Csv {
        path: PathBuf,
        scaled: bool,
    },
    Stop(Option<Stop>),
    Save(PathBuf),
    Load(PathBuf),
    Export(Figure, PathBuf),
    Svg(PathBuf),
    Help,
    Quit,
}

/// Names and arguments; `playground-help-NAME` says what each does.
pub const COMMANDS: [(&str, &str); 23] = [
    ("show", ""),
    ("run", "[EPOCHS]"),
    ("step", "[EPOCHS]"),
    ("into", "[STEPS]"),
    ("back", "[EPOCHS]"),
    ("reset", ""),
    ("regenerate", ""),
    ("undo", ""),
    ("weights", ""),
    ("weight", "LAYER NEURON INPUT VALUE"),
    ("bias", "LAYER NEURON VALUE"),
    ("data", "[N]"),
    ("value", "X Y"),
    ("surface", "[LAYER NEURON]"),
    ("settings", ""),
    ("link", ""),
    ("open", "LINK"),
    ("csv", "[scaled] FILE"),
    ("stop", "CONDITION"),
    ("save", "FILE"),
    ("load", "FILE"),
    ("export", "FIGURE FILE"),
    ("svg", "FILE"),
];

/// The effect of a command of the table.
pub fn help_of(name: &str) -> &'static str {
    lang::find(&format!("playground-help-{name}")).unwrap_or_default()
}

/// Other names of settings.
const ALIASES: [(&str, &str); 7] = [
    ("rate", "learningRate"),
    ("batch", "batchSize"),
    ("layers", "networkShape"),
    ("ratio", "percTrainData"),
    ("zero", "initZero"),
    ("regularisation", "regularization"),
    ("regularisationrate", "regularizationRate"),
];

/// Read a command line.
///
/// # Errors
/// A line that says what is wrong with it.
pub fn parse(line: &str) -> Result<Command, String> {
    let line = line.trim();
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let words: Vec<&str> = rest.split_whitespace().collect();
    let path = || match rest {
        "" => Err(say_with("playground-error-file", &[("name", plain(name))])),
        _ => Ok(file(rest)),
    };
    Ok(match (name, &words[..]) {
        ("show", []) => Command::Show,
        ("run", []) => Command::Run(None),
        ("run", [n]) => Command::Run(Some(count(n, MOST_EPOCHS)?)),
        ("step", []) => Command::Run(Some(1)),
        ("step", [n]) => Command::Run(Some(count(n, MOST_EPOCHS)?)),
        ("into", []) => Command::Into(1),
        ("into", [n]) => Command::Into(count(n, MOST_STEPS)?),
        ("back", []) => Command::Back(1),
        ("back", [n]) => Command::Back(count(n, usize::MAX)?),
        ("reset", []) => Command::Reset,
        ("regenerate", []) => Command::Regenerate,
        ("undo", []) => Command::Undo,
        ("weights", []) => Command::Weights,
        ("weight", [layer, neuron, input, value]) => Command::Edit {
            layer: place(layer)?,
            neuron: place(neuron)?,
            input: Some(place(input)?),
            value: finite(value)?,
        },
        ("bias", [layer, neuron, value]) => Command::Edit {
            layer: place(layer)?,
            neuron: place(neuron)?,
            input: None,
            value: finite(value)?,
        },
        ("data", []) => Command::Data(10),
        ("data", [n]) => Command::Data(count(n, usize::MAX)?),
        ("value", [x, y]) => Command::Value(finite(x)?, finite(y)?),
        ("surface", []) => Command::Surface(None),
        ("surface", [layer, neuron]) => Command::Surface(Some((place(layer)?, place(neuron)?))),
        ("settings", []) => Command::Settings,
        ("link", []) => Command::Link,
        ("open", [link]) => Command::Open((*link).to_owned()),
        ("csv", ["scaled", _, ..]) => Command::Csv {
            path: file(&rest["scaled".len()..]),
            scaled: true,
        },
        ("csv", _) => Command::Csv {
            path: path()?,
            scaled: false,
        },
        ("stop", ["off"]) => Command::Stop(None),
        ("stop", _) => Command::Stop(Some(Stop::parse(rest)?)),
        ("save", _) => Command::Save(path()?),
        ("load", _) => Command::Load(path()?),
        ("export", [figure, _, ..]) => {
            Command::Export(Figure::named(figure)?, file(&rest[figure.len()..]))
        }
        ("svg", _) => Command::Svg(path()?),
        ("help", _) => Command::Help,
        ("quit" | "q", []) => Command::Quit,
        _ => return setting(name, rest, &words),
    })
}

/// The names of commands and settings.
pub fn names() -> impl Iterator<Item = &'static str> {
    let own = COMMANDS.into_iter().map(|(name, _)| name);
    own.chain(KEYS).chain(["help", "quit"])
}

/// Whether a line may begin with this word.
pub fn is_command(word: &str) -> bool {
    let is_one = COMMANDS.iter().any(|(name, _)| *name == word);
    is_one || matches!(word, "help" | "quit" | "q") || setting_named(word).is_some()
}

/// The setting of a name, whatever its case and dashes.
fn setting_named(name: &str) -> Option<&'static str> {
    let plain = name.replace(['_', '-'], "").to_lowercase();
    let alias = ALIASES.into_iter().find(|(alias, _)| *alias == plain);
    let plain = alias.map_or(plain, |(_, key)| key.to_lowercase());
    KEYS.into_iter().find(|key| key.to_lowercase() == plain)
}

fn setting(name: &str, rest: &str, words: &[&str]) -> Result<Command, String> {
    if let Some((_, arguments)) = COMMANDS.into_iter().find(|(known, _)| *known == name) {
        return Err(say_with(
            "playground-error-usage",
            &[
                ("usage", plain(format_args!("{name} {arguments}"))),
                ("help", help_of(name).into()),
            ],
        ));
    }
    match (setting_named(name), words) {
        (Some(key), [_, ..]) => Ok(Command::Set {
            key,
            // Layers may be given with spaces between them.
            value: match key {
                "networkShape" => words.join(",").replace(",,", ","),
                _ => rest.to_owned(),
            },
        }),
        (Some(key), []) => Err(say_with(
            "playground-error-setting-usage",
            &[("name", plain(name)), ("key", key.into())],
        )),
        (None, _) => {
            let near = ("near", hint(name, names()).into());
            Err(say_with("playground-error-command", &[near]))
        }
    }
}

fn count(text: &str, most: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if (1..=most).contains(&n) => Ok(n),
        Ok(0) => Err(say("playground-error-none").into()),
        Ok(n) => Err(say_with(
            "playground-error-most",
            &[("n", plain(n)), ("most", plain(most))],
        )),
        Err(_) => Err(say_with(
            "playground-error-no-count",
            &[("word", quoted(text))],
        )),
    }
}

/// A place that is counted from 1, from 0.
fn place(text: &str) -> Result<usize, String> {
    count(text, usize::MAX).map(|n| n - 1)
}

fn finite(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err(say_with(
            "playground-error-not-finite",
            &[("word", quoted(text))],
        )),
    }
}

/// All commands, a line each.
pub fn help() -> String {
    let lines = COMMANDS.map(|(name, arguments)| {
        let usage = format!("{name} {arguments}");
        format!("{usage:<34} {}", help_of(name))
    });
    let names = ("names", plain(KEYS.join(", ")));
    let settings = say_with("playground-help-names", &[names]);
    format!("{}\nquit\n\n{settings}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_a_command() {
        for key in KEYS {
            let due = Command::Set {
                key,
                value: "a".into(),
            };
            assert_eq!(parse(&format!("{key} a")).unwrap(), due);
        }
        for (line, key) in [
            ("learning_rate 0.3", "learningRate"),
            ("rate 0.3", "learningRate"),
            ("show-test-data on", "showTestData"),
            ("ratio 70", "percTrainData"),
        ] {
            let found = parse(line).unwrap();
            assert!(
                matches!(found, Command::Set { key: k, .. } if k == key),
                "{line}"
            );
        }
        let layers = Command::Set {
            key: "networkShape",
            value: "8,4".into(),
        };
        for line in ["layers 8 4", "layers 8,4", "layers 8, 4"] {
            assert_eq!(parse(line).unwrap(), layers);
        }
    }

    #[test]
    fn every_command_of_the_table_is_known_and_says_its_usage() {
        for (name, arguments) in COMMANDS {
            assert!(!help_of(name).is_empty(), "{name}");
            let line = format!("{name} a b c d e");
            match parse(&line) {
                Ok(_) => assert!(arguments.contains("FILE"), "{line}"),
                Err(why) => assert!(!why.contains("no such command"), "{line}: {why}"),
            }
        }
        for (line, word) in [
            ("", "no such command"),
            ("wieghts", "did you mean weights?"),
            ("nose 3", "did you mean noise?"),
            ("run 0", "from 1 on"),
            ("run 1000001", "too many"),
            ("run -3", "is no number"),
            ("weight 1 1 1 nan", "no finite number"),
            ("weight 1 1", "usage: weight LAYER NEURON INPUT VALUE"),
            ("weight 0 1 1 1", "from 1 on"),
            ("noise", "usage: noise VALUE"),
            ("save", "needs the name of a file"),
            ("export loses a.csv", "there are losses, points"),
        ] {
            let why = parse(line).unwrap_err();
            assert!(why.contains(word), "{line}: {why}");
        }
    }
}
