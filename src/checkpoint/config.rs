//! `config.json`, read field by field. Every error names the file and the field.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::config_fields::{self, FamilyFields};
use super::error::{CheckpointError, shortened};
use super::python_json;

mod inner;
mod unasked;

/// The largest sensible size in a config. Products of two sizes stay within range.
const MAX_SIZE: u64 = 1 << 28;

/// The largest number of blocks. It is lower than other sizes, since blocks are listed one by one.
const MAX_LAYERS: u64 = 10_000;

/// A JSON object of a config. It remembers which fields were read.
pub(super) struct Config {
    path: PathBuf,
    /// The path of this object, such as `rope_parameters.`; empty at the top.
    prefix: String,
    fields: Map<String, Value>,
    asked: BTreeSet<String>,
    unasked: Unasked,
    /// Fields that a user asked to ignore, with their values.
    ignored: Vec<String>,
    /// Fields that transformers does not read, of this object and those around and inside it.
    unread: Rc<RefCell<Vec<String>>>,
}

/// The treatment of fields that nobody reads.
#[derive(Clone, Copy)]
enum Unasked {
    /// Such a field is an error.
    Refused,
    /// transformers does not read the field; it is reported.
    Unread,
    /// Such a field is an error if the family's own code reads it and its value differs from the default.
    Judged(&'static FamilyFields),
}

impl Config {
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Config, CheckpointError> {
        let json = |problem: String| CheckpointError::content(path, problem);
        let text = std::str::from_utf8(bytes).map_err(|e| json(format!("not UTF-8: {e}")))?;
        match python_json::parse(text) {
            Ok(Value::Object(fields)) => Ok(Config {
                path: path.to_owned(),
                prefix: String::new(),
                fields,
                asked: BTreeSet::new(),
                unasked: Unasked::Refused,
                ignored: Vec::new(),
                unread: Rc::default(),
            }),
            Ok(_) => Err(json("not a JSON object".into())),
            Err(e) => Err(json(format!("not JSON: {e}"))),
        }
    }

    /// This config, with transformers' defaults for the family's missing fields.
    pub fn of_family(mut self, family: &str) -> Config {
        let Some(known) = config_fields::of(family) else {
            return self;
        };
        for (alias, field) in &known.aliases {
            if let Some(value) = self.fields.remove(alias) {
                self.fields.insert(field.clone(), value);
            }
        }
        for (field, default) in &known.defaults {
            let field = self.fields.entry(field.clone());
            field.or_insert_with(|| default.clone());
        }
        self.unasked = Unasked::Judged(known);
        self
    }

    /// An error about one of this object's fields, such as "field `n_head` is 0".
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
        let missing = if self.fields.contains_key(field) {
            "is null"
        } else {
            "is missing"
        };
        value.ok_or_else(|| self.error(field, missing))
    }

    fn whole(&mut self, field: &str, min: u64, max: u64) -> Result<Option<usize>, CheckpointError> {
        let wanted = format!("a whole number from {min} to {max}");
        self.typed(field, &wanted, |v| {
            let n = v.as_u64().filter(|n| (min..=max).contains(n))?;
            usize::try_from(n).ok()
        })
    }

