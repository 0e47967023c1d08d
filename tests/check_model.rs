//! `layerwise check` against a model: its verdict on a difference, and on another model.
#![cfg(feature = "torch")]

mod program;

use std::fs;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::trace::model_hash::ModelHash;
use layerwise::trace::replay::Replay;
use layerwise::trace::source::Source;
use serde_json::Value;

const PROMPT: &str = "The capital of France is 中华人民";

fn llama() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/llama")
}

/// The exit code and standard output of a run.
fn run(args: &[&str]) -> (Option<i32>, String) {
    let out = program::layerwise().args(args).output().unwrap();
    assert!(out.status.code() != Some(2), "{out:?}");
    (out.status.code(), String::from_utf8(out.stdout).unwrap())
}

type Change<'a> = (&'a str, fn(f32) -> f32);

/// A trace of the small Llama model, with `change` applied to its elements by name.
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
    // With the usual tolerance only the second change is a difference.
    let (code, output) = run(&args);
    assert_eq!(code, Some(1), "{output}");
    assert!(
        output.contains("blocks.1.attn.v: a real divergence"),
        "{output}"
    );
    assert!(!output.contains("within noise"), "{output}");
    // With a tolerance of 0 the last bit is a difference too, of another kind.
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
    let json: Value = serde_json::from_str(&json).unwrap();
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
    assert!(
        output.contains("every byte of the weights' files are the same"),
        "{output}"
    );
    let config = fs::read_to_string(other.join("config.json")).unwrap();
    fs::write(other.join("config.json"), config + "\n").unwrap();
    let (code, output) = check(&other);
    // The values count, and they agree.
    assert_eq!(code, Some(0), "{output}");
    assert!(
        output.contains("the model is not the one that was recorded"),
        "{output}"
    );
}

/// A transposed matrix has the same values, and the trace of an older version has a hash of samples alone.
#[test]
fn check_says_what_it_compared_of_the_models() {
    let folder = tempfile::tempdir().unwrap();
    let trace = trace(folder.path(), &[]);
    let checked = |trace: &str, model: &Path| -> (Value, String, String) {
        let junit = folder.path().join("junit.xml");
        let args = ["check", trace, "--model", model.to_str().unwrap()];
        let more = ["--json", "--junit", junit.to_str().unwrap()];
        let json = run(&[&args[..], &more].concat()).1;
        let json: Value = serde_json::from_str(&json).unwrap();
        let text = run(&args).1;
        (json[0].clone(), fs::read_to_string(junit).unwrap(), text)
    };
    let said = |trace: &str, model: &Path| {
        let (json, junit, text) = checked(trace, model);
        let what = json["model_compared"].as_str().unwrap().to_owned();
        assert!(text.contains(&what), "{text}");
        assert!(junit.contains(&what.replace('\'', "&apos;")), "{junit}");
        (json["same_model"].clone(), what)
    };
    assert_eq!(said(&trace, &llama()).0, true);

    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(llama().join(file), other.join(file)).unwrap();
    }
    transpose(
        &other.join("model.safetensors"),
        "model.layers.1.self_attn.o_proj.weight",
    );
    assert_eq!(said(&trace, &other).0, false);

    let own = Checkpoint::open(&llama()).unwrap();
    let ModelHash::Sampled(sampled) = own.sampled_hash() else {
        panic!("not of samples")
    };
    for (hash, same, why) in [
        (
            sampled.as_str(),
            Value::Null,
            "an older version hashed samples",
        ),
        (&"0".repeat(64), Value::Bool(false), "differ"),
        ("not read", Value::Null, "were not read"),
        ("", Value::Null, "has no hash"),
    ] {
        let (found, what) = said(&with_hash(&trace, hash), &llama());
        assert_eq!(found, same, "{hash}");
        assert!(what.contains(why), "{what}");
    }
}

/// A copy of the trace with another model hash.
fn with_hash(trace: &str, hash: &str) -> String {
    let mut file = fs::read(trace).unwrap();
    let own = String::from(Replay::open(Path::new(trace)).unwrap().model().hash.clone());
    // The hash stands as JSON inside JSON; the header keeps its length.
    let own = format!("\\\"{own}\\\"");
    let at = file.windows(own.len()).position(|w| w == own.as_bytes());
    let at = at.unwrap();
    let new = format!("{:width$}", format!("\\\"{hash}\\\""), width = own.len());
    file[at..at + own.len()].copy_from_slice(new.as_bytes());
    let path = format!("{trace} with another hash");
    fs::write(&path, file).unwrap();
    path
}

/// Transpose a square matrix of 32-bit values.
fn transpose(path: &Path, name: &str) {
    let mut file = fs::read(path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    let tensor = tensors.tensor(name).unwrap();
    let &[n, m] = tensor.shape() else { panic!() };
    assert_eq!((n, tensor.data().len()), (m, 4 * n * n));
    let at = tensor.data().as_ptr() as usize - file.as_ptr() as usize;
    for row in 0..n {
        for col in 0..row {
            for byte in 0..4 {
                file.swap(
                    at + 4 * (row * n + col) + byte,
                    at + 4 * (col * n + row) + byte,
                );
            }
        }
    }
    fs::write(path, file).unwrap();
}

#[test]
fn a_fixture_that_does_not_say_its_prompt_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let trace = trace(folder.path(), &[]);
    let mut file = fs::read(&trace).unwrap();
    // The prompt stands as JSON inside JSON; the header keeps its length.
    let prompt = serde_json::to_string(PROMPT).unwrap().replace('"', "\\\"");
    let empty = format!("\\\"\\\"{}", " ".repeat(prompt.len() - 4));
    let at = file
        .windows(prompt.len())
        .position(|w| w == prompt.as_bytes());
    let at = at.unwrap();
    file[at..at + prompt.len()].copy_from_slice(empty.as_bytes());
    fs::write(&trace, file).unwrap();
    let model = llama();
    let out = program::layerwise()
        .args(["check", &trace, "--model", model.to_str().unwrap()])
        .output()
        .unwrap();
    let output = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{output}");
    for part in [&trace, "field `prompt`", "--trace FILE"] {
        assert!(output.contains(part), "{output}");
    }
}
