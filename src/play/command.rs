//! A player's table of commands: how a line is read, keys and help all come from it.

use crate::lang::{say, say_with};

/// A command as a player's table declares it; `P` is the function that reads the text behind its name.
pub struct Spec<P> {
    pub name: &'static str,
    /// Arguments as help shows them; empty for none.
    pub arguments: &'static str,
    /// The key of the message that says what it does.
    help: &'static str,
    /// Keys of the screen, and the command line that each stands for.
    pub keys: &'static [(&'static str, &'static str)],
    pub parse: P,
}

impl<P> Spec<P> {
    /// Its line of help in the language of now.
    pub fn help(&self) -> &'static str {
        say(self.help)
    }

    pub fn usage(&self) -> String {
        format!("{} {}", self.name, self.arguments)
            .trim_end()
            .into()
    }

    pub fn usage_error(&self) -> CommandError {
        CommandError::Usage(self.usage())
    }
}

/// An entry of a table.
pub const fn spec<P: Copy>(
    name: &'static str,
    arguments: &'static str,
    help: &'static str,
    keys: &'static [(&'static str, &'static str)],
    parse: P,
) -> Spec<P> {
    Spec {
        name,
        arguments,
        help,
        keys,
        parse,
    }
}

/// The fault of a line that is no command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("{}", unknown(.word, .near.as_deref()))]
    Unknown { word: String, near: Option<String> },
    /// How the command is used.
    #[error("{}", say_with("play-error-usage", &[("usage", .0.as_str().into())]))]
    Usage(String),
}

fn unknown(word: &str, near: Option<&str>) -> String {
    let word = ("word", format!("{word:?}").into());
    match near {
        Some(near) => say_with("play-error-near-command", &[word, ("near", near.into())]),
        None => say_with("play-error-no-command", &[word]),
    }
}

pub struct Table<P: 'static>(pub &'static [Spec<P>]);

impl<P> Table<P> {
    pub fn iter(&self) -> std::slice::Iter<'static, Spec<P>> {
        self.0.iter()
    }

    /// Whether a word is a command.
    pub fn has(&self, word: &str) -> bool {
        self.iter().any(|spec| spec.name == word)
    }

    /// The command of a line, and the text behind its name.
    pub fn find<'a>(&self, line: &'a str) -> Result<(&'static Spec<P>, &'a str), CommandError> {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if let Some(spec) = self.iter().find(|spec| spec.name == word) {
            return Ok((spec, rest.trim()));
        }
        let likeness = |spec: &&Spec<P>| strsim::jaro_winkler(word, spec.name);
        let near = self
            .iter()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
            .filter(|spec| likeness(spec) > 0.7);
        Err(CommandError::Unknown {
            word: word.into(),
            near: near.map(|spec| spec.name.into()),
        })
    }

    /// The command line that a key of the screen stands for.
    pub fn line(&self, key: &str) -> Option<&'static str> {
        let mut bound = self.iter().flat_map(|spec| spec.keys);
        bound.find(|(name, _)| *name == key).map(|(_, line)| *line)
    }

    /// A line for each command, as batch prints them.
    pub fn help(&self) -> String {
        let width = self.iter().map(|spec| spec.usage().chars().count()).max();
        let width = width.unwrap_or(0);
        let line = |spec: &Spec<P>| format!("{:<width$}  {}", spec.usage(), spec.help());
        self.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A number of times that may be left out: once, then.
pub fn count(rest: &str) -> Option<usize> {
    match rest {
        "" => Some(1),
        text => text.parse().ok().filter(|&n| n > 0),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Names and keys of a table stand in it once, and each key is a line that `parse` takes.
    pub fn declared_once<P>(table: &Table<P>, parse: impl Fn(&str)) {
        let mut names: Vec<&str> = table.iter().map(|spec| spec.name).collect();
        let keys = table.iter().flat_map(|spec| spec.keys);
        let mut keys: Vec<&str> = keys
            .map(|(key, line)| {
                parse(line);
                *key
            })
            .collect();
        for all in [&mut names, &mut keys] {
            all.sort_unstable();
            let count = all.len();
            all.dedup();
            assert_eq!(all.len(), count);
        }
    }

    static TABLE: Table<()> = Table(&[
        spec(
            "show",
            "",
            "play-error-no-command",
            &[("s", "show all")],
            (),
        ),
        spec("weight", "NUMBER", "play-error-no-command", &[], ()),
    ]);

    #[test]
    fn a_line_is_found_by_its_first_word() {
        let found = |line| TABLE.find(line).map(|(spec, rest)| (spec.name, rest));
        assert_eq!(found("  weight   2  ").unwrap(), ("weight", "2"));
        assert_eq!(found("show").unwrap(), ("show", ""));
        let why = found("wieght 2").unwrap_err().to_string();
        assert!(why.contains("did you mean `weight`?"), "{why}");
        let why = found("").unwrap_err().to_string();
        assert!(why.contains("`help` lists them all"), "{why}");
    }

    #[test]
    fn keys_stand_for_lines() {
        assert_eq!(TABLE.line("s"), Some("show all"));
        assert_eq!(TABLE.line("S"), None);
    }

    #[test]
    fn a_count_is_once_or_more() {
        assert_eq!(
            ["", "3", "0", "-1", "x"].map(count),
            [Some(1), Some(3), None, None, None]
        );
    }
}
