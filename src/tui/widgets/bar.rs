//! A horizontal bar with eighths of a column.

/// A bar of `share` (0 to 1) of `columns` columns.
pub fn text(share: f64, columns: u16) -> String {
    let share = if share.is_nan() {
        0.0
    } else {
        share.clamp(0.0, 1.0)
    };
    let eighths = (share * columns as f64 * 8.0).round() as usize;
    let mut out = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        out.push(['▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8 - 1]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(text(0.5, 4), "██");
        assert_eq!(text(1.0, 3), "███");
        assert_eq!(text(0.125, 1), "▏");
        assert_eq!(text(f64::NAN, 3), "");
    }
}
