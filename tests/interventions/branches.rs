//! Branches of small models: what they share, what each has for itself, and a value in two of them.

use layerwise::session::branches::Branches;
use layerwise::trace::align::align;
use layerwise::trace::branch::{BranchChange, Difference};
use layerwise::trace::grid::Chosen;
use layerwise::trace::intervention::{Change, Glob, Intervention, Origin, Revision, entries};
use layerwise::trace::query::{Answer, Choice, Job, Query, Sampling};
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Pick, Slice};

use super::device::options;
use super::*;

/// The tree on a model; another branch's model is that of a family, or a trace by its path.
fn tree(source: Box<dyn Source>) -> Branches {
    let open = |name: &str, prompt: &str| match Replay::open(Path::new(name)) {
        Ok(trace) => Ok(Box::new(trace) as Box<dyn Source>),
        Err(_) => Ok(opened(name, prompt, &options())),
    };
    Branches::new(source, Box::new(open))
}

fn branch(source: &mut Branches, change: BranchChange) {
    let job = Job::Branch { change };
    source.run(&job, &Control::default()).unwrap();
}

fn make(source: &mut Branches, name: &str, prompt: Option<&str>, model: Option<&str>) {
    branch(
        source,
        BranchChange::Make {
            name: name.into(),
            prompt: prompt.map(str::to_owned),
            model: model.map(str::to_owned),
        },
    );
}

fn switch(source: &mut Branches, name: &str) {
    branch(source, BranchChange::Switch { name: name.into() });
}

fn diff(source: &mut Branches, point: &str, slice: Vec<Pick>) -> Result<Difference, String> {
    let query = Query::Difference {
        branch: None,
        pass: 0,
        point: point.into(),
        slice: Slice(slice),
    };
    match source.answer(&query, &Control::default()) {
        Ok(Answer::Difference(found)) => Ok(found),
        Ok(other) => panic!("{other:?}"),
        Err(why) => Err(why.to_string()),
    }
}

#[test]
fn a_branch_shares_what_is_before_and_changes_nothing_of_its_parent() {
    for family in FAMILIES {
        let mut source = tree(open(family));
        let own = every(&mut source);
        make(&mut source, "a", None, None);
        assert!(every(&mut source) == own, "{family}: the same bits");
        put(&mut source, 0, "1.mlp_out", vec![], Change::Scale(2.0));
        let changed = every(&mut source);
        assert!(changed != own, "{family}");
        let mut fresh = open(family);
        put(&mut *fresh, 0, "1.mlp_out", vec![], Change::Scale(2.0));
        assert!(
            every(&mut *fresh) == changed,
            "{family}: as without branches"
        );
        switch(&mut source, "main");
        assert!(source.interventions().is_empty());
        assert!(every(&mut source) == own, "{family}: the parent stays");
        switch(&mut source, "a");
        assert!(every(&mut source) == changed, "{family}: the way back");
        // Without its interventions it is the model's own again.
        revise(&mut source, Revision::Clear);
        assert!(every(&mut source) == own, "{family}");
    }
}

#[test]
fn branches_go_on_differently_after_the_same_tokens() {
    for family in ["gpt2", "llama", "gemma2"] {
        let go = Control::default();
        let mut source = tree(open(family));
        make(&mut source, "a", None, None);
        make(&mut source, "b", None, None);
        for (name, id) in [("main", 3), ("a", 5), ("b", 9)] {
            switch(&mut source, name);
            source.next(2, &Choice::Token(id), &go).unwrap();
            source.next(3, &Choice::Token(id + 1), &go).unwrap();
        }
        for (name, id) in [("a", 5), ("main", 3), ("b", 9)] {
            switch(&mut source, name);
            let mut fresh = open(family);
            fresh.next(2, &Choice::Token(id), &go).unwrap();
            fresh.next(3, &Choice::Token(id + 1), &go).unwrap();
            assert!(every(&mut source) == every(&mut *fresh), "{family} {name}");
        }
    }
}

