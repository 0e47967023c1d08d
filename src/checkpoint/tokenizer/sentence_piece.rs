//! SentencePiece's `tokenizer.model`: the part of its protocol buffer that makes a tokenizer.
//!
//! The field numbers are those of sentencepiece_model.proto.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The longest piece, in bytes. Each piece is cut at every place, so it must be short.
const MAX_PIECE: usize = 1024;

/// A piece of the vocabulary.
pub(super) struct Piece {
    pub(super) text: String,
    score: f32,
    pub(super) kind: u64,
}

/// The kind of a piece that is matched in a text but stands for no text.
pub(super) const CONTROL: u64 = 3;
/// The kind of a piece that is matched in a text before the text is split.
pub(super) const USER_DEFINED: u64 = 4;

/// The content of a file.
pub(super) struct SentencePieceModel {
    pub(super) pieces: Vec<Piece>,
    /// Whether pieces are chosen by their joint probability; otherwise pairs are joined.
    pub(super) unigram: bool,
    byte_fallback: bool,
    unknown: i32,
    /// The texts of `unk_token`, `bos_token` and `eos_token`, as far as the file has them.
    pub(super) named: Vec<(&'static str, String)>,
    /// The table that rewrites characters.
    table: Vec<u8>,
}

/// The value of one field.
enum Field<'a> {
    Number(u64),
    Float(f32),
    Bytes(&'a [u8]),
}

/// The fields of one message.
struct Message<'a>(&'a [u8]);

const BROKEN: &str = "the file ends in the middle of a field, so it is no SentencePiece model";

impl<'a> Message<'a> {
    fn number(&mut self) -> Result<u64, String> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(BROKEN)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number is longer than 64 bits, so the file is no SentencePiece model".into())
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], String> {
        let count = usize::try_from(count).map_err(|_| BROKEN)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(BROKEN)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The number and value of the next field.
    fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, String> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = self.number()?;
        let value = match key & 7 {
            0 => Field::Number(self.number()?),
            1 => Field::Bytes(self.take(8)?),
            2 => {
                let length = self.number()?;
                Field::Bytes(self.take(length)?)
            }
            5 => {
                let bytes = self.take(4)?.try_into().map_err(|_| BROKEN)?;
                Field::Float(f32::from_le_bytes(bytes))
            }
            kind => {
                return Err(format!(
                    "a field is of kind {kind}, which no SentencePiece model has"
                ));
            }
        };
        Ok(Some((key >> 3, value)))
    }
}

fn text(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes);
    Ok(text.map_err(|_| "a piece is not UTF-8")?.to_owned())
}

fn piece(bytes: &[u8]) -> Result<Piece, String> {
    let mut piece = Piece {
        text: String::new(),
        score: 0.0,
        kind: 1,
    };
    let mut message = Message(bytes);
    while let Some(field) = message.next()? {
        match field {
            (1, Field::Bytes(bytes)) => piece.text = text(bytes)?,
            (2, Field::Float(score)) => piece.score = score,
            (3, Field::Number(kind)) => piece.kind = kind,
            _ => {}
        }
    }
    if piece.text.len() > MAX_PIECE {
        let length = piece.text.len();
        return Err(format!(
            "a piece is {length} bytes long, more than {MAX_PIECE}"
        ));
    }
    Ok(piece)
}

impl SentencePieceModel {
    /// Read the model in the bytes of a file.
    ///
    /// # Errors
    /// The problem with the bytes, as a text.
    pub(super) fn read(bytes: &[u8]) -> Result<SentencePieceModel, String> {
        let mut model = SentencePieceModel {
            pieces: Vec::new(),
            unigram: true,
            byte_fallback: false,
            unknown: 0,
            named: Vec::new(),
            table: Vec::new(),
        };
        let mut message = Message(bytes);
        let mut trainer: &[u8] = &[];
        while let Some(field) = message.next()? {
            match field {
                (1, Field::Bytes(bytes)) => model.pieces.push(piece(bytes)?),
                (2, Field::Bytes(bytes)) => trainer = bytes,
                (3, Field::Bytes(bytes)) => model.table = table(bytes)?,
                _ => {}
            }
        }
        if model.pieces.is_empty() {
            return Err("it has no pieces, so it is no SentencePiece model".into());
        }
        model.train(Message(trainer))?;
        Ok(model)
    }

