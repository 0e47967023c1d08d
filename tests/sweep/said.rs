//! Refusals of a sweep, its progress, and its text.

use super::*;

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
                into: vec![Receiver {
                    point: "1.q".into(),
                    slice: Slice(vec![Pick::At(99)]),
                }],
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
            told.lock().unwrap().push((p.done, p.total));
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
