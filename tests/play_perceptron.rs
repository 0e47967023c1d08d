//! `layerwise play perceptron` as a process: batch, JSON, files of samples.

mod program;

use std::fs;

use assert_cmd::Command;
use serde_json::{Value, json};

fn layerwise(lines: &[&str], json: bool) -> Command {
    let mut command = Command::from_std(program::layerwise());
    command.args(["play", "perceptron", "--batch"]);
    if json {
        command.arg("--json");
    }
    for line in lines {
        command.args(["-x", line]);
    }
    command
}

/// The answer to each line.
fn answers(lines: &[&str]) -> Vec<Value> {
    let output = layerwise(lines, true)
        .assert()
        .success()
        .get_output()
        .clone();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The standard error of a program that fails with exit code 1.
fn fails(lines: &[&str]) -> String {
    let output = layerwise(lines, false)
        .assert()
        .code(1)
        .get_output()
        .clone();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_film_without_a_price() {
    let answers = answers(&["inputs 1 0 1", "show"]);
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[1]["command"], "show");
    let reply = &answers[1]["reply"];
    assert_eq!(reply["inputs"], json!([1, 0, 1]));
    assert_eq!(reply["weights"], json!([8, 4, 4]));
    assert_eq!(reply["threshold"], json!(8));
    assert_eq!(reply["sum"], json!(12));
    assert_eq!(reply["output"], json!(1));
}

#[test]
fn a_file_is_learned_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flowers.csv");
    fs::write(
        &file,
        "length,width,large\n1.5,0.5,0\n1.2,0.4,0\n4.5,1.5,1\n5,1.75,1\n",
    )
    .unwrap();
    let load = format!("data {}", file.display());
    let answers = answers(&[&load, "run", "weight width 0.1", "undo"]);
    assert_eq!(answers[1]["reply"]["status"], "converged");
    assert_eq!(answers[1]["reply"]["wrong"], 0);
    // Full precision, and what was learned comes back.
    assert_eq!(answers[2]["reply"]["weights"][1], json!(0.1));
    assert_eq!(
        answers[3]["reply"]["weights"],
        answers[1]["reply"]["weights"]
    );
}

#[test]
fn a_bad_file_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.csv");
    let load = format!("data {}", file.display());
    for (text, due) in [
        (String::new(), "it is empty"),
        (
            "a,b,y\n0,0,1\n0,1\n".into(),
            "line 3 has 2 columns, and the first has 3 columns",
        ),
        (
            "a,b,y\n0,red,1\n".into(),
            "line 2, column b: \"red\" is no number",
        ),
        (
            "a,b,y\n0,NaN,1\n".into(),
            "line 2, column b: NaN is not a finite number",
        ),
        (
            format!("a,b,y\n{}", "0,1,1\n".repeat(1_000_000)),
            "more than 10000 samples",
        ),
    ] {
        fs::write(&file, text).unwrap();
        let said = fails(&["data or", &load]);
        assert!(said.contains("bad.csv") && said.contains(due), "{said}");
    }
    let said = fails(&["data nothing.csv"]);
    assert!(said.contains("nothing.csv: it is not there"), "{said}");
}

#[test]
fn a_wrong_line_ends_the_batch_and_a_file_of_lines_is_read() {
    let said = fails(&["treshold 3"]);
    assert!(said.contains("did you mean `threshold`?"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines");
    fs::write(&file, "# a comment\ndata xor\nrun\n").unwrap();
    let output = layerwise(&[file.to_str().unwrap()], false)
        .assert()
        .success()
        .get_output()
        .clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("No straight line separates these samples"),
        "{text}"
    );
    assert!(text.contains("`layerwise play`"), "{text}");
}
