//! The tokenizer: text to tokens and back, by `tokenizer.json` and the files beside it.

mod class;
mod rules;
mod sentence_piece;
mod settings;
mod vocabulary_files;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Serialize;
use tokenizers::models::ModelWrapper;

use super::error::CheckpointError;
use super::weights::Bytes;
use super::{embedded, files, folder, gguf, tokenizer_limits, tokens};
use crate::panics;
use crate::trace::token::Token;
use settings::TokenizerSettings;

/// A model's tokenizer.
pub struct Tokenizer {
    pub(super) inner: tokenizers::Tokenizer,
    path: PathBuf,
    merges: OnceLock<tokens::Table>,
}

/// A summary of a tokenizer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenizerInfo {
    /// The algorithm: BPE, Unigram, WordPiece or WordLevel.
    pub kind: &'static str,
    pub len: usize,
    /// Special tokens in the order of their ids.
    pub special: Vec<String>,
}

impl Tokenizer {
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Tokenizer, CheckpointError> {
        let read = || {
            tokenizer_limits::check_added_tokens(bytes)?;
            let mut inner = tokenizers::Tokenizer::from_bytes(bytes)?;
            // A prompt is shown uncut and unpadded, whatever training used.
            inner.with_truncation(None)?;
            inner.with_padding(None);
            Ok(inner)
        };
        let inner = flat(panics::catch(read))
            .map_err(|e| CheckpointError::content(path, format!("not a tokenizer: {e}")))?;
        Ok(Tokenizer {
            inner,
            path: path.to_owned(),
            merges: OnceLock::new(),
        })
    }

