//! Words of a link and of commands, and the nearest right one to a wrong one.

use crate::lang::{plain, quoted, say, say_with};

/// A choice between values that have names.
pub trait Named: Copy + PartialEq + 'static {
    /// The message's key for what it is.
    const NOUN: &'static str;
    const NAMES: &'static [(&'static str, Self)];

    fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(_, value)| *value == self);
        found.map_or("", |(name, _)| name)
    }

    /// The value of a name, in any case.
    ///
    /// # Errors
    /// A line that names what there is.
    fn named(name: &str) -> Result<Self, String> {
        let found = |(word, _): &&(&str, Self)| word.eq_ignore_ascii_case(name);
        match Self::NAMES.iter().find(found) {
            Some((_, value)) => Ok(*value),
            None => {
                let names: Vec<&str> = Self::NAMES.iter().map(|(word, _)| *word).collect();
                Err(say_with(
                    "playground-error-choice",
                    &[
                        ("word", quoted(name)),
                        ("noun", say(Self::NOUN).into()),
                        ("names", plain(names.join(", "))),
                    ],
                ))
            }
        }
    }
}

/// The name nearest to a word, if one is near.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let far = |name: &str| strsim::osa_distance(&word, &name.to_lowercase());
    let best = names.into_iter().min_by_key(|name| far(name))?;
    (far(best) <= 1 + word.chars().count() / 4).then_some(best)
}

/// `; did you mean …?`, or nothing.
pub fn hint<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let near = |name: &str| say_with("playground-near", &[("name", plain(name))]);
    nearest(word, names).map_or_else(String::new, near)
}
