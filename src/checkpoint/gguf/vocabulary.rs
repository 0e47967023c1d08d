//! The tokens in a GGUF file's metadata, each with a text of its own.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::metadata::Metadata;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::tokens::readable;

pub const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
/// The character that stands for a space.
pub const SPACE: &str = "\u{2581}";

/// The kinds of tokens, by llama.cpp's numbers.
const UNKNOWN: u8 = 2;
const CONTROL: u8 = 3;
const USER_DEFINED: u8 = 4;

/// Tokens by id. A `tokenizer.json` needs a text for each token and no text twice. A token whose text is
/// empty, not UTF-8 or another token's therefore gets a text that shows its id; no prompt is ever split into
/// such a token.
pub struct Vocabulary<'a> {
    pub tokens: Vec<Cow<'a, str>>,
    ids: HashMap<Cow<'a, str>, usize>,
    types: Vec<u8>,
    /// Tokens whose text is not the file's.
    renamed: HashSet<usize>,
}

impl<'a> Vocabulary<'a> {
    /// Read the tokens of a file.
    ///
    /// # Errors
    /// There are none, or the list of kinds has another length.
    pub fn read(metadata: &Metadata<'a>) -> Result<Vocabulary<'a>, CheckpointError> {
        let texts = metadata.required(TOKENS, metadata.byte_texts(TOKENS)?)?;
        let mut vocabulary = Vocabulary {
            tokens: Vec::with_capacity(texts.len()),
            ids: HashMap::new(),
            types: Vec::new(),
            renamed: HashSet::new(),
        };
        for (id, bytes) in texts.into_iter().enumerate() {
            vocabulary.push(id, bytes);
        }
        let count = vocabulary.tokens.len();
        let types = metadata.reals(TYPES)?.unwrap_or_else(|| vec![1.0; count]);
        same_length(metadata, TYPES, types.len(), count)?;
        vocabulary.types = types.into_iter().map(|t| t as u8).collect();
        Ok(vocabulary)
    }

    fn push(&mut self, id: usize, bytes: &'a [u8]) {
        let mut text = match std::str::from_utf8(bytes) {
            Ok("") => Cow::from(format!("[EMPTY_{id}]")),
            Ok(text) => Cow::from(text),
            Err(_) => Cow::from(readable(bytes)),
        };
        while self.ids.contains_key(&text) {
            text = Cow::from(format!("{text}⟨{id}⟩"));
        }
        if text.as_bytes() != bytes {
            self.renamed.insert(id);
        }
        self.ids.insert(text.clone(), id);
        self.tokens.push(text);
    }

    /// The id of the token with this text.
    pub fn id(&self, text: &str) -> Option<usize> {
        self.ids.get(text).copied()
    }

    /// Whether a token has the text that the file gives it.
    pub fn is_made_of_text(&self, id: usize) -> bool {
        !self.renamed.contains(&id)
    }

    /// Texts and their ids, for a `tokenizer.json`.
    pub fn by_text(&self) -> Value {
        let pairs = self.tokens.iter().enumerate();
        let pairs = pairs.map(|(id, token)| (token.to_string(), Value::from(id)));
        Value::Object(pairs.collect())
    }

    /// Whether a token does not stand for text.
    pub fn is_special(&self, id: usize) -> bool {
        self.types[id] == CONTROL || self.types[id] == UNKNOWN
    }

    /// Tokens that are matched in a text before it is split.
    pub fn added(&self) -> Value {
        let found = |id: &usize| self.is_special(*id) || self.types[*id] == USER_DEFINED;
        let ids = (0..self.tokens.len()).filter(found);
        ids.map(|id| {
            json!({
                "id": id, "content": self.tokens[id], "special": self.is_special(id),
                "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            })
        })
        .collect()
    }

    /// The token whose id the key gives.
    ///
    /// # Errors
    /// There is no such token.
    pub fn named(&self, metadata: &Metadata, key: &str) -> Result<Option<&str>, CheckpointError> {
        let Some(id) = metadata.size(key)? else {
            return Ok(None);
        };
        let token = usize::try_from(id).ok().and_then(|id| self.tokens.get(id));
        let count = self.tokens.len();
        let wrong = || metadata.error(key, format!("is {id}, but there are {count} tokens"));
        token.map(|token| Some(&**token)).ok_or_else(wrong)
    }
}

/// Check that a list has an entry for each token.
///
/// # Errors
/// It has more or fewer.
pub fn same_length(
    metadata: &Metadata,
    key: &str,
    found: usize,
    wanted: usize,
) -> Result<(), CheckpointError> {
    if found == wanted {
        Ok(())
    } else {
        Err(metadata.error(key, format!("has {found} entries for {wanted} tokens")))
    }
}
