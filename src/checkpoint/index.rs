//! The index of a model in several files: it names the file of each tensor.

use std::collections::HashSet;
use std::fmt;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::aliases;
use super::error::CheckpointError;
use super::files::{MAX_JSON, read_limited};
use super::weights::Shard;

/// An index that names only files beside it.
pub(super) struct Index {
    path: PathBuf,
    /// Tensors and files, in the order of the index.
    map: Vec<(String, String)>,
}

impl Index {
    pub fn read(path: &Path) -> Result<Index, CheckpointError> {
        let json = |problem: String| CheckpointError::content(path, problem);
        let bytes = read_limited(path, MAX_JSON)?;
        let file: File = serde_json::from_slice(&bytes).map_err(|e| json(problem_of(&e)))?;
        let map = file
            .weight_map
            .ok_or_else(|| json("no object `weight_map` from tensor names to files".into()))?
            .0;
        if map.is_empty() {
            return Err(json("`weight_map` is empty".into()));
        }
        let outside = |(tensor, file): &(String, String)| {
            (!is_plain_name(file)).then(|| {
                json(format!(
                    "`weight_map.{tensor}` is {file:?}, not the name of a file beside the index"
                ))
            })
        };
        match map.iter().find_map(outside) {
            Some(error) => Err(error),
            None => Ok(Index {
                path: path.to_owned(),
                map,
            }),
        }
    }

    /// The files, once each, sorted by name.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = self.map.iter().map(|(_, file)| file.clone()).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// Check that the opened files agree with the index. Every tensor that it names is in its file and in no
    /// other. Tensors that writers often name without storing them may be missing.
    pub fn check(&self, shards: &[Shard]) -> Result<(), CheckpointError> {
        for (tensor, file) in &self.map {
            let holders: Vec<String> = (shards.iter())
                .filter(|shard| shard.find(tensor).is_some())
                .map(|shard| shard.path.file_name().unwrap_or_default())
                .map(|name| name.to_string_lossy().into_owned())
                .collect();
            let problem = match holders.as_slice() {
                [one] if one == file => continue,
                [] if aliases::is_often_not_stored(tensor) => continue,
                [] => format!("`weight_map.{tensor}` is {file:?}, which has no such tensor"),
                [one] => format!("`weight_map.{tensor}` is {file:?}, but the tensor is in {one}"),
                [one, two, ..] => format!(
                    "tensor `{tensor}` is in both {one} and {two}, so one of them is not this model's"
                ),
            };
            return Err(CheckpointError::content(&self.path, problem));
        }
        Ok(())
    }
}

/// The names of the files that the index at `path` names, once each, sorted. All lie beside it.
///
/// # Errors
/// The index cannot be read, or is not an index.
pub fn shard_names(path: &Path) -> Result<Vec<String>, CheckpointError> {
    Ok(Index::read(path)?.files())
}

/// Whether this is a file name that does not lead out of its folder.
fn is_plain_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(part)), None) if part == name
    ) && !name.contains('\\')
}

/// The problem with an index, by field if it is JSON.
fn problem_of(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => error.to_string(),
        _ => format!("not JSON: {error}"),
    }
}

#[derive(Deserialize)]
struct File {
    weight_map: Option<Pairs>,
}

/// A JSON object as its pairs, with each name once. A map would silently keep the last of two equal names.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pairs, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("`weight_map`, an object from tensor names to file names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut seen = HashSet::new();
        let mut pairs = Vec::new();
        while let Some(tensor) = map.next_key::<String>()? {
            let file = map.next_value::<serde_json::Value>()?;
            let serde_json::Value::String(file) = file else {
                return Err(A::Error::custom(format!(
                    "`weight_map.{tensor}` is {file}, not the name of a file beside the index"
                )));
            };
            if !seen.insert(tensor.clone()) {
                return Err(A::Error::custom(format!(
                    "`weight_map` names tensor `{tensor}` twice"
                )));
            }
            pairs.push((tensor, file));
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The files that an index with this text names.
    fn names_in(text: &str) -> Result<Vec<String>, CheckpointError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        shard_names(file.path())
    }

    proptest! {
        #[test]
        fn whatever_is_read_stays_beside_the_index(file in r"[a./\\~]{0,8}") {
            let index = serde_json::json!({"weight_map": {"x": file}});
            if let Ok(names) = names_in(&index.to_string()) {
                let whole = Path::new("folder").join(&names[0]);
                prop_assert_eq!(whole.parent(), Some(Path::new("folder")));
                prop_assert!(names[0] != ".." && names[0] != ".");
            }
        }

        #[test]
        fn no_index_makes_it_panic(text in r#"[{}\[\]":,a0weight_map]{0,40}"#) {
            let _ = names_in(&text);
        }
    }
}
