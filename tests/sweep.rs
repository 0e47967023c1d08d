//! Sweeps: against TransformerLens's patching on the same model, against interventions made one at a time in every
//! family, and over sets of prompts.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::session::batch::Batch;
use layerwise::trace::grid::Chosen;
use layerwise::trace::intervention::{Change, Intervention, Origin, Revision};
use layerwise::trace::query::{Answer, Query};
use layerwise::trace::source::{Control, Source, SourceError};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::sweep::{Columns, Metric, Prompts, Receiver, Swap, Sweep, SweepMap};
use layerwise::trace::tensor::{Pick, Slice};
use serde_json::Value;

use device::options;

const CLEAN: &str = "The can is on";
const CORRUPTED: &str = "The cat is on";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn open(model: &str, prompt: &str) -> Box<dyn Source> {
    let checkpoint = Checkpoint::open(&fixtures().join("models").join(model)).unwrap();
    engine::open(checkpoint, prompt, &options()).unwrap()
}

/// Hook points whose names end so.
fn ending(source: &dyn Source, end: &str) -> Vec<String> {
    let points = source.passes()[0].plan.points();
    let names = points.iter().map(|point| point.name.clone());
    names.filter(|name| name.ends_with(end)).collect()
}

fn diff() -> Metric {
    Metric::Diff {
        answer: Some(Chosen::Id(5)),
        wrong: Some(Chosen::Id(9)),
    }
}

/// Activation patching from the clean prompt into the corrupted one.
fn patching(points: Vec<String>, columns: Columns) -> Sweep {
    Sweep {
        pass: 0,
        prompts: Prompts::Given {
            clean: Some(CLEAN.into()),
            corrupted: Some(CORRUPTED.into()),
        },
        swap: Swap::Patch,
        points,
        columns,
        into: None,
        metric: diff(),
        row: None,
        controls: 0,
        seed: 0,
        at_once: None,
    }
}

/// An ablation in the run of the session's own prompt.
fn ablation(points: Vec<String>, columns: Columns, swap: Swap) -> Sweep {
    Sweep {
        prompts: Prompts::default(),
        swap,
        ..patching(points, columns)
    }
}

fn ask(source: &mut dyn Source, sweep: Sweep) -> Result<SweepMap, SourceError> {
    match source.answer(&Query::Sweep(Box::new(sweep)), &Control::default())? {
        Answer::Sweep(map) => Ok(map),
        other => panic!("{other:?}"),
    }
}

fn refused(source: &mut dyn Source, sweep: Sweep) -> String {
    ask(source, sweep).unwrap_err().to_string()
}

fn values(map: &SweepMap) -> Vec<f64> {
    let cells = map.cells.iter().flatten().flatten();
    cells.map(|cell| cell.value).collect()
}

fn furthest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().flat_map(flat).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// Differences of logits around 1 in f32, which TransformerLens computes in too.
const NOISE: f64 = 2e-6;

#[test]
fn patching_has_the_results_of_transformer_lens() {
    let text = std::fs::read(fixtures().join("patching.json")).unwrap();
    let recorded: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(recorded["prompts"], serde_json::json!([CLEAN, CORRUPTED]));
    for (model, due) in recorded["models"].as_object().unwrap() {
        let mut source = open(model, "The");
        let mut compare = |key: &str, sweep: Sweep| {
            let map = ask(&mut *source, sweep).unwrap();
            let far = furthest(&values(&map), &flat(&due[key]));
            assert!(far < NOISE, "{model} {key}: {far}");
            let pair = &map.pairs[0];
            let runs = [pair.clean, pair.corrupted.unwrap()];
            let theirs = [&due["clean"], &due["corrupted"]].map(|x| x.as_f64().unwrap());
            assert!(furthest(&runs, &theirs) < NOISE, "{model} {key}");
            let (clean, corrupted) = (pair.clean, runs[1]);
            for cell in map.cells.iter().flatten().flatten() {
                let share = (cell.value - corrupted) / (clean - corrupted);
                assert!((share - cell.effect).abs() < 1e-12);
            }
        };
        let source = open(model, "The");
        for (key, columns) in [
            ("resid_pre", Columns::Position),
            ("attn_out", Columns::Position),
            ("mlp_out", Columns::Position),
            ("z", Columns::Head),
            ("pattern", Columns::Head),
        ] {
            let points = ending(&*source, &format!("hook_{key}"));
            compare(key, patching(points, columns));
        }
        let path = Sweep {
            into: Some(Receiver {
                point: "1.q".into(),
                slice: Slice(vec![Pick::Span(0..7), Pick::At(1)]),
            }),
            ..patching(vec!["0.z".into()], Columns::Head)
        };
        compare("path", path);
    }
}

