//! Numbers: the engine against activations that another implementation computed in float32 and
//! float64. Right is: as near to float64 as that implementation's own float32 is, times four.
#![cfg(feature = "torch")]

use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::trace::source::{Choice, Control, Source};
use layerwise::trace::tensor::Slice;
use safetensors::SafeTensors;

const PROMPT: &str = "The capital of France is 中华人民";

fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let mut models: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    models.retain(|p| p.join("reference.safetensors").exists());
    models.sort();
    assert!(
        models.len() >= 3,
        "the small models are missing from fixtures/models"
    );
    models
}

fn open(model: &Path) -> Box<dyn Source> {
    let checkpoint = Checkpoint::open(model).unwrap();
    engine::open(checkpoint, PROMPT, &Options::default()).unwrap()
}

fn floats(file: &SafeTensors, name: &str) -> Vec<f64> {
    let view = file.tensor(name).unwrap();
    let size = view.dtype().bitsize() / 8;
    view.data()
        .chunks_exact(size)
        .map(|b| match size {
            4 => f64::from(f32::from_le_bytes(b.try_into().unwrap())),
            _ => f64::from_le_bytes(b.try_into().unwrap()),
        })
        .collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(x, y)| (x - y).abs())
        .fold(0.0, f64::max)
}

#[test]
fn every_hidden_state_pattern_and_logit_is_as_near_to_float64_as_the_reference() {
    for model in models() {
        let bytes = std::fs::read(model.join("reference.safetensors")).unwrap();
        let wide_bytes = std::fs::read(model.join("reference_f64.safetensors")).unwrap();
        let (single, double) = (
            SafeTensors::deserialize(&bytes).unwrap(),
            SafeTensors::deserialize(&wide_bytes).unwrap(),
        );
        let mut source = open(&model);
        let plan = source.passes()[0].plan.clone();
        let n_layers = source.model().n_layers;
        let mut pairs = vec![
            ("logits".to_owned(), "logits".to_owned()),
            (format!("hidden.{n_layers}"), "ln_final.hook_out".to_owned()),
        ];
        for i in 0..n_layers {
            pairs.push((format!("hidden.{i}"), format!("blocks.{i}.hook_resid_pre")));
            pairs.push((
                format!("pattern.{i}"),
                format!("blocks.{i}.attn.hook_pattern"),
            ));
        }
        for (theirs, ours) in pairs {
            let truth = floats(&double, &theirs);
            let noise = distance(&floats(&single, &theirs), &truth);
            let scale = truth.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            let point = plan.position(&ours).unwrap();
            let found = source.values(0, point, &Slice::default()).unwrap();
            let error = distance(&found.data, &truth);
            let bound = 4.0 * noise + 1e-7 * scale;
            assert!(
                error <= bound,
                "{}: {ours}: {error:e} > {bound:e}",
                model.display()
            );
        }
    }
}

#[test]
fn looking_back_gives_the_same_bits() {
    for model in models() {
        let mut source = open(&model);
        let plan = source.passes()[0].plan.clone();
        let points: Vec<usize> = (0..plan.len()).collect();
        let forth: Vec<_> = points
            .iter()
            .map(|&p| source.tensor(0, p).unwrap().bytes.into_owned())
            .collect();
        // With weights that come and go.
        let options = Options {
            resident: Some(1),
            ..Options::default()
        };
        let checkpoint = Checkpoint::open(&model).unwrap();
        let mut again = engine::open(checkpoint, PROMPT, &options).unwrap();
        again
            .run_to(0, plan.len() - 1, &Control::default())
            .unwrap();
        for &p in points.iter().rev() {
            assert_eq!(
                again.tensor(0, p).unwrap().bytes[..],
                forth[p],
                "{}",
                plan.points()[p].name
            );
        }
    }
}

#[test]
fn every_hook_point_has_the_shape_its_plan_says_and_the_parts_add_up() {
    for model in models() {
        let mut source = open(&model);
        let plan = source.passes()[0].plan.clone();
        for (i, point) in plan.points().iter().enumerate() {
            assert_eq!(
                source.tensor(0, i).unwrap().shape,
                point.shape,
                "{}",
                point.name
            );
        }
        let all = Slice::default();
        for layer in 0..source.model().n_layers {
            let mut get = |leaf: &str| {
                let at = plan.position(&format!("blocks.{layer}.{leaf}")).unwrap();
                source.values(0, at, &all).unwrap()
            };
            let (mid, out) = (get("hook_resid_mid"), get("hook_mlp_out"));
            let sum: Vec<f64> = mid
                .data
                .iter()
                .zip(&out.data)
                .map(|(a, b)| f64::from((a + b) as f32))
                .collect();
            assert_eq!(get("hook_resid_post").data, sum);
            let pattern = get("attn.hook_pattern");
            let (queries, keys) = (pattern.shape[1], pattern.shape[2]);
            for (row, weights) in pattern.data.chunks_exact(keys).enumerate() {
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-5);
                assert!(
                    weights[row % queries + 1..].iter().all(|&w| w == 0.0),
                    "the future is dark"
                );
            }
        }
    }
}

#[test]
fn passes_with_the_cache_give_what_the_whole_prompt_gives() {
    let control = Control::default();
    for model in models() {
        let mut whole = open(&model);
        let ids: Vec<u32> = whole.passes()[0].tokens.iter().map(|t| t.id).collect();
        let mut cached = open(&model);
        cached.restart("The capital of France is").unwrap();
        let prefix: Vec<u32> = cached.passes()[0].tokens.iter().map(|t| t.id).collect();
        assert_eq!(ids[..prefix.len()], prefix);
        for (pass, &id) in ids[prefix.len()..].iter().enumerate() {
            cached.next(pass, &Choice::Token(id), &control).unwrap();
        }
        assert!(cached.passes().len() > 3);
        for pass in 1..cached.passes().len() {
            let row = cached.passes()[pass].start;
            let said = |source: &mut Box<dyn Source>, pass: usize, row: usize| {
                let last = source.passes()[pass].plan.len() - 1;
                source.lens(pass, last, row, 5, 1.0).unwrap()
            };
            let (with, without) = (said(&mut cached, pass, 0), said(&mut whole, 0, row));
            for (a, b) in with.top.iter().zip(&without.top) {
                assert!(
                    (a.logit - b.logit).abs() < 1e-4 * b.logit.abs().max(1.0),
                    "{with:?} {without:?}"
                );
            }
        }
    }
}
