//! Fields of published configs are all read.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::checkpoint::config::Config;

const CONFIGS: &str = include_str!("../../../fixtures/published_configs.json");

#[test]
fn published_configs_are_read() {
    let configs: BTreeMap<String, Value> = serde_json::from_str(CONFIGS).unwrap();
    let mut refused = Vec::new();
    for (name, config) in &configs {
        let config = Config::parse(Path::new(name), config.to_string().as_bytes());
        if let Err(error) = config.and_then(super::read) {
            refused.push(error.to_string());
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
    assert!(configs.len() > 25);
}
