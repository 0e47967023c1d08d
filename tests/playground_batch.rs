//! The playground's commands, and `layerwise play` as a process.

mod program;

use assert_cmd::Command;
use layerwise::play::playground::batch;
use layerwise::play::playground::link;
use layerwise::play::playground::run::Playground;
use serde_json::Value;

fn open(state: &str) -> Playground {
    Playground::new(link::read(state).unwrap().state, None).unwrap()
}

fn said(playground: &mut Playground, line: &str) -> Value {
    let reply = batch::run(playground, line).unwrap().unwrap();
    serde_json::to_value(reply).unwrap()
}

fn why(playground: &mut Playground, line: &str) -> String {
    batch::run(playground, line).unwrap_err()
}

const XOR: &str = "#dataset=xor&activation=relu&networkShape=3,2&seed=0.5&batchSize=7&noise=5";

fn play(args: &[&str]) -> (String, String, Option<i32>) {
    let mut command = Command::from_std(program::layerwise());
    let out = command.arg("play").args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(out.stdout), text(out.stderr), out.status.code())
}

#[test]
fn a_link_runs_in_batch_with_full_precision() {
    let link = "https://playground.tensorflow.org/#activation=tanh&batchSize=10&dataset=circle&seed=0.12345";
    let args = [
        link, "--batch", "--json", "-x", "run 100", "-x", "show", "-x", "weights", "-x", "data 3",
    ];
    let (out, err, code) = play(&args);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let show = &lines[1]["reply"];
    assert_eq!(show["epoch"], 100);
    for (name, due) in [
        ("train_loss", 0.00889784142891),
        ("test_loss", 0.0114497619603),
    ] {
        let got = show[name].as_f64().unwrap();
        assert!((got - due).abs() < 1e-9 * due, "{name}: {got}");
    }
    let bias = lines[2]["reply"]["layers"][0][0]["bias"].as_f64().unwrap();
    assert!((bias - 1.05955006439).abs() < 1e-9, "{bias}");
    assert_eq!(lines[3]["reply"]["train"].as_array().unwrap().len(), 3);
    let x = lines[3]["reply"]["train"][0]["x"].as_f64().unwrap();
    assert!((x - 4.61807731685).abs() < 1e-9, "{x}");
}

#[test]
fn bad_links_commands_and_files_are_told() {
    for (args, code, word) in [
        (
            vec!["nonsense", "--batch"],
            2,
            "is no link of the playground",
        ),
        (
            vec!["#noise=90", "--batch"],
            2,
            "link, key noise: 90 is out of range",
        ),
        (
            vec!["#nois=9", "--batch"],
            0,
            "warning: link: the key nois is unknown; did you mean noise?",
        ),
        (
            vec!["--batch", "-x", "rnu 3"],
            1,
            "rnu 3: no such command; did you mean run?",
        ),
        (
            vec!["--batch", "-x", "run"],
            1,
            "run needs a number of epochs",
        ),
        (
            vec!["--batch", "-x", "csv /nowhere.csv"],
            1,
            "/nowhere.csv: No such file",
        ),
        (
            vec!["--batch", "-x", "save /nowhere/a"],
            1,
            "/nowhere/a: there is no folder",
        ),
        (
            vec!["--batch", "-x", "load Cargo.toml"],
            1,
            "no save file of the playground",
        ),
    ] {
        let (_, err, got) = play(&args);
        assert!(err.contains(word), "{args:?}: {err}");
        assert_eq!(got, Some(code), "{args:?}: {err}");
    }
}

