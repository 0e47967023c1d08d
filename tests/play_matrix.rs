//! `layerwise play matrix` as a process: batch, JSON, files of numbers.

mod program;

use std::fs;

use assert_cmd::Command;
use serde_json::{Value, json};

fn layerwise(lines: &[&str], json: bool) -> Command {
    let mut command = Command::from_std(program::layerwise());
    command.args(["play", "matrix", "--batch"]);
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
fn a_product_is_stepped_through() {
    let answers = answers(&["a 1 2; 3 4", "b 5 6; 7 8", "step", "show", "end"]);
    assert_eq!(answers.len(), 5);
    assert_eq!(answers[3]["command"], "show");
    let reply = &answers[3]["reply"];
    assert_eq!(reply["kind"], "product");
    assert_eq!(reply["a"], json!([[1, 2], [3, 4]]));
    assert_eq!((&reply["step"], &reply["steps"]), (&json!(1), &json!(12)));
    assert_eq!(
        reply["cell"],
        json!({
            "row": 1, "column": 1, "sum": 5, "landed": false,
            "products": [{"left": 1, "right": 5, "product": 5}],
        })
    );
    assert_eq!(answers[4]["reply"]["c"], json!([[19, 22], [43, 50]]));
}

#[test]
fn two_vectors_are_compared() {
    let answers = answers(&["u 3 4", "v 4 3"]);
    let reply = &answers[1]["reply"];
    assert_eq!(reply["dot"], 24);
    assert_eq!(reply["cosine"], json!(0.96));
    assert_eq!(reply["sum"], json!([7, 7]));
    assert_eq!(reply["lengths"], json!([5, 5]));
}

#[test]
fn files_are_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("a.csv"), folder.path().join("c.csv"));
    fs::write(&from, "1, 2\n0.5, -1\n").unwrap();
    let load = format!("load a {}", from.display());
    let save = format!("save c {}", to.display());
    answers(&[&load, "b 2; 4", "end", &save]);
    assert_eq!(fs::read_to_string(&to).unwrap(), "10\n-3\n");
}

#[test]
fn a_bad_file_or_line_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.csv");
    let load = format!("load b {}", file.display());
    for (text, due) in [
        (String::new(), "it is empty"),
        ("1,2\n3\n".into(), "row 2 has length 1"),
        ("1,red\n".into(), "line 1, column 2: \"red\" is no number"),
        ("1,NaN\n".into(), "NaN is not a finite number"),
        ("0\n".repeat(1_000_000), "more than 65536 bytes"),
    ] {
        fs::write(&file, text).unwrap();
        let said = fails(&[&load]);
        assert!(said.contains("bad.csv") && said.contains(due), "{said}");
    }
    assert!(fails(&["stp"]).contains("did you mean `step`?"));
    assert!(fails(&["a 1 2; 3"]).contains("row 2 has length 1, and the first row has length 2"));
    assert!(fails(&["a 1 2", "b 1 2", "step"]).contains("a row of A must be as long"));
}

#[test]
fn without_a_screen_the_whole_product_is_printed() {
    let output = Command::from_std(program::layerwise())
        .args(["play", "matrix"])
        .assert()
        .success()
        .get_output()
        .clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("C = A · B") && text.contains("14  13"),
        "{text}"
    );
}
