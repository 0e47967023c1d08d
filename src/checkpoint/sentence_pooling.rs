//! Pooling in sentence-transformers: `modules.json` beside a config lists the modules that make one vector of
//! a text's rows.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::config::Config;
use super::error::CheckpointError;
use super::files::{MAX_JSON, exists, read_limited};
use super::folder::CONFIG;
use crate::graph::arch::{PoolRows, Pooling};

pub const MODULES: &str = "modules.json";

/// The fields of a pooling's config, and the way to pool that each turns on.
const WAYS: &[(&str, Option<PoolRows>)] = &[
    ("pooling_mode_cls_token", Some(PoolRows::First)),
    ("pooling_mode_mean_tokens", Some(PoolRows::Mean)),
    ("pooling_mode_max_tokens", Some(PoolRows::Max)),
    ("pooling_mode_lasttoken", Some(PoolRows::Last)),
    ("pooling_mode_mean_sqrt_len_tokens", None),
    ("pooling_mode_weightedmean_tokens", None),
];

/// The pooling that `modules.json` in `dir` describes; `None` if there is no such file.
///
/// # Errors
/// An unknown module, or a file with wrong content; the error names the file and the field.
pub(super) fn read(dir: &Path, d_model: usize) -> Result<Option<Pooling>, CheckpointError> {
    let path = dir.join(MODULES);
    if !exists(&path)? {
        return Ok(None);
    }
    let modules = modules(&path)?;
    let kinds: Vec<&str> = modules.iter().map(|m| m.kind.as_str()).collect();
    let normalise = match kinds[..] {
        ["Transformer", "Pooling"] => false,
        ["Transformer", "Pooling", "Normalize"] => true,
        _ => {
            let known = ["Transformer", "Pooling", "Normalize"];
            let odd = kinds.iter().zip(known).take_while(|(a, b)| *a == b).count();
            let found = kinds.get(odd).copied().unwrap_or("missing");
            let known = known.join(", ");
            let problem = format!("is {found}; only {known} are known, in this order");
            return Err(CheckpointError::field(
                &path,
                format!("{odd}.type"),
                problem,
            ));
        }
    };
    if !modules[0].path.as_os_str().is_empty() {
        let problem = "is not empty: the model itself should lie beside this file";
        return Err(CheckpointError::field(&path, "0.path", problem));
    }
    let rows = rows(&dir.join(&modules[1].path).join(CONFIG), d_model)?;
    Ok(Some(Pooling::Rows { rows, normalise }))
}

/// The text that enters the model's hash. It stays the same if fields here are renamed.
pub(super) fn hashed(pooling: Pooling) -> String {
    match pooling {
        Pooling::Dense => "Dense".into(),
        Pooling::Rows { rows, normalise } => {
            format!("Rows {{ how: {rows:?}, normalise: {normalise} }}")
        }
    }
}

/// One module of `modules.json`.
struct Module {
    /// The last part of its class's name.
    kind: String,
    /// A folder beside the file, or empty.
    path: PathBuf,
}

fn modules(path: &Path) -> Result<Vec<Module>, CheckpointError> {
    let list: Vec<Value> = serde_json::from_slice(&read_limited(path, MAX_JSON)?)
        .map_err(|e| CheckpointError::content(path, format!("not a JSON list: {e}")))?;
    let module = |(i, value): (usize, &Value)| {
        let field = |name: &str, problem: &str| {
            CheckpointError::field(path, format!("{i}.{name}"), problem)
        };
        let text = |name: &str| {
            let found = value.get(name).and_then(Value::as_str);
            found.ok_or_else(|| field(name, "is not a string"))
        };
        let kind = text("type")?.rsplit('.').next().unwrap_or_default();
        let folder = PathBuf::from(text("path")?);
        let mut parts = folder.components();
        let plain = matches!(
            (parts.next(), parts.next()),
            (None | Some(Component::Normal(_)), None)
        );
        if plain {
            Ok(Module {
                kind: kind.to_owned(),
                path: folder,
            })
        } else {
            let problem = "is not the name of a folder beside this file";
            Err(field("path", problem))
        }
    };
    list.iter().enumerate().map(module).collect()
}

/// The one way to pool that a pooling's config turns on.
fn rows(path: &Path, d_model: usize) -> Result<PoolRows, CheckpointError> {
    let mut config = Config::parse(path, &read_limited(path, MAX_JSON)?)?;
    let width = config.size("word_embedding_dimension")?;
    if width != d_model {
        let problem = format!("is {width}, but the model's rows have {d_model}");
        return Err(config.error("word_embedding_dimension", problem));
    }
    config.harmless(&["include_prompt"]);
    let mut chosen: Option<(&str, PoolRows)> = None;
    for &(field, way) in WAYS {
        if !config.flag_or(field, false)? {
            continue;
        }
        let Some(way) = way else {
            return Err(config.error(field, "is true; only false is known"));
        };
        if let Some((other, _)) = chosen {
            let problem = format!("is true, and so is {other}; only one is known");
            return Err(config.error(field, problem));
        }
        chosen = Some((field, way));
    }
    let (field, _) = WAYS[1];
    let (_, way) = chosen.ok_or_else(|| config.error(field, "is not true, nor is another way"))?;
    config.finish()?;
    Ok(way)
}