/// The families of the fixtures that say tokens, a model each.
fn families() -> Vec<String> {
    let folders = std::fs::read_dir(fixtures().join("models")).unwrap();
    let names = folders.map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| open(name, "The").passes()[0].plan.has_logits())
        .collect();
    assert!(names.len() > 70);
    names.sort();
    names
}

/// The metric after the interventions.
fn measured(source: &mut dyn Source, row: usize) -> f64 {
    let end = source.passes()[0].plan.position("logits").unwrap();
    let slice = Slice(vec![Pick::At(row)]);
    let logits = source.values(0, end, &slice).unwrap().data;
    logits[5] - logits[9]
}

#[test]
fn any_hook_point_of_any_family_is_changed_as_by_an_intervention() {
    let mut worst = (0.0, String::new());
    for model in families() {
        let mut source = open(&model, CLEAN);
        let points = source.passes()[0].plan.points().iter();
        // Numbers of experts cannot be 0 for all of them.
        let points = points.map(|point| point.name.clone());
        let points: Vec<String> = points
            .filter(|name| !name.ends_with("expert_indices") && !name.starts_with("pool"))
            .collect();
        let row = source.model().first_row(&source.passes()[0]);
        let map = ask(
            &mut *source,
            ablation(points.clone(), Columns::Whole, Swap::Zero),
        );
        let map = map.unwrap_or_else(|why| panic!("{model}: {why}"));
        for (point, found) in points.iter().zip(values(&map)) {
            let zero = Intervention::new(0, point, Slice::default(), Change::Zero);
            let put = Revision::Put(zero);
            source.intervene(put, &Control::default()).unwrap();
            let due = measured(&mut *source, row);
            source
                .intervene(Revision::Clear, &Control::default())
                .unwrap();
            // Zeroed scores or norms may give a NaN on both sides.
            let far = (found - due).abs() / due.abs().max(1.0);
            assert!(
                far < 1e-5 || found.is_nan() && due.is_nan(),
                "{model} {point}: {found} {due}"
            );
            if far > worst.0 {
                worst = (far, format!("{model} {point}"));
            }
        }
    }
    println!("furthest from one at a time: {worst:?}");
}

#[test]
fn batched_numbers_lie_within_noise_of_single_ones() {
    for model in ["llama", "gpt2", "gemma2", "qwen3_moe", "bloom"] {
        let mut source = open(model, "The");
        let points = [
            ending(&*source, "hook_resid_pre"),
            ending(&*source, "hook_mlp_out"),
        ];
        let mut with = |at_once| {
            let sweep = Sweep {
                at_once,
                ..patching(points.concat(), Columns::Position)
            };
            values(&ask(&mut *source, sweep).unwrap())
        };
        let (single, some, all) = (with(Some(1)), with(Some(5)), with(None));
        let far = furthest(&single, &some).max(furthest(&single, &all));
        let size = single.iter().fold(1.0, |most: f64, x| most.max(x.abs()));
        assert!(far < 3e-6 * size, "{model}: {far} of {size}");
        let wide = single.iter().map(|x| (x - single[0]).abs());
        assert!(wide.fold(0.0, f64::max) > 1e-3, "{model}: nothing moves");
    }
}

