//! A model's small files: only ordinary files below a size limit are read.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::error::CheckpointError;
use crate::trace::pointer;

/// The largest config or index file. Real ones have a few kilobytes.
pub(super) const MAX_JSON: u64 = 16 << 20;
/// The largest tokenizer file. The largest vocabularies of today take some 30 MB.
pub(super) const MAX_TOKENIZER: u64 = 256 << 20;

/// Whether there is something at `path`. A link that leads in circles or to nothing is an error and not an
/// absence: in the Hugging Face cache every file is a link.
pub(super) fn exists(path: &Path) -> Result<bool, CheckpointError> {
    let io = |error| CheckpointError::io(path, error);
    match fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_link(path) {
            Ok(to) => Err(io(io::Error::other(format!(
                "links to {}, which is not there",
                to.display()
            )))),
            Err(_) => Ok(false),
        },
        Err(error) => Err(io(error)),
    }
}

/// Open an ordinary file.
pub(super) fn open(path: &Path) -> Result<File, CheckpointError> {
    let io = |error| CheckpointError::io(path, error);
    // The kind is checked before opening: opening a pipe would wait for a writer.
    if !fs::metadata(path).map_err(io)?.is_file() {
        return Err(io(io::Error::other("it is not an ordinary file")));
    }
    File::open(path).map_err(io)
}

/// Read a whole file.
///
/// # Errors
/// The file holds more than `limit` bytes.
pub(super) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, CheckpointError> {
    let io = |error| CheckpointError::io(path, error);
    let file = open(path)?;
    let bytes = file.metadata().map_err(io)?.len();
    let mut content = Vec::new();
    // One byte past the limit is read, since a growing file does not tell its length.
    file.take(limit + 1).read_to_end(&mut content).map_err(io)?;
    let bytes = bytes.max(content.len() as u64);
    if bytes > limit {
        return Err(CheckpointError::TooLarge {
            path: path.to_owned(),
            bytes,
            limit,
        });
    }
    refuse_pointer(path, &content)?;
    Ok(content)
}

/// Refuse a Git LFS pointer in a file's place.
///
/// # Errors
/// The bytes are such a pointer.
pub(super) fn refuse_pointer(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    if pointer::is_pointer(bytes) {
        let path = path.to_owned();
        return Err(CheckpointError::Pointer { path });
    }
    Ok(())
}

/// The object in a JSON file; empty if the file is missing.
pub(super) fn json_object(path: &Path) -> Result<Map<String, Value>, CheckpointError> {
    if !exists(path)? {
        return Ok(Map::new());
    }
    let value = serde_json::from_slice(&read_limited(path, MAX_JSON)?);
    match value.map_err(|e| CheckpointError::content(path, format!("not JSON: {e}")))? {
        Value::Object(object) => Ok(object),
        _ => Err(CheckpointError::content(path, "not a JSON object")),
    }
}
