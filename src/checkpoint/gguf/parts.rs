//! Models in several files, as llama.cpp's gguf-split makes them. The first file has the metadata, any file
//! has tensors, and names end in `-00001-of-00003.gguf`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::header::Header;
use crate::checkpoint::error::CheckpointError;

const COUNT: &str = "split.count";
const NUMBER: &str = "split.no";
const TENSORS: &str = "split.tensors.count";

/// The shared part of the files' names, and the number of files, by the name of one of them.
fn numbered(path: &Path) -> Option<(&str, usize)> {
    let name = path.file_name()?.to_str()?.strip_suffix(".gguf")?;
    let (name, count) = name.rsplit_once("-of-")?;
    let (stem, number) = name.rsplit_once('-')?;
    let digits = |text: &str| text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
    let count = Some(count).filter(|c| digits(c))?.parse().ok()?;
    let number: usize = Some(number).filter(|n| digits(n))?.parse().ok()?;
    (1..=count).contains(&number).then_some((stem, count))
}

/// Every file of the model that the GGUF file at `path` belongs to, in order; usually `path` alone.
pub fn all(path: &Path) -> Vec<PathBuf> {
    match numbered(path) {
        Some((stem, count)) => (1..=count)
            .map(|i| path.with_file_name(format!("{stem}-{i:05}-of-{count:05}.gguf")))
            .collect(),
        None => vec![path.to_owned()],
    }
}

/// The file with the metadata of the model that the file at `path` belongs to.
pub fn first(path: &Path) -> PathBuf {
    all(path).swap_remove(0)
}

/// The name of the model in the file at `path`: the file's name without number and ending.
pub fn stem(path: &Path) -> String {
    let whole = || path.file_stem().unwrap_or_default().to_string_lossy();
    numbered(path).map_or_else(|| whole().into_owned(), |(stem, _)| stem.to_owned())
}

/// Check that these are all files of one model in order, and that no tensor is in two.
pub fn check(files: &[Header]) -> Result<(), CheckpointError> {
    let mut of = HashMap::new();
    for (i, file) in files.iter().enumerate() {
        let metadata = &file.metadata;
        // A model in one file need not give a count.
        let count = metadata.size(COUNT)?.unwrap_or(1).max(1);
        if count != files.len() as u64 {
            let problem = match files.len() {
                1 => format!(
                    "says that this is one of {count} files, which are found by names that end in \
                     -00001-of-{count:05}.gguf; this one's does not"
                ),
                named => format!("is {count}, but by its name this is one of {named} files"),
            };
            return Err(metadata.error(COUNT, problem));
        }
        let number = metadata.size(NUMBER)?.unwrap_or(0);
        if number != i as u64 {
            let problem =
                format!("is {number}, but by its name this is number {i}, counted from 0");
            return Err(metadata.error(NUMBER, problem));
        }
        for tensor in &file.tensors {
            if let Some(other) = of.insert(&tensor.name, i) {
                let problem = format!("is in files {} and {} of the model", other + 1, i + 1);
                return Err(metadata.error(&tensor.name, problem));
            }
        }
    }
    let metadata = &files[0].metadata;
    match metadata.size(TENSORS)? {
        Some(due) if due != of.len() as u64 => {
            let problem = format!("is {due}, but the files have {} tensors", of.len());
            Err(metadata.error(TENSORS, problem))
        }
        _ => Ok(()),
    }
}
