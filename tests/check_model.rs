//! `layerwise check` against a model: what it says of a difference, and of another model.
#![cfg(feature = "torch")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROMPT: &str = "The capital of France is 中华人民";

fn llama() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/llama")
}

/// Exit code and standard output.
fn run(args: &[&str]) -> (Option<i32>, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_layerwise"))
        .args(args)
        .output()
        .unwrap();
    assert!(out.status.code() != Some(2), "{out:?}");
    (out.status.code(), String::from_utf8(out.stdout).unwrap())
}

type Change<'a> = (&'a str, fn(f32) -> f32);

/// A trace of the small Llama model, after `change` was applied to its elements by name.
fn trace(folder: &Path, change: &[Change]) -> String {
    let path = folder.join("trace").to_str().unwrap().to_owned();
    let model = llama();
    let made = run(&["record", model.to_str().unwrap(), "-p", PROMPT, "-o", &path]);
    assert_eq!(made.0, Some(0));
    let mut file = fs::read(&path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    let places: Vec<usize> = change
        .iter()
        .map(|(name, _)| {
            let data = tensors.tensor(name).unwrap().data().as_ptr() as usize;
            data - file.as_ptr() as usize
        })
        .collect();
    for (at, (_, change)) in places.into_iter().zip(change) {
        let bytes = file[at..at + 4].try_into().unwrap();
        let changed = change(f32::from_le_bytes(bytes));
        file[at..at + 4].copy_from_slice(&changed.to_le_bytes());
    }
    fs::write(&path, file).unwrap();
    path
}

#[test]
fn a_difference_is_called_noise_or_a_divergence() {
    let folder = tempfile::tempdir().unwrap();
    let model = llama();
    let trace = trace(
        folder.path(),
        &[
            ("blocks.0.hook_resid_mid", |x| x * (1.0 + 2e-7)),
            ("blocks.1.attn.hook_v", |x| x + 0.01),
        ],
    );
    let args = ["check", &trace, "--model", model.to_str().unwrap()];
    // In the usual tolerance only the second is a difference.
    let (code, output) = run(&args);
    assert_eq!(code, Some(1), "{output}");
    assert!(
        output.contains("blocks.1.attn.v: a real divergence"),
        "{output}"
    );
    assert!(!output.contains("within noise"), "{output}");
    // With none at all the last bit is one too, and told apart.
    let strict = [&args[..], &["--rtol", "0", "--atol", "0"]].concat();
    let (code, output) = run(&strict);
    assert_eq!(code, Some(1), "{output}");
    let output: Vec<&str> = output.lines().rev().take(3).collect();
    assert!(
        output[2].contains("first difference: blocks.0.resid_mid[0, 0]"),
        "{output:?}"
    );
    assert!(
        output[1].contains("blocks.0.resid_mid: within noise"),
        "{output:?}"
    );
    assert!(
        output[0].contains("blocks.1.attn.v: a real divergence"),
        "{output:?}"
    );
    let json = run(&[&strict[..], &["--json"]].concat()).1;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["same_model"], true);
    assert_eq!(json[0]["verdicts"][0]["real"], false);
    assert_eq!(json[0]["verdicts"][1]["name"], "blocks.1.attn.v");
}

#[test]
fn a_divergence_that_begins_inside_the_tolerance_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let trace = trace(
        folder.path(),
        &[
            ("blocks.0.hook_mlp_out", |x| x * (1.0 + 2e-5)),
            ("blocks.1.attn.hook_v", |x| x + 0.01),
        ],
    );
    let model = llama();
    let (code, output) = run(&["check", &trace, "--model", model.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{output}");
    let output: Vec<&str> = output.lines().rev().take(3).collect();
    assert!(
        output[2].contains("first difference: blocks.1.attn.v"),
        "{output:?}"
    );
    assert!(
        output[1].contains("blocks.0.mlp_out: a real divergence"),
        "{output:?}"
    );
    assert!(output[1].ends_with("inside the tolerance"), "{output:?}");
    assert!(
        output[0].contains("blocks.1.attn.v: a real divergence"),
        "{output:?}"
    );
}

#[test]
fn another_model_is_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let trace = trace(folder.path(), &[]);
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(llama().join(file), other.join(file)).unwrap();
    }
    let check = |model: &Path| run(&["check", &trace, "--model", model.to_str().unwrap()]);
    let (code, output) = check(&other);
    assert_eq!(code, Some(0), "{output}");
    assert!(!output.contains("is not the model"), "{output}");
    let config = fs::read_to_string(other.join("config.json")).unwrap();
    fs::write(other.join("config.json"), config + "\n").unwrap();
    let (code, output) = check(&other);
    // Its values are what counts: they hold.
    assert_eq!(code, Some(0), "{output}");
    let line = format!("{} is not the model it was recorded from", other.display());
    assert!(output.contains(&line), "{output}");
}

#[test]
fn a_fixture_that_does_not_say_its_prompt_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let trace = trace(folder.path(), &[]);
    let mut file = fs::read(&trace).unwrap();
    // As JSON in JSON; the header keeps its length.
    let prompt = serde_json::to_string(PROMPT).unwrap().replace('"', "\\\"");
    let empty = format!("\\\"\\\"{}", " ".repeat(prompt.len() - 4));
    let at = file
        .windows(prompt.len())
        .position(|w| w == prompt.as_bytes());
    let at = at.unwrap();
    file[at..at + prompt.len()].copy_from_slice(empty.as_bytes());
    fs::write(&trace, file).unwrap();
    let model = llama();
    let out = Command::new(env!("CARGO_BIN_EXE_layerwise"))
        .args(["check", &trace, "--model", model.to_str().unwrap()])
        .output()
        .unwrap();
    let output = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{output}");
    for part in [&trace, "field `prompt`", "--trace FILE"] {
        assert!(output.contains(part), "{output}");
    }
}
