//! Weights of few bits with scales in tensors of their own, in one file or in several. Errors name file and
//! tensor if they do not fit together. `tests/reference.rs` compares the numbers.

#[path = "../program/mod.rs"]
mod program;

use std::fs;

use layerwise::checkpoint::Checkpoint;
use proptest::prelude::*;
use safetensors::tensor::Dtype;
use serde_json::{Value, json};

use model::{Model, PAIRS, WEIGHTS, fixture, says};

#[cfg(feature = "torch")]
#[path = "../common/device.rs"]
mod device;
mod model;

#[test]
fn scales_that_are_missing_are_named() {
    for (model, _, scales) in PAIRS {
        let mut model = Model::of(model);
        model.tensors.remove(*scales).unwrap();
        says(&model.error(), &[WEIGHTS, "no tensor", scales]);
    }
}

#[test]
fn scales_of_another_shape_are_named() {
    for (model, _, scales) in PAIRS {
        let mut model = Model::of(model);
        let (_, shape, bytes) = model.tensors.get_mut(*scales).unwrap();
        shape.insert(0, 3);
        *bytes = bytes.repeat(3);
        let found = format!("{shape:?}");
        says(&model.error(), &[WEIGHTS, scales, "has shape", &found]);
    }
    // There are as many scales, but not in the order of the blocks.
    let (model, _, scales) = PAIRS[0];
    let mut model = Model::of(model);
    model.tensors.get_mut(scales).unwrap().1.reverse();
    says(&model.error(), &[scales, "[4, 3]", "[3, 4]"]);
}

#[test]
fn scales_of_another_type_are_named() {
    for (model, _, scales) in PAIRS {
        let mut model = Model::of(model);
        let (dtype, ..) = model.tensors.get_mut(*scales).unwrap();
        *dtype = match *dtype {
            Dtype::F32 => Dtype::I32,
            Dtype::BF16 => Dtype::I16,
            _ => Dtype::I8,
        };
        says(&model.error(), &[WEIGHTS, scales, "elements of type I"]);
    }
}

#[test]
fn one_scale_may_be_a_number_a_list_or_a_matrix() {
    let (name, _, scale) = PAIRS[3];
    for shape in [vec![], vec![1], vec![1, 1]] {
        let mut model = Model::of(name);
        model.tensors.get_mut(scale).unwrap().1 = shape;
        Checkpoint::open(model.write(&[WEIGHTS]).path()).unwrap();
    }
    let (name, _, scale) = PAIRS[4];
    let mut model = Model::of(name);
    let shape = &mut model.tensors.get_mut(scale).unwrap().1;
    assert_eq!(shape.pop(), Some(1));
    Checkpoint::open(model.write(&[WEIGHTS]).path()).unwrap();
}

#[test]
fn a_scale_is_never_left_out() {
    for (model, ..) in &PAIRS[..5] {
        let mut model = Model::of(model);
        model.config["quantization_config"] = Value::Null;
        let due = ["f8_e4m3, and has a scale", "no `quantization_config`"];
        says(&model.error(), &[WEIGHTS, due[0], due[1]]);
    }
    let (model, weight, _) = PAIRS[0];
    let mut model = Model::of(model);
    let (dtype, _, bytes) = model.tensors.get_mut(weight).unwrap();
    (*dtype, *bytes) = (Dtype::F16, bytes.repeat(2));
    says(&model.error(), &[WEIGHTS, weight, "f16, but has a scale"]);
}

#[test]
fn blocks_of_mxfp4_at_odds_with_the_config_are_named() {
    let (name, blocks, _) = PAIRS[5];
    let mut model = Model::of(name);
    model.tensors.get_mut(blocks).unwrap().1 = vec![4, 32, 4, 16];
    says(
        &model.error(),
        &[WEIGHTS, blocks, "[4, 32, 4, 16]", "[4, 128, 1, 16]"],
    );
    let mut model = Model::of(name);
    model.tensors.get_mut(blocks).unwrap().0 = Dtype::I8;
    says(&model.error(), &[WEIGHTS, blocks, "I8", "U8"]);
    let mut model = Model::of(name);
    model.config["intermediate_size"] = json!(63);
    let gates = model.tensors.iter_mut();
    for (_, (_, shape, bytes)) in gates.filter(|(name, _)| name.contains("gate_up_proj")) {
        bytes.truncate(bytes.len() / shape[1] * 126);
        shape[1] = 126;
    }
    let due = ["down_proj_blocks", "mxfp4", "63", "blocks of 32"];
    says(&model.error(), &due);
    let mut model = Model::of(name);
    model.config["quantization_config"] = Value::Null;
    says(
        &model.error(),
        &["no tensor `model.layers.0.mlp.experts.gate_up_proj`"],
    );
}

