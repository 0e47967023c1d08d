//! Views of a changed run: an intervention at any hook point is seen by each of them.

use layerwise::session::why::why;
use layerwise::trace::intervention::{Change, Intervention, Revision};
use layerwise::trace::plan::HookPoint;
use layerwise::trace::tensor::Distribution;
use layerwise::trace::why::Note;

use super::super::*;
use super::*;

/// Norms of both kinds and behind a part, biases, caps, positions of both kinds, latent attention, experts.
const MODELS: [&str; 4] = ["llama", "gpt2", "gemma2", "deepseek_v3"];
const FACTOR: f64 = 1.5;

fn changed(source: &mut dyn Source, point: &str) {
    let scale = Change::Scale(FACTOR);
    let one = Intervention::new(0, point, Slice::default(), scale);
    let put = Revision::Put(one);
    source.intervene(put, &Control::default()).unwrap();
}

fn unchanged(source: &mut dyn Source) {
    let go = Control::default();
    source.intervene(Revision::Clear, &go).unwrap();
}

fn values(source: &mut dyn Source, point: &str, first: &[usize]) -> Vec<f64> {
    let at = source.passes()[0].plan.find(point).unwrap();
    source.values(0, at, &Slice::at(first)).unwrap().data
}

fn lens(source: &mut dyn Source, point: &str, row: usize) -> Distribution {
    let query = Query::Lens {
        pass: 0,
        point: point.into(),
        row,
        k: usize::MAX,
        temperature: Temperature::default(),
    };
    match ask(source, &query).unwrap() {
        Answer::Lens(lens) => lens,
        other => panic!("{other:?}"),
    }
}

fn points(source: &dyn Source) -> Vec<HookPoint> {
    source.passes()[0].plan.points().to_vec()
}

/// Residual streams, and the logits.
fn read(source: &dyn Source) -> Vec<String> {
    let plan = &source.passes()[0].plan;
    let all = plan.points().iter().enumerate();
    all.filter(|(at, point)| plan.is_residual(*at) || point.name == "logits")
        .map(|(_, point)| point.name.clone())
        .collect()
}

#[test]
fn every_view_sees_a_change_at_every_hook_point() {
    for model in MODELS {
        let mut source = open(&fixture(model), Dtype::F32);
        let all = points(&*source);
        for point in &all {
            // Numbers of experts have no sum.
            if point.name.ends_with("expert_indices") {
                continue;
            }
            changed(&mut *source, &point.name);
            let at = format!("{model}, {} changed", point.name);
            answers_agree(&mut *source, &at);
            heads_agree(&mut *source, &at);
            scores_agree(&mut *source, &all, &point.name, &at);
            reasons_agree(&mut *source, &all, &point.name, &at);
            unchanged(&mut *source);
        }
    }
}

/// Lens, grid, attribution and the text's score say what the logits of the pass are.
fn answers_agree(source: &mut dyn Source, at: &str) {
    let rows = source.passes()[0].rows();
    let tokens: Vec<u32> = source.passes()[0].tokens.iter().map(|t| t.id).collect();
    let names = read(source);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let Answer::Grid(found) = ask(source, &grid(&names, None)).unwrap() else {
        panic!("no grid");
    };
    for (name, line) in names.iter().zip(&found.cells) {
        for row in [0, rows - 1] {
            let cell = line[row].as_ref().unwrap();
            let own = lens(source, name, row);
            assert!(near(cell.prob, own.top[0].prob, 1e-4), "{at}: {name} {row}");
        }
    }
    let last = &found.cells[found.cells.len() - 2..];
    let Answer::Score(score) = ask(source, &Query::Score { pass: 0 }).unwrap() else {
        panic!("no score");
    };
    for row in 0..rows {
        let logits = values(source, "logits", &[row]);
        let best = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let all: f64 = logits.iter().map(|x| (x - best).exp()).sum();
        // The last residual stream is read as the pass itself reads it.
        for cells in last {
            let cell = cells[row].as_ref().unwrap();
            assert!(near(cell.prob, 1.0 / all, 1e-4), "{at}: row {row}");
        }
        if row + 1 < rows {
            let (due, _) = surprisal(&logits, tokens[row + 1] as usize);
            let own = score.tokens[row + 1].surprisal.unwrap();
            assert!(near(own, due, 1e-4), "{at}: surprisal {row}: {own} {due}");
        }
    }
    let query = Query::Attribute {
        pass: 0,
        row: rows - 1,
        token: Some(Chosen::Id(5)),
        against: None,
    };
    let Answer::Attribute(parts) = ask(source, &query).unwrap() else {
        panic!("no attribution");
    };
    assert!(near(parts.sum, parts.logit, 1e-4), "{at}: {parts:?}");
    let logit = values(source, "logits", &[rows - 1, 5])[0];
    let capped = match parts.cap {
        Some(cap) => cap * (parts.logit / cap).tanh(),
        None => parts.logit,
    };
    assert!(near(capped, logit, 1e-4), "{at}: {capped} {logit}");
}

