//! Chat templates: a conversation as the text that a chat model was trained on.
//!
//! A template is a program that comes with the model, so it runs in a process of its own with a budget of
//! time and memory. Its environment is that of transformers' `apply_chat_template`.

mod arguments;
mod environment;
mod filters;
mod globals;
mod json;
mod methods;
mod source;

use std::path::{Path, PathBuf};

use minijinja::value::{Serde, Value as Jinja};
use minijinja::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::CheckpointError;
use super::files::{MAX_JSON, exists, json_object, read_limited};
use super::gguf;
use super::weights::Bytes;
use crate::sandbox::{self, SandboxError};

/// The largest rendered conversation, in bytes: far beyond any context.
const MAX_TEXT: u64 = 64 << 20;

const NO_TEMPLATE: &str = "it has no chat template, neither chat_template.jinja nor a field \
                           `chat_template` in tokenizer_config.json, so --chat cannot be used";

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Message {
    /// The role: `system`, `user` or `assistant`.
    pub role: String,
    pub content: String,
}

/// A model's chat template.
#[derive(Debug)]
pub struct ChatTemplate {
    path: PathBuf,
    source: String,
    /// The special tokens that templates name, such as `bos_token`.
    special: Map<String, Value>,
}

impl ChatTemplate {
    /// Read the template of the model in `place`. A folder has it in `chat_template.jinja`, or in the field
    /// `chat_template` of `tokenizer_config.json`; in a list of several it is the one called `default`. A
    /// GGUF file has it in its metadata.
    ///
    /// # Errors
    /// The model has no template, or a file is damaged.
    pub fn read(place: &Path) -> Result<ChatTemplate, CheckpointError> {
        if gguf::is_gguf(place) {
            ChatTemplate::read_gguf(&gguf::first(place))
        } else {
            ChatTemplate::read_folder(place)
        }
    }

    fn read_gguf(path: &Path) -> Result<ChatTemplate, CheckpointError> {
        let bytes = Bytes::map(path)?;
        let (source, special) = gguf::chat(path, bytes.as_slice())?;
        Ok(ChatTemplate {
            path: path.to_owned(),
            source,
            special,
        })
    }

    fn read_folder(dir: &Path) -> Result<ChatTemplate, CheckpointError> {
        let settings = dir.join("tokenizer_config.json");
        let config = json_object(&settings)?;
        let own = dir.join("chat_template.jinja");
        let (path, source) = if exists(&own)? {
            let source = String::from_utf8(read_limited(&own, MAX_JSON)?);
            let source = source.map_err(|_| CheckpointError::content(&own, "not UTF-8"))?;
            (own, source)
        } else {
            let source = config.get("chat_template").filter(|value| !value.is_null());
            let source = source.ok_or_else(|| CheckpointError::not_a_model(dir, NO_TEMPLATE))?;
            let source = default_of(source)
                .map_err(|problem| CheckpointError::field(&settings, "chat_template", problem))?;
            (settings, source.to_owned())
        };
        let mut special = Map::new();
        for file in [json_object(&dir.join("special_tokens_map.json"))?, config] {
            for (name, value) in file {
                let text = value.get("content").unwrap_or(&value);
                if name.ends_with("_token") && text.is_string() {
                    special.insert(name, text.clone());
                }
            }
        }
        Ok(ChatTemplate {
            path,
            source,
            special,
        })
    }

    /// The text of a conversation, up to where the model's answer begins. It holds the special tokens that
    /// the model expects, so none are added when it is encoded.
    ///
    /// # Errors
    /// The template is not valid, refuses the conversation, or takes too much time or memory.
    pub fn render(&self, messages: &[Message]) -> Result<String, CheckpointError> {
        let mut context = self.special.clone();
        let messages = serde_json::to_value(messages)
            .map_err(|e| CheckpointError::content(&self.path, e.to_string()))?;
        context.insert("messages".into(), messages);
        context.insert("add_generation_prompt".into(), true.into());
        // Templates test whether these are defined.
        context.insert("tools".into(), Value::Null);
        context.insert("documents".into(), Value::Null);
        let run = || {
            let source = source::rewritten(&self.source);
            let environment = environment::environment()?;
            let template = environment.template_from_str(&source)?;
            template.render(Jinja::from(Serde(&context)))
        };
        let output = sandbox::run(MAX_TEXT, || match run() {
            Ok(text) => [RENDERED, text.as_bytes()].concat(),
            Err(error) => [FAILED, failure(&error).as_bytes()].concat(),
        });
        let failed =
            |what: String| CheckpointError::content(&self.path, format!("chat template{what}"));
        let output = output.map_err(|error| failed(format!(": {error}")))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.strip_prefix(RENDERED) {
            Some(rendered) => Ok(text(rendered)),
            None => Err(failed(text(
                output.strip_prefix(FAILED).unwrap_or_default(),
            ))),
        }
    }
}

/// The first byte of a rendered text that the process returns; an error has another.
const RENDERED: &[u8] = b"+";
const FAILED: &[u8] = b"-";

/// The error's place in the template, and its text.
fn failure(error: &Error) -> String {
    let line = error.line().map(|n| format!(", line {n}"));
    let line = line.unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::OutOfFuel => SandboxError::Stopped.to_string(),
        kind => error
            .detail()
            .map_or_else(|| kind.to_string(), str::to_owned),
    };
    format!("{line}: {what}")
}

/// The template in a field: a text, or the entry of a list that is called `default` or stands alone. The
/// error is the field's problem.
fn default_of(value: &Value) -> Result<&str, &'static str> {
    match value {
        Value::String(source) => Ok(source),
        Value::Array(list) => {
            let default = list.iter().find(|t| t["name"] == "default");
            let default = default.or(list.first().filter(|_| list.len() == 1));
            let default = default.ok_or("is a list in which no template is called `default`")?;
            let source = default["template"].as_str();
            source.ok_or("is a list whose default has no text under `template`")
        }
        _ => Err("is neither a text nor a list of named templates"),
    }
}
