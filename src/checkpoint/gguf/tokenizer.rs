//! The tokenizer in a GGUF file's metadata, written as an equivalent `tokenizer.json`.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::metadata::Metadata;
use super::pre_tokenizers;
use super::vocabulary::{SPACE, TOKENS, Vocabulary, same_length};
use super::word_piece::word_piece;
use crate::checkpoint::error::CheckpointError;

const MODEL: &str = "tokenizer.ggml.model";
/// The value of [`MODEL`] for SentencePiece's pieces with a list of merges.
const GEMMA4: &str = "gemma4";
const PRE: &str = "tokenizer.ggml.pre";
const SCORES: &str = "tokenizer.ggml.scores";
const MERGES: &str = "tokenizer.ggml.merges";
const BOS: &str = "tokenizer.ggml.bos_token_id";
const EOS: &str = "tokenizer.ggml.eos_token_id";
const CHAT: &str = "tokenizer.chat_template";
/// The longest SentencePiece piece, in bytes. Each piece is cut at every place, so it must be short.
const MAX_PIECE: usize = 1024;

/// The tokenizer as the bytes of a `tokenizer.json`.
///
/// # Errors
/// An unknown tokenizer, or lists that do not fit each other; the error names key and entry.
pub fn json(metadata: &Metadata) -> Result<Vec<u8>, CheckpointError> {
    let vocabulary = Vocabulary::read(metadata)?;
    let model = metadata.required(MODEL, metadata.text(MODEL)?)?;
    let mut tokenizer = match model {
        "gpt2" => byte_level(metadata, &vocabulary)?,
        "llama" => sentence_piece(metadata, &vocabulary)?,
        GEMMA4 => merged_pieces(metadata, &vocabulary)?,
        "bert" => word_piece(metadata, &vocabulary)?,
        other => {
            let known = "gpt2 (byte-level BPE), llama (SentencePiece), gemma4 (SentencePiece with merges) and bert \
                         (WordPiece)";
            return Err(metadata.error(MODEL, format!("is {other:?}; known are {known}")));
        }
    };
    tokenizer["version"] = "1.0".into();
    tokenizer["added_tokens"] = vocabulary.added();
    tokenizer["post_processor"] = ends(metadata, &vocabulary, model)?;
    Ok(tokenizer.to_string().into_bytes())
}

/// A warning about a file's tokenizer, to read before trusting its tokens.
pub fn warning(metadata: &Metadata) -> Option<String> {
    let model = metadata.text(MODEL).ok().flatten()?;
    let rule = metadata.text(PRE).ok()?;
    (model == "gpt2" && rule.is_none()).then(|| {
        format!(
            "the file does not say how text is split into words (`{PRE}` is missing), so it is split by \
             the rule `{}`, as llama.cpp does; the model may have been trained on other tokens, and a file \
             that a newer converter writes says by which rule",
            pre_tokenizers::DEFAULT
        )
    })
}

/// The token that ends a text, if the file names one.
///
/// # Errors
/// The file has no number there.
pub fn end_tokens(metadata: &Metadata) -> Result<Vec<u32>, CheckpointError> {
    let id = metadata.size(EOS)?;
    Ok(id
        .and_then(|id| u32::try_from(id).ok())
        .into_iter()
        .collect())
}

/// The chat template, and the values of `bos_token` and `eos_token` in it.
///
/// # Errors
/// There is no template, or the tokens are not in the vocabulary.
pub fn chat(metadata: &Metadata) -> Result<(String, Map<String, Value>), CheckpointError> {
    let missing = "is missing: the model has no chat template, so --chat cannot be used";
    let template = metadata
        .text(CHAT)?
        .ok_or_else(|| metadata.error(CHAT, missing))?;
    let vocabulary = Vocabulary::read(metadata)?;
    let mut special = Map::new();
    for (name, key) in [("bos_token", BOS), ("eos_token", EOS)] {
        if let Some(token) = vocabulary.named(metadata, key)? {
            special.insert(name.into(), token.into());
        }
    }
    Ok((template.to_owned(), special))
}

