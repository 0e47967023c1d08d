//! Decoders whose folder describes pooling.
#![cfg(feature = "torch")]

#[path = "common/device.rs"]
mod device;

use std::fs;
use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::engine;
use layerwise::trace::query::Choice;
use layerwise::trace::source::{Control, Source, SourceError};
use layerwise::trace::source_ext::SourceExt;
use layerwise::trace::tensor::Slice;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::json;
use tempfile::TempDir;

const PROMPT: &str = "The capital of France is 中华人民";

fn fixture(model: &str) -> std::path::PathBuf {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    models.join(model)
}

/// A small model with the files that sentence-transformers reads.
fn folder(model: &str, way: &str, normalise: bool) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(fixture(model).join(file), dir.path().join(file)).unwrap();
    }
    let kinds = ["Transformer", "Pooling", "Normalize"];
    let kinds = &kinds[..2 + usize::from(normalise)];
    let modules = kinds.iter().enumerate().map(|(i, kind)| {
        let path = if i == 0 {
            String::new()
        } else {
            format!("{i}_{kind}")
        };
        let class = format!("sentence_transformers.models.{kind}");
        json!({"idx": i, "name": i.to_string(), "path": path, "type": class})
    });
    let modules = serde_json::Value::Array(modules.collect());
    fs::write(dir.path().join("modules.json"), modules.to_string()).unwrap();
    fs::create_dir(dir.path().join("1_Pooling")).unwrap();
    let pooling = json!({"word_embedding_dimension": 16, way: true, "include_prompt": true});
    let config = dir.path().join("1_Pooling/config.json");
    fs::write(config, pooling.to_string()).unwrap();
    dir
}

fn values(source: &mut dyn Source, name: &str) -> Vec<f64> {
    let point = source.passes()[0].plan.position(name).unwrap();
    source.values(0, point, &Slice::default()).unwrap().data
}

/// transformers' rows of the final norm, in float64.
fn rows(model: &str) -> Vec<Vec<f64>> {
    let bytes = fs::read(fixture(model).join("reference_f64.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let last = file.tensor("hidden.2").unwrap();
    let numbers = last.data().chunks_exact(8);
    let numbers = numbers.map(|b| f64::from_le_bytes(b.try_into().unwrap()));
    let numbers: Vec<f64> = numbers.collect();
    numbers
        .chunks(last.shape()[1])
        .map(<[f64]>::to_vec)
        .collect()
}

fn near(found: &[f64], due: &[f64]) {
    assert_eq!(found.len(), due.len());
    let far = found.iter().zip(due).map(|(a, b)| (a - b).abs());
    let far = far.fold(0.0, f64::max);
    assert!(far < 1e-5, "{far}");
}

#[test]
fn a_decoders_rows_are_pooled_behind_its_last_norm() {
    let rows = rows("qwen3");
    let last = rows.last().unwrap();
    let length = last.iter().map(|x| x * x).sum::<f64>().sqrt();
    let unit: Vec<f64> = last.iter().map(|x| x / length).collect();
    let count = rows.len() as f64;
    let mean = |i: usize| rows.iter().map(|row| row[i]).sum::<f64>() / count;
    let mean: Vec<f64> = (0..last.len()).map(mean).collect();
    for (way, normalise, point, due) in [
        (
            "pooling_mode_lasttoken",
            true,
            "pooling.hook_normalized",
            &unit,
        ),
        ("pooling_mode_lasttoken", false, "pooling.hook_out", last),
        ("pooling_mode_mean_tokens", false, "pooling.hook_out", &mean),
    ] {
        let dir = folder("qwen3", way, normalise);
        let checkpoint = Checkpoint::open(dir.path()).unwrap();
        assert_eq!(checkpoint.warnings, [""; 0]);
        let mut source = engine::open(checkpoint, PROMPT, &device::options()).unwrap();
        near(&values(source.as_mut(), point), due);
        // The logits are unchanged and stay the last hook point.
        let plan = source.passes()[0].plan.clone();
        assert_eq!(plan.position("logits"), Some(plan.len() - 1));
        let next = source.next(0, &Choice::Greedy, &Control::default());
        if way == "pooling_mode_lasttoken" {
            next.unwrap();
        } else {
            assert!(matches!(next, Err(SourceError::PoolsAll)), "{next:?}");
        }
    }
}

/// Embedding models are stored like this if they do not share a head with their embedding.
#[test]
fn a_decoder_that_is_pooled_needs_no_head() {
    let dir = folder("mistral", "pooling_mode_lasttoken", false);
    let path = dir.path().join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Vec<(String, TensorView)> = file.tensors();
    tensors.retain(|(name, _)| name != "lm_head.weight");
    safetensors::serialize_to_file(tensors, None, &path).unwrap();
    let checkpoint = Checkpoint::open(dir.path()).unwrap();
    let mut source = engine::open(checkpoint, PROMPT, &device::options()).unwrap();
    near(
        &values(source.as_mut(), "pooling.hook_out"),
        rows("mistral").last().unwrap(),
    );
    let next = source.next(0, &Choice::Greedy, &Control::default());
    assert!(
        matches!(next, Err(SourceError::NoLogits { .. })),
        "{next:?}"
    );
    fs::remove_file(dir.path().join("modules.json")).unwrap();
    let error = Checkpoint::open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("lm_head.weight"), "{error}");
}
