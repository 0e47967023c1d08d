//! Derivations of elements of every small model: each level sums to the value that the model computed, down to tokens.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::session::why::why;
use layerwise::trace::hook;
use layerwise::trace::operands::Cell;
use layerwise::trace::query::Choice;
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::Dtype;
use layerwise::trace::why::{Note, Why};

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

/// Numbers that look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

fn ask(source: &mut dyn Source, at: &Cell, most: usize) -> Why {
    let pass = at.pass.unwrap();
    let found = why(
        source,
        (pass, &at.point, &at.cell),
        most,
        &Control::default(),
    );
    found.unwrap_or_else(|e| panic!("{at:?}: {e}"))
}

/// A level's contributions sum to its value within what rounding explains.
fn check(found: &Why, model: &str) {
    let name = || format!("{model} {}{:?}: {found:#?}", found.point, found.cell);
    assert!(found.lacking.is_empty(), "{}", name());
    assert!(
        !found.formula.is_empty() && !found.numbers.is_empty() || found.terms.is_empty(),
        "{}",
        name()
    );
    let listed: f64 = found.terms.iter().map(|t| t.contribution.unwrap()).sum();
    let sum = listed + found.rest.contribution.unwrap();
    let computed = found.computed.unwrap();
    assert!(
        sum == computed || (sum - computed).abs() <= 1e-12 * (1.0 + computed.abs()),
        "{}",
        name()
    );
    let Some(value) = found.value else { return };
    if value == computed {
        return;
    }
    let (far, most) = ((value - computed).abs(), 2.0 * found.rounding.unwrap());
    assert!(far <= most, "{far:e} is more than {most:e}: {}", name());
}

/// Walk from an element to a token: at each level to one of the operands that contribute most.
fn walk(
    source: &mut dyn Source,
    start: Cell,
    dice: &mut Dice,
    model: &str,
    seen: &mut BTreeSet<String>,
) {
    let mut at = start;
    for _ in 0..400 {
        let found = ask(source, &at, 4);
        check(&found, model);
        seen.insert(hook::leaf(&at.point).to_owned());
        let mut next: Vec<Cell> = Vec::new();
        for term in &found.terms {
            next.extend(term.by.clone());
            next.push(term.from.clone());
        }
        next.retain(|cell| cell.pass.is_some());
        if next.is_empty() {
            return;
        }
        at = next.swap_remove(dice.below(next.len()));
    }
    panic!("{model}: no end at {at:?}");
}

#[test]
fn every_level_sums_to_its_value_down_to_tokens() {
    let mut seen = BTreeSet::new();
    for model in models() {
        for dtype in [Dtype::F32, Dtype::F64] {
            // A new model leaves the places of the others as they are.
            let own = model.file_name().unwrap().as_encoded_bytes();
            let own = own
                .iter()
                .fold(0, |sum: u64, byte| sum * 31 % 65521 + u64::from(*byte));
            let mut dice = Dice(2 * own + dtype as u64 + 1);
            let mut source = open(&model, &Options { dtype, ..options() });
            let last = source.passes().len() - 1;
            let name = model.display().to_string();
            for pass in [0, last] {
                for point in source.passes()[pass].plan.points().to_vec() {
                    // A third of all places in each dtype and pass, others in each model.
                    if dice.below(3) > 0 {
                        continue;
                    }
                    let cell = point.shape.iter().map(|n| dice.below(*n)).collect();
                    let start = Cell {
                        pass: Some(pass),
                        point: point.name.clone(),
                        cell,
                    };
                    walk(&mut *source, start, &mut dice, &name, &mut seen);
                }
            }
        }
    }
    for kind in [
        "embed",
        "pos_embed",
        "resid_pre",
        "resid_mid",
        "resid_post",
        "scale",
        "normalized",
        "out",
        "q",
        "q_normed",
        "rot_q",
        "rot_k",
        "attn_scores",
        "pattern",
        "z",
        "result",
        "attn_out",
        "pre",
        "post",
        "mlp_out",
        "logits",
        "router_logits",
        "expert_weights",
        "expert_indices",
    ] {
        assert!(seen.contains(kind), "{kind}: {seen:?}");
    }
}

