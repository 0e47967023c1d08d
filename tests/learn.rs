//! `layerwise learn` as a process: the list, the walk, lines of a lesson, progress.

mod program;

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

fn layerwise(state: &Path, args: &[&str]) -> Command {
    let mut command = Command::from_std(program::layerwise());
    command.arg("learn").args(args);
    command.env("XDG_STATE_HOME", state);
    command
}

fn printed(state: &Path, args: &[&str]) -> String {
    let output = layerwise(state, args)
        .assert()
        .success()
        .get_output()
        .clone();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_lesson_can_be_walked_in_batch() {
    let state = tempfile::tempdir().unwrap();
    let said = printed(state.path(), &["--batch", "--json"]);
    let lessons: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lessons.len(), 15);
    for (lesson, n) in lessons.iter().zip(1..) {
        assert_eq!(lesson["number"], n);
        assert_eq!(lesson["solved"], true, "{lesson}");
        assert_eq!(lesson["wrong_told"], true, "{lesson}");
    }
    // A walk is no learning.
    assert!(!printed(state.path(), &["--list"]).contains('✓'));
}

#[test]
fn progress_is_kept_and_forgotten() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let said = printed(state, &["--batch", "-x", "answer 民", "-x", "answer 共"]);
    assert!(
        said.contains("Not yet") && said.contains("Right."),
        "{said}"
    );
    let list = printed(state, &["--list"]);
    assert_eq!(list.lines().count(), 15);
    assert!(list.starts_with(" 1 ✓ "), "{list}");
    assert_eq!(list.matches('✓').count(), 1);
    // Without a number the first lesson opens that is not done; without a terminal as text.
    assert!(printed(state, &[]).starts_with("2. A model is two files"));
    printed(state, &["--reset"]);
    assert!(printed(state, &[]).starts_with("1. "));
}

#[test]
fn a_lesson_says_where_its_numbers_come_from() {
    let state = tempfile::tempdir().unwrap();
    let page = printed(state.path(), &["embedding"]);
    let recorded = page.contains("This build has no libtorch");
    assert_eq!(recorded, !cfg!(feature = "torch"), "{page}");
    assert!(
        page.contains("has the id\n304") || page.contains("has the id 304"),
        "{page}"
    );
}

#[test]
fn terms_are_explained() {
    let state = tempfile::tempdir().unwrap();
    let said = printed(state.path(), &["--glossary", "nats"]);
    assert!(
        said.starts_with("entropy, nats\n") && said.contains("→ lesson 11"),
        "{said}"
    );
    assert!(printed(state.path(), &["--glossary"]).lines().count() > 100);
    let output = layerwise(state.path(), &["--glossary", "entropi"])
        .assert()
        .code(2)
        .get_output()
        .clone();
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("did you mean entropy")
    );
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_lost() {
    let state = tempfile::tempdir().unwrap();
    for (args, code, due) in [
        (&["99"][..], 2, "lessons 1 to 15"),
        (&["0"], 2, "lessons 1 to 15"),
        (&["softmax", "--batch", "-x", "numbers 1 nan"], 1, "nan"),
        (&["softmax", "--batch", "-x", "numbers"], 1, "2 to 8"),
        (&["1", "--batch", "-x", "without nose"], 1, "positions"),
        (&["1", "--batch", "-x", "answer"], 1, "answer"),
        (&["1", "--batch", "-x", "lesson nowhere"], 1, "1 to 15"),
    ] {
        let output = layerwise(state.path(), args)
            .assert()
            .code(code)
            .get_output()
            .clone();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(due), "{args:?}: {said}");
    }
}

/// With a part of the model switched off the answer is another one; a recording cannot do that, and says so.
#[test]
fn a_part_can_be_switched_off_where_an_engine_is() {
    let state = tempfile::tempdir().unwrap();
    for part in ["positions", "attention", "norms", "mlp"] {
        let line = format!("without {part}");
        let args = ["1", "--batch", "-x", "topk 1", "-x", &line, "-x", "topk 1"];
        if cfg!(feature = "torch") {
            let said = printed(state.path(), &args);
            let answers: Vec<&str> = said
                .lines()
                .filter(|line| line.contains("logit "))
                .collect();
            assert!(
                answers.len() == 2 && answers[0] != answers[1],
                "{part}: {said}"
            );
        } else {
            layerwise(state.path(), &args).assert().code(1);
        }
    }
}
