//! Calculations as people read them: a table, a plot or both, and sentences that name the numbers.

use super::super::format;

/// A calculation as a front end draws it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// Sentences, the most telling first.
    pub words: Vec<String>,
    pub headings: Vec<String>,
    pub rows: Vec<Row>,
    pub plot: Option<Plot>,
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub label: String,
    pub cells: Vec<Cell>,
    /// How much of the result the line makes, which a bar shows.
    pub share: Option<f64>,
    /// Whether the line stands below the others: a sum, or the model's own result.
    pub below: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    Number(f64),
    Share(f64),
    Empty,
}

/// Curves over one axis, with marks on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    pub curves: Vec<Curve>,
    pub marks: Vec<Mark>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub name: String,
    /// A word at its end that tells it from others; empty for a curve alone.
    pub label: String,
    /// From the left to the right.
    pub points: Vec<(f64, f64)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub label: String,
    pub at: (f64, f64),
}

impl Row {
    pub fn of(label: String, cells: Vec<Cell>) -> Row {
        Row {
            label,
            cells,
            share: None,
            below: false,
        }
    }

    pub fn with_share(self, share: f64) -> Row {
        Row {
            share: Some(share),
            ..self
        }
    }

    pub fn below(self) -> Row {
        Row {
            below: true,
            ..self
        }
    }
}

impl Cell {
    /// The text in at most ten columns.
    pub fn text(self) -> String {
        match self {
            Cell::Number(x) => format::number(x, 0).trim().to_owned(),
            Cell::Share(x) => format!("{:.2} %", x * 100.0),
            Cell::Empty => String::new(),
        }
    }

    /// The text with as many digits as so many columns hold, at least seven.
    pub fn fitting(self, columns: usize) -> String {
        match self {
            Cell::Share(x) if columns < 8 => format!("{:.1} %", x * 100.0),
            cell => cell.text(),
        }
    }
}

impl Shown {
    /// All of it but the plot, as lines.
    pub fn text(&self) -> String {
        let mut lines = self.words.clone();
        if self.rows.is_empty() {
            return lines.join("\n  ");
        }
        let labels = self.rows.iter().map(|row| format::width(&row.label)).max();
        let labels = labels.unwrap_or(0);
        let columns: Vec<usize> = self
            .headings
            .iter()
            .map(|heading| format::width(heading).max(COLUMN))
            .collect();
        let cells = |cells: &mut dyn Iterator<Item = String>| -> String {
            let fitted = cells.zip(&columns);
            fitted
                .map(|(cell, &columns)| format!("  {}", format::fit_right(&cell, columns)))
                .collect()
        };
        let headings = cells(&mut self.headings.iter().cloned());
        lines.push(format!("{}{headings}", " ".repeat(labels)));
        for row in &self.rows {
            let values = cells(&mut row.cells.iter().map(|cell| cell.text()));
            let line = format!("{}{values}", format::fit(&row.label, labels));
            lines.push(line.trim_end().to_owned());
        }
        lines.join("\n  ")
    }
}

/// Columns of a cell in text, at least.
const COLUMN: usize = 10;
