//! The parts of a token: its bytes, its piece in the vocabulary, the characters that it covers wholly or
//! partly, and the merges that made it.

use crate::trace::detail::TokenPart;

mod hf;
mod merges;
mod tiktoken;

pub(super) use merges::Table;
pub use tiktoken::TiktokenEncoding;

/// Bytes as text. Bytes that are part of a character are written like `⟨E58D⟩`.
pub(super) fn readable(bytes: &[u8]) -> String {
    let (mut out, mut open) = (String::new(), false);
    for chunk in bytes.utf8_chunks() {
        if open && !chunk.valid().is_empty() {
            out.push('⟩');
            open = false;
        }
        out += chunk.valid();
        for byte in chunk.invalid() {
            out += if open { "" } else { "⟨" };
            out += &format!("{byte:02X}");
            open = true;
        }
    }
    if open {
        out.push('⟩');
    }
    out
}

/// The characters in each of `tokens`, which are byte strings that follow one another.
fn parts(tokens: &[&[u8]]) -> Vec<Vec<TokenPart>> {
    let text = tokens.concat();
    // For each byte: its character, and that character's first byte and length.
    let mut of: Vec<Option<(char, usize, usize)>> = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let at = of.len();
            of.extend((0..c.len_utf8()).map(|_| Some((c, at, c.len_utf8()))));
        }
        of.extend(chunk.invalid().iter().map(|_| None));
    }
    let mut start = 0;
    (tokens.iter())
        .map(|bytes| {
            let end = start + bytes.len();
            let parts = between(&text, &of, start, end);
            start = end;
            parts
        })
        .collect()
}

fn between(
    text: &[u8],
    of: &[Option<(char, usize, usize)>],
    start: usize,
    end: usize,
) -> Vec<TokenPart> {
    let mut parts: Vec<TokenPart> = Vec::new();
    let mut at = start;
    while at < end {
        let Some((character, first, length)) = of[at] else {
            parts.push(TokenPart::Byte(text[at]));
            at += 1;
            continue;
        };
        let last = end.min(first + length);
        match parts.last_mut() {
            _ if (at, last) != (first, first + length) => parts.push(TokenPart::Piece {
                character,
                first: at - first + 1,
                last: last - first,
                of: length,
            }),
            Some(TokenPart::Text(text)) => text.push(character),
            _ => parts.push(TokenPart::Text(character.into())),
        }
        at = last;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_that_are_no_characters_stand_together() {
        assert_eq!(readable("中x".as_bytes()), "中x");
        assert_eq!(
            readable(&[b'a', 0xF0, 0x9F, 0x99, b'b', 0xFF]),
            "a⟨F09F99⟩b⟨FF⟩"
        );
        assert_eq!(readable(&[0x99, 0x82]), "⟨9982⟩");
    }

    #[test]
    fn a_part_of_a_character_says_which() {
        let smile = "🙂".as_bytes();
        let piece = |first, last| TokenPart::Piece {
            character: '🙂',
            first,
            last,
            of: 4,
        };
        assert_eq!(
            parts(&[
                &[b"a", &smile[..3]].concat(),
                &smile[3..],
                "中b".as_bytes(),
                b"\xff"
            ]),
            [
                vec![TokenPart::Text("a".into()), piece(1, 3)],
                vec![piece(4, 4)],
                vec![TokenPart::Text("中b".into())],
                vec![TokenPart::Byte(0xff)],
            ]
        );
    }

    proptest! {
        #[test]
        fn parts_cover_every_byte_once(tokens in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6), 0..6)) {
            let slices: Vec<&[u8]> = tokens.iter().map(Vec::as_slice).collect();
            for (bytes, parts) in tokens.iter().zip(parts(&slices)) {
                let mut found = Vec::new();
                for part in parts {
                    match part {
                        TokenPart::Text(text) => found.extend(text.bytes()),
                        TokenPart::Byte(byte) => found.push(byte),
                        TokenPart::Piece { character, first, last, of } => {
                            let whole = character.to_string();
                            prop_assert_eq!(whole.len(), of);
                            found.extend(&whole.as_bytes()[first - 1..last]);
                        }
                    }
                }
                prop_assert_eq!(&found, bytes);
            }
        }
    }
}
