//! A small model in parts, to be changed and written again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::Checkpoint;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const WEIGHTS: &str = "model.safetensors";

pub fn fixture(model: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/models")
        .join(model)
}

pub type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// A small model in parts.
pub struct Model {
    pub config: Value,
    pub tensors: Tensors,
    tokenizer: PathBuf,
}

impl Model {
    pub fn of(model: &str) -> Model {
        let read = |file: &str| fs::read(fixture(model).join(file)).unwrap();
        let bytes = read(WEIGHTS);
        let tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
        let own = |(name, view): (String, TensorView)| {
            let parts = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
            (name, parts)
        };
        Model {
            config: serde_json::from_slice(&read("config.json")).unwrap(),
            tensors: tensors.into_iter().map(own).collect(),
            tokenizer: fixture(model).join("tokenizer.json"),
        }
    }

    /// Write the model in one file, or dealt out to several in turn.
    pub fn write(&self, files: &[&str]) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        let path = |file: &str| dir.path().join(file);
        fs::copy(&self.tokenizer, path("tokenizer.json")).unwrap();
        fs::write(path("config.json"), self.config.to_string()).unwrap();
        let mut map = BTreeMap::new();
        for (i, file) in files.iter().enumerate() {
            let own = self.tensors.iter().skip(i).step_by(files.len());
            let own = own.map(|(name, (dtype, shape, bytes))| {
                map.insert(name, *file);
                (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
            });
            let own: Vec<_> = own.collect();
            safetensors::serialize_to_file(own, None, &path(file)).unwrap();
        }
        if files.len() > 1 {
            let index = json!({"weight_map": map}).to_string();
            fs::write(path("model.safetensors.index.json"), index).unwrap();
        }
        dir
    }

    pub fn error(&self) -> String {
        match Checkpoint::open(self.write(&[WEIGHTS]).path()) {
            Ok(_) => panic!("opened"),
            Err(e) => e.to_string(),
        }
    }
}

#[track_caller]
pub fn says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
}

/// A weight of each form, and the tensor of its scales.
pub const PAIRS: &[(&str, &str, &str)] = &[
    (
        "qwen3_fp8",
        "model.layers.1.mlp.down_proj.weight",
        "model.layers.1.mlp.down_proj.weight_scale_inv",
    ),
    (
        "qwen3_moe_fp8",
        "model.layers.0.mlp.experts.3.up_proj.weight",
        "model.layers.0.mlp.experts.3.up_proj.weight_scale_inv",
    ),
    (
        "phi3_fp8",
        "model.layers.0.self_attn.qkv_proj.weight",
        "model.layers.0.self_attn.qkv_proj.weight_scale_inv",
    ),
    (
        "llama_fp8",
        "model.layers.0.self_attn.q_proj.weight",
        "model.layers.0.self_attn.q_proj.weight_scale",
    ),
    (
        "llama_compressed",
        "model.layers.0.mlp.gate_proj.weight",
        "model.layers.0.mlp.gate_proj.weight_scale",
    ),
    (
        "gpt_oss_mxfp4",
        "model.layers.1.mlp.experts.gate_up_proj_blocks",
        "model.layers.1.mlp.experts.gate_up_proj_scales",
    ),
];
