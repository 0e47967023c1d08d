//! The terms of every matrix product of every small model: they sum to the value that the model computed.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;

use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::session::explain::explain;
use layerwise::session::operands::operands as answer;
use layerwise::trace::hook;
use layerwise::trace::operands::{Operands, What};
use layerwise::trace::query::{Answer, Choice, Query};
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source, SourceError};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, Pick, Slice};

use device::options;

fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let entries = std::fs::read_dir(root).unwrap();
    let mut models: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    models.sort();
    models
}

/// A model with two more tokens after its prompt, or an encoder with its prompt alone.
fn open(model: &Path, options: &Options) -> Box<dyn Source> {
    let checkpoint = Checkpoint::open(model).unwrap();
    let goes_on = checkpoint.arch.attention.causal;
    let mut source = engine::open(checkpoint, "The capital of France", options).unwrap();
    for pass in 0..if goes_on { 2 } else { 0 } {
        let token = Choice::Token(7 + pass as u32);
        source.next(pass, &token, &Control::default()).unwrap();
    }
    source
}

fn operands(
    source: &mut dyn Source,
    pass: usize,
    point: &str,
    cell: &[usize],
    how: (usize, bool),
) -> Result<Operands, SourceError> {
    answer(source, (pass, point, cell), how, &Control::default())
}

/// Some elements of every product of a pass, the first and the last among them.
fn products(source: &dyn Source, pass: usize) -> Vec<(String, Vec<usize>)> {
    let of = &source.passes()[pass];
    let mut out = Vec::new();
    for (i, point) in of.plan.points().iter().enumerate() {
        if !explain(source.model(), of, i).is_product {
            continue;
        }
        let count = point.numel();
        for flat in [0, count / 3, count / 2 + 1, count - 1] {
            let mut left = flat.min(count - 1);
            let mut cell: Vec<usize> = (point.shape.iter().rev())
                .map(|n| {
                    let i = left % n;
                    left /= n;
                    i
                })
                .collect();
            cell.reverse();
            out.push((point.name.clone(), cell));
        }
    }
    out
}

/// The distance that rounding explains: a product of a kernel is summed in another order than ours, and each of the
/// steps after it rounds again.
const ROUNDING: f64 = 2.0;

fn check(found: &Operands, model: &str) {
    let name = format!("{model} {}{:?}: {found:?}", found.point, found.cell);
    assert!(found.lacking.is_empty(), "{name}");
    let (value, computed) = (found.value.unwrap(), found.computed.unwrap());
    if value.is_infinite() {
        assert_eq!(value, computed, "{name}");
        assert_eq!(found.steps.last().unwrap().what, What::Mask);
        return;
    }
    let far = (value - computed).abs();
    let most = ROUNDING * found.rounding.unwrap();
    assert!(far <= most, "{far:e} is more than {most:e}: {name}");
    let listed: f64 = found.terms.iter().map(|t| t.contribution.unwrap()).sum();
    let sum = listed + found.rest.contribution.unwrap();
    // Both are float64, summed in another order.
    let (sum, due) = (sum, found.sum.unwrap());
    assert!((sum - due).abs() <= 1e-12 * (1.0 + due.abs()), "{name}");
}

