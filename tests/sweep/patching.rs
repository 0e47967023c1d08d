//! Patching against TransformerLens on the same model, and along paths.

use layerwise::graph::arch::Arch;
use layerwise::graph::{Graph, Node, NodeId};
use serde::Deserialize;

use super::*;

fn whole(point: &str) -> Receiver {
    Receiver {
        point: point.into(),
        slice: Slice::default(),
    }
}

fn head(point: &str, head: usize) -> Receiver {
    Receiver {
        slice: Slice(vec![Pick::Span(0..7), Pick::At(head)]),
        ..whole(point)
    }
}

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
        let into = |senders: &[&str], receivers: &[Receiver]| Sweep {
            into: receivers.to_vec(),
            ..patching(senders.iter().map(|&s| s.into()).collect(), Columns::Head)
        };
        compare("path", into(&["0.z"], &[head("1.q", 1)]));
        // In any order, in several blocks, several heads of a value, whole values, and a sender behind a receiver.
        let several = [
            head("1.q", 3),
            whole("1.mlp.pre"),
            whole("0.mlp.pre"),
            head("1.v", 0),
            head("1.q", 1),
        ];
        compare("paths", into(&["0.z", "1.z"], &several));
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
    let clean = open("llama", CLEAN).tensor(0, at).map(|t| HostTensor {
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
        one.value = Some(Arc::new(HostTensor::new(
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
        into: vec![whole("logits")],
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
            into: vec![whole("0.q")],
            ..patching(vec!["1.z".into()], Columns::Head)
        },
    );
    assert!(
        none.contains("no path leads from blocks.1.attn.z into blocks.0.attn.q"),
        "{none}"
    );
}

fn held(source: &mut dyn Source, point: &str) -> HostTensor<'static> {
    let at = source.passes()[0].plan.position(point).unwrap();
    let tensor = source.tensor(0, at).unwrap();
    HostTensor {
        dtype: tensor.dtype,
        shape: tensor.shape,
        bytes: tensor.bytes.into_owned().into(),
    }
}

fn put(source: &mut dyn Source, point: &str, value: HostTensor<'static>) {
    let change = Change::Patch {
        from: Origin::Values,
        row: None,
    };
    let mut one = Intervention::new(0, point, Slice::default(), change);
    one.value = Some(Arc::new(value));
    let put = Revision::Put(one);
    source.intervene(put, &Control::default()).unwrap();
}

/// Paths made of interventions: in one run everything that is written to the stream is held, but by the sender's own
/// part; another takes the receivers' values of it.
#[test]
fn paths_are_those_of_interventions_in_any_family() {
    let mut seen = Vec::new();
    for model in families() {
        let mut source = open(&model, CORRUPTED);
        let plan = source.passes()[0].plan.clone();
        let arch = source.model().arch.clone();
        let graph = Graph::new(&Arch::deserialize(arch.unwrap()).unwrap());
        let blocks = plan
            .points()
            .iter()
            .filter(|p| p.name.ends_with(".hook_resid_post"));
        let last = blocks.count() - 1;
        let name = |name: &str| {
            let found = plan.find(name).map(|at| &plan.points()[at].name);
            found.cloned()
        };
        let Some(sender) = name("0.z") else {
            continue;
        };
        let deep = ["q", "z", "v"].map(|leaf| format!("{last}.{leaf}"));
        let ends = ["1.q", "1.mlp.pre", "1.mlp.post"].into_iter();
        let ends = ends.chain(deep.iter().map(String::as_str));
        let mut ends: Vec<String> = ends.filter_map(name).collect();
        ends.sort();
        ends.dedup();
        // All that parts of the model write to the stream.
        let mut written = Vec::new();
        let mut plain = true;
        let in_block = |node: &&Node| node.residual && node.name.starts_with("blocks.");
        for node in graph.nodes().map(|(_, node)| node).filter(in_block) {
            for input in node.inputs.iter().map(|id| graph.node(*id)) {
                plain &= input.residual || input.hook;
                written.extend((!input.residual).then(|| input.name.clone()));
            }
        }
        // Norms stand in the stream of encoders.
        if !plain || last == 0 || ends.is_empty() || !source.model().causal {
            continue;
        }
        let clean = held(&mut *open(&model, CLEAN), &sender);
        let own = written.iter().filter(|name| {
            let from = graph.find(&sender).unwrap();
            let to = graph.find(name).unwrap();
            let mut reached = vec![false; to.0 + 1];
            for i in from.0..=to.0 {
                let node = graph.node(NodeId(i));
                let inputs = node.inputs.iter();
                reached[i] = i == from.0
                    || !node.residual && inputs.into_iter().any(|input| reached[input.0]);
            }
            !reached[to.0]
        });
        let own: Vec<String> = own.cloned().collect();
        let kept: Vec<_> = own.iter().map(|name| held(&mut *source, name)).collect();
        put(&mut *source, &sender, clean);
        for (name, value) in own.iter().zip(kept) {
            put(&mut *source, name, value);
        }
        let came: Vec<_> = ends.iter().map(|name| held(&mut *source, name)).collect();
        let go = Control::default();
        source.intervene(Revision::Clear, &go).unwrap();
        for (name, value) in ends.iter().zip(came) {
            put(&mut *source, name, value);
        }
        let row = source.model().first_row(&source.passes()[0]);
        let due = measured(&mut *source, row);
        source.intervene(Revision::Clear, &go).unwrap();
        let sweep = Sweep {
            into: ends.iter().map(|end| whole(end)).collect(),
            ..patching(vec![sender], Columns::Whole)
        };
        let map = match ask(&mut *source, sweep) {
            Ok(map) => map,
            // Some vocabularies are too small for both words.
            Err(why) if why.to_string().contains("nothing differs") => continue,
            Err(why) => panic!("{model}: {why}"),
        };
        let far = (values(&map)[0] - due).abs() / due.abs().max(1.0);
        assert!(
            far < 1e-5,
            "{model} into {ends:?}: {} {due}",
            values(&map)[0]
        );
        let moved = (due - map.pairs[0].corrupted.unwrap()).abs();
        seen.push((model, moved > 1e-4));
    }
    let moved = seen.iter().filter(|(_, moved)| *moved).count();
    println!("{} families, {moved} of them move", seen.len());
    assert!(moved > 50, "{seen:?}");
    assert!(
        seen.iter()
            .any(|(model, moved)| model == "gemma4_text" && *moved)
    );
}

#[test]
fn heads_of_a_receiver_together_are_the_whole_receiver() {
    for model in ["llama", "gpt2", "gpt_neox", "bloom"] {
        let mut source = open(model, "The");
        let plan = source.passes()[0].plan.clone();
        let count = plan.points()[plan.find("1.q").unwrap()].shape[1];
        let mut with = |into: Vec<Receiver>, columns| {
            let sweep = Sweep {
                into,
                ..patching(vec!["0.attn_out".into()], columns)
            };
            values(&ask(&mut *source, sweep).unwrap())
        };
        for columns in [Columns::Position, Columns::Whole] {
            let all = with(vec![whole("1.q"), whole("1.mlp.pre")], columns);
            let mut heads: Vec<Receiver> = (0..count).map(|i| head("1.q", i)).collect();
            let one = with(heads[..1].to_vec(), columns);
            heads.push(whole("1.mlp.pre"));
            assert!(furthest(&with(heads, columns), &all) < NOISE, "{model}");
            assert!(furthest(&one, &all) > 1e-4, "{model}");
        }
    }
}

#[test]
fn a_path_leads_into_several_receivers_by_name_or_pattern() {
    let mut source = open("llama", "The");
    let mut batch = Batch::new(&mut *source, false);
    let mut run = |into: &str| {
        let line = format!(
            "sweep \"{CLEAN}\" \"{CORRUPTED}\" over 0.z by head measure diff 5 9 random 0 into {into}"
        );
        let reply = batch.run(&line)?;
        Ok::<_, String>(serde_json::to_value(reply.unwrap()).unwrap())
    };
    // The prompt of the session is shorter than those of the sweep.
    let several = run("1.q [:, 1], 1.q [:, 3],1.v [:, 0]").unwrap();
    let says = several["definition"].as_str().unwrap();
    let due = "into blocks.1.attn.q [:, 1], blocks.1.attn.q [:, 3], blocks.1.attn.v [:, 0], every";
    assert!(says.contains(due), "{says}");
    let spans = run("1.q [0:7, 1],1.q[0:, 3] , 1.v [:, 0]").unwrap();
    assert_eq!(spans["cells"], several["cells"]);
    let all = run("{1..1}.{q,k,v}").unwrap();
    assert_eq!(all["cells"], run("1.q,1.k,1.v").unwrap()["cells"]);
    assert_ne!(all["cells"], several["cells"]);
    for (into, why) in [
        ("1.q [-1]", "counted from the start"),
        ("1.q [9]", "9 is outside axis 0"),
        ("*.qq", "no hook point matches *.qq"),
        ("{3..2}.q", "character 2: 3..2 is no range"),
        (
            "0.q",
            "no path leads from blocks.0.attn.z into blocks.0.attn.q",
        ),
    ] {
        let error = run(into).unwrap_err();
        assert!(error.contains(why), "{into}: {error}");
    }
}