/// Each element against the two models by themselves, in prompts of different lengths.
#[test]
fn a_difference_sets_each_token_beside_its_counterpart() {
    let (a, b) = ("The capital of France is", "So the big capital of Italy is");
    for family in ["gpt2", "llama", "bert"] {
        let mut here = opened(family, a, &options());
        let mut there = opened(family, b, &options());
        let aligned = align(&here.passes()[0].tokens, &there.passes()[0].tokens);
        assert!(aligned.iter().any(Option::is_some), "{family}");
        let mut source = tree(opened(family, b, &options()));
        make(&mut source, "a", Some(a), None);
        for point in ["0.resid_post", "1.q", "1.pattern", "1.mlp.post"] {
            let found = diff(&mut source, point, vec![]).unwrap();
            let (i, j) = (at(&*here, point), at(&*there, point));
            let (one, two) = (here.tensor(0, i).unwrap(), there.tensor(0, j).unwrap());
            assert_eq!(found.shape, one.shape);
            assert_eq!(found.here, floats(&one), "{family} {point}");
            let others = floats(&two);
            let is_pattern = point.ends_with("pattern");
            for (place, value) in found.there.iter().enumerate() {
                let (rows, cols) = (
                    one.shape[one.shape.len() - 2],
                    one.shape[one.shape.len() - 1],
                );
                let due = if is_pattern {
                    let (head, row, key) =
                        (place / (rows * cols), place / cols % rows, place % cols);
                    let n = two.shape[2];
                    aligned[row]
                        .zip(aligned[key])
                        .map(|(row, key)| others[(head * n + row) * n + key])
                } else {
                    let width: usize = one.shape[1..].iter().product();
                    let (row, rest) = (place / width, place % width);
                    aligned[row].map(|row| others[row * width + rest])
                };
                assert_eq!(*value, due, "{family} {point} {place}");
            }
            // A part is that part of the whole.
            let last = one.shape.len() - 1;
            let mut slice: Vec<Pick> = one.shape.iter().map(|&n| Pick::Span(0..n)).collect();
            slice[last] = Pick::At(1);
            let part = diff(&mut source, point, slice).unwrap();
            let width = one.shape[last];
            let due: Vec<_> = found.there.iter().skip(1).step_by(width).copied().collect();
            assert_eq!(part.there, due, "{family} {point}");
        }
    }
}

#[test]
fn two_models_are_compared_where_their_shapes_agree() {
    let mut source = tree(opened("llama", PROMPT, &options()));
    make(&mut source, "biases", None, Some("llama_biases"));
    assert_eq!(source.branches()[1].model.as_deref(), Some("llama_biases"));
    let why = diff(&mut source, "1.q", vec![]).unwrap_err();
    let due = "q has shape [11, 4, 12] here and [11, 4, 8] in branch main: there is no difference of the two";
    assert!(why.ends_with(due), "{why}");
    let found = diff(&mut source, "1.resid_post", vec![]).unwrap();
    assert!(found.largest().unwrap().1 != 0.0);
    switch(&mut source, "main");
    make(&mut source, "gpt2", None, Some("gpt2"));
    let why = diff(&mut source, "pos_embed", vec![]).unwrap_err();
    assert!(
        why.starts_with("branch main: there is no hook point"),
        "{why}"
    );
    // A question to another branch.
    let query = Query::There {
        branch: "biases".into(),
        query: Box::new(Query::Summary {
            pass: 0,
            point: "1.q".into(),
        }),
    };
    let Answer::Summary(there) = source.answer(&query, &Control::default()).unwrap() else {
        panic!("no summary");
    };
    let mut alone = opened("llama_biases", PROMPT, &options());
    let q = at(&*alone, "1.q");
    assert_eq!(there, alone.summary(0, q, &Control::default()).unwrap());
}

#[test]
fn a_model_is_compared_with_its_own_trace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let go = Control::default();
    let mut source = tree(open("gpt2"));
    source.save(&path, &[], &go).unwrap();
    make(&mut source, "trace", None, path.to_str());
    assert_eq!(source.passes().len(), 3);
    let found = diff(&mut source, "1.z", vec![]).unwrap();
    assert_eq!(found.largest().unwrap().1, 0.0);
    let why = source.run(
        &Job::Branch {
            change: BranchChange::Make {
                name: "more".into(),
                prompt: None,
                model: None,
            },
        },
        &go,
    );
    let why = why.unwrap_err().to_string();
    assert!(
        why.contains("a trace is a recording: a branch needs the model"),
        "{why}"
    );
}

