//! Why an element of another branch is what it is, and why it is another: the operands' differences sum to that of the
//! values, down to tokens.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;

use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::session::batch::Batch;
use layerwise::session::branches::Branches;
use layerwise::session::why::{why, why_difference};
use layerwise::trace::intervention::{Change, Intervention, Revision};
use layerwise::trace::operands::Cell;
use layerwise::trace::source::{Control, Pair, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::Slice;
use layerwise::trace::why::{Note, Why};
use serde_json::Value;

use device::options;

fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let entries = std::fs::read_dir(root).unwrap();
    let mut models: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    models.sort();
    models
}

fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models")
        .join(name)
}

fn open(model: &Path, prompt: &str) -> Box<dyn Source> {
    let checkpoint = Checkpoint::open(model).unwrap();
    engine::open(checkpoint, prompt, &options()).unwrap()
}

fn ask(
    here: &mut dyn Source,
    there: &mut dyn Source,
    at: &Cell,
    most: usize,
) -> Result<Why, String> {
    let pair = Pair {
        name: "other".into(),
        here,
        there,
    };
    let of = (at.pass.unwrap(), &at.point[..], &at.cell[..]);
    why_difference(pair, of, most, &Control::default()).map_err(|why| why.to_string())
}

/// A level's differences sum to that of the values.
fn check(found: &Why, model: &str) {
    let name = || format!("{model} {}{:?}: {found:#?}", found.point, found.cell);
    assert!(found.lacking.is_empty(), "{}", name());
    let listed: f64 = found.terms.iter().map(|t| t.contribution.unwrap()).sum();
    let sum = listed + found.rest.contribution.unwrap();
    let Some(value) = found.value else { return };
    if value == sum {
        return;
    }
    let rounding = found.rounding.unwrap() + 1e-12 * (1.0 + value.abs());
    assert!(
        (value - sum).abs() <= rounding,
        "{value} {sum} {rounding:e}: {}",
        name()
    );
    // Runs of one model differ by nothing but their operands.
    assert!(
        !found.notes.contains(&Note::MadeHere) || (value - sum).abs() <= 1e-5,
        "{}",
        name()
    );
}

#[test]
fn differences_of_operands_sum_to_that_of_the_value_down_to_tokens() {
    let mut levels = 0;
    for path in models() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // One word in the place of another, and a text that is longer.
        for other in ["The capital of England", "The big capital of France is"] {
            let mut here = open(&path, "The capital of France");
            let mut there = open(&path, other);
            let plan = here.passes()[0].plan.clone();
            let last = &plan.points()[plan.len() - 1];
            let row = here.passes()[0].rows() - 1;
            let cell = match last.axes.len() {
                1 => vec![3],
                _ => vec![row, 3],
            };
            let mut at = Cell {
                pass: Some(0),
                point: last.name.clone(),
                cell,
            };
            for _ in 0..200 {
                let Ok(found) = ask(&mut *here, &mut *there, &at, 4) else {
                    break;
                };
                check(&found, &name);
                levels += 1;
                let next = found.terms.iter().find(|term| term.from.pass.is_some());
                let Some(term) = next else { break };
                at = term.from.clone();
            }
        }
    }
    assert!(levels > 1000, "{levels}");
    println!("{levels} levels");
}

#[test]
fn a_change_is_found_at_the_operation_that_it_is_made_at() {
    let mut here = open(&model("llama"), "The can is on");
    let mut there = open(&model("llama"), "The can is on");
    let zero = Intervention::new(0, "0.attn_out", Slice::default(), Change::Zero);
    let put = Revision::Put(zero);
    there.intervene(put, &Control::default()).unwrap();
    let at = |point: &str, cell: &[usize]| Cell {
        pass: Some(0),
        point: point.into(),
        cell: cell.to_vec(),
    };
    let mut ask = |point: &str, cell: &[usize]| {
        let found = ask(&mut *here, &mut *there, &at(point, cell), 8).unwrap();
        check_sum(&found);
        found
    };
    let own = ask("0.attn_out", &[6, 2]);
    assert!(own.notes.contains(&Note::MadeHere), "{own:?}");
    assert_eq!(own.terms[0].from.point, "this operation itself");
    assert_eq!(own.terms[0].contribution, own.value);
    // Before it nothing differs.
    let before = ask("0.z", &[6, 1, 3]);
    assert_eq!(before.value, Some(0.0));
    assert!(
        before
            .terms
            .iter()
            .all(|term| term.contribution == Some(0.0))
    );
    // Behind it the sum names it as the operand that differs most.
    let sum = ask("0.resid_mid", &[6, 2]);
    assert!(!sum.notes.contains(&Note::MadeHere), "{sum:?}");
    assert!(sum.terms[0].from.point.contains("attn"), "{sum:?}");
    assert!(sum.terms[1].contribution.unwrap().abs() <= sum.terms[0].contribution.unwrap().abs());
}