/// The merges that the file lists.
fn listed_merges<'a>(
    metadata: &Metadata<'a>,
    vocabulary: &Vocabulary,
) -> Result<Vec<(&'a str, &'a str)>, CheckpointError> {
    let merges = metadata.required(MERGES, metadata.texts(MERGES)?)?;
    let mut pairs = Vec::with_capacity(merges.len());
    for (i, merge) in merges.iter().enumerate() {
        let wrong = |why: &str| metadata.error(MERGES, format!("entry {i} ({merge:?}) {why}"));
        let (left, right) = merge
            .split_once(' ')
            .ok_or_else(|| wrong("is not two pieces with a space between them"))?;
        let whole = [left, right].concat();
        let known = |piece: &str| vocabulary.id(piece).is_some();
        if left.is_empty() || right.is_empty() || ![left, right, &whole].iter().all(|p| known(p)) {
            return Err(wrong("joins or makes a piece that is not among the tokens"));
        }
        pairs.push((left, right));
    }
    Ok(pairs)
}

/// GPT-2's byte-level BPE with the split that the file names.
fn byte_level(metadata: &Metadata, vocabulary: &Vocabulary) -> Result<Value, CheckpointError> {
    let pairs = listed_merges(metadata, vocabulary)?;
    let pre = metadata.text(PRE)?.unwrap_or(pre_tokenizers::DEFAULT);
    let Some(split) = pre_tokenizers::find(pre) else {
        let known = pre_tokenizers::names();
        let problem = format!("is {pre:?}, which is not read; known are {known}");
        return Err(metadata.error(PRE, problem));
    };
    Ok(json!({
        "normalizer": split.composed.then(|| json!({"type": "NFC"})),
        "pre_tokenizer": split.json(),
        "decoder": {
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false,
        },
        "model": {
            "type": "BPE", "vocab": vocabulary.by_text(), "merges": pairs,
            "ignore_merges": split.whole_words,
        },
    }))
}

/// SentencePiece's BPE: among all neighbours that make a piece, those with the highest score join first.
fn sentence_piece(metadata: &Metadata, vocabulary: &Vocabulary) -> Result<Value, CheckpointError> {
    let scores = metadata.required(SCORES, metadata.reals(SCORES)?)?;
    same_length(metadata, SCORES, scores.len(), vocabulary.tokens.len())?;
    let merges = merges(metadata, vocabulary, &scores)?;
    let prefix = metadata.flag("tokenizer.ggml.add_space_prefix")?;
    pieces(metadata, vocabulary, merges, prefix.unwrap_or(true))
}

/// Gemma 4's BPE: pieces of characters, whose merges the file lists.
fn merged_pieces(metadata: &Metadata, vocabulary: &Vocabulary) -> Result<Value, CheckpointError> {
    let merges = listed_merges(metadata, vocabulary)?;
    pieces(metadata, vocabulary, merges, false)
}

