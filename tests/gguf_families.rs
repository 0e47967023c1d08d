//! One GGUF file for each of llama.cpp's architectures, written with the names of Python's gguf package. It
//! has the same architecture, numbers and tokens as the folder that it was made from.

#[cfg(feature = "torch")]
#[path = "common/device.rs"]
mod device;

use std::fs;
use std::path::{Path, PathBuf};

use layerwise::checkpoint::{Checkpoint, Tokenizer};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde_json::Value;

/// The folder of each file, and the config fields that differ because llama.cpp assumes them or no key gives
/// them.
const FILES: &[(&str, &str)] = &[
    ("mistral", r#"{"sliding_window": null}"#),
    ("mistral_llama3", "{}"),
    ("llama_linear", "{}"),
    ("llama_yarn", r#"{"hidden_act": "silu"}"#),
    ("mixtral", r#"{"sliding_window": null}"#),
    ("granite", "{}"),
    ("granite_biases", "{}"),
    ("qwen2", "{}"),
    ("qwen3", "{}"),
    (
        "qwen3_moe_unnormalised",
        r#"{"norm_topk_prob": true, "use_sliding_window": false}"#,
    ),
    ("olmo2", "{}"),
    ("gemma", "{}"),
    ("gemma2", r#"{"query_pre_attn_scalar": 8}"#),
    ("gemma3", r#"{"query_pre_attn_scalar": 8}"#),
    ("phi3", "{}"),
    ("phi3_long", "{}"),
    ("phi", "{}"),
    ("phi_fused", "{}"),
    ("stablelm", "{}"),
    ("stablelm_head_norms", "{}"),
    ("starcoder2", r#"{"sliding_window": null}"#),
    ("gpt_neox", "{}"),
    ("bloom", "{}"),
    ("gpt2", "{}"),
    ("gpt_oss", r#"{"swiglu_limit": 7.0}"#),
    ("gpt_oss_mxfp4", r#"{"swiglu_limit": 7.0}"#),
    ("bert", "{}"),
    ("bert_sentence", "{}"),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The small model that a file was made from.
fn folder(name: &str) -> PathBuf {
    let model = name.trim_end_matches("_fused");
    fixtures().join("models").join(model)
}

fn file(name: &str) -> PathBuf {
    fixtures().join("gguf").join(format!("{name}.gguf"))
}

/// A copy of the folder with some config fields changed, and its matrices rounded to 16 bits like the file's.
fn twin(name: &str, changes: &str) -> tempfile::TempDir {
    let (from, to) = (folder(name), tempfile::tempdir().unwrap());
    let config = fs::read(from.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_slice(&config).unwrap();
    let changes: Value = serde_json::from_str(changes).unwrap();
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
            let data = if half {
                view.data().chunks_exact(4).flat_map(rounded).collect()
            } else {
                view.data().to_vec()
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
        let mut folder = Checkpoint::open(twin(name, changes).path()).unwrap();
        if ["mistral_llama3", "phi3_long"].contains(name) {
            // The frequencies have another form; the numbers decide.
            file.arch.positions = folder.arch.positions.clone();
        }
        if *name == "bert_sentence" {
            // Only a folder of sentence-transformers gives this field.
            folder.arch.unembedding.pooling = file.arch.unembedding.pooling;
        }
        file.arch.family = folder.arch.family.clone();
        assert_eq!(file.arch, folder.arch, "{name}");
    }
}

#[cfg(feature = "torch")]
mod numbers {
    use super::device::options;
    use super::*;
    use layerwise::engine::{self, Options};
    use layerwise::trace::source::Source;
    use layerwise::trace::source_ext::SourceExt;
    use layerwise::trace::tensor::{Dtype, Slice};

    fn open(path: &Path, dtype: Dtype) -> Box<dyn Source> {
        let checkpoint = Checkpoint::open(path).unwrap();
        let prompt = if checkpoint.arch.attention.causal {
            "The capital of France is 中华人民"
        } else {
            "the capital of France is [MASK]."
        };
        let options = Options { dtype, ..options() };
        engine::open(checkpoint, prompt, &options).unwrap()
    }

    /// Files that are as near to float64 as their folder, times four, but do not have the same bits. Their
    /// rotary factors are float32 numbers, or their experts lie in memory in another order, or have so few
    /// rows that products depend on where a matrix begins in memory.
    const NEAR: &[&str] = &[
        "mistral_llama3",
        "phi3_long",
        "gpt_oss",
        "mixtral",
        "qwen3_moe",
        "qwen3_moe_unnormalised",
    ];

    /// Whether bits may differ. A GPU chooses its product by the memory order of a matrix, and some files
    /// have another order than the folder.
    fn near(name: &str) -> bool {
        let device = std::env::var("LAYERWISE_TEST_DEVICE");
        NEAR.contains(&name) || device.is_ok_and(|device| device != "cpu")
    }

    /// The hook points that the file and the folder share, with their index in the folder's plan. Only one of
    /// them may pool.
    fn in_both(ours: &dyn Source, theirs: &dyn Source) -> Vec<(String, usize, usize)> {
        let plan = &theirs.passes()[0].plan;
        let points = ours.passes()[0].plan.points().iter().enumerate();
        points
            .filter(|(_, point)| !point.name.contains("pool"))
            .map(|(i, point)| (point.name.clone(), i, plan.position(&point.name).unwrap()))
            .collect()
    }

    #[test]
    fn every_hook_point_has_the_bits_of_the_folder() {
        for (name, changes) in FILES.iter().filter(|(name, _)| !near(name)) {
            let folder = twin(name, changes);
            let mut ours = open(&file(name), Dtype::F32);
            let mut theirs = open(folder.path(), Dtype::F32);
            for (point, i, j) in in_both(&*ours, &*theirs) {
                let found = ours.tensor(0, i).unwrap().bytes.into_owned();
                let due = theirs.tensor(0, j).unwrap().bytes.into_owned();
                assert!(found == due, "{name}: {point}");
            }
        }
    }

    #[test]
    fn where_bits_cannot_be_the_same_numbers_are_as_near() {
        for (name, changes) in FILES.iter().filter(|(name, _)| near(name)) {
            let folder = twin(name, changes);
            let mut ours = open(&file(name), Dtype::F32);
            let mut theirs = open(folder.path(), Dtype::F32);
            let mut truth = open(folder.path(), Dtype::F64);
            for (point, i, j) in in_both(&*ours, &*theirs) {
                let all = Slice::default();
                let truth = truth.values(0, j, &all).unwrap().data;
                let distance = |values: Vec<f64>| {
                    let pairs = values.iter().zip(&truth);
                    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
                };
                let error = distance(ours.values(0, i, &all).unwrap().data);
                let noise = distance(theirs.values(0, j, &all).unwrap().data);
                let scale = truth.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
                let bound = 4.0 * noise + 1e-7 * scale;
                assert!(error <= bound, "{name}: {point}: {error:e} > {bound:e}");
            }
        }
    }
}

#[test]
fn the_tokens_are_the_folder_s() {
    let text = "The capital — of 中华人民 🙂👩‍👩‍👧 café\n\n  fn main() {\t0x1F + 12345.678e-9; }   \r\n don't ½ ";
    for (name, _) in FILES {
        let ids = |place: &Path| Tokenizer::open(place).unwrap().encode(text).unwrap();
        let folder = folder(name);
        assert_eq!(ids(&file(name)), ids(&folder), "{name}");
    }
}
