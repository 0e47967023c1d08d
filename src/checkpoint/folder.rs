//! A model's folder in Hugging Face's layout: which files it has, and reading the small ones.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::error::CheckpointError;

/// Config and index files are a few kilobytes; anything near this is not one.
pub(super) const MAX_JSON: u64 = 16 << 20;
/// The largest vocabularies of today take some 30 MB.
pub(super) const MAX_TOKENIZER: u64 = 256 << 20;

pub const CONFIG: &str = "config.json";
pub const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
pub const TOKENIZER: &str = "tokenizer.json";

/// The config file of the model in `dir`, and its bytes.
pub(super) fn config(dir: &Path) -> Result<(PathBuf, Vec<u8>), CheckpointError> {
    let not_a_model = |problem: &str| CheckpointError::NotAModel {
        path: dir.to_owned(),
        problem: problem.into(),
    };
    let kind = fs::metadata(dir).map_err(|error| CheckpointError::Io {
        path: dir.to_owned(),
        error,
    })?;
    if !kind.is_dir() {
        return Err(not_a_model(
            "it is a file; give the folder that holds config.json and model.safetensors",
        ));
    }
    let path = dir.join(CONFIG);
    if !path.exists() {
        return Err(not_a_model("the folder has no config.json"));
    }
    let bytes = read_limited(&path, MAX_JSON)?;
    Ok((path, bytes))
}

/// The safetensors files of the model in `dir`, at least one.
pub(super) fn weights(dir: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
    let single = dir.join(WEIGHTS);
    if single.exists() {
        return Ok(vec![single]);
    }
    let index = dir.join(INDEX);
    if index.exists() {
        return shards(dir, &index);
    }
    let pickled = ["pytorch_model.bin", "pytorch_model.bin.index.json"];
    match pickled.iter().map(|p| dir.join(p)).find(|p| p.exists()) {
        Some(path) => Err(CheckpointError::Pickle { path }),
        None => Err(CheckpointError::NotAModel {
            path: dir.to_owned(),
            problem: format!("the folder has neither {WEIGHTS} nor {INDEX}"),
        }),
    }
}

/// The files that an index names, each once, in the order of their names.
fn shards(dir: &Path, index: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
    let json = |problem: String| CheckpointError::Json {
        path: index.to_owned(),
        problem,
    };
    let bytes = read_limited(index, MAX_JSON)?;
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|e| json(format!("not JSON: {e}")))?;
    let map = value
        .get("weight_map")
        .and_then(Value::as_object)
        .ok_or_else(|| json("no object `weight_map` from tensor names to files".into()))?;
    let mut names = Vec::new();
    for (tensor, file) in map {
        match file.as_str() {
            Some(name) if is_plain_name(name) => names.push(name),
            _ => {
                return Err(json(format!(
                    "`weight_map.{tensor}` is {file}, not the name of a file beside the index"
                )));
            }
        }
    }
    if names.is_empty() {
        return Err(json("`weight_map` is empty".into()));
    }
    names.sort_unstable();
    names.dedup();
    let paths: Vec<PathBuf> = names.into_iter().map(|name| dir.join(name)).collect();
    match paths.iter().find(|p| !p.is_file()) {
        Some(missing) => Err(json(format!(
            "names {}, which is not in the folder",
            missing.file_name().unwrap_or_default().display()
        ))),
        None => Ok(paths),
    }
}

/// A file's name with no way out of its folder.
fn is_plain_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(part)), None) if part == name
    ) && !name.contains('\\')
}

/// A whole file, or an error when it holds more than `limit` bytes.
pub(super) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, CheckpointError> {
    let io = |error| CheckpointError::Io {
        path: path.to_owned(),
        error,
    };
    let file = File::open(path).map_err(io)?;
    let bytes = file.metadata().map_err(io)?.len();
    let mut content = Vec::new();
    // Read one byte past the limit: a pipe or a growing file does not tell its length.
    file.take(limit + 1).read_to_end(&mut content).map_err(io)?;
    let bytes = bytes.max(content.len() as u64);
    if bytes > limit {
        return Err(CheckpointError::TooLarge {
            path: path.to_owned(),
            bytes,
            limit,
        });
    }
    Ok(content)
}

/// The tokenizer's file, which is read later.
pub(super) fn tokenizer(dir: &Path) -> Result<PathBuf, CheckpointError> {
    let path = dir.join(TOKENIZER);
    match path.is_file() {
        true => Ok(path),
        false => Err(CheckpointError::NotAModel {
            path: dir.to_owned(),
            problem: format!("the folder has no {TOKENIZER}"),
        }),
    }
}