#[test]
fn values_that_were_dropped_come_back_with_their_bits() {
    for family in FAMILIES {
        let mut source = open(family);
        put(&mut *source, 0, "0.mlp_out", vec![], Change::Zero);
        let due = every(&mut *source);
        assert!(source.held() > 0);
        source.release();
        assert_eq!(source.held(), 0);
        assert!(every(&mut *source) == due, "{family}");
        revise(&mut *source, Revision::Undo);
        assert!(every(&mut *source) == every(&mut *open(family)), "{family}");
    }
}

#[test]
fn a_forbidden_token_is_never_chosen_again() {
    let go = Control::default();
    for family in ["gpt2", "llama", "gemma2"] {
        let mut source = opened(family, PROMPT, &options());
        source.next(0, &Choice::Greedy, &go).unwrap();
        let token = source.passes()[1].tokens.last().unwrap().clone();
        source.restart(PROMPT).unwrap();
        let forbid = Change::Forbid(Chosen::Id(token.id));
        let reached = put(&mut *source, 0, "logits", vec![], forbid);
        assert!(!reached.is_empty(), "{family}");
        let drawn = Choice::Sample(Sampling {
            temperature: 5.0,
            top_k: 0,
            top_p: 1.0,
            seed: 1,
        });
        for pass in 0..12 {
            let choice = if pass % 2 == 0 {
                &Choice::Greedy
            } else {
                &drawn
            };
            source.next(pass, choice, &go).unwrap();
            let chosen = source.passes()[pass + 1].tokens.last().unwrap();
            assert_ne!(chosen.id, token.id, "{family} pass {pass}");
            let logits = at(&*source, "logits");
            let row = source.passes()[pass].rows() - 1;
            let slice = Slice(vec![Pick::At(row), Pick::At(token.id as usize)]);
            let own = source.values(pass, logits, &slice).unwrap();
            assert_eq!(own.data, [f64::NEG_INFINITY], "{family}");
        }
        // It is kept in a trace, and comes back with the command that makes it.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.safetensors");
        source.save(&path, &["logits"], &go).unwrap();
        let trace = Replay::open(&path).unwrap();
        assert_eq!(trace.interventions(), source.interventions());
        let said = source.interventions()[0].to_string();
        assert!(said.starts_with("forbid "), "{said}");
        revise(&mut *source, Revision::Undo);
        source.next(0, &Choice::Greedy, &go).unwrap();
        assert_eq!(source.passes()[1].tokens.last(), Some(&token), "{family}");
    }
}

#[test]
fn an_edited_logit_is_what_generation_goes_on_with() {
    let go = Control::default();
    let mut source = opened("gpt2", PROMPT, &options());
    let row = source.passes()[0].rows() - 1;
    let slice = vec![Pick::At(row), Pick::At(11)];
    put(&mut *source, 0, "logits", slice, Change::Put(1e4));
    source.next(0, &Choice::Greedy, &go).unwrap();
    assert_eq!(source.passes()[1].tokens.last().unwrap().id, 11);
}

/// One change at each hook point that a pattern meets: the numbers are those of as many changes by hand.
#[test]
fn a_pattern_is_one_entry_of_the_list() {
    let points = ["blocks.0.attn.hook_z", "blocks.1.attn.hook_z"];
    for family in ["gpt2", "llama", "gptj"] {
        let slice = || vec![Pick::Span(0..source_rows(family)), Pick::At(0)];
        let mut source = open(family);
        put(&mut *source, 0, "0.mlp_out", vec![], Change::Scale(0.5));
        let before = every(&mut *source);
        let each = points.map(|point| {
            let one = Intervention::new(0, point, Slice(slice()), Change::Zero);
            let glob = Some(Glob {
                pattern: "*.attn.z".into(),
                count: 0,
                index: 0,
            });
            Intervention { glob, ..one }
        });
        revise(&mut *source, Revision::PutEach(each.to_vec()));
        assert_eq!(entries(source.interventions()), [0..1, 1..3]);
        let changed = every(&mut *source);
        let mut fresh = open(family);
        put(&mut *fresh, 0, "0.mlp_out", vec![], Change::Scale(0.5));
        for point in points {
            put(&mut *fresh, 0, point, slice(), Change::Zero);
        }
        assert!(every(&mut *fresh) == changed, "{family}");
        revise(&mut *source, Revision::Toggle(2));
        assert!(every(&mut *source) == before, "{family}: off, all of it");
        revise(&mut *source, Revision::Toggle(2));
        assert!(every(&mut *source) == changed, "{family}: on, all of it");
        revise(&mut *source, Revision::Undo);
        revise(&mut *source, Revision::Undo);
        revise(&mut *source, Revision::Undo);
        assert!(every(&mut *source) == before, "{family}: undone, all of it");
        let why = source.intervene(Revision::Toggle(2), &Control::default());
        let why = why.unwrap_err().to_string();
        assert!(why.contains("only number 1"), "{why}");
    }
}

