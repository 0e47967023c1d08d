//! A small made-up trace that behaves like a recorded one: two passes of a model with two blocks.

use std::path::Path;
use std::sync::Arc;

use layerwise::trace::host::distribution;
use layerwise::trace::meta::{self, Meta};
use layerwise::trace::model_hash::ModelHash;
use layerwise::trace::plan::{Axis, HookPoint, Plan};
use layerwise::trace::source::{ModelInfo, Pass, SourceError};
use layerwise::trace::tensor::{Dtype, HostTensor};
use layerwise::trace::token::Token;
use layerwise::trace::write::{Entry, write_trace};

use Axis::*;

pub const D_MODEL: usize = 8;
pub const D_VOCAB: usize = 30;

pub fn model(dtype: Dtype) -> ModelInfo {
    ModelInfo {
        name: "tiny".into(),
        family: "gpt2".into(),
        hash: ModelHash::Sampled("00ff".into()),
        n_layers: 2,
        n_heads: 2,
        n_kv_heads: 2,
        d_model: D_MODEL,
        d_head: 4,
        d_mlp: 16,
        d_vocab: D_VOCAB,
        n_ctx: 64,
        causal: true,
        mask_token: None,
        end_tokens: Vec::new(),
        arch: None,
        facts: None,
        warnings: Vec::new(),
        lens: None,
        dtype,
        device: "cpu".into(),
    }
}

/// The plan of a pass of `tokens` new tokens after `past` others.
pub fn plan(tokens: usize, past: usize) -> Plan {
    let mut points = Vec::new();
    let mut add = |name: String, axes: &[Axis]| {
        let size = |axis: &Axis| match axis {
            Token | Query => tokens,
            Key => past + tokens,
            Head | KvHead => 2,
            DHead => 4,
            DModel | DEmbed | DLatent => D_MODEL,
            DMlp => 16,
            Vocab => D_VOCAB,
            One | Stream | Expert | Active | Position | Segment => 1,
            // No such axis stands in this plan.
            _ => 1,
        };
        points.push(HookPoint {
            name,
            axes: axes.to_vec(),
            shape: axes.iter().map(size).collect(),
        });
    };
    add("hook_embed".into(), &[Token, DModel]);
    add("hook_pos_embed".into(), &[Token, DModel]);
    for i in 0..2 {
        let mut add = |name: &str, axes: &[Axis]| add(format!("blocks.{i}.{name}"), axes);
        add("hook_resid_pre", &[Token, DModel]);
        add("ln1.hook_scale", &[Token, One]);
        add("ln1.hook_normalized", &[Token, DModel]);
        add("ln1.hook_out", &[Token, DModel]);
        add("attn.hook_q", &[Token, Head, DHead]);
        add("attn.hook_k", &[Token, KvHead, DHead]);
        add("attn.hook_v", &[Token, KvHead, DHead]);
        add("attn.hook_attn_scores", &[Head, Query, Key]);
        add("attn.hook_pattern", &[Head, Query, Key]);
        add("attn.hook_z", &[Token, Head, DHead]);
        add("hook_attn_out", &[Token, DModel]);
        add("hook_resid_mid", &[Token, DModel]);
        add("ln2.hook_scale", &[Token, One]);
        add("ln2.hook_normalized", &[Token, DModel]);
        add("ln2.hook_out", &[Token, DModel]);
        add("mlp.hook_pre", &[Token, DMlp]);
        add("mlp.hook_post", &[Token, DMlp]);
        add("hook_mlp_out", &[Token, DModel]);
        add("hook_resid_post", &[Token, DModel]);
    }
    add("ln_final.hook_scale".into(), &[Token, One]);
    add("ln_final.hook_normalized".into(), &[Token, DModel]);
    add("ln_final.hook_out".into(), &[Token, DModel]);
    add("logits".into(), &[Token, Vocab]);
    Plan::new(points)
}

pub fn text(id: u32) -> String {
    ["中", "华", "人", "民", "共", "和", "国"]
        .get(id as usize)
        .map_or_else(|| format!("t{id}"), |text| (*text).to_owned())
}

/// A small model whose tokenizer's pattern tries every way to split a run of `a`.
#[allow(dead_code)]
pub fn endless_tokenizer() -> tempfile::TempDir {
    let split = serde_json::json!({
        "type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": false,
    });
    with_tokenizer("pre_tokenizer", split)
}

/// The small Llama model with another value of `field` in its `tokenizer.json`.
#[allow(dead_code)]
pub fn with_tokenizer(field: &str, value: serde_json::Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/llama");
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        std::fs::copy(model.join(file), folder.path().join(file)).unwrap();
    }
    let path = folder.path().join("tokenizer.json");
    let text = std::fs::read(&path).unwrap();
    let mut tokenizer: serde_json::Value = serde_json::from_slice(&text).unwrap();
    tokenizer[field] = value;
    std::fs::write(path, tokenizer.to_string()).unwrap();
    folder
}

/// Two passes: the prompt 中华人民, then 共.
pub fn passes() -> Vec<Pass> {
    let tokens = |n: u32| (0..n).map(|id| Token { id, text: text(id) }).collect();
    let pass = |n: u32, start| Pass {
        tokens: tokens(n),
        start,
        plan: Arc::new(plan(n as usize - start, start)),
    };
    vec![pass(4, 0), pass(5, 4)]
}

/// Element `i` of a hook point: smooth, different at each point, -inf for a masked score.
pub fn element(pass: usize, point: usize, hook: &HookPoint, i: usize) -> f64 {
    if hook.name.ends_with("attn_scores") {
        let (queries, keys) = (hook.shape[1], hook.shape[2]);
        let (query, key) = (i / keys % queries, i % keys);
        if key > query + keys - queries {
            return f64::NEG_INFINITY;
        }
    }
    ((i * 37 + point * 11 + pass * 5) as f64 * 0.1).sin() * 2.0
}

/// The differences of a test's trace from the plain one.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub dtype: Dtype,
    /// A filter of the hook points that are written.
    pub keep: &'a dyn Fn(&str) -> bool,
    /// A function from pass, hook point, index and value to the element in the file.
    pub change: &'a dyn Fn(usize, &str, usize, f64) -> f64,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            dtype: Dtype::F32,
            keep: &|_| true,
            change: &|_, _, _, x| x,
        }
    }
}

/// Write the trace to `path`.
pub fn write(path: &Path, options: Options) -> Result<(), SourceError> {
    let passes = passes();
    let mut meta = Meta::new(model(options.dtype), "中华人民", &passes);
    let mut entries = Vec::new();
    let mut tensors = Vec::new();
    for (p, pass) in passes.iter().enumerate() {
        for (i, hook) in pass.plan.points().iter().enumerate() {
            if pass.plan.is_residual(i) || hook.name == "logits" {
                let row = (0..D_VOCAB)
                    .map(|v| element(p, i, hook, v))
                    .collect::<Vec<_>>();
                meta.add_lens(p, &hook.name, &distribution(&row, 20, 1.0, text));
            }
            if !(options.keep)(&hook.name) {
                continue;
            }
            let values = (0..hook.numel())
                .map(|e| (options.change)(p, &hook.name, e, element(p, i, hook, e)));
            tensors.push(HostTensor::new(options.dtype, hook.shape.clone(), values));
            entries.push(Entry {
                key: meta::key(p, &hook.name),
                dtype: options.dtype,
                shape: hook.shape.clone(),
            });
        }
    }
    write_trace(path, &meta, &entries, |i, sink| sink.put(&tensors[i].bytes))
}
