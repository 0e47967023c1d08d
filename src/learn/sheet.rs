//! A row of numbers, and what becomes of it step by step.

use crate::lang::say_with;
use crate::play::perceptron::words::number;

/// Numbers that a sheet takes.
const MOST: usize = 8;

#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    numbers: Vec<f64>,
}

impl Default for Sheet {
    /// Five marks of an exam.
    fn default() -> Sheet {
        Sheet {
            numbers: vec![90.0, 80.0, 70.0, 60.0, 50.0],
        }
    }
}

/// A row of a sheet: the key of the message that names it, and its cells.
pub struct Row {
    pub key: &'static str,
    pub cells: Vec<f64>,
    /// The sum of the cells, where it means something.
    pub sum: Option<f64>,
}

impl Sheet {
    /// Take other numbers: `numbers 90 80 70`.
    ///
    /// # Errors
    /// The form that the line should have.
    pub fn run(&mut self, line: &str) -> Result<(), SheetError> {
        let mut words = line.split_whitespace();
        if words.next() != Some("numbers") {
            return Err(SheetError::Unknown(line.to_owned()));
        }
        let numbers: Vec<f64> = words.map(finite).collect::<Result<_, _>>()?;
        if !(2..=MOST).contains(&numbers.len()) {
            return Err(SheetError::Count(numbers.len()));
        }
        self.numbers = numbers;
        Ok(())
    }

    /// The numbers scaled so that the largest is 1 and the smallest 0; all 0 if they are equal.
    pub fn scaled(&self) -> Vec<f64> {
        let high = self.numbers.iter().copied().fold(f64::MIN, f64::max);
        let low = self.numbers.iter().copied().fold(f64::MAX, f64::min);
        let range = if high > low { high - low } else { 1.0 };
        self.numbers.iter().map(|x| (x - low) / range).collect()
    }

    pub fn softmax(&self) -> Vec<f64> {
        let powers: Vec<f64> = self.scaled().into_iter().map(f64::exp).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|x| x / sum).collect()
    }

    /// Layer norm without learned weights: mean 0, variance 1.
    pub fn normed(&self) -> Vec<f64> {
        let n = self.numbers.len() as f64;
        let mean = self.numbers.iter().sum::<f64>() / n;
        let variance = self.numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let scale = (variance + 1e-5).sqrt();
        self.numbers.iter().map(|x| (x - mean) / scale).collect()
    }

    /// Every row, from the numbers to what becomes of them.
    pub fn rows(&self) -> Vec<Row> {
        let row = |key, cells: Vec<f64>| Row {
            key,
            cells,
            sum: None,
        };
        let summed = |key, cells: Vec<f64>| Row {
            key,
            sum: Some(cells.iter().sum()),
            cells,
        };
        let powers = self.scaled().into_iter().map(f64::exp).collect();
        vec![
            row("sheet-marks", self.numbers.clone()),
            row("sheet-scaled", self.scaled()),
            summed("sheet-exponentials", powers),
            summed("sheet-softmax", self.softmax()),
            row("sheet-normed", self.normed()),
        ]
    }

    /// The sheet as lines of text: names, cells, sums.
    pub fn lines(&self) -> Vec<String> {
        let say = crate::lang::find;
        let rows = self.rows();
        let name = |row: &Row| say(row.key).unwrap_or(row.key);
        let widest = rows.iter().map(|row| width(name(row))).max().unwrap_or(0);
        let mut lines = Vec::new();
        for row in &rows {
            let pad = " ".repeat(widest - width(name(row)));
            let cells: String = row
                .cells
                .iter()
                .map(|x| format!("{:>7}", short(*x)))
                .collect();
            let sum = row
                .sum
                .map_or(String::new(), |sum| format!("  Σ {}", short(sum)));
            lines.push(format!("{}{pad}{cells}{sum}", name(row)));
        }
        lines
    }
}

fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// A number in at most six columns.
fn short(x: f64) -> String {
    if x.abs() < 1000.0 && x.fract() != 0.0 {
        format!("{x:.3}")
    } else {
        number(x)
    }
}

fn finite(word: &str) -> Result<f64, SheetError> {
    let number = word.parse::<f64>().ok().filter(|x| x.abs() <= 1e6);
    number.ok_or_else(|| SheetError::Number(word.to_owned()))
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SheetError {
    #[error("{}", say_with("sheet-unknown", &[("line", .0.as_str().into())]))]
    Unknown(String),
    #[error("{}", say_with("sheet-no-number", &[("word", .0.as_str().into())]))]
    Number(String),
    #[error("{}", say_with("sheet-count", &[("given", .0.to_string().into()), ("most", MOST.to_string().into())]))]
    Count(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_marks_become_shares_and_lie_around_zero() {
        let sheet = Sheet::default();
        assert_eq!(sheet.scaled(), [1.0, 0.75, 0.5, 0.25, 0.0]);
        let shares = sheet.softmax();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((shares[0] - 0.310_0).abs() < 1e-3, "{shares:?}");
        // Marks stand 10 apart: deviations 20, 10, 0, … over a spread of √200.
        let due = [
            2f64.sqrt(),
            0.5f64.sqrt(),
            0.0,
            -(0.5f64.sqrt()),
            -(2f64.sqrt()),
        ];
        for (x, due) in sheet.normed().iter().zip(due) {
            assert!((x - due).abs() < 1e-6);
        }
    }

    #[test]
    fn numbers_are_changed_and_bad_ones_change_nothing() {
        let mut sheet = Sheet::default();
        sheet.run("numbers 3 1 2").unwrap();
        assert_eq!(sheet.scaled(), [1.0, 0.0, 0.5]);
        let before = sheet.clone();
        for bad in [
            "",
            "numbers",
            "numbers 1",
            "numbers 1 2 x",
            "numbers 1 2 inf",
            "numbers 1 2 1e9",
            "numbers 1 2 3 4 5 6 7 8 9",
            "marks 1 2 3",
        ] {
            assert!(sheet.run(bad).is_err(), "{bad}");
            assert_eq!(sheet, before);
        }
        let mut equal = Sheet::default();
        equal.run("numbers 5 5").unwrap();
        assert_eq!(equal.softmax(), [0.5, 0.5]);
        assert!(equal.normed().iter().all(|x| *x == 0.0));
    }
}