fn source_rows(family: &str) -> usize {
    opened(family, PROMPT, &options()).passes()[0].rows()
}

/// A branch that is written down comes back with its tokens and interventions, numbers among them.
#[test]
fn branches_are_restored_as_they_were() {
    let go = Control::default();
    let mut source = tree(open("gpt2"));
    let from = Some("Paris is".to_owned());
    let resample = Change::Resample { seed: 3, from };
    put(&mut source, 0, "1.resid_pre", vec![Pick::At(1)], resample);
    make(&mut source, "a", None, None);
    put(&mut source, 1, "0.mlp_out", vec![], Change::Zero);
    source.next(2, &Choice::Greedy, &go).unwrap();
    make(&mut source, "b", Some("Paris is"), None);
    make(&mut source, "c", None, Some("llama"));
    switch(&mut source, "a");
    let written = serde_json::to_string(source.branches()).unwrap();
    let read: Vec<layerwise::trace::branch::Branch> = serde_json::from_str(&written).unwrap();
    assert_eq!(read, source.branches());
    let mut again = tree(opened("gpt2", "another prompt", &options()));
    again.restore(&read, &go);
    for name in ["main", "b", "c", "a"] {
        switch(&mut source, name);
        switch(&mut again, name);
        assert_eq!(again.interventions(), source.interventions(), "{name}");
        assert!(every(&mut again) == every(&mut source), "{name}");
    }
    assert_eq!(again.branches(), source.branches());
}

/// Patching from another prompt: after a patch of the whole stream at a layer, all behind it is the other's.
#[test]
fn a_patch_takes_the_counterparts_in_another_branch() {
    let go = Control::default();
    let from = Origin::Branch("main".into());
    let patch = Change::Patch { from, row: None };
    let one = |slice| Intervention::new(0, "1.resid_pre", Slice(slice), patch.clone());
    for family in ["gpt2", "llama"] {
        let mut there = opened(family, "a b c d", &options());
        let mut source = tree(opened(family, "a b c d", &options()));
        make(&mut source, "corrupted", Some("a e c d"), None);
        let end = source.passes()[0].plan.len() - 1;
        let clean = floats(&there.tensor(0, end).unwrap());
        assert!(floats(&source.tensor(0, end).unwrap()) != clean, "{family}");
        source.intervene(Revision::Put(one(vec![])), &go).unwrap();
        assert!(floats(&source.tensor(0, end).unwrap()) == clean, "{family}");
        let said = source.interventions()[0].to_string();
        assert_eq!(said, "patch branch main blocks.1.resid_pre");
        // In a longer text some tokens have no counterpart, and a slice takes those that do.
        make(&mut source, "longer", Some("x y a b c d"), None);
        revise(&mut source, Revision::Clear);
        let why = source.intervene(Revision::Put(one(vec![])), &go);
        let why = why.unwrap_err().to_string();
        assert!(
            why.contains("has no counterpart in main: a slice takes"),
            "{why}"
        );
        let last = source.passes()[0].rows() - 1;
        let last_of_clean = there.passes()[0].rows() - 1;
        source
            .intervene(Revision::Put(one(vec![Pick::At(last)])), &go)
            .unwrap();
        let point = at(&source, "1.resid_pre");
        let row = |row| Slice(vec![Pick::At(row)]);
        let now = source.values(0, point, &row(last)).unwrap();
        assert_eq!(
            now,
            there.values(0, point, &row(last_of_clean)).unwrap(),
            "{family}"
        );
    }
}