#[test]
fn what_is_not_read_of_a_quantisation_is_named() {
    let group = "config_groups.group_0.weights";
    for (model, field, value, why) in [
        (
            "llama_fp8",
            "quant_method",
            json!("gptq"),
            "read are fp8, compressed-tensors",
        ),
        (
            "llama_fp8",
            "quant_method",
            json!("bitsandbytes"),
            "mxfp4 (of gpt_oss), and GGUF",
        ),
        ("llama_fp8", "quant_method", json!("awq"), "\"awq\""),
        ("llama_fp8", "quant_method", Value::Null, "is null"),
        (
            "llama_fp8",
            "bits",
            json!(4),
            "is not known and could change the numbers",
        ),
        (
            "llama_fp8",
            "activation_scheme",
            json!("none"),
            "known are dynamic, static",
        ),
        ("qwen3_fp8", "fmt", json!("e5m2"), "only \"e4m3\""),
        (
            "qwen3_fp8",
            "weight_block_size",
            json!([8]),
            "not two whole numbers",
        ),
        (
            "qwen3_fp8",
            "weight_block_size",
            json!([8, 0]),
            "not two whole numbers",
        ),
        (
            "qwen3_fp8",
            "weight_block_size",
            json!("8"),
            "not a list of whole numbers",
        ),
        (
            "llama_compressed",
            "format",
            json!("pack-quantized"),
            "only \"float-quantized\"",
        ),
        (
            "llama_compressed",
            "sparsity_config",
            json!({"format": "sparse-24-bitmask"}),
            "sparsity_config.format` is \"sparse",
        ),
        (
            "llama_compressed",
            "kv_cache_scheme",
            json!({"num_bits": 8}),
            "only null",
        ),
        (
            "llama_compressed",
            "config_groups",
            json!({}),
            "has no group",
        ),
        (
            "llama_compressed",
            &format!("{group}.num_bits"),
            json!(4),
            "only 8",
        ),
        (
            "llama_compressed",
            &format!("{group}.type"),
            json!("int"),
            "only \"float\"",
        ),
        (
            "llama_compressed",
            &format!("{group}.symmetric"),
            json!(false),
            "only true",
        ),
        (
            "llama_compressed",
            &format!("{group}.strategy"),
            json!("token"),
            "read are tensor, channel",
        ),
        ("gpt_oss_mxfp4", "group_size", json!(16), "is not known"),
    ] {
        let mut model = Model::of(model);
        let mut at = &mut model.config["quantization_config"];
        for part in field.split('.') {
            at = &mut at[part];
        }
        *at = value;
        let field = format!("`quantization_config.{field}");
        says(&model.error(), &["config.json", &field, why]);
    }
    let mut model = Model::of("llama_fp8");
    model.config["quantization_config"] = json!("fp8");
    says(
        &model.error(),
        &["field `quantization_config` is \"fp8\", not an object"],
    );
}

#[test]
fn what_changes_no_number_does_no_harm() {
    let mut dense = Model::of("llama_compressed");
    dense.config["quantization_config"]["sparsity_config"] =
        json!({"format": "dense", "global_sparsity": 0.1});
    Checkpoint::open(dense.write(&[WEIGHTS]).path()).unwrap();
    for (plain, quantised) in [("llama", "llama_fp8"), ("gpt_oss", "gpt_oss_mxfp4")] {
        let mut model = Model::of(plain);
        model.config["quantization_config"] =
            Model::of(quantised).config["quantization_config"].take();
        Checkpoint::open(model.write(&[WEIGHTS]).path()).unwrap();
    }
}