#[test]
fn files_of_commands_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("commands");
    std::fs::write(&file, "# twice\nrun 1\n\nrun 1\nquit\nrun 1\n").unwrap();
    let (out, err, code) = play(&["#seed=1", "--batch", "-x", file.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(
        out.starts_with("epoch 1: ") && out.contains("\nepoch 2: "),
        "{out}"
    );
    assert_eq!(out.lines().count(), 2);
}

#[test]
fn steps_inside_make_the_same_epoch() {
    let (mut whole, mut inside) = (open(XOR), open(XOR));
    said(&mut whole, "run 2");
    // Batches of 7 leave 5 of 250 points for the next epoch: 35 updates, and the epoch's end.
    let per_point = 3 + 1 + 3;
    said(&mut inside, &format!("into {}", 250 * per_point + 35 + 1));
    assert_eq!(inside.now().training.epoch, 1);
    let reply = said(&mut inside, "into 5");
    assert_eq!(reply["moments"][3]["step"], "loss");
    // The rest of the epoch.
    said(&mut inside, "run 1");
    assert_eq!(inside.now().training, whole.now().training);
    assert_eq!(inside.now().losses, whole.now().losses);
}

#[test]
fn a_steps_numbers_are_those_of_its_formulas() {
    let mut playground = open(XOR);
    let reply = said(&mut playground, "into 49");
    let moments = reply["moments"].as_array().unwrap();
    let numbers = |list: &Value| -> Vec<f64> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|x| x.as_f64().unwrap())
            .collect()
    };
    let sum = &moments[0]["neurons"][1];
    let terms = numbers(&sum["weights"])
        .into_iter()
        .zip(numbers(&sum["inputs"]));
    let due = terms.fold(sum["bias"].as_f64().unwrap(), |sum, (w, x)| sum + w * x);
    assert_eq!(sum["sum"].as_f64().unwrap(), due);
    let loss = &moments[3];
    let distance = loss["output"].as_f64().unwrap() - loss["target"].as_f64().unwrap();
    assert_eq!(loss["loss"].as_f64().unwrap(), 0.5 * distance * distance);
    assert_eq!(loss["by_output"].as_f64().unwrap(), distance);
    let reply = said(&mut playground, "into");
    let update = &reply["moments"][0];
    assert_eq!(update["step"], "update");
    assert_eq!(update["points"], 7);
    let bias = &update["layers"][0][1]["bias"];
    let number = |name: &str| bias[name].as_f64().unwrap();
    let due = number("before") - 0.03 * number("gradient");
    assert!((number("after") - due).abs() < 1e-15);
}

#[test]
fn going_back_and_undo_give_the_same_bits() {
    let mut playground = open(XOR);
    let mut then = Vec::new();
    for _ in 0..300 {
        then.push(playground.now().training.clone());
        said(&mut playground, "step");
    }
    for epoch in [299, 200, 101, 37, 1, 0] {
        let back = playground.now().training.epoch - epoch;
        said(&mut playground, &format!("back {back}"));
        assert_eq!(playground.now().training, then[epoch], "epoch {epoch}");
        assert_eq!(playground.now().losses.len(), epoch + 1);
    }
    assert!(why(&mut playground, "back").contains("only 0 epochs"));
    said(&mut playground, "undo");
    assert_eq!(playground.now().training, then[1]);
}

#[test]
fn going_back_crosses_changes() {
    let mut playground = open(XOR);
    said(&mut playground, "run 3");
    said(&mut playground, "rate 0.3");
    said(&mut playground, "weight 1 2 1 0.75");
    said(&mut playground, "run 2");
    let due = playground.now().training.clone();
    said(&mut playground, "run 5");
    said(&mut playground, "back 5");
    assert_eq!(playground.now().training, due);
    said(&mut playground, "back 4");
    assert_eq!(playground.now().state.learning_rate, 0.03);
    assert_eq!(playground.now().training.epoch, 1);
    let mut plain = open(XOR);
    said(&mut plain, "run 1");
    assert_eq!(playground.now().training, plain.now().training);
}

