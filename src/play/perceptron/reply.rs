//! Replies of commands, as data and as text: the same in batch and on the screen.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::words::number;
use crate::play::number::{exact, exact_list, exact_rows};

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    /// The perceptron as it is.
    Perceptron {
        names: Vec<String>,
        #[serde(serialize_with = "exact_list")]
        inputs: Vec<f64>,
        #[serde(serialize_with = "exact_list")]
        weights: Vec<f64>,
        #[serde(serialize_with = "exact")]
        threshold: f64,
        #[serde(serialize_with = "exact")]
        sum: f64,
        /// 1 or 0.
        output: u8,
        #[serde(skip)]
        text: String,
    },
    /// Rows of numbers with a name for each column.
    Table {
        names: Vec<String>,
        #[serde(serialize_with = "exact_rows")]
        rows: Vec<Vec<f64>>,
    },
    /// How learning stands.
    Learning {
        /// `start`, `learning`, `converged`, `never` or `unsettled`.
        status: &'static str,
        /// Samples learned from, and whole epochs of them.
        samples: usize,
        epochs: usize,
        #[serde(serialize_with = "exact_list")]
        weights: Vec<f64>,
        #[serde(serialize_with = "exact")]
        threshold: f64,
        /// Samples that are wrong with these weights.
        wrong: usize,
        text: String,
    },
    Text {
        text: String,
    },
}

impl Reply {
    pub fn text(&self) -> String {
        match self {
            Reply::Perceptron { text, .. }
            | Reply::Learning { text, .. }
            | Reply::Text { text } => text.clone(),
            Reply::Table { names, rows } => table(names, rows),
        }
    }
}

/// Columns that line up, each as wide as its widest cell.
fn table(names: &[String], rows: &[Vec<f64>]) -> String {
    let cells = |row: &Vec<f64>| row.iter().map(|x| number(*x)).collect::<Vec<_>>();
    let mut lines = vec![names.to_vec()];
    lines.extend(rows.iter().map(cells));
    let width = |column: usize| lines.iter().map(|line| line[column].width()).max();
    let widths: Vec<usize> = (0..names.len()).map(|i| width(i).unwrap_or(0)).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| {
            let pad = " ".repeat(width - cell.width());
            format!("{pad}{cell}")
        });
        padded.collect::<Vec<_>>().join("  ")
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}
