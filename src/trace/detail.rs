//! A token taken apart: its bytes, its piece of the vocabulary, the merges that made it.

use serde::Serialize;

use super::token::Token;

/// One token of a text, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
    pub id: u32,
    /// As the vocabulary writes it; none in an encoding whose vocabulary is bytes.
    pub piece: Option<String>,
    /// What it adds to the text.
    pub bytes: Vec<u8>,
    /// Stands for no text of its own: a beginning, an end, a role.
    pub special: bool,
    /// The same bytes as characters, seen in the whole text.
    pub parts: Vec<TokenPart>,
    /// How byte-pair encoding arrives at it; none where it does not, or where it begins with it.
    pub merges: Vec<Step>,
}

/// Some of a token's bytes, read in the whole text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPart {
    /// Whole characters.
    Text(String),
    /// Bytes `first..=last`, counted from 1, of a character of `of` bytes that several tokens share.
    Piece {
        character: char,
        first: usize,
        last: usize,
        of: usize,
    },
    /// A byte that is part of no character.
    Byte(u8),
}

/// One merge of byte-pair encoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The merge's place in the tokenizer's list: the lowest that applies goes first.
    pub rank: usize,
    /// The token's bytes after it, in the pieces that are left.
    pub pieces: Vec<Vec<u8>>,
}

impl Detail {
    /// What is known of a token without its tokenizer.
    pub fn unknown(token: &Token) -> Detail {
        Detail {
            id: token.id,
            piece: None,
            bytes: Vec::new(),
            special: false,
            parts: vec![TokenPart::Text(token.text.clone())],
            merges: Vec::new(),
        }
    }
}
