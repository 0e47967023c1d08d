//! Numbers as a person types them, and as JSON has them.

use serde::{Serialize, Serializer};

use crate::lang::say_with;

/// Larger numbers teach nothing, and could end in an infinity.
const LARGEST: f64 = 1e9;

/// The fault of a word that should be a number.
#[derive(Debug, thiserror::Error)]
pub enum NumberError {
    #[error("{}", said("play-error-number", format!("{:?}", .0)))]
    NoNumber(String),
    #[error("{}", said("play-error-not-finite", .0.clone()))]
    NotFinite(String),
    #[error("{}", said("play-error-large-number", .0.clone()))]
    Large(String),
}

fn said(key: &str, word: String) -> String {
    say_with(key, &[("word", word.into())])
}

/// The number of a word; -0 is 0.
pub fn number(text: &str) -> Result<f64, NumberError> {
    let text = text.trim();
    let word = || text.to_owned();
    match text.parse::<f64>() {
        Ok(x) if !x.is_finite() => Err(NumberError::NotFinite(word())),
        Ok(x) if x.abs() > LARGEST => Err(NumberError::Large(word())),
        Ok(x) => Ok(x + 0.0),
        Err(_) => Err(NumberError::NoNumber(word())),
    }
}

/// A number in full precision; a whole one without a point.
pub struct Exact(pub f64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            to.serialize_i64(self.0 as i64)
        } else {
            to.serialize_f64(self.0)
        }
    }
}

pub fn exact<S: Serializer>(x: &f64, to: S) -> Result<S::Ok, S::Error> {
    Exact(*x).serialize(to)
}

pub fn exact_list<S: Serializer>(all: &[f64], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().map(|x| Exact(*x)))
}

pub fn exact_rows<S: Serializer>(rows: &[Vec<f64>], to: S) -> Result<S::Ok, S::Error> {
    let row = |row: &Vec<f64>| row.iter().map(|x| Exact(*x)).collect::<Vec<_>>();
    to.collect_seq(rows.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbers_or_say_why_not() {
        assert_eq!(number(" 2.5 ").unwrap(), 2.5);
        assert!(number("-0").unwrap().is_sign_positive());
        for (word, due) in [
            ("x", "\"x\" is no number"),
            ("", "\"\" is no number"),
            ("nan", "nan is not a finite number"),
            ("inf", "inf is not a finite number"),
            ("1e30", "1e30 is too large"),
        ] {
            let why = number(word).unwrap_err().to_string();
            assert!(why.starts_with(due), "{word}: {why}");
        }
    }

    #[test]
    fn whole_numbers_have_no_point() {
        let text = |x| serde_json::to_string(&Exact(x)).unwrap();
        assert_eq!([3.0, -0.5, 1e20].map(text), ["3", "-0.5", "1e+20"]);
    }
}
