//! A matrix before it is laid out.

use std::borrow::Cow;

use super::super::scale::Scale;
use super::super::text;

/// How the values of a matrix are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    #[default]
    Numbers,
    /// More digits.
    Digits,
    /// Colours alone, or signs and shades where there are none.
    Colours,
}

impl Density {
    pub const ALL: [Density; 3] = [Density::Numbers, Density::Digits, Density::Colours];

    /// The one after it, round and round.
    pub fn next(self) -> Density {
        Density::ALL[(self as usize + 1) % Density::ALL.len()]
    }

    /// The word for it in commands.
    pub fn word(self) -> &'static str {
        match self {
            Density::Numbers => "numbers",
            Density::Digits => "digits",
            Density::Colours => "colours",
        }
    }
}

/// The look of a matrix, apart from its values.
pub struct Shape<'a> {
    pub rows: usize,
    pub cols: usize,
    /// Empty: rows are numbered, where there are several.
    pub row_labels: &'a [String],
    /// Words beside the numbers of rows, from some row on.
    pub row_texts: Option<(usize, &'a [String])>,
    /// Empty: columns are numbered.
    pub col_labels: &'a [String],
    pub scale: Scale,
    pub density: Density,
    /// Whether columns are labelled.
    pub heading: bool,
    /// Heading of a column of its own beside the labels.
    pub aside: Option<&'a str>,
    /// Values beside one another that a column of the screen may show as colours: several where they are pictures.
    pub fine: usize,
    /// Which column stands at each place, where that is not its own.
    pub order: Option<&'a [usize]>,
}

impl Shape<'_> {
    /// The label of a row.
    pub(super) fn row_label(&self, row: usize) -> Cow<'_, str> {
        match self.row_labels.get(row) {
            Some(label) => Cow::Borrowed(label),
            None if self.numbered() => Cow::Owned(self.number(row)),
            None => Cow::Borrowed(""),
        }
    }

    /// A row's number, with its words in a column of their own.
    fn number(&self, row: usize) -> String {
        let Some((first, texts)) = self.row_texts else {
            return row.to_string();
        };
        let text = row.checked_sub(first).and_then(|at| texts.get(at));
        let digits = self.digits().into();
        format!("{row:>digits$} {}", text.map_or("", String::as_str))
    }

    /// Columns of the largest number of a row.
    pub(super) fn digits(&self) -> u16 {
        text::width(&self.rows.saturating_sub(1).to_string())
    }

    /// Whether rows have their numbers for labels.
    pub(super) fn numbered(&self) -> bool {
        self.row_labels.is_empty() && self.rows > 1
    }
}
