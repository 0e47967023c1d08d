//! The program as its user runs it, without a terminal.
#![cfg(feature = "torch")]

use assert_cmd::Command;

fn layerwise() -> Command {
    Command::cargo_bin("layerwise").unwrap()
}

fn output(args: &[&str]) -> (String, String, Option<i32>) {
    let out = layerwise().args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(out.stdout), text(out.stderr), out.status.code())
}

#[test]
fn alone_it_walks_through_the_embedded_model() {
    let (out, err, code) = output(&[]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("中│华│人│民 (4 tokens)"), "{out}");
    assert!(out.contains("token 4 × d_model 64"), "{out}");
    assert!(out.contains("next token (entropy"), "{out}");
}

#[test]
fn a_recorded_walk_replays_to_the_same_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.safetensors");
    let file = file.to_str().unwrap();
    let (_, err, code) = output(&["record", "-p", "中华人民", "-o", file, "--passes", "2"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let (live, ..) = output(&["-p", "中华人民"]);
    let (replayed, err, code) = output(&["replay", file]);
    assert_eq!(code, Some(0), "{err}");
    let head = |text: &str| text.lines().take(12).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(head(&replayed), head(&live));
}

#[test]
fn bad_input_is_named_and_exits_with_2() {
    for (args, word) in [
        (vec!["/nowhere/at/all"], "/nowhere/at/all"),
        (vec!["-p", ""], "prompt"),
        (
            vec!["replay", "/nowhere/t.safetensors"],
            "/nowhere/t.safetensors",
        ),
        (vec!["--device", "tpu"], "tpu"),
        (vec!["--dtype", "int8"], "f32, bf16, f16 or f64"),
        (
            vec!["record", "-p", "中", "-o", "/nowhere/t.safetensors"],
            "/nowhere/t.safetensors",
        ),
        (
            vec![
                "record",
                "-p",
                "中",
                "-o",
                "/tmp/t.safetensors",
                "--hooks",
                "no.such",
            ],
            "hook point",
        ),
    ] {
        let (_, err, code) = output(&args);
        assert_eq!(code, Some(2), "{args:?}: {err}");
        assert!(err.contains(word), "{args:?}: {err}");
        assert!(!err.contains("Exception raised from"), "{err}");
    }
    let long = "中".repeat(5000);
    let (_, err, code) = output(&["-p", &long]);
    assert_eq!(code, Some(2));
    assert!(err.contains("context"), "{err}");
}
