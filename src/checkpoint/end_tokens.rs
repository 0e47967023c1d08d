//! The tokens that end a text: `eos_token_id`, as transformers reads it for generation.

use std::path::Path;

use serde_json::Value;

use super::config_fields;
use super::error::CheckpointError;
use super::files::{exists, json_object};
use super::python_json;

const FIELD: &str = "eos_token_id";
const GENERATION: &str = "generation_config.json";
/// Objects of a config that may have the field where the config itself has none.
const INSIDE: [&str; 4] = ["decoder", "generator", "text_config", "thinker_config"];

/// Those of the model in `dir`: what `generation_config.json` says; where there is none, what the config or its
/// class says.
///
/// # Errors
/// A `generation_config.json` that cannot be read.
pub(super) fn of_folder(
    dir: &Path,
    config: &[u8],
    family: &str,
) -> Result<Vec<u32>, CheckpointError> {
    let generation = dir.join(GENERATION);
    if exists(&generation)? {
        let fields = json_object(&generation)?;
        return Ok(fields.get(FIELD).map_or_else(Vec::new, ids));
    }
    Ok(of_config(config, family))
}

/// Those that a config or its class names.
pub(super) fn of_config(config: &[u8], family: &str) -> Vec<u32> {
    let text = std::str::from_utf8(config).unwrap_or_default();
    let config = python_json::parse(text).unwrap_or_default();
    let own = config.get(FIELD).map(ids);
    let default = config_fields::of(family).and_then(|fields| fields.defaults.get(FIELD));
    let own = own.or_else(|| default.map(ids)).unwrap_or_default();
    if !own.is_empty() {
        return own;
    }
    let inner = INSIDE.into_iter().filter_map(|name| config.get(name));
    let mut inner = inner.filter_map(|inner| inner.get(FIELD));
    inner.next().map_or_else(Vec::new, ids)
}

/// One id, or a list of them.
fn ids(value: &Value) -> Vec<u32> {
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    match value {
        Value::Array(all) => all.iter().filter_map(id).collect(),
        one => id(one).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generation_config_stands_before_the_config_and_the_config_before_its_class() {
        let folder = tempfile::tempdir().unwrap();
        let of = |config: &str| of_folder(folder.path(), config.as_bytes(), "llama").unwrap();
        assert_eq!(of(r#"{"eos_token_id": 7}"#), [7]);
        assert_eq!(of(r#"{"eos_token_id": [7, 9]}"#), [7, 9]);
        // The class of the config says 2; null says that there is none.
        assert_eq!(of("{}"), [2]);
        assert_eq!(of(r#"{"eos_token_id": null}"#), [0; 0]);
        assert_eq!(
            of(r#"{"eos_token_id": null, "text_config": {"eos_token_id": 5}}"#),
            [5]
        );
        std::fs::write(
            folder.path().join(GENERATION),
            r#"{"eos_token_id": [1, 106]}"#,
        )
        .unwrap();
        assert_eq!(of(r#"{"eos_token_id": 7}"#), [1, 106]);
        std::fs::write(folder.path().join(GENERATION), "{}").unwrap();
        assert_eq!(of(r#"{"eos_token_id": 7}"#), [0; 0]);
        std::fs::write(folder.path().join(GENERATION), "[").unwrap();
        assert!(of_folder(folder.path(), b"{}", "llama").is_err());
    }
}
