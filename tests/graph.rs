//! The graph at work: a single node, a replaced value, a single expert. Numbers are compared bit by bit with
//! those of whole passes.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;

use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use layerwise::engine::{self, Options};
use layerwise::trace::query::Choice;
use layerwise::trace::source::{Control, Source};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::{Dtype, HostTensor};

use device::options;

fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let entries = std::fs::read_dir(root).unwrap();
    let mut models: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    models.sort();
    models
}

fn named(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models")
        .join(family)
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

fn all(source: &mut dyn Source, pass: usize) -> Vec<HostTensor<'static>> {
    let points = source.passes()[pass].plan.len();
    (0..points)
        .map(|point| owned(source.tensor(pass, point).unwrap()))
        .collect()
}

fn owned(tensor: HostTensor) -> HostTensor<'static> {
    HostTensor {
        dtype: tensor.dtype,
        shape: tensor.shape,
        bytes: tensor.bytes.into_owned().into(),
    }
}

fn floats(tensor: &HostTensor) -> Vec<f64> {
    assert_eq!(tensor.dtype, Dtype::F32);
    let (chunks, _) = tensor.bytes.as_chunks::<4>();
    chunks
        .iter()
        .map(|b| f64::from(f32::from_le_bytes(*b)))
        .collect()
}

fn tensor(values: &[f64], shape: &[usize]) -> HostTensor<'static> {
    HostTensor {
        dtype: Dtype::F32,
        shape: shape.to_vec(),
        bytes: values
            .iter()
            .flat_map(|x| (*x as f32).to_le_bytes())
            .collect::<Vec<u8>>()
            .into(),
    }
}

