//! The treatment of config fields by transformers' own code, for each family. The table is generated
//! (`fixtures/make_config_fields.py`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

const TABLE: &str = include_str!("../../fixtures/config_fields.json");

#[derive(Deserialize)]
struct Table {
    every: EveryFields,
    families: HashMap<String, FamilyFields>,
}

/// The fields that all families share.
#[derive(Deserialize)]
struct EveryFields {
    declared: BTreeSet<String>,
    read: BTreeSet<String>,
    /// Those that all families with a default of `rope_parameters` read.
    rotary: BTreeSet<String>,
}

/// A family's fields. Empty ones are left out of the table.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FamilyFields {
    /// Other names of fields. If both are given, the other name wins.
    pub aliases: BTreeMap<String, String>,
    /// The defaults of declared fields.
    pub defaults: Map<String, Value>,
    /// Those of them that are not read.
    unread: BTreeSet<String>,
    /// Other fields that are read.
    read: BTreeSet<String>,
    /// The text model inside; `None` if the family is itself a text model.
    pub text: Option<Inner>,
}

/// The text model inside another model.
#[derive(Deserialize)]
pub(super) struct Inner {
    /// Its family, unless the config names another.
    pub family: String,
    /// Whether a config may name another family.
    #[serde(default)]
    pub any: bool,
    /// The field that holds its config.
    #[serde(default = "usual")]
    pub field: String,
}

fn usual() -> String {
    "text_config".into()
}

static PARSED: LazyLock<Option<Table>> = LazyLock::new(|| serde_json::from_str(TABLE).ok());

/// The fields of a family; `None` if the family is unknown.
pub(super) fn of(family: &str) -> Option<&'static FamilyFields> {
    PARSED.as_ref()?.families.get(family)
}

impl FamilyFields {
    /// Whether the config class or the model computes with the field.
    pub fn is_read(&self, field: &str) -> bool {
        let own = self.defaults.contains_key(field) && !self.unread.contains(field);
        let turns = self.defaults.contains_key("rope_parameters");
        let shared = PARSED.as_ref().map(|table| &table.every);
        own || self.read.contains(field)
            || shared.is_some_and(|every| {
                every.read.contains(field) || turns && every.rotary.contains(field)
            })
    }

    /// Whether the config class declares the field.
    pub fn is_declared(&self, field: &str) -> bool {
        let shared = PARSED.as_ref().map(|table| &table.every.declared);
        self.defaults.contains_key(field) || shared.is_some_and(|all| all.contains(field))
    }
}
