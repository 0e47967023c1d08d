//! Hostile files cannot make the program run without end or hang, and cannot print what a terminal obeys.

mod common;
mod program;

use std::ffi::CString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use layerwise::checkpoint::{Checkpoint, Tokenizer};
use layerwise::trace::replay::Replay;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The exit code, standard output and standard error of a run.
fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let out = program::layerwise().args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code(), text(out.stdout), text(out.stderr))
}

fn path(folder: &TempDir) -> &str {
    folder.path().to_str().unwrap()
}

#[test]
fn a_pattern_that_never_ends_is_one_line() {
    let folder = common::endless_tokenizer();
    let text = format!("{}b", "a".repeat(40));
    let mut commands = vec![vec!["tokens", path(&folder), &text]];
    if cfg!(feature = "torch") {
        let stepped = ["step", path(&folder), "-p", &text, "--batch", "-x", "end"];
        commands.push(stepped.to_vec());
        commands.push(vec![
            "record",
            path(&folder),
            "-p",
            &text,
            "-o",
            "/nowhere/t",
        ]);
    }
    for args in commands {
        let (code, _, message) = run(&args);
        assert_eq!(code, Some(2), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        let due = "tokenizer.json: cannot encode the text: ";
        assert!(
            message.contains(due) && message.contains("retry-limit"),
            "{message}"
        );
    }
}

fn replace(content: &str) -> Value {
    json!({"type": "Replace", "pattern": {"String": "a"}, "content": content})
}

#[test]
fn rules_that_write_a_text_ever_longer_are_stopped() {
    let begun = Instant::now();
    let many = vec![replace("aa"); 40];
    let nested = json!({"type": "Sequence", "normalizers": many});
    for normalizer in [
        json!({"type": "Sequence", "normalizers": many}),
        json!({"type": "Sequence", "normalizers": [{"type": "NFC"}, nested]}),
        json!({"type": "Sequence", "normalizers": vec![json!({"type": "ByteLevel"}); 60]}),
        replace(&"a".repeat(5 << 20)),
        json!({"type": "Prepend", "prepend": "a".repeat(5 << 20)}),
    ] {
        let folder = common::with_tokenizer("normalizer", normalizer);
        let tokenizer = Tokenizer::open(folder.path()).unwrap();
        let error = tokenizer.encode("aé").unwrap_err().to_string();
        let due = "tokenizer.json: cannot encode the text: its `normalizer` makes more than";
        assert!(error.contains(due), "{error}");
    }
    let decoder = json!({"type": "Sequence", "decoders": many});
    let folder = common::with_tokenizer("decoder", decoder);
    let tokenizer = Tokenizer::open(folder.path()).unwrap();
    let tokens = tokenizer.encode("a").unwrap();
    assert!(tokens.iter().all(|t| t.text.len() < 100), "{tokens:?}");
    assert!(begun.elapsed() < Duration::from_secs(60));
}

/// Added tokens are normalised when the file is read.
#[test]
fn rules_that_write_an_added_token_ever_longer_are_stopped() {
    let normalizer = json!({"type": "Sequence", "normalizers": vec![replace("aa"); 40]});
    let folder = common::with_tokenizer("normalizer", normalizer);
    let file = folder.path().join("tokenizer.json");
    let mut tokenizer: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    tokenizer["added_tokens"] = json!([{
        "id": 5, "content": "a", "special": false, "normalized": true,
        "single_word": false, "lstrip": false, "rstrip": false,
    }]);
    fs::write(&file, tokenizer.to_string()).unwrap();
    let error = Tokenizer::open(folder.path()).err().unwrap().to_string();
    assert!(error.contains("tokenizer.json: not a tokenizer"), "{error}");
    assert!(error.contains("`normalizer` makes more than"), "{error}");
}

/// Real tokenizers have rules like these.
#[test]
fn rules_that_write_a_text_a_little_longer_are_followed() {
    let normalizer = json!({"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"}, {"type": "NFKD"}, replace("bbbb"),
    ]});
    let folder = common::with_tokenizer("normalizer", normalizer);
    let tokenizer = Tokenizer::open(folder.path()).unwrap();
    for n in [1, 100, 1_000_000] {
        let tokens = tokenizer.encode(&"a".repeat(n)).unwrap();
        assert!(!tokens.is_empty());
    }
}