#[test]
fn a_patched_part_is_that_of_the_other_run() {
    let mut source = open("llama", CORRUPTED);
    let point = "blocks.1.hook_resid_mid";
    let map = ask(
        &mut *source,
        patching(vec![point.into()], Columns::Position),
    );
    let map = map.unwrap();
    let at = open("llama", CLEAN).passes()[0]
        .plan
        .position(point)
        .unwrap();
    let clean = open("llama", CLEAN)
        .tensor(0, at)
        .map(|t| layerwise::trace::tensor::HostTensor {
            dtype: t.dtype,
            shape: t.shape,
            bytes: t.bytes.into_owned().into(),
        });
    let clean = clean.unwrap();
    for (row, cell) in map.cells[0].iter().enumerate() {
        let change = Change::Patch {
            from: Origin::Values,
            row: None,
        };
        let slice = Slice(vec![Pick::Span(row..row + 1)]);
        let part = clean
            .values(&source.passes()[0].plan.points()[at].axes, &slice)
            .unwrap();
        let mut one = Intervention::new(0, point, slice, change);
        one.value = Some(Arc::new(layerwise::trace::tensor::HostTensor::new(
            clean.dtype,
            part.shape,
            part.data,
        )));
        source
            .intervene(Revision::Put(one), &Control::default())
            .unwrap();
        let due = measured(&mut *source, 6);
        source
            .intervene(Revision::Clear, &Control::default())
            .unwrap();
        assert!((cell.as_ref().unwrap().value - due).abs() < NOISE);
    }
    // A sweep leaves the session as it is, and asks the model's own runs.
    assert_eq!(source.prompt(), CORRUPTED);
    let zero = Intervention::new(0, "0.mlp_out", Slice::default(), Change::Zero);
    source
        .intervene(Revision::Put(zero), &Control::default())
        .unwrap();
    let again = Sweep {
        seed: 1,
        ..patching(vec![point.into()], Columns::Position)
    };
    assert_eq!(ask(&mut *source, again).unwrap().cells, map.cells);
}

#[test]
fn the_whole_stream_restores_the_answer_and_an_unread_row_nothing() {
    let mut source = open("llama", "The");
    let stream = ending(&*source, "hook_resid_post");
    let map = ask(&mut *source, patching(stream, Columns::Whole)).unwrap();
    for cell in map.cells.iter().flatten().flatten() {
        assert!((cell.effect - 1.0).abs() < 1e-5, "{}", cell.effect);
    }
    // Along a path from the last block straight to the logits all of the stream goes too.
    let path = Sweep {
        into: Some(Receiver {
            point: "logits".into(),
            slice: Slice::default(),
        }),
        ..patching(vec!["1.resid_post".into()], Columns::Position)
    };
    let map = ask(&mut *source, path).unwrap();
    let effects: Vec<f64> = map.effects();
    assert!(
        furthest(&effects, &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]) < 1e-5,
        "{effects:?}"
    );
    let none = refused(
        &mut *source,
        Sweep {
            into: Some(Receiver {
                point: "0.q".into(),
                slice: Slice::default(),
            }),
            ..patching(vec!["1.z".into()], Columns::Head)
        },
    );
    assert!(
        none.contains("no path leads from blocks.1.attn.z into blocks.0.attn.q"),
        "{none}"
    );
}

