//! A matrix before it is laid out.

use std::borrow::Cow;

use super::super::scale::Scale;

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
    /// Empty: columns are numbered.
    pub col_labels: &'a [String],
    pub scale: Scale,
    pub density: Density,
    /// Whether columns are labelled.
    pub heading: bool,
    /// Heading of a column of its own beside the labels.
    pub aside: Option<&'a str>,
    /// Which column stands at each place, where that is not its own.
    pub order: Option<&'a [usize]>,
}

impl Shape<'_> {
    /// The label of a row.
    pub(super) fn row_label(&self, row: usize) -> Cow<'_, str> {
        match self.row_labels.get(row) {
            Some(label) => Cow::Borrowed(label),
            None if self.numbered() => Cow::Owned(row.to_string()),
            None => Cow::Borrowed(""),
        }
    }

    /// Whether rows have their numbers for labels.
    pub(super) fn numbered(&self) -> bool {
        self.row_labels.is_empty() && self.rows > 1
    }
}
