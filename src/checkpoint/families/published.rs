//! Fields of published configs are all read, and give models of the right size.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::checkpoint::config::Config;
use crate::checkpoint::create::{Slot, slots};

const CONFIGS: &str = include_str!("../../../fixtures/published_configs.json");
const SIZES: &str = include_str!("../../../fixtures/published_sizes.json");

/// A config with its long lists: `{"cycle": …, "length": n}` stands for n entries that repeat.
fn unpacked(config: Value) -> Value {
    match config {
        Value::Object(fields) => {
            if let (Some(Value::Array(cycle)), Some(length)) = (
                fields.get("cycle"),
                fields.get("length").and_then(Value::as_u64),
            ) {
                let entries = cycle.iter().cycle().take(length as usize);
                return entries.cloned().map(unpacked).collect();
            }
            let fields = fields.into_iter();
            Value::Object(
                fields
                    .map(|(name, value)| (name, unpacked(value)))
                    .collect(),
            )
        }
        Value::Array(entries) => entries.into_iter().map(unpacked).collect(),
        other => other,
    }
}

/// Published configs by name.
fn published() -> BTreeMap<String, Vec<u8>> {
    let configs: BTreeMap<String, Value> = serde_json::from_str(CONFIGS).unwrap();
    let bytes = |config| unpacked(config).to_string().into_bytes();
    let configs = configs.into_iter();
    configs
        .map(|(name, config)| (name, bytes(config)))
        .collect()
}

#[test]
fn published_configs_are_read() {
    let configs = published();
    let refused = configs.iter().filter_map(|(name, config)| {
        let config = Config::parse(Path::new(name), config);
        config.and_then(super::read).err()
    });
    let refused: Vec<String> = refused.map(|error| error.to_string()).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    assert!(configs.len() > 110);
}

/// The numbers are from transformers' own classes (`fixtures/make_published_sizes.py`).
#[test]
fn published_configs_have_their_number_of_weights() {
    let sizes: BTreeMap<String, usize> = serde_json::from_str(SIZES).unwrap();
    let configs = published();
    for (name, due) in &sizes {
        let slots = slots(Path::new(name), &configs[name]).unwrap();
        let size = |slot: &Slot| slot.shape.iter().product::<usize>();
        let found: usize = slots.iter().map(size).sum();
        assert_eq!(found, *due, "{name}");
    }
    assert!(sizes.len() > 100);
}
