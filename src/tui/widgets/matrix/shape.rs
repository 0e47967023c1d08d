//! A matrix before it is laid out.

use super::super::scale::Scale;
use crate::tui::command::Density;

/// What a matrix looks like, apart from its values.
pub struct Shape<'a> {
    pub rows: usize,
    pub cols: usize,
    pub row_labels: &'a [String],
    /// Empty: columns are numbered.
    pub col_labels: &'a [String],
    pub scale: Scale,
    pub density: Density,
    /// Whether columns are labelled.
    pub heading: bool,
    /// Heading of a column of its own beside the labels.
    pub aside: Option<&'a str>,
}
