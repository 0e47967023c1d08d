//! `config.json`, read field by field: every error names the file and the field, and a field that
//! nobody asked for is an error, for it could change the numbers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::error::{CheckpointError, shortened};

/// The largest number that makes sense for any size in a config; keeps products of two within range.
const MAX_SIZE: u64 = 1 << 28;

/// Blocks are listed one by one, so their number is bounded more tightly.
const MAX_LAYERS: u64 = 10_000;

/// Fields that any family's config may have and that do not change a forward pass over text. Those
/// that begin with `_` are a library's notes to itself; dropout is for training (see [`is_dropout`]).
const HARMLESS: &[&str] = &[
    "architectures",
    "auto_map",
    "begin_suppress_tokens",
    "bos_token_id",
    "chunk_size_feed_forward",
    "decoder_start_token_id",
    "diversity_penalty",
    "do_sample",
    "dtype",
    "early_stopping",
    "encoder_no_repeat_ngram_size",
    "eos_token_id",
    "exponential_decay_length_penalty",
    "finetuning_task",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "gradient_checkpointing",
    "id2label",
    "initializer_range",
    "is_decoder",
    "label2id",
    "length_penalty",
    "max_length",
    "min_length",
    "model_type",
    "name_or_path",
    "no_repeat_ngram_size",
    "num_beam_groups",
    "num_beams",
    "num_labels",
    "num_return_sequences",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "output_router_logits",
    "output_scores",
    "pad_token_id",
    "prefix",
    "problem_type",
    "remove_invalid_values",
    "repetition_penalty",
    "return_dict",
    "return_dict_in_generate",
    "router_aux_loss_coef",
    "sep_token_id",
    "suppress_tokens",
    "task_specific_params",
    "temperature",
    "tf_legacy_loss",
    "tokenizer_class",
    "top_k",
    "top_p",
    "torch_dtype",
    "torchscript",
    "transformers_version",
    "typical_p",
    "unk_token_id",
    "use_bfloat16",
    "use_cache",
];

/// A JSON object of a config, which remembers the fields it was asked for.
pub(super) struct Config {
    path: PathBuf,
    /// `rope_parameters.` for fields of that object, empty at the top.
    prefix: String,
    fields: Map<String, Value>,
    asked: BTreeSet<String>,
    /// A whole model's config, not an object inside one.
    model: bool,
}

