//! A model's folder in Hugging Face's layout: its files, and reading the small ones.

use std::fs;
use std::path::{Path, PathBuf};

use super::aliases;
use super::error::CheckpointError;
use super::files::{MAX_JSON, exists, read_limited};
use super::index::Index;
use super::weights::Shard;

pub const CONFIG: &str = "config.json";
pub const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const ADAPTER: &str = "adapter_config.json";
pub const TOKENIZER: &str = "tokenizer.json";

/// Files that a tokenizer can be made from if there is no `tokenizer.json`.
pub const VOCABULARY_FILES: &[&str] = &[
    "vocab.json",
    "vocab.txt",
    "tokenizer.model",
    "sentencepiece.bpe.model",
];

/// A model's files beside its weights that this program or others read.
pub(super) const FILES: &[&str] = &[
    CONFIG,
    INDEX,
    TOKENIZER,
    "added_tokens.json",
    "chat_template.jinja",
    "generation_config.json",
    "merges.txt",
    "modules.json",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
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
        return Err(not_a_model(&instead(dir)?));
    }
    let bytes = read_limited(&path, MAX_JSON)?;
    Ok((path, bytes))
}

/// The mapped weights of the model in `dir`, at least one file.
pub(super) fn weights(dir: &Path) -> Result<Vec<Shard>, CheckpointError> {
    let single = dir.join(WEIGHTS);
    if exists(&single)? {
        let mut single = vec![Shard::map(single)?];
        aliases::unwrap(&mut single)?;
        return Ok(single);
    }
    let index = dir.join(INDEX);
    if exists(&index)? {
        let mut shards = shards(dir, &index)?;
        aliases::unwrap(&mut shards)?;
        return Ok(shards);
    }
    match pickled(dir) {
        Some(path) => Err(CheckpointError::Pickle { path }),
        None => {
            let neither = format!("the folder has neither {WEIGHTS} nor {INDEX}");
            let problem = adapter(dir)?.unwrap_or(neither);
            Err(CheckpointError::not_a_model(dir, problem))
        }
    }
}

/// The description of a folder without a config, and a path to give instead.
fn instead(dir: &Path) -> Result<String, CheckpointError> {
    if let Some(adapter) = adapter(dir)? {
        return Ok(adapter);
    }
    let files = ggufs(dir);
    if !files.is_empty() {
        let files = files.join(", ");
        return Ok(format!(
            "the folder has no config.json; give one of its GGUF files: {files}"
        ));
    }
    let snapshots = snapshots(dir);
    if !snapshots.is_empty() {
        let snapshots = snapshots.join(", ");
        return Ok(format!(
            "the folder is a repository of the Hugging Face cache; give one of its snapshots: {snapshots}"
        ));
    }
    Ok("the folder has no config.json".into())
}

/// The description of a folder with a PEFT adapter; `None` if it has no adapter.
fn adapter(dir: &Path) -> Result<Option<String>, CheckpointError> {
    let path = dir.join(ADAPTER);
    if !exists(&path)? {
        return Ok(None);
    }
    let config = serde_json::from_slice::<serde_json::Value>(&read_limited(&path, MAX_JSON)?);
    let config = config.unwrap_or_default();
    let base = config.get("base_model_name_or_path");
    let base = base.and_then(serde_json::Value::as_str);
    let base = base.unwrap_or("another model");
    Ok(Some(format!(
        "the folder holds a PEFT adapter, a change to the weights of {base}; merge the two and give the folder \
         that is saved (in peft: AutoPeftModelForCausalLM.from_pretrained(DIR).merge_and_unload()\
         .save_pretrained(NEW_DIR))"
    )))
}

/// The commits of a repository in the Hugging Face cache, as paths from its folder.
fn snapshots(dir: &Path) -> Vec<String> {
    let all = fs::read_dir(dir.join("snapshots"));
    let folders = all.into_iter().flatten().flatten();
    let folders = folders.filter(|entry| entry.path().join(CONFIG).is_file());
    let name = |entry: fs::DirEntry| format!("snapshots/{}", entry.file_name().to_string_lossy());
    let mut names: Vec<String> = folders.map(name).collect();
    names.sort_unstable();
    names
}

/// The names of GGUF files in a folder.
fn ggufs(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".gguf")).collect();
    names.sort_unstable();
    names
}

/// A file of pickled weights, or the index of several; `None` if there is none.
fn pickled(dir: &Path) -> Option<PathBuf> {
    let names = fs::read_dir(dir).ok()?.filter_map(Result::ok);
    let names = names.filter_map(|file| file.file_name().into_string().ok());
    let first = names.filter(|name| is_pickle(name)).min()?;
    Some(dir.join(first))
}

/// Whether a file of this name holds pickled weights, or is the index of several. A trainer's pickled
/// settings do not count.
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

/// The tokenizer's file, which is read later: `tokenizer.json`, or the first of the older ones.
pub(super) fn tokenizer(dir: &Path) -> Result<PathBuf, CheckpointError> {
    for name in [TOKENIZER].iter().chain(VOCABULARY_FILES) {
        let path = dir.join(name);
        if exists(&path)? {
            return Ok(path);
        }
    }
    let older = VOCABULARY_FILES.join(", ");
    let problem = format!("the folder has no {TOKENIZER}, and none of the older {older}");
    Err(CheckpointError::not_a_model(dir, problem))
}
