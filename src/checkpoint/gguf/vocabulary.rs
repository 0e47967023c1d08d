//! The vocabulary in a GGUF file's metadata.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::metadata::Metadata;
use crate::checkpoint::error::CheckpointError;

pub const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
/// Stands for a space.
pub const SPACE: &str = "\u{2581}";

/// What a token is, by llama.cpp's numbers.
const UNKNOWN: u8 = 2;
const CONTROL: u8 = 3;
const USER_DEFINED: u8 = 4;

/// Tokens by their numbers.
pub struct Vocabulary<'a> {
    pub tokens: Vec<&'a str>,
    pub ids: HashMap<&'a str, usize>,
    types: Vec<u8>,
}

impl<'a> Vocabulary<'a> {
    pub fn read(metadata: &Metadata<'a>) -> Result<Vocabulary<'a>, CheckpointError> {
        let tokens = metadata.required(TOKENS, metadata.texts(TOKENS)?)?;
        let mut ids = HashMap::new();
        for (id, token) in tokens.iter().enumerate() {
            if let Some(first) = ids.insert(*token, id) {
                let problem = format!("has the same text at entries {first} and {id}");
                return Err(metadata.error(TOKENS, problem));
            }
        }
        let types = metadata.reals(TYPES)?;
        let types = types.unwrap_or_else(|| vec![1.0; tokens.len()]);
        same_length(metadata, TYPES, types.len(), tokens.len())?;
        Ok(Vocabulary {
            tokens,
            ids,
            types: types.into_iter().map(|t| t as u8).collect(),
        })
    }

    pub fn by_text(&self) -> Value {
        let pairs = self.tokens.iter().enumerate();
        let pairs = pairs.map(|(id, token)| ((*token).to_owned(), Value::from(id)));
        Value::Object(pairs.collect())
    }

    /// Whether a token stands for no text.
    pub fn is_special(&self, id: usize) -> bool {
        self.types[id] == CONTROL || self.types[id] == UNKNOWN
    }

    /// Tokens that are found in a text before it is split.
    pub fn added(&self) -> Value {
        let found = |id: &usize| self.is_special(*id) || self.types[*id] == USER_DEFINED;
        let ids = (0..self.tokens.len()).filter(found);
        ids.map(|id| {
            json!({
                "id": id, "content": self.tokens[id], "special": self.is_special(id),
                "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            })
        })
        .filter(|token| token["content"] != "")
        .collect()
    }

    /// The token that the key's number names.
    pub fn named(
        &self,
        metadata: &Metadata,
        key: &str,
    ) -> Result<Option<&'a str>, CheckpointError> {
        let Some(id) = metadata.size(key)? else {
            return Ok(None);
        };
        let token = usize::try_from(id).ok().and_then(|id| self.tokens.get(id));
        let count = self.tokens.len();
        let wrong = || metadata.error(key, format!("is {id}, but there are {count} tokens"));
        token.copied().map(Some).ok_or_else(wrong)
    }
}

/// Whether a list has an entry for each token.
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
