use std::fs;

use super::*;

/// Run lines, and return what the last one says.
fn said(play: &mut Play, lines: &[&str]) -> Reply {
    let mut last = None;
    for line in lines {
        last = play.run(line).unwrap_or_else(|e| panic!("{line}: {e}"));
    }
    last.unwrap()
}

fn json(reply: &Reply) -> serde_json::Value {
    serde_json::to_value(reply).unwrap()
}

#[test]
fn the_film_in_json() {
    let reply = said(&mut Play::default(), &["inputs 1 0 1", "show"]);
    let due = serde_json::json!({
        "kind": "perceptron",
        "names": ["weather", "price", "company"],
        "inputs": [1, 0, 1],
        "weights": [8, 4, 4],
        "threshold": 8,
        "sum": 12,
        "output": 1,
    });
    assert_eq!(json(&reply), due);
}

#[test]
fn what_is_edited_is_computed_with_and_undone() {
    let mut play = Play::default();
    let reply = said(
        &mut play,
        &[
            "weight price 0.5",
            "threshold 12.5",
            "name weather 天气",
            "add mood -1",
            "toggle mood",
        ],
    );
    let found = json(&reply);
    assert_eq!(found["sum"], 11.5);
    assert_eq!(found["output"], 0);
    assert_eq!(found["names"][0], "天气");
    said(&mut play, &["undo", "undo", "undo", "undo"]);
    assert_eq!(play.perceptron().weights, Perceptron::film().weights);
    assert!(matches!(play.run("undo"), Err(PlayError::NothingToUndo)));
}

#[test]
fn and_and_or_converge_and_exclusive_or_offers_the_playground() {
    for word in ["and", "or"] {
        let mut play = Play::default();
        let reply = said(&mut play, &[&format!("data {word}"), "run"]);
        assert_eq!(json(&reply)["status"], "converged");
        assert!(
            reply
                .text()
                .starts_with("Converged: all 4 samples are right")
        );
        assert_eq!(play.wrong(), 0);
    }
    let reply = said(&mut Play::default(), &["data xor", "run"]);
    assert_eq!(json(&reply)["status"], "never");
    let text = reply.text();
    assert!(
        text.contains("No straight line separates these samples"),
        "{text}"
    );
    assert!(text.contains("`layerwise play`"), "{text}");
}

#[test]
fn exclusive_or_is_told_at_any_rate_and_contradictions_are_named() {
    let text = said(&mut Play::default(), &["data xor", "rate 0.1", "run"]).text();
    assert!(text.contains("It never converges"), "{text}");
    assert!(text.contains("`layerwise play`"), "{text}");
    let text = said(&mut Play::default(), &["data and", "append 1 1 0", "run"]).text();
    assert!(
        text.contains("Samples 4 and 5 have the same inputs and different answers"),
        "{text}"
    );
}

#[test]
fn the_truth_table_is_learned_again() {
    let mut play = Play::default();
    let before = play.run("table").unwrap();
    said(&mut play, &["data table"]);
    assert_eq!(play.wrong(), 3);
    said(&mut play, &["run"]);
    assert_eq!(play.wrong(), 0);
    let answers = |reply: Option<Reply>| match reply {
        Some(Reply::Table { rows, .. }) => rows.iter().map(|r| r[4]).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(answers(play.run("table").unwrap()), answers(before));
}

#[test]
fn samples_are_edited_saved_and_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("set.csv");
    let file = file.to_str().unwrap();
    let mut play = Play::default();
    said(
        &mut play,
        &[
            "data and",
            "cell 2 x2 0.5",
            "cell 2 answer 1",
            "append 2 3 1",
            "delete 1",
            "name x1 甲",
            &format!("save {file}"),
        ],
    );
    assert_eq!(
        fs::read_to_string(file).unwrap(),
        "甲,x2,and\n0,0.5,1\n1,0,0\n1,1,1\n2,3,1\n"
    );
    let saved = play.samples().unwrap().to_vec();
    said(&mut play, &["film", &format!("data {file}")]);
    assert_eq!(play.samples().unwrap(), saved);
    assert_eq!(play.perceptron().names, ["甲", "x2"]);
    for (line, due) in [
        ("cell 9 x2 1", "there is no row 9"),
        ("cell 1 x2 x", "is no number"),
        ("cell 1 answer 3", "an answer is 0 or 1"),
        ("append 1 1", "one value for each input"),
        ("delete 0", "there is no row 0"),
    ] {
        let why = play.run(line).unwrap_err().to_string();
        assert!(why.contains(due), "{line}: {why}");
    }
    assert_eq!(play.samples().unwrap(), saved);
}

#[test]
fn a_bad_file_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.csv");
    fs::write(&file, "a,b,y\n1,NaN,1\n").unwrap();
    let mut play = Play::default();
    said(&mut play, &["data or", "step 3"]);
    let before = play.now.clone();
    let why = play.run(&format!("data {}", file.display())).unwrap_err();
    assert!(
        why.to_string()
            .ends_with("bad.csv: line 2, column b: NaN is not a finite number")
    );
    assert_eq!(play.now, before);
}

#[test]
fn steps_go_forwards_and_back_and_say_why() {
    let mut play = Play::default();
    said(&mut play, &["data and"]);
    let why = play.run("back").unwrap_err().to_string();
    assert!(why.contains("already at the start"), "{why}");
    let reply = said(&mut play, &["step 4"]);
    assert_eq!(
        reply.text(),
        "Epoch 1, sample 4 of 4: sum 0 ≤ threshold 0, so the output is 0. The answer is 1: the sum was too \
         little. Each weight gains 1 × its input (x1 0 → 1, x2 0 → 1), and the threshold falls by 1 (0 → -1)."
    );
    // The diagram shows the sample.
    assert_eq!(play.perceptron().values, [1.0, 1.0]);
    let reply = said(&mut play, &["back"]);
    assert!(reply.text().starts_with("Epoch 1, sample 3 of 4"));
    assert_eq!(play.perceptron().weights, Weights::zero(2));
    said(&mut play, &["run", "start"]);
    assert_eq!(
        (play.learning().taken(), play.perceptron().weights.threshold),
        (0, 0.0)
    );
}

#[test]
fn too_many_steps_change_nothing() {
    let mut play = Play::default();
    said(&mut play, &["data and"]);
    let why = play
        .run("step 18446744073709551615")
        .unwrap_err()
        .to_string();
    assert!(why.contains("`reset`"), "{why}");
    assert_eq!(play.learning().taken(), 0);
}

#[test]
fn without_samples_learning_says_so() {
    for line in [
        "step",
        "back",
        "run",
        "start",
        "data",
        "save x.csv",
        "delete 1",
        "append 1 1 1 1",
    ] {
        let why = Play::default().run(line).unwrap_err().to_string();
        assert!(why.contains("there is no data set"), "{line}: {why}");
    }
}
