//! Numbers: the engine against activations that another implementation computed in float32 and float64. The
//! engine may be at most four times as far from float64 as that implementation's float32.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;

use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::graph::arch::{Arch, Norms, Positions, RopeScaling, Score};
use layerwise::trace::plan::Axis;
use layerwise::trace::query::Choice;
use layerwise::trace::replay::Replay;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, Pick, Slice, Values};
use safetensors::SafeTensors;

use device::options;

const PROMPT: &str = "The capital of France is 中华人民";

/// Options with which no scores are held whole, as for long prompts.
fn long() -> Options {
    Options {
        whole_scores: 0,
        ..options()
    }
}

fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let mut models: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    models.retain(|p| p.join("reference.safetensors").exists());
    models.sort();
    assert!(
        models.len() >= 50,
        "the small models are missing from fixtures/models"
    );
    models
}

fn arch(model: &Path) -> Arch {
    Checkpoint::open(model).unwrap().arch
}

/// Whether rotary frequencies depend on the number of tokens in view.
fn turns_by_length(arch: &Arch) -> bool {
    let Positions::Rotary(rotary) = &arch.positions else {
        return false;
    };
    rotary.ropes.iter().any(|rope| {
        matches!(
            rope.scaling,
            RopeScaling::Dynamic { .. } | RopeScaling::Longrope { .. }
        )
    })
}

fn open(model: &Path) -> Box<dyn Source> {
    open_with(model, &options())
}

fn open_with(model: &Path, options: &Options) -> Box<dyn Source> {
    let checkpoint = Checkpoint::open(model).unwrap();
    engine::open(checkpoint, &prompt(model), options).unwrap()
}

/// The model's prompt. Encoders have one with a token to fill in.
fn prompt(model: &Path) -> String {
    let bytes = std::fs::read(model.join("reference.safetensors")).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let own = header.metadata().as_ref().and_then(|m| m.get("prompt"));
    own.map_or_else(|| PROMPT.to_owned(), String::clone)
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
    near_to_float64(&options());
}

/// Attention runs as for a prompt that is too long to hold its scores.
#[test]
fn attention_without_its_scores_is_as_near() {
    near_to_float64(&long());
}

