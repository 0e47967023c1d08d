//! Numbers, tokens and columns as text, shared by batch and screen.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::lang::{self, Language, say, say_with};
use crate::trace::hook;
use crate::trace::operands::Cell;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::printable::steers;

/// Columns that `text` takes on a terminal; wide characters take two.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A number in exactly `columns` columns (at least 8), right-aligned: fixed point where it reads
/// well, scientific where it is needed; `NaN`, `inf`, `-inf`.
pub fn number(x: f64, columns: usize) -> String {
    let plain = x == 0.0 || !x.is_finite() || (1e-3..1e4).contains(&x.abs());
    if plain {
        format!("{x:>columns$.3}")
    } else {
        format!("{x:>columns$.1e}")
    }
}

/// `1st`, `2nd`, `3rd`, `11th`.
pub fn ordinal(n: usize) -> String {
    if lang::current() != Language::English {
        return n.to_string();
    }
    let end = match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{n}{end}")
}

/// So many digits; scientific where it is needed.
pub fn digits(x: f64, count: usize) -> String {
    let (whole, last) = (x.abs().log10().floor(), count.saturating_sub(1));
    if x == 0.0 || !x.is_finite() {
        number(x, 0)
    } else if (-4.0..count as f64).contains(&whole) {
        format!("{x:.places$}", places = (last as f64 - whole) as usize)
    } else {
        format!("{x:.last$e}")
    }
}

/// An element, `0.attn.v[2, 0, 5]`, with its pass where it is another one.
pub fn place(cell: &Cell, pass: usize) -> String {
    let indices = match &cell.cell[..] {
        [] => String::new(),
        cell => format!("{cell:?}"),
    };
    let other = cell.pass.filter(|other| *other != pass);
    let other = other.map_or(String::new(), |pass| {
        say_with("matrix-of-pass", &[("pass", pass.to_string().into())])
    });
    format!("{}{indices}{other}", hook::brief(&cell.point))
}

/// A probability as a percentage in 7 columns: ` 77.3 %`.
pub fn percent(p: f64) -> String {
    format!("{:5.1} %", p * 100.0)
}

/// The label of values that were computed for whoever looks, with the error of the z made of them:
/// see [`Values::recomputed`](crate::trace::tensor::Values::recomputed).
pub fn recomputed(error: f64) -> String {
    if error == 0.0 {
        say("pane-recomputed").into()
    } else {
        let error = ("error", format!("{error:.0e}").into());
        say_with("pane-recomputed-off", &[error])
    }
}

/// A token's text made visible: space `␣`, line feed `⏎`, tab `⇥`; the rest as [`visible`] has it.
pub fn token(text: &str) -> String {
    visible(text, |c| match c {
        ' ' => Some('␣'),
        '\n' => Some('⏎'),
        '\t' => Some('⇥'),
        _ => None,
    })
}

/// Text with a sign for each character that `sign` has one for. Other spaces, control characters, and what
/// would take no column, are shown by their codes; a combining mark that has nothing to stand on, on a dotted
/// circle.
pub fn visible(text: &str, sign: impl Fn(char) -> Option<char>) -> String {
    let mut shown = String::new();
    for grapheme in text.graphemes(true) {
        let first = grapheme.chars().next().unwrap_or_default();
        let plain = |c: char| sign(c).is_some() || steers(c) || c.is_whitespace();
        if grapheme.width() == 0 && !plain(first) {
            if is_mark(first) {
                shown.push('◌');
                shown.push_str(grapheme);
            } else {
                shown.extend(grapheme.escape_unicode());
            }
            continue;
        }
        for c in grapheme.chars() {
            match sign(c) {
                Some(sign) => shown.push(sign),
                None if steers(c) || c.is_whitespace() => shown.extend(c.escape_default()),
                None => shown.push(c),
            }
        }
    }
    shown
}

