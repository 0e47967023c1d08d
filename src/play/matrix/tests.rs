use super::*;

fn play(lines: &[&str]) -> Play {
    let mut play = Play::default();
    for line in lines {
        play.run(line).unwrap_or_else(|why| panic!("{line}: {why}"));
    }
    play
}

fn fails(play: &mut Play, line: &str) -> String {
    let before = play.now.clone();
    let why = play.run(line).unwrap_err().to_string();
    assert_eq!(play.now, before, "{line} changed something");
    why
}

#[test]
fn a_product_is_walked_forwards_and_back() {
    let mut play = play(&["a 1 2; 3 4", "b 5 6; 7 8"]);
    assert_eq!(play.product().steps(), 12);
    assert_eq!(
        fails(&mut play, "back"),
        "nothing has been multiplied yet: already at the start"
    );
    play.run("step").unwrap();
    play.run("cell").unwrap();
    assert_eq!(play.product().cell(0, 0), Some(19.0));
    play.run("cell 2").unwrap();
    assert_eq!(play.product().at, 9);
    play.run("cell-back").unwrap();
    assert_eq!(play.product().at, 6);
    play.run("step 2").unwrap();
    play.run("cell-back").unwrap();
    assert_eq!(play.product().at, 6);
    play.run("end").unwrap();
    assert_eq!(
        play.product().c(),
        [[Some(19.0), Some(22.0)], [Some(43.0), Some(50.0)]]
    );
    for line in ["end", "step", "cell", "play"] {
        assert_eq!(
            fails(&mut play, line),
            "all cells have landed: already at the end"
        );
    }
    play.run("back 100").unwrap();
    assert_eq!(play.product().at, 0);
    play.run("start").unwrap();
}

#[test]
fn numbers_and_sizes_change_and_come_back() {
    let mut play = play(&["step 3", "set a 1 2 -7", "size 1 2 4", "swap"]);
    assert_eq!(play.product().at, 0);
    assert!(!play.product().fits());
    let why = fails(&mut play, "step");
    assert!(why.contains("A is 2×4 and B is 1×2"), "{why}");
    play.run("undo").unwrap();
    assert_eq!(play.product().a.all(), [[1.0, -7.0]]);
    assert_eq!(
        play.product().b.all(),
        [[1.0, 0.0, 0.0, 0.0], [2.0, -1.0, 0.0, 0.0]]
    );
    play.run("undo").unwrap();
    play.run("undo").unwrap();
    // The cells that were multiplied before the change come back with it.
    assert_eq!(
        play.product(),
        &Product {
            at: 3,
            ..Product::example()
        }
    );
    assert_eq!(fails(&mut play, "undo"), "nothing to undo");
}

#[test]
fn what_is_wrong_changes_nothing() {
    let mut play = play(&["step 2"]);
    for (line, due) in [
        ("size 0 1 1", "it is empty"),
        ("size 10 1 1", "10×1 is too large"),
        ("set a 3 1 5", "A has no element 3, 1: its size is 2×3"),
        ("set u 3 5", "u has no element 3: its size is 2"),
        (
            "a 1 2; 3",
            "row 2 has length 1, and the first row has length 2",
        ),
        ("u", "a vector has 1 to 9 numbers here, not 0"),
        ("load a nothing.csv", "nothing.csv: it is not there"),
        ("save c /nowhere/c.csv", "C has cells that have not landed"),
        ("save a /nowhere/a.csv", "cannot be written"),
    ] {
        let why = fails(&mut play, line);
        assert!(why.contains(due), "{line}: {why}");
    }
    play.run("vectors").unwrap();
    assert_eq!(
        fails(&mut play, "step"),
        "two vectors have no steps: `product` shows the matrices"
    );
}

#[test]
fn replies_are_text_and_data() {
    let mut play = play(&["a 1 2; 3 4", "b 5 6; 7 8"]);
    let reply = play.run("step 5").unwrap().unwrap();
    assert_eq!(
        reply.text(),
        "A       B       C = A · B\n1  2    5  6    19  ·\n3  4    7  8     ·  ·\n\
         1 × 6 + 2 × 8 = 22\nNumber 2 of each: 2 × 8 = 16. The sum is now 22."
    );
    let data = serde_json::to_value(&reply).unwrap();
    assert_eq!(data["c"], serde_json::json!([[19, null], [null, null]]));
    assert_eq!(data["cell"]["sum"], 22);
    assert_eq!(data["cell"]["row"], 1);
    assert_eq!(data["cell"]["column"], 2);
    assert_eq!(
        data["cell"]["products"][1],
        serde_json::json!({"left": 2, "right": 8, "product": 16})
    );
    let reply = play.run("u 1 0").unwrap().unwrap();
    let data = serde_json::to_value(&reply).unwrap();
    assert_eq!(data["dot"], 5);
    assert_eq!(data["sum"], serde_json::json!([6, 1]));
    let reply = play.run("v 0 0").unwrap().unwrap();
    let data = serde_json::to_value(&reply).unwrap();
    assert_eq!(data["cosine"], serde_json::Value::Null);
    assert!(reply.text().contains("has no direction"));
    let reply = play.run("v 1 2 3").unwrap().unwrap();
    assert!(
        reply.text().contains("u has length 2 and v has length 3"),
        "{}",
        reply.text()
    );
}
