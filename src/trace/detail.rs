//! The parts of a token: its bytes, its piece of the vocabulary, the merges that made it.

use serde::{Deserialize, Serialize};

use super::token::Token;

/// One token of a text with its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub id: u32,
    /// The piece as the vocabulary writes it; `None` in an encoding whose vocabulary is bytes.
    pub piece: Option<String>,
    /// The bytes that it adds to the text.
    pub bytes: Vec<u8>,
    /// Whether it is special, and stands for no text: a beginning, an end, a role.
    pub special: bool,
    /// The bytes as characters of the whole text.
    pub parts: Vec<TokenPart>,
    /// The merges that make it in byte-pair encoding; empty if none lead to it, or if it is a single symbol.
    pub merges: Vec<Step>,
}

/// Some bytes of a token, read in the whole text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The merge's rank in the tokenizer's list. The lowest rank that applies goes first.
    pub rank: usize,
    /// The token's bytes in the pieces that remain after the merge.
    pub pieces: Vec<Vec<u8>>,
}

impl Detail {
    /// The parts that are known without the tokenizer.
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
