//! Sentences that a person reads, in three languages: messages of Fluent files, one folder a language.
//!
//! A message is found by its key: [`say`] for one without arguments, [`say_with`] for one with them. The language
//! is set once, at the start of the program; a test sets its thread's own with [`within`].

mod catalogue;
mod choice;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fmt::Display;
use std::sync::atomic::{AtomicU8, Ordering};

use clap::ValueEnum;
pub use fluent_bundle::FluentValue;

pub use choice::of_environment;

/// A language that all messages exist in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English
    #[value(name = "en")]
    English,
    /// Chinese in simplified characters
    #[value(name = "zh-Hans")]
    Simplified,
    /// Chinese in traditional characters
    #[value(name = "zh-Hant")]
    Traditional,
}

impl Language {
    pub const ALL: [Language; 3] = [
        Language::English,
        Language::Simplified,
        Language::Traditional,
    ];

    /// The name of the language in `--lang`, and of its folder.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Simplified => "zh-Hans",
            Language::Traditional => "zh-Hant",
        }
    }
}

/// The program's language, as its place in [`Language::ALL`].
static PROGRAM: AtomicU8 = AtomicU8::new(0);

thread_local! {
    /// The language of a thread that has its own.
    static OWN: Cell<Option<Language>> = const { Cell::new(None) };
}

/// Set the program's language.
pub fn set(language: Language) {
    PROGRAM.store(language as u8, Ordering::Relaxed);
}

/// The language that messages are in now.
pub fn current() -> Language {
    let program = || Language::ALL[usize::from(PROGRAM.load(Ordering::Relaxed))];
    OWN.get().unwrap_or_else(program)
}

/// Do `work` with its messages in `language`, on this thread alone.
#[cfg(test)]
pub fn within<T>(language: Language, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<Language>);
    impl Drop for Restore {
        fn drop(&mut self) {
            OWN.set(self.0);
        }
    }
    let _restore = Restore(OWN.replace(Some(language)));
    work()
}

/// The message of a key that takes no arguments. A key that does not exist is its own text; tests refuse it.
pub fn say(key: &'static str) -> &'static str {
    let found = find(key);
    debug_assert!(
        found.is_some(),
        "no message without arguments is called {key}"
    );
    found.unwrap_or(key)
}

/// The message of a key that is made while the program runs, if there is one without arguments.
pub fn find(key: &str) -> Option<&'static str> {
    catalogue::of(current()).plain(key)
}

/// A text that stands in a table in English: that, or the message `TABLE-NAME` of the language of now.
pub fn of_table(table: &str, name: &str, english: &'static str) -> &'static str {
    match current() {
        Language::English => english,
        _ => find(&table_key(table, name)).unwrap_or(english),
    }
}

/// A hint of a footer: a word or two behind a key.
pub fn hint(english: &'static str) -> &'static str {
    of_table("word", english, english)
}

fn table_key(table: &str, name: &str) -> String {
    let name = name.to_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    format!("{table}-{}", words.join("-"))
}

/// Pieces of text one behind the other, with a space between them, but none where Chinese goes on.
pub fn flow<'a>(pieces: impl IntoIterator<Item = &'a str>) -> String {
    let wide = |c: Option<char>| c.is_some_and(|c| c >= '\u{2e80}');
    let mut out = String::new();
    for piece in pieces {
        let mark = |c: Option<char>| c.is_some_and(|c| "。，：；、！？）”」…".contains(c));
        let ends = out.chars().last();
        let goes_on = wide(ends) && wide(piece.chars().next()) || mark(ends);
        if !out.is_empty() && !goes_on {
            out.push(' ');
        }
        out += piece;
    }
    out
}

/// An argument as it is written, digits and all.
pub fn plain(x: impl Display) -> FluentValue<'static> {
    x.to_string().into()
}

/// An argument in quotes, with what cannot be seen in it made visible.
pub fn quoted(text: &str) -> FluentValue<'static> {
    format!("{text:?}").into()
}

/// The message of a key with its arguments filled in: `say_with("perceptron-rate", &[("rate", rate.into())])`.
pub fn say_with(key: &str, args: &[(&str, FluentValue)]) -> String {
    let found = catalogue::of(current()).filled(key, args);
    debug_assert!(
        found.is_some(),
        "no message is called {key}, or it takes other arguments"
    );
    found.unwrap_or_else(|| key.to_owned())
}
