//! Traces on the command line: exit codes and messages.

mod common;
mod program;

use std::path::PathBuf;
use std::process::{Command, Output};

use common::Options;

fn run(args: &[&str]) -> Output {
    program::layerwise().args(args).output().unwrap()
}

fn traces(change: &dyn Fn(usize, &str, usize, f64) -> f64) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let (a, b) = (path("a"), path("b"));
    common::write(&a, Options::default()).unwrap();
    let options = Options {
        change,
        ..Options::default()
    };
    common::write(&b, options).unwrap();
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    (folder, text(a), text(b))
}

#[test]
fn equal_traces_hold_and_rounding_is_forgiven() {
    let (_folder, a, b) = traces(&|_, _, _, x| x * (1.0 + 1e-6));
    for args in [["diff", &a, &b], ["diff", &a, &a]] {
        let out = run(&args);
        assert_eq!(out.status.code(), Some(0), "{out:?}");
    }
    let out = run(&["check", &a, "--trace", &b, "--rtol", "0", "--atol", "1e-12"]);
    assert_eq!(out.status.code(), Some(1), "{out:?}");
}

#[test]
fn a_trace_answers_commands() {
    let (_folder, a, _) = traces(&|_, _, _, x| x);
    let say = |commands: &[&str]| {
        let commands: Vec<&str> = commands.iter().flat_map(|c| ["-x", c]).collect();
        run(&[&["replay", &a, "--batch"], &commands[..]].concat())
    };
    let out = say(&["goto 1.pattern", "print [0]", "topk 2 *.resid_post"]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    let text = String::from_utf8(out.stdout).unwrap();
    for part in [
        "blocks.1.attn.pattern [4, 4]",
        "next token after 民, seen from\n  blocks.0.resid_post  ",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let lens = text
        .lines()
        .filter(|line| line.contains("resid_post"))
        .count();
    assert_eq!(lens, 2, "{text}");
    let out = say(&["topk *.pattern", "end"]);
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    let error = String::from_utf8(out.stderr).unwrap();
    assert!(
        error.contains("no value of the residual stream matches *.pattern"),
        "{error}"
    );
    for line in ["zoom", "hide lens"] {
        let out = say(&[line]);
        let why = String::from_utf8_lossy(&out.stderr);
        assert!(why.contains("this command needs a screen"), "{why}");
    }
}

/// Without a screen nothing stands between the signal and the program's end.
#[cfg(unix)]
#[test]
fn ctrl_c_stops_a_walk() {
    use std::os::unix::process::ExitStatusExt;

    let (_folder, a, _) = traces(&|_, _, _, x| x);
    let walks = ["-x", "walk"].repeat(2000);
    let mut child = program::layerwise()
        .args([&["replay", &a, "--batch"], &walks[..]].concat())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The output is more than a pipe holds, so the program waits there.
    let mut first = [0];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    // SAFETY: a plain system call on a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(child.id() as i32, libc::SIGINT) }, 0);
    assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGINT));
}

/// Older traces lack the texts of tokens that are likely after any token but the last. A cache lacks all
/// texts.
#[test]
fn a_text_that_a_trace_lacks_is_said_to_be_missing() {
    let (_folder, whole, _) = traces(&|_, _, _, x| x);
    let said = |trace: &str| {
        let out = run(&["replay", trace, "--batch", "-x", "topk 3 logits"]);
        String::from_utf8(out.stdout).unwrap()
    };
    let missing = "#17: the trace does not hold this token's text";
    let cache = said("fixtures/transformer_lens/llama.safetensors");
    assert!(
        cache.contains(missing) && cache.contains("\n  #"),
        "{cache}"
    );
    assert!(!said(&whole).contains(missing));
}

