//! A perceptron: it fires when the weighted sum of its inputs is greater than its threshold.

use super::error::PlayError;
use crate::trace::printable::steers;

/// A table of `2^MOST_INPUTS` rows is still read at once.
pub const MOST_INPUTS: usize = 12;
/// Characters of a name.
const LONGEST_NAME: usize = 40;

/// All that learning changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// One an input.
    pub each: Vec<f64>,
    pub threshold: f64,
}

impl Weights {
    pub fn zero(inputs: usize) -> Weights {
        Weights {
            each: vec![0.0; inputs],
            threshold: 0.0,
        }
    }

    pub fn sum(&self, values: &[f64]) -> f64 {
        self.each.iter().zip(values).map(|(w, x)| w * x).sum()
    }

    pub fn fires(&self, values: &[f64]) -> bool {
        self.sum(values) > self.threshold
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Perceptron {
    /// Names of the inputs.
    pub names: Vec<String>,
    /// Values of the inputs.
    pub values: Vec<f64>,
    pub weights: Weights,
    /// The name of the output.
    pub output: String,
}

/// A row of the truth table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub values: Vec<f64>,
    pub sum: f64,
    pub fires: bool,
}

impl Perceptron {
    /// Shall we see the film? Good weather counts twice as much as a low price or company.
    pub fn film() -> Perceptron {
        Perceptron {
            names: ["weather", "price", "company"].map(str::to_owned).into(),
            values: vec![1.0; 3],
            weights: Weights {
                each: vec![8.0, 4.0, 4.0],
                threshold: 8.0,
            },
            output: "film".into(),
        }
    }

    pub fn sum(&self) -> f64 {
        self.weights.sum(&self.values)
    }

    pub fn fires(&self) -> bool {
        self.weights.fires(&self.values)
    }

    /// Every way to switch the inputs on and off; the last input changes fastest.
    pub fn truth_table(&self) -> impl Iterator<Item = Row> {
        let inputs = self.names.len();
        (0..1_usize << inputs).map(move |number| {
            let on = |input: usize| number >> (inputs - 1 - input) & 1;
            let values: Vec<f64> = (0..inputs).map(|input| on(input) as f64).collect();
            Row {
                sum: self.weights.sum(&values),
                fires: self.weights.fires(&values),
                values,
            }
        })
    }

    /// The input that a name or a number from 1 means.
    pub fn input(&self, word: &str) -> Result<usize, PlayError> {
        if let Some(found) = self.names.iter().position(|name| name == word) {
            return Ok(found);
        }
        match word.parse::<usize>() {
            Ok(number @ 1..) if number <= self.names.len() => Ok(number - 1),
            _ => Err(PlayError::NoInput {
                word: word.to_owned(),
                names: self.names.join(", "),
            }),
        }
    }

    /// A name that no other input has, for the input `of` or a new one.
    pub fn new_name(&self, text: &str, of: Option<usize>) -> Result<String, PlayError> {
        let name = name(text)?;
        match self.names.iter().position(|other| *other == name) {
            Some(other) if of != Some(other) => Err(PlayError::NameTaken(name)),
            _ => Ok(name),
        }
    }
}

/// A name of an input or the output.
pub fn name(text: &str) -> Result<String, PlayError> {
    let text = text.trim();
    let is_number = text.parse::<f64>().is_ok();
    if text.is_empty() || is_number || text.contains(steers) {
        return Err(PlayError::Name(text.to_owned()));
    }
    if text.chars().count() > LONGEST_NAME {
        return Err(PlayError::LongName(LONGEST_NAME));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_film_is_seen_with_company_and_fine_weather() {
        let mut film = Perceptron::film();
        assert_eq!((film.sum(), film.fires()), (16.0, true));
        film.values = vec![1.0, 0.0, 1.0];
        assert_eq!((film.sum(), film.fires()), (12.0, true));
        // Equal to the threshold is not greater.
        film.values = vec![1.0, 0.0, 0.0];
        assert_eq!((film.sum(), film.fires()), (8.0, false));
    }

    #[test]
    fn the_truth_table_has_every_row_once() {
        let film = Perceptron::film();
        let rows: Vec<(f64, bool)> = film.truth_table().map(|r| (r.sum, r.fires)).collect();
        let due = [
            (0.0, false),
            (4.0, false),
            (4.0, false),
            (8.0, false),
            (8.0, false),
            (12.0, true),
            (12.0, true),
            (16.0, true),
        ];
        assert_eq!(rows, due);
        assert_eq!(film.truth_table().nth(5).unwrap().values, [1.0, 0.0, 1.0]);
    }

    #[test]
    fn inputs_have_names_and_numbers() {
        let film = Perceptron::film();
        assert_eq!(film.input("price").unwrap(), 1);
        assert_eq!(film.input("3").unwrap(), 2);
        for word in ["0", "4", "prize", ""] {
            let why = film.input(word).unwrap_err().to_string();
            assert!(why.contains("weather, price, company"), "{why}");
        }
        assert!(film.new_name("price", None).is_err());
        assert!(film.new_name("price", Some(1)).is_ok());
        assert_eq!(film.new_name(" 天气 ", None).unwrap(), "天气");
        for bad in ["", " ", "3", "nan", "a\u{1b}b", &"x".repeat(41)] {
            assert!(film.new_name(bad, None).is_err(), "{bad:?}");
        }
    }
}