#[test]
fn a_node_alone_has_the_bits_of_the_pass() {
    for model in models() {
        for whole_scores in [usize::MAX, 0] {
            let options = Options {
                whole_scores,
                ..options()
            };
            let mut source = open(&model, &options);
            for pass in 0..source.passes().len().min(2) {
                let values = all(&mut *source, pass);
                let plan = source.passes()[pass].plan.clone();
                for wanted in 0..plan.len() {
                    let name = &plan.points()[wanted].name;
                    // z is not made from scores and pattern that no pass holds.
                    let before = (0..wanted).filter(|&point| {
                        let leaf = plan.points()[point].name.rsplit('.').next();
                        whole_scores > 0
                            || !matches!(leaf, Some("hook_attn_scores" | "hook_pattern"))
                    });
                    let given: Vec<_> =
                        before.map(|point| (point, values[point].clone())).collect();
                    let alone = source.evaluate(pass, &given, wanted).unwrap();
                    assert_eq!(
                        alone.bytes,
                        values[wanted].bytes,
                        "{} {name} in pass {pass}",
                        model.display()
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_not_given_is_named() {
    let mut source = open(&named("llama"), &options());
    let plan = source.passes()[0].plan.clone();
    let at = |name: &str| plan.position(name).unwrap();
    let wanted = at("blocks.1.attn.hook_rot_q");
    let error = source.evaluate(0, &[], wanted).unwrap_err().to_string();
    assert_eq!(
        error,
        "blocks.1.attn.hook_rot_q cannot be computed: blocks.0.hook_resid_post must be given"
    );
    let normed = at("blocks.1.ln1.hook_out");
    let value = owned(source.tensor(0, normed).unwrap());
    assert!(
        source
            .evaluate(0, &[(normed, value.clone())], wanted)
            .is_ok()
    );
    let error = source
        .evaluate(0, &[(wanted, value)], wanted)
        .unwrap_err()
        .to_string();
    assert!(error.contains("blocks.1.attn.rot_q has shape"), "{error}");
}

/// One value is doubled in one of several passes. Everything that depends on it, in later passes too, equals
/// a model that had it so from the start; the rest keeps its bits.
#[test]
fn a_replaced_value_reaches_exactly_what_depends_on_it() {
    for family in [
        "gpt2",
        "llama",
        "gemma2",
        "gptj",
        "qwen3_moe",
        "bert",
        "phi",
    ] {
        let mut source = open(&named(family), &options());
        let passes = source.passes().len();
        let before: Vec<_> = (0..passes).map(|pass| all(&mut *source, pass)).collect();
        let plan = source.passes()[0].plan.clone();
        for point in (0..plan.len()).step_by(3) {
            let name = &plan.points()[point].name;
            let experts = name.ends_with("hook_expert_indices");
            // Experts are indices: they are mirrored within their range.
            let other = |x: &f64| if experts { 3.0 - x } else { 2.0 * x };
            let twice: Vec<f64> = floats(&before[0][point]).iter().map(other).collect();
            let twice = tensor(&twice, &before[0][point].shape);
            let reached = source.replace(0, point, Some(&twice)).unwrap();
            assert!(reached.contains(&(0, point)));
            // Values are read from the end backwards, and compared with a source that has run nothing yet.
            let mut after: Vec<_> = (0..passes)
                .rev()
                .map(|pass| all(&mut *source, pass))
                .collect();
            after.reverse();
            let mut fresh = open(&named(family), &options());
            fresh.replace(0, point, Some(&twice)).unwrap();
            for (pass, (before, after)) in before.iter().zip(&after).enumerate() {
                assert!(
                    all(&mut *fresh, pass) == *after,
                    "{family} {name}, pass {pass}"
                );
                for (other, value) in after.iter().enumerate() {
                    let same = value.bytes == before[other].bytes;
                    let other_name = &source.passes()[pass].plan.points()[other].name;
                    assert!(
                        same || reached.contains(&(pass, other)),
                        "{family}: {name} is not said to reach {other_name} of pass {pass}"
                    );
                }
            }
            source.replace(0, point, None).unwrap();
            for (pass, before) in before.iter().enumerate() {
                assert!(all(&mut *source, pass) == *before, "{family} {name}");
            }
        }
    }
}

#[test]
fn keys_of_one_pass_reach_the_patterns_of_later_ones() {
    let mut source = open(&named("llama"), &options());
    let plan = source.passes()[0].plan.clone();
    let keys = plan.position("blocks.0.attn.hook_k").unwrap();
    let value = owned(source.tensor(0, keys).unwrap());
    let zeros = tensor(&vec![0.0; floats(&value).len()], &value.shape);
    let reached = source.replace(0, keys, Some(&zeros)).unwrap();
    let name = |&(pass, point): &(usize, usize)| (pass, &*plan.points()[point].name);
    let reached: Vec<_> = reached.iter().map(name).collect();
    assert!(reached.contains(&(2, "blocks.0.attn.hook_pattern")));
    assert!(!reached.contains(&(1, "blocks.0.attn.hook_q")));
    assert!(!reached.contains(&(0, "blocks.0.attn.hook_v")));
    assert_eq!(source.passes().len(), 3, "tokens stay");
    let pattern = plan.position("blocks.0.attn.hook_pattern").unwrap();
    let rows = floats(&source.tensor(1, pattern).unwrap());
    let keys_of_pass_0 = source.passes()[0].tokens.len();
    // Keys of zeros score 0, so their shares are equal in every row.
    for row in rows.chunks(keys_of_pass_0 + 1) {
        assert!(
            row[..keys_of_pass_0].iter().all(|share| *share == row[0]),
            "{row:?}"
        );
    }
}

/// If the other experts' shares are 0, a mixture's output is one expert's contribution. The contributions add
/// up.
#[test]
fn contributions_of_experts_add_up_to_what_the_mixture_writes() {
    for family in ["mixtral", "qwen3_moe", "gpt_oss", "gpt_oss_mxfp4"] {
        let mut source = open(&named(family), &options());
        let plan = source.passes()[0].plan.clone();
        let at = |name: &str| plan.position(&format!("blocks.1.{name}")).unwrap();
        let (reads, shares, out) = (
            at("ln2.hook_out"),
            at("mlp.hook_expert_weights"),
            at("hook_mlp_out"),
        );
        let [reads_value, shares_value, due] =
            [reads, shares, out].map(|p| owned(source.tensor(0, p).unwrap()));
        let (all_shares, width) = (floats(&shares_value), shares_value.shape[1]);
        let mut sum = vec![0.0; floats(&due).len()];
        for expert in 0..width {
            let own = |(i, share): (usize, &f64)| if i % width == expert { *share } else { 0.0 };
            let own: Vec<f64> = all_shares.iter().enumerate().map(own).collect();
            let given = [
                (reads, reads_value.clone()),
                (shares, tensor(&own, &shares_value.shape)),
            ];
            let wrote = floats(&source.evaluate(0, &given, out).unwrap());
            sum.iter_mut().zip(wrote).for_each(|(sum, x)| *sum += x);
        }
        let scale = floats(&due).iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        for (sum, due) in sum.iter().zip(floats(&due)) {
            assert!((sum - due).abs() <= 1e-6 * scale, "{family}: {sum} {due}");
        }
    }
}