fn check_sum(found: &Why) {
    let listed: f64 = found.terms.iter().map(|t| t.contribution.unwrap()).sum();
    let sum = listed + found.rest.contribution.unwrap();
    assert!((found.value.unwrap() - sum).abs() <= found.rounding.unwrap());
}

#[test]
fn a_branch_is_asked_without_going_there() {
    let source = open(&model("llama"), "The can is on");
    let mut branches = Branches::new(source, Box::new(|name, _| Err(format!("{name}: no model"))));
    let mut batch = Batch::new(&mut branches, false);
    let mut run = |line: &str| {
        let reply = batch.run(line)?.unwrap();
        let text = reply.text();
        Ok::<(Value, String), String>((serde_json::to_value(reply).unwrap(), text))
    };
    run("branch other prompt The cat is on").unwrap();
    let (there, _) = run("why 1.z [6, 1, 3]").unwrap();
    let (logit, _) = run("goto logits").and_then(|_| run("why")).unwrap();
    let (values, _) = run("print 1.z [6, 1, :]").unwrap();
    let (parts, _) = run("attribute 5 against 9").unwrap();
    run("switch main").unwrap();
    for (line, due) in [
        ("why other:1.z [6, 1, 3]", &there),
        ("in other why 1.z [-1, 1, 3]", &there),
        ("in other why", &logit),
        ("print other:1.z [6, 1, :]", &values),
        ("in other print 1.z [6, 1, :]", &values),
        ("in other attribute 5 against 9", &parts),
    ] {
        let (json, text) = run(line).unwrap();
        assert_eq!(json["kind"], "there", "{line}");
        assert_eq!(json["branch"], "other", "{line}");
        assert_eq!(json["reply"], *due, "{line}");
        assert!(text.starts_with("other: "), "{line}: {text}");
    }
    // This branch by its name is this branch.
    let (own, _) = run("why 1.z [6, 1, 3]").unwrap();
    assert_eq!(run("in main why 1.z [6, 1, 3]").unwrap().0["reply"], own);
    let (found, text) = run("why/5 1.z [6, 1, 3] against other").unwrap();
    let due = there["value"].as_f64().unwrap() - own["value"].as_f64().unwrap();
    assert_eq!(found["value"].as_f64().unwrap(), due);
    assert_eq!(found["against"], "other");
    assert_eq!(found["terms"].as_array().unwrap().len(), 5);
    assert!(
        text.starts_with("1.attn.z[6, 1, 3] in other less here = "),
        "{text}"
    );
    for (line, why) in [
        ("in nowhere why", "nowhere"),
        ("why nowhere:1.z", "nowhere"),
        ("in other step", "for step go there first: switch other"),
        ("in other zero 1.z", "for zero 1.z go there first"),
        ("in other whi", "whi"),
        ("in other why 9.z", "branch other: there is no block 9"),
        ("in other", "needs COMMAND"),
        ("why 1.z against", "needs BRANCH"),
        ("why 1.z against main", "main is this branch"),
        ("why 1.z against nobody", "nobody"),
    ] {
        let error = run(line).unwrap_err();
        assert!(error.contains(why), "{line}: {error}");
    }
}

#[test]
fn why_alone_is_as_before() {
    let mut source = open(&model("llama"), "The can is on");
    let found = why(&mut *source, (0, "1.z", &[6, 1, 3]), 4, &Control::default()).unwrap();
    let json = serde_json::to_value(&found).unwrap();
    assert!(json.get("against").is_none());
}
