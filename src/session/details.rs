//! The parts of tokens as text: a line a token, then the merges that made each.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::format;
use crate::trace::detail::{Detail, TokenPart};
use crate::trace::printable::printable;

/// The table, and below it the merges of those that merges made.
pub fn text(tokens: &[Detail]) -> String {
    table(tokens) + &merges(tokens)
}

/// A line a token; columns line up whatever the width of their characters.
fn table(tokens: &[Detail]) -> String {
    let mut rows = vec![["id", "text", "bytes", "piece"].map(str::to_owned)];
    rows.extend(tokens.iter().map(|token| {
        let piece = printable(token.piece.as_deref().unwrap_or_default());
        let special = if token.special { "  special" } else { "" };
        [
            token.id.to_string(),
            token.parts.iter().map(part).collect::<Vec<_>>().join(" "),
            hex(&token.bytes, " "),
            piece + special,
        ]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max();
    let widths: Vec<usize> = (0..3).map(|c| width(c).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in &rows {
        let pad = |column: usize| " ".repeat(widths[column] - row[column].width());
        let line = format!(
            "{}{}  {}{}  {}{}  {}",
            pad(0),
            row[0],
            row[1],
            pad(1),
            row[2],
            pad(2),
            row[3]
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A block a token that merges made: its bytes, then the pieces after each merge.
fn merges(tokens: &[Detail]) -> String {
    let ranks = tokens.iter().flat_map(|t| &t.merges);
    let Some(most) = ranks.map(|step| step.rank).max() else {
        return String::new();
    };
    let width = most.to_string().len().max("merge".len());
    let mut out = format!("\n{:>width$}  pieces\n", "merge");
    let mut shown: Vec<u32> = Vec::new();
    for token in tokens.iter().filter(|t| !t.merges.is_empty()) {
        if shown.contains(&token.id) {
            continue;
        }
        shown.push(token.id);
        for step in &token.merges {
            let pieces: Vec<String> = step.pieces.iter().map(|p| piece(p)).collect();
            // A string takes what it is given.
            let _ = writeln!(out, "{:>width$}  {}", step.rank, pieces.join("│"));
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

fn part(part: &TokenPart) -> String {
    match part {
        TokenPart::Text(text) => format!("{text:?}"),
        TokenPart::Byte(byte) => format!("byte {byte:02X}"),
        TokenPart::Piece {
            character,
            first,
            last,
            of,
        } if first == last => {
            let character = format::token(character.encode_utf8(&mut [0; 4]));
            format!("{character} byte {first} of {of}")
        }
        TokenPart::Piece {
            character,
            first,
            last,
            of,
        } => {
            let character = format::token(character.encode_utf8(&mut [0; 4]));
            format!("{character} bytes {first}–{last} of {of}")
        }
    }
}

/// Text with its spaces seen, or hex where it is part of a character.
fn piece(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) => {
            let quoted = format!("{text:?}");
            quoted[1..quoted.len() - 1].replace(' ', "␣")
        }
        Err(_) => hex(bytes, ""),
    }
}

fn hex(bytes: &[u8], between: &str) -> String {
    let bytes: Vec<String> = bytes.iter().map(|b| format!("{b:02X}")).collect();
    bytes.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::tokens::TiktokenEncoding;

    #[test]
    fn wide_characters_line_up() {
        let encoding = TiktokenEncoding::named("cl100k_base").unwrap().unwrap();
        let tokens = encoding.details("人民 rest 🙂");
        let table = table(&tokens);
        let at = |line: &str, word: &str| line[..line.find(word).unwrap()].width();
        let lines: Vec<&str> = table.lines().collect();
        let bytes = at(lines[0], "bytes");
        for (line, token) in lines[1..].iter().zip(&tokens) {
            assert_eq!(at(line, &hex(&token.bytes, " ")), bytes, "{table}");
        }
    }

    #[test]
    fn characters_without_width_are_seen() {
        for (character, due) in [
            ('\u{301}', "◌\u{301} byte 1 of 2"),
            ('\u{200b}', "\\u{200b} byte 1 of 2"),
        ] {
            let (first, last, of) = (1, 1, 2);
            let piece = TokenPart::Piece {
                character,
                first,
                last,
                of,
            };
            assert_eq!(part(&piece), due);
        }
    }

    #[test]
    fn pieces_cannot_steer_the_terminal() {
        let hostile = Detail {
            id: 0,
            piece: Some("\u{1b}]0;x\u{7}\u{202e}".into()),
            bytes: "\u{202e}".into(),
            special: false,
            parts: vec![TokenPart::Text("\u{202e}\u{1b}".into())],
            merges: Vec::new(),
        };
        let shown = text(&[hostile]);
        assert!(
            !shown.contains(|c| c != '\n' && crate::trace::printable::steers(c)),
            "{shown:?}"
        );
    }
}
