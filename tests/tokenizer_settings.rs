//! Files beside `tokenizer.json`: the same tokens as transformers' `AutoTokenizer`.

use std::fs;
use std::path::Path;

use layerwise::checkpoint::Tokenizer;
use serde_json::{Value, json};
use tempfile::TempDir;

fn table(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tokenizers");
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

fn folder(tokenizer: &Value, files: &Value) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    for (name, content) in files.as_object().unwrap() {
        fs::write(dir.path().join(name), content.to_string()).unwrap();
    }
    dir
}

/// `fixtures/make_tokenizer_settings.py` asks transformers.
#[test]
fn settings_change_tokens_as_in_transformers() {
    let table = table("settings.json");
    let prompts = table["prompts"].as_array().unwrap();
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 60);
    let mut wrong = Vec::new();
    for case in cases {
        let base = case["tokenizer"].as_str().unwrap();
        let dir = folder(&table["tokenizers"][base], &case["files"]);
        let tokenizer = Tokenizer::open(dir.path()).unwrap();
        for (prompt, due) in prompts.iter().zip(case["ids"].as_array().unwrap()) {
            let prompt = prompt.as_str().unwrap();
            let found = tokenizer.encode(prompt).unwrap();
            let found: Vec<u32> = found.iter().map(|token| token.id).collect();
            if json!(found) != *due {
                let files = &case["files"];
                wrong.push(format!("{base} {files}: {prompt:?}\n  {found:?}\n  {due}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_setting_that_is_none_is_named() {
    let table = table("settings.json");
    let base = &table["tokenizers"]["bytes"];
    let long = "a".repeat(99);
    let token = json!({"content": long, "normalized": true});
    for (file, content, words) in [
        (
            "tokenizer_config.json",
            json!([]),
            "tokenizer_config.json: not a JSON object",
        ),
        (
            "special_tokens_map.json",
            json!(5),
            "special_tokens_map.json: not a JSON object",
        ),
        (
            "tokenizer_config.json",
            json!({"add_prefix_space": 1}),
            "field `add_prefix_space` is neither true nor false",
        ),
        (
            "tokenizer_config.json",
            json!({"bos_token": 7}),
            "field `bos_token` is neither a text nor",
        ),
        (
            "tokenizer_config.json",
            json!({"extra_special_tokens": "x"}),
            "field `extra_special_tokens` is neither a list",
        ),
        (
            "tokenizer_config.json",
            json!({"added_tokens_decoder": []}),
            "field `added_tokens_decoder` is not an object",
        ),
        (
            "tokenizer_config.json",
            json!({"added_tokens_decoder": {"x": "a"}}),
            "has the entry \"x\", which is not a token's number",
        ),
        (
            "tokenizer_config.json",
            json!({"added_tokens_decoder": {"9": {}}}),
            "has an entry 9 that is neither a text nor",
        ),
        (
            "added_tokens.json",
            json!({"<a>": -1}),
            "added_tokens.json: field `<a>` is not a token's number",
        ),
    ] {
        let dir = folder(base, &json!({file: content}));
        let error = Tokenizer::open(dir.path()).err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
    // A rule of the file's that writes ever more, tried on a token that stands beside it.
    let mut base = base.clone();
    let rule = json!({"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"});
    base["normalizer"] = json!({"type": "Sequence", "normalizers": vec![rule; 12]});
    let dir = folder(
        &base,
        &json!({"tokenizer_config.json": {"added_tokens_decoder": {"9": token}}}),
    );
    let error = Tokenizer::open(dir.path()).err().unwrap().to_string();
    assert!(
        error.contains("settings beside it") && error.contains("makes more than"),
        "{error}"
    );
}

#[test]
fn a_tokenizer_by_its_own_path_is_taken_as_it_is() {
    let table = table("settings.json");
    let settings = json!({"tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": true}});
    let dir = folder(&table["tokenizers"]["bytes"], &settings);
    let texts = |place: &Path| -> Vec<String> {
        let tokens = Tokenizer::open(place).unwrap().encode("token").unwrap();
        tokens.into_iter().map(|token| token.text).collect()
    };
    assert_eq!(texts(dir.path()), [" token"]);
    assert_eq!(texts(&dir.path().join("tokenizer.json")), ["t", "oken"]);
}
