//! The settings of a tokenizer in the files beside `tokenizer.json`, read as in transformers 5.23:
//! `tokenizer_config.json`, and the older `special_tokens_map.json` and `added_tokens.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tokenizers::AddedToken;

use super::class::TokenizerClass;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::files::json_object;
use crate::checkpoint::folder;

const CONFIG: &str = "tokenizer_config.json";
const MAP: &str = "special_tokens_map.json";
const ADDED: &str = "added_tokens.json";

/// The names of special tokens that every class knows, in the order in which they are added.
const NAMES: [&str; 7] = [
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
];

/// The settings of one folder.
#[derive(Debug)]
pub(super) struct TokenizerSettings {
    path: PathBuf,
    config: Map<String, Value>,
    pub(super) class: TokenizerClass,
    /// Added tokens by id, if a file lists them; `None` if those of `tokenizer.json` are used.
    pub(super) by_id: Option<BTreeMap<u32, AddedToken>>,
    /// Special tokens by name, in order.
    pub(super) named: Vec<(String, AddedToken)>,
    /// Special tokens without a name.
    pub(super) extra: Vec<AddedToken>,
}

impl TokenizerSettings {
    /// The settings of the folder `dir`. `own` are the added tokens of its `tokenizer.json`, if there is one;
    /// `byte_level` says whether texts are split into bytes.
    ///
    /// # Errors
    /// A file is damaged, or a field has a wrong value.
    pub(super) fn read(
        dir: &Path,
        own: Option<&BTreeMap<u32, AddedToken>>,
        byte_level: bool,
    ) -> Result<TokenizerSettings, CheckpointError> {
        let path = dir.join(CONFIG);
        let mut config = json_object(&path)?;
        // A damaged config is reported elsewhere; here it counts as empty.
        let model = json_object(&dir.join(folder::CONFIG)).unwrap_or_default();
        let name = config.get("tokenizer_class");
        let name = name
            .or(model.get("tokenizer_class"))
            .and_then(Value::as_str);
        let family = model.get("model_type").and_then(Value::as_str);
        let class = TokenizerClass::of(family, name, byte_level);
        let by_id = match config.remove("added_tokens_decoder") {
            Some(by_id) => Some(numbered(&path, &by_id)?),
            None => {
                for (name, value) in json_object(&dir.join(MAP))? {
                    config.insert(name, value);
                }
                let mut by_id = own.cloned().unwrap_or_default();
                let added = older(&dir.join(ADDED), &config)?;
                let some = own.is_some() || !added.is_empty();
                for (id, token) in added {
                    by_id.entry(id).or_insert(token);
                }
                some.then_some(by_id)
            }
        };
        let mut settings = TokenizerSettings {
            path,
            config,
            class,
            by_id,
            named: Vec::new(),
            extra: Vec::new(),
        };
        settings.name_tokens()?;
        Ok(settings)
    }

    /// Add the special tokens.
    fn name_tokens(&mut self) -> Result<(), CheckpointError> {
        let extra = self.config.get("extra_special_tokens");
        let extra = extra
            .filter(|extra| *extra != &Value::Null && *extra != &Value::Array(Vec::new()))
            .or(self.config.get("additional_special_tokens"))
            .cloned();
        for name in NAMES {
            let default = || {
                let all = self.class.defaults().iter();
                let own = all.clone().find(|(own, _)| *own == name);
                own.map(|(_, text)| Value::from(*text))
            };
            let value = self.config.get(name).cloned().or_else(default);
            if let Some(value) = value.filter(|value| !value.is_null()) {
                self.push(name, &value)?;
            }
        }
        let others = self.config.iter();
        let others = others.filter(|(name, _)| name.ends_with("_token"));
        let others = others.filter(|(name, _)| !NAMES.contains(&name.as_str()));
        let others =
            others.filter(|(_, value)| value.is_string() || value.get("content").is_some());
        let mut others: Vec<_> = others.map(|(n, v)| (n.clone(), v.clone())).collect();
        // The sort is stable: objects come before texts.
        others.sort_by_key(|(_, value)| value.is_string());
        for (name, value) in others {
            self.push(&name, &value)?;
        }
        match extra {
            None | Some(Value::Null) => {}
            Some(Value::Array(tokens)) => {
                for value in &tokens {
                    let token = token(value, true)
                        .map_err(|what| self.wrong("extra_special_tokens", what))?;
                    self.extra.push(token);
                }
            }
            Some(Value::Object(tokens)) => {
                for (name, value) in &tokens {
                    self.push(name, value)?;
                }
            }
            Some(_) => {
                let what = "is neither a list of tokens nor an object of named ones";
                return Err(self.wrong("extra_special_tokens", what));
            }
        }
        Ok(())
    }

