//! The tokenizer of a folder without `tokenizer.json`, made from its older files as an equivalent
//! `tokenizer.json`. The rules are those of transformers' classes; this file reads the vocabularies.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tokenizers::AddedToken;

use super::class::TokenizerClass;
use super::sentence_piece::{CONTROL, SentencePieceModel, USER_DEFINED};
use super::settings::TokenizerSettings;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::files::{MAX_TOKENIZER, exists, read_limited};

const VOCABULARY: &str = "vocab.json";
const MERGES: &str = "merges.txt";
const WORDS: &str = "vocab.txt";
const PIECES: &str = "tokenizer.model";
const BPE_PIECES: &str = "sentencepiece.bpe.model";

/// A vocabulary of older files.
pub(super) struct VocabularyFiles {
    pub(super) path: PathBuf,
    /// The bytes of a `tokenizer.json`.
    pub(super) json: Vec<u8>,
    /// Special tokens that are used if no setting names them.
    pub(super) named: Vec<(&'static str, String)>,
    /// Tokens that are matched in a text before it is split.
    pub(super) found: Vec<AddedToken>,
}

/// The vocabulary in the folder `dir` that the class reads.
///
/// # Errors
/// The class's files are missing or damaged.
pub(super) fn read(
    dir: &Path,
    settings: &TokenizerSettings,
) -> Result<VocabularyFiles, CheckpointError> {
    match settings.class {
        TokenizerClass::Bert => words(&there(dir, &[WORDS])?),
        TokenizerClass::Backend | TokenizerClass::Gemma | TokenizerClass::Llama => {
            pieces(&there(dir, &[PIECES])?, settings)
        }
        TokenizerClass::XlmRoberta => pieces(&there(dir, &[BPE_PIECES])?, settings),
        TokenizerClass::Cohere
        | TokenizerClass::Gpt2
        | TokenizerClass::GptNeoX
        | TokenizerClass::Qwen2
        | TokenizerClass::Roberta => {
            let vocabulary = there(dir, &[VOCABULARY, MERGES])?;
            pairs(&vocabulary, &dir.join(MERGES))
        }
    }
}

/// The path of the first of these files, if all are in the folder.
fn there(dir: &Path, files: &[&str]) -> Result<PathBuf, CheckpointError> {
    for file in files {
        if !exists(&dir.join(file))? {
            let files = files.join(" and ");
            let problem = format!(
                "the folder has neither tokenizer.json nor {files}, of which its tokenizer is made"
            );
            return Err(CheckpointError::not_a_model(dir, problem));
        }
    }
    Ok(dir.join(files[0]))
}

fn vocabulary(path: &Path, model: Value) -> VocabularyFiles {
    VocabularyFiles {
        path: path.to_owned(),
        json: json!({"version": "1.0", "added_tokens": [], "model": model})
            .to_string()
            .into(),
        named: Vec::new(),
        found: Vec::new(),
    }
}

/// A vocabulary with one word a line.
fn words(path: &Path) -> Result<VocabularyFiles, CheckpointError> {
    let text = text(path)?;
    let words = text.lines().enumerate();
    let words: Map<_, Value> = words
        .map(|(id, word)| (word.trim_end().to_owned(), id.into()))
        .collect();
    let model = json!({
        "type": "WordPiece", "vocab": words, "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
    });
    Ok(vocabulary(path, model))
}

/// A vocabulary of pieces with ids in one file and merges in the other.
fn pairs(path: &Path, merges: &Path) -> Result<VocabularyFiles, CheckpointError> {
    let pieces = serde_json::from_str(&text(path)?);
    let pieces: Map<String, Value> = pieces.map_err(|e| {
        let problem = format!("not an object of pieces and their numbers: {e}");
        CheckpointError::content(path, problem)
    })?;
    let text = text(merges)?;
    let mut joined = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with("#version") {
            continue;
        }
        joined.push(line.split_once(' ').ok_or_else(|| {
            let n = n + 1;
            let problem = format!("line {n} is not two pieces with a space between them");
            CheckpointError::content(merges, problem)
        })?);
    }
    Ok(vocabulary(
        path,
        json!({"type": "BPE", "vocab": pieces, "merges": joined}),
    ))
}

/// The vocabulary in SentencePiece's file.
fn pieces(path: &Path, settings: &TokenizerSettings) -> Result<VocabularyFiles, CheckpointError> {
    let model = SentencePieceModel::read(&read_limited(path, MAX_TOKENIZER)?);
    let model = model.map_err(|problem| CheckpointError::content(path, problem))?;
    let own = settings.class == TokenizerClass::Backend;
    let json = match settings.class {
        TokenizerClass::XlmRoberta => {
            json!({
                "model": fairseq(&model, settings), "normalizer": model.normalizer(),
            })
        }
        _ => {
            let spaces = json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"});
            let normalizers: Vec<Value> = model.normalizer().into_iter().chain([spaces]).collect();
            let tokens = settings.by_id.iter().flatten();
            let names = tokens.map(|(id, token)| (*id as usize, token.content.clone()));
            let names: HashMap<_, _> = names.filter(|_| own).collect();
            let model_json = if own && model.unigram {
                model.probable()
            } else {
                model.pairs(&names)
            };
            json!({
                "model": model_json, "decoder": model.decoder(),
                "normalizer": {"type": "Sequence", "normalizers": normalizers},
            })
        }
    };
    let found = model.pieces.iter();
    let found = found.filter(|piece| [CONTROL, USER_DEFINED].contains(&piece.kind));
    let token = |text: &str, special| AddedToken::from(text, special).normalized(false);
    let found = found.map(|piece| token(&piece.text, piece.kind == CONTROL));
    Ok(VocabularyFiles {
        path: path.to_owned(),
        json: json.to_string().into(),
        found: found.collect(),
        named: Some(model.named).filter(|_| own).unwrap_or_default(),
    })
}

/// A vocabulary with XLM-RoBERTa's ids: its own four tokens come first, the mask last.
fn fairseq(model: &SentencePieceModel, settings: &TokenizerSettings) -> Value {
    let own = |name| (settings.token(name).unwrap_or_default(), 0.0);
    let first = ["bos_token", "pad_token", "eos_token", "unk_token"].map(own);
    let pieces = first.into_iter().chain(model.scored().skip(3));
    let pieces: Vec<_> = pieces.chain([own("mask_token")]).collect();
    json!({"type": "Unigram", "vocab": pieces, "unk_id": 3, "byte_fallback": false})
}

fn text(path: &Path) -> Result<String, CheckpointError> {
    let text = String::from_utf8(read_limited(path, MAX_TOKENIZER)?);
    text.map_err(|_| CheckpointError::content(path, "not UTF-8"))
}
