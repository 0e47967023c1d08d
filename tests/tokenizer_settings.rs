//! Files beside `tokenizer.json`, or in its place, give the same tokens as transformers' `AutoTokenizer`.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use layerwise::checkpoint::Tokenizer;
use serde_json::{Value, json};
use tempfile::TempDir;

fn table(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tokenizers");
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

fn folder(tokenizer: &Value, files: &Value) -> TempDir {
    let dir = beside(files);
    fs::write(dir.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    dir
}

fn beside(files: &Value) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files.as_object().unwrap() {
        fs::write(dir.path().join(name), content.to_string()).unwrap();
    }
    dir
}

/// The folder of a case in `vocabularies.json`.
fn older(table: &Value, case: &Value) -> TempDir {
    let dir = beside(&case["files"]);
    let vocabulary = &table["vocabularies"][case["vocabulary"].as_str().unwrap()];
    for (name, content) in vocabulary.as_object().unwrap() {
        let content = content.as_str().unwrap();
        let bytes = if name.ends_with(".model") {
            STANDARD.decode(content).unwrap()
        } else {
            content.into()
        };
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn compare(table: &Value, folder: impl Fn(&Value) -> TempDir) {
    let prompts = table["prompts"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in table["cases"].as_array().unwrap() {
        let dir = folder(case);
        let name = [&case["tokenizer"], &case["vocabulary"], &case["files"]];
        let name = name.map(Value::to_string).join(" ");
        let tokenizer = match Tokenizer::open(dir.path()) {
            Ok(tokenizer) => tokenizer,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        for (prompt, due) in prompts.iter().zip(case["ids"].as_array().unwrap()) {
            let prompt = prompt.as_str().unwrap();
            let found = tokenizer.encode(prompt).unwrap();
            let found: Vec<u32> = found.iter().map(|token| token.id).collect();
            if json!(found) != *due {
                wrong.push(format!("{name}: {prompt:?}\n  {found:?}\n  {due}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// `fixtures/make_tokenizer_settings.py` asks transformers.
#[test]
fn settings_change_tokens_as_in_transformers() {
    let table = table("settings.json");
    assert!(table["cases"].as_array().unwrap().len() > 60);
    let base = |case: &Value| &table["tokenizers"][case["tokenizer"].as_str().unwrap()];
    compare(&table, |case| folder(base(case), &case["files"]));
}

/// `fixtures/make_vocabularies.py` asks transformers.
#[test]
fn older_files_make_the_tokenizer_that_transformers_makes_of_them() {
    let table = table("vocabularies.json");
    assert!(table["cases"].as_array().unwrap().len() >= 30);
    compare(&table, |case| older(&table, case));
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
    // The file has a rule that writes ever more, and it is tried on an added token.
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
fn older_files_that_are_damaged_are_named() {
    let open = |files: &[(&str, &[u8])], class: &str| {
        let dir = beside(&json!({"tokenizer_config.json": {"tokenizer_class": class}}));
        for (name, bytes) in files {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        Tokenizer::open(dir.path()).err().unwrap().to_string()
    };
    let vocab: (&str, &[u8]) = ("vocab.json", br#"{"a": 0, "b": 1, "ab": 2}"#);
    for (files, class, words) in [
        (
            &[][..],
            "GPT2Tokenizer",
            "the folder has no tokenizer.json, and none of the older vocab.json, vocab.txt",
        ),
        (
            &[vocab],
            "GPT2Tokenizer",
            "neither tokenizer.json nor vocab.json and merges.txt",
        ),
        (
            &[vocab],
            "LlamaTokenizer",
            "neither tokenizer.json nor tokenizer.model",
        ),
        (
            &[vocab, ("merges.txt", b"a b\nab")],
            "GPT2Tokenizer",
            "merges.txt: line 2 is not two pieces",
        ),
        (
            &[vocab, ("merges.txt", b"a c\n")],
            "GPT2Tokenizer",
            "vocab.json: not a tokenizer",
        ),
        (
            &[vocab, ("merges.txt", b"\xff")],
            "GPT2Tokenizer",
            "merges.txt: not UTF-8",
        ),
        (
            &[("vocab.json", b"[]"), ("merges.txt", b"")],
            "GPT2Tokenizer",
            "vocab.json: not an object of pieces",
        ),
        (
            &[("tokenizer.model", b"")],
            "LlamaTokenizer",
            "tokenizer.model: it has no pieces",
        ),
        (
            &[("tokenizer.model", b"version https://git-lfs")],
            "LlamaTokenizer",
            "no SentencePiece model",
        ),
    ] {
        let error = open(files, class);
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn no_damage_to_a_sentence_piece_file_makes_it_panic() {
    let table = table("vocabularies.json");
    for case in table["cases"].as_array().unwrap() {
        let dir = older(&table, case);
        let files = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path());
        let Some(path) = files
            .into_iter()
            .find(|p| p.extension().is_some_and(|e| e == "model"))
        else {
            continue;
        };
        let whole = fs::read(&path).unwrap();
        for n in 0..60 {
            let at = whole.len() * n / 60;
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (n % 8);
            for bytes in [&bytes[..], &whole[..at]] {
                fs::write(&path, bytes).unwrap();
                if let Ok(tokenizer) = Tokenizer::open(dir.path()) {
                    let _ = tokenizer.encode("the token <s> 中");
                }
            }
        }
    }
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
