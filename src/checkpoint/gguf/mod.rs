//! GGUF files (llama.cpp's format, versions 2 and 3): metadata, tokenizer and weights in one file or in
//! several. They are read as the Hugging Face checkpoint that they were made from: metadata becomes a
//! `config.json`, tensors get the family's names, and the vocabulary becomes a `tokenizer.json`.

use std::path::Path;

use serde_json::{Map, Value};

use super::error::CheckpointError;
use super::weights::{Bytes, Shard};
use crate::graph::arch::Pooling;
use config::{architecture, config, pooling};
use terms::Terms;

mod architectures;
mod config;
mod header;
mod keys;
mod metadata;
mod names;
mod parts;
pub(super) mod pre_tokenizers;
mod rope;
mod terms;
mod tokenizer;
mod vocabulary;
mod word_piece;

pub(super) use parts::first;
pub use parts::{all, stem};

/// The content of a GGUF model in the form of a folder's files.
pub(super) struct Gguf {
    /// The bytes of `config.json`.
    pub config: Vec<u8>,
    /// The files, the one with the metadata first.
    pub shards: Vec<Shard>,
    /// The pooling of an encoder; `None` if the file gives none.
    pub pooling: Option<Pooling>,
    /// The token that ends a text, if the file names one.
    pub end_tokens: Vec<u32>,
    /// A warning about the file's tokenizer.
    pub warning: Option<String>,
    pub terms: Terms,
}

/// Whether `path` is a GGUF file, by its name or its first bytes.
pub(super) fn is_gguf(path: &Path) -> bool {
    use std::io::Read;
    let called = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gguf"));
    let begins = || {
        let mut magic = [0; 4];
        let file = std::fs::File::open(path);
        file.is_ok_and(|mut f| f.read_exact(&mut magic).is_ok()) && magic == header::MAGIC
    };
    path.is_file() && (called || begins())
}

/// Read the file at `path`, and the others of its model.
///
/// # Errors
/// A violation of the format, or something unknown; the error names the key or tensor.
pub(super) fn open(path: &Path) -> Result<Gguf, CheckpointError> {
    let paths = all(path);
    let files: Vec<Bytes> = paths
        .iter()
        .map(|path| Bytes::map(path))
        .collect::<Result<_, _>>()?;
    let parts: Vec<header::Header> = (paths.iter().zip(&files))
        .map(|(path, bytes)| header::read(path, bytes.as_slice()))
        .collect::<Result<_, _>>()?;
    parts::check(&parts)?;
    if parts.iter().all(|part| part.tensors.is_empty()) {
        let problem = "it holds a vocabulary and no weights, so there is nothing to run; \
                       `layerwise tokens FILE TEXT` shows how it splits a text";
        return Err(CheckpointError::not_a_model(path, problem));
    }
    let metadata = &parts[0].metadata;
    let architecture = architecture(&parts)?;
    let config = config(architecture, &parts)?;
    let read = keys::Read {
        prefix: architecture.name,
        metadata,
        files: &parts,
    };
    let factors = names::factors(architecture, &read)?;
    let translated = |part: &header::Header| {
        let tensors = names::translate(architecture, &part.tensors, &config, &factors);
        (part.data, tensors)
    };
    let mut tensors: Vec<_> = parts.iter().map(translated).collect();
    tensors[0].1.extend(names::listed(architecture, metadata)?);
    let pooling = pooling(architecture, metadata)?;
    let warning = tokenizer::warning(metadata);
    let end_tokens = tokenizer::end_tokens(metadata)?;
    let files = paths.into_iter().zip(files).zip(tensors);
    let shard = |((path, bytes), (data, tensors))| Shard::of(path, bytes, data, tensors);
    Ok(Gguf {
        config: config.to_string().into_bytes(),
        end_tokens,
        warning,
        pooling,
        terms: Terms(architecture),
        shards: files.map(shard).collect(),
    })
}

/// The tokenizer of the file at `path`, as the bytes of a `tokenizer.json`.
///
/// # Errors
/// The errors of [`open`].
pub(super) fn tokenizer(path: &Path, bytes: &[u8]) -> Result<Vec<u8>, CheckpointError> {
    tokenizer::json(&header::read(path, bytes)?.metadata)
}

/// A warning about the tokenizer of the file at `path`. `None` if the file cannot be read: opening it reports
/// that.
pub(super) fn warning(path: &Path) -> Option<String> {
    let bytes = Bytes::map(path).ok()?;
    let header = header::read(path, bytes.as_slice()).ok()?;
    tokenizer::warning(&header.metadata)
}

/// The chat template of the file at `path`, and the special tokens that llama.cpp defines in it.
///
/// # Errors
/// The errors of [`open`], and a missing template.
pub(super) fn chat(
    path: &Path,
    bytes: &[u8],
) -> Result<(String, Map<String, Value>), CheckpointError> {
    tokenizer::chat(&header::read(path, bytes)?.metadata)
}