#[test]
fn changes_are_undone_and_failures_change_nothing() {
    let mut playground = open(XOR);
    said(&mut playground, "run 10");
    let before = playground.now().training.clone();
    for line in [
        "noise 30",
        "layers 8 8",
        "x off",
        "seed hello",
        "problem regression",
        "reset",
        "regenerate",
        "bias 1 1 3",
    ] {
        said(&mut playground, line);
        assert_ne!(playground.now().training, before, "{line}");
        said(&mut playground, "undo");
        assert_eq!(playground.now().training, before, "{line}");
    }
    for line in [
        "noise 51",
        "weight 9 1 1 0",
        "weight 1 4 1 0",
        "weight 1 1 3 0",
        "load Cargo.toml",
        "csv Cargo.toml",
    ] {
        why(&mut playground, line);
        assert_eq!(playground.now().training, before, "{line}");
    }
    assert_eq!(why(&mut open(XOR), "undo"), "there is nothing to undo");
}

#[test]
fn the_run_before_is_kept_as_a_ghost() {
    let mut playground = open(XOR);
    said(&mut playground, "run 10");
    let losses = playground.now().losses.clone();
    said(&mut playground, "reset");
    assert_eq!(playground.now().ghost[..], losses[..]);
    assert_eq!(playground.now().losses.len(), 1);
}

#[test]
fn a_stop_condition_ends_the_run() {
    let mut playground = open("#seed=0.5");
    said(&mut playground, "stop train < 0.1");
    let reply = said(&mut playground, "run");
    assert_eq!(reply["stopped"], "train < 0.1");
    let losses = &playground.now().losses;
    let (last, before) = (losses[losses.len() - 1], losses[losses.len() - 2]);
    assert!(last.train < 0.1 && before.train >= 0.1);
}

#[test]
fn numbers_that_are_not_finite_are_explained() {
    let state = "#problem=regression&activation=linear&learningRate=10&networkShape=4,2&seed=0.5&xSquared=true";
    let mut playground = open(state);
    let reply = said(&mut playground, "run 1000");
    let found = &reply["not_finite"];
    let text = found["text"].as_str().unwrap();
    assert!(text.contains("neuron") && text.contains("became"), "{text}");
    // The step that is named is the first: the one before it still has finite numbers.
    let (epoch, point) = (
        found["epoch"].as_u64().unwrap(),
        found["point"].as_u64().unwrap(),
    );
    let mut again = open(state);
    if epoch > 1 {
        said(&mut again, &format!("run {}", epoch - 1));
    }
    while again.now().training.point + 1 < point as usize {
        assert!(again.now().training.network.not_finite().is_none());
        said(&mut again, "into");
    }
    assert!(why(&mut playground, "run 1").contains("'back'"));
    said(&mut playground, "back");
    assert!(playground.now().not_finite.is_none());
    let losses = playground.now().losses.last().copied().unwrap();
    assert!(losses.are_finite());
}

#[test]
fn a_saved_playground_goes_on_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("with space.json");
    let file = file.to_str().unwrap();
    // L1 ends weights; batches of 7 leave points for the next epoch.
    let mut playground = open(&format!(
        "{XOR}&regularization=L1&regularizationRate=0.1&discretize=true"
    ));
    said(&mut playground, "stop test < 0.0001");
    said(&mut playground, "run 20");
    said(&mut playground, &format!("save {file}"));
    let mut loaded = open("#seed=2");
    said(&mut loaded, &format!("load {file}"));
    for playground in [&mut playground, &mut loaded] {
        said(playground, "run 20");
    }
    assert_eq!(loaded.now().training, playground.now().training);
    assert_eq!(loaded.now().losses, playground.now().losses);
    assert_eq!(loaded.now().state, playground.now().state);
    assert_eq!(loaded.now().stop, playground.now().stop);
    // A file that was changed by hand is refused, and nothing is lost.
    let text = std::fs::read_to_string(file).unwrap();
    for (old, new) in [
        ("networkShape=3,2", "networkShape=3,3"),
        ("\"epoch\":20", "\"epoch\":21"),
        ("\"playground\":1", "\"playground\":2"),
        ("\"point\":0", "\"point\":99999999999"),
        ("relu", "rleu"),
    ] {
        std::fs::write(file, text.replace(old, new)).unwrap();
        let before = loaded.now().training.clone();
        why(&mut loaded, &format!("load {file}"));
        assert_eq!(loaded.now().training, before, "{new}");
    }
}