#[test]
fn inspect_says_how_weights_are_stored_and_what_is_not_computed() {
    let inspect = |model: &str, more: &[&str]| {
        let mut run = assert_cmd::Command::from_std(program::layerwise());
        let out = run.arg("inspect").arg(fixture(model)).args(more).output();
        String::from_utf8(out.unwrap().stdout).unwrap()
    };
    let json = |model: &str| serde_json::from_str::<Value>(&inspect(model, &["--json"])).unwrap();
    let mxfp4 = json("gpt_oss_mxfp4");
    // There are two layers of four experts, 128 by 32 and 32 by 64. Each 32 numbers take 16 bytes and a byte
    // of scale.
    let parameters = 2 * 4 * (128 * 32 + 32 * 64);
    let due = json!({"encoding": "mxfp4", "parameters": parameters, "bytes": parameters / 32 * 17});
    assert_eq!(mxfp4["storage"][0], due);
    assert_eq!(mxfp4["storage"][1]["encoding"], "bf16");
    assert_eq!(
        mxfp4["quantisation"],
        json!({"method": "mxfp4", "rounds_activations": false})
    );
    for (model, method) in [
        ("qwen3_fp8", "fp8"),
        ("llama_compressed", "compressed-tensors"),
    ] {
        let fp8 = json(model);
        assert_eq!(fp8["storage"][0]["encoding"], "f8_e4m3");
        assert_eq!(
            fp8["quantisation"],
            json!({"method": method, "rounds_activations": true})
        );
        assert_eq!(fp8["unused_tensors"], json!([]));
        let text = inspect(model, &[]);
        says(&text, &["f8_e4m3", method, "activations are not rounded"]);
    }
    assert_eq!(json("llama")["quantisation"], Value::Null);
}

/// Weights and their scales lie in different files.
#[cfg(feature = "torch")]
#[test]
fn several_files_say_what_the_one_says() {
    use device::options;
    use layerwise::engine::{self, Options};
    use layerwise::trace::source_ext::SourceExt;
    use layerwise::trace::tensor::Slice;
    let logits = |dir: &std::path::Path, options: &Options| {
        let model = Checkpoint::open(dir).unwrap();
        let mut source = engine::open(model, "The capital of France", options).unwrap();
        let last = source.passes()[0].plan.position("logits").unwrap();
        source.values(0, last, &Slice::default()).unwrap().data
    };
    for (model, _, _) in PAIRS {
        let many = Model::of(model).write(&["a.safetensors", "b.safetensors", "c.safetensors"]);
        let due = logits(&fixture(model), &options());
        assert!(due.iter().all(|x| x.is_finite()));
        let one_at_a_time = Options {
            resident: Some(1),
            ..options()
        };
        assert_eq!(logits(many.path(), &one_at_a_time), due, "{model}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_header_makes_it_panic(
        which in 0..PAIRS.len(),
        changes in prop::collection::vec((0usize..6000, any::<u8>()), 1..4),
        cut in prop_oneof![Just(0usize), 0usize..10_000],
    ) {
        let model = fixture(PAIRS[which].0);
        let dir = tempfile::tempdir().unwrap();
        for file in ["config.json", "tokenizer.json"] {
            fs::copy(model.join(file), dir.path().join(file)).unwrap();
        }
        let mut bytes = fs::read(model.join(WEIGHTS)).unwrap();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let kept = bytes.len() - cut % bytes.len();
        fs::write(dir.path().join(WEIGHTS), &bytes[..kept]).unwrap();
        let opened = Checkpoint::open(dir.path());
        prop_assert!(cut == 0 || opened.is_err());
    }

    #[test]
    fn no_config_makes_it_panic(
        which in 0..PAIRS.len(),
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4),
    ) {
        let model = fixture(PAIRS[which].0);
        let dir = tempfile::tempdir().unwrap();
        for file in [WEIGHTS, "tokenizer.json"] {
            fs::copy(model.join(file), dir.path().join(file)).unwrap();
        }
        let mut bytes = fs::read(model.join("config.json")).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let start = text.find("\"quantization_config\"").unwrap();
        for (at, byte) in changes {
            let at = start + at % (bytes.len() - start);
            bytes[at] = byte;
        }
        fs::write(dir.path().join("config.json"), bytes).unwrap();
        let _ = Checkpoint::open(dir.path());
    }
}
