//! A user's own file: keys, colours, and what holds where no flag says otherwise.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::model::{dtype, resident};
use crate::engine::DeviceChoice;
use crate::tui::command;
use crate::tui::own_keys::{OwnKeys, Screen};
use strsim::levenshtein as distance;

/// Bytes of a file, far beyond any that a person writes.
const MOST: u64 = 1 << 20;

/// Settings of the debugger: commands of these names set them.
const DEBUGGER: [&str; 4] = ["theme", "graphics", "density", "temperature"];
/// Flags of the commands that run a model.
pub const FLAGS: [&str; 3] = ["dtype", "device", "resident"];
const KEYS: &str = "keys";

/// The contents of a file, as far as they can be understood.
#[derive(Debug, Default)]
pub struct ConfigFile {
    /// Name, value and line of each setting.
    pub settings: Vec<Setting>,
    pub keys: OwnKeys,
    /// The keys that are bound, as the file says it.
    pub bindings: Vec<Binding>,
    /// Parts that cannot be understood, with their lines: they count as absent.
    pub problems: Vec<String>,
}

/// A key and its command line, on one screen or on all that know the command.
#[derive(Debug, PartialEq)]
pub struct Binding {
    pub screen: Option<Screen>,
    pub key: String,
    pub command: String,
    pub line: usize,
}

#[derive(Debug, PartialEq)]
pub struct Setting {
    pub name: &'static str,
    pub value: String,
    pub line: usize,
}

/// The file that the environment names: `layerwise/config.toml` under `XDG_CONFIG_HOME`, or where that is when
/// it is not set.
pub fn place(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let absolute = |name: &str| env(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(folder.join("layerwise/config.toml"))
}

impl ConfigFile {
    /// Read the file, which need not be there.
    pub fn read(path: &Path) -> ConfigFile {
        match text(path) {
            Ok(Some(text)) => ConfigFile::parse(&text, &path.display().to_string()),
            Ok(None) => ConfigFile::default(),
            Err(why) => ConfigFile {
                problems: vec![format!("{}: {why}", path.display())],
                ..ConfigFile::default()
            },
        }
    }

    fn parse(text: &str, name: &str) -> ConfigFile {
        let mut file = ConfigFile::default();
        let line = |span: Range<usize>| 1 + text[..span.start].matches('\n').count();
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut problems: Vec<(usize, String)> = (errors.iter())
            .map(|e| (line(e.span().unwrap_or_default()), e.message().to_owned()))
            .collect();
        for (key, value) in table.get_ref() {
            let at = line(key.span());
            let found = match key.get_ref().as_ref() {
                KEYS => {
                    file.read_keys(value, &line, &mut problems);
                    continue;
                }
                key => setting(key, value),
            };
            match found {
                Ok((name, value)) => file.settings.push(Setting {
                    name,
                    value,
                    line: at,
                }),
                Err(why) => problems.push((at, why)),
            }
        }
        file.settings.sort_by_key(|setting| setting.line);
        problems.sort();
        problems.dedup_by_key(|(line, _)| *line);
        file.problems = (problems.into_iter())
            .map(|(line, why)| format!("{name}:{line}: {why}"))
            .collect();
        file
    }

    fn read_keys(
        &mut self,
        value: &Spanned<DeValue>,
        line: &impl Fn(Range<usize>) -> usize,
        problems: &mut Vec<(usize, String)>,
    ) {
        let Some(keys) = value.get_ref().as_table() else {
            let why = format!(
                "`{KEYS}` is {}; a table of keys and commands is wanted",
                kind(value)
            );
            problems.push((line(value.span()), why));
            return;
        };
        // The keys of one screen stand before those of all.
        let (own, all): (Vec<_>, Vec<_>) =
            (keys.iter()).partition(|(_, value)| value.get_ref().as_table().is_some());
        for (key, value) in all {
            self.bind(None, (key, value), line, problems);
        }
        for (name, value) in own {
            let screen = Screen::ALL
                .into_iter()
                .find(|screen| screen.name() == name.get_ref());
            let Some(screen) = screen else {
                let names = Screen::ALL.map(Screen::name);
                let near = nearest(name.get_ref(), names.into_iter());
                let why = format!("`{KEYS}.{}`: there is no such screen{near}", name.get_ref());
                problems.push((line(name.span()), why));
                continue;
            };
            for one in value.get_ref().as_table().into_iter().flatten() {
                self.bind(Some(screen), one, line, problems);
            }
        }
        self.bindings.sort_by_key(|binding| binding.line);
    }

    fn bind(
        &mut self,
        screen: Option<Screen>,
        (key, value): (&Spanned<Cow<str>>, &Spanned<DeValue>),
        line: &impl Fn(Range<usize>) -> usize,
        problems: &mut Vec<(usize, String)>,
    ) {
        let (at, key) = (line(key.span()), key.get_ref());
        let bound = match value.get_ref().as_str() {
            Some(command) => (self.keys.bind(screen, key, command)).map(|()| command),
            None => Err(format!(
                "it is {}; a command in quotes is wanted",
                kind(value)
            )),
        };
        match bound {
            Ok(command) => self.bindings.push(Binding {
                screen,
                key: key.to_string(),
                command: command.to_owned(),
                line: at,
            }),
            Err(why) => {
                let section = screen.map_or(String::new(), |screen| format!("{}.", screen.name()));
                problems.push((at, format!("`{KEYS}.{section}{key}`: {why}")));
            }
        }
    }

    /// The value of a setting and its line.
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// Command lines that set what the file says of the debugger.
    pub fn commands(&self) -> Vec<String> {
        let own = self.settings.iter().filter(|s| DEBUGGER.contains(&s.name));
        own.map(|s| format!("{} {}", s.name, s.value)).collect()
    }
}

/// The names of all settings.
pub fn names() -> impl Iterator<Item = &'static str> {
    DEBUGGER.into_iter().chain(FLAGS)
}

