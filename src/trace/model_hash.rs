//! The hash of a model's files, by which a trace knows its model.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::printable::printable;

/// The prefix of a hash of whole files.
const WHOLE: &str = "sha256:";
/// The text in place of a hash that was not waited for.
const NOT_READ: &str = "not read";

/// The hash of a model's files, as far as it is known. Its text is `sha256:` and hex digits, hex digits alone
/// in older versions, `not read`, or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ModelHash {
    /// The hash, in hex, of the config and every byte of the weight files.
    Whole(String),
    /// The hash, in hex, of the config and 64 pages of each file, as older versions computed it.
    Sampled(String),
    /// There are files, but they were not read for a hash.
    NotRead,
    /// The files are unknown.
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

/// The result of comparing two models' hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameModel {
    /// The config and every byte of the weight files are the same.
    Yes,
    No,
    /// 64 pages of each file are the same; the rest may differ.
    SamplesAgree,
    /// One hash covers whole files, the other samples.
    OtherKind,
    /// One side's files were not read for a hash.
    NotRead,
    /// One side does not have a hash.
    NotSaid,
}

impl ModelHash {
    /// Compare with the hash `other`.
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
    /// Yes or no, or `None` if it is unknown.
    pub fn known(self) -> Option<bool> {
        match self {
            SameModel::Yes => Some(true),
            SameModel::No => Some(false),
            _ => None,
        }
    }

    /// The result of the comparison, as one sentence.
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
        // Equal samples tell nothing about the rest, and hashes of other kinds tell nothing at all.
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
