//! Generated documents match the program; `make docs` writes them again.

use std::fs;
use std::path::Path;

use layerwise::trace::names;
use layerwise::tui::command;

/// Compare `file` with its generated text, or write it if `UPDATE_DOCS` is set.
fn generated(file: &str, due: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, due).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == due, "{file} is out of date: run `make docs`");
}

#[test]
fn the_table_of_keys_is_up_to_date() {
    generated("docs/keys.md", &command::markdown());
}

#[test]
fn the_recorders_table_of_hook_points_is_up_to_date() {
    generated(
        "python/src/layerwise_record/hook_points.json",
        &names::json().unwrap(),
    );
}