#[test]
fn random_changes_show_a_floor_and_repeat_with_their_seed() {
    let mut source = open("llama", "The");
    let points = ending(&*source, "hook_resid_pre");
    let mut with = |seed, controls| {
        let sweep = Sweep {
            seed,
            controls,
            ..patching(points.clone(), Columns::Position)
        };
        ask(&mut *source, sweep).unwrap()
    };
    let (one, other, none) = (with(1, 3), with(2, 3), with(1, 0));
    assert_eq!((one.controls.len(), none.controls.len()), (6, 0));
    assert_eq!(none.floor, None);
    assert_eq!(with(1, 3), one);
    assert_ne!(other.controls, one.controls);
    // The cells are those of a sweep without controls, but for the size of the batch.
    assert!(furthest(&values(&one), &values(&none)) < NOISE);
    let mut sizes: Vec<f64> = one.controls.iter().map(|c| c.effect.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let floor = one.floor.unwrap();
    assert!(floor <= sizes[5] && floor >= sizes[4]);
    // Where nothing differs a random change has no size either.
    for control in one.controls.iter().chain(&other.controls) {
        let cell = one.cells[control.row][control.column].as_ref().unwrap();
        if cell.effect.abs() < 1e-6 {
            assert!(control.effect.abs() < 1e-6, "{control:?}");
        }
    }
}

#[test]
fn ablations_put_zero_means_or_rows_in_another_order() {
    let mut source = open("gpt2", CLEAN);
    for (swap, change) in [
        (Swap::Zero, Change::Zero),
        (Swap::Mean, Change::Mean { over: None }),
        (
            Swap::Resample,
            Change::Resample {
                seed: 0,
                from: None,
            },
        ),
    ] {
        let sweep = ablation(vec!["0.z".into(), "1.z".into()], Columns::Head, swap);
        let map = ask(&mut *source, sweep).unwrap();
        let own = measured(&mut *source, 6);
        for (layer, line) in map.cells.iter().enumerate() {
            for (head, cell) in line.iter().enumerate() {
                let slice = Slice(vec![Pick::Span(0..7), Pick::At(head)]);
                let point = format!("{layer}.z");
                let one = Intervention::new(0, &point, slice, change.clone());
                source
                    .intervene(Revision::Put(one), &Control::default())
                    .unwrap();
                let due = measured(&mut *source, 6);
                source
                    .intervene(Revision::Clear, &Control::default())
                    .unwrap();
                let cell = cell.as_ref().unwrap();
                assert!((cell.value - due).abs() < NOISE, "{swap:?} {layer} {head}");
                assert!((cell.effect - (due - own)).abs() < NOISE);
            }
        }
    }
}

#[test]
fn a_set_of_prompts_has_medians_quartiles_and_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pairs.tsv");
    let pairs = [
        ("The can is on", "The cat is on"),
        ("The cat is on", "The can is on"),
        ("The cap is on", "The cat is on"),
    ];
    let lines: Vec<String> = pairs.map(|(a, b)| format!("{a}\t{b}\t5\t9")).to_vec();
    let bad = "The can is on\tThe cat is on the mat\t5\t9\n\nThe can\tThe can\nThe\tCat";
    std::fs::write(&path, format!("{}\n{bad}\n", lines.join("\n"))).unwrap();
    let mut source = open("llama", "The");
    let points = ending(&*source, "hook_resid_pre");
    let set = |columns| Sweep {
        prompts: Prompts::File(path.clone()),
        metric: Metric::default(),
        controls: 1,
        ..patching(points.clone(), columns)
    };
    let map = ask(&mut *source, set(Columns::Position)).unwrap();
    assert_eq!(map.pairs.len(), 3);
    let why: Vec<&str> = map.refused.iter().map(|one| one.why.as_str()).collect();
    assert_eq!(
        map.refused.iter().map(|r| r.line).collect::<Vec<_>>(),
        [4, 6, 7]
    );
    assert!(why[0].contains("do not align"), "{why:?}");
    assert!(why[1].contains("nothing differs"), "{why:?}");
    let mut singles = Vec::new();
    for (clean, corrupted) in pairs {
        let sweep = Sweep {
            prompts: Prompts::Given {
                clean: Some(clean.into()),
                corrupted: Some(corrupted.into()),
            },
            ..patching(points.clone(), Columns::Position)
        };
        singles.push(ask(&mut *source, sweep).unwrap().effects());
    }
    for (i, cell) in map.cells.iter().flatten().flatten().enumerate() {
        let mut three: Vec<f64> = singles.iter().map(|one| one[i]).collect();
        three.sort_by(f64::total_cmp);
        let quartiles = [(three[0] + three[1]) / 2.0, (three[1] + three[2]) / 2.0];
        let found = [cell.low, cell.effect, cell.high];
        assert!(furthest(&found, &[quartiles[0], three[1], quartiles[1]]) < 1e-5);
    }
    // Heads and whole values align whatever the length.
    std::fs::write(
        &path,
        "The can\tThe cat\t5\t9\nThe can is\tThe cat is\t5\t9\n",
    )
    .unwrap();
    let heads = Sweep {
        points: ending(&*source, "hook_z"),
        ..set(Columns::Head)
    };
    assert_eq!(ask(&mut *source, heads).unwrap().pairs.len(), 2);
    let map = ask(&mut *source, set(Columns::Position)).unwrap();
    assert_eq!((map.pairs.len(), map.refused[0].line), (1, 2));
    assert!(
        map.refused[0]
            .why
            .contains("positions of prompts of other lengths")
    );
    std::fs::write(&path, "The can\tThe cat is\n").unwrap();
    let none = refused(&mut *source, set(Columns::Position));
    assert!(
        none.contains("line 1") && none.contains("do not align"),
        "{none}"
    );
    std::fs::write(&path, "\n").unwrap();
    assert!(refused(&mut *source, set(Columns::Whole)).contains("has no prompt"));
}

