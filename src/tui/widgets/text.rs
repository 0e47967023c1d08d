//! Text in a buffer, cut to columns rather than to characters.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::lang::say_with;
use crate::session::format;

pub fn width(text: &str) -> u16 {
    text.width().min(u16::MAX as usize) as u16
}

/// A token's text as a label: as `print` shows it, but spaces are kept unless there is nothing else.
pub fn token(text: &str) -> String {
    if text.is_empty() {
        return "∅".into();
    }
    let blank = text.chars().all(|c| c == ' ');
    format::visible(text, |c| match c {
        ' ' if blank => Some('␣'),
        ' ' => Some(' '),
        '\n' => Some('↵'),
        '\t' => Some('⇥'),
        _ => None,
    })
}

/// `text` in at most `columns` columns, cut with `…`.
pub fn cut(text: &str, columns: u16) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let w = width(grapheme);
        if used + w + 1 > columns {
            break;
        }
        used += w;
        out.push_str(grapheme);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// The beginning of `text` in at most `columns` columns.
pub fn start(text: &str, columns: u16) -> String {
    let mut used = 0;
    let fits = text.graphemes(true).take_while(|grapheme| {
        used += width(grapheme);
        used <= columns
    });
    fits.collect()
}

/// `text` without its first `columns` columns; a wide character that is cut leaves a space.
pub fn skip(text: &str, columns: u16) -> String {
    let mut gone = 0;
    let mut graphemes = text.graphemes(true);
    while gone < columns {
        match graphemes.next() {
            Some(grapheme) => gone += width(grapheme),
            None => return String::new(),
        }
    }
    " ".repeat((gone - columns) as usize) + graphemes.as_str()
}

/// Write `text` at (x, y), cut to what is left of `area`; returns the column after it.
pub fn put(buf: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) -> u16 {
    let area = area.intersection(buf.area);
    if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
        return x;
    }
    let room = area.right() - x;
    if width(text) <= room {
        return buf.set_stringn(x, y, text, room as usize, style).0;
    }
    buf.set_stringn(x, y, cut(text, room), room as usize, style)
        .0
}

/// Write `text` so that it ends at the right edge of `area`, in row `y`.
pub fn put_right(buf: &mut Buffer, area: Rect, y: u16, text: &str, style: Style) {
    let x = area.right().saturating_sub(width(text)).max(area.left());
    put(buf, area, x, y, text, style);
}

/// Words of `text` in lines of at most `columns` columns; wide characters may part anywhere, and so may a word
/// that is longer than a line.
pub fn wrap(text: &str, columns: u16) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let words = words(paragraph).into_iter().flat_map(|word| {
            let parts: Vec<&str> = match width(word) {
                w if w <= columns => vec![word],
                _ => word.split_word_bounds().collect(),
            };
            parts
        });
        for word in words {
            if width(&line) + width(word) > columns && !line.is_empty() {
                lines.push(line.trim_end().to_owned());
                line.clear();
                if word.trim().is_empty() {
                    continue;
                }
            }
            line.push_str(word);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Pieces that a line may part between: words with the marks around them, spaces, single wide characters with the
/// marks behind them.
fn words(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut before: Option<&str> = None;
    let wide = |piece: &str| {
        piece
            .chars()
            .any(|c| c.width() == Some(2) && c.is_alphanumeric())
    };
    let space = |piece: &str| piece.trim().is_empty();
    for (i, piece) in text.split_word_bound_indices() {
        let parts = before.is_some_and(|before| {
            let mark = !piece.starts_with(char::is_alphanumeric) && !space(piece);
            space(before) != space(piece) || !mark && (wide(before) || wide(piece))
        });
        if parts {
            out.push(&text[start..i]);
            start = i;
        }
        before = Some(piece);
    }
    out.push(&text[start..]);
    out
}

/// A line that goes on where there is no room, with `…` behind its last whole word.
pub fn unfinished(line: &str, columns: u16) -> String {
    let mut end = line;
    while width(end) + 2 > columns {
        match end.split_word_bound_indices().next_back() {
            Some((i, _)) => end = end[..i].trim_end(),
            None => break,
        }
    }
    let end = end.trim_end_matches(|c: char| c == ',' || c == ';' || c.is_whitespace());
    format!("{end} …")
}

/// Draw the words of a screen that has no room for more.
pub fn too_small(buf: &mut Buffer, screen: Rect, min: (u16, u16), style: Style) {
    let size = |key, (width, height): (u16, u16)| {
        say_with(key, &[("width", width.into()), ("height", height.into())])
    };
    let lines = [
        "layerwise".to_owned(),
        size("error-needs-size", min),
        size("error-this-size", (screen.width, screen.height)),
    ];
    for (y, line) in (screen.y..).zip(&lines) {
        put(buf, screen, screen.x, y, line, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_cut_by_columns() {
        assert_eq!(cut("中华人民", 8), "中华人民");
        assert_eq!(cut("中华人民", 7), "中华人…");
        assert_eq!(cut("中华人民", 6), "中华…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(skip("中华人民", 4), "人民");
        assert_eq!(skip("中华人民", 3), " 人民");
        assert_eq!(skip("ab", 3), "");
        assert_eq!(token("\n"), "↵");
        assert_eq!(token(" "), "␣");
        assert_eq!(token(" a"), " a");
    }

    #[test]
    fn every_label_takes_a_column() {
        for text in [
            "\u{200b}",
            "\u{200d}",
            "\u{fe0f}",
            "\u{feff}",
            "\u{301}",
            "\u{94d}",
            "\u{1b}",
            "\0",
            "\u{a0}",
            "\u{2060}",
            "\u{e0041}",
            "",
            "\r",
            "\u{ad}",
            "\u{115f}",
            "\u{3164}",
        ] {
            let label = token(text);
            assert!(width(&label) > 0, "{text:?}");
            // A screen draws the whole label: nothing is left out of the buffer.
            let area = Rect::new(0, 0, 20, 1);
            let mut buf = Buffer::empty(area);
            put(&mut buf, area, 0, 0, &label, Style::default());
            let drawn: String = (0..20).map(|x| buf[(x, 0)].symbol()).collect();
            assert_eq!(drawn.trim_end(), label, "{text:?}");
        }
        assert_eq!(token("\u{200b}"), "\\u{200b}");
        assert_eq!(token("\u{301}"), "◌\u{301}");
    }

    #[test]
    fn an_unfinished_line_ends_behind_a_whole_word() {
        assert_eq!(unfinished("one two, three", 14), "one two …");
        assert_eq!(unfinished("one two", 14), "one two …");
        assert_eq!(unfinished("中华人民", 8), "中华人 …");
        assert_eq!(unfinished("longword", 4), " …");
    }

    #[test]
    fn wrapping_keeps_within_the_columns() {
        let lines = wrap("each row sums to one 中华人民共和国", 12);
        assert!(lines.iter().all(|l| width(l) <= 12), "{lines:?}");
        assert_eq!(lines[0], "each row");
        let lines = wrap("seen (the lens), or not", 10);
        assert_eq!(lines, ["seen (the", "lens), or", "not"]);
        assert_eq!(wrap("中华人民,共和", 8), ["中华人", "民,共和"]);
        assert_eq!(wrap("a blocks.0.attn", 8), ["a blocks", ".0.attn"]);
    }
}