impl Config {
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Config, CheckpointError> {
        let json = |problem: String| CheckpointError::content(path, problem);
        let text = std::str::from_utf8(bytes).map_err(|e| json(format!("not UTF-8: {e}")))?;
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Ok(Config {
                path: path.to_owned(),
                prefix: String::new(),
                fields,
                asked: BTreeSet::new(),
                model: true,
            }),
            Ok(_) => Err(json("not a JSON object".into())),
            Err(e) => Err(json(format!("not JSON: {e}"))),
        }
    }

    /// An error about one of this object's fields, as in "field `n_head` is 0".
    pub fn error(&self, field: &str, problem: impl Into<String>) -> CheckpointError {
        CheckpointError::field(&self.path, format!("{}{field}", self.prefix), problem)
    }

    /// The field's value; null counts as absent.
    fn get(&mut self, field: &str) -> Option<&Value> {
        self.asked.insert(field.to_owned());
        self.fields.get(field).filter(|v| !v.is_null())
    }

    fn typed<T>(
        &mut self,
        field: &str,
        wanted: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, CheckpointError> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        if let Some(value) = read(value) {
            return Ok(Some(value));
        }
        let found = abbreviated(value);
        Err(self.error(field, format!("is {found}, not {wanted}")))
    }

    pub fn required<T>(&self, field: &str, value: Option<T>) -> Result<T, CheckpointError> {
        value.ok_or_else(|| self.error(field, "is missing"))
    }

    fn whole(&mut self, field: &str, min: u64, max: u64) -> Result<Option<usize>, CheckpointError> {
        let wanted = format!("a whole number from {min} to {max}");
        self.typed(field, &wanted, |v| {
            let n = v.as_u64().filter(|n| (min..=max).contains(n))?;
            usize::try_from(n).ok()
        })
    }

    /// A list, each entry of which `read` reads.
    fn list<T>(
        &mut self,
        field: &str,
        wanted: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, CheckpointError> {
        self.typed(field, wanted, |v| v.as_array()?.iter().map(&read).collect())
    }

    /// A whole number from 1 to 2^28, `None` where the field is absent.
    pub fn optional_size(&mut self, field: &str) -> Result<Option<usize>, CheckpointError> {
        self.whole(field, 1, MAX_SIZE)
    }

    /// The number of blocks, from 1 to 10,000.
    pub fn layers(&mut self, field: &str) -> Result<usize, CheckpointError> {
        let value = self.whole(field, 1, MAX_LAYERS)?;
        self.required(field, value)
    }

    pub fn size(&mut self, field: &str) -> Result<usize, CheckpointError> {
        let value = self.optional_size(field)?;
        self.required(field, value)
    }

    /// A finite number above 0.
    pub fn optional_positive(&mut self, field: &str) -> Result<Option<f64>, CheckpointError> {
        self.typed(field, "a number above 0", positive)
    }

    pub fn positive(&mut self, field: &str) -> Result<f64, CheckpointError> {
        let value = self.optional_positive(field)?;
        self.required(field, value)
    }

    /// [`Config::optional_size`], or a default where the field is absent.
    pub fn size_or(&mut self, field: &str, default: usize) -> Result<usize, CheckpointError> {
        Ok(self.optional_size(field)?.unwrap_or(default))
    }

    /// A whole number from 0 to 2^28, or a default where the field is absent.
    pub fn index_or(&mut self, field: &str, default: usize) -> Result<usize, CheckpointError> {
        Ok(self.whole(field, 0, MAX_SIZE)?.unwrap_or(default))
    }

    /// [`Config::optional_positive`], or a default where the field is absent.
    pub fn positive_or(&mut self, field: &str, default: f64) -> Result<f64, CheckpointError> {
        Ok(self.optional_positive(field)?.unwrap_or(default))
    }

    /// A list of numbers above 0.
    pub fn positives(&mut self, field: &str) -> Result<Vec<f64>, CheckpointError> {
        let value = self.list(field, "a list of numbers above 0", positive)?;
        self.required(field, value)
    }

    /// A list of whole numbers from 0, empty where the field is absent.
    pub fn indices(&mut self, field: &str) -> Result<Vec<usize>, CheckpointError> {
        let index = |v: &Value| usize::try_from(v.as_u64()?).ok();
        let value = self.list(field, "a list of whole numbers", index)?;
        Ok(value.unwrap_or_default())
    }

    /// A list of a table's names, as what the table says they mean.
    pub fn choices<T: Copy>(
        &mut self,
        field: &str,
        table: &[(&str, T)],
    ) -> Result<Option<Vec<T>>, CheckpointError> {
        let wanted = format!("a list of {}", listed(table));
        self.list(field, &wanted, |v| meaning(table, v.as_str()?))
    }

    /// The field's JSON.
    pub fn json(&mut self, field: &str) -> Option<Value> {
        self.get(field).cloned()
    }

    /// The one of several spellings of a field that this config has; the first if it has none.
    pub fn spelled<'a>(&self, spellings: &[&'a str]) -> &'a str {
        let there = |field: &&&str| self.fields.get(**field).is_some_and(|v| !v.is_null());
        let own = spellings.iter().find(there).or(spellings.first());
        own.copied().unwrap_or_default()
    }

    pub fn flag(&mut self, field: &str, default: bool) -> Result<bool, CheckpointError> {
        let value = self.typed(field, "true or false", Value::as_bool)?;
        Ok(value.unwrap_or(default))
    }

    pub fn optional_text(&mut self, field: &str) -> Result<Option<String>, CheckpointError> {
        self.typed(field, "a string", |v| v.as_str().map(str::to_owned))
    }

    pub fn text(&mut self, field: &str) -> Result<String, CheckpointError> {
        let value = self.optional_text(field)?;
        self.required(field, value)
    }

    /// One of a table's names, as what the table says it means.
    pub fn choice<T: Copy>(
        &mut self,
        field: &str,
        table: &[(&str, T)],
    ) -> Result<Option<T>, CheckpointError> {
        let Some(name) = self.optional_text(field)? else {
            return Ok(None);
        };
        match meaning(table, &name) {
            Some(meaning) => Ok(Some(meaning)),
            None => Err(self.error(field, format!("is {name:?}; known are {}", listed(table)))),
        }
    }

    /// A field that is understood only when it is absent, null, or `only`.
    pub fn only(&mut self, field: &str, only: Value) -> Result<(), CheckpointError> {
        match self.get(field) {
            Some(value) if *value != only => {
                let found = abbreviated(value);
                Err(self.error(field, format!("is {found}; only {only} is known")))
            }
            _ => Ok(()),
        }
    }

    /// Fields that do not change a forward pass.
    pub fn harmless(&mut self, fields: &[&str]) {
        self.asked.extend(fields.iter().map(|f| (*f).to_owned()));
    }

    /// The object under `field`; it needs a [`Config::finish`] of its own.
    pub fn object(&mut self, field: &str) -> Result<Option<Config>, CheckpointError> {
        let fields = self.typed(field, "an object", |v| v.as_object().cloned())?;
        Ok(fields.map(|fields| Config {
            path: self.path.clone(),
            prefix: format!("{}{field}.", self.prefix),
            fields,
            asked: BTreeSet::new(),
            model: false,
        }))
    }

    /// The same for the config of a model inside this one.
    pub fn model(&mut self, field: &str) -> Result<Option<Config>, CheckpointError> {
        let inner = self.object(field)?;
        Ok(inner.map(|inner| Config {
            model: true,
            ..inner
        }))
    }

    /// The fields' names.
    pub fn names(&self) -> Vec<String> {
        self.fields.keys().cloned().collect()
    }

    /// Whether the field is there, be it as null.
    pub fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// An error for the first field that nobody asked for and that does not stand in the list of
    /// harmless ones.
    pub fn finish(mut self) -> Result<(), CheckpointError> {
        if self.model {
            self.harmless(HARMLESS);
        }
        let unknown = self.fields.iter().find(|(field, value)| {
            !value.is_null()
                && !field.starts_with('_')
                && !is_dropout(field)
                && !self.asked.contains(*field)
        });
        let Some((field, value)) = unknown else {
            return Ok(());
        };
        let asked = self.asked.iter().map(String::as_str);
        let known: Vec<&str> = asked.filter(|f| !HARMLESS.contains(f)).collect();
        let (found, known) = (abbreviated(value), known.join(", "));
        let problem =
            format!("(here {found}) is not known and could change the numbers; known are {known}");
        Err(self.error(field, problem))
    }
}

/// Whether a field says how much is dropped at random in training, under one of its many names.
fn is_dropout(field: &str) -> bool {
    field.contains("dropout") || field.ends_with("_pdrop") || field == "layerdrop"
}

fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|x| x.is_finite() && *x > 0.0)
}

/// What a table says that a name means.
fn meaning<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    let entry = table.iter().find(|(n, _)| *n == name)?;
    Some(entry.1)
}

/// A table's names as an error shows them.
pub(super) fn listed<T>(table: &[(&str, T)]) -> String {
    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// A value as an error shows it: at most 60 characters of JSON.
fn abbreviated(value: &Value) -> String {
    shortened(&value.to_string(), 60)
}