fn near_to_float64(options: &Options) {
    for model in models() {
        let bytes = std::fs::read(model.join("reference.safetensors")).unwrap();
        let wide_bytes = std::fs::read(model.join("reference_f64.safetensors")).unwrap();
        let (single, double) = (
            SafeTensors::deserialize(&bytes).unwrap(),
            SafeTensors::deserialize(&wide_bytes).unwrap(),
        );
        let mut source = open_with(&model, options);
        let plan = source.passes()[0].plan.clone();
        let n_layers = source.model().n_layers;
        let mut names = double.names().into_iter();
        let mut pairs: Vec<(String, String)> = names
            .by_ref()
            .filter(|name| plan.position(name).is_some())
            .map(|name| (name.to_owned(), name.to_owned()))
            .collect();
        assert!(!pairs.is_empty(), "{}: no result", model.display());
        let last = format!("hidden.{n_layers}");
        let arch = arch(&model);
        // In decoders the last hidden state is not a hook point.
        let ends_in_norm =
            arch.unembedding.stream_norm || arch.attention.causal && arch.unembedding.norm;
        if ends_in_norm {
            pairs.push((last, "ln_final.hook_out".to_owned()));
        } else if !arch.attention.causal {
            pairs.push((last, format!("blocks.{}.ln2.hook_out", n_layers - 1)));
        }
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
    for (model, whole) in models()
        .into_iter()
        .flat_map(|m| [(m.clone(), false), (m, true)])
    {
        let start = if whole { options() } else { long() };
        let mut source = open_with(&model, &start);
        let plan = source.passes()[0].plan.clone();
        let points: Vec<usize> = (0..plan.len()).collect();
        let forth: Vec<_> = points
            .iter()
            .map(|&p| source.tensor(0, p).unwrap().bytes.into_owned())
            .collect();
        // Weights come and go.
        let options = Options {
            resident: Some(1),
            ..start
        };
        let mut again = open_with(&model, &options);
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
        let arch = arch(&model);
        let all = Slice::default();
        for layer in 0..arch.n_layers {
            let mut get = |leaf: &str| {
                let at = plan.position(&format!("blocks.{layer}.{leaf}"))?;
                Some(source.values(0, at, &all).unwrap())
            };
            // The stream grows by the output of each half, in f32 while it is added.
            let grown = |stream: Vec<f64>, by: Values| -> Vec<f64> {
                let sums = stream.iter().zip(&by.data);
                sums.map(|(a, b)| f64::from((a + b) as f32)).collect()
            };
            let several = arch.block.alternating.is_some();
            let pre = get("hook_resid_pre_kept").or_else(|| get("hook_resid_pre"));
            let pre = pre.unwrap().data;
            let mut stream = grown(pre, get("hook_attn_out").unwrap());
            if let Some(mid) = get("hook_resid_mid").filter(|_| several) {
                // Attention adds to a prediction, beside a residual of low rank.
                stream = mid.data;
            } else if let Some(mid) = get("hook_resid_mid") {
                assert_eq!(mid.data, stream, "{}", model.display());
            }
            if let Some(kept) = get("hook_resid_mid_kept") {
                stream = kept.data;
            }
            if arch.block.norms == Norms::Post {
                stream = get("ln1.hook_out").unwrap().data;
            }
            let sum = get("hook_resid_mlp").or_else(|| get("hook_resid_post"));
            let sum = sum.unwrap().data;
            assert_eq!(sum, grown(stream, get("hook_mlp_out").unwrap()));
            if let Some(out) = get("hook_layer_out").filter(|_| !several) {
                let end = get("hook_resid_layer").or_else(|| get("hook_resid_post"));
                assert_eq!(end.unwrap().data, grown(sum, out));
            }

            let pattern = get("attn.hook_pattern").unwrap();
            let (queries, keys) = (pattern.shape[1], pattern.shape[2]);
            let window = arch.attention.windows[layer].unwrap_or(keys);
            for (row, weights) in pattern.data.chunks_exact(keys).enumerate() {
                let query = row % queries;
                let sum: f64 = weights.iter().sum();
                if arch.attention.sinks_in(layer) {
                    assert!(sum > 0.0 && sum < 1.0);
                } else {
                    assert!((sum - 1.0).abs() < 1e-5);
                }
                let dark = |weights: &[f64]| weights.iter().all(|&w| w == 0.0);
                if arch.attention.causal {
                    assert!(dark(&weights[query + 1..]), "the future is dark");
                } else {
                    assert!(weights.iter().all(|w| *w > 0.0), "all tokens are seen");
                }
                let seen = (query + 1).saturating_sub(window);
                assert!(
                    dark(&weights[..seen]),
                    "what lies before the window is dark"
                );
            }
            if let Positions::Rotary(rotary) = &arch.positions
                && let Some(rope) = rotary.by_layer[layer]
                && !arch.attention.norm_turned
            {
                let rope = &rotary.ropes[rope];
                for (before, after) in [("q", "rot_q"), ("k", "rot_k")] {
                    // A block that reads another one's keys turns none.
                    let Some(turned) = get(&format!("attn.hook_{after}")) else {
                        continue;
                    };
                    let leaves = ["_normed", "_shared", ""].iter();
                    let mut heads = leaves.map(|end| get(&format!("attn.hook_{before}{end}")));
                    let heads = heads.find_map(|heads| heads).unwrap().data;
                    let d_head = *turned.shape.last().unwrap();
                    for (old, new) in heads
                        .chunks_exact(d_head)
                        .zip(turned.data.chunks_exact(d_head))
                    {
                        let first = rope.first(d_head);
                        let split = |x: &[f64]| {
                            let turns = x[first..first + rope.d_rotary].to_vec();
                            (turns, [&x[..first], &x[first + rope.d_rotary..]].concat())
                        };
                        let (old_turning, old_rest) = split(old);
                        let (new_turning, new_rest) = split(new);
                        let length = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
                        let expected = length(&old_turning) * rope.magnitude;
                        assert!((length(&new_turning) - expected).abs() < 1e-5 * expected);
                        assert_eq!(old_rest, new_rest, "what does not turn stays");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_seen_of_scores_that_are_not_held_is_what_would_be_held() {
    for model in models() {
        let mut held = open(&model);
        let mut long = open_with(&model, &long());
        let plan = held.passes()[0].plan.clone();
        let go = Control::default();
        let points = 0..plan.len();
        // An indexer's scores are always held.
        for at in points.filter(|&i| plan.points()[i].axes[..].get(1) == Some(&Axis::Query)) {
            let name = &plan.points()[at].name;
            let near = |a: &[f64], b: &[f64]| {
                let close =
                    |(a, b): (&f64, &f64)| a == b || (a - b).abs() < 1e-4 * a.abs().max(1.0);
                assert_eq!(a.len(), b.len(), "{name}");
                assert!(a.iter().zip(b).all(close), "{name}: {a:?} {b:?}");
            };
            let window = [Pick::At(1), Pick::Span(5..9), Pick::Span(0..7)];
            let one_row = [Pick::Span(1..2), Pick::At(8)];
            for picks in [&window[..], &one_row[..], &[]] {
                let slice = Slice(picks.to_vec());
                let (a, b) = (held.values(0, at, &slice), long.values(0, at, &slice));
                let (a, b) = (a.unwrap(), b.unwrap());
                assert_eq!(a.shape, b.shape, "{name}");
                near(&a.data, &b.data);
                assert_eq!(a.recomputed, None);
                let error = b.recomputed.expect("it says how far z lies off");
                assert!(error < 1e-5, "{name}: {error:e}");
            }
            let (a, b) = (
                held.summary(0, at, &go).unwrap(),
                long.summary(0, at, &go).unwrap(),
            );
            assert_eq!((a.count, a.nan, a.inf), (b.count, b.nan, b.inf), "{name}");
            near(
                &[a.min, a.max, a.mean, a.std],
                &[b.min, b.max, b.mean, b.std],
            );
            let (a, b) = (held.heads(0, at, 4, 5, &go), long.heads(0, at, 4, 5, &go));
            let (a, b) = (a.unwrap(), b.unwrap());
            assert_eq!(a.shape, b.shape);
            near(&a.data, &b.data);
        }
    }
}

#[test]
fn a_mixture_sends_each_token_to_the_experts_with_the_largest_shares() {
    let mut mixtures = 0;
    for model in models() {
        let Some(experts) = arch(&model).experts else {
            continue;
        };
        let mut source = open(&model);
        let plan = source.passes()[0].plan.clone();
        for layer in (0..source.model().n_layers).filter(|&i| experts.layers[i]) {
            let mut get = |leaf: &str| {
                let at = plan.position(&format!("blocks.{layer}.mlp.{leaf}"));
                source
                    .values(0, at.unwrap(), &Slice::default())
                    .unwrap()
                    .data
            };
            let (weights, indices) = (get("hook_expert_weights"), get("hook_expert_indices"));
            for (weights, indices) in weights
                .chunks_exact(experts.n_experts)
                .zip(indices.chunks_exact(experts.n_active))
            {
                if experts.scaled {
                    // Learned numbers, of either sign, multiply the shares.
                    continue;
                }
                let shares: Vec<f64> = indices.iter().map(|&i| weights[i as usize]).collect();
                // A bias that counts for the choice alone, or shares that are found one after the other, may put
                // an expert before one with a larger share.
                let other = experts.choice_bias || matches!(experts.score, Score::SparseMixer(_));
                assert!(other || shares.is_sorted_by(|a, b| a >= b));
                assert!(shares.iter().all(|s| *s > 0.0));
                let at_work = weights.iter().filter(|w| **w > 0.0).count();
                assert_eq!(at_work, experts.n_active);
                let sum: f64 = shares.iter().sum();
                if experts.renormalise {
                    assert!((sum - experts.scale).abs() < 1e-5);
                } else if experts.score == Score::Softmax {
                    assert!(sum < 1.0);
                }
            }
            mixtures += 1;
        }
    }
    assert!(mixtures > 5);
}

#[test]
fn passes_with_the_cache_give_what_the_whole_prompt_gives() {
    let control = Control::default();
    for model in models() {
        if !arch(&model).attention.causal {
            continue; // An encoder has one pass.
        }
        if turns_by_length(&arch(&model)) {
            // Keys in the cache stay turned as they were, in transformers too.
            continue;
        }
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
            let lens = |source: &mut Box<dyn Source>, pass: usize, row: usize| {
                let last = source.passes()[pass].plan.len() - 1;
                source.lens(pass, last, row, 5, 1.0).unwrap()
            };
            let (with, without) = (lens(&mut cached, pass, 0), lens(&mut whole, 0, row));
            for (a, b) in with.top.iter().zip(&without.top) {
                assert!(
                    (a.logit - b.logit).abs() < 1e-4 * b.logit.abs().max(1.0),
                    "{with:?} {without:?}"
                );
            }
        }
    }
}

#[test]
fn what_is_recorded_is_what_is_shown_in_every_dtype() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    let go = Control::default();
    for dtype in [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16] {
        for family in ["gpt2", "llama", "gemma2", "olmo2", "gpt_oss", "bert"] {
            let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
            let options = Options { dtype, ..options() };
            let mut live = open_with(&model.join(family), &options);
            live.save(&path, &[], &go).unwrap();
            let mut replay = Replay::open(&path).unwrap();
            let plan = live.passes()[0].plan.clone();
            for (i, point) in plan.points().iter().enumerate() {
                let slice = Slice::default();
                let (shown, recorded) = (live.values(0, i, &slice), replay.values(0, i, &slice));
                let what = format!("{family} in {dtype}: {}", point.name);
                assert_eq!(recorded.unwrap().data, shown.unwrap().data, "{what}");
            }
        }
    }
}