/// Whether a character without width is drawn on the one before it, rather than not at all.
fn is_mark(c: char) -> bool {
    let invisible = matches!(c, '\u{34f}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
    let on_a_letter: String = ['a', c].iter().collect();
    !invisible && on_a_letter.graphemes(true).count() == 1
}

/// `text` in exactly `columns` columns: filled up with spaces on the right, or cut with `…`.
pub fn fit(text: &str, columns: usize) -> String {
    let cut = cut(text, columns);
    let pad = columns - cut.width();
    cut + &" ".repeat(pad)
}

/// [`fit`], filled up on the left.
pub fn fit_right(text: &str, columns: usize) -> String {
    let cut = cut(text, columns);
    " ".repeat(columns - cut.width()) + &cut
}

/// At most `columns` columns of `text`, the last one `…` where some is left out.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), 0);
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        kept.push(c);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// `[head 4, query 6, key 6]`; an axis that has no name is its length alone.
pub fn shape(point: &HookPoint) -> String {
    let axes = point.axes.iter().zip(&point.shape);
    let parts: Vec<_> = axes
        .map(|(axis, n)| match axis {
            Axis::One => n.to_string(),
            axis => format!("{} {n}", axis.word()),
        })
        .collect();
    format!("[{}]", parts.join(", "))
}

/// Digits in groups of three.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes for people, in powers of 1024.
pub fn bytes(count: usize) -> String {
    let mut value = count as f64;
    for unit in ["B", "KiB", "MiB"] {
        if value < 1024.0 {
            return match unit {
                "B" => format!("{count} B"),
                _ => format!("{value:.1} {unit}"),
            };
        }
        value /= 1024.0;
    }
    format!("{value:.1} GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_as_many_as_asked_for() {
        assert_eq!(digits(1.0 / 3.0, 7), "0.3333333");
        assert_eq!(digits(-123.456_789_4, 7), "-123.4568");
        assert_eq!(digits(1.0 / 3e6, 7), "3.333333e-7");
        assert_eq!(digits(2e9, 3), "2.00e9");
        assert_eq!(digits(0.0, 7), "0.000");
    }

    #[test]
    fn ordinals_end_as_they_are_spoken() {
        let due = [
            (0, "0th"),
            (1, "1st"),
            (2, "2nd"),
            (3, "3rd"),
            (4, "4th"),
            (11, "11th"),
            (12, "12th"),
            (13, "13th"),
            (21, "21st"),
            (22, "22nd"),
            (33, "33rd"),
            (111, "111th"),
            (1013, "1013th"),
            (1021, "1021st"),
        ];
        for (n, text) in due {
            assert_eq!(ordinal(n), text);
        }
    }

    #[test]
    fn wide_text_fills_exactly_its_columns() {
        for columns in 0..12 {
            for text in ["", "a", "中华人民", "a中b华"] {
                assert_eq!(fit(text, columns).width(), columns, "{text}");
                assert_eq!(fit_right(text, columns).width(), columns, "{text}");
            }
        }
        assert_eq!(fit("中华人民", 6), "中华… ");
    }

    #[test]
    fn every_token_is_seen() {
        for (text, shown) in [
            (" a\n\tb", "␣a⏎⇥b"),
            ("\u{a0}", "\\u{a0}"),
            ("中\u{3000}", "中\\u{3000}"),
            ("\u{200b}", "\\u{200b}"),
            ("👩\u{200d}👧", "👩\u{200d}👧"),
            ("\u{1b}[", "\\u{1b}["),
            ("\u{301}", "◌\u{301}"),
            ("\u{301}a", "◌\u{301}a"),
            ("e\u{301}", "e\u{301}"),
            ("\u{94d}\u{930}", "◌\u{94d}\u{930}"),
            ("\u{fe0f}", "\\u{fe0f}"),
            ("\u{200d}", "\\u{200d}"),
            ("a\u{200b}b", "a\\u{200b}b"),
            ("\u{feff}", "\\u{feff}"),
            ("\r\n", "\\r⏎"),
        ] {
            assert_eq!(token(text), shown);
        }
    }

    #[test]
    fn numbers_keep_their_columns() {
        for x in [
            0.0,
            1.0,
            -0.5,
            12345.6,
            -1e-9,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1e300,
        ] {
            assert_eq!(number(x, 9).len(), 9, "{x}");
        }
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 999, 1000].map(grouped), ["0", "999", "1,000"]);
        assert_eq!(grouped(134_515_008), "134,515,008");
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(538_060_032), "513.1 MiB");
    }
}
