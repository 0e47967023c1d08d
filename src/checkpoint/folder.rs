//! A model's folder in Hugging Face's layout: which files it has, and reading the small ones.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::CheckpointError;
use super::files::{MAX_JSON, exists, read_limited};
use super::index::Index;
use super::weights::Shard;

pub const CONFIG: &str = "config.json";
pub const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
pub const TOKENIZER: &str = "tokenizer.json";

/// Files of a model beside its weights that are read here or by others.
pub(super) const FILES: &[&str] = &[
    CONFIG,
    INDEX,
    TOKENIZER,
    "chat_template.jinja",
    "generation_config.json",
    "modules.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
];

/// The config file of the model in `dir`, and its bytes.
pub(super) fn config(dir: &Path) -> Result<(PathBuf, Vec<u8>), CheckpointError> {
    let not_a_model = |problem: &str| CheckpointError::not_a_model(dir, problem);
    let kind = fs::metadata(dir).map_err(|error| CheckpointError::io(dir, error))?;
    if !kind.is_dir() && !kind.is_file() {
        return Err(not_a_model("it is neither a folder nor an ordinary file"));
    }
    if !kind.is_dir() {
        return Err(not_a_model(
            "it is a file; give the folder that holds config.json and model.safetensors",
        ));
    }
    let path = dir.join(CONFIG);
    if !exists(&path)? {
        let files = ggufs(dir);
        let problem = if files.is_empty() {
            "the folder has no config.json".to_owned()
        } else {
            let files = files.join(", ");
            format!("the folder has no config.json; give one of its GGUF files: {files}")
        };
        return Err(not_a_model(&problem));
    }
    let bytes = read_limited(&path, MAX_JSON)?;
    Ok((path, bytes))
}

/// The mapped weights of the model in `dir`, at least one file.
pub(super) fn weights(dir: &Path) -> Result<Vec<Shard>, CheckpointError> {
    let single = dir.join(WEIGHTS);
    if exists(&single)? {
        return Ok(vec![Shard::map(single)?]);
    }
    let index = dir.join(INDEX);
    if exists(&index)? {
        return shards(dir, &index);
    }
    match pickled(dir) {
        Some(path) => Err(CheckpointError::Pickle { path }),
        None => {
            let problem = format!("the folder has neither {WEIGHTS} nor {INDEX}");
            Err(CheckpointError::not_a_model(dir, problem))
        }
    }
}

/// The names of GGUF files in a folder.
fn ggufs(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".gguf")).collect();
    names.sort_unstable();
    names
}

/// A file of pickled weights, or the index of several.
fn pickled(dir: &Path) -> Option<PathBuf> {
    let names = fs::read_dir(dir).ok()?.filter_map(Result::ok);
    let names = names.filter_map(|file| file.file_name().into_string().ok());
    let first = names.filter(|name| is_pickle(name)).min()?;
    Some(dir.join(first))
}

/// Whether a file of this name is one of pickled weights, or the index of several. What a trainer keeps
/// of its own settings is a pickle too, but none of weights.
fn is_pickle(name: &str) -> bool {
    const ENDS: [&str; 5] = [".bin", ".bin.index.json", ".ckpt", ".pt", ".pth"];
    name != "training_args.bin" && ENDS.iter().any(|end| name.ends_with(end))
}

/// The files that an index names.
fn shards(dir: &Path, path: &Path) -> Result<Vec<Shard>, CheckpointError> {
    let index = Index::read(path)?;
    let mut shards = Vec::new();
    for name in index.files() {
        let file = dir.join(&name);
        if !exists(&file)? {
            let problem = format!("names {name}, which is not in the folder");
            return Err(CheckpointError::content(path, problem));
        }
        if is_pickle(&name) {
            return Err(CheckpointError::Pickle { path: file });
        }
        shards.push(Shard::map(file)?);
    }
    index.check(&shards)?;
    Ok(shards)
}

/// The tokenizer's file, which is read later.
pub(super) fn tokenizer(dir: &Path) -> Result<PathBuf, CheckpointError> {
    let path = dir.join(TOKENIZER);
    if exists(&path)? {
        Ok(path)
    } else {
        let problem = format!("the folder has no {TOKENIZER}");
        Err(CheckpointError::not_a_model(dir, problem))
    }
}