#[test]
fn half_precision_sums_within_its_rounding() {
    for family in ["llama", "gpt2", "gemma2", "bloom", "qwen3"] {
        let dtype = Dtype::BF16;
        let mut source = open(&model(family), &Options { dtype, ..options() });
        let mut dice = Dice(3);
        let mut seen = BTreeSet::new();
        for point in source.passes()[1].plan.points().to_vec() {
            let cell = point.shape.iter().map(|n| dice.below(*n)).collect();
            let start = Cell {
                pass: Some(1),
                point: point.name.clone(),
                cell,
            };
            walk(&mut *source, start, &mut dice, family, &mut seen);
        }
    }
}

fn at(point: &str, cell: &[usize]) -> Cell {
    Cell {
        pass: Some(0),
        point: point.to_owned(),
        cell: cell.to_vec(),
    }
}

#[test]
fn the_trail_leads_from_a_logit_to_a_token() {
    let mut source = open(&model("llama"), &options());
    let rows = source.passes()[0].tokens.len();
    let mut first = |point: &str, cell: &[usize]| ask(&mut *source, &at(point, cell), usize::MAX);
    let logit = first("logits", &[rows - 1, 5]);
    assert_eq!(logit.terms[0].from.point, "ln_final.hook_out");
    let norm = first("ln_final.out", &[rows - 1, 5]);
    assert_eq!(norm.terms[0].from.point, "blocks.1.hook_resid_post");
    assert_eq!(norm.notes, [Note::FrozenScale]);
    // The residual stream: the embedding, each head and each MLP.
    let resid = first("1.resid_post", &[rows - 1, 5]);
    let names: BTreeSet<&str> = resid.terms.iter().map(|t| &t.from.point[..]).collect();
    let due = [
        "hook_embed",
        "blocks.0.attn.hook_result",
        "blocks.1.attn.hook_result",
        "blocks.0.hook_mlp_out",
        "blocks.1.hook_mlp_out",
    ];
    assert_eq!(names, due.into_iter().collect());
    // A copy is what it copies.
    let copy = first("1.resid_pre", &[2, 3]);
    assert_eq!(copy.terms, first("0.resid_post", &[2, 3]).terms);
    let head = first("0.result", &[2, 1, 3]);
    assert!(
        head.value.is_none()
            && head
                .terms
                .iter()
                .all(|t| t.from.point == "blocks.0.attn.hook_z")
    );
    let z = first("0.z", &[2, 1, 3]);
    assert_eq!(z.terms[0].from.point, "blocks.0.attn.hook_v");
    assert_eq!(
        z.terms[0].by.as_ref().unwrap().point,
        "blocks.0.attn.hook_pattern"
    );
    let share = first("0.pattern", &[1, 2, 0]);
    assert_eq!(share.terms.len(), 3);
    assert_eq!(share.terms[0].from.cell, [1, 2, 0]);
    assert!(share.numbers.starts_with("e^"), "{}", share.numbers);
    let score = first("0.attn_scores", &[1, 2, 0]);
    assert_eq!(score.terms[0].from.point, "blocks.0.attn.hook_rot_q");
    assert_eq!(score.notes, [Note::Scaled]);
    let turned = first("0.rot_q", &[2, 1, 3]);
    assert_eq!(turned.terms.len(), 2);
    assert!(turned.numbers.contains("cos("), "{}", turned.numbers);
    let token = first("hook_embed", &[2, 3]);
    let id = token.terms[0].from.cell[0];
    assert_eq!(
        (&token.terms[0].from.point[..], token.terms[0].from.pass),
        ("W_E", None)
    );
    assert_eq!(id, source.passes()[0].tokens[2].id as usize);
}

#[test]
fn a_trace_without_its_model_names_the_weights_it_lacks() {
    for family in ["gpt2", "bert", "gemma2", "mixtral"] {
        let mut source = open(&model(family), &options());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.safetensors");
        source.save(&path, &[], &Control::default()).unwrap();
        let mut trace = Replay::open(&path).unwrap();
        for point in source.passes()[0].plan.points().to_vec() {
            let start = at(&point.name, &vec![0; point.shape.len()]);
            let live = ask(&mut *source, &start, usize::MAX);
            let found = ask(&mut trace, &start, usize::MAX);
            assert_eq!(found.value, live.value);
            if found.computed.is_some() {
                assert!(found.lacking.is_empty());
                check(&found, family);
                continue;
            }
            assert!(!found.lacking.is_empty(), "{found:?}");
            for name in &found.lacking {
                let leaf = name.rsplit('.').next().unwrap();
                let is_weight = leaf.starts_with("W_")
                    || leaf.starts_with("b_")
                    || ["w", "b", "W"].contains(&leaf);
                assert!(
                    is_weight || name.contains("experts"),
                    "{family} {}: {name}",
                    point.name
                );
            }
        }
    }
}