fn text(path: &Path) -> Result<Option<String>, String> {
    let open = || -> std::io::Result<Option<Vec<u8>>> {
        let found = match std::fs::metadata(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        if !found.is_file() {
            return Err(std::io::Error::other("it is no ordinary file"));
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    match open().map_err(|e| e.to_string())? {
        None => Ok(None),
        Some(bytes) if bytes.len() as u64 > MOST => Err("it is larger than 1 MiB".into()),
        Some(bytes) => String::from_utf8(bytes).map(Some).map_err(|e| {
            let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
            let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
            format!("line {line} is not UTF-8")
        }),
    }
}

/// A setting by its name, with its value as text.
fn setting(key: &str, value: &Spanned<DeValue>) -> Result<(&'static str, String), String> {
    let name = names().find(|name| *name == key).ok_or_else(|| {
        let all = names().chain([KEYS]);
        format!("there is no setting `{key}`{}", nearest(key, all))
    })?;
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        _ => return Err(format!("`{name}` is {}; a value is wanted", kind(value))),
    };
    let checked = match name {
        "dtype" => dtype(&text).map(drop),
        "device" => text.parse::<DeviceChoice>().map(drop),
        "resident" => resident(&text).map(drop),
        _ => match command::parse(&format!("{name} {text}")) {
            // Words that are no value, such as next and up, are not what a file can say.
            Ok(_) if text.is_empty() || ["up", "down"].contains(&&text[..]) => {
                Err("a value is wanted".into())
            }
            Ok(_) => Ok(()),
            Err(_) if name == "temperature" => Err("a number above 0 is wanted".into()),
            Err(_) => {
                let words = command::find(name).map_or("", |spec| spec.args);
                let words = words.trim_matches(['[', ']']).split('|');
                let list: Vec<&str> = words.collect();
                let near = nearest(&text, list.iter().copied());
                Err(format!("use {}{near}", list.join(", ")))
            }
        },
    };
    checked.map_err(|why| format!("`{name}` is `{text}`: {why}"))?;
    Ok((name, text))
}

fn nearest<'a>(word: &str, all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.collect();
    let near = all.iter().map(|known| (distance(word, known), known)).min();
    match near {
        Some((edits, known)) if edits <= 1 + known.len() / 3 => {
            format!("; did you mean `{known}`?")
        }
        _ => format!("; there are {}", all.join(", ")),
    }
}

fn kind(value: &Spanned<DeValue>) -> String {
    match value.get_ref() {
        DeValue::Array(_) => "a list".into(),
        DeValue::Integer(_) => "a whole number".into(),
        value => format!("a {}", value.type_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        ConfigFile::parse(text, "f").problems.join("\n")
    }

    #[test]
    fn what_is_right_holds_beside_what_is_wrong() {
        let file = ConfigFile::parse(
            "theme = 'light'\ntemprature = 0.5\ntemperature = 0.8\nresident = 4\ndtype = 'bf17'\n\
             [keys]\nctrl-n = 'next'\nX = 'flurb'\nu = ''\nw = 'regenerate'\n\
             [keys.playground]\nw = 'run 100'\nv = 'print'\n[keys.matix]\nv = 'step'\n",
            "f",
        );
        assert_eq!(file.commands(), ["theme light", "temperature 0.8"]);
        assert_eq!(file.setting("resident").unwrap().value, "4");
        assert_eq!(file.setting("dtype"), None);
        let own = |screen| {
            let keys = file.keys.of(screen);
            let own = keys.own().map(|(key, line)| format!("{key}={line}"));
            own.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(own(Screen::Debugger), "ctrl-n=next u=");
        assert_eq!(own(Screen::Playground), "u= w=run 100");
        assert_eq!(own(Screen::Matrix), "u=");
        assert_eq!(
            file.problems,
            [
                "f:2: there is no setting `temprature`; did you mean `temperature`?",
                "f:5: `dtype` is `bf17`: use f32, bf16, f16 or f64",
                "f:8: `keys.X`: there is no command `flurb`",
                "f:13: `keys.playground.v`: there is no command `print`",
                "f:14: `keys.matix`: there is no such screen; did you mean `matrix`?",
            ]
        );
    }

    #[test]
    fn every_kind_of_mistake_is_named_with_its_line() {
        for (text, due) in [
            (
                "\n\ntheme = 'drak'",
                "f:3: `theme` is `drak`: use dark, light, none; did you mean `dark`?",
            ),
            (
                "density = 'x'",
                "f:1: `density` is `x`: use numbers, digits, colours; there are",
            ),
            (
                "temperature = 0",
                "f:1: `temperature` is `0`: a number above 0",
            ),
            (
                "temperature = 'up'",
                "f:1: `temperature` is `up`: a value is wanted",
            ),
            ("temperature = nan", "a number above 0"),
            ("theme = ''", "f:1: `theme` is ``: a value is wanted"),
            (
                "device = 'tpu'",
                "f:1: `device` is `tpu`: `tpu` is no device",
            ),
            ("resident = 0", "use auto or a number of at least 1"),
            ("theme = [1]", "f:1: `theme` is a list"),
            ("keys = 3", "f:1: `keys` is a whole number"),
            ("[keys]\n\ns = 3", "f:3: `keys.s`: it is a whole number"),
            (
                "[keys]\nCtrl-n = 'next'",
                "f:2: `keys.Ctrl-n`: there is no key `Ctrl-n`; did you mean `ctrl-n`?",
            ),
            (
                "[kyes]\ns = 'step'",
                "f:1: there is no setting `kyes`; did you mean `keys`?",
            ),
            ("theme 'dark'", "f:1: "),
            ("theme = 'dark'\ntheme = 'light'", "f:2: duplicate key"),
            ("a = 1\n\u{0}", "f:2: "),
        ] {
            let problems = problems(text);
            assert!(problems.contains(due), "{text:?}: {problems}");
        }
        assert_eq!(problems("# nothing\n"), "");
    }

    #[test]
    fn the_place_is_an_absolute_one() {
        let env = |set: &'static [(&str, &str)]| {
            move |name: &str| {
                let found = set.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            }
        };
        let place = |set| place(env(set)).map(|p| p.display().to_string());
        let due = |text: &str| Some(format!("{text}/layerwise/config.toml"));
        assert_eq!(
            place(&[("XDG_CONFIG_HOME", "/c"), ("HOME", "/h")]),
            due("/c")
        );
        assert_eq!(
            place(&[("XDG_CONFIG_HOME", "c"), ("HOME", "/h")]),
            due("/h/.config")
        );
        assert_eq!(place(&[]), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[ -~\n\u{0}é]{0,60}") {
            ConfigFile::parse(&text, "f");
        }
    }
}