#[test]
fn points_of_ones_own_are_trained_on_saved_and_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let row = |i: i32| format!("{},{},{}\n", i * 100, -i, i32::from(i > 20));
    let rows: String = (0..40).map(row).collect();
    std::fs::write(path("own.csv"), format!("x,y,label\n{rows}")).unwrap();
    let mut playground = open("#seed=3");
    let reply = said(&mut playground, &format!("csv {}", path("own.csv")));
    assert!(
        reply["warnings"][0]
            .as_str()
            .unwrap()
            .contains("csv scaled FILE"),
        "{reply}"
    );
    said(&mut playground, &format!("csv scaled {}", path("own.csv")));
    said(&mut playground, "run 200");
    let reply = said(&mut playground, "show");
    assert_eq!(reply["train_accuracy"], 1.0, "{reply}");
    let reply = said(&mut playground, "link");
    assert!(
        reply["warnings"][0]
            .as_str()
            .unwrap()
            .contains("points of one's own")
    );
    said(&mut playground, &format!("save {}", path("saved")));
    let mut loaded = open("#seed=4");
    said(&mut loaded, &format!("load {}", path("saved")));
    assert_eq!(loaded.now().data, playground.now().data);
    said(&mut loaded, "dataset circle");
    assert_eq!(loaded.now().data.train.points.len(), 250);
}

#[test]
fn figures_and_the_picture_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut playground = open(XOR);
    said(&mut playground, "run 30");
    for (figure, lines) in [
        ("losses", 32),
        ("points", 501),
        ("weights", 1 + 9 + 8 + 3),
        ("surface", 10_001),
    ] {
        let file = path(figure);
        said(&mut playground, &format!("export {figure} {file}"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count(), lines, "{figure}");
    }
    let text = std::fs::read_to_string(path("losses")).unwrap();
    let last: Vec<f64> = text
        .lines()
        .last()
        .unwrap()
        .split(',')
        .map(|x| x.parse().unwrap())
        .collect();
    let losses = playground.now().losses[30];
    assert_eq!(last, [30.0, losses.train, losses.test]);
    said(&mut playground, &format!("svg {}", path("picture.svg")));
    let svg = std::fs::read_to_string(path("picture.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("<line ").count(), 3 * 2 + 2 * 3 + 2);
    assert_eq!(svg.matches("<circle ").count(), 250);
    assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
}

#[test]
fn regression_has_r_squared_and_classification_a_confusion() {
    let mut playground = open("#problem=regression&seed=0.5&networkShape=");
    said(&mut playground, "run 20");
    let reply = said(&mut playground, "show");
    assert!(reply["test_r_squared"].as_f64().unwrap() > 0.99, "{reply}");
    assert!(reply.get("test_confusion").is_none());
    let reply = said(&mut open("#seed=1"), "show");
    let confusion = reply["train_confusion"].as_object().unwrap();
    assert_eq!(
        confusion.values().map(|n| n.as_u64().unwrap()).sum::<u64>(),
        250
    );
}

#[test]
fn every_reply_has_a_text() {
    let mut playground = open(XOR);
    for line in [
        "show",
        "run 2",
        "into 50",
        "weights",
        "data 2",
        "value 1 2",
        "surface",
        "surface 1 3",
        "settings",
        "link",
        "help",
        "stop off",
    ] {
        let reply = batch::run(&mut playground, line).unwrap().unwrap();
        assert!(!reply.to_string().is_empty(), "{line}");
    }
    assert!(batch::run(&mut playground, "quit").unwrap().is_none());
}