#[test]
fn the_first_difference_is_named_with_its_worst_element() {
    let (folder, a, b) = traces(&|pass, name, i, x| match (pass, name, i) {
        (0, "blocks.1.hook_attn_out", 9) => x + 0.5,
        (1, _, _) => x + 3.0,
        _ => x,
    });
    let junit = folder.path().join("out.xml");
    let args = [
        "check",
        &a,
        "--trace",
        &b,
        "--junit",
        junit.to_str().unwrap(),
    ];
    let out = run(&args);
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    let text = String::from_utf8(out.stdout).unwrap();
    let verdict = text.lines().last().unwrap();
    assert!(
        verdict.contains("first difference: blocks.1.attn_out[1, 1]"),
        "{verdict}"
    );
    assert!(verdict.contains("cosine"), "{verdict}");
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(
        xml.contains("<failure message=\"blocks.1.attn_out[1, 1]"),
        "{xml}"
    );
    let out = run(&["diff", &a, &b, "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["holds"], false);
}

#[test]
fn a_broken_trace_is_exit_code_2() {
    let (_folder, a, b) = traces(&|_, _, _, x| x);
    let file = std::fs::read(&b).unwrap();
    std::fs::write(&b, &file[..file.len() / 2]).unwrap();
    for args in [["diff", &a, &b], ["inspect", &b, "--json"]] {
        let out = run(&args);
        assert_eq!(out.status.code(), Some(2), "{out:?}");
        let error = String::from_utf8(out.stderr).unwrap();
        assert!(error.contains(&b) && error.lines().count() == 1, "{error}");
    }
}

#[test]
fn a_broken_fixture_does_not_keep_the_others_from_being_checked() {
    let (folder, a, b) = traces(&|_, _, _, x| x);
    let file = std::fs::read(&b).unwrap();
    std::fs::write(&b, &file[..file.len() / 2]).unwrap();
    let junit = folder.path().join("out.xml");
    let junit = ["--junit", junit.to_str().unwrap()];
    let out = run(&[&["check", &b, &a, "--trace", &a], &junit[..]].concat());
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    let error = String::from_utf8(out.stderr).unwrap();
    assert!(error.contains(&b) && error.lines().count() == 1, "{error}");
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("hook points hold"), "{text}");
    let xml = std::fs::read_to_string(junit[1]).unwrap();
    assert!(xml.contains("errors=\"1\"") && xml.contains(&a), "{xml}");
    let out = run(&["check", &b, &a, "--trace", &a, "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(json[0]["error"].is_string(), "{json}");
    assert_eq!(json[1]["holds"], true);
}

#[test]
fn the_documented_python_reads_a_trace() {
    let (_folder, a, _) = traces(&|_, _, _, x| x);
    let doc = include_str!("../docs/trace-format.md");
    let code = doc.split("```python\n").nth(1).unwrap();
    let code = code.split("```").next().unwrap();
    let out = program::in_english(Command::new("python3"))
        .args(["-c", code, &a])
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(text, "tiny [0, 1, 2, 3]\n[4, 8] 0.0\n", "{:?}", out.stderr);
}

#[test]
fn inspect_shows_what_a_trace_holds() {
    let (_folder, a, _) = traces(&|_, _, _, x| x);
    let out = run(&["inspect", &a]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(
        text.starts_with("trace of tiny · gpt2 · f32 on cpu"),
        "{text}"
    );
    assert!(text.contains("pass 1 ·"), "{text}");
    assert!(text.contains("  blocks.1.attn_out"), "{text}");
    let out = run(&["inspect", &a, "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["passes"].as_array().unwrap().len(), 2);
    assert_eq!(json["passes"][0]["hook_points"][0]["name"], "embed");
    assert_eq!(json["passes"][0]["hook_points"][0]["recorded"], true);
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let (_folder, a, _) = traces(&|_, _, _, x| x);
    for command in ["inspect", "replay", "diff \"$1\""] {
        let script = format!("\"$0\" {command} \"$1\" | head -c 1");
        let out = program::in_english(Command::new("sh"))
            .args(["-c", &script, env!("CARGO_BIN_EXE_layerwise"), &a])
            .output()
            .unwrap();
        let message = String::from_utf8(out.stderr).unwrap();
        assert_eq!(message, "", "{command}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_one_line_and_exit_code_2() {
    let (_folder, a, b) = traces(&|_, _, _, x| x + 0.5);
    for command in [
        "inspect",
        "inspect --json",
        "replay",
        "diff \"$2\"",
        "diff --json \"$2\"",
        "check --trace \"$2\"",
        "check --json --trace \"$2\"",
        "tokens",
    ] {
        let script = format!("\"$0\" {command} \"$1\" > /dev/full");
        let out = program::in_english(Command::new("sh"))
            .args(["-c", &script, env!("CARGO_BIN_EXE_layerwise"), &a, &b])
            .output()
            .unwrap();
        let message = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{command}: {message}");
        assert_eq!(message.lines().count(), 1, "{command}: {message}");
        for part in ["layerwise: cannot write the ", "No space left"] {
            assert!(message.contains(part), "{command}: {message}");
        }
    }
    // A closed standard error does not change the exit code either.
    let script = "\"$0\" inspect /nowhere 2> /dev/full";
    let status = program::in_english(Command::new("sh"))
        .args(["-c", script, env!("CARGO_BIN_EXE_layerwise")])
        .status();
    assert_eq!(status.unwrap().code(), Some(2));
}

/// Run with a standard output that nobody reads.
#[cfg(unix)]
fn unread(args: &[&str]) -> std::process::ExitStatus {
    use std::process::Stdio;
    let mut command = program::layerwise();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.args(args).stdout(writer).stderr(Stdio::null());
    command.status().unwrap()
}

#[cfg(unix)]
#[test]
fn files_are_written_though_nobody_reads_standard_output() {
    use std::os::unix::process::ExitStatusExt;
    let (folder, a, b) = traces(&|_, _, _, x| x + 0.5);
    for (i, more) in [&["--json"][..], &["--all"], &[]].into_iter().enumerate() {
        let junit = folder.path().join(format!("{i}.xml"));
        let file = ["--junit", junit.to_str().unwrap()];
        let status = unread(&[&["check", &a, &b, "--trace", &b], &file[..], more].concat());
        assert_eq!(status.code(), Some(1), "the verdict");
        let xml = std::fs::read_to_string(junit).unwrap();
        assert!(xml.contains(&a) && xml.contains("</testsuites>"), "{xml}");
    }
    let saved = folder.path().join("saved.safetensors");
    let save = format!("save {}", saved.display());
    let lines = ["-x", "where", "-x", "print", "-x", &save];
    let status = unread(&[&["replay", &a, "--batch"], &lines[..]].concat());
    assert!(saved.exists() && status.code() == Some(0), "{status:?}");
    // Who only prints ends as other programs do.
    let status = unread(&["inspect", &a]);
    assert_eq!(status.signal(), Some(libc::SIGPIPE), "{status:?}");
}
