//! WordPiece in a GGUF file's metadata. There, pieces that begin a word start with a bar, and pieces that
//! continue one have no prefix.

use serde_json::{Map, Value, json};

use super::metadata::Metadata;
use super::vocabulary::{SPACE, Vocabulary};
use crate::checkpoint::error::CheckpointError;

const UNKNOWN_ID: &str = "tokenizer.ggml.unknown_token_id";
const UNKNOWN: &str = "[UNK]";
/// The prefix of pieces that continue a word.
const ON: &str = "##";
/// The longest word in characters; longer ones are unknown.
const LONGEST_WORD: usize = 100;

/// The parts of a `tokenizer.json`.
pub fn word_piece(metadata: &Metadata, vocabulary: &Vocabulary) -> Result<Value, CheckpointError> {
    let unknown = vocabulary.named(metadata, UNKNOWN_ID)?.unwrap_or(UNKNOWN);
    let mut pieces = Map::new();
    // No key says whether texts are lower-cased first. A vocabulary without capitals has no use for them.
    let mut capitals = false;
    for (id, token) in vocabulary.tokens.iter().enumerate() {
        let piece = match token.strip_prefix(SPACE) {
            _ if vocabulary.is_special(id) => token.to_string(),
            // Ids without a token are called [PAD5] or [unused5].
            Some(word) if word.starts_with('[') && word.len() > 1 => word.to_owned(),
            Some(word) => {
                capitals |= word.contains(|c: char| c.is_ascii_uppercase());
                word.to_owned()
            }
            None => format!("{ON}{token}"),
        };
        pieces.insert(piece, id.into());
    }
    Ok(json!({
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": !capitals,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "decoder": {"type": "WordPiece", "prefix": ON, "cleanup": true},
        "model": {
            "type": "WordPiece", "vocab": pieces, "unk_token": unknown,
            "continuing_subword_prefix": ON, "max_input_chars_per_word": LONGEST_WORD,
        },
    }))
}