/// Statistics of heads are read from the patterns of the pass.
fn heads_agree(source: &mut dyn Source, at: &str) {
    let Answer::HeadMap(map) = ask(source, &heads(Statistic::First)).unwrap() else {
        panic!("no map");
    };
    let rows = source.passes()[0].rows();
    for row in &map.layers {
        for (head, own) in row.heads.iter().enumerate() {
            let queries = rows - map.queries..rows;
            let first = queries.map(|query| values(source, &row.point, &[head, query, 0])[0]);
            let due = first.sum::<f64>() / map.queries as f64;
            assert!(near(*own, due, 1e-6), "{at}: {} {head}", row.point);
        }
    }
}

/// A score's parts sum to it. A score that is changed itself has no parts, and says so.
fn scores_agree(source: &mut dyn Source, all: &[HookPoint], changed: &str, at: &str) {
    let rows = source.passes()[0].rows();
    for point in all.iter().filter(|p| p.name.ends_with("attn_scores")) {
        let query = Query::Split {
            pass: 0,
            point: point.name.clone(),
            head: 1,
            row: rows - 1,
            key: rows - 2,
            most: 4,
        };
        match ask(source, &query) {
            Ok(Answer::Split(split)) => {
                assert_ne!(point.name, changed);
                assert!(near(split.sum, split.score, 1e-4), "{at}: {split:?}");
                let due = values(source, &point.name, &[1, rows - 1, rows - 2])[0];
                let own = match split.cap {
                    Some(cap) => cap * (split.score / cap).tanh(),
                    None => split.score,
                };
                assert!(near(own, due, 1e-4), "{at}: {} {own} {due}", point.name);
            }
            Err(_) => assert_eq!(point.name, changed, "{at}"),
            other => panic!("{other:?}"),
        }
    }
}

/// Each value is the sum of its operands; the changed one says that it is changed.
fn reasons_agree(source: &mut dyn Source, all: &[HookPoint], changed: &str, at: &str) {
    for (i, point) in all.iter().enumerate() {
        if point.name.ends_with("expert_indices") {
            continue;
        }
        let cell: Vec<usize> = point.shape.iter().map(|n| (7 * i + 3) % n).collect();
        let go = Control::default();
        let found = why(source, (0, &point.name, &cell), 8, &go).unwrap();
        let is_changed = found.notes.contains(&Note::Changed);
        if point.name == changed {
            assert!(is_changed, "{at}: {found:?}");
            continue;
        }
        let (computed, value) = (found.computed.unwrap(), found.value.unwrap());
        let far = (computed - value).abs();
        assert!(
            computed == value || far <= 2.0 * found.rounding.unwrap() || is_changed,
            "{at}: {} {cell:?}: {computed} {value}: {found:#?}",
            point.name
        );
    }
}

#[test]
fn a_changed_unembedding_reads_every_residual_stream() {
    let mut source = open(&fixture("llama"), Dtype::F32);
    let names = read(&*source);
    let mut logits = |point: &str, of: &str| {
        if !point.is_empty() {
            changed(&mut *source, point);
        }
        let mut top = lens(&mut *source, of, 2).top;
        top.sort_by_key(|one| one.id);
        if !point.is_empty() {
            unchanged(&mut *source);
        }
        top.iter().map(|one| one.logit).collect::<Vec<f64>>()
    };
    for (point, factor) in [
        ("ln_final.hook_scale", 1.0 / FACTOR),
        ("ln_final.hook_normalized", FACTOR),
        ("ln_final.hook_out", FACTOR),
        ("logits", FACTOR),
    ] {
        for name in &names {
            let pairs = logits("", name).into_iter().zip(logits(point, name));
            for (before, after) in pairs {
                let due = factor * before;
                assert!(near(after, due, 1e-5), "{point} {name}: {after} {due}");
            }
        }
    }
}