    /// The tokenizer of the model in the folder or GGUF file `place`, or in the `tokenizer.json` at `place`.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(place: &Path) -> Result<Tokenizer, CheckpointError> {
        if gguf::is_gguf(place) {
            let file = gguf::first(place);
            let bytes = Bytes::map(&file)?;
            return Tokenizer::parse(&file, &gguf::tokenizer(&file, bytes.as_slice())?);
        }
        if place.is_dir() {
            return Tokenizer::in_folder(&folder::tokenizer(place)?);
        }
        Tokenizer::parse(place, &files::read_limited(place, files::MAX_TOKENIZER)?)
    }

    /// The tokenizer in the file `path` of a model's folder, changed by the files beside it. The file is
    /// `tokenizer.json` or one of the older vocabulary files.
    pub(super) fn in_folder(path: &Path) -> Result<Tokenizer, CheckpointError> {
        let dir = path.parent().unwrap_or(Path::new(""));
        if !path.ends_with(folder::TOKENIZER) {
            let mut settings = TokenizerSettings::read(dir, None, false)?;
            let vocabulary = vocabulary_files::read(dir, &settings)?;
            settings.add(vocabulary.named, vocabulary.found);
            let tokenizer = Tokenizer::parse(&vocabulary.path, &vocabulary.json)?;
            return tokenizer.with(&settings, false);
        }
        let bytes = files::read_limited(path, files::MAX_TOKENIZER)?;
        let tokenizer = Tokenizer::parse(path, &bytes)?;
        let own = rules::added(&tokenizer.inner);
        let byte_level = rules::byte_level(&tokenizer.inner);
        tokenizer.with(&TokenizerSettings::read(dir, Some(&own), byte_level)?, true)
    }

    /// The tokenizer, changed by the settings beside it. `complete` says that it comes from a
    /// `tokenizer.json` and not from a vocabulary alone.
    fn with(
        mut self,
        settings: &TokenizerSettings,
        complete: bool,
    ) -> Result<Tokenizer, CheckpointError> {
        let flags = rules::ClassFlags::read(settings, complete)?;
        let inner = self.inner;
        let applied = flat(panics::catch(|| rules::apply(inner, settings, &flags)));
        self.inner = applied.map_err(|e| {
            let problem = format!("cannot be read with the settings beside it: {e}");
            CheckpointError::content(&self.path, problem)
        })?;
        Ok(self)
    }

    /// The tokenizer of the model that is embedded in this program.
    ///
    /// # Errors
    /// None, unless the program was built from damaged files.
    pub fn embedded() -> Result<Tokenizer, CheckpointError> {
        Tokenizer::parse(Path::new(embedded::TOKENIZER_NAME), embedded::TOKENIZER)
    }

    /// The merges of a BPE model. The first call reads them out.
    pub(super) fn merges(&self) -> &tokens::Table {
        self.merges
            .get_or_init(|| tokens::Table::of(self.inner.get_model()))
    }

    /// The tokens of `text`, with the special tokens that `tokenizer.json` adds.
    pub fn encode(&self, text: &str) -> Result<Vec<Token>, CheckpointError> {
        self.encode_with(text, true)
    }

    /// The tokens of `text`. With `special`, they include those that `tokenizer.json` adds around it.
    pub fn encode_with(&self, text: &str, special: bool) -> Result<Vec<Token>, CheckpointError> {
        let encode = || {
            tokenizer_limits::check_normalizer(self.inner.get_normalizer(), text)?;
            self.inner.encode_fast(text, special)
        };
        let encoding = flat(panics::catch(encode)).map_err(|e| {
            CheckpointError::content(&self.path, format!("cannot encode the text: {e}"))
        })?;
        let ids = encoding.get_ids().iter();
        Ok(ids.map(|&id| self.token(id)).collect())
    }

    /// The token of `id`, as it decodes alone, with its leading space. Bytes that are part of a character
    /// stand in angle brackets. An id without a piece, as in a padded embedding, is shown as its number in
    /// angle brackets.
    pub fn token(&self, id: u32) -> Token {
        let Some(piece) = self.inner.id_to_token(id) else {
            return Token {
                id,
                text: format!("⟨{id}⟩"),
            };
        };
        let decode = || {
            tokenizer_limits::check_decoder(self.inner.get_decoder(), &piece)?;
            self.inner.decode(&[id], false)
        };
        let mut text = flat(panics::catch(decode)).unwrap_or_default();
        if text.is_empty() {
            text = piece;
        } else if text.contains(char::REPLACEMENT_CHARACTER) {
            text = tokens::readable(&self.bytes(id));
        } else if piece.starts_with('▁') && !text.starts_with(' ') {
            // SentencePiece's decoders drop the space at the beginning of a text, and here every piece begins
            // one.
            text.insert(0, ' ');
        }
        Token { id, text }
    }

    /// The token with this text, or with a space before it, or else the one that the vocabulary writes this
    /// way.
    pub fn named(&self, text: &str) -> Option<u32> {
        let spaced = format!(" {text}");
        let mut after_space = None;
        for id in 0..u32::try_from(self.len()).unwrap_or(u32::MAX) {
            let own = self.token(id).text;
            if own == text {
                return Some(id);
            }
            if own == spaced {
                after_space.get_or_insert(id);
            }
        }
        after_space.or_else(|| self.inner.token_to_id(text))
    }

    /// The mask token, if there is one.
    pub fn mask(&self) -> Option<u32> {
        self.special(&["[MASK]", "<mask>"])
    }

    /// The segment of each token, of `count` segments that the model tells apart: the number of separators
    /// before it. A pair is `[CLS] first [SEP] second [SEP]`, as BERT was trained on.
    pub fn segments(&self, tokens: &[Token], count: usize) -> Vec<i64> {
        let separator = self.special(&["[SEP]", "</s>"]);
        let last = count.saturating_sub(1);
        let mut before = 0;
        let segment = |token: &Token| {
            let own = before.min(last);
            before += usize::from(Some(token.id) == separator);
            own as i64
        };
        tokens.iter().map(segment).collect()
    }

    /// The first of these special tokens that exists.
    fn special(&self, names: &[&str]) -> Option<u32> {
        let added = self.inner.get_added_tokens_decoder();
        let special = |name: &&str| {
            let id = self.inner.token_to_id(name)?;
            added.get(&id).filter(|t| t.special).map(|_| id)
        };
        names.iter().find_map(special)
    }

    /// The number of pieces, including added tokens.
    pub fn len(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The tokenizer's kind, size and special tokens.
    pub fn info(&self) -> TokenizerInfo {
        let mut special: Vec<(u32, String)> = self
            .inner
            .get_added_tokens_decoder()
            .into_iter()
            .filter(|(_, token)| token.special)
            .map(|(id, token)| (id, token.content))
            .collect();
        special.sort();
        TokenizerInfo {
            kind: match self.inner.get_model() {
                ModelWrapper::BPE(_) => "BPE",
                ModelWrapper::WordPiece(_) => "WordPiece",
                ModelWrapper::WordLevel(_) => "WordLevel",
                ModelWrapper::Unigram(_) => "Unigram",
            },
            len: self.len(),
            special: special.into_iter().map(|(_, content)| content).collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One error for refusals and panics of the tokenizer crate. A pattern that takes too long panics.
fn flat<T>(done: Result<Result<T, tokenizers::Error>, String>) -> Result<T, tokenizers::Error> {
    done.unwrap_or_else(|panic| Err(panic.into()))
}
