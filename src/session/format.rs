//! Numbers, tokens and columns as text, shared by batch and screen.

use unicode_width::UnicodeWidthStr;

use crate::trace::plan::HookPoint;

/// Columns that `text` takes on a terminal; wide characters take two.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A number in exactly `columns` columns (at least 6), right-aligned: fixed point where it reads
/// well, scientific where it is needed; `nan`, `inf`, `-inf`.
pub fn number(x: f64, columns: usize) -> String {
    format!("{x:>columns$.3}")
}

/// A probability as a percentage in 7 columns: ` 77.3 %`.
pub fn percent(p: f64) -> String {
    format!("{:5.1} %", p * 100.0)
}

/// A token's text made visible: space `␣`, line feed `⏎`, tab `⇥`, other control characters as
/// `\x1b`.
pub fn token(text: &str) -> String {
    text.replace(' ', "␣").replace('\n', "⏎")
}

/// `text` in exactly `columns` columns: filled up with spaces on the right, or cut with `…`.
pub fn fit(text: &str, columns: usize) -> String {
    format!("{text:columns$}")
}

/// [`fit`], filled up on the left.
pub fn fit_right(text: &str, columns: usize) -> String {
    format!("{text:>columns$}")
}

/// `[head 4, query 6, key 6]`
pub fn shape(point: &HookPoint) -> String {
    let axes = point.axes.iter().zip(&point.shape);
    let parts: Vec<_> = axes.map(|(a, n)| format!("{} {n}", a.word())).collect();
    format!("[{}]", parts.join(", "))
}
