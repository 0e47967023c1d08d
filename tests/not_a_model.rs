//! Paths that people give in a model's place: a trace opens, and anything else is named.

mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 548105171\n";
const FILES: [&str; 3] = ["config.json", "model.safetensors", "tokenizer.json"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// A copy of a small model.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in FILES {
        fs::copy(fixture("models/gpt2").join(file), dir.path().join(file)).unwrap();
    }
    dir
}

fn layerwise(args: &[&str]) -> Output {
    let mut command = assert_cmd::Command::from_std(program::layerwise());
    command.args(args).output().unwrap()
}

#[track_caller]
fn refused(args: &[&str], words: &[&str]) {
    let run = layerwise(args);
    let error = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{error}");
    for word in words {
        assert!(error.contains(word), "{error:?} does not say {word:?}");
    }
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn a_git_lfs_pointer_is_told_by_its_name_and_what_to_do() {
    for file in FILES {
        let dir = folder();
        fs::write(dir.path().join(file), POINTER).unwrap();
        let place = dir.path().to_str().unwrap();
        refused(
            &["inspect", place],
            &[file, "Git LFS pointer", "git lfs pull"],
        );
    }
    let dir = tempfile::tempdir().unwrap();
    for (file, command) in [
        ("m.gguf", "inspect"),
        ("t.safetensors", "replay"),
        ("t.safetensors", "inspect"),
    ] {
        let path = dir.path().join(file);
        fs::write(&path, POINTER).unwrap();
        refused(
            &[command, path.to_str().unwrap()],
            &[file, "Git LFS pointer"],
        );
    }
}

#[test]
fn an_adapter_names_the_model_that_it_changes() {
    let dir = tempfile::tempdir().unwrap();
    let config = r#"{"peft_type": "LORA", "base_model_name_or_path": "org/base"}"#;
    fs::write(dir.path().join("adapter_config.json"), config).unwrap();
    fs::write(dir.path().join("adapter_model.safetensors"), b"x").unwrap();
    let words = ["PEFT adapter", "weights of org/base", "merge_and_unload"];
    let place = dir.path().to_str().unwrap();
    refused(&["inspect", place], &words);
    // Some trainers write the whole model's config beside the adapter.
    fs::copy(
        fixture("models/gpt2/config.json"),
        dir.path().join("config.json"),
    )
    .unwrap();
    refused(&["inspect", place], &words);
}

#[test]
fn a_repository_of_the_cache_names_its_snapshots() {
    let dir = tempfile::tempdir().unwrap();
    let commit = dir.path().join("models--org--tiny/snapshots/0123abcd");
    fs::create_dir_all(&commit).unwrap();
    fs::copy(
        fixture("models/gpt2/config.json"),
        commit.join("config.json"),
    )
    .unwrap();
    let repository = dir.path().join("models--org--tiny");
    let words = ["repository of the Hugging Face cache", "snapshots/0123abcd"];
    refused(&["inspect", repository.to_str().unwrap()], &words);
}

/// A trace of another tool, which needs no engine to write.
fn trace(dir: &Path) -> PathBuf {
    let path = dir.join("cache.safetensors");
    let shape = [1usize, 2, 4];
    let data: Vec<u8> = (0..8).flat_map(|n| (n as f32).to_le_bytes()).collect();
    let tensors = [
        "hook_embed",
        "blocks.0.hook_resid_pre",
        "blocks.0.hook_resid_post",
    ]
    .map(|name| {
        let view =
            safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.to_vec(), &data);
        (name, view.unwrap())
    });
    fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
    path
}

#[test]
fn a_trace_given_as_the_model_is_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let path = trace(dir.path());
    let file = path.to_str().unwrap();
    let commands = ["--batch", "-x", "print hook_embed"];
    let replayed = layerwise(&[&["replay", file], &commands[..]].concat());
    let opened = layerwise(&[&[file], &commands[..]].concat());
    let error = String::from_utf8_lossy(&opened.stderr);
    assert!(opened.status.success(), "{error}");
    assert_eq!(opened.stdout, replayed.stdout);
    assert!(!opened.stdout.is_empty());
    refused(&[file, "-p", "x"], &["is a trace", "leave out the prompt"]);
    // A file of weights is not a trace.
    let weights = fixture("models/gpt2/model.safetensors");
    let words = ["it is a file", "give the folder"];
    refused(&[weights.to_str().unwrap(), "--batch"], &words);
}
