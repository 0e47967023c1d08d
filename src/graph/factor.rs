//! Factors in formulas.

/// A factor such as ` · 0.25`; empty for 1.
pub fn times(factor: f64) -> String {
    match factor {
        1.0 => String::new(),
        _ => format!(" · {}", short(factor)),
    }
}

/// A factor that is written as a root, ` / √64`, if it is the root of a whole number or one over it.
pub fn times_root(factor: f64) -> String {
    let whole = |x: f64| (x / x.round() - 1.0).abs() < 1e-6 && x.round() > 1.0;
    let square = factor * factor;
    if whole(1.0 / square) {
        format!(" / √{}", (1.0 / square).round())
    } else if whole(square) {
        format!(" · √{}", square.round())
    } else {
        times(factor)
    }
}

/// A number in at most five digits.
pub fn short(x: f64) -> String {
    let rounded = format!("{x:.4}");
    rounded
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_written_as_people_write_them() {
        assert_eq!(times_root(1.0), "");
        assert_eq!(times_root(0.125), " / √64");
        assert_eq!(times_root(1.0 / 10f64.sqrt()), " / √10");
        assert_eq!(times_root(576f64.sqrt()), " · √576");
        assert_eq!(times_root(0.22), " · 0.22");
        assert_eq!(times(0.125), " · 0.125");
        assert_eq!(short(30.0), "30");
    }
}