    /// Read the trainer's settings: kind, byte fallback, and the special pieces.
    fn train(&mut self, mut message: Message) -> Result<(), String> {
        let mut ids = [("unk_token", 0), ("bos_token", 1), ("eos_token", 2)];
        let mut texts = ["<unk>", "<s>", "</s>"].map(str::to_owned);
        while let Some(field) = message.next()? {
            match field {
                (3, Field::Number(kind)) => self.unigram = kind == 1,
                (35, Field::Number(on)) => self.byte_fallback = on != 0,
                (n @ 40..=42, Field::Number(id)) => ids[n as usize - 40].1 = id as i32,
                (n @ 45..=47, Field::Bytes(bytes)) if !bytes.is_empty() => {
                    texts[n as usize - 45] = text(bytes)?;
                }
                _ => {}
            }
        }
        self.unknown = ids[0].1;
        let there = ids.into_iter().zip(texts).filter(|((_, id), _)| *id >= 0);
        self.named = there.map(|((name, _), text)| (name, text)).collect();
        Ok(())
    }

    /// The model for `tokenizer.json` that joins pairs; `names` renames pieces.
    pub(super) fn pairs(&self, names: &HashMap<usize, String>) -> Value {
        let mut ids: HashMap<&str, usize> = HashMap::new();
        for (id, piece) in self.pieces.iter().enumerate() {
            ids.insert(&piece.text, id);
        }
        let merges = merges(&ids);
        for (id, name) in names {
            let own = self.pieces.get(*id).map(|piece| piece.text.as_str());
            if let Some(own) = own.filter(|own| ids.get(own) == Some(id))
                && !ids.contains_key(name.as_str())
            {
                ids.remove(own);
                ids.insert(name, *id);
            }
        }
        let vocabulary = ids
            .into_iter()
            .map(|(text, id)| (text.to_owned(), id.into()));
        let unknown = self.named.iter().find(|(name, _)| *name == "unk_token");
        json!({
            "type": "BPE", "vocab": vocabulary.collect::<Map<String, Value>>(), "merges": merges,
            "unk_token": unknown.map(|(_, text)| text), "fuse_unk": true,
            "byte_fallback": self.byte_fallback,
        })
    }

    /// The model for `tokenizer.json` that chooses among all pieces by probability.
    pub(super) fn probable(&self) -> Value {
        let pieces: Vec<_> = self.scored().collect();
        json!({
            "type": "Unigram", "vocab": pieces, "unk_id": self.unknown,
            "byte_fallback": self.byte_fallback,
        })
    }

    /// Pieces and their scores.
    pub(super) fn scored(&self) -> impl Iterator<Item = (&str, f64)> {
        let pieces = self.pieces.iter();
        pieces.map(|piece| (piece.text.as_str(), f64::from(piece.score)))
    }

    /// The rule that rewrites characters, for `tokenizer.json`.
    pub(super) fn normalizer(&self) -> Option<Value> {
        let table = Some(&self.table).filter(|table| !table.is_empty())?;
        let table = STANDARD.encode(table);
        Some(json!({"type": "Precompiled", "precompiled_charsmap": table}))
    }

    /// The rule that joins pieces to text again, for `tokenizer.json`.
    pub(super) fn decoder(&self) -> Value {
        let mut decoders =
            vec![json!({"type": "Replace", "pattern": {"String": "▁"}, "content": " "})];
        if self.byte_fallback {
            decoders.extend([json!({"type": "ByteFallback"}), json!({"type": "Fuse"})]);
        }
        json!({"type": "Sequence", "decoders": decoders})
    }
}

fn table(normalizer: &[u8]) -> Result<Vec<u8>, String> {
    let mut message = Message(normalizer);
    let mut table = Vec::new();
    while let Some(field) = message.next()? {
        if let (2, Field::Bytes(bytes)) = field {
            table = bytes.to_vec();
        }
    }
    Ok(table)
}

/// Every way to make a piece from two others: the piece with the lowest id first, then the shortest left
/// half.
fn merges<'a>(ids: &HashMap<&'a str, usize>) -> Vec<(&'a str, &'a str)> {
    let mut found = Vec::new();
    for (piece, id) in ids {
        let cuts = piece.char_indices().skip(1).enumerate();
        found.extend(cuts.filter_map(|(before, (at, _))| {
            let (left, right) = piece.split_at(at);
            let known = ids.contains_key(left) && ids.contains_key(right);
            known.then_some((*id, before, left, right))
        }));
    }
    found.sort_unstable();
    found
        .into_iter()
        .map(|(.., left, right)| (left, right))
        .collect()
}
