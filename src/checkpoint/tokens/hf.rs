//! The parts of a `tokenizer.json`'s tokens.

use tokenizers::DecoderWrapper;

use super::parts;
use crate::checkpoint::Tokenizer;
use crate::trace::detail::{Detail, Step};

/// The way in which a vocabulary writes bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// A character for each byte, as in GPT-2: `Ġ` is a space.
    ByteLevel,
    /// Text, with `▁` for a space if `spaces`, and `<0xE4>` for a single byte.
    Text { spaces: bool },
    /// Text; `##` begins a piece that continues a word.
    WordPiece,
}

impl Tokenizer {
    /// The parts of each of `ids`, which are tokens of one text.
    pub fn details(&self, ids: &[u32]) -> Vec<Detail> {
        let writing = writing(self.inner.get_decoder());
        let mut details: Vec<Detail> = ids.iter().map(|id| self.detail(*id, writing)).collect();
        let bytes: Vec<&[u8]> = details.iter().map(|d| d.bytes.as_slice()).collect();
        let parts = parts(&bytes);
        for (detail, parts) in details.iter_mut().zip(parts) {
            detail.parts = parts;
        }
        details
    }

    /// The bytes that `id` adds to a text.
    pub(in super::super) fn bytes(&self, id: u32) -> Vec<u8> {
        self.own(id, writing(self.inner.get_decoder()))
    }

    fn own(&self, id: u32, writing: Writing) -> Vec<u8> {
        let added = self.inner.get_added_vocabulary();
        match added.get_added_tokens_decoder().get(&id) {
            Some(added) => added.content.clone().into_bytes(),
            None => {
                let piece = self.inner.id_to_token(id).unwrap_or_default();
                bytes(piece.as_bytes(), writing)
            }
        }
    }

    fn detail(&self, id: u32, writing: Writing) -> Detail {
        let piece = self.inner.id_to_token(id);
        let added = self.inner.get_added_vocabulary();
        let added = added.get_added_tokens_decoder().get(&id);
        let own = self.own(id, writing);
        let steps = match (&piece, added) {
            (Some(piece), None) => self.merges().steps(piece).unwrap_or_default(),
            _ => Vec::new(),
        };
        let merges = steps.into_iter().map(|(rank, pieces)| Step {
            rank,
            pieces: pieces.iter().map(|piece| bytes(piece, writing)).collect(),
        });
        Detail {
            id,
            piece,
            bytes: own,
            special: added.is_some_and(|a| a.special),
            parts: Vec::new(),
            merges: merges.collect(),
        }
    }
}

fn writing(decoder: Option<&DecoderWrapper>) -> Writing {
    match decoder {
        Some(DecoderWrapper::ByteLevel(_)) => Writing::ByteLevel,
        Some(DecoderWrapper::WordPiece(_)) => Writing::WordPiece,
        Some(DecoderWrapper::Sequence(list)) => {
            let all = list.get_decoders().iter().map(|d| writing(Some(d)));
            let plain = Writing::Text { spaces: false };
            all.into_iter().find(|w| *w != plain).unwrap_or(plain)
        }
        Some(DecoderWrapper::Metaspace(_) | DecoderWrapper::Replace(_)) => {
            Writing::Text { spaces: true }
        }
        _ => Writing::Text { spaces: false },
    }
}

/// The bytes that a piece, or a part of one, adds to a text.
fn bytes(piece: &[u8], writing: Writing) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(piece) else {
        return piece.to_vec();
    };
    match writing {
        Writing::ByteLevel => text.chars().flat_map(byte_level).collect(),
        Writing::WordPiece => text.strip_prefix("##").unwrap_or(text).into(),
        Writing::Text { spaces } => match (byte_fallback(text), spaces) {
            (Some(byte), _) => vec![byte],
            (None, true) => text.replace('▁', " ").into_bytes(),
            (None, false) => text.into(),
        },
    }
}

/// The byte that a text like `<0xE4>` stands for.
fn byte_fallback(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("<0x")?.strip_suffix('>')?;
    (digits.len() == 2).then(|| u8::from_str_radix(digits, 16).ok())?
}

/// The byte of a character in GPT-2's alphabet: printable Latin-1 stands for itself, and the other bytes are
/// numbered from U+0100. A character outside of the alphabet gives its own bytes.
fn byte_level(c: char) -> Vec<u8> {
    let printable = |b: u8| matches!(b, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let byte = match u32::from(c) {
        code @ 0..=0xff => u8::try_from(code).ok().filter(|b| printable(*b)),
        code => (0..=255u8)
            .filter(|b| !printable(*b))
            .nth((code - 0x100) as usize),
    };
    byte.map_or_else(|| c.to_string().into_bytes(), |b| vec![b])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_level_alphabet() {
        for (c, byte) in [
            ('a', b'a'),
            ('Ġ', b' '),
            ('Ċ', b'\n'),
            ('ä', 0xe4),
            ('Ń', 0xad),
        ] {
            assert_eq!(byte_level(c), [byte], "{c}");
        }
        assert_eq!(byte_level('中'), "中".as_bytes());
    }

    #[test]
    fn pieces_of_sentencepiece_and_wordpiece() {
        let spaces = Writing::Text { spaces: true };
        assert_eq!(bytes("▁of".as_bytes(), spaces), b" of");
        assert_eq!(bytes(b"<0xE4>", spaces), [0xe4]);
        assert_eq!(bytes(b"<0xZZ>", spaces), b"<0xZZ>");
        assert_eq!(bytes(b"##ing", Writing::WordPiece), b"ing");
    }
}
