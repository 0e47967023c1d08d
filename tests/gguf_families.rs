//! One GGUF file for each of llama.cpp's architectures, written with the names of Python's gguf package:
//! the same architecture, numbers and tokens as the folder that it was made from.

use std::fs;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::{Checkpoint, Tokenizer};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde_json::{Value, json};

/// The folder that a file was made from, and what differs: what llama.cpp takes for granted, or what no
/// key says.
const FILES: &[(&str, fn() -> Value)] = &[
    ("mistral", || json!({"sliding_window": null})),
    ("mistral_llama3", same),
    ("llama_linear", same),
    ("llama_yarn", || json!({"hidden_act": "silu"})),
    ("mixtral", || json!({"sliding_window": null})),
    ("granite", same),
    ("granite_biases", same),
    ("qwen2", same),
    ("qwen3", same),
    (
        "qwen3_moe_unnormalised",
        || json!({"norm_topk_prob": true, "use_sliding_window": false}),
    ),
    ("olmo2", same),
    ("gemma", same),
    ("gemma2", || json!({"query_pre_attn_scalar": 8})),
    ("gemma3", || json!({"query_pre_attn_scalar": 8})),
    ("phi3", same),
    ("phi3_long", same),
    ("phi", same),
    ("stablelm", same),
    ("stablelm_head_norms", same),
    ("starcoder2", || json!({"sliding_window": null})),
    ("gpt_neox", same),
    ("bloom", same),
    ("gpt2", same),
    ("gpt_oss", || json!({"swiglu_limit": 7.0})),
    ("gpt_oss_mxfp4", || json!({"swiglu_limit": 7.0})),
    ("bert", same),
    ("bert_sentence", same),
];

/// Files whose rotary factors are numbers in float32: as near as `tests/reference.rs` asks, not the same.
const NEAR: &[&str] = &["mistral_llama3", "phi3_long"];

fn same() -> Value {
    json!({})
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn file(name: &str) -> PathBuf {
    fixtures().join("gguf").join(format!("{name}.gguf"))
}

/// The folder with some fields of its config changed, and its matrices rounded to 16 bits as the files'
/// are.
fn twin(name: &str, changes: &Value) -> tempfile::TempDir {
    let (from, to) = (
        fixtures().join("models").join(name),
        tempfile::tempdir().unwrap(),
    );
    let config = fs::read(from.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_slice(&config).unwrap();
    for (field, value) in changes.as_object().unwrap() {
        config[field] = value.clone();
    }
    fs::write(to.path().join("config.json"), config.to_string()).unwrap();
    fs::copy(
        from.join("tokenizer.json"),
        to.path().join("tokenizer.json"),
    )
    .unwrap();
    let bytes = fs::read(from.join("model.safetensors")).unwrap();
    let stored = SafeTensors::deserialize(&bytes).unwrap();
    let kept = |name: &String| !name.contains("pooler") && !name.starts_with("cls.");
    let rounded: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = (stored.tensors().into_iter())
        .filter(|(name, _)| kept(name))
        .map(|(name, view)| {
            let half = view.dtype() == Dtype::F32 && view.shape().len() > 1;
            let data = match half {
                true => view.data().chunks_exact(4).flat_map(rounded).collect(),
                false => view.data().to_vec(),
            };
            (name, view.dtype(), view.shape().to_vec(), data)
        })
        .collect();
    let views = rounded.iter().map(|(name, dtype, shape, data)| {
        (name, TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    serialize_to_file(views, None, &to.path().join("model.safetensors")).unwrap();
    to
}

fn rounded(bytes: &[u8]) -> [u8; 4] {
    let x = f32::from_le_bytes(bytes.try_into().unwrap());
    half::f16::from_f32(x).to_f32().to_le_bytes()
}

#[test]
fn the_architecture_is_the_folder_s() {
    for (name, changes) in FILES {
        let mut file = Checkpoint::open(&file(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(file.unused(), [""; 0], "{name}");
        let mut folder = Checkpoint::open(twin(name, &changes()).path()).unwrap();
        if NEAR.contains(name) {
            // Frequencies in another form, which the numbers judge.
            file.arch.positions = folder.arch.positions.clone();
        }
        if *name == "bert_sentence" {
            // What no folder of one model says but one for sentences.
            folder.arch.unembedding.pooling = file.arch.unembedding.pooling;
        }
        file.arch.family = folder.arch.family.clone();
        assert_eq!(file.arch, folder.arch, "{name}");
    }
}

#[cfg(feature = "torch")]
#[test]
fn every_hook_point_has_the_bits_of_the_folder() {
    use layerwise::engine::{self, Options};
    for (name, changes) in FILES.iter().filter(|(name, _)| !NEAR.contains(name)) {
        let folder = twin(name, &changes());
        let open = |path: &Path| {
            let checkpoint = Checkpoint::open(path).unwrap();
            let prompt = match checkpoint.arch.attention.causal {
                true => "The capital of France is 中华人民",
                false => "the capital of France is [MASK].",
            };
            engine::open(checkpoint, prompt, &Options::default()).unwrap()
        };
        let (mut ours, mut theirs) = (open(&file(name)), open(folder.path()));
        let points = ours.passes()[0].plan.points().to_vec();
        for (i, point) in points.iter().enumerate() {
            let Some(twin) = theirs.passes()[0].plan.position(&point.name) else {
                assert_eq!(point.name, "hook_pooled", "{name}");
                continue;
            };
            let found = ours.tensor(0, i).unwrap().bytes.into_owned();
            let due = theirs.tensor(0, twin).unwrap().bytes.into_owned();
            assert!(found == due, "{name}: {}", point.name);
        }
    }
}

#[test]
fn the_tokens_are_the_folder_s() {
    let text = "The capital — of 中华人民 🙂👩‍👩‍👧 café\n\n  fn main() {\t0x1F + 12345.678e-9; }   \r\n don't ½ ";
    for (name, _) in FILES {
        let ids = |place: &Path| Tokenizer::open(place).unwrap().encode(text).unwrap();
        let folder = fixtures().join("models").join(name);
        assert_eq!(ids(&file(name)), ids(&folder), "{name}");
    }
}