    fn push(&mut self, name: &str, value: &Value) -> Result<(), CheckpointError> {
        let mut token = token(value, true).map_err(|what| self.wrong(name, what))?;
        let by_id = self.by_id.iter().flat_map(BTreeMap::values);
        if let Some(same) = by_id.clone().find(|other| other.content == token.content) {
            token = same.clone();
        }
        token.special = true;
        self.named.retain(|(own, _)| own != name);
        self.named.push((name.to_owned(), token));
        Ok(())
    }

    /// Add special tokens that a vocabulary names, unless the settings name others.
    pub(super) fn add(&mut self, named: Vec<(&'static str, String)>, found: Vec<AddedToken>) {
        for (name, text) in named {
            if !self.config.contains_key(name) {
                self.named
                    .push((name.to_owned(), AddedToken::from(text, true)));
            }
        }
        let lists = ["extra_special_tokens", "additional_special_tokens"];
        let list = |name: &&str| self.config.get(*name).is_some_and(Value::is_array);
        if !lists.iter().any(list) {
            self.extra.extend(found);
        }
    }

    /// The special token of this name.
    pub(super) fn token(&self, name: &str) -> Option<&str> {
        let named = self.named.iter().find(|(own, _)| own == name);
        named.map(|(_, token)| token.content.as_str())
    }

    /// A field that is true or false; null counts as missing.
    ///
    /// # Errors
    /// The field has another value.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, CheckpointError> {
        match self.config.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(on)) => Ok(Some(*on)),
            Some(_) => Err(self.wrong(name, "is neither true nor false")),
        }
    }

    fn wrong(&self, field: &str, problem: &str) -> CheckpointError {
        CheckpointError::field(&self.path, field, problem)
    }
}

/// Tokens by id.
fn numbered(path: &Path, by_id: &Value) -> Result<BTreeMap<u32, AddedToken>, CheckpointError> {
    const FIELD: &str = "added_tokens_decoder";
    let by_id = by_id.as_object();
    let by_id =
        by_id.ok_or_else(|| CheckpointError::field(path, FIELD, "is not an object of tokens"))?;
    let entry = |(id, value): (&String, &Value)| {
        let number = id.parse().map_err(|_| {
            let what = format!("has the entry {id:?}, which is not a token's number");
            CheckpointError::field(path, FIELD, &what)
        })?;
        let token = token(value, false).map_err(|what| {
            let what = format!("has an entry {id} that {what}");
            CheckpointError::field(path, FIELD, &what)
        })?;
        Ok((number, token))
    };
    by_id.iter().map(entry).collect()
}

/// The tokens of `added_tokens.json`. Those that other files name are special.
fn older(
    path: &Path,
    config: &Map<String, Value>,
) -> Result<BTreeMap<u32, AddedToken>, CheckpointError> {
    let text = |value: &Value| {
        value
            .get("content")
            .unwrap_or(value)
            .as_str()
            .map(str::to_owned)
    };
    let named = NAMES.iter().filter_map(|name| config.get(*name));
    let lists = ["extra_special_tokens", "additional_special_tokens"];
    let lists = lists
        .iter()
        .filter_map(|name| config.get(*name)?.as_array());
    let special: Vec<String> = named.chain(lists.flatten()).filter_map(text).collect();
    let entry = |(content, id): (String, Value)| {
        let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
        let id =
            id.ok_or_else(|| CheckpointError::field(path, &content, "is not a token's number"))?;
        let special = special.contains(&content);
        Ok((id, AddedToken::from(content, special)))
    };
    json_object(path)?.into_iter().map(entry).collect()
}

/// A token: a text, or an object with `content`.
fn token(value: &Value, special: bool) -> Result<AddedToken, &'static str> {
    if let Some(text) = value.as_str() {
        return Ok(AddedToken::from(text, special));
    }
    let content = value.get("content").and_then(Value::as_str);
    let content = content.ok_or("is neither a text nor an object with a text under `content`")?;
    let flag = |name| value.get(name).and_then(Value::as_bool);
    let special = flag("special").unwrap_or(special);
    Ok(AddedToken::from(content, special)
        .single_word(flag("single_word").unwrap_or(false))
        .lstrip(flag("lstrip").unwrap_or(false))
        .rstrip(flag("rstrip").unwrap_or(false))
        .normalized(flag("normalized").unwrap_or(!special)))
}
