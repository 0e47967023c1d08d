//! All messages of a language, read from its Fluent files once.

use std::collections::HashMap;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::Language;

/// The file of texts that stand in tables in English, and in Chinese here.
#[cfg(test)]
pub(super) const TABLES: &str = "tables";

/// A name and a text for each file of each language: a file's name stands here once.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        #[cfg(test)]
        pub(super) const NAMES: &[&str] = &[$($name),*];

        fn texts(language: Language) -> Vec<&'static str> {
            match language {
                Language::English => vec![$(include_str!(concat!("en/", $name, ".ftl"))),*],
                Language::Simplified => vec![
                    include_str!("zh-Hans/tables.ftl"),
                    $(include_str!(concat!("zh-Hans/", $name, ".ftl"))),*
                ],
                Language::Traditional => vec![
                    include_str!("zh-Hant/tables.ftl"),
                    $(include_str!(concat!("zh-Hant/", $name, ".ftl"))),*
                ],
            }
        }
    };
}

files![
    "autoplay",
    "errors",
    "explanations",
    "glossary",
    "learn",
    "lessons",
    "matrix",
    "panes",
    "perceptron",
    "play",
    "playground",
    "playground-commands",
    "replies",
    "screens",
    "stages",
    "why"
];

pub(super) struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    /// Messages without arguments.
    plain: HashMap<String, String>,
}

/// The messages of a language.
pub(super) fn of(language: Language) -> &'static Catalogue {
    static ALL: [OnceLock<Catalogue>; 3] = [const { OnceLock::new() }; 3];
    ALL[language as usize].get_or_init(|| Catalogue::read(language))
}

impl Catalogue {
    /// Faulty parts of a file are left out; tests refuse it.
    fn read(language: Language) -> Catalogue {
        let locale = language.tag().parse().into_iter().collect();
        let mut bundle = FluentBundle::new_concurrent(locale);
        // Marks around arguments are for writing that mixes directions, and terminals show them as they like.
        bundle.set_use_isolating(false);
        let mut keys = Vec::new();
        for text in texts(language) {
            keys.extend(text.lines().filter_map(key));
            let resource = FluentResource::try_new(text.to_owned());
            let added = bundle.add_resource(resource.unwrap_or_else(|(read, _)| read));
            debug_assert!(
                added.is_ok(),
                "a key stands twice in {}: {added:?}",
                language.tag()
            );
        }
        let mut catalogue = Catalogue {
            bundle,
            plain: HashMap::new(),
        };
        let plain = keys
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), catalogue.filled(key, &[])?)))
            .collect();
        catalogue.plain = plain;
        catalogue
    }

    pub(super) fn plain(&self, key: &str) -> Option<&str> {
        self.plain.get(key).map(String::as_str)
    }

    /// `None` where no message has this key, or it takes arguments that are not there.
    pub(super) fn filled(&self, key: &str, args: &[(&str, FluentValue)]) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let args: FluentArgs = args
            .iter()
            .map(|(name, value)| (*name, value.clone()))
            .collect();
        let mut errors = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(&args), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }
}

/// The key of the message that begins in this line.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim_end();
    let begins = key.starts_with(|c: char| c.is_ascii_alphabetic());
    begins.then_some(key)
}
