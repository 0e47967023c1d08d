//! Numbers in a fixed number of columns.

use std::fmt::Write;

/// How many decimals the numbers of a matrix have, chosen once for all of them so that points line up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Fixed(usize),
    /// So many decimals and no zero before the point: `.045`.
    Bare(usize),
    Scientific,
}

impl Format {
    /// For values of about this magnitude in `columns` columns with a sign.
    pub fn for_magnitude(scale: f64, columns: usize) -> Format {
        if scale > 0.0 && scale < 0.01 && columns >= 7 {
            return Format::Scientific;
        }
        if scale > 0.0 && scale < 0.6 && columns < 7 {
            return Format::Bare(columns.saturating_sub(2).min(4));
        }
        let whole = match scale {
            s if s >= 1.0 && s.is_finite() => s.log10() as usize + 1,
            _ => 1,
        };
        Format::Fixed(columns.saturating_sub(whole + 2).min(4))
    }
}

/// Write `x` right-aligned in `columns` columns into `out`, with fewer decimals where it must.
pub fn write(x: f64, columns: usize, format: Format, out: &mut String) {
    out.clear();
    let fits = |out: &str| out.len() <= columns;
    let mut done = false;
    if x.is_nan() {
        out.push_str("nan");
        done = true;
    } else if x.is_infinite() {
        out.push_str(if x > 0.0 { "inf" } else { "-inf" });
        done = true;
    } else if let (Format::Bare(decimals), true) = (format, x.abs() < 1.0) {
        let _ = write!(out, "{x:.decimals$}");
        if out.bytes().all(|b| matches!(b, b'-' | b'0' | b'.')) {
            out.clear();
            out.push('0');
        } else if let Some(zero) = out.find("0.") {
            out.remove(zero);
        }
        done = fits(out);
    } else if let Format::Fixed(decimals) | Format::Bare(decimals) = format {
        for decimals in (0..=decimals).rev() {
            out.clear();
            let _ = write!(out, "{x:.decimals$}");
            if out.starts_with('-') && out.bytes().all(|b| matches!(b, b'-' | b'0' | b'.')) {
                out.remove(0);
            }
            done = fits(out);
            if done {
                break;
            }
        }
    } else if x == 0.0 {
        out.push('0');
        done = true;
    }
    if !done {
        out.clear();
        let _ = write!(out, "{x:.1e}");
        if !fits(out) {
            out.clear();
            let _ = write!(out, "{x:.0e}");
        }
    }
    if !fits(out) {
        out.clear();
        out.extend(std::iter::repeat_n('#', columns));
    }
    let pad = columns - out.len();
    out.insert_str(0, &"                "[..pad.min(16)]);
}

/// A number for a line of text: about five digits, scientific where it is needed.
pub fn text(x: f64) -> String {
    match x.abs() {
        _ if x.is_nan() => "nan".into(),
        _ if x.is_infinite() => format!("{x}"),
        0.0 => "0".into(),
        a if !(0.001..1e5).contains(&a) => format!("{x:.2e}"),
        a if a >= 1000.0 => format!("{x:.0}"),
        a if a >= 100.0 => format!("{x:.1}"),
        a if a >= 10.0 => format!("{x:.2}"),
        _ => format!("{x:.3}"),
    }
}

/// With the fewest digits that give the same value back.
pub fn exact(x: f64) -> String {
    let short = x as f32;
    match x {
        x if x.is_nan() => "nan".into(),
        x if x.is_infinite() => (if x > 0.0 { "inf" } else { "-inf" }).into(),
        x if f64::from(short) == x => format!("{short:?}"),
        x => format!("{x:?}"),
    }
}

/// A part of a sum with its sign, in five columns up to 9999. A part that rounds to nothing has no minus.
pub fn signed(x: f64) -> String {
    let text = match x.abs() {
        size if size < 9.995 => format!("{x:+.2}"),
        size if size < 99.95 => format!("{x:+.1}"),
        size if size < 9999.5 => format!("{x:+.0}"),
        _ => format!("{x:+.0e}"),
    };
    if text == "-0.00" {
        return "+0.00".to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_five_columns_and_nothing_has_no_minus() {
        for (x, text) in [
            (-0.0004, "+0.00"),
            (-0.006, "-0.01"),
            (9.994, "+9.99"),
            (9.996, "+10.0"),
            (-99.96, "-100"),
            (1234.4, "+1234"),
            (-12_345.0, "-1e4"),
        ] {
            assert_eq!(signed(x), text);
        }
    }

    #[test]
    fn numbers_come_back_as_they_were() {
        for (x, due) in [
            (f64::from(0.1_f32), "0.1"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.3333333333333333"),
            (-0.0, "-0.0"),
            (f64::from(1e-30_f32), "1e-30"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(exact(x), due);
        }
    }

    #[test]
    fn numbers_keep_their_columns() {
        let mut out = String::new();
        for x in [
            0.0,
            -0.0001,
            1.5,
            -12.345,
            99999.0,
            -1e30,
            1e-30,
            f64::NAN,
            f64::INFINITY,
        ] {
            for columns in 4..9 {
                for format in [Format::Fixed(2), Format::Scientific] {
                    write(x, columns, format, &mut out);
                    assert_eq!(out.len(), columns, "{x} in {columns}: {out}");
                }
            }
        }
        write(-0.0001, 6, Format::Fixed(2), &mut out);
        assert_eq!(out, "  0.00");
        for (x, shown) in [
            (-0.0449, "-.045"),
            (0.2, " .200"),
            (1e-9, "    0"),
            (-3.25, "-3.25"),
        ] {
            write(x, 5, Format::for_magnitude(0.1, 5), &mut out);
            assert_eq!(out, shown);
        }
        assert_eq!(Format::for_magnitude(3.0, 6), Format::Fixed(3));
        assert_eq!(Format::for_magnitude(0.001, 7), Format::Scientific);
    }
}
