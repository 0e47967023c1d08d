//! Links of playground.tensorflow.org: a state, read and written.

use std::time::{SystemTime, UNIX_EPOCH};

use super::names::hint;
use super::random::Random;
use super::state::{CONTROLS, KEYS, State};
use crate::lang::{plain, quoted, say_with};

/// The page that a link opens.
pub const SITE: &str = "https://playground.tensorflow.org/";

const HIDE: &str = "_hide";

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("{}", say_with("playground-error-no-link", &[("text", quoted(.0))]))]
    NoState(String),
    #[error("{}", say_with("playground-error-link", &[("key", plain(key)), ("why", plain(why))]))]
    Value { key: String, why: String },
}

/// A state that was read, and what a reader should know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub state: State,
    pub warnings: Vec<String>,
}

/// Read a link, or the part of it from `#` on. Later keys win; keys without a value keep the site's.
///
/// # Errors
/// There is no state in the text, or a key has a value that is not one of its own.
pub fn read(link: &str) -> Result<Opened, LinkError> {
    let text = match link.split_once('#') {
        Some((_, text)) => text,
        None if link.contains('=') && !link.contains("://") => link,
        None if link.trim_end_matches('/') == SITE.trim_end_matches('/') => "",
        None => return Err(LinkError::NoState(link.to_owned())),
    };
    let mut state = State::new(String::new());
    let mut warnings = Vec::new();
    for part in text.split('&') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = decoded(value);
        if let Some(hidden) = key.strip_suffix(HIDE) {
            let known = KEYS.into_iter().chain(CONTROLS);
            if !known.clone().any(|name| name == hidden) {
                warnings.push(say_with(
                    "playground-link-hides",
                    &[("key", plain(key)), ("near", hint(hidden, known).into())],
                ));
            }
            state.hidden.retain(|(name, _)| name != hidden);
            state.hidden.push((hidden.to_owned(), value == "true"));
        } else if !KEYS.contains(&key) {
            if !key.is_empty() {
                warnings.push(say_with(
                    "playground-link-unknown",
                    &[("key", plain(key)), ("near", hint(key, KEYS).into())],
                ));
            }
        } else if !value.trim().is_empty() || key == "networkShape" && part.contains('=') {
            state
                .set(key, value.trim())
                .map_err(|why| LinkError::Value {
                    key: key.to_owned(),
                    why,
                })?;
            if matches!(key, "cosX" | "cosY") && value == "true" {
                warnings.push(say_with("playground-link-feature", &[("key", plain(key))]));
            }
        }
    }
    if state.seed.is_empty() {
        state.seed = new_seed();
    }
    Ok(Opened { state, warnings })
}

/// A link that opens this state.
pub fn write(state: &State) -> String {
    let value = |key| state.value(key).map(|value| format!("{key}={value}"));
    let mut parts: Vec<String> = KEYS.into_iter().filter_map(value).collect();
    let hidden = state.hidden.iter();
    parts.extend(hidden.map(|(name, hides)| format!("{name}{HIDE}={hides}")));
    format!("{SITE}#{}", parts.join("&"))
}

/// Links that went through a form or a chat have commas and spaces as codes.
fn decoded(value: &str) -> String {
    value
        .replace("%2C", ",")
        .replace("%2c", ",")
        .replace("%20", " ")
}

/// A seed as the site makes one where a link has none.
pub fn new_seed() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_nanos());
    Random::seeded(&format!("{now} {}", std::process::id())).seed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::playground::feature::Feature;

    fn why(link: &str) -> String {
        read(link).unwrap_err().to_string()
    }

    #[test]
    fn a_link_and_its_state_say_the_same() {
        let state = "#activation=relu&regularization=L1&batchSize=7&dataset=xor&regDataset=reg-gauss\
            &learningRate=0.00001&regularizationRate=0.003&noise=15&networkShape=8,4&seed=0.77031\
            &showTestData=true&discretize=true&percTrainData=70&x=false&y=true&xTimesY=true\
            &xSquared=false&ySquared=true&cosX=false&sinX=true&cosY=false&sinY=false\
            &collectStats=false&tutorial=dp1&problem=regression&initZero=true&hideText=true\
            &playButton_hide=true&noise_hide=false";
        let opened = read(state).unwrap();
        assert_eq!(opened.warnings, [""; 0]);
        let written = write(&opened.state);
        assert_eq!(
            written,
            format!("https://playground.tensorflow.org/{state}")
        );
        assert_eq!(read(&written).unwrap(), opened);
        // Without `#`, as a shell's user may type it.
        assert_eq!(read(&state[1..]).unwrap(), opened);
    }

    #[test]
    fn keys_without_a_value_keep_the_sites() {
        let opened = read("#noise=&learningRate&&seed=a").unwrap();
        assert_eq!(opened.state, State::new("a".into()));
        assert_eq!(
            read("#networkShape=&seed=a").unwrap().state.hidden_layers,
            [0; 0]
        );
        assert_eq!(
            read("#networkShape=4%2C2").unwrap().state.hidden_layers,
            [4, 2]
        );
        for link in ["#", SITE, "https://playground.tensorflow.org"] {
            assert!(read(link).unwrap().state.seed.starts_with("0."));
        }
    }

    #[test]
    fn hidden_features_are_off_and_unknown_keys_are_named() {
        let opened =
            read("#x=true&y=true&x_hide=true&y_hide=false&nosie=3&nosie_hide=true").unwrap();
        assert_eq!(opened.state.features(), [Feature::Y]);
        let named = "link: the key nosie is unknown; did you mean noise?";
        let hidden = "link: nosie_hide hides nothing that is known; did you mean noise?";
        assert_eq!(opened.warnings, [named, hidden]);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        for (state, word) in [
            (
                "noise=51",
                "key noise: 51 is out of range: a number from 0 to 50",
            ),
            ("noise=nan", "out of range"),
            ("noise=much", "is no number"),
            ("batchSize=0", "from 1 to 30"),
            ("batchSize=2.5", "a whole number"),
            ("percTrainData=9", "from 10 to 90"),
            ("learningRate=-1", "from 0.00001 to 10"),
            ("learningRate=inf", "from 0.00001 to 10"),
            ("regularizationRate=11", "from 0 to 10"),
            ("networkShape=9", "1 to 8 neurons"),
            ("networkShape=4,,2", "1 to 8 neurons"),
            ("networkShape=1,1,1,1,1,1,1", "7 hidden layers are too many"),
            ("activation=tahn", "there are relu, tanh"),
            ("dataset=reg-plane", "there are circle, xor"),
            ("x=maybe", "neither true nor false"),
        ] {
            let why = why(&format!("#{state}"));
            assert!(why.contains(word), "{state}: {why}");
        }
        assert!(
            why("http://example.com/").contains("is no link"),
            "{}",
            why("")
        );
    }
}