    /// A list whose entries `read` reads.
    fn list<T>(
        &mut self,
        field: &str,
        wanted: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, CheckpointError> {
        self.typed(field, wanted, |v| v.as_array()?.iter().map(&read).collect())
    }

    /// A whole number from 1 to 2^28; `None` if the field is absent.
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

    /// [`Config::optional_size`], or a default if the field is absent.
    pub fn size_or(&mut self, field: &str, default: usize) -> Result<usize, CheckpointError> {
        Ok(self.optional_size(field)?.unwrap_or(default))
    }

    /// A whole number from 0 to 2^28.
    pub fn index(&mut self, field: &str) -> Result<usize, CheckpointError> {
        let value = self.whole(field, 0, MAX_SIZE)?;
        self.required(field, value)
    }

    /// [`Config::index`], or a default if the field is absent.
    pub fn index_or(&mut self, field: &str, default: usize) -> Result<usize, CheckpointError> {
        Ok(self.whole(field, 0, MAX_SIZE)?.unwrap_or(default))
    }

    /// [`Config::optional_positive`], or a default if the field is absent.
    pub fn positive_or(&mut self, field: &str, default: f64) -> Result<f64, CheckpointError> {
        Ok(self.optional_positive(field)?.unwrap_or(default))
    }

    /// A finite number above 0; `None` if the field is 0 or absent.
    pub fn optional_nonzero(&mut self, field: &str) -> Result<Option<f64>, CheckpointError> {
        let number = |v: &Value| v.as_f64().filter(|x| x.is_finite() && *x >= 0.0);
        let value = self.typed(field, "a number from 0", number)?;
        Ok(value.filter(|x| *x > 0.0))
    }

    /// A list of numbers above 0.
    pub fn positives(&mut self, field: &str) -> Result<Vec<f64>, CheckpointError> {
        let value = self.list(field, "a list of numbers above 0", positive)?;
        self.required(field, value)
    }

    /// A list of whole numbers from 0; empty if the field is absent.
    pub fn indices(&mut self, field: &str) -> Result<Vec<usize>, CheckpointError> {
        let index = |v: &Value| usize::try_from(v.as_u64()?).ok();
        let value = self.list(field, "a list of whole numbers", index)?;
        Ok(value.unwrap_or_default())
    }

    /// A list of names, as the values that `table` gives them.
    pub fn choices<T: Copy>(
        &mut self,
        field: &str,
        table: &[(&str, T)],
    ) -> Result<Option<Vec<T>>, CheckpointError> {
        let wanted = format!("a list of {}", listed(table));
        self.list(field, &wanted, |v| meaning(table, v.as_str()?))
    }

    /// A list of names, one for each of so many blocks.
    pub fn of_blocks<T: Copy>(
        &mut self,
        field: &str,
        table: &[(&str, T)],
        blocks: usize,
    ) -> Result<Option<Vec<T>>, CheckpointError> {
        match self.choices(field, table)? {
            Some(list) if list.len() != blocks => {
                let problem = format!("has {} entries for {blocks} blocks", list.len());
                Err(self.error(field, problem))
            }
            list => Ok(list),
        }
    }

    /// The field's value as JSON.
    pub fn json(&mut self, field: &str) -> Option<Value> {
        self.get(field).cloned()
    }

    /// The spelling of a field that this config uses; the first of `spellings` if it uses none.
    pub fn spelled<'a>(&self, spellings: &[&'a str]) -> &'a str {
        let there = |field: &&&str| self.fields.get(**field).is_some_and(|v| !v.is_null());
        let own = spellings.iter().find(there).or(spellings.first());
        own.copied().unwrap_or_default()
    }

    pub fn flag(&mut self, field: &str) -> Result<bool, CheckpointError> {
        let value = self.optional_flag(field)?;
        self.required(field, value)
    }

    pub fn flag_or(&mut self, field: &str, default: bool) -> Result<bool, CheckpointError> {
        Ok(self.optional_flag(field)?.unwrap_or(default))
    }

    fn optional_flag(&mut self, field: &str) -> Result<Option<bool>, CheckpointError> {
        self.typed(field, "true or false", Value::as_bool)
    }

    pub fn optional_text(&mut self, field: &str) -> Result<Option<String>, CheckpointError> {
        self.typed(field, "a string", |v| v.as_str().map(str::to_owned))
    }

    pub fn text(&mut self, field: &str) -> Result<String, CheckpointError> {
        let value = self.optional_text(field)?;
        self.required(field, value)
    }

    /// A name, as the value that `table` gives it.
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

    /// Check a field that is computed only if it is absent, null, or `only`.
    pub fn only(&mut self, field: &str, only: Value) -> Result<(), CheckpointError> {
        match self.get(field) {
            Some(value) if *value != only => {
                let found = abbreviated(value);
                let advice = self.advice(field);
                Err(self.error(
                    field,
                    format!("is {found}; only {only} is computed{advice}"),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Check a field that is computed only if it is absent or `only`. Null is an error: it means something
    /// else.
    pub fn only_or_left_out(&mut self, field: &str, only: Value) -> Result<(), CheckpointError> {
        if self.fields.get(field).is_some_and(Value::is_null) {
            let advice = self.advice(field);
            return Err(self.error(field, format!("is null; only {only} is computed{advice}")));
        }
        self.only(field, only)
    }

    /// Note a field that transformers does not read. It is not reported if it has its usual value.
    pub fn usual(&mut self, field: &str, usual: Value) {
        if self.fields.get(field) == Some(&usual) {
            self.asked.insert(field.to_owned());
        }
    }

    /// Set the value of an object that the config does not have, as JSON.
    pub fn default_object(&mut self, field: &str, json: &str) {
        if self.fields.get(field).is_none_or(Value::is_null) {
            let default = serde_json::from_str(json).unwrap_or_default();
            self.fields.insert(field.to_owned(), default);
        }
    }

    /// Mark fields that make no difference here although transformers reads them.
    pub fn passed_over(&mut self, fields: &[&str]) {
        for field in fields {
            let given = self.fields.get(*field).filter(|value| !value.is_null());
            let default = match self.unasked {
                Unasked::Judged(known) => known.defaults.get(*field),
                _ => None,
            };
            let new = self.asked.insert((*field).to_owned());
            if new && given.is_some() && given != default {
                let field = format!("{}{field}", self.prefix);
                self.unread.borrow_mut().push(field);
            }
        }
    }

    /// The option that opens a model in spite of this field.
    fn advice(&self, field: &str) -> String {
        match self.unasked {
            Unasked::Refused => String::new(),
            _ => format!(
                "; to open the model as if the field were not there: --ignore-config {}{field}",
                self.prefix
            ),
        }
    }

    /// Mark fields that do not change a forward pass.
    pub fn harmless(&mut self, fields: &[&str]) {
        self.asked.extend(fields.iter().map(|f| (*f).to_owned()));
    }

    /// The object under `field`. It needs a [`Config::finish`] of its own.
    pub fn object(&mut self, field: &str) -> Result<Option<Config>, CheckpointError> {
        self.inner(field, Unasked::Refused)
    }

    /// The object under `field`, for a family that reads every field of it that can change the numbers. Other
    /// fields are reported, not refused.
    pub fn plain_object(&mut self, field: &str) -> Result<Option<Config>, CheckpointError> {
        self.inner(field, Unasked::Unread)
    }

    /// This object with the fields of `other` in place of its own.
    pub fn with(mut self, other: Config) -> Config {
        self.fields.extend(other.fields);
        self
    }

    /// Whether the object has no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// An object without fields, for an object that the config does not have.
    pub fn nothing(&self, field: &str) -> Config {
        self.around(field, Map::new(), Unasked::Unread)
    }

    fn inner(&mut self, field: &str, unasked: Unasked) -> Result<Option<Config>, CheckpointError> {
        let fields = self.typed(field, "an object", |v| v.as_object().cloned())?;
        Ok(fields.map(|fields| self.around(field, fields, unasked)))
    }

    fn around(&self, field: &str, fields: Map<String, Value>, unasked: Unasked) -> Config {
        Config {
            path: self.path.clone(),
            prefix: format!("{}{field}.", self.prefix),
            fields,
            asked: BTreeSet::new(),
            unasked,
            ignored: Vec::new(),
            unread: self.unread.clone(),
        }
    }

    /// The fields' names.
    pub fn names(&self) -> Vec<String> {
        self.fields.keys().cloned().collect()
    }

    /// Whether the config or transformers' class for the family has the field, even as null.
    pub fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }
}

fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|x| x.is_finite() && *x > 0.0)
}

/// The value that a table gives to a name.
fn meaning<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    let entry = table.iter().find(|(n, _)| *n == name)?;
    Some(entry.1)
}

/// A table's names, as errors list them.
pub(super) fn listed<T>(table: &[(&str, T)]) -> String {
    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// A value, as errors show it: at most 60 characters of JSON.
fn abbreviated(value: &Value) -> String {
    shortened(&value.to_string(), 60)
}