#[test]
fn a_mean_over_a_set_is_that_of_all_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prompts.txt");
    std::fs::write(&path, format!("{CLEAN}\nThe cat is in the hat\n")).unwrap();
    let mut source = open("llama", CLEAN);
    let over = Change::Mean {
        over: Some(path.clone()),
    };
    let one = Intervention::new(0, "1.mlp_out", Slice::default(), over);
    source
        .intervene(Revision::Put(one), &Control::default())
        .unwrap();
    let due = measured(&mut *source, 6);
    let sweep = Sweep {
        prompts: Prompts::File(path),
        ..ablation(vec!["1.mlp_out".into()], Columns::Whole, Swap::Mean)
    };
    let map = ask(&mut *source, sweep).unwrap();
    assert_eq!(map.pairs.len(), 2);
    // With two pairs the quartiles lie a quarter and three quarters of the way: their sum is that of both.
    let cell = map.cells[0][0].as_ref().unwrap();
    let other = 2.0 * cell.value - due;
    let effects = [due - map.pairs[0].clean, other - map.pairs[1].clean];
    assert!((effects[0] + effects[1] - 2.0 * cell.effect).abs() < NOISE);
    let quarter = (effects[0] - effects[1]).abs() / 2.0;
    assert!(
        (cell.high - cell.low - quarter).abs() < NOISE,
        "{cell:?} {effects:?}"
    );
}

#[test]
fn what_cannot_be_swept_says_why() {
    let mut source = open("qwen3_moe", CLEAN);
    let z = || vec!["0.z".to_owned()];
    let given = |clean: Option<&str>, corrupted: Option<&str>| Prompts::Given {
        clean: clean.map(str::to_owned),
        corrupted: corrupted.map(str::to_owned),
    };
    for (sweep, why) in [
        (
            patching(Vec::new(), Columns::Whole),
            "at least one hook point",
        ),
        (
            patching(vec!["9.z".into()], Columns::Head),
            "no hook point 9.z",
        ),
        (
            patching(vec!["0.mlp_out".into()], Columns::Head),
            "is not split into heads",
        ),
        (
            Sweep {
                prompts: given(None, None),
                ..patching(z(), Columns::Head)
            },
            "needs two prompts",
        ),
        (
            Sweep {
                prompts: given(Some(CLEAN), Some("The")),
                ..patching(z(), Columns::Head)
            },
            "do not align",
        ),
        (
            Sweep {
                prompts: given(Some(CLEAN), Some(CORRUPTED)),
                ..ablation(z(), Columns::Head, Swap::Zero)
            },
            "zero changes one run",
        ),
        (
            Sweep {
                row: Some(40),
                ..patching(z(), Columns::Head)
            },
            "there is no row 40",
        ),
        (
            Sweep {
                metric: Metric::Diff {
                    answer: Some(Chosen::Id(5)),
                    wrong: Some(Chosen::Id(5)),
                },
                ..patching(z(), Columns::Head)
            },
            "do not differ",
        ),
        (
            Sweep {
                controls: 1,
                ..patching(vec!["1.mlp.expert_indices".into()], Columns::Whole)
            },
            "numbers of experts",
        ),
        (
            Sweep {
                prompts: Prompts::File("no such file.tsv".into()),
                ..patching(z(), Columns::Head)
            },
            "no such file.tsv",
        ),
        (
            Sweep {
                into: Some(Receiver {
                    point: "1.q".into(),
                    slice: Slice(vec![Pick::At(99)]),
                }),
                ..patching(z(), Columns::Head)
            },
            "99",
        ),
    ] {
        let error = refused(&mut *source, sweep);
        assert!(error.contains(why), "{error}");
    }
    let mut encoder = open("bert_sentence", "The can");
    let error = refused(
        &mut *encoder,
        ablation(vec!["0.z".into()], Columns::Head, Swap::Zero),
    );
    assert!(error.contains("no unembedding"), "{error}");
}