/// BPE over characters, with bytes for those that have no piece. With `prefix` a text begins with a space.
fn pieces(
    metadata: &Metadata,
    vocabulary: &Vocabulary,
    merges: Vec<(&str, &str)>,
    prefix: bool,
) -> Result<Value, CheckpointError> {
    let unknown = vocabulary.named(metadata, "tokenizer.ggml.unknown_token_id")?;
    let spaces = json!({"type": "Replace", "pattern": {"String": " "}, "content": SPACE});
    let mut normalizers = vec![spaces];
    let mut decoders = vec![
        json!({"type": "Replace", "pattern": {"String": SPACE}, "content": " "}),
        json!({"type": "ByteFallback"}),
        json!({"type": "Fuse"}),
    ];
    if prefix {
        normalizers.insert(0, json!({"type": "Prepend", "prepend": SPACE}));
        decoders.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    Ok(json!({
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "decoder": {"type": "Sequence", "decoders": decoders},
        "model": {
            "type": "BPE", "vocab": vocabulary.by_text(), "merges": merges,
            "unk_token": unknown, "fuse_unk": true, "byte_fallback": true,
        },
    }))
}

/// Every way to make a piece from two others, the best piece first.
fn merges<'a>(
    metadata: &Metadata,
    vocabulary: &'a Vocabulary,
    scores: &[f64],
) -> Result<Vec<(&'a str, &'a str)>, CheckpointError> {
    let mut found = Vec::new();
    for (id, piece) in vocabulary.tokens.iter().enumerate() {
        let length = piece.len();
        if length > MAX_PIECE {
            let problem = format!("entry {id} is {length} bytes long, more than {MAX_PIECE}");
            return Err(metadata.error(TOKENS, problem));
        }
        // A control token stands for itself and is never made from others.
        if vocabulary.is_special(id) || !vocabulary.is_made_of_text(id) {
            continue;
        }
        let halves = piece
            .char_indices()
            .skip(1)
            .map(|(at, _)| piece.split_at(at));
        let number = |piece: &str| vocabulary.id(piece);
        let mut ways: Vec<_> = halves
            .filter_map(|(left, right)| Some((number(left)?, number(right)?, left, right)))
            .collect();
        ways.sort_unstable();
        let scored = ways.into_iter().map(|(.., l, r)| (scores[id], l, r));
        found.extend(scored);
    }
    // The sort is stable: pieces with the same score stay in the order of their ids.
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut seen = HashSet::new();
    found.retain(|(_, left, right)| seen.insert((*left, *right)));
    Ok(found.into_iter().map(|(_, l, r)| (l, r)).collect())
}

/// The tokens before and after a text.
fn ends(
    metadata: &Metadata,
    vocabulary: &Vocabulary,
    model: &str,
) -> Result<Value, CheckpointError> {
    let split = metadata.text(PRE)?.and_then(pre_tokenizers::find);
    let begins = split.is_some_and(|split| split.begins);
    let flag = |key: &str, default: bool| Ok(metadata.flag(key)?.unwrap_or(default));
    let encoder = model == "bert";
    let by_default = model == "llama" || begins || encoder;
    // Gemma 4's chat template writes the token that begins a text, and its own tokenizer writes none.
    let before = model != GEMMA4 && flag("tokenizer.ggml.add_bos_token", by_default)?;
    let after = flag("tokenizer.ggml.add_eos_token", encoder)?;
    // The first of these keys that is present counts.
    let token = |wanted: bool, keys: [&str; 2]| {
        if wanted {
            keys.iter()
                .find_map(|key| vocabulary.named(metadata, key).transpose())
                .transpose()
        } else {
            Ok(None)
        }
    };
    let before = token(before, [BOS, "tokenizer.ggml.cls_token_id"])?;
    let after = token(after, [EOS, "tokenizer.ggml.seperator_token_id"])?;
    if before.is_none() && after.is_none() {
        return Ok(Value::Null);
    }
    let special = |token: &str, kind: u8| json!({"SpecialToken": {"id": token, "type_id": kind}});
    let sequence = |id: &str, kind: u8| json!({"Sequence": {"id": id, "type_id": kind}});
    let around = |id: &str, kind: u8| {
        let before = before.map(|t| special(t, kind));
        let after = after.map(|t| special(t, kind));
        let parts = [before, Some(sequence(id, kind)), after];
        parts.into_iter().flatten().collect::<Vec<_>>()
    };
    let entry = |token: &str| {
        let ids = [vocabulary.id(token)];
        let entry = json!({"id": token, "ids": ids, "tokens": [token]});
        (token.to_owned(), entry)
    };
    let both = [around("A", 0), around("B", 1)].concat();
    let tokens: Map<_, _> = before.iter().chain(&after).map(|t| entry(t)).collect();
    Ok(json!({
        "type": "TemplateProcessing",
        "single": around("A", 0),
        "pair": both,
        "special_tokens": tokens,
    }))
}
