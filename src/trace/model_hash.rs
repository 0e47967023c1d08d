//! Which model: the hash by which a trace knows the files that it was recorded from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::printable::printable;

/// Before the digits of a hash of whole files.
const WHOLE: &str = "sha256:";
/// In the place of a hash that nobody waited for.
const NOT_READ: &str = "not read";

/// What is known of a model's files. As text: `sha256:` and hex digits, hex digits alone as older versions
/// wrote them, `not read`, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ModelHash {
    /// Of the config and every byte of the files of weights: hex digits.
    Whole(String),
    /// Of the config and 64 pages of each file, as older versions took it: hex digits.
    Sampled(String),
    /// There are files, and they have not been read for it.
    NotRead,
    /// It is not known which files they were.
    #[default]
    Unknown,
}

impl From<String> for ModelHash {
    fn from(text: String) -> ModelHash {
        match text.strip_prefix(WHOLE) {
            Some(digits) => ModelHash::Whole(printable(digits)),
            None if text.is_empty() => ModelHash::Unknown,
            None if text == NOT_READ => ModelHash::NotRead,
            None => ModelHash::Sampled(printable(&text)),
        }
    }
}

impl From<ModelHash> for String {
    fn from(hash: ModelHash) -> String {
        match hash {
            ModelHash::Whole(digits) => format!("{WHOLE}{digits}"),
            ModelHash::Sampled(digits) => digits,
            ModelHash::NotRead => NOT_READ.into(),
            ModelHash::Unknown => String::new(),
        }
    }
}

impl fmt::Display for ModelHash {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ModelHash::Whole(digits) => write!(f, "{WHOLE}{digits}"),
            ModelHash::Sampled(digits) => write!(f, "{digits} (of samples of the files)"),
            ModelHash::NotRead => f.write_str("not known: the files were not read for it"),
            ModelHash::Unknown => f.write_str("not known"),
        }
    }
}

/// Whether two models are one, and how far that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameModel {
    /// Config and every byte of the files of weights are the same.
    Yes,
    No,
    /// 64 pages of each file are the same, and the rest may differ.
    SamplesAgree,
    /// One hash is of whole files, the other of samples.
    OtherKind,
    /// One side's files were not read for a hash.
    NotRead,
    /// One side does not say which files it is of.
    NotSaid,
}

impl ModelHash {
    /// Whether the files that this is of are those that `other` is of.
    pub fn same(&self, other: &ModelHash) -> SameModel {
        use ModelHash::{NotRead, Sampled, Unknown, Whole};
        match (self, other) {
            (Unknown, _) | (_, Unknown) => SameModel::NotSaid,
            (NotRead, _) | (_, NotRead) => SameModel::NotRead,
            (Whole(a), Whole(b)) if a == b => SameModel::Yes,
            (Sampled(a), Sampled(b)) if a == b => SameModel::SamplesAgree,
            (Whole(_), Whole(_)) | (Sampled(_), Sampled(_)) => SameModel::No,
            (Whole(_), Sampled(_)) | (Sampled(_), Whole(_)) => SameModel::OtherKind,
        }
    }
}

impl SameModel {
    /// Yes or no where that is known.
    pub fn known(self) -> Option<bool> {
        match self {
            SameModel::Yes => Some(true),
            SameModel::No => Some(false),
            _ => None,
        }
    }

    /// What was compared, as one sentence.
    pub fn describe(self) -> &'static str {
        match self {
            SameModel::Yes => {
                "the model is the one that was recorded: config and every byte of the weights' files are the same"
            }
            SameModel::No => {
                "the model is not the one that was recorded: its config or the weights' files differ"
            }
            SameModel::SamplesAgree => {
                "it is not known whether the model is the one that was recorded: an older version hashed samples of its files, which are the same"
            }
            SameModel::OtherKind => {
                "it is not known whether the models are the same: an older version hashed samples of the files of one of them"
            }
            SameModel::NotRead => {
                "it is not known whether the models are the same: the files of one of them were not read for a hash"
            }
            SameModel::NotSaid => {
                "it is not known whether the models are the same: one side has no hash of its files"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_text_and_compared_for_what_it_is_of() {
        for text in ["", "00ff", "sha256:00ff", "not read"] {
            let hash = ModelHash::from(text.to_owned());
            assert_eq!(String::from(hash), text);
        }
        let same = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|text| ModelHash::from(text.to_owned()));
            assert_eq!(a.same(&b), b.same(&a));
            a.same(&b).known()
        };
        assert_eq!(same("sha256:00", "sha256:00"), Some(true));
        assert_eq!(same("sha256:00", "sha256:01"), Some(false));
        assert_eq!(same("00", "01"), Some(false));
        // Equal samples say nothing of the rest, and other kinds nothing at all.
        for (a, b) in [
            ("00", "00"),
            ("00", "sha256:00"),
            ("", ""),
            ("not read", "not read"),
        ] {
            assert_eq!(same(a, b), None, "{a} {b}");
        }
    }
}