#[test]
fn a_sweep_tells_its_progress_and_can_be_stopped() {
    let mut source = open("llama", CLEAN);
    let points = ending(&*source, "hook_resid_pre");
    let sweep = Sweep {
        prompts: Prompts::Given {
            clean: None,
            corrupted: Some(CORRUPTED.into()),
        },
        ..patching(points, Columns::Position)
    };
    let query = Query::Sweep(Box::new(sweep));
    let seen: Arc<Mutex<Vec<(usize, usize)>>> = Arc::default();
    let told = seen.clone();
    let control = Control {
        progress: Some(Arc::new(move |p| {
            told.lock().unwrap().push((p.done, p.total))
        })),
        ..Control::default()
    };
    source.answer(&query, &control).unwrap();
    // Embedding, two blocks, unembedding.
    assert_eq!(*seen.lock().unwrap(), [(0, 4), (1, 4), (2, 4), (3, 4)]);

    let mut source = open("llama", CLEAN);
    let cancel = Control::default().cancel;
    let (flag, count) = (cancel.clone(), Arc::new(AtomicUsize::new(0)));
    let calls = count.clone();
    let control = Control {
        cancel,
        progress: Some(Arc::new(move |_| {
            if calls.fetch_add(1, Ordering::Relaxed) == 2 {
                flag.store(true, Ordering::Relaxed);
            }
        })),
    };
    let stopped = source.answer(&query, &control);
    assert!(matches!(stopped, Err(SourceError::Cancelled)));
    assert_eq!(count.load(Ordering::Relaxed), 3);
    assert!(source.answer(&query, &Control::default()).is_ok());
}

#[test]
fn the_command_answers_as_text_and_json_and_writes_every_format() {
    let mut source = open("llama", CLEAN);
    let mut batch = Batch::new(&mut *source, false);
    let line = "sweep \"The cat is on\" over heads measure diff 5 9 random 1";
    let reply = batch.run(line).unwrap().unwrap();
    let json = serde_json::to_value(&reply).unwrap();
    assert_eq!(json["kind"], "sweep");
    assert_eq!(json["columns"], serde_json::json!(["0", "1", "2", "3"]));
    assert_eq!(json["points"][1], "blocks.1.attn.hook_z");
    let effect = json["cells"][0][1]["effect"].as_f64().unwrap();
    let text = reply.text();
    for part in [
        &format!("{effect:.3}")[..],
        "clean -0.782, corrupted 0.193 (",
        "random changes of the same size",
        "1.attn.z",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let folder = tempfile::tempdir().unwrap();
    for ending in ["csv", "json", "npy", "png", "svg"] {
        let path = folder.path().join(format!("map.{ending}"));
        let wrote = batch.run(&format!("{line} to \"{}\"", path.display()));
        let wrote = wrote.unwrap().unwrap().text();
        assert!(wrote.contains("2×4 values"), "{wrote}");
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        match ending {
            "csv" => {
                assert!(text.starts_with("point,0,1,2,3\n0.attn.z,"), "{text}");
                assert!(text.contains(&effect.to_string()), "{text}");
            }
            "json" => {
                let map: SweepMap = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(map.cells[0][1].as_ref().unwrap().effect, effect);
            }
            "npy" => assert!(bytes.ends_with(&{
                let last = json["cells"][1][3]["effect"].as_f64().unwrap();
                last.to_le_bytes()
            })),
            "png" => assert!(bytes.starts_with(b"\x89PNG")),
            _ => assert!(text.contains(">1.attn.z</text>"), "{text}"),
        }
    }
    let error = batch
        .run("sweep \"The cat is on\" over nothing")
        .unwrap_err();
    assert!(error.contains("nothing"), "{error}");
    let error = batch.run(&format!("{line} to map.txt")).unwrap_err();
    assert!(error.contains("ends with none of"), "{error}");
}