#[test]
fn what_no_token_looks_at_is_a_plain_zero() {
    let mut source = open(&model("llama"), &options());
    let found = ask(&mut *source, &at("0.pattern", &[0, 0, 1]), 8);
    assert_eq!(found.notes, [Note::Masked]);
    let seen = ask(&mut *source, &at("0.pattern", &[0, 2, 1]), 8);
    assert!(!seen.text().contains('×'), "{}", seen.text());
    assert!(seen.text().contains('→'), "{}", seen.text());
    // -0 equals 0, and is not written alike.
    for number in [found.computed, found.rest.contribution] {
        assert_eq!(number.map(f64::to_bits), Some(0));
    }
}

#[test]
fn a_kept_key_is_that_of_its_tokens_pass() {
    let mut source = open(&model("llama"), &options());
    let last = source.passes().len() - 1;
    let start = source.passes()[last].start;
    for (row, pass) in [(1, 0), (start, last)] {
        let kept = Cell {
            pass: Some(last),
            ..at("blocks.0.attn.keys", &[row, 0, 3])
        };
        let kept = ask(&mut *source, &kept, usize::MAX);
        check(&kept, "llama");
        let row = row - source.passes()[pass].start;
        let own = Cell {
            pass: Some(pass),
            ..at("0.rot_k", &[row, 0, 3])
        };
        let own = ask(&mut *source, &own, usize::MAX);
        assert_eq!((kept.value, kept.terms), (own.value, own.terms));
    }
}

#[test]
fn errors_name_what_is_wrong() {
    let mut source = open(&model("llama"), &options());
    let mut error = |point: &str, cell: &[usize]| {
        let found = why(&mut *source, (0, point, cell), 3, &Control::default());
        found.unwrap_err().to_string()
    };
    assert!(error("0.patern", &[0, 0, 0]).contains("did you mean"));
    assert!(error("0.result", &[0, 99, 0]).contains("99 is outside axis 1 (head)"));
    assert!(error("9.result", &[0, 0, 0]).contains("9.result"));
    assert!(error("0.z", &[0]).contains("needs 3 indices"));
}

#[test]
fn a_token_behind_a_separator_is_of_the_second_segment() {
    let checkpoint = Checkpoint::open(&model("bert")).unwrap();
    let mut source = engine::open(checkpoint, "The capital [SEP] of France", &options()).unwrap();
    let rows = source.passes()[0].tokens.len();
    for (token, segment) in [(0, 0), (rows - 1, 1)] {
        let start = at("hook_token_type_embed", &[token, 3]);
        let found = ask(&mut *source, &start, 4);
        check(&found, "bert");
        assert_eq!(found.terms[0].from.cell, [segment, 3], "{found:?}");
    }
}

/// The values that a late sum of the residual stream is made of are kept while the pass runs: no block runs again.
#[test]
fn the_terms_of_a_late_residual_are_there_already() {
    for name in ["llama", "gpt2", "gemma2"] {
        let mut source = open(&model(name), &options());
        let plan = source.passes()[0].plan.clone();
        let end = plan.len() - 1;
        source.run_to(0, end, &Control::default()).unwrap();
        let ran = Arc::new(AtomicUsize::new(0));
        let counted = ran.clone();
        let control = Control {
            progress: Some(Arc::new(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
            })),
            ..Control::default()
        };
        let last = source.model().n_layers - 1;
        let point = format!("blocks.{last}.hook_resid_post");
        let found = why(&mut *source, (0, &point, &[2, 1]), 8, &control).unwrap();
        check(&found, name);
        // The value is looked at, and with it its own block; the embedding is looked up again.
        assert!(ran.load(Ordering::Relaxed) <= 2, "{name}: {ran:?}");
    }
}
