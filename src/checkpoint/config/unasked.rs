//! Fields that nobody read: an error if they could change the numbers, a note if transformers does not read
//! them. Fields that a user asks to ignore are removed here too.

use serde_json::{Map, Value};

use super::{Config, Unasked, abbreviated};
use crate::checkpoint::error::CheckpointError;

/// Fields that any family's config may have beside those that its class declares, and fields that are not
/// read by the numbers of a forward pass over text: cached keys, auxiliary losses, padding rows. Fields that
/// begin with `_` are a library's own notes; dropout is for training (see [`is_dropout`]).
const HARMLESS: &[&str] = &[
    "attn_implementation",
    "aux_loss_coef",
    "auto_map",
    "bos_token_id",
    "chunk_size_feed_forward",
    "decoder_start_token_id",
    "dtype",
    "eos_token_id",
    "experts_implementation",
    "finetuning_task",
    "gradient_checkpointing",
    "id2label",
    "initializer_range",
    "label2id",
    "model_type",
    "name_or_path",
    "num_labels",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "output_router_logits",
    "pad_token_id",
    "prefix",
    "problem_type",
    "return_dict",
    "router_aux_loss_coef",
    "sep_token_id",
    "task_specific_params",
    "tf_legacy_loss",
    "tokenizer_class",
    "torch_dtype",
    "torchscript",
    "transformers_version",
    "unk_token_id",
    "use_bfloat16",
    "use_cache",
];

impl Config {
    /// The config without these fields, each given as a path such as `rope_scaling.factor`.
    ///
    /// # Errors
    /// A field that is not there; the error names the nearest one.
    pub fn without(mut self, ignored: &[String]) -> Result<Config, CheckpointError> {
        for path in ignored {
            let removed = remove(&mut self.fields, path);
            if let Some(value) = removed {
                self.ignored
                    .push(format!("{path} = {}", abbreviated(&value)));
            } else {
                let names: Vec<&str> = self.fields.keys().map(String::as_str).collect();
                let near = nearest(path, &names);
                let near = near.map_or_else(String::new, |name| format!("; the nearest is {name}"));
                let problem = format!("is to be ignored, but is not there{near}");
                return Err(self.error(path, problem));
            }
        }
        Ok(self)
    }

    /// Warnings about the fields that were passed over so far, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let unread = self.unread.borrow().join(", ");
        let ignored = self.ignored.join(", ");
        let name = self.path.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let mut warnings = Vec::new();
        if !ignored.is_empty() {
            warnings.push(format!(
                "{name} is read without {ignored}, as --ignore-config says: the numbers may be another model's"
            ));
        }
        if !unread.is_empty() {
            warnings.push(format!(
                "{name}: transformers reads no {unread} for this model_type: passed over here too"
            ));
        }
        warnings
    }

    /// Check the fields that nobody read. Fields that transformers does not read are noted.
    ///
    /// # Errors
    /// The first field that could change the numbers.
    pub fn finish(&self) -> Result<(), CheckpointError> {
        let unasked = self.fields.iter().filter(|(field, value)| {
            !value.is_null() && !is_dropout(field) && !self.asked.contains(*field)
        });
        for (field, value) in unasked {
            match self.unasked {
                Unasked::Judged(known) if known.is_read(field) => {
                    if known.defaults.get(field) != Some(value) && !HARMLESS.contains(&&field[..]) {
                        return Err(self.not_computed(field, value));
                    }
                }
                _ if field.starts_with('_') => {}
                Unasked::Judged(known) if known.is_declared(field) => {}
                Unasked::Judged(_) if HARMLESS.contains(&&field[..]) => {}
                Unasked::Judged(_) | Unasked::Unread => {
                    let field = format!("{}{field}", self.prefix);
                    self.unread.borrow_mut().push(field);
                }
                Unasked::Refused => return Err(self.unknown(field, value)),
            }
        }
        Ok(())
    }

    fn not_computed(&self, field: &str, value: &Value) -> CheckpointError {
        let (found, advice) = (abbreviated(value), self.advice(field));
        let problem = format!(
            "(here {found}) is read by transformers for this model_type, and is not computed{advice}"
        );
        self.error(field, problem)
    }

    fn unknown(&self, field: &str, value: &Value) -> CheckpointError {
        let known: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        let (found, known) = (abbreviated(value), known.join(", "));
        let problem =
            format!("(here {found}) is not known and could change the numbers; known are {known}");
        self.error(field, problem)
    }
}

/// Whether a field is a share to drop at random in training, by one of its many names.
fn is_dropout(field: &str) -> bool {
    field.contains("dropout") || field.ends_with("_pdrop") || field == "layerdrop"
}

/// Remove a field from an object or from one inside it. Names may contain dots.
fn remove(object: &mut Map<String, Value>, path: &str) -> Option<Value> {
    if let Some(value) = object.shift_remove(path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(at, _)| {
        let inner = object.get_mut(&path[..at])?.as_object_mut()?;
        remove(inner, &path[at + 1..])
    })
}

/// The name nearest to `text`, if one is near.
fn nearest<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    let likeness = |name: &&str| strsim::jaro_winkler(text, name);
    let best = (names.iter().copied()).max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(&best) > 0.8).then_some(best)
}