#[test]
fn the_terms_of_every_product_sum_to_its_value() {
    let mut kinds = Vec::new();
    for model in models() {
        for dtype in [Dtype::F32, Dtype::F64] {
            let mut source = open(&model, &Options { dtype, ..options() });
            let last = source.passes().len() - 1;
            for pass in [0, last] {
                for (point, cell) in products(&*source, pass) {
                    let found = operands(&mut *source, pass, &point, &cell, (5, true));
                    check(&found.unwrap(), &model.display().to_string());
                    kinds.push(hook::leaf(&point).to_owned());
                }
            }
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    for kind in [
        "q",
        "k",
        "v",
        "attn_scores",
        "z",
        "attn_out",
        "pre",
        "pre_linear",
        "mlp_out",
        "logits",
        "router_logits",
    ] {
        assert!(kinds.iter().any(|k| k == kind), "{kind}: {kinds:?}");
    }
}

#[test]
fn half_precision_sums_within_its_rounding() {
    for family in ["llama", "gpt2", "gemma2", "bloom"] {
        let model = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/models")
            .join(family);
        let dtype = Dtype::BF16;
        let mut source = open(&model, &Options { dtype, ..options() });
        for (point, cell) in products(&*source, 2) {
            let found = operands(&mut *source, 2, &point, &cell, (5, true)).unwrap();
            check(&found, family);
        }
    }
}

#[test]
fn terms_are_named_where_they_stand() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/llama");
    let mut source = open(&model, &options());
    // A key of the first pass, read by the second.
    let scores = operands(&mut *source, 1, "0.attn_scores", &[1, 0, 2], (64, false)).unwrap();
    let term = &scores.terms[3];
    assert_eq!(term.from.point, "blocks.0.attn.hook_rot_q");
    assert_eq!(
        (term.from.pass, &term.from.cell[..]),
        (Some(1), &[0, 1, 3][..])
    );
    assert_eq!(term.by.point, "blocks.0.attn.hook_rot_k");
    assert_eq!(term.by.pass, Some(0));
    assert_eq!(
        scores.formula.split(" = ").next(),
        Some("blocks.0.attn.scores")
    );
    for term in &scores.terms {
        for (at, number) in [(&term.from, term.value), (&term.by, term.weight)] {
            let pass = at.pass.unwrap();
            let point = source.passes()[pass].plan.position(&at.point).unwrap();
            let slice = Slice(at.cell.iter().map(|&i| Pick::At(i)).collect());
            let value = source.values(pass, point, &slice).unwrap();
            assert_eq!(value.data, [number.unwrap()]);
        }
    }
    // A weight by its name, as the formula has it.
    let q = operands(&mut *source, 0, "0.q", &[2, 1, 3], (64, false)).unwrap();
    assert_eq!(q.terms[5].by.point, "blocks.0.attn.W_Q");
    let slice = Slice(q.terms[5].by.cell.iter().map(|&i| Pick::At(i)).collect());
    let query = Query::Weight {
        name: "0.W_Q".into(),
        slice,
    };
    let weight = source.answer(&query, &Control::default()).unwrap();
    let Answer::Weight(weight) = weight else {
        panic!("{weight:?}")
    };
    assert_eq!(weight.data, [q.terms[5].weight.unwrap()]);
    assert!(
        q.formula.ends_with("blocks.0.ln1.out · W_Q"),
        "{}",
        q.formula
    );
}

#[test]
fn the_largest_terms_come_first_and_the_rest_is_summed() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/gpt2");
    let mut source = open(&model, &options());
    let all = operands(&mut *source, 0, "1.mlp_out", &[3, 5], (usize::MAX, false)).unwrap();
    let some = operands(&mut *source, 0, "1.mlp_out", &[3, 5], (3, true)).unwrap();
    assert_eq!(all.rest.count, 0);
    assert!(
        all.terms
            .iter()
            .enumerate()
            .all(|(i, term)| term.index == i)
    );
    assert_eq!(some.rest.count, all.terms.len() - 3);
    let size = |i: usize| some.terms[i].contribution.unwrap().abs();
    assert!(size(0) >= size(1) && size(1) >= size(2));
    let listed = some.terms.iter().map(|t| t.contribution.unwrap());
    let sum = listed.sum::<f64>() + some.rest.contribution.unwrap();
    assert!((sum - all.sum.unwrap()).abs() < 1e-12);
    assert!(matches!(all.steps[0].what, What::Bias { .. }));
}

#[test]
fn a_trace_has_values_and_names_the_weights_it_lacks() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/qwen2");
    let mut source = open(&model, &options());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.safetensors");
    source.save(&path, &[], &Control::default()).unwrap();
    let mut trace = Replay::open(&path).unwrap();
    for (point, cell) in products(&*source, 2) {
        let live = operands(&mut *source, 2, &point, &cell, (9, false)).unwrap();
        let replayed = operands(&mut trace, 2, &point, &cell, (9, false)).unwrap();
        assert_eq!(live.value, replayed.value);
        match hook::leaf(&point) {
            "attn_scores" | "z" => assert_eq!(live, replayed),
            _ => {
                assert_eq!((replayed.computed, replayed.sum), (None, None));
                let weight = &replayed.terms[0].by.point;
                assert_eq!(replayed.lacking[0], hook::short(weight));
                assert_eq!(replayed.terms[0].value, live.terms[0].value);
                assert_eq!(replayed.terms[0].weight, None);
            }
        }
    }
}

#[test]
fn what_is_no_product_is_told() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/llama");
    let mut source = open(&model, &options());
    let mut why = |point: &str, cell: &[usize]| {
        let found = operands(&mut *source, 0, point, cell, (1, true));
        found.unwrap_err().to_string()
    };
    assert_eq!(
        why("0.resid_mid", &[0, 0]),
        "no matrix product makes blocks.0.resid_mid: it is blocks.0.resid_pre + blocks.0.attn_out"
    );
    let few = why("0.q", &[0, 0]);
    assert!(few.contains("] needs 3 indices, not 2"), "{few}");
    assert!(why("0.q", &[99, 0, 0]).contains("99 is outside axis 0 (token)"));
    assert!(why("0.qq", &[0]).contains("did you mean"));
    let query = Query::Weight {
        name: "blocks.0.attn.W_QQ".into(),
        slice: Slice::default(),
    };
    let why = source.answer(&query, &Control::default()).unwrap_err();
    assert_eq!(
        why.to_string(),
        "there is no weight blocks.0.attn.W_QQ; did you mean blocks.0.attn.W_Q?"
    );
}

#[test]
fn a_mixture_is_the_sum_of_the_experts_that_are_chosen() {
    let model =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/mixtral_three_of_eight");
    let mut source = open(&model, &options());
    let found = operands(&mut *source, 0, "0.mlp_out", &[2, 5], (64, false)).unwrap();
    check(&found, "mixtral");
    assert_eq!(found.terms.len(), 3);
    let shares: f64 = found.terms.iter().map(|term| term.weight.unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-6);
    let term = &found.terms[0];
    assert_eq!(
        term.from.point,
        format!("blocks.0.mlp.experts.{}", term.index)
    );
    assert_eq!(term.by.point, "blocks.0.mlp.hook_expert_weights");
}