fn fifo(path: &Path) {
    let _ = fs::remove_file(path);
    let path = CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: a plain system call with a path that ends in a zero.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        let folder = common::with_tokenizer("version", json!("1.0"));
        fifo(&folder.path().join(file));
        let opened = Checkpoint::open(folder.path());
        let error = opened.and_then(|model| model.tokenizer().map(|_| ()));
        let error = error.unwrap_err().to_string();
        let due = format!("{file}: it is not an ordinary file");
        assert!(error.contains(&due), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["t.safetensors", "model.gguf"] {
        let pipe = folder.path().join(name);
        fifo(&pipe);
        for command in ["inspect", "replay"] {
            let (code, _, message) = run(&[command, pipe.to_str().unwrap()]);
            assert_eq!(code, Some(2), "{message}");
            assert!(
                message.contains(name) && message.contains("ordinary file"),
                "{message}"
            );
        }
    }
}

/// A trace with a changed description.
fn trace(folder: &TempDir, change: impl FnOnce(&mut Value)) -> PathBuf {
    let path = folder.path().join("t.safetensors");
    common::write(&path, common::Options::default()).unwrap();
    let bytes = fs::read(&path).unwrap();
    let (length, rest) = bytes.split_first_chunk().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    let text = header["__metadata__"]["layerwise"].as_str().unwrap();
    let mut described: Value = serde_json::from_str(text).unwrap();
    change(&mut described);
    header["__metadata__"]["layerwise"] = described.to_string().into();
    let header = header.to_string();
    let length = (header.len() as u64).to_le_bytes();
    fs::write(&path, [&length[..], header.as_bytes(), data].concat()).unwrap();
    path
}

const TITLE: &str = "\u{1b}]0;pwned\u{7}\u{9b}2J\u{202e}";

#[test]
fn names_in_a_trace_do_not_reach_the_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let path = trace(&folder, |trace| {
        for field in ["name", "family", "device"] {
            trace["model"][field] = TITLE.into();
        }
        trace["created_by"] = TITLE.into();
        trace["prompt"] = TITLE.into();
        trace["texts"]["0"] = TITLE.into();
    });
    for command in ["replay", "inspect"] {
        let (code, text, message) = run(&[command, path.to_str().unwrap()]);
        assert_eq!(code, Some(0), "{message}");
        assert!(text.contains("pwned"), "{text}");
        let raw = |c: char| c.is_control() && c != '\n';
        assert!(!text.contains(raw), "{text:?}");
    }
    let path = trace(&folder, |trace| {
        let plan = &mut trace["passes"][0]["plan"];
        plan[2]["name"] = format!("blocks.0.{TITLE}").into();
    });
    let error = Replay::open(&path).err().unwrap().to_string();
    assert!(error.contains("is no hook point's name"), "{error}");
}

#[test]
fn errors_that_quote_a_file_are_one_line_of_text() {
    let folder = common::with_tokenizer("version", json!("1.0"));
    let weights = folder.path().join("model.safetensors");
    fs::remove_file(weights).unwrap();
    for name in [format!("a{TITLE}\nb"), "a\0b".into()] {
        let index = json!({"weight_map": {"x": name}}).to_string();
        fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
        let (code, _, message) = run(&["inspect", path(&folder)]);
        assert_eq!(code, Some(2), "{message}");
        assert_eq!(message.lines().count(), 1, "{message:?}");
        assert!(
            !message.trim_end().contains(char::is_control),
            "{message:?}"
        );
    }
}

#[test]
fn a_model_of_no_size_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for field in ["n_heads", "d_vocab", "n_ctx"] {
        let path = trace(&folder, |trace| trace["model"][field] = 0.into());
        let error = Replay::open(&path).err().unwrap().to_string();
        let due = format!("t.safetensors: metadata `layerwise`: model.{field} is 0");
        assert!(error.contains(&due), "{error}");
    }
}
