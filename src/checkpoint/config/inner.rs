//! The config of a text model inside the config of a model that also sees or hears.

use serde_json::{Map, Value};

use super::{Config, Unasked};
use crate::checkpoint::config_fields::{self, Inner};
use crate::checkpoint::error::CheckpointError;

impl Config {
    /// The text model inside; `None` if the family is itself a text model.
    pub fn inner_text(&self) -> Option<&'static Inner> {
        match self.unasked {
            Unasked::Judged(known) => known.text.as_ref(),
            _ => None,
        }
    }

    /// The config of the text model under `field`. Older files have its fields beside those of the whole model.
    pub fn text_model(&mut self, field: &str, family: &str) -> Result<Config, CheckpointError> {
        if let Some(text) = self.object(field)? {
            return Ok(text);
        }
        let mut fields = Map::new();
        if let Some(known) = config_fields::of(family) {
            let own = |name: &&String| known.is_read(name) || known.is_declared(name);
            for name in self.fields.keys().filter(own) {
                fields.insert(name.clone(), self.fields[name].clone());
                self.asked.insert(name.clone());
            }
        }
        fields.remove("model_type");
        let mut text = self.around(field, fields, Unasked::Refused);
        text.prefix.clone_from(&self.prefix);
        Ok(text)
    }

    /// Mark all fields that the family's config class declares: they are about images and sound.
    pub fn let_declared_be(&mut self) {
        if let Unasked::Judged(known) = self.unasked {
            self.asked.extend(known.defaults.keys().cloned());
        }
    }

    /// Set a field, as if the file had it.
    pub fn set(&mut self, field: &str, value: Value) {
        self.fields.insert(field.to_owned(), value);
    }

    /// Remove a field from the objects `objects`, and return its value in the first that has it.
    pub fn take_inside(&mut self, objects: &[&str], field: &str) -> Option<Value> {
        let mut found = None;
        for object in objects {
            let inner = self.fields.get_mut(*object).and_then(Value::as_object_mut);
            let value = inner.and_then(|inner| inner.shift_remove(field));
            found = found.or(value);
        }
        found
    }

    /// Remove fields of the objects `objects` that have this value.
    pub fn drop_inside(&mut self, objects: &[&str], fields: &[&str], value: &str) {
        for object in objects {
            let inner = self.fields.get_mut(*object).and_then(Value::as_object_mut);
            if let Some(inner) = inner {
                inner.retain(|name, own| !fields.contains(&&**name) || own != value);
            }
        }
    }
}
