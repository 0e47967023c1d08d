//! Recording never leaves half a file, and never harms an old one.
#![cfg(all(unix, feature = "torch"))]

mod program;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn layerwise(args: &[&str]) -> (Option<i32>, String) {
    let out = program::layerwise().args(args).output().unwrap();
    (out.status.code(), String::from_utf8(out.stderr).unwrap())
}

/// A limit on file size fails like a full disk, in the midst of writing. It comes with a signal that would
/// end the program.
#[test]
fn a_full_disk_is_said_and_the_old_recording_stays() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.safetensors");
    fs::write(&target, "the old one").unwrap();
    let script = "ulimit -f 16; exec \"$0\" record -p 中华人民 -o \"$1\"";
    let out = program::in_english(Command::new("sh"))
        .args(["-c", script, env!("CARGO_BIN_EXE_layerwise")])
        .arg(&target)
        .output()
        .unwrap();
    let message = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{message}");
    assert!(message.contains("cannot write"), "{message}");
    assert!(message.contains("a.safetensors"), "{message}");
    assert_eq!(names(folder.path()), ["a.safetensors"]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "the old one");
}

/// Whether a process has begun to write a file in `folder`, with a name or without one.
fn begun(process: u32, folder: &Path) -> bool {
    let files = fs::read_dir(format!("/proc/{process}/fd"));
    let mut open = files.into_iter().flatten().flatten();
    names(folder).len() > 1
        || open.any(|file| fs::read_link(file.path()).is_ok_and(|path| path.starts_with(folder)))
}

/// The exit code is a shell's for a program that a signal ended.
#[test]
fn an_interrupted_recording_leaves_the_old_one_and_nothing_else() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.safetensors");
        fs::write(&target, "the old one").unwrap();
        let mut child = program::layerwise()
            .args(["record", "-p", "中华人民", "--passes", "60", "-o"])
            .arg(&target)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Signals are handled once the file is begun.
        while !begun(child.id(), folder.path()) {
            assert!(child.try_wait().unwrap().is_none(), "ended too soon");
            std::thread::sleep(Duration::from_millis(5));
        }
        let killed = Command::new("kill")
            .args([&format!("-{name}"), &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(names(folder.path()), ["a.safetensors"]);
        assert_eq!(fs::read_to_string(&target).unwrap(), "the old one");
    }
}

#[test]
fn a_killed_recording_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.safetensors");
    for old in [false, true] {
        if old {
            fs::write(&target, "the old one").unwrap();
        }
        let before = names(folder.path());
        let mut child = program::layerwise()
            .args(["record", "-p", "中华人民", "--passes", "60", "-o"])
            .arg(&target)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !begun(child.id(), folder.path()) {
            assert!(child.try_wait().unwrap().is_none(), "ended too soon");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(names(folder.path()), before);
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "the old one");
}

#[test]
fn more_passes_than_the_context_holds_are_refused_before_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.safetensors");
    let target = target.to_str().unwrap();
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/models/gpt2");
    let record = |passes: &str| {
        let args = ["record", model, "-p", "a", "-o", target, "--passes", passes];
        layerwise(&args)
    };
    let (code, message) = record("100000000");
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("--passes 100000000"), "{message}");
    assert!(message.contains("context of"), "{message}");
    let (code, message) = record("0");
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("at least one pass"), "{message}");
    assert_eq!(names(folder.path()), [] as [String; 0]);
    // The option counts all passes, the prompt's too, as in the Python recorder.
    assert_eq!(record("3").0, Some(0));
    let trace = layerwise::trace::replay::Replay::open(target.as_ref()).unwrap();
    assert_eq!(layerwise::trace::source::Source::passes(&trace).len(), 3);
}

/// The path may be written in any way.
#[test]
fn the_model_that_is_read_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("model");
    fs::create_dir(&dir).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(fixtures.join("models/llama").join(file), dir.join(file)).unwrap();
    }
    let gguf = folder.path().join("m.gguf");
    fs::copy(fixtures.join("gguf/llama/model.gguf"), &gguf).unwrap();
    let link = folder.path().join("link.safetensors");
    std::os::unix::fs::symlink(dir.join("model.safetensors"), &link).unwrap();
    for (model, target) in [
        (&dir, dir.join("model.safetensors")),
        (&dir, dir.join("config.json")),
        (&dir, dir.join("../model/./tokenizer.json")),
        (&dir, link),
        (&gguf, folder.path().join("model/../m.gguf")),
    ] {
        let (model, target) = (model.to_str().unwrap(), target.to_str().unwrap());
        let before = fs::read(target).unwrap();
        let save = format!("save {target}");
        for (args, due) in [
            (&["record", model, "-p", "a", "-o", target][..], 2),
            (&["step", model, "-p", "a", "--batch", "-x", &save], 1),
        ] {
            let (code, message) = layerwise(args);
            assert_eq!(code, Some(due), "{message}");
            let why = "it is a file of the model that is being read";
            assert!(
                message.contains(target) && message.contains(why),
                "{message}"
            );
        }
        assert_eq!(fs::read(target).unwrap(), before);
    }
    let beside = dir.join("trace.safetensors");
    let args = ["record", dir.to_str().unwrap(), "-p", "a", "-o"];
    let args = [&args[..], &[beside.to_str().unwrap()]].concat();
    assert_eq!(layerwise(&args).0, Some(0));
}

/// A screen shows the likely tokens after every token, not only after the last.
#[test]
fn a_recording_holds_the_texts_of_all_that_its_logits_show() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let trace = trace.to_str().unwrap();
    let record = [
        "record",
        "-p",
        "中华人民共和国",
        "--passes",
        "2",
        "-o",
        trace,
    ];
    assert_eq!(layerwise(&record).0, Some(0));
    let ask = [
        "row 0",
        "topk 64 logits",
        "row 2",
        "topk 64 logits",
        "token",
        "topk 64 logits",
    ];
    let commands: Vec<&str> = ask.iter().flat_map(|command| ["-x", command]).collect();
    let said = |args: &[&str]| {
        let mut layerwise = program::layerwise();
        let out = layerwise.args(args).args(&commands).output().unwrap();
        assert!(out.status.success(), "{out:?}");
        String::from_utf8(out.stdout).unwrap()
    };
    let due = said(&["step", "-p", "中华人民共和国", "--batch"]);
    let found = said(&["replay", trace, "--batch"]);
    assert!(!found.contains("does not hold"), "{found}");
    let tokens = |said: &str| -> Vec<String> {
        let lines = said.lines().filter(|line| line.contains("  id "));
        lines
            .map(|line| line.split_whitespace().next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(tokens(&found), tokens(&due));
    assert!(tokens(&found).len() >= 100, "{found}");
}
